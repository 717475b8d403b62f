"""Running an encoding ffmpeg and writing what it makes as an asset, segment by segment; and telling why it failed."""

import asyncio
import errno
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal, Protocol

from tvd.errors import AssetInvalidError, SourceRefusedError, TvdError
from tvd.library.source import Source
from tvd.media.asset_file import AssetFile, AssetFileWriter
from tvd.media.cutter import SoundLeftOverError
from tvd.media.fragment import Fragment
from tvd.media.house import HouseFormat
from tvd.media.initialisation import Initialisation
from tvd.media.process import Exit, Limits, child
from tvd.media.sandbox import signal_of

STALL: Final = 180.0
"""Seconds without a byte after which an encoding ffmpeg is taken for hung (a dead network mount, a decoder's loop)."""
BLANK_END: Final = 8
"""As many blank segments at the end mean that the source was shorter than it said; fewer belong to the programme."""
_READ: Final = 2**18
_SYNC_BYTES: Final = 64 * 2**20
_BLANK_RUN: Final = 3
_BLANK_SOUND: Final = 16

FailureKind = Literal["full", "memory", "killed", "stalled", "lost", "unsteady"]
"""full: the disk; memory: the kernel's OOM killer; killed: by a signal of someone else; stalled: no output for long;
lost: what was written is gone; unsteady: the sound changes its form in the file and must be made steady first."""


class JobFailedError(TvdError):
    """A job ended for a reason that is not the source's fault: it is tried again."""

    def __init__(self, kind: FailureKind, why: str) -> None:
        super().__init__(why)
        self.kind: FailureKind = kind


class Cutter(Protocol):
    """What turns the bytes of an encoder into segments."""

    @property
    def initialisation(self) -> Initialisation | None:
        """What the stream began with, once it has come."""
        ...

    def feed(self, data: bytes) -> list[Fragment]:
        """Take bytes, return the segments they complete."""
        ...

    def finish(self) -> list[Fragment]:
        """Return the last segments."""
        ...


class Output:
    """Where the segments of one encode go: the asset's file, opened when the first bytes say how it begins.

    ``open_writer`` is called once, in a thread, with the initialisation found; it raises when that is not the house's.
    ``on_written`` is told, in the loop, how many segments are readable and the bytes written by this encode.
    ``complete`` makes what the cutter gave whole, in a thread, told the number of the segment.
    """

    def __init__(
        self,
        house: HouseFormat,
        open_writer: Callable[[Initialisation], AssetFileWriter],
        on_written: Callable[[int, int], None],
        complete: Callable[[int, Fragment], Fragment] | None = None,
    ) -> None:
        self._house = house
        self._open_writer = open_writer
        self._on_written = on_written
        self._complete = complete
        self._writer: AssetFileWriter | None = None
        self._unsynced = 0
        self._blank = 0
        self.bytes = 0

    async def take(self, fragments: list[Fragment], initialisation: Initialisation | None) -> None:
        """Write ``fragments``. Raises :class:`JobFailedError` when the disk does not take them."""
        if not fragments or initialisation is None:
            return
        try:
            written = await asyncio.to_thread(self._write, fragments, initialisation)
        except OSError as error:
            raise disk_failure(error) from error
        self._on_written(written - (self._blank if self._blank >= _BLANK_RUN else 0), self.bytes)

    def _write(self, fragments: list[Fragment], initialisation: Initialisation) -> int:
        if self._writer is None:
            self._writer = self._open_writer(initialisation)
        for fragment in fragments:
            if self._complete is not None:
                fragment = self._complete(self._writer.segments, fragment)  # noqa: PLW2901 - the whole one replaces it
            self._writer.append(fragment)
            size = len(fragment.video) + len(fragment.audio)
            self.bytes += size
            self._unsynced += size
            # A long blank stretch may be what pads a source that ended early: not offered for air until more comes.
            self._blank = self._blank + 1 if is_blank(fragment, self._house) else 0
        if self._unsynced > _SYNC_BYTES:
            # Little by little: one flush of gigabytes at the end would hold up everybody's disk.
            self._writer.sync()
            self._unsynced = 0
        return self._writer.segments

    async def close(self) -> None:
        """Close the file with everything on the disk. Raises :class:`JobFailedError` when that fails."""
        if self._writer is not None:
            writer, self._writer = self._writer, None
            try:
                await asyncio.to_thread(writer.close)
            except OSError as error:
                raise disk_failure(error) from error


class Turn:
    """Whether an encode goes on. While it is held its ffmpeg is not read, and stands still as its pipe is full."""

    def __init__(self) -> None:
        self.pressed = False
        """What is made airs so soon that it steps back for nobody."""
        self._going = asyncio.Event()
        self._going.set()
        self._held = 0.0
        self._held_since = 0.0

    def hold(self, held: bool) -> None:
        """Let it stand still from now on, or go on."""
        if held and self.going:
            self._going.clear()
            self._held_since = time.monotonic()
        elif not held and not self.going:
            self._held = self.held
            self._going.set()

    @property
    def going(self) -> bool:
        """Whether it is not held now."""
        return self._going.is_set()

    @property
    def held(self) -> float:
        """Seconds for which it was held until now."""
        return self._held + (0.0 if self.going else time.monotonic() - self._held_since)

    def limits(self, usual: Limits) -> Limits:
        """Return the limits its children have now: the ``usual`` ones when there is time."""
        return replace(usual, nice=0, idle_io=False) if self.pressed else usual

    async def wait(self, limit: asyncio.Timeout) -> None:
        """Wait while it is held; ``limit`` does not run meanwhile."""
        if self.going or (when := limit.when()) is None:
            return
        before = self._held
        limit.reschedule(None)
        await self._going.wait()
        limit.reschedule(when + self._held - before)


async def encode(
    argv: Sequence[str],
    cutter: Cutter,
    output: Output,
    limits: Limits,
    seconds: float,
    *,
    stall: float = STALL,
    turn: Turn | None = None,
) -> None:
    """Run ``argv``, an ffmpeg that writes fragmented MP4 to stdout, into ``output``.

    ``seconds`` is the longest it may take, but for those in which it is held by ``turn``. Raises
    :class:`SourceRefusedError` with the reason when the source cannot be made an asset, :class:`JobFailedError` when it
    can be tried again.
    """
    turn = turn or Turn()
    try:
        async with (
            asyncio.timeout(seconds) as limit,
            child(argv, stdout=True, limits=turn.limits(limits), buffer=_READ) as ffmpeg,
        ):
            while True:
                await turn.wait(limit)
                await ffmpeg.renice(turn.limits(limits).nice)
                try:
                    async with asyncio.timeout(stall):
                        data = await ffmpeg.stdout.read(_READ)
                except TimeoutError:
                    raise JobFailedError("stalled", f"ffmpeg made nothing for {stall:.0f} s") from None
                if not data:
                    break
                await output.take(_cut(cutter.feed, data), cutter.initialisation)
            failure = explain(await ffmpeg.wait())
            if failure is not None:
                raise failure
            await output.take(_cut(lambda _: cutter.finish(), b""), cutter.initialisation)
    except TimeoutError:
        raise SourceRefusedError(f"normalising took longer than {seconds:.0f} s") from None
    finally:
        await output.close()


def _cut(cut: Callable[[bytes], list[Fragment]], data: bytes) -> list[Fragment]:
    try:
        return cut(data)
    except SoundLeftOverError as error:
        raise JobFailedError("unsteady", f"the sound changes its channels or sample rate ({error})") from error
    except ValueError as error:
        raise SourceRefusedError(f"the encoder left the grid: {error}") from error


def explain(end: Exit) -> TvdError | None:
    """Return the error an encoding child's end means; None when it ended well."""
    if end.returncode == 0:
        return None
    if end.out_of_memory:
        return JobFailedError("memory", end.describe())
    if signal_of(end.returncode) in {signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}:
        return JobFailedError("killed", end.describe())
    return SourceRefusedError(f"ffmpeg: {end.describe()}")


def disk_failure(error: OSError) -> JobFailedError:
    """Return what an error while writing an asset means for its job."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return JobFailedError("full", f"no space on the data disk: {error.strerror}")
    return JobFailedError("lost", f"cannot write the asset: {error}")


def is_blank(fragment: Fragment, house: HouseFormat) -> bool:
    """Whether a segment is one flat colour in silence, judged by its size: little else is coded in so few bytes.

    Measured with x264: a black segment of 1280x720 has 2.7 kB, one of 160x90 1.1 kB, and up to 0.8 kB more where it
    carries the encoder's description of itself.
    """
    macroblocks = -(-house.width // 16) * -(-house.height // 16)
    limit = 1024 + macroblocks // 10 + len(fragment.video_sizes) * (20 + macroblocks // 120)
    return max(fragment.audio_sizes) <= _BLANK_SOUND and len(fragment.video) <= limit


def real_segments(file: AssetFile, house: HouseFormat) -> int:
    """Return how many segments are left without the blank ones at the end; at least 1. Blocks."""
    last = file.segments
    while last > 1 and is_blank(file.fragment(last - 1), house):
        last -= 1
    return last


def cut_blank_end(path: Path, house: HouseFormat, planned: int) -> int:
    """Cut off the black silence that stands for what the source did not have; return the segments left. Blocks.

    Raises :class:`AssetInvalidError` when not ``planned`` segments were made.
    """
    with AssetFile(path, house.grid) as file:
        segments, real = file.segments, real_segments(file, house)
    if segments != planned:
        raise AssetInvalidError(path, f"{segments} segments were made of {planned}")
    if segments - real < BLANK_END:
        return segments
    AssetFileWriter.resume(path, house.grid, keep=real).close()
    return real


def check_source(source: Source) -> None:
    """Raise :class:`SourceRefusedError` when the file is not the one that was probed. Blocks."""
    if source.path is None:
        return
    try:
        now = source.path.stat()
    except OSError as error:
        raise SourceRefusedError(f"the file cannot be read: {error.strerror}") from error
    if now.st_size != source.size or (source.mtime_ns and now.st_mtime_ns != source.mtime_ns):
        raise SourceRefusedError("the file has changed since it was looked at")
