from pathlib import Path
from typing import NoReturn

import pytest

from tvd.media.house import Grid
from tvd.playout import journal
from tvd.playout.asrun import AsRun, AsRunLog
from tvd.playout.rundown import ItemKind

DAY = 40_500


def entry(seq: int, asset: str = "film", index: int = 0, kind: ItemKind = "programme") -> AsRun:
    return AsRun(seq=seq, asset=asset, index=index, item="films-1", kind=kind, title="A film")


def test_an_entry_holds_until_the_next(tmp_path: Path, grid: Grid, now: int) -> None:
    log = AsRunLog(tmp_path, "films", grid)
    assert log.at(now) is None
    film, slate, again = entry(now), entry(now + 5, "slate", 0, "slate"), entry(now + 8, "film", 8)
    assert all([log.append(film), log.append(slate), log.append(again)])
    assert log.at(now - 1) is None
    assert log.at(now + 4) == (film, 4)
    assert log.at(now + 7) == (slate, 2)
    assert log.at(now + 20) == (again, 20)
    assert log.between(now + 4, now + 8) == (film, slate)
    restarted = AsRunLog(tmp_path, "films", grid)
    restarted.load(now + 6)
    assert restarted.at(now + 6) == (slate, 1)
    assert restarted.at(now + 9) == (again, 9)


@pytest.mark.parametrize(
    "late",
    [entry(0, "other"), entry(-3, "other"), entry(7, "film", 7)],
    ids=["same place", "in the past", "what airs there anyway"],
)
def test_what_was_said_once_stays(tmp_path: Path, grid: Grid, now: int, late: AsRun) -> None:
    log = AsRunLog(tmp_path, "films", grid)
    log.append(entry(now))
    before = next((tmp_path / "films").iterdir()).read_bytes()
    moved = AsRun(seq=now + late.seq, asset=late.asset, index=late.index, item=late.item, kind=late.kind, title="")
    assert not log.append(moved)
    assert log.at(now) == (entry(now), 0)
    assert next((tmp_path / "films").iterdir()).read_bytes() == before


def test_torn_and_foreign_lines_are_passed_over(tmp_path: Path, grid: Grid, now: int) -> None:
    log = AsRunLog(tmp_path, "films", grid)
    log.append(entry(now))
    path = next((tmp_path / "films").iterdir())
    other = AsRunLog(tmp_path, "films", Grid(25))
    other.append(entry(Grid(25).seq_at(grid.start_ns(now)), "elsewhere"))
    with path.open("ab") as file:
        file.write(b'\xff\xfe\n{"v":1,"fps":30,"entry":{"seq":')
    restarted = AsRunLog(tmp_path, "films", grid)
    restarted.load(now)
    assert restarted.at(now + 3) == (entry(now), 3)
    assert restarted.append(entry(now + 4, "next"))
    restarted.load(now)
    assert [one.asset for one in restarted.between(now, now + 10)] == ["film", "next"]


def test_a_long_programme_is_found_days_back(tmp_path: Path, grid: Grid, now: int) -> None:
    log = AsRunLog(tmp_path, "films", grid)
    log.append(entry(now - DAY, "earlier"))
    log.append(entry(now))
    log.append(entry(now + 3 * DAY, "late"))
    assert len(list((tmp_path / "films").iterdir())) == 3
    log.load(now + 2 * DAY)
    assert log.at(now + 2 * DAY) == (entry(now), 2 * DAY)
    assert log.at(now - 1) is None
    log.forget_before(now + 3 * DAY)
    assert log.at(now + 3 * DAY - 1) is None
    # What is aired since then stays, and nothing else.
    assert log.delete_before(now + 62 * DAY, days=60) == 1
    assert log.delete_before(now + 100 * DAY, days=60) == 1
    log.load(now + 100 * DAY)
    assert log.at(now + 100 * DAY) == (entry(now + 3 * DAY, "late"), 97 * DAY)


def test_a_full_disk_loses_nothing(tmp_path: Path, grid: Grid, now: int, monkeypatch: pytest.MonkeyPatch) -> None:
    log = AsRunLog(tmp_path, "films", grid)

    def full(*_: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(journal, "append", full)
        with pytest.raises(OSError, match="No space"):
            log.append(entry(now))
    assert log.at(now) == (entry(now), 0)
    log.append(entry(now + DAY, "next"))
    log.load(now)
    assert log.at(now + 1) == (entry(now), 1)
    assert log.at(now + DAY) == (entry(now + DAY, "next"), 0)
