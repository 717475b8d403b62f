"""Old rundown and as-run files go, by the day; what a start of tvd needs stays."""

from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import pytest
from broadcasts import DAY

from tvd.media.house import Grid
from tvd.playout.asrun import AsRun, AsRunLog
from tvd.playout.pruning import Pruning, days_kept


@pytest.mark.parametrize(("configured", "kept"), [(0, 60), (366, 60), (30, 30), (1, 4)])
def test_how_long_they_stay(configured: int, kept: int) -> None:
    assert days_kept(configured) == kept


@pytest.fixture(name="channel")
def _channel(tmp_path: Path, grid: Grid, now: int) -> SimpleNamespace:
    log = AsRunLog(tmp_path, "films", grid)
    for day in range(9):
        log.append(AsRun(seq=now + day * DAY, asset="film", index=0, item=f"films-{day}", kind="programme", title="A"))
    promise = SimpleNamespace(schedule=SimpleNamespace(delete_before=lambda _seq, _days: 0))
    config = SimpleNamespace(slug="films")
    return SimpleNamespace(config=config, asrun=log, promise=promise, on_air_seq=lambda: now + 8 * DAY)


def test_old_files_go(channel: SimpleNamespace, tmp_path: Path) -> None:
    Pruning(list, days=4).prune(channel)  # type: ignore[arg-type]
    assert len(list((tmp_path / "films").iterdir())) == 6


def test_a_disk_that_refuses_is_no_fault(channel: SimpleNamespace) -> None:
    def refuse(_seq: int, _days: int) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    channel.promise.schedule.delete_before = refuse
    Pruning(list, days=4).prune(channel)  # type: ignore[arg-type]
