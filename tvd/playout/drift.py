"""How far what airs is off what the guide says."""

from typing import Protocol

from tvd.hls.window import SegmentWindow
from tvd.media.house import Grid
from tvd.playout.asrun import AsRun
from tvd.playout.rundown import ScheduleItem


class Asrun(Protocol):
    """What is asked of the as-run log."""

    def at(self, seq: int) -> tuple[AsRun, int] | None:
        """Return what was fed as ``seq`` and which segment of it."""
        ...


class Drift:
    """The difference between guide and truth of one channel, in seconds."""

    def __init__(self) -> None:
        self._agreed: int | None = None

    def look(self, now: int, item: ScheduleItem | None, asrun: Asrun, window: SegmentWindow, grid: Grid) -> float:
        """Return the difference at segment ``now``, of which the guide says that ``item`` airs.

        0 while it is that segment of that programme which viewers get. Another segment of it: by how many seconds it is
        ahead (or behind: negative). Anything else (the slate, another programme, nothing): for how many seconds that
        has been so. 0 while the guide says nothing.
        """
        known = asrun.at(now) if window.get(now) is not None else None
        if item is None:
            self._agreed = now
            return 0.0
        if known is not None and known[0].item == item.id and known[0].kind != "slate":
            self._agreed = now
            return float((known[1] - item.first - (now - item.seq_start)) * grid.duration)
        if self._agreed is None:
            self._agreed = now
        return float((now - self._agreed) * grid.duration)
