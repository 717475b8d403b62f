"""Doctor's look at programs: ffmpeg, its encoders (each one tried), the sandbox and the launchers."""

import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Final

from tvd.cli.finding import Finding
from tvd.config.model import Config, House
from tvd.media.encoders import CANDIDATES, FALLBACK, encoder_fault
from tvd.media.ffmpeg import Ffmpeg, FfmpegMissingError, find_ffmpeg
from tvd.media.house import Grid, HouseFormat
from tvd.media.sandbox import describe, works

# What ties children to tvd's life and limits, and what is lost without it.
_LAUNCHERS: Final = {
    "setpriv": "children of a killed tvd end only when they notice their closed pipes",
    "prlimit": "sources are opened without limits of memory, time and file size",
    "nice": "preparing does not step back behind what is on air",
    "ionice": "preparing does not step back from the disk",
}


async def examine(config: Config) -> AsyncIterator[Finding]:
    """Yield what the programs here can do for ``config``."""
    try:
        ffmpeg = await find_ffmpeg(config.ffmpeg.binary)
    except FfmpegMissingError as error:
        yield Finding("fail", "ffmpeg", str(error))
    else:
        yield Finding("ok", "ffmpeg", f"{ffmpeg.version} at {ffmpeg.path}")
        async for finding in _encoders(ffmpeg, config.house):
            yield finding
    yield Finding("ok" if works() else "warn", "sandbox", describe())
    for finding in _launchers():
        yield finding


async def _encoders(ffmpeg: Ffmpeg, house: House) -> AsyncIterator[Finding]:
    """Try every encoder that could be used; those in the configuration must work, the others may."""
    wanted = house.encoder
    for name in dict.fromkeys((*CANDIDATES, wanted)):
        if name == "auto":
            continue
        if name not in ffmpeg.encoders:
            fault: str | None = "not in this ffmpeg"
        else:
            fault = await encoder_fault(ffmpeg, house_format(house, name))
        if fault is None:
            yield Finding("ok", "encoder", f"{name} works at {house.width}x{house.height}")
        elif name == FALLBACK:
            yield Finding("fail", "encoder", f"{name}: {fault}")
        elif name == wanted:
            yield Finding("warn", "encoder", f"{name} is wanted but does not work ({fault}): {FALLBACK} is used")
        else:
            yield Finding("note", "encoder", f"{name}: {fault}")


def house_format(house: House, encoder: str) -> HouseFormat:
    """Return the house format of ``[house]`` made with ``encoder``."""
    return HouseFormat(
        grid=Grid(house.fps),
        width=house.width,
        height=house.height,
        video_bitrate=house.video_bitrate,
        audio_bitrate=house.audio_bitrate,
        preset=house.preset,
        encoder=encoder,
    )


def _launchers() -> Iterator[Finding]:
    if sys.platform != "linux":
        yield Finding("note", "launchers", f"{', '.join(_LAUNCHERS)} are used on Linux only")
        return
    for name, loss in _LAUNCHERS.items():
        path = shutil.which(name)
        yield Finding("ok", "launcher", path) if path else Finding("warn", "launcher", f"no {name}: {loss}")
