"""``python -m bench.soak CONFIG HOURS``: air the channels of CONFIG as fast as can be, and tell the memory taken.

Schedule, feeder, ffmpeg, window: everything of a channel but the clock, which here follows the segments instead of
leading them. A process of its own, because its memory is what is measured. Writes one line of JSON an hour of content.
"""

import asyncio
import gc
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from bench.usage import Memory, memory, memory_of
from tvd import heap, logs
from tvd.config import model
from tvd.config.load import load
from tvd.hls.window import SegmentWindow
from tvd.media.house import Grid
from tvd.media.process import watch_children_cheaply
from tvd.playout.asrun import AsRunLog
from tvd.playout.channel import Channel
from tvd.playout.planner import ChannelSchedule
from tvd.playout.planning import REMEMBERED
from tvd.playout.preparation import Preparation
from tvd.playout.promise import Promise
from tvd.playout.renditions import Renditions
from tvd.services import Services

HOUR: Final = 3600
_PROMISE_EVERY: Final = 32
"""Segments between two looks ahead; on air it is a few seconds as well."""
_SOURCES: Final = 60.0


P = TypeVar("P", bound=Promise)


class Sample(msgspec.Struct, frozen=True):
    """Memory of all channels together, after so many ``hours`` of content on each, ``seconds`` after the beginning.

    ``ffmpeg`` counts the live processes, ``python`` this one; ``restarts`` of live processes until now should be 0.
    """

    hours: float
    seconds: float
    ffmpeg: Memory
    python: Memory
    restarts: int


class SegmentClock:
    """A clock that says the newest segment made is on air: whoever waits for the clock never waits.

    It begins at ``begin_ns`` (UTC since 1970), None: now.
    """

    def __init__(self, grid: Grid, begin_ns: int | None = None) -> None:
        self._grid = grid
        self._begin = time.time_ns() if begin_ns is None else begin_ns
        self.window: SegmentWindow | None = None

    def now_ns(self) -> int:
        """Return the start of the newest segment, as UTC nanoseconds."""
        newest = None if self.window is None else self.window.newest
        return self._begin if newest is None else max(self._begin, self._grid.start_ns(newest))


@dataclass(frozen=True, slots=True)
class Soaked:
    """A channel and its life."""

    channel: Channel
    first: int
    task: "asyncio.Task[None]"

    @property
    def made(self) -> int:
        """Segments made until now."""
        newest = self.channel.window.newest
        return 0 if newest is None else newest - self.first


async def main(config: Path, hours: float) -> None:
    """Air ``hours`` of content on each channel."""
    loaded = await asyncio.to_thread(load, config, {})
    async with Services(loaded.config) as services:
        await services.follow(loaded.config.channels)
        async with asyncio.timeout(_SOURCES):
            while not all(services.sources(channel) for channel in loaded.config.channels):
                await asyncio.sleep(0.1)
        running = [await _start(services, channel) for channel in loaded.config.channels]
        try:
            async with asyncio.TaskGroup() as group:
                for one in running:
                    group.create_task(_look_ahead(one, hours))
                await _sample(running, hours)
        finally:
            for one in running:
                one.task.cancel()
            await asyncio.gather(*(one.task for one in running), return_exceptions=True)


async def channel_of(
    services: Services,
    config: model.Channel,
    clock: SegmentClock,
    promised: Callable[[ChannelSchedule, Preparation], P],
) -> tuple[Channel, P]:
    """Return a channel that airs as fast as ``clock`` goes, and what ``promised`` made of its schedule."""
    output = await services.output(config)
    schedule = ChannelSchedule(config, services.channels_folder, partial(services.sources, config), services.continuity)
    promise = promised(schedule, Preparation(output, services.store, services.normaliser, services.source))
    channel = Channel(
        config,
        services.config.live,
        output,
        clock=clock,
        ffmpeg=services.ffmpeg,
        promise=promise,
        assets=services.store,
        asrun=AsRunLog(services.channels_folder, config.slug, Grid(config.house.fps)),
        renditions=Renditions(services.channels_folder, config.slug),
    )
    clock.window = channel.window
    return channel, promise


async def _start(services: Services, config: model.Channel) -> Soaked:
    channel, _ = await channel_of(services, config, SegmentClock(Grid(config.house.fps)), Promise)
    return Soaked(channel, channel.on_air_seq(), asyncio.create_task(channel.run()))


async def _look_ahead(one: Soaked, hours: float) -> None:
    """Promise the schedule ahead and forget what aired long ago, as the application does."""
    end, looked = _segments(one, hours), 0
    while one.made < end:
        await one.channel.window.wait()
        if one.made >= looked + _PROMISE_EVERY:
            looked = one.made
            now = one.channel.on_air_seq()
            await one.channel.promise.plan(now)
            one.channel.asrun.forget_before(now - one.channel.grid.segments_for(REMEMBERED))


async def _sample(running: list[Soaked], hours: float) -> None:
    """Tell the memory after each hour of content of the slowest channel, and at the end."""
    began = time.monotonic()
    marks = [float(hour) for hour in range(1, int(hours) + 1)]
    for mark in marks if marks and marks[-1] == hours else [*marks, hours]:
        for one in running:
            while one.made < _segments(one, mark):
                await one.channel.window.wait()
        # What only waits to be collected is no growth.
        gc.collect()
        statuses = [one.channel.status() for one in running]
        sample = Sample(
            hours=mark,
            seconds=time.monotonic() - began,
            ffmpeg=await asyncio.to_thread(memory, [status.pid for status in statuses if status.pid]),
            python=await asyncio.to_thread(memory_of, None),
            restarts=sum(status.restarts for status in statuses),
        )
        sys.stdout.buffer.write(msgspec.json.encode(sample) + b"\n")
        sys.stdout.buffer.flush()


def _segments(one: Soaked, hours: float) -> int:
    return one.channel.grid.segments_for(hours * HOUR)


if __name__ == "__main__":
    logs.setup("warning", "console")
    watch_children_cheaply()
    heap.give_back()
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2])))
