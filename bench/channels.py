"""``channels``: what each of 1, 20 and 100 channels takes of a processor and of memory, beside the references."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console

from bench.prepare import HOUSE, Material, material
from bench.references import Reference, references
from bench.results import Row
from bench.server import BenchError, Server, configuration, server
from bench.settings import Settings
from bench.usage import MIB, Memory, Stopwatch, memory

REFERENCES: Final = {"transcode": 1, "concatenation": 2, "bare": 4}
"""How many channels of each reference run beside tvd."""
SETTLE: Final = 6.0
"""Seconds after all channels are on air before measuring: the lead is built up by then."""
FULL: Final = 45.0
"""Seconds until the windows are full: memory is looked at no earlier."""
_NAMES: Final = {
    "transcode": "live transcode, an ffmpeg per video",
    "concatenation": "MPEG-TS concatenated into ffmpeg",
    "bare": "bare ffmpeg -stream_loop -c copy",
}
_CPU_TARGET: Final = "<= 0.25"
_MEMORY_TARGET: Final = "<= 20"


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: ``cpu`` in percent of a core and ``memory``, of all channels together."""

    channels: int
    server_cpu: float
    ffmpeg_cpu: float
    server_memory: Memory
    ffmpeg_memory: Memory
    late: int
    slate: int
    restarts: int
    on_air: float
    references: dict[str, tuple[float, Memory]]
    """By name: percent of a core and memory, of one channel."""


async def measure(settings: Settings, console: Console) -> list[Row]:
    """Run it with each number of channels and return the rows."""
    made = await material(settings.cache, console)
    rows = [Row("channels", "bit rate of what airs", made.bitrate / 1e6, "Mb/s")]
    first: Measured | None = None
    for channels in settings.channels:
        console.print(f"{channels} channels for {settings.seconds:g} s, beside the references …")
        one = await _run(made, channels, settings)
        rows += _rows(one, first)
        first = first or one
    return rows


async def _run(made: Material, channels: int, settings: Settings) -> Measured:
    with tempfile.TemporaryDirectory(prefix="run-", dir=made.folder) as name:
        folder = Path(name)
        data = made.mirror(folder / "data")
        config = configuration(folder, data, [made.channel(number + 1) for number in range(channels)], house=HOUSE)
        async with server(config) as tvd, references(made, REFERENCES) as beside:
            on_air = await tvd.on_air(60 + channels)
            await asyncio.sleep(max(SETTLE, FULL - settings.seconds))
            return await _interval(tvd, beside, channels, settings.seconds, on_air)


async def _interval(tvd: Server, beside: list[Reference], channels: int, seconds: float, on_air: float) -> Measured:
    live, family = tvd.live(), tvd.family()
    if len(live) != channels:
        raise BenchError(f"{len(live)} live processes for {channels} channels")
    jobs = (await tvd.json("/api/status"))["normaliser"]["jobs"]
    if jobs:
        raise BenchError(f"{len(jobs)} sources are being normalised while measuring")
    before = await _counted(tvd)
    watch = Stopwatch.start([*live, *family])
    clocks = {reference.name: Stopwatch.start(reference.pids()) for reference in beside}
    await asyncio.sleep(seconds)
    server_cpu, ffmpeg_cpu = watch.percent(family), watch.percent(live)
    others = {}
    for reference in beside:
        reference.check()
        cpu = clocks[reference.name].percent() / reference.channels
        used = memory(reference.pids())
        others[reference.name] = (cpu, Memory(used.pss // reference.channels, used.private // reference.channels))
    late, slate, restarts = (now - then for now, then in zip(await _counted(tvd), before, strict=True))
    return Measured(
        channels=channels,
        server_cpu=server_cpu,
        ffmpeg_cpu=ffmpeg_cpu,
        server_memory=await asyncio.to_thread(memory, family),
        ffmpeg_memory=await asyncio.to_thread(memory, live),
        late=late,
        slate=slate,
        restarts=restarts,
        on_air=on_air,
        references=others,
    )


async def _counted(tvd: Server) -> tuple[int, int, int]:
    names = ("tvd_segments_late_total", "tvd_slate_segments_total", "tvd_pipeline_restarts_total")
    return tuple([int(await tvd.total(name)) for name in names])  # type: ignore[return-value]  # three names, three numbers


def _rows(one: Measured, first: Measured | None) -> list[Row]:
    many = one.channels
    cpu = (one.server_cpu + one.ffmpeg_cpu) / many
    private = (one.server_memory.private + one.ffmpeg_memory.private) / many / MIB
    pss = (one.server_memory.pss + one.ffmpeg_memory.pss) / many / MIB
    label = f"{many} ch:"
    # With few channels what the server takes for itself, once, is most of it.
    target = many >= 100
    rows: list[Row] = []
    for name, (other, _) in one.references.items():
        within = _CPU_TARGET if target and not rows else ""
        rows.append(Row("channels", f"{label} CPU per channel", cpu, "% core", _NAMES[name], other, within))
    rows += [
        Row("channels", f"{label} CPU per channel, server", one.server_cpu / many, "% core"),
        Row("channels", f"{label} CPU per channel, ffmpeg", one.ffmpeg_cpu / many, "% core"),
    ]
    for name, (_, used) in one.references.items():
        within = _MEMORY_TARGET if target and name == next(iter(one.references)) else ""
        theirs = used.private / MIB
        rows.append(
            Row("channels", f"{label} private memory per channel", private, "MiB", _NAMES[name], theirs, within)
        )
    rows += [
        Row("channels", f"{label} private per channel, server", one.server_memory.private / many / MIB, "MiB"),
        Row("channels", f"{label} private per channel, ffmpeg", one.ffmpeg_memory.private / many / MIB, "MiB"),
        Row("channels", f"{label} PSS per channel", pss, "MiB", note="shared pages counted by share"),
    ]
    if first is not None and many > first.channels:
        more = (one.server_memory.private - first.server_memory.private) / (many - first.channels) / MIB
        rows.append(Row("channels", f"{label} private, server, each further channel", more, "MiB"))
    rows += [
        Row("channels", f"{label} late segments", one.late, "", within="<= 0", note=_note(one)),
        Row("channels", f"{label} start to all on air", one.on_air, "s"),
    ]
    return rows


def _note(one: Measured) -> str:
    odd = [f"{count} {what}" for count, what in ((one.slate, "slate segments"), (one.restarts, "restarts")) if count]
    return ", ".join(odd)
