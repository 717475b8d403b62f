"""Looks ahead for all channels: promises the next half hour of each, and tells the normaliser what will air when."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final, NoReturn, Protocol

from tvd.library.queue import Wanted
from tvd.playout.channel import Channel
from tvd.playout.preparation import Preparation

INTERVAL: Final = 5.0
"""Seconds between two looks when nothing changed."""
REMEMBERED: Final = 2 * 3600
"""Seconds of what aired that stay in memory, twice the longest window there is; the files have the rest."""


class Normalising(Protocol):
    """What is told to the normaliser."""

    def set_wanted(self, wanted: Iterable[Wanted]) -> None:
        """Replace the list of what will air."""
        ...


class Planning:
    """One task for all channels. ``channels`` gives each with its preparation, as they are now.

    ``prepare_ahead`` in seconds. :meth:`poke` makes it look again at once.
    """

    def __init__(
        self,
        channels: Callable[[], Sequence[tuple[Channel, Preparation]]],
        normaliser: Normalising,
        prepare_ahead: float,
    ) -> None:
        self.prepare_ahead = prepare_ahead
        self._channels = channels
        self._normaliser = normaliser
        self._poked = asyncio.Event()
        self.planned: dict[str, int] = {}
        """Source id -> when it airs next (UTC nanoseconds); what the store must keep."""

    def poke(self) -> None:
        """Look again soon: sources or channels changed."""
        self._poked.set()

    async def run(self) -> NoReturn:
        """Look ahead for ever."""
        while True:
            self._poked.clear()
            await self.look()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(INTERVAL):
                    await self._poked.wait()

    async def look(self) -> None:
        """Promise and want once, channel by channel, letting others run in between."""
        wanted: list[Wanted] = []
        channels = self._channels()
        # What is watched comes first; then the first channel, where most viewers begin.
        ranks = sorted(range(len(channels)), key=lambda place: (not channels[place][0].window.watched, place))
        for rank, place in enumerate(ranks):
            channel, preparation = channels[place]
            channel.promise.on_begun = self.poke
            now = channel.on_air_seq()
            ahead = now + channel.grid.segments_for(self.prepare_ahead)
            wanted += [
                replace(want, rank=rank)
                for item in await channel.promise.plan(now, ahead)
                for want in (preparation.wanted(item), preparation.night(item))
                if want is not None
            ]
            channel.asrun.forget_before(now - channel.grid.segments_for(REMEMBERED))
        planned: dict[str, int] = {}
        for want in wanted:
            planned[want.source.id] = min(want.air_ns, planned.get(want.source.id, want.air_ns))
        self.planned = planned
        self._normaliser.set_wanted(wanted)


async def follow(changed: Callable[[int], Awaitable[int]], planning: Planning) -> NoReturn:
    """Poke ``planning`` whenever the library's version (``changed`` waits for the next) rises."""
    version = 0
    while True:
        version = await changed(version)
        planning.poke()
