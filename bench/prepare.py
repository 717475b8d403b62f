"""Material, made once and kept in ``bench-results/.cache``: sources of a known bit rate and their assets.

Sources are generated, 1280x720 at 30 frames a second, with so much grain that the house's bit rate is really used;
their assets are made by tvd's own normaliser.
"""

import asyncio
import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from bench.server import BenchError, Server, configuration, server
from tvd.clock import NS
from tvd.config.load import load
from tvd.library.asset import Asset
from tvd.library.queue import Wanted
from tvd.library.source import Source
from tvd.media.asset_file import AssetFile
from tvd.media.ffmpeg import find_ffmpeg
from tvd.media.house import Grid
from tvd.media.process import child
from tvd.playout.output import Output
from tvd.services import Services

VERSION: Final = 1
"""Rises when the material changes, so that an old cache is not taken for it."""
SOURCES: Final = 4
SECONDS: Final = 60
HOUSE: Final = {"width": 1280, "height": 720, "fps": 30, "video_bitrate": "2500k", "encoder": "libx264"}
_SETTLED: Final = 3600
_FAR: Final = 7 * 86_400 * NS


@dataclass(frozen=True, slots=True)
class Material:
    """Where it is: ``sources`` and, in the data folder ``data``, ``assets`` of them with so many bits a second."""

    folder: Path
    sources: tuple[Path, ...]
    data: Path
    assets: tuple[Path, ...]
    bitrate: float

    def mirror(self, to: Path) -> Path:
        """Make a data folder of its own at ``to``, on the same file system, with the same assets, and return it."""
        for part in ("assets", "generations"):
            shutil.copytree(self.data / part, to / part, copy_function=os.link)
        return to

    def channel(self, number: int) -> dict[str, Any]:
        """Return the configuration of a channel that airs it; relative to a folder beside ``sources``."""
        # Without idents and cards: drawing those of a hundred channels is not what is measured.
        quiet = {"ident_every": 0, "up_next": False}
        return {"number": number, "name": f"Channel {number}", "folders": ["../sources"], **quiet}


async def material(cache: Path, console: Console, renditions: Sequence[str] = ()) -> Material:
    """Return the material, its assets in so many ``renditions`` as well, making what is not there yet."""
    folder = cache / f"720p30-{VERSION}"
    name = "-".join(("data", *renditions))
    sources, data = folder / "sources", folder / name
    house = HOUSE | ({"renditions": list(renditions)} if renditions else {})
    sources.mkdir(parents=True, exist_ok=True)
    missing = [number for number in range(1, SOURCES + 1) if not (sources / f"grain-{number}.mp4").exists()]
    for number in missing:
        console.print(f"making source {number} of {SOURCES} …")
        await generate(sources / f"grain-{number}.mp4", seed=number, size="1280x720", seconds=SECONDS)
    # Folders of a configuration are relative to its file, so that a cache can be moved.
    (folder / "prepare").mkdir(exist_ok=True)
    path = configuration(
        folder / "prepare", data, [{"number": 1, "name": "prepare", "folders": ["../sources"]}], house=house
    )
    async with Services((await asyncio.to_thread(load, path, {})).config) as services:
        wanted = await wanting(services)
        if any(services.store.find(one.source.id, one.house, one.treatment) is None for one in wanted):
            console.print(f"normalising {len(wanted)} sources …")
        assets = [asset.path for asset in await normalised(services, wanted)]
    shutil.rmtree(data / "channels", ignore_errors=True)
    files = tuple(sorted(sources.glob("*.mp4")))
    return Material(folder, files, data, tuple(assets), _bitrate(assets))


@contextlib.asynccontextmanager
async def prepared(cache: Path, console: Console, channels: int) -> AsyncIterator[Server]:
    """Run tvd with so many channels, all of whose programmes are prepared, until the block is left."""
    made = await material(cache, console)
    with tempfile.TemporaryDirectory(prefix="run-", dir=made.folder) as name:
        folder = Path(name)
        data = made.mirror(folder / "data")
        config = configuration(folder, data, [made.channel(number + 1) for number in range(channels)], house=HOUSE)
        async with server(config) as tvd:
            await tvd.on_air(60 + channels)
            yield tvd


async def wanting(services: Services) -> list[Wanted]:
    """Return the need for an asset of every source of every channel of ``services``."""
    wanted = []
    for channel in services.config.channels:
        output = await services.output(channel)
        wanted += [_wanted(source, output) for source in await found(services, channel.folders)]
    return wanted


async def normalised(services: Services, wanted: Sequence[Wanted]) -> list[Asset]:
    """Make what is not there of ``wanted``, and return the assets."""
    services.normaliser.set_wanted(wanted)
    await services.normaliser.drained()
    assets = [services.store.find(one.source.id, one.house, one.treatment) for one in wanted]
    made = [asset for asset in assets if asset is not None and not asset.growing]
    if len(made) < len(wanted):
        raise BenchError(f"{len(wanted) - len(made)} of {len(wanted)} sources could not be normalised")
    return made


def _wanted(source: Source, output: Output) -> Wanted:
    # Far enough from air that nothing is hurried.
    return Wanted(source, output.house, output.treatment, air_ns=time.time_ns() + _FAR)


async def found(services: Services, folders: Sequence[Path]) -> tuple[Source, ...]:
    """Return the sources in ``folders`` once all their files were looked at."""
    await services.library.set_folders(folders)
    version = 0
    async with asyncio.timeout(60):
        while True:
            version = await services.library.changed(version)
            sources = services.library.sources(folders)
            if sources and all(source.state != "waiting" for source in sources):
                break
    refused = [f"{source.title}: {source.reason}" for source in sources if not source.schedulable]
    if refused:
        raise BenchError(f"sources refused: {refused}")
    return sources


async def generate(path: Path, *, seed: int, size: str, seconds: float, bitrate: str = "8M") -> None:
    """Make a source: colours that move, grain, noise that swells, in H.264 and AAC."""
    ffmpeg = await find_ffmpeg()
    picture = f"gradients=size={size}:rate=30:seed={seed}:speed=0.02:nb_colors=4,noise=all_seed={seed}:alls=18:allf=t"
    sound = f"anoisesrc=color=pink:amplitude=0.3:sample_rate=48000:seed={seed},tremolo=f=0.3:d=0.6"
    partial = path.with_suffix(".partial")
    argv = [
        *(ffmpeg.path, "-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", "-y"),
        *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, "-t", f"{seconds:g}"),
        *(
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-b:v",
            bitrate,
            "-maxrate",
            bitrate,
            "-bufsize",
            bitrate,
            "-g",
            "250",
        ),
        *("-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "160k", "-ac", "2", "-movflags", "+faststart"),
        *("-f", "mp4", str(partial)),
    ]
    async with child(argv) as process:
        ended = await process.wait()
    if ended.returncode:
        raise BenchError(f"cannot make {path.name}: {ended.describe()}")
    # What was just written would be taken for a file that is still being copied in.
    stamp = path.parent.stat().st_mtime - _SETTLED
    os.utime(partial, (stamp, stamp))
    partial.rename(path)


def _bitrate(assets: Sequence[Path]) -> float:
    size = seconds = 0.0
    grid = Grid(30)
    for path in assets:
        with AssetFile(path, grid) as file:
            seconds += float(file.segments * grid.duration)
        size += path.stat().st_size
    return size * 8 / seconds
