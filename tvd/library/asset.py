"""An asset: one source on the house grid, ready for air.

A :class:`Manifest` (``asset.json``) says what the file beside it (``asset.mp4``) is. An :class:`Asset` is the one
object of this process for it: shared by whoever makes, stores and airs it, so that a reader sees :attr:`Asset.ready`
rise while the normaliser still writes.
"""

import hashlib
from pathlib import Path
from typing import Final, Literal

import msgspec

from tvd.media.house import Grid, HouseFormat
from tvd.media.treatment import Treatment

Variant = Literal["proper", "provisional", "night"]
"""provisional: its loudness comes from excerpts because air was near; made again properly later, under another key.
night: sound alone, of narrower dynamics."""

ASSET_FILE: Final = "asset.mp4"
MANIFEST_FILE: Final = "asset.json"


def asset_key(source_id: str, house: HouseFormat, treatment: Treatment, variant: Variant = "proper") -> str:
    """Return the 16 hexadecimal digits that name this asset: the same on every machine, other for other settings."""
    text = f"{source_id}\0{house.key}\0{treatment.key}\0{variant}"
    return hashlib.blake2b(text.encode(errors="surrogateescape"), digest_size=8).hexdigest()


class Generation(msgspec.Struct, frozen=True, kw_only=True):
    """All assets that share one initialisation segment: one house format as one ffmpeg encodes it.

    ``name`` is ``<label>-<8 hexadecimal digits>``, ``house`` the key of the house format, ``fingerprint`` that of
    the parameter sets (avcC and AudioSpecificConfig) each of its assets has, ``slate`` the key of its slate asset.
    """

    name: str
    house: str
    fingerprint: str
    slate: str


def generation_name(house: HouseFormat, fingerprint: str) -> str:
    """Return the name of the generation of ``house`` whose parameter sets have ``fingerprint``."""
    text = f"{house.key}\0{fingerprint}"
    return f"{house.label}-{hashlib.blake2b(text.encode(), digest_size=4).hexdigest()}"


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``asset.json``: what the asset beside it is. ``house`` and ``treatment`` are their keys, ``fps`` names the grid.

    ``night``: sound alone, to be aired with the pictures of the proper asset. ``loudness`` in LUFS, ``true_peak`` in
    dBTP and ``loudness_range`` in LU are measured on the result, None for silence. ``size`` in bytes,
    ``made_at`` in seconds since 1970, ``tvd`` the version that made it. ``warnings`` were accepted, each with its
    reason.
    """

    key: str
    source: str
    title: str
    generation: str
    house: str
    treatment: str
    fps: int
    segments: int
    provisional: bool = False
    night: bool = False
    loudness: float | None = None
    true_peak: float | None = None
    loudness_range: float | None = None
    size: int = 0
    made_at: int = 0
    tvd: str = ""
    warnings: tuple[str, ...] = ()


class Asset:
    """The asset of this process: its manifest, where its file is, how much of it can be read.

    Only the store and the normaliser change one; everybody else reads. While it grows, ``manifest.segments`` is the
    plan and may still fall (a source shorter than its header said) until :attr:`growing` ends.
    """

    __slots__ = ("aired_ns", "folder", "growing", "held", "lost", "manifest", "ready", "size")

    def __init__(self, manifest: Manifest, folder: Path, *, growing: bool = False, aired_ns: int = 0) -> None:
        self.manifest = manifest
        self.folder = folder
        self.growing = growing
        self.ready = 0 if growing else manifest.segments
        """Segments that can be read now; rises while :attr:`growing`."""
        self.size = manifest.size
        """Bytes on disk."""
        self.held = False
        """A job of this process is writing it."""
        self.aired_ns = aired_ns
        """When it was last opened for air (UTC nanoseconds), 0 when never."""
        self.lost = ""
        """Why it must not be used any more; empty while it may."""

    def __repr__(self) -> str:
        state = f"{self.ready}/{self.segments} growing" if self.growing else f"{self.segments} segments"
        return f"<Asset {self.key} of {self.source}: {state}>"

    @property
    def key(self) -> str:
        """Name in the store, 16 hexadecimal digits."""
        return self.manifest.key

    @property
    def source(self) -> str:
        """Id of the source it was made from."""
        return self.manifest.source

    @property
    def generation(self) -> str:
        """Name of the generation whose initialisation segment it shares."""
        return self.manifest.generation

    @property
    def segments(self) -> int:
        """Segments it has, or will have when it is whole."""
        return self.manifest.segments

    @property
    def grid(self) -> Grid:
        """The grid it is cut to."""
        return Grid(self.manifest.fps)

    @property
    def provisional(self) -> bool:
        """Whether it will be replaced by one made with its whole sound measured."""
        return self.manifest.provisional

    @property
    def path(self) -> Path:
        """The media file."""
        return self.folder / ASSET_FILE
