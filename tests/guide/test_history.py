"""The as-run log survives what happens to databases, and says of each segment what was published, once."""

import asyncio
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from tvd.guide import history as module
from tvd.guide.history import Airing, History, entry_of
from tvd.guide.recorder import Recorder
from tvd.hls.segment import Segment
from tvd.hls.window import SegmentWindow
from tvd.library.metadata import Metadata
from tvd.library.source import Source
from tvd.media.house import Grid
from tvd.playout.asrun import AsRun
from tvd.playout.drift import Drift
from tvd.playout.rundown import ItemKind, ScheduleItem

GRID = Grid(30)
SEQ = 836_000_000
WORDS = Metadata(title="A", artist="Ada", year=1971)


def airing(start: int, stop: int, *, item: str = "x-1", kind: ItemKind = "programme", first: int = 0) -> Airing:
    return Airing(
        channel="x",
        start_ns=GRID.start_ns(SEQ + start),
        stop_ns=GRID.start_ns(SEQ + stop),
        fps=30,
        seq_start=SEQ + start,
        seq_stop=SEQ + stop,
        item=item,
        kind=kind,
        title="A",
        source="s",
        asset="g/k",
        first=first,
        words=WORDS,
    )


def between(start: int, stop: int) -> tuple[str, int, int]:
    return "x", GRID.start_ns(SEQ + start), GRID.start_ns(SEQ + stop)


async def test_what_was_put_is_there_at_once_and_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "data" / "asrun.sqlite"
    log = History(path, 0)
    log.put(airing(0, 1))
    log.put(airing(0, 10))
    log.put(airing(10, 20, item="x-2"))
    told = [airing(0, 10), airing(10, 20, item="x-2")]
    assert await log.between(*between(9, 11)) == told
    await log.flush()
    log.put(airing(10, 30, item="x-2"))
    assert await log.between(*between(0, 99)) == [told[0], airing(10, 30, item="x-2")]
    assert await log.between(*between(0, 10)) == told[:1]
    assert await log.between(*between(30, 40)) == []
    assert await log.between("y", 0, 2**62) == []
    await log.close()
    again = History(path, 0)
    assert await again.last("x") == airing(10, 30, item="x-2")
    again.put(airing(10, 12, item="x-2"))
    await again.flush()
    assert await again.last("x") == airing(10, 30, item="x-2")
    await again.close()


async def test_overlapping_rows_are_told_once(tmp_path: Path) -> None:
    log = History(tmp_path / "asrun.sqlite", 0)
    log.put(airing(0, 10))
    log.put(airing(4, 8, first=4))
    log.put(airing(5, 20, first=5))
    told = await log.between(*between(0, 99))
    assert [(one.seq_start - SEQ, one.seq_stop - SEQ, one.first) for one in told] == [(0, 10, 0), (10, 20, 10)]
    await log.close()


async def test_a_damaged_file_is_kept_and_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "asrun.sqlite"
    path.write_bytes(b"this is no database " * 100)
    log = History(path, 0)
    log.put(airing(0, 10))
    await log.flush()
    assert await log.between(*between(0, 10)) == [airing(0, 10)]
    [backup] = tmp_path.glob("*.corrupt-*")  # noqa: ASYNC240 - a folder of a test
    assert backup.read_bytes().startswith(b"this is no database")
    # Damaged while it is open: what comes next finds out, and nothing that comes later is lost.
    await log.close()
    log = History(path, 0)
    log.put(airing(10, 20, item="x-2"))
    with path.open("r+b") as file:
        file.seek(0)
        file.write(b"\xff" * 8192)
    await log.flush()
    await log.flush()
    assert airing(10, 20, item="x-2") in await log.between(*between(0, 99))
    await log.close()
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT count(*) FROM aired").fetchone() == (1,)
    database.close()


async def test_a_locked_database_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BUSY", 0.05)
    path = tmp_path / "asrun.sqlite"
    log = History(path, 0)
    await log.open()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    log.put(airing(0, 10))
    await log.flush()
    assert await log.between(*between(0, 10)) == [airing(0, 10)]
    other.execute("ROLLBACK")
    other.close()
    await log.flush()
    await log.close()
    again = History(path, 0)
    assert await again.last("x") == airing(0, 10)
    await again.close()


async def test_without_any_disk_it_remembers_what_it_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_HELD", 3)
    (tmp_path / "file").write_text("")
    log = History(tmp_path / "file" / "asrun.sqlite", 0)
    for start in range(0, 50, 10):
        log.put(airing(start, start + 10))
        await log.flush()
    assert len(await log.between(*between(0, 99))) == 3
    await log.close()


async def test_what_is_too_old_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BATCH", 2)
    log = History(tmp_path / "asrun.sqlite", 1)
    for start in range(0, 50, 10):
        log.put(airing(start, start + 10))
    await log.flush()
    await log.delete_before(GRID.start_ns(SEQ + 41))
    assert [one.seq_start - SEQ for one in await log.between(*between(0, 99))] == [40]
    await log.close()


async def test_it_writes_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FLUSH", 0.01)
    log = History(tmp_path / "asrun.sqlite", 366)
    log.put(airing(0, 10))
    running = asyncio.create_task(log.run())
    async with asyncio.timeout(10):
        while log._held:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await log.close()


# The recorder --------------------------------------------------------------------------------------------------------


@dataclass
class Fed:
    """A feeder's log: what is fed from which segment on."""

    entries: list[AsRun] = field(default_factory=list)

    def feed(self, seq: int, item: str, kind: ItemKind = "programme", index: int = 0) -> None:
        self.entries.append(AsRun(seq=SEQ + seq, asset=f"g/{item}", index=index, item=item, kind=kind, title=item))

    def at(self, seq: int) -> tuple[AsRun, int] | None:
        held = [one for one in self.entries if one.seq <= seq]
        return (held[-1], held[-1].index + seq - held[-1].seq) if held else None


class Schedule:
    """Programmes of ten segments each."""

    def item_at(self, seq: int) -> ScheduleItem:
        start = (seq - SEQ) // 10 * 10
        item = f"x-{start}"
        return ScheduleItem(id=item, kind="programme", source="s", title=item, seq_start=SEQ + start, segments=10)


class Air:
    """As much of a channel as a recorder looks at; its clock is turned by hand."""

    def __init__(self) -> None:
        self.now = SEQ
        self.config = SimpleNamespace(slug="x")
        self.grid = GRID
        self.asrun = Fed()
        self.promise = SimpleNamespace(schedule=Schedule())
        self.window = SegmentWindow(self.on_air_seq, 17)
        self.window.put_initialisation("r", b"")

    def on_air_seq(self) -> int:
        return self.now

    def make(self, first: int, last: int) -> None:
        for seq in range(first, last + 1):
            self.window.put(Segment(SEQ + seq, "r", b"x"))

    def turn(self, seq: int) -> None:
        self.now = SEQ + seq


async def record(log: History, air: Air) -> Recorder:
    recorder = Recorder(log, lambda: [air], lambda _: Source(id="s", metadata=WORDS))  # type: ignore[arg-type, list-item]
    await recorder.resume(air)  # type: ignore[arg-type]
    recorder.look(air)  # type: ignore[arg-type]
    return recorder


async def rows(log: History) -> list[tuple[int, int, str, str, int]]:
    told = await log.between("x", 0, 2**62)
    return [(one.seq_start - SEQ, one.seq_stop - SEQ, one.item, one.kind, one.first) for one in told]


async def test_it_notes_what_was_published_to_the_segment(tmp_path: Path) -> None:
    log, air = History(tmp_path / "asrun.sqlite", 0), Air()
    air.asrun.feed(0, "x-0")
    air.make(0, 4)
    recorder = await record(log, air)
    # The lead is made but not aired.
    assert await rows(log) == [(0, 1, "x-0", "programme", 0)]
    air.turn(3)
    recorder.look(air)  # type: ignore[arg-type]
    # A slate steps in and out; the programme is joined where the clock says.
    air.asrun.feed(5, "x-0", "slate", 7)
    air.asrun.feed(7, "x-0", index=7)
    air.asrun.feed(10, "x-10")
    air.make(5, 14)
    air.turn(12)
    recorder.look(air)  # type: ignore[arg-type]
    assert await rows(log) == [
        (0, 5, "x-0", "programme", 0),
        (5, 7, "x-0", "slate", 0),
        (7, 10, "x-0", "programme", 7),
        (10, 13, "x-10", "programme", 0),
    ]
    [first, *_] = await log.between("x", 0, 2**62)
    assert (first.words, first.source, first.start_ns) == (WORDS, "s", GRID.start_ns(SEQ))
    assert entry_of(first).id == "x-0"
    # Late ones count as well, once they can be had; what never comes is a hole.
    air.turn(17)
    recorder.look(air)  # type: ignore[arg-type]
    assert (await rows(log))[-1][1] == 15
    air.make(15, 18)
    recorder.look(air)  # type: ignore[arg-type]
    assert (await rows(log))[-1][1] == 18
    air.window.clear()
    air.window.put_initialisation("r", b"")
    air.turn(60)
    air.asrun.feed(55, "x-50", index=5)
    air.make(55, 62)
    recorder.look(air)  # type: ignore[arg-type]
    assert (await rows(log))[-2:] == [(10, 18, "x-10", "programme", 0), (55, 61, "x-50", "programme", 5)]
    await log.close()


async def test_after_a_crash_it_goes_on_in_the_same_row(tmp_path: Path) -> None:
    log, air = History(tmp_path / "asrun.sqlite", 0), Air()
    air.asrun.feed(0, "x-0")
    air.make(0, 6)
    air.turn(2)
    recorder = await record(log, air)
    await log.flush()
    # These two were published but never written.
    air.turn(4)
    recorder.look(air)  # type: ignore[arg-type]
    await log._closed()
    again = History(tmp_path / "asrun.sqlite", 0)
    assert await rows(again) == [(0, 3, "x-0", "programme", 0)]
    # The next start makes the window again, from the same log.
    other = Air()
    other.turn(6)
    other.asrun.feed(0, "x-0")
    other.make(0, 9)
    await record(again, other)
    await record(again, other)
    assert await rows(again) == [(0, 7, "x-0", "programme", 0)]
    await again.close()


async def test_another_frame_rate_is_another_row(tmp_path: Path) -> None:
    log, air = History(tmp_path / "asrun.sqlite", 0), Air()
    log.put(msgspec.structs.replace(airing(-9, 0), fps=25, seq_start=5, seq_stop=10**12))
    air.asrun.feed(0, "x-0")
    air.make(0, 1)
    await record(log, air)
    assert (await rows(log))[-1][:2] == (0, 1)
    await log.close()


def test_drift_is_between_guide_and_truth() -> None:
    air, drift = Air(), Drift()
    air.asrun.feed(0, "x-0")

    def look(seq: int) -> float:
        air.turn(seq)
        return drift.look(air.now, air.promise.schedule.item_at(air.now), air.asrun, air.window, GRID)

    assert look(0) == 0.0  # not on air yet: it has not begun to differ
    air.make(0, 9)
    assert look(1) == 0.0
    air.asrun.feed(3, "x-0", index=5)
    assert look(3) == pytest.approx(2 * 64 / 30)
    air.asrun.feed(4, "x-0", "slate")
    assert look(4) == pytest.approx(64 / 30)
    assert look(6) == pytest.approx(3 * 64 / 30)
    air.asrun.feed(7, "x-0", index=7)
    assert look(7) == 0.0
    assert look(12) > 0.0  # nothing is on air
    assert drift.look(air.now, None, air.asrun, air.window, GRID) == 0.0
