"""A channel's schedule as its feeder sees it: begun when something can air, promised before it is fed.

The schedule itself is arithmetic on the library; here it meets the state of the asset store. Promising writes to the
disk and runs in a thread.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Final, Protocol

import msgspec

from tvd import logs
from tvd.media.house import Grid
from tvd.playout.planner import FARTHEST, ChannelSchedule
from tvd.playout.rundown import ScheduleItem

FREEZE_AHEAD: Final = 30 * 60
"""Seconds of schedule promised ahead: what the guide says of the next half hour stays true."""
DECIDE_AHEAD: Final = 3 * 60
"""Seconds before air at which a programme that is not prepared is put off by a rerun; until then it may catch up."""
OPENING: Final = 3
"""Segments of the first programme that must be there before a channel that never aired begins: what a channel needs to
join it while it grows. Each one more is waited for by somebody in front of a dark set."""


class Preparation(Protocol):
    """How far the assets of a channel's items are."""

    def ready(self, item: ScheduleItem) -> int:
        """Return how many segments of the item's asset can be read now, all of them once it is whole."""
        ...

    def expected(self, item: ScheduleItem) -> bool:
        """Return whether its asset is there, or will be when the item comes on air."""
        ...


class Promise:
    """Answers what airs as a segment, and makes sure that the answer never changes."""

    def __init__(self, schedule: ChannelSchedule, preparation: Preparation) -> None:
        self.schedule = schedule
        self._preparation = preparation
        self._changing = asyncio.Lock()
        self._asked = 0
        self._first: ScheduleItem | None = None
        """What the channel begins with: chosen once, however much more of its library is found meanwhile."""
        self.on_begun: Callable[[], None] = lambda: None
        """Told that the channel has begun: what follows its first programme can be planned."""
        self._log = logs.get("schedule").bind(channel=schedule.slug)

    @property
    def grid(self) -> Grid:
        """The channel's grid."""
        return self.schedule.grid

    @property
    def opening(self) -> bool:
        """Whether the channel has not begun and there is something it is going to begin with."""
        return not self.schedule.begun and bool(self.schedule.sources())

    def opens(self, seq: int) -> bool:
        """Return whether a channel that has not begun could begin at ``seq``: its first programme is there."""
        item = self._opening(seq)
        return item is not None and self._suffices(item)

    def _opening(self, seq: int) -> ScheduleItem | None:
        """Return what the channel begins with, if it does so at ``seq``; None while it has nothing."""
        first = self._first
        if first is None or first.source not in self.schedule.sources():
            first = self._first = self.schedule.opening(seq)
        return first and msgspec.structs.replace(first, seq_start=seq)

    def _suffices(self, item: ScheduleItem) -> bool:
        """Return whether there is enough of ``item`` to begin with it."""
        return self._preparation.ready(item) >= min(OPENING, item.segments)

    def _usable(self, item: ScheduleItem) -> bool:
        opens = self._first is not None and item.source == self._first.source and self._suffices(item)
        return opens or self.expected(item)

    def expected(self, item: ScheduleItem) -> bool:
        """Return whether the asset of ``item`` is there, or will be when it airs."""
        return self._preparation.expected(item)

    async def begin(self, seq: int) -> None:
        """Let the first programme start at ``seq``."""
        await asyncio.to_thread(self.schedule.begin, seq)
        self.on_begun()

    async def item_at(self, seq: int) -> ScheduleItem | None:
        """Return what airs as segment ``seq``, promised from now on; None where nothing does."""
        if not self.schedule.begun:
            if not self.opens(seq):
                return None
            await self.begin(seq)
        async with self._changing:
            if self.schedule.frozen_until <= seq:
                await asyncio.to_thread(self._freeze, seq, seq + 1, next_too=False)
            self._asked = max(self._asked, seq)
            return self.schedule.item_at(seq)

    @contextlib.asynccontextmanager
    async def changing(self) -> AsyncIterator[int]:
        """Answer nobody while the block runs: what is promised changes. Gives the last segment that was asked for."""
        async with self._changing:
            yield self._asked

    async def plan(self, now_seq: int, until_seq: int = 0) -> tuple[ScheduleItem, ...]:
        """Promise what is near, compute the days to come; return what must be prepared for the time to ``until_seq``.

        Near is what is on air, what follows it, and what starts within the next half hour. Computed in a thread, in
        one go; who asks for the days to come then does not wait.
        """
        return await asyncio.to_thread(self._plan, now_seq, until_seq)

    def _plan(self, now_seq: int, until_seq: int) -> tuple[ScheduleItem, ...]:
        schedule, segments = self.schedule, self.grid.segments_for
        if schedule.begun:
            decide = now_seq + segments(DECIDE_AHEAD)
            self._freeze(now_seq, now_seq + segments(FREEZE_AHEAD), next_too=True, decide_seq=decide)
        schedule.look_ahead(now_seq + segments(FARTHEST))
        if schedule.begun:
            return schedule.upcoming(now_seq, until_seq)
        first = self._opening(now_seq)
        return (first,) if first else ()

    async def replan(self, committed: int) -> None:
        """Plan anew from the end of what airs at segment ``committed``: the channel's programming has changed."""
        async with self.changing() as asked:
            first = max(asked, committed) + 1
            on_air = self.schedule.item_at(first)
            if on_air is not None and on_air.seq_stop < self.schedule.frozen_until:
                try:
                    await asyncio.to_thread(self.schedule.revise, on_air.seq_stop)
                except OSError as error:
                    self._log.error("rundown.unwritten", reason=str(error))

    def _freeze(self, now_seq: int, until_seq: int, *, next_too: bool, decide_seq: int | None = None) -> None:
        """Promise what starts before ``until_seq``; blocks on the disk."""
        schedule = self.schedule
        try:
            frozen = schedule.freeze(now_seq, until_seq, self._usable, next_too=next_too, decide_seq=decide_seq)
        except OSError as error:
            # Promised in memory all the same; written when the disk takes it again.
            self._log.error("rundown.unwritten", reason=str(error))
            return
        if frozen:
            self._first = None
        for item in frozen:
            if item.kind == "rerun":
                self._log.info("schedule.rerun", programme=item.id, title=item.title, seq=item.seq_start)
