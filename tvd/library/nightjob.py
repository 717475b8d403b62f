"""One more job of the normaliser: sound for the night beside a finished asset, whose pictures then serve day and night.

The sound is taken from the asset itself: what is cut, padded and levelled already needs no second look at the source,
and every sample is in its place. It is built in a work folder, examined, and published like an asset; nothing is
resumed, since sound is quickly made.
"""

import asyncio
import time
from pathlib import Path
from typing import Final

import msgspec

from tvd import __version__, logs
from tvd.errors import AssetInvalidError, SourceRefusedError
from tvd.library.asset import ASSET_FILE, Asset, Generation, Manifest, asset_key
from tvd.library.job import JobState, Means
from tvd.library.making import JobFailedError, Output, disk_failure, encode
from tvd.library.queue import Wanted
from tvd.library.resound import SoundCutter
from tvd.library.workdir import WorkFolder
from tvd.media import night
from tvd.media.asset_file import AssetFileWriter
from tvd.media.examine import Loudness, loudness
from tvd.media.initialisation import Initialisation
from tvd.media.sandbox import sandboxed
from tvd.media.sound_file import SoundFile, SoundFileWriter

_TOLERANCE: Final = 1.5

log = logs.get("normaliser")


class NightJob:
    """Makes the night sound of the finished asset ``day``. Run it once with :meth:`run`."""

    better: Asset | None = None

    def __init__(self, means: Means, wanted: Wanted, generation: Generation, day: Asset) -> None:
        self.wanted = wanted
        self.generation = generation
        self.day = day
        self.state: JobState = "measuring"
        self.asset: Asset | None = None
        self._means = means
        self._made = 0
        self._since = self._until = 0.0

    @property
    def segments(self) -> int:
        """Segments it makes."""
        return self.day.segments

    @property
    def progress(self) -> float:
        """Share of the segments made, 0 to 1."""
        return self._made / self.segments

    @property
    def speed(self) -> float:
        """Seconds of programme made a second while it encodes, else 0."""
        return self.overall_speed if self.state == "encoding" else 0.0

    @property
    def overall_speed(self) -> float:
        """The same of the whole job once it has ended, measuring included."""
        elapsed = (self._until or time.monotonic()) - self._since
        return float(self._made * self.day.grid.duration) / elapsed if self._made and elapsed > 0 else 0.0

    async def run(self) -> Asset:
        """Make it. Raises :class:`SourceRefusedError`, or :class:`JobFailedError` when it can be tried again."""
        self._since = time.monotonic()
        key = asset_key(self.wanted.source.id, self.wanted.house, self.wanted.treatment, "night")
        try:
            folder = await asyncio.to_thread(WorkFolder.create, self._means.store.work, key)
        except OSError as error:
            raise disk_failure(error) from error
        self.day.held = True  # its file is being read: not to be evicted under us
        try:
            return await self._make(folder, key)
        except OSError as error:
            if isinstance(error, ChildProcessError):
                raise JobFailedError("killed", str(error)) from error
            raise disk_failure(error) from error
        except AssetInvalidError as error:
            raise SourceRefusedError(f"the night sound is not usable: {error.why}") from error
        finally:
            self.day.held = False
            self._until = time.monotonic()
            if self.state != "done":
                await asyncio.shield(asyncio.to_thread(folder.remove))

    async def _make(self, folder: WorkFolder, key: str) -> Asset:
        ratio, measured = await self._strength()
        self.state = "encoding"
        await self._encode(folder, ratio, measured)
        self.state = "verifying"
        made = await self._verify(folder)
        manifest = self._manifest(key, made)
        asset = Asset(manifest, folder.path, growing=True)
        await self._means.store.publish(asset, manifest, folder)
        self.asset, self.state = asset, "done"
        return asset

    async def _strength(self) -> tuple[float, Loudness]:
        """Return the weakest compressor that narrows the sound enough, and how loud it leaves it."""
        manifest, place = self.day.manifest, night.first_ratio(self.day.manifest.loudness_range)
        assert manifest.loudness is not None
        while True:
            ratio = night.RATIOS[place]
            before = night.compressor(ratio, manifest.loudness)
            measured = await loudness(self._means.ffmpeg, self.day.path, self._means.limits, before)
            if measured.integrated is None:
                raise SourceRefusedError("its sound cannot be measured")
            place += 1
            if place == len(night.RATIOS) or measured.range is None or measured.range <= night.RANGE:
                return ratio, measured

    async def _encode(self, folder: WorkFolder, ratio: float, measured: Loudness) -> None:
        house, day = self.wanted.house, self.day
        assert day.manifest.loudness is not None
        argv = night.night_argv(
            self._means.ffmpeg, day.path, house, day.segments, ratio, day.manifest.loudness, measured
        )
        asc = (await asyncio.to_thread(self._means.store.open, day)).initialisation.asc

        def open_writer(initialisation: Initialisation) -> AssetFileWriter:
            if initialisation.asc != asc:
                raise SourceRefusedError("parameter sets differ: the sound's AudioSpecificConfig")
            return SoundFileWriter(folder.path / ASSET_FILE, initialisation, house.grid)

        def on_written(ready: int, _size: int) -> None:
            self._made = ready
            if day.lost:
                raise JobFailedError("lost", f"the asset is gone: {day.lost}")

        seconds = self._means.deadline(float(day.segments * house.grid.duration))
        cutter = SoundCutter(house.grid, day.segments)
        await encode(sandboxed(argv), cutter, Output(house, open_writer, on_written), self._means.limits, seconds)
        self._made = day.segments

    async def _verify(self, folder: WorkFolder) -> Loudness:
        """Return how loud the finished file is. Raises :class:`AssetInvalidError`."""
        path, day = folder.path / ASSET_FILE, self.day.manifest
        await asyncio.to_thread(_read_through, path, self.day)
        made = await loudness(self._means.ffmpeg, path, self._means.limits)
        assert day.loudness is not None
        if made.integrated is None:
            raise AssetInvalidError(path, "it is silent")
        if made.integrated > day.loudness + _TOLERANCE:
            raise AssetInvalidError(path, f"it came out louder than the day's: {made.integrated} LUFS")
        return made

    def _manifest(self, key: str, made: Loudness) -> Manifest:
        return msgspec.structs.replace(
            self.day.manifest,
            key=key,
            night=True,
            loudness=made.integrated,
            true_peak=made.true_peak,
            loudness_range=made.range,
            made_at=int(time.time()),
            tvd=__version__,
            warnings=(),
        )


def _read_through(path: Path, day: Asset) -> None:
    """Raise :class:`AssetInvalidError` unless every segment of the day has its sound."""
    with SoundFile(path, day.grid) as file:
        if file.segments != day.segments:
            raise AssetInvalidError(path, f"{file.segments} segments instead of {day.segments}")
        if file.size != path.stat().st_size:
            raise AssetInvalidError(path, "something follows the last segment")
        for index in range(file.segments):
            file.fragment(index)
