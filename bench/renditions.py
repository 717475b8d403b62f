"""``renditions``: what a channel in two sizes takes beside one in one size, both on air at the same time."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console

from bench.prepare import HOUSE, Material, material
from bench.results import Row
from bench.server import BenchError, Server, configuration, server
from bench.settings import Settings
from bench.usage import MIB, Memory, Stopwatch, memory

SMALLER: Final = ("360p",)
CHANNELS: Final = 20
"""Of each kind."""
SETTLE: Final = 45.0
"""Seconds until the windows are full."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Percent of a core and memory of all channels of one kind together."""

    server_cpu: float
    ffmpeg_cpu: float
    server_memory: Memory
    ffmpeg_memory: Memory
    late: int

    @property
    def cpu(self) -> float:
        """Percent of a core, a channel."""
        return (self.server_cpu + self.ffmpeg_cpu) / CHANNELS

    @property
    def private(self) -> float:
        """Private memory in MiB, a channel."""
        return (self.server_memory.private + self.ffmpeg_memory.private) / CHANNELS / MIB


async def measure(settings: Settings, console: Console) -> list[Row]:
    """Run both and return the rows."""
    one, two = await material(settings.cache, console), await material(settings.cache, console, SMALLER)
    console.print(f"{CHANNELS} channels in one size and {CHANNELS} in two for {settings.seconds:g} s …")
    with tempfile.TemporaryDirectory(prefix="run-", dir=one.folder) as name:
        async with contextlib.AsyncExitStack() as stack:
            running = [
                await stack.enter_async_context(_server(made, Path(name) / f"of-{place}", renditions))
                for place, (made, renditions) in enumerate(((one, ()), (two, SMALLER)), 1)
            ]
            for tvd in running:
                await tvd.on_air(60 + CHANNELS)
            await asyncio.sleep(SETTLE)
            alone, both = await asyncio.gather(*(_interval(tvd, settings.seconds) for tvd in running))
    return _rows(alone, both, one, two)


@contextlib.asynccontextmanager
async def _server(made: Material, folder: Path, renditions: tuple[str, ...]) -> AsyncIterator[Server]:
    data = made.mirror(folder / "data")
    house = HOUSE | ({"renditions": list(renditions)} if renditions else {})
    channels = [
        {"number": number, "name": f"Channel {number}", "folders": ["../../sources"]}
        for number in range(1, CHANNELS + 1)
    ]
    async with server(configuration(folder, data, channels, house=house)) as tvd:
        yield tvd


async def _interval(tvd: Server, seconds: float) -> Measured:
    live, family = tvd.live(), tvd.family()
    if len(live) != CHANNELS:
        raise BenchError(f"{len(live)} live processes for {CHANNELS} channels")
    if (await tvd.json("/api/status"))["normaliser"]["jobs"]:
        raise BenchError("something is being normalised while measuring")
    late = await tvd.total("tvd_segments_late_total")
    watch = Stopwatch.start([*live, *family])
    await asyncio.sleep(seconds)
    return Measured(
        server_cpu=watch.percent(family),
        ffmpeg_cpu=watch.percent(live),
        server_memory=await asyncio.to_thread(memory, family),
        ffmpeg_memory=await asyncio.to_thread(memory, live),
        late=int(await tvd.total("tvd_segments_late_total") - late),
    )


def _rows(alone: Measured, both: Measured, one: Material, two: Material) -> list[Row]:
    label = f"{CHANNELS} ch, 720p and 360p:"
    beside = f"{CHANNELS} channels of 720p alone"
    pairs = (
        ("CPU per channel", both.cpu, alone.cpu, "% core"),
        ("CPU per channel, server", both.server_cpu / CHANNELS, alone.server_cpu / CHANNELS, "% core"),
        ("CPU per channel, ffmpeg", both.ffmpeg_cpu / CHANNELS, alone.ffmpeg_cpu / CHANNELS, "% core"),
        ("private memory per channel", both.private, alone.private, "MiB"),
        ("bits on disk", two.bitrate / 1e6, one.bitrate / 1e6, "Mb/s"),
    )
    rows = [Row("renditions", f"{label} {what}", value, unit, beside, other) for what, value, other, unit in pairs]
    return [*rows, Row("renditions", f"{label} late segments", both.late + alone.late, "", within="<= 0")]
