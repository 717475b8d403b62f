"""``normalise``: seconds of programme made a second, tvd's normaliser and a bare ffmpeg with the same encoder settings.

Alternately, from the same 1080p source. tvd does more: it measures loudness and interlacing first, and verifies what
came out before it is published; both speeds, of the whole job and of its encoding alone, are told.
"""

import asyncio
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console

from bench.prepare import generate, normalised, wanting
from bench.results import Row, median
from bench.server import BenchError, configuration
from bench.settings import Settings
from bench.usage import Tally
from tvd.config.load import load
from tvd.media.encoders import audio_encode_args, encode_args
from tvd.media.house import Grid, HouseFormat
from tvd.media.process import child
from tvd.services import Services

SECONDS: Final = 60
_VERSION: Final = 1
_LOOK: Final = 0.1
_BARE: Final = "bare ffmpeg, same encoder settings"


@dataclass(frozen=True, slots=True)
class Made:
    """One asset of ``programme`` seconds: seconds it took, those spent encoding, and processor seconds."""

    programme: float
    took: float
    encoding: float
    cpu: float


async def measure(settings: Settings, console: Console) -> list[Row]:
    """Make the asset ``rounds`` times in each way and return the medians."""
    folder = settings.cache / f"1080p30-{_VERSION}"
    source = folder / "source" / "grain.mp4"
    source.parent.mkdir(parents=True, exist_ok=True)
    if not source.exists():
        console.print("making a 1080p source …")
        await generate(source, seed=7, size="1920x1080", seconds=SECONDS, bitrate="12M")
    tvd: list[Made] = []
    bare: list[Made] = []
    for number in range(1, settings.rounds + 1):
        console.print(f"round {number} of {settings.rounds} …")
        with tempfile.TemporaryDirectory(prefix="run-", dir=folder) as name:
            tvd.append(await _tvd(Path(name)))
            bare.append(await _ffmpeg(source, Path(name) / "bare.mp4"))
    note = f"1080p30 to 720p30, median of {settings.rounds}"
    theirs = median([one.programme / one.took for one in bare])
    rows: list[tuple[str, float, str, float]] = [
        ("speed, whole job", median([one.programme / one.took for one in tvd]), "x real time", theirs),
        ("speed, encoding alone", median([one.programme / one.encoding for one in tvd]), "x real time", theirs),
        (
            "processor time",
            median([one.cpu / one.programme for one in tvd]),
            "s per s",
            median([one.cpu / one.programme for one in bare]),
        ),
    ]
    return [Row("normalise", what, mine, unit, _BARE, other, note=note) for what, mine, unit, other in rows]


async def _tvd(folder: Path) -> Made:
    """Normalise it with nothing in the store but the slate."""
    channel = {"number": 1, "name": "one", "folders": ["../source"]}
    sections = {"normaliser": {"jobs": 1, "nice": 0}, "house": {"encoder": "libx264"}}
    path = configuration(folder, folder / "data", [channel], **sections)
    async with Services((await asyncio.to_thread(load, path, {})).config) as services:
        wanted = await wanting(services)
        spent: dict[str, float] = defaultdict(float)
        tally = Tally()
        began = last = time.monotonic()
        making = asyncio.create_task(normalised(services, wanted))
        while not making.done():
            await asyncio.wait({making}, timeout=_LOOK)
            now = time.monotonic()
            tally.look()
            for job in services.normaliser.status():
                spent[job.state] += now - last
            last = now
        (asset,) = making.result()
        seconds = float(asset.segments * asset.grid.duration)
        return Made(seconds, last - began, spent["encoding"], tally.look())


async def _ffmpeg(source: Path, to: Path) -> Made:
    """Make the same with one bare command."""
    house = HouseFormat(grid=Grid(30))
    argv = [
        *("ffmpeg", "-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", "-i", str(source)),
        *("-vf", f"scale={house.width}:{house.height},fps={house.grid.fps},format=yuv420p"),
        *encode_args(house),
        *audio_encode_args(house),
        *("-f", "mp4", str(to)),
    ]
    tally, began = Tally(), time.monotonic()
    async with child(argv) as process:
        ending = asyncio.create_task(process.wait())
        while not ending.done():
            await asyncio.wait({ending}, timeout=_LOOK)
            tally.look()
        ended = ending.result()
    if ended.returncode:
        raise BenchError(f"ffmpeg: {ended.describe()}")
    took = time.monotonic() - began
    return Made(SECONDS, took, took, tally.look())
