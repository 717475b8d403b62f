"""``job.json``: what an interrupted job needs to go on, and finding such jobs again after a crash. Blocks."""

from pathlib import Path

import msgspec

from tvd.errors import AssetInvalidError
from tvd.library.asset import ASSET_FILE, Asset, Manifest
from tvd.library.workdir import JOB_FILE, WorkFolder, leftovers, write_durable
from tvd.media.analysis import Analysis
from tvd.media.asset_file import AssetFile
from tvd.media.house import Grid


class JobRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is being made, and all that its bytes depend on beside the source."""

    manifest: Manifest
    analysis: Analysis


def write_record(folder: WorkFolder, record: JobRecord) -> None:
    """Write ``record`` into ``folder``. Raises ``OSError``."""
    write_durable(folder.path / JOB_FILE, msgspec.json.encode(record))


def read_record(folder: WorkFolder) -> JobRecord | None:
    """Return what ``folder`` is for; None when that cannot be told."""
    try:
        return msgspec.json.decode((folder.path / JOB_FILE).read_bytes(), type=JobRecord)
    except (OSError, msgspec.DecodeError):
        return None


def whole_segments(path: Path, grid: Grid) -> int:
    """Return how many whole segments a growing asset file has; 0 when it is not there or cannot be gone on with."""
    try:
        with AssetFile(path, grid) as file:
            return file.segments
    except (FileNotFoundError, AssetInvalidError):
        return 0


def interrupted(work: Path) -> list[Asset]:
    """Return the assets that dead jobs left growing in ``work``; leftovers without a whole segment are removed.

    Of several of one asset the longest stays.
    """
    best: dict[tuple[str, str], tuple[Asset, WorkFolder]] = {}
    for folder in leftovers(work):
        record = read_record(folder)
        asset = None if record is None else _growing(record.manifest, folder.path)
        if asset is None:
            folder.remove()
            continue
        name = (asset.generation, asset.key)
        known = best.get(name)
        if known is not None and known[0].ready >= asset.ready:
            folder.remove()
            continue
        if known is not None:
            known[1].remove()
        best[name] = asset, folder
    for _, folder in best.values():
        folder.release()
    return [asset for asset, _ in best.values()]


def _growing(manifest: Manifest, folder: Path) -> Asset | None:
    asset = Asset(manifest, folder, growing=True)
    asset.ready = whole_segments(asset.path, asset.grid)
    if not asset.ready:
        return None
    asset.size = (folder / ASSET_FILE).stat().st_size
    return asset
