"""Sources that need no file: the schedule reads their identity, path and duration only."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tvd.library.source import Source
from tvd.media.house import Grid

GRID = Grid(30)
NOON = GRID.seq_at(1_790_000_000 * 1_000_000_000)
"""A segment of an ordinary day in September 2026."""


def make_source(number: int, seconds: float = 600.0) -> Source:
    """Return source ``number``, lasting ``seconds``."""
    return Source(id=f"{number:016x}", path=Path(f"/films/Part {number}.mp4"), title=f"Part {number}", duration=seconds)


@pytest.fixture(name="grid")
def _grid() -> Grid:
    return GRID


@pytest.fixture(name="now")
def _now() -> int:
    return NOON


@pytest.fixture(name="source")
def _source() -> Callable[..., Source]:
    return make_source
