"""One job of the normaliser: from a source to a published asset, in steps that a crash or a cancellation can interrupt.

``waiting -> measuring -> encoding -> verifying -> done``. What it makes is readable in the store from its first
segment on. Interrupted after enough segments it leaves its work folder behind, and the next job for the same asset
goes on from there.
"""

import asyncio
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import msgspec

from tvd import __version__, logs
from tvd.errors import AssetInvalidError, SourceRefusedError
from tvd.library.asset import ASSET_FILE, Asset, Generation, Manifest, asset_key
from tvd.library.burning import burnt
from tvd.library.making import JobFailedError, Output, Turn, check_source, cut_blank_end, disk_failure, encode
from tvd.library.queue import Wanted
from tvd.library.record import JobRecord, read_record, whole_segments, write_record
from tvd.library.resound import SoundCutter, join, same_sound
from tvd.library.steady import FILE as STEADY
from tvd.library.steady import make_steady
from tvd.library.store import AssetStore
from tvd.library.verify import parameter_sets_differ, verify
from tvd.library.workdir import WorkFolder
from tvd.media.analyse import GAIN_MAX, analyse, corrected
from tvd.media.analysis import Analysis
from tvd.media.asset_file import AssetFile, AssetFileWriter
from tvd.media.cutter import SegmentCutter
from tvd.media.examine import Loudness
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.fragment import Fragment
from tvd.media.house import HouseFormat
from tvd.media.initialisation import Initialisation
from tvd.media.normalise import SourceInput, normalise_argv, sound_argv, steady_argv
from tvd.media.probe import Probe
from tvd.media.process import Limits
from tvd.media.sandbox import sandboxed

JobState = Literal["measuring", "encoding", "verifying", "done"]

KEEP: Final = 30
"""Segments after which the work of an interrupted job is kept; fewer are quicker made again."""
_TIMEOUT_MIN: Final = 600.0
_TOLERANCE: Final = 1.0
_TOLERANCE_PROVISIONAL: Final = 2.0
INPUT: Final = "input"
"""Folder inside the work folder for what a generated programme is drawn into."""

log = logs.get("normaliser")


@dataclass(frozen=True, slots=True)
class Means:
    """What every job works with. ``draw`` makes the input of a generated programme in a folder; it blocks."""

    store: AssetStore
    ffmpeg: Ffmpeg
    limits: Limits
    timeout_factor: float
    draw: Callable[[str, HouseFormat, Path], SourceInput]

    def deadline(self, seconds: float) -> float:
        """Return how many seconds a step of a job for ``seconds`` of programme may take."""
        return max(_TIMEOUT_MIN, seconds * self.timeout_factor)


class Job:
    """Makes one asset of ``wanted``; with ``better`` (a provisional asset) only its sound, properly measured.

    ``excerpts``: air is so near that only parts of the sound are measured. ``unsteady``: an earlier job found that the
    sound changes in the file, so it is decoded beforehand. Run it once with :meth:`run`; ``turn`` lets it stand still.
    """

    def __init__(
        self,
        means: Means,
        wanted: Wanted,
        generation: Generation,
        *,
        excerpts: bool,
        better: Asset | None = None,
        unsteady: bool = False,
    ) -> None:
        self.wanted = wanted
        self.generation = generation
        self.better = better
        self.state: JobState = "measuring"
        self.asset: Asset | None = None
        self._means = means
        self._excerpts = excerpts
        self._grid = wanted.house.grid
        self._encoding_since = self._encoding_until = 0.0
        self._made = 0
        self._resumed = 0
        self._corrected = False
        self._unsteady = unsteady
        self.turn = Turn()

    @property
    def segments(self) -> int:
        """Segments it makes."""
        return self.asset.segments if self.asset else self.wanted.source.segments(self._grid)

    @property
    def progress(self) -> float:
        """Share of the segments made, 0 to 1."""
        return (self.asset.ready / self.asset.segments) if self.asset else 0.0

    @property
    def speed(self) -> float:
        """Seconds of programme made a second since encoding began; 0 before there is anything to tell, and after."""
        return self.overall_speed if self.state == "encoding" else 0.0

    @property
    def overall_speed(self) -> float:
        """The same, of the whole encode once it has ended."""
        elapsed = (self._encoding_until or time.monotonic()) - self._encoding_since
        return float(self._made * self._grid.duration) / elapsed if self._made > 0 and elapsed > 0 else 0.0

    async def run(self) -> Asset:
        """Make it. Raises :class:`SourceRefusedError`, or :class:`JobFailedError` when it can be tried again."""
        await asyncio.to_thread(check_source, self.wanted.source)
        folder, record = await self._begin()
        keep = False
        try:
            return await self._make(folder, record)
        except AssetInvalidError as error:
            if self._resumed:
                raise JobFailedError("lost", f"what an earlier run left is unusable: {error.why}") from error
            raise SourceRefusedError(f"the result is not usable: {error.why}") from error
        except OSError as error:
            raise disk_failure(error) from error
        except (JobFailedError, asyncio.CancelledError) as error:
            lost = isinstance(error, JobFailedError) and error.kind in {"lost", "unsteady"}
            keep = not lost and self._worth_keeping()
            raise
        finally:
            if self.asset is not None:
                self.asset.held = False
            if self.state != "done":
                await self._leave(folder, keep=keep)

    # Beginning ---------------------------------------------------------------------------------------------------

    async def _begin(self) -> tuple[WorkFolder, JobRecord]:
        """Go on with what an earlier job left, or measure the source and begin."""
        left = await self._left_behind()
        if left is not None:
            return left
        analysis = await self._measure()
        record = JobRecord(manifest=self._plan(analysis), analysis=analysis)
        try:
            folder = await asyncio.to_thread(WorkFolder.create, self._means.store.work, record.manifest.key)
            await asyncio.to_thread(write_record, folder, record)
        except OSError as error:
            raise disk_failure(error) from error
        return folder, record

    async def _left_behind(self) -> tuple[WorkFolder, JobRecord] | None:
        wanted, store = self.wanted, self._means.store
        for variant in () if self._unsteady else ("proper", "provisional"):
            asset = store.get(
                self.generation.name, asset_key(wanted.source.id, wanted.house, wanted.treatment, variant)
            )
            if asset is None or not asset.growing:
                continue
            folder = await asyncio.to_thread(WorkFolder.adopt, asset.folder)
            if folder is None:
                continue
            record = await asyncio.to_thread(read_record, folder)
            # New sound is quicker made than gone on with.
            if self.better is None and record is not None and record.manifest.segments == self._planned():
                return folder, record
            store.ungrow(asset)
            await asyncio.to_thread(folder.remove)
        return None

    async def _measure(self) -> Analysis:
        source = self.wanted.source
        if source.path is None:
            return Analysis()
        if source.probe is None:
            raise SourceRefusedError("it has not been probed")
        excerpts = self._excerpts and self.better is None
        seconds = self._deadline()
        try:
            async with asyncio.timeout(seconds):
                return await self._analyse(source.path, source.probe, excerpts=excerpts)
        except TimeoutError:
            raise SourceRefusedError(f"measuring took longer than {seconds:.0f} s") from None

    async def _analyse(self, path: Path, probe: Probe, *, excerpts: bool) -> Analysis:
        limits = self.turn.limits(self._means.limits)
        return await analyse(self._means.ffmpeg, path, probe, self.wanted.treatment, excerpts=excerpts, limits=limits)

    def _planned(self) -> int:
        return self.better.segments if self.better else self.wanted.source.segments(self._grid)

    def _plan(self, analysis: Analysis) -> Manifest:
        wanted = self.wanted
        variant: Literal["proper", "provisional"] = "provisional" if analysis.provisional else "proper"
        return Manifest(
            key=asset_key(wanted.source.id, wanted.house, wanted.treatment, variant),
            source=wanted.source.id,
            title=wanted.source.title,
            generation=self.generation.name,
            house=wanted.house.key,
            treatment=wanted.treatment.key,
            fps=self._grid.fps,
            segments=self._planned(),
            provisional=analysis.provisional,
            tvd=__version__,
        )

    # Making ------------------------------------------------------------------------------------------------------

    async def _make(self, folder: WorkFolder, record: JobRecord) -> Asset:
        store, manifest = self._means.store, record.manifest
        asset = self.asset = store.grow(manifest, folder.path)
        asset.held = True
        self._resumed = await asyncio.to_thread(whole_segments, asset.path, self._grid)
        asset.ready = self._resumed
        if asset.ready < manifest.segments:
            await self._encode(folder, record, asset)
        self.state = "verifying"
        real = await asyncio.to_thread(cut_blank_end, asset.path, self.wanted.house, record.manifest.segments)
        manifest = asset.manifest = msgspec.structs.replace(manifest, segments=real)
        asset.ready = real
        made = await self._verify(folder, real)
        warnings: tuple[str, ...] = ()
        off = self._off_target(record.analysis, made)
        if abs(off) > _TOLERANCE and self._may_correct(asset, record):
            made = await self._correct(folder, record, made, off)
            off = self._off_target(record.analysis, made)
        if abs(off) > (_TOLERANCE_PROVISIONAL if manifest.provisional else _TOLERANCE):
            warnings = (f"loudness is {off:+.1f} LU off the target",)
            log.warning("asset.loudness", asset=asset.key, source=asset.source, off=round(off, 1))
        await asyncio.to_thread(shutil.rmtree, folder.path / INPUT, ignore_errors=True)
        manifest = msgspec.structs.replace(
            manifest,
            loudness=made.integrated,
            true_peak=made.true_peak,
            loudness_range=made.range,
            made_at=int(time.time()),
            warnings=warnings,
        )
        await store.publish(asset, manifest, folder)
        self.state = "done"
        return asset

    async def _encode(self, folder: WorkFolder, record: JobRecord, asset: Asset) -> None:
        store, written = self._means.store, 0

        def on_written(ready: int, size: int) -> None:
            nonlocal written
            asset.size += size - written
            written = size
            asset.ready = max(asset.ready, ready)
            self._made = asset.ready - self._resumed
            store.reserve(asset.source, self._estimate(record.manifest.segments - ready))
            if asset.lost:
                raise JobFailedError("lost", f"what was made is gone: {asset.lost}")

        self.state, self._encoding_since = "encoding", time.monotonic()
        try:
            if self.better is not None:
                await self._encode_sound(folder, record, self.better.path, asset.path, on_written)
            else:
                await self._encode_all(folder, record, asset, on_written)
        finally:
            self._encoding_until = time.monotonic()

    async def _encode_all(
        self, folder: WorkFolder, record: JobRecord, asset: Asset, on_written: Callable[[int, int], None]
    ) -> None:
        wanted, first, means = self.wanted, asset.ready, self._means
        written = await burnt(
            means.ffmpeg, wanted.source, wanted.treatment, folder.path / INPUT, self.turn.limits(means.limits)
        )
        argv = normalise_argv(
            means.ffmpeg, await self._input(folder), wanted.source.probe, wanted.house, wanted.treatment,
            record.analysis, record.manifest.segments, first_segment=first, steady=await self._steady(folder),
            burnt=written,
        )  # fmt: skip

        def open_writer(initialisation: Initialisation) -> AssetFileWriter:
            if initialisation.fingerprint != self.generation.fingerprint:
                raise SourceRefusedError(parameter_sets_differ(initialisation.fingerprint, self.generation))
            if first:
                return AssetFileWriter.resume(asset.path, self._grid)
            return AssetFileWriter(asset.path, initialisation, self._grid)

        cutter = SegmentCutter(self._grid, skip=1 if first else 0)
        await self._run(argv, cutter, Output(wanted.house, open_writer, on_written))

    async def _encode_sound(
        self, folder: WorkFolder, record: JobRecord, picture: Path, to: Path, on_written: Callable[[int, int], None]
    ) -> None:
        """Write ``to`` with the picture of the asset at ``picture`` and sound made as ``record`` says."""
        wanted, segments = self.wanted, record.manifest.segments
        argv = sound_argv(
            self._means.ffmpeg, await self._input(folder), wanted.source.probe, wanted.house, wanted.treatment,
            record.analysis, segments, steady=await self._steady(folder),
        )  # fmt: skip
        with await asyncio.to_thread(AssetFile, picture, self._grid) as old:

            def open_writer(initialisation: Initialisation) -> AssetFileWriter:
                return AssetFileWriter(to, same_sound(old.initialisation, initialisation), self._grid)

            def whole(index: int, sound: Fragment) -> Fragment:
                return join(old, index, sound)

            output = Output(wanted.house, open_writer, on_written, whole)
            await self._run(argv, SoundCutter(self._grid, segments), output)

    async def _run(self, argv: list[str], cutter: SegmentCutter | SoundCutter, output: Output) -> None:
        await encode(sandboxed(argv), cutter, output, self._means.limits, self._deadline(), turn=self.turn)

    def _deadline(self) -> float:
        """Return how many seconds a step of the job may take."""
        return self._means.deadline(float(self._planned() * self._grid.duration))

    async def _input(self, folder: WorkFolder) -> SourceInput:
        source = self.wanted.source
        if source.path is not None:
            return source.path
        place = folder.path / INPUT
        await asyncio.to_thread(place.mkdir, exist_ok=True)
        return await asyncio.to_thread(self._means.draw, source.id, self.wanted.house, place)

    async def _steady(self, folder: WorkFolder) -> Path | None:
        """Return the sound decoded beforehand, where that is needed."""
        source = self.wanted.source
        if not self._unsteady or source.path is None or source.probe is None:
            return None
        place = folder.path / INPUT
        await asyncio.to_thread(place.mkdir, exist_ok=True)
        to = place / STEADY
        if not to.exists():
            argv = steady_argv(self._means.ffmpeg, source.path, source.probe, self.wanted.treatment, to)
            await make_steady(argv, place, self._means.limits, self._deadline())
        return to

    def _estimate(self, segments: int) -> int:
        """Return the most bytes ``segments`` segments take."""
        return int(max(0, segments) * self._grid.duration * self.wanted.house.bitrate / 8)

    # Ending ------------------------------------------------------------------------------------------------------

    async def _verify(self, folder: WorkFolder, segments: int) -> Loudness:
        try:
            return await verify(
                self._means.ffmpeg, folder.path / ASSET_FILE, self._grid, self.generation, segments, self._means.limits
            )
        except ChildProcessError as error:
            raise JobFailedError("killed", f"while verifying: {error}") from error

    def _off_target(self, analysis: Analysis, made: Loudness) -> float:
        """Return how many LU louder the result is than it was meant to be; 0 where nothing was meant."""
        if analysis.input_loudness is None or made.integrated is None:
            return 0.0
        return made.integrated - min(self.wanted.treatment.loudness, analysis.input_loudness + GAIN_MAX)

    def _may_correct(self, asset: Asset, record: JobRecord) -> bool:
        """Whether the sound may still be changed: never of what has been on air."""
        return not record.manifest.provisional and not asset.aired_ns and not self._corrected

    async def _correct(self, folder: WorkFolder, record: JobRecord, made: Loudness, off: float) -> Loudness:
        """Make the sound once more of an asset that came out ``off`` LU too loud."""
        self._corrected = True
        log.info("asset.corrected", source=self.wanted.source.id, off=round(off, 1))
        analysis, segments = corrected(record.analysis, made, off), self.segments
        manifest = msgspec.structs.replace(record.manifest, segments=segments)
        louder = folder.path / "corrected.mp4"
        await self._encode_sound(
            folder, JobRecord(manifest=manifest, analysis=analysis), folder.path / ASSET_FILE, louder, lambda *_: None
        )
        await asyncio.to_thread(louder.replace, folder.path / ASSET_FILE)
        return await self._verify(folder, segments)

    def _worth_keeping(self) -> bool:
        if self._unsteady:  # decoded sound is not sought in
            return False
        return self.asset is not None and self.better is None and (self.asset.aired_ns > 0 or self.asset.ready > KEEP)

    async def _leave(self, folder: WorkFolder, *, keep: bool) -> None:
        """End with the work folder: left for the next job, or removed. Not interrupted by a second cancellation."""
        if keep:
            folder.release()
            return
        if self.asset is not None:
            self._means.store.ungrow(self.asset)
        await asyncio.shield(asyncio.to_thread(folder.remove))
