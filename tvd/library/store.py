"""The asset store: normalised programmes on disk, found in RAM, kept within a size.

::

    <root>/assets/<generation>/<key>/{asset.mp4,asset.json}     published, never changed
    <root>/work/<key>-<token>/                                  being made, or left by a crash
    <root>/generations/<house key>-<ffmpeg>.json                what calibrating a house gave

:meth:`AssetStore.load` reads every manifest once; from then on finding is a look-up. Publishing is one rename, so an
asset is absent or whole, and of two processes racing the first wins. What blocks runs in threads; the rest belongs
to the event loop, but for :meth:`AssetStore.open`, which any thread may call.
"""

import asyncio
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from tvd import logs, metrics
from tvd.errors import AssetInvalidError
from tvd.library.asset import ASSET_FILE, MANIFEST_FILE, Asset, Generation, Manifest, asset_key
from tvd.library.eviction import Candidate, outlived, victims
from tvd.library.record import interrupted
from tvd.library.shelf import read_shelf, touch
from tvd.library.workdir import WorkFolder, discard_tree, sweep, write_durable
from tvd.media.asset_file import AssetFile
from tvd.media.house import NS, HouseFormat
from tvd.media.sound_file import SoundFile
from tvd.media.treatment import Treatment

OPEN_FILES: Final = 128
"""Asset files kept open; more channels than that still work, they open more often."""
_TOUCH_NS: Final = 600 * NS
_REFRESH: Final = 20.0

log = logs.get("store")


class AssetStore:
    """The assets of one data folder. ``max_bytes`` is what it may hold, ``free_min`` what must stay free on its disk.

    ``planned`` returns, for each source that will air, when it airs next (UTC nanoseconds): what is soon is never
    evicted. ``fleeting`` says of a source that its asset is hardly needed again once it has aired. ``on_lost`` is
    called when an asset had to be given up, so that it is made again.
    """

    def __init__(
        self,
        root: Path,
        max_bytes: int,
        free_min: int,
        *,
        planned: Callable[[], Mapping[str, int]] = dict,
        fleeting: Callable[[str], bool] = lambda _source: False,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.root = root
        self.max_bytes = max_bytes
        self.free_min = free_min
        self.planned = planned
        self._fleeting = fleeting
        self.on_lost: Callable[[Asset], None] = lambda _asset: None
        self._now_ns = now_ns
        self._assets: dict[tuple[str, str], Asset] = {}
        self._current: dict[str, Generation] = {}
        self._reserved: dict[str, int] = {}
        self._open: OrderedDict[tuple[str, str], AssetFile] = OrderedDict()
        self._open_lock = threading.Lock()
        self._touched: dict[tuple[str, str], int] = {}

    @property
    def work(self) -> Path:
        """Folder of what is being made."""
        return self.root / "work"

    @property
    def assets(self) -> tuple[Asset, ...]:
        """Everything held, growing ones included."""
        return tuple(self._assets.values())

    @property
    def size(self) -> int:
        """Bytes held, growing assets included."""
        return sum(asset.size for asset in self._assets.values())

    # Finding -----------------------------------------------------------------------------------------------------

    async def load(self) -> None:
        """Read what is there; what a crash left half made is resumed later or removed now.

        Raises ``OSError`` when the folder cannot be made or read.
        """
        growing = await asyncio.to_thread(self._prepare)
        await self.refresh()
        for asset in growing:
            if self._assets.setdefault((asset.generation, asset.key), asset) is not asset:
                await asyncio.to_thread(discard_tree, asset.folder)
        log.info("store.loaded", assets=len(self._assets), bytes=self.size)

    def _prepare(self) -> list[Asset]:
        """Make the folders, clear the work folder up; return what an interrupted job left growing."""
        self.work.mkdir(parents=True, exist_ok=True)
        (self.root / "assets").mkdir(exist_ok=True)
        sweep(self.work)
        return interrupted(self.work)

    async def refresh(self) -> None:
        """Notice what others did to the folder: assets published by a second process, assets deleted by hand."""
        known = {name: asset.size for name, asset in self._assets.items() if not asset.growing}
        shelf = await asyncio.to_thread(read_shelf, self.root / "assets", known)
        for path, why in shelf.broken:
            log.warning("asset.invalid", asset=path.name, generation=path.parent.name, reason=why)
            await asyncio.to_thread(discard_tree, path, self.work)
        for one in shelf.new:
            self._assets.setdefault(
                (one.manifest.generation, one.manifest.key), Asset(one.manifest, one.path, aired_ns=one.aired_ns)
            )
        for name in known.keys() - shelf.kept:
            if (asset := self._assets.get(name)) is not None and not asset.growing:
                self._forget(asset, "its files are gone or changed")
        self._measure()

    def find(self, source_id: str, house: HouseFormat, treatment: Treatment) -> Asset | None:
        """Return the best asset of a source: a proper one, else a provisional one, else one still growing.

        None when there is none, or before the house is calibrated.
        """
        generation = self._current.get(house.key)
        if generation is None:
            return None
        growing: Asset | None = None
        for variant in ("proper", "provisional"):
            asset = self._assets.get((generation.name, asset_key(source_id, house, treatment, variant)))
            if asset is not None and not asset.growing:
                return asset
            growing = growing or asset
        return growing

    def night(self, source_id: str, house: HouseFormat, treatment: Treatment) -> Asset | None:
        """Return the night sound of a source; None when there is none, or none is needed."""
        generation = self._current.get(house.key)
        if generation is None:
            return None
        return self._assets.get((generation.name, asset_key(source_id, house, treatment, "night")))

    def get(self, generation: str, key: str) -> Asset | None:
        """Return one asset by its names, e.g. those an as-run log recorded."""
        return self._assets.get((generation, key))

    def generation(self, house: HouseFormat) -> Generation | None:
        """Return the generation ``house`` has now; None before it is calibrated."""
        return self._current.get(house.key)

    def slate(self, house: HouseFormat) -> Asset | None:
        """Return the slate of ``house``; None before it is calibrated."""
        generation = self._current.get(house.key)
        return None if generation is None else self._assets.get((generation.name, generation.slate))

    def set_generation(self, generation: Generation) -> None:
        """Make ``generation`` the one its house format has from now on."""
        self._current[generation.house] = generation

    # Reading -----------------------------------------------------------------------------------------------------

    def open(self, asset: Asset) -> AssetFile:
        """Return a reader of ``asset``, kept open for the next call; ask again for each use. Any thread may call it.

        Raises :class:`AssetInvalidError` when its file is not what it was, or ``OSError``: then :meth:`discard` it.
        """
        name = (asset.generation, asset.key)
        asset.aired_ns = self._now_ns()
        with self._open_lock:
            file = self._open.get(name)
            if file is None:
                if asset.lost:
                    raise AssetInvalidError(asset.path, asset.lost)
                kind = SoundFile if asset.manifest.night else AssetFile
                file = self._open[name] = kind(asset.path, asset.grid)
                while len(self._open) > OPEN_FILES:
                    self._open.popitem(last=False)
            self._open.move_to_end(name)
            return file

    def opened(self, asset: Asset) -> AssetFile | None:
        """Return the reader :meth:`open` gave, when it is still open; never waits."""
        if not self._open_lock.acquire(blocking=False):
            return None
        try:
            file = self._open.get((asset.generation, asset.key))
            if file is not None:
                self._open.move_to_end((asset.generation, asset.key))
                asset.aired_ns = self._now_ns()
            return file
        finally:
            self._open_lock.release()

    def _shut(self, asset: Asset) -> None:
        with self._open_lock:
            self._open.pop((asset.generation, asset.key), None)

    async def discard(self, asset: Asset, reason: str) -> None:
        """Give up an asset found unusable; it will be made again when it is still wanted."""
        log.warning("asset.invalid", asset=asset.key, source=asset.source, reason=reason)
        growing = asset.growing
        self._forget(asset, reason)
        if not growing:  # the folder of a growing one belongs to its job, which sees that it is lost
            await asyncio.to_thread(discard_tree, asset.folder, self.work)

    def _forget(self, asset: Asset, reason: str) -> None:
        asset.lost = reason
        if self._assets.get((asset.generation, asset.key)) is asset:
            del self._assets[asset.generation, asset.key]
        self._shut(asset)
        self._measure()
        self.on_lost(asset)

    # Making ------------------------------------------------------------------------------------------------------

    def grow(self, manifest: Manifest, folder: Path) -> Asset:
        """Return the shared object of an asset that starts to grow in ``folder``: the one known when it is resumed."""
        name = (manifest.generation, manifest.key)
        asset = self._assets.get(name)
        if asset is None or not asset.growing:
            asset = self._assets[name] = Asset(manifest, folder, growing=True)
        asset.manifest, asset.folder = manifest, folder
        self._shut(asset)
        return asset

    def ungrow(self, asset: Asset) -> None:
        """Forget a growing asset that will not be finished."""
        if asset.growing and self._assets.get((asset.generation, asset.key)) is asset:
            asset.lost = asset.lost or "was not finished"
            del self._assets[asset.generation, asset.key]
            self._shut(asset)
            self._measure()

    async def publish(self, asset: Asset, manifest: Manifest, folder: WorkFolder) -> None:
        """Put the finished asset in ``folder`` on the shelf as ``manifest``; ``asset`` becomes it.

        When another process was first, its asset is taken and ours removed. Raises ``OSError``.
        """
        manifest = msgspec.structs.replace(manifest, size=(folder.path / ASSET_FILE).stat().st_size)
        to = self.root / "assets" / manifest.generation / manifest.key
        if not await asyncio.to_thread(_publish, folder, manifest, to):
            theirs = await asyncio.to_thread(_yield_to, folder, to)
            manifest = theirs or manifest
        asset.manifest, asset.folder = manifest, to
        asset.ready, asset.size, asset.growing = manifest.segments, manifest.size, False
        self._assets[asset.generation, asset.key] = asset
        self._shut(asset)
        self._measure()

    async def save_generation(self, generation: Generation, ffmpeg: str) -> None:
        """Remember what calibrating gave with this ffmpeg (its version), for the next start."""
        path = self.root / "generations" / f"{generation.house}-{ffmpeg}.json"
        await asyncio.to_thread(write_durable, path, msgspec.json.encode(generation) + b"\n")

    async def saved_generation(self, house: HouseFormat, ffmpeg: str) -> Generation | None:
        """Return what an earlier run saved, when its slate is still there."""
        path = self.root / "generations" / f"{house.key}-{ffmpeg}.json"
        try:
            generation = msgspec.json.decode(await asyncio.to_thread(path.read_bytes), type=Generation)
        except (OSError, msgspec.DecodeError):
            return None
        return generation if (generation.name, generation.slate) in self._assets else None

    # Size --------------------------------------------------------------------------------------------------------

    def reserve(self, source_id: str, size: int) -> None:
        """Count ``size`` bytes that a job for this source has yet to write; 0 ends the reservation."""
        if size:
            self._reserved[source_id] = size
        else:
            self._reserved.pop(source_id, None)

    async def room_for(self, size: int, before_ns: int | None = None) -> str:
        """Make room for ``size`` more bytes that air at ``before_ns``; return why there is none, empty when there is.

        Evicts what airs later or not at all. Size limit and free disk both count, and what running jobs have yet to
        write.
        """
        coming = sum(self._reserved.values())
        free = await asyncio.to_thread(self._free)
        over = self.size + coming + size - self.max_bytes
        short = self.free_min + coming + size - free
        await self._evict(max(over, short), before_ns)
        if self.size + coming + size > self.max_bytes:
            return f"the store is full: {self.size} of {self.max_bytes} bytes are about to air"
        if await asyncio.to_thread(self._free) < self.free_min:
            return f"less than {self.free_min} bytes are free on the disk"
        return ""

    async def trim(self) -> None:
        """Evict down to the size limit and to the free space the disk must keep, and what has outlived its use."""
        free = await asyncio.to_thread(self._free)
        if planned := self.planned():
            await self._remove(outlived(self._candidates(planned), planned, self._now_ns()))
        await self._evict(max(self.size - self.max_bytes, self.free_min - free), None)

    async def _evict(self, need: int, before_ns: int | None) -> None:
        if need > 0:
            planned = self.planned()
            await self._remove(victims(self._candidates(planned), planned, need, self._now_ns(), before_ns))

    async def _remove(self, chosen: Iterable[Candidate]) -> None:
        for one in chosen:
            asset = self._assets.get(one.name)
            if asset is None or asset.held:
                continue
            asset.lost = "evicted"
            del self._assets[one.name]
            self._shut(asset)
            log.info("asset.evicted", asset=asset.key, source=asset.source, bytes=asset.size)
            await asyncio.to_thread(discard_tree, asset.folder, self.work)
        self._measure()

    def _candidates(self, planned: Mapping[str, int]) -> list[Candidate]:
        slates = {(generation.name, generation.slate) for generation in self._current.values()}
        current = {generation.name for generation in self._current.values()}

        def of_day(asset: Asset) -> tuple[str, str, str]:
            return asset.generation, asset.source, asset.manifest.treatment

        proper = {
            of_day(asset)
            for asset in self._assets.values()
            if not asset.provisional and not asset.growing and not asset.manifest.night
        }
        return [
            Candidate(
                name=name,
                source=asset.source,
                size=asset.size,
                aired_ns=max(asset.aired_ns, asset.manifest.made_at * NS if self._fleeting(asset.source) else 0),
                fleeting=self._fleeting(asset.source),
                superseded=bool(current and asset.generation not in current)
                or (asset.provisional and of_day(asset) in proper)
                or (asset.manifest.night and of_day(asset) not in proper),
                pinned=asset.held or name in slates or (asset.growing and asset.source in planned),
            )
            for name, asset in self._assets.items()
        ]

    def _free(self) -> int:
        return shutil.disk_usage(self.root).free

    def _measure(self) -> None:
        metrics.asset_store_bytes.set(self.size)

    # Housekeeping ------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep house until cancelled: notice foreign changes, remember what aired, stay within the size."""
        while True:
            await asyncio.sleep(_REFRESH)
            try:
                await self.refresh()
                await self.remember_aired()
                await self.trim()
            except OSError as error:
                log.warning("store.unreachable", reason=str(error))

    async def remember_aired(self) -> None:
        """Write down when assets were last aired (the time stamp of their manifest), for eviction after a restart."""
        stale = {
            name: asset
            for name, asset in self._assets.items()
            if not asset.growing and asset.aired_ns > self._touched.get(name, 0) + _TOUCH_NS
        }
        if stale:
            await asyncio.to_thread(touch, {asset.folder / MANIFEST_FILE: asset.aired_ns for asset in stale.values()})
            self._touched.update({name: asset.aired_ns for name, asset in stale.items()})

    def close(self) -> None:
        """Close every open file."""
        with self._open_lock:
            self._open.clear()


def _publish(folder: WorkFolder, manifest: Manifest, to: Path) -> bool:
    (folder.path / MANIFEST_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
    return folder.publish(to)


def _yield_to(folder: WorkFolder, to: Path) -> Manifest | None:
    """Remove ours; return what the other process published."""
    folder.remove()
    try:
        return msgspec.json.decode((to / MANIFEST_FILE).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        return None
