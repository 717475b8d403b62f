"""Calibrating a house: two frames are encoded with the real settings, and their parameter sets name the generation.

That is known a tenth of a second after the start. The slate, which every house needs, is made then, or, where a
programme is about to open, beside the rest of it. What a calibration gave is kept in the store for each version of
ffmpeg.
"""

import asyncio
import contextlib
import hashlib
import shutil
import time
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from tvd import __version__, logs
from tvd.errors import AssetInvalidError, SourceRefusedError, TvdError
from tvd.library.asset import ASSET_FILE, Asset, Generation, Manifest, asset_key, generation_name
from tvd.library.job import INPUT, Means
from tvd.library.making import Output, encode
from tvd.library.verify import parameter_sets_differ, verify
from tvd.library.workdir import WorkFolder
from tvd.media.analysis import Analysis
from tvd.media.asset_file import AssetFileWriter
from tvd.media.cutter import FragmentReader, SegmentCutter
from tvd.media.demo import GraphInput, slate, slate_duration
from tvd.media.house import HouseFormat
from tvd.media.initialisation import Initialisation
from tvd.media.normalise import normalise_argv
from tvd.media.process import child
from tvd.media.sandbox import sandboxed
from tvd.media.treatment import Treatment

SLATE: Final = "slate"
"""Source id of the slate."""
_SECONDS: Final = 120.0
_READ: Final = 2**16
_NOTHING: Final = GraphInput(
    ("-f", "lavfi", "-i", "color=black:size=64x36:rate=30", "-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo"),
    "[0:v]null",
    "[1:a]anull",
)

log = logs.get("normaliser")


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A generation, and what all its assets begin with."""

    generation: Generation
    initialisation: Initialisation


class Calibration:
    """Calibrates one house: :meth:`run` works until the slate is published, :attr:`found` is known long before.

    Awaiting :attr:`found` raises what :meth:`run` failed with. The slate waits for :attr:`may_begin`, ``patience``
    seconds at most.
    """

    def __init__(self, means: Means, house: HouseFormat, patience: float = 0.0) -> None:
        self.found: asyncio.Future[Calibrated] = asyncio.get_running_loop().create_future()
        self.failed = False
        """It ended without a slate."""
        self.may_begin = asyncio.Event()
        """The beginning of what airs first is there."""
        self._patience = patience
        self._means = means
        self._house = house
        self._treatment = Treatment()
        # What is to air next may need the slate at once: it is made with no less priority than anything.
        self._limits = replace(means.limits, nice=0, idle_io=False)
        version = f"{means.ffmpeg.version}\0{house.encoder}"
        self._version = hashlib.blake2b(version.encode(), digest_size=4).hexdigest()

    async def run(self) -> None:
        """Find what an earlier calibration gave, or make the slate."""
        try:
            saved = await self._means.store.saved_generation(self._house, self._version)
            known = None if saved is None else await self._known(saved)
            if known is not None:
                self._take(known)
            else:
                await self._calibrate()
        except asyncio.CancelledError:
            self.found.cancel()
            raise
        except (TvdError, OSError) as error:
            self.failed = True
            log.warning("slate.failed", house=self._house.label, reason=str(error))
            if not self.found.done():
                why = error if isinstance(error, TvdError) else TvdError(f"cannot calibrate the house: {error}")
                self.found.set_exception(why)
                self.found.exception()  # marked as seen: nobody may be waiting yet

    def _take(self, found: Calibrated) -> None:
        self._means.store.set_generation(found.generation)
        self.found.set_result(found)
        log.info("house.calibrated", house=self._house.label, generation=found.generation.name)

    async def _known(self, saved: Generation) -> Calibrated | None:
        """Return what an earlier calibration gave, None when its slate cannot be read any more."""
        store = self._means.store
        slate = store.get(saved.name, saved.slate)
        assert slate is not None
        try:
            file = await asyncio.to_thread(store.open, slate)
        except (AssetInvalidError, OSError) as error:
            await store.discard(slate, str(error))
            return None
        return Calibrated(saved, file.initialisation)

    async def _calibrate(self) -> None:
        store, house = self._means.store, self._house
        key = asset_key(SLATE, house, self._treatment)
        initialisation = await self._parameters()
        generation = Generation(
            name=generation_name(house, initialisation.fingerprint),
            house=house.key,
            fingerprint=initialisation.fingerprint,
            slate=key,
        )
        self._take(Calibrated(generation, initialisation))
        # An earlier ffmpeg may have given the same parameter sets: its slate serves.
        if store.get(generation.name, key) is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._patience):
                    await self.may_begin.wait()
            await self._make_slate(generation)
        await store.save_generation(generation, self._version)

    async def _parameters(self) -> Initialisation:
        """Return what every asset of the house begins with, from the shortest encode that tells."""
        house = self._house
        argv = normalise_argv(self._means.ffmpeg, _NOTHING, None, house, self._treatment, Analysis(), 1)
        argv[-1:-1] = ["-t", str(float(2 / house.grid.fps))]
        reader = FragmentReader()
        try:
            async with asyncio.timeout(_SECONDS), child(sandboxed(argv), stdout=True, limits=self._limits) as ffmpeg:
                while data := await ffmpeg.stdout.read(_READ):
                    for _ in reader.feed(data):
                        pass
                ended = await ffmpeg.wait()
        except TimeoutError:
            raise TvdError(f"ffmpeg did not encode two frames in {_SECONDS:.0f} s") from None
        except ValueError as error:
            raise TvdError(f"what ffmpeg encodes is not understood: {error}") from error
        if reader.initialisation is None:
            raise TvdError(f"{house.label} cannot be encoded: ffmpeg: {ended.describe()}")
        # As it stands in the assets.
        return Initialisation.parse(reader.initialisation.moov(house.grid))

    async def _make_slate(self, generation: Generation) -> None:
        store = self._means.store
        folder = await asyncio.to_thread(WorkFolder.create, store.work, generation.slate)
        try:
            await self._publish(await self._encode(folder, generation), folder, generation)
        except BaseException:
            asset = store.get(generation.name, generation.slate)
            if asset is not None and asset.growing:
                store.ungrow(asset)
            await asyncio.shield(asyncio.to_thread(folder.remove))
            raise

    async def _encode(self, folder: WorkFolder, generation: Generation) -> Asset:
        house, store = self._house, self._means.store
        segments = house.grid.segments_for(slate_duration(house.grid))
        place = folder.path / INPUT
        await asyncio.to_thread(place.mkdir)
        drawn = await asyncio.to_thread(slate, house, place)
        argv = normalise_argv(self._means.ffmpeg, drawn, None, house, self._treatment, Analysis(), segments)
        asset: Asset | None = None

        def open_writer(initialisation: Initialisation) -> AssetFileWriter:
            if initialisation.fingerprint != generation.fingerprint:
                raise SourceRefusedError(parameter_sets_differ(initialisation.fingerprint, generation))
            return AssetFileWriter(folder.path / ASSET_FILE, initialisation, house.grid)

        def on_written(ready: int, size: int) -> None:
            nonlocal asset
            asset = asset or store.grow(self._manifest(generation, segments), folder.path)
            asset.ready, asset.size = ready, size

        await encode(
            sandboxed(argv),
            SegmentCutter(house.grid),
            Output(house, open_writer, on_written),
            self._limits,
            _SECONDS,
        )
        assert asset is not None
        return asset

    def _manifest(self, generation: Generation, segments: int) -> Manifest:
        return Manifest(
            key=generation.slate,
            source=SLATE,
            title="",
            generation=generation.name,
            house=self._house.key,
            treatment=self._treatment.key,
            fps=self._house.grid.fps,
            segments=segments,
            tvd=__version__,
        )

    async def _publish(self, asset: Asset, folder: WorkFolder, generation: Generation) -> None:
        made = await verify(self._means.ffmpeg, asset.path, self._house.grid, generation, asset.segments, self._limits)
        await asyncio.to_thread(shutil.rmtree, folder.path / INPUT, ignore_errors=True)
        manifest = msgspec.structs.replace(
            asset.manifest,
            loudness=made.integrated,
            true_peak=made.true_peak,
            made_at=int(time.time()),
        )
        await self._means.store.publish(asset, manifest, folder)
