"""Calibrating a house: its slate is made with the real settings, and the parameter sets it gets name the generation.

The generation is known with the slate's first segment, a few tenths of a second after the start; the rest of the slate
is made while others begin. What a calibration gave is kept in the store for each version of ffmpeg.
"""

import asyncio
import hashlib
import shutil
import time
from dataclasses import replace
from typing import Final

import msgspec

from tvd import __version__, logs
from tvd.errors import TvdError
from tvd.library.asset import ASSET_FILE, Asset, Generation, Manifest, asset_key, generation_name
from tvd.library.job import INPUT, Means
from tvd.library.making import Output, encode
from tvd.library.verify import verify
from tvd.library.workdir import WorkFolder
from tvd.media.analysis import Analysis
from tvd.media.asset_file import AssetFileWriter
from tvd.media.cutter import SegmentCutter
from tvd.media.demo import slate, slate_duration
from tvd.media.house import HouseFormat
from tvd.media.initialisation import Initialisation
from tvd.media.normalise import normalise_argv
from tvd.media.sandbox import sandboxed
from tvd.media.treatment import Treatment

SLATE: Final = "slate"
"""Source id of the slate."""
_SECONDS: Final = 120.0

log = logs.get("normaliser")


class Calibration:
    """Calibrates one house: :meth:`run` works until the slate is published, :attr:`generation` is known long before.

    Awaiting :attr:`generation` raises what :meth:`run` failed with.
    """

    def __init__(self, means: Means, house: HouseFormat) -> None:
        self.generation: asyncio.Future[Generation] = asyncio.get_running_loop().create_future()
        self._means = means
        self._house = house
        self._treatment = Treatment()
        # Everything waits for the slate: it is made with no less priority than what airs.
        self._limits = replace(means.limits, nice=0, idle_io=False)
        version = f"{means.ffmpeg.version}\0{house.encoder}"
        self._version = hashlib.blake2b(version.encode(), digest_size=4).hexdigest()

    async def run(self) -> None:
        """Find what an earlier calibration gave, or make the slate."""
        try:
            saved = await self._means.store.saved_generation(self._house, self._version)
            if saved is not None:
                self._found(saved)
            else:
                await self._make_slate()
        except asyncio.CancelledError:
            self.generation.cancel()
            raise
        except (TvdError, OSError) as error:
            log.warning("slate.failed", house=self._house.label, reason=str(error))
            if not self.generation.done():
                why = error if isinstance(error, TvdError) else TvdError(f"cannot make the slate: {error}")
                self.generation.set_exception(why)
                self.generation.exception()  # marked as seen: nobody may be waiting yet

    def _found(self, generation: Generation) -> None:
        self._means.store.set_generation(generation)
        self.generation.set_result(generation)
        log.info("house.calibrated", house=self._house.label, generation=generation.name)

    async def _make_slate(self) -> None:
        store, house = self._means.store, self._house
        key = asset_key(SLATE, house, self._treatment)
        folder = await asyncio.to_thread(WorkFolder.create, store.work, key)
        asset: Asset | None = None
        try:
            asset = await self._encode(folder, key)
            if asset is None:  # an earlier ffmpeg gave the same parameter sets: its slate serves
                await asyncio.to_thread(folder.remove)
            else:
                await self._publish(asset, folder)
        except BaseException:
            if asset is not None or (asset := self._growing(key)) is not None:
                store.ungrow(asset)
            await asyncio.shield(asyncio.to_thread(folder.remove))
            raise
        await store.save_generation(self.generation.result(), self._version)

    def _growing(self, key: str) -> Asset | None:
        generation = self._means.store.generation(self._house)
        asset = None if generation is None else self._means.store.get(generation.name, key)
        return asset if asset is not None and asset.growing else None

    async def _encode(self, folder: WorkFolder, key: str) -> Asset | None:
        house, store = self._house, self._means.store
        segments = house.grid.segments_for(slate_duration(house.grid))
        place = folder.path / INPUT
        await asyncio.to_thread(place.mkdir)
        drawn = await asyncio.to_thread(slate, house, place)
        argv = normalise_argv(self._means.ffmpeg, drawn, None, house, self._treatment, Analysis(), segments)
        fingerprint = ""
        asset: Asset | None = None

        def open_writer(initialisation: Initialisation) -> AssetFileWriter:
            nonlocal fingerprint
            fingerprint = initialisation.fingerprint
            return AssetFileWriter(folder.path / ASSET_FILE, initialisation, house.grid)

        def on_written(ready: int, size: int) -> None:
            nonlocal asset
            if not self.generation.done():
                generation = Generation(
                    name=generation_name(house, fingerprint), house=house.key, fingerprint=fingerprint, slate=key
                )
                if store.get(generation.name, key) is None:
                    asset = store.grow(self._manifest(generation, segments), folder.path)
                self._found(generation)
            if asset is not None:
                asset.ready, asset.size = ready, size

        await encode(
            sandboxed(argv),
            SegmentCutter(house.grid),
            Output(house, open_writer, on_written),
            self._limits,
            _SECONDS,
        )
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

    async def _publish(self, asset: Asset, folder: WorkFolder) -> None:
        generation = self.generation.result()
        made = await verify(self._means.ffmpeg, asset.path, self._house.grid, generation, asset.segments, self._limits)
        await asyncio.to_thread(shutil.rmtree, folder.path / INPUT, ignore_errors=True)
        manifest = msgspec.structs.replace(
            asset.manifest,
            loudness=made.integrated,
            true_peak=made.true_peak,
            made_at=int(time.time()),
        )
        await self._means.store.publish(asset, manifest, folder)
