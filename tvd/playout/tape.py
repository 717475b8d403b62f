"""Tape: what a channel airs in some span of time as one MP4 file, through the feeder and the ffmpeg of the air.

Of several sizes it is the house's own.

The clock is left out: segments are fed as fast as ffmpeg takes them. Times in the file are those of the air minus its
beginning; sound begins a few AAC frames before the first picture, as in every fragment on air, so the first picture
stands a frame or two behind the file's zero.
"""

import asyncio
import math
import os
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tvd.errors import TvdError
from tvd.media import nut
from tvd.media.boxes import children, find
from tvd.media.cutter import FragmentReader
from tvd.media.fragment import Fragment
from tvd.media.house import AAC_FRAME, SAMPLE_RATE, Grid
from tvd.media.initialisation import Initialisation
from tvd.media.live import live_argv
from tvd.media.process import Child, child
from tvd.playout.asrun import AsRun
from tvd.playout.output import Output

_READ: Final = 2**18
_PATIENCE: Final = 30.0


class Unlogged:
    """An as-run log of something that does not air: it remembers nothing but ``joins``."""

    def __init__(self) -> None:
        self.joins: list[AsRun] = []

    def at(self, seq: int) -> tuple[AsRun, int] | None:  # noqa: ARG002 - of the protocol
        """Return None: nothing was ever fed."""
        return None

    def append(self, entry: AsRun) -> bool:
        """Keep it for the caller."""
        self.joins.append(entry)
        return True


@dataclass(frozen=True, slots=True)
class Taped:
    """What came of it: ``segments`` written, lines ffmpeg wrote, by how much (seconds) the file's zero is earlier."""

    segments: int
    warnings: tuple[str, ...]
    offset: float


async def tape(
    ffmpeg: str,
    output: Output,
    fragment: Callable[[int], Awaitable[Fragment]],
    start: int,
    stop: int,
    to: Path,
    progress: Callable[[int], None] = lambda _segments: None,
) -> Taped:
    """Write segments ``start`` to before ``stop`` to ``to``, which appears only when it is whole.

    ``fragment`` is :meth:`tvd.playout.feeder.Feeder.fragment`. Raises :class:`TvdError` when ffmpeg fails, ``OSError``
    when the file cannot be written.
    """
    part = to.with_name(f".{to.name}.part")
    warnings: list[str] = []
    argv = live_argv(ffmpeg, output.house, output.settings, start - 1)
    offset = 0.0
    made = 0
    try:
        async with child(argv, stdin=True, stdout=True, on_line=warnings.append) as process:
            feeding = asyncio.create_task(_feed(process, output, fragment, range(start - 1, stop + 1)))
            try:
                with part.open("wb") as file:
                    async with aclosing(_segments(process, output.house.grid, start, stop)) as pieces:
                        async for data, offset in pieces:  # noqa: B007 - the last offset is the file's
                            await asyncio.to_thread(file.write, data)
                            made += 1
                            progress(made - 1)
                    file.flush()
                    await asyncio.to_thread(os.fsync, file.fileno())
            finally:
                feeding.cancel()
                results = await asyncio.gather(feeding, return_exceptions=True)
        failures = [one for one in results if isinstance(one, Exception) and not isinstance(one, OSError)]
        if failures:
            raise failures[0]
        if made - 1 != stop - start:
            ended = warnings[-1] if warnings else "it said nothing"
            raise TvdError(f"ffmpeg ended after {made - 1} of {stop - start} segments: {ended}")
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
    return Taped(stop - start, tuple(warnings), offset)


async def _feed(process: Child, output: Output, fragment: Callable[[int], Awaitable[Fragment]], seqs: range) -> None:
    grid = output.house.grid
    try:
        process.stdin.write(nut.header(output.initialisation.sizes[0], grid, seqs[0]))
        for seq in seqs:
            coded = (await fragment(seq)).alone()
            data = await asyncio.to_thread(nut.segment, coded, seq, grid)
            process.stdin.write(data)
            async with asyncio.timeout(_PATIENCE):
                await process.stdin.drain()
    finally:
        # However feeding ends, the reader must see the end of the output.
        process.stdin.close()


async def _segments(process: Child, grid: Grid, start: int, stop: int) -> AsyncGenerator[tuple[bytes, float]]:
    """Yield the initialisation and then segment after segment, their times counted from ``start``, and the offset."""
    reader, rebase, seq = FragmentReader(), None, start - 1
    while data := await process.stdout.read(_READ):
        for moof, mdat in reader.feed(data):
            if rebase is None and reader.initialisation is not None:
                rebase = _Rebase(reader.initialisation, grid, start)
                yield reader.head, 0.0
            if rebase is not None and start <= seq < stop:
                yield rebase(moof) + mdat, rebase.offset
            seq += 1


class _Rebase:
    """Moves the decode times of fragments so that the first one begins at, or just behind, zero."""

    def __init__(self, made: Initialisation, grid: Grid, start: int) -> None:
        self._grid = grid
        self._ticks = made.video_timescale // grid.fps
        self._video_id = made.video_id
        self._start = start
        self._frames: int | None = None

    @property
    def offset(self) -> float:
        """Seconds by which the first picture stands behind the file's zero."""
        return (self._frames or 0) / self._grid.fps

    def __call__(self, moof: bytes) -> bytes:
        moved = bytearray(moof)
        body = find(memoryview(moved), b"moof")
        assert body is not None
        times = {}
        for kind, traf in children(body):
            if kind == b"traf":
                tfhd, tfdt = find(traf, b"tfhd"), find(traf, b"tfdt")
                assert tfhd is not None
                assert tfdt is not None
                times[struct.unpack_from(">I", tfhd, 4)[0]] = tfdt
        if self._frames is None:
            sounds = [struct.unpack_from(">Q", tfdt, 4)[0] for track, tfdt in times.items() if track != self._video_id]
            early = self._start * self._grid.audio_frames * AAC_FRAME - min(sounds, default=0) if sounds else 0
            self._frames = max(0, math.ceil(early * self._grid.fps / SAMPLE_RATE))
        for track, tfdt in times.items():
            scale = self._ticks if track == self._video_id else SAMPLE_RATE // self._grid.fps
            shift = (self._start * self._grid.frames - self._frames) * scale
            struct.pack_into(">Q", tfdt, 4, struct.unpack_from(">Q", tfdt, 4)[0] - shift)
        return bytes(moved)
