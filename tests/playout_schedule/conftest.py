"""Sources that need no file: the schedule reads their identity, path and duration only."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from tvd.library.source import Source
from tvd.media.house import Grid


@pytest.fixture(name="grid", scope="session")
def _grid() -> Grid:
    return Grid(30)


@pytest.fixture(name="now", scope="session")
def _now(grid: Grid) -> int:
    """Return a segment of an ordinary afternoon: 2026-09-21 14:13:20 UTC."""
    return grid.seq_at(1_790_000_000 * 1_000_000_000)


@pytest.fixture(name="source", scope="session")
def _source() -> Callable[..., Source]:
    """Return source ``number``, lasting ``seconds``."""

    def make(number: int, seconds: float = 600.0) -> Source:
        return Source(
            id=f"{number:016x}", path=Path(f"/films/Part {number}.mp4"), title=f"Part {number}", duration=seconds
        )

    return make
