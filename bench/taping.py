"""Taping a folder: a channel over it, prepared and recorded by tvd's own means, and the whole tape examined."""

import asyncio
import os
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.aired import Aired, Programme, Taken, marks, take
from bench.continuity import Continuity, check_file
from bench.server import configuration
from tvd.cli.preparing import services_for
from tvd.cli.tape import Recording, record
from tvd.clock import NS
from tvd.config.load import load
from tvd.library.asset import Asset
from tvd.library.source import Source
from tvd.media.ffmpeg import find_ffmpeg
from tvd.media.house import Grid
from tvd.media.process import Limits, child
from tvd.services import Services

HOUSE: Final = {
    "width": 160, "height": 90, "fps": 30, "video_bitrate": "500k", "encoder": "libx264", "preset": "superfast",
}  # fmt: skip
TARGET: Final = -18.0
_SETTLED: Final = 3600
_LONG_ENOUGH: Final = 3
"""Seconds from which on the loudness of a programme means something."""


@dataclass(slots=True)
class Examined:
    """A tape and all that was found in it; ``complaints`` are the lines ffmpeg wrote while decoding all of it."""

    path: Path
    grid: Grid
    segments: int
    joins: int
    warnings: tuple[str, ...]
    refused: dict[str, str]
    seconds: dict[str, float] = field(default_factory=dict)
    continuity: Continuity | None = None
    taken: Taken | None = None
    complaints: str = ""
    assets: dict[str, Asset] = field(default_factory=dict)

    @property
    def off_target(self) -> dict[str, float]:
        """Return by how many LU each programme of at least three seconds misses the target, the loudest miss of each.

        Silence has no loudness; what would need more than 20 dB is louder by 20 dB only, and not counted.
        """
        misses: dict[str, float] = {}
        for aired in self.whole:
            one = aired.programme
            long_enough = (one.stop - one.start) * self.grid.duration >= _LONG_ENOUGH
            if aired.loudness is not None and long_enough and one.kind == "programme":
                misses[one.title] = max(misses.get(one.title, 0.0), aired.loudness - TARGET, key=abs)
        return misses

    @property
    def whole(self) -> list[Aired]:
        """The airings that are on the tape from beginning to end."""
        assert self.taken is not None
        return [aired for aired in self.taken.aired if aired.programme.whole]


def fill(folder: Path, paths: Iterable[Path]) -> None:
    """Put ``paths`` into ``folder`` as files that have long been there."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = time.time() - _SETTLED
    for path in paths:
        to = folder / path.name
        if not to.exists():
            shutil.copyfile(path, to)
        os.utime(to, (stamp, stamp))


async def tape_folder(
    work: Path, folder: Path, joins: int, house: Mapping[str, Any] | None = None, order: str = "shuffle"
) -> Examined:
    """Tape about ``joins`` joins of a channel over ``folder``, with data in ``work``, and examine the tape."""
    path = await asyncio.to_thread(_configuration, work, folder, dict(house or HOUSE), order)
    config = (await asyncio.to_thread(load, path, {})).config
    began = time.monotonic()
    async with services_for(config, config.channels) as services:
        sources = [source for source in services.sources(config.channels[0]) if source.schedulable]
        grid = Grid(config.channels[0].house.fps)
        bag = sum(source.segments(grid) for source in sources)
        # The last bag is not aired whole, and long programmes may come first in it.
        segments = -(-bag * joins // len(sources)) + max(2, bag // 10)
        tape = work / "tape.mp4"
        made = await record(services, config.channels[0], time.time_ns(), int(segments * grid.duration * NS), tape)
        examined = _noted(services, made, tape)
        programmes = _programmes(services, made)
        refused = [source for source in services.sources(config.channels[0]) if not source.schedulable]
        examined.refused |= {source.title: source.reason for source in refused}
    examined.seconds["taping"] = time.monotonic() - began
    began = time.monotonic()
    await _examine(examined, made, programmes)
    examined.seconds["examining"] = time.monotonic() - began
    return examined


def _configuration(work: Path, folder: Path, house: dict[str, Any], order: str) -> Path:
    work.mkdir(parents=True, exist_ok=True)
    channel = {"number": 1, "name": "Tape", "folders": [os.path.relpath(folder, work)], "order": order}
    return configuration(work, work / "data", [channel], house=house, normaliser={"jobs": 2})


async def _examine(examined: Examined, made: Recording, programmes: list[Programme]) -> None:
    grid = examined.grid
    examined.continuity = await asyncio.to_thread(check_file, examined.path, grid.duration)
    examined.complaints = await complaints(examined.path)
    sources = {programme.path: None for programme in programmes if programme.path is not None}
    ffmpeg = await find_ffmpeg()
    known = {path: await asyncio.to_thread(marks, path, ffmpeg.path) for path in sources}
    examined.taken = await asyncio.to_thread(take, examined.path, grid, made.taped.offset, programmes, known)


def _noted(services: Services, made: Recording, tape: Path) -> Examined:
    return Examined(
        path=tape,
        grid=made.output.house.grid,
        segments=made.stop - made.start,
        joins=sum(made.start < join.seq < made.stop for join in made.joins),
        warnings=made.taped.warnings,
        refused={},
        assets={asset.key: asset for join in made.joins if (asset := services.store.get(*join.asset.split("/")))},
    )


def _programmes(services: Services, made: Recording) -> list[Programme]:
    """Return the airings on the tape, the first and the last perhaps not whole."""
    ends = [join.seq for join in made.joins[1:]] + [made.stop]
    programmes = []
    for join, end in zip(made.joins, ends, strict=True):
        start, stop = max(join.seq, made.start) - made.start, min(end, made.stop) - made.start
        asset = services.store.get(*join.asset.split("/"))
        source: Source | None = services.source(asset.source) if asset else None
        whole = asset is not None and join.index == 0 and start >= 0 and stop - start == asset.segments
        if stop > start:
            # Sound on the tape ends a few AAC frames before the picture does.
            whole = whole and stop < made.stop - made.start and join.seq >= made.start
            path = source.path if source else None
            programmes.append(Programme(start, stop, join.kind, join.title, path, whole))
    return programmes


async def complaints(path: Path) -> str:
    """Decode all of ``path`` with ffmpeg and return what it says; an exit that is no success is said as well."""
    ffmpeg = await find_ffmpeg()
    lines: list[str] = []
    argv = [ffmpeg.path, "-hide_banner", "-nostdin", "-nostats", "-v", "warning", "-xerror", "-i", str(path)]
    async with child([*argv, "-map", "0", "-f", "null", "-"], limits=Limits(), on_line=lines.append) as process:
        ended = await process.wait()
    return "\n".join([*lines, *([ended.describe()] if ended.returncode else [])])
