"""What lies beside a file and speaks of it: NFO files and pictures, under the names that Kodi and its kin use.

One :class:`Neighbours` a folder, made of one listing of it. Files are looked at (``stat``) only when asked for, as a
mount may be slow. Symbolic links are not followed.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

_PICTURES: Final = (b".jpg", b".jpeg", b".png", b".webp", b".tbn")
_NFO: Final = b".nfo"
_OWN: Final = re.compile(rb"-(poster|cover|thumb|fanart|landscape|backdrop)$")
_FOLDER_ART: Final = (b"poster", b"cover", b"folder", b"movie", b"front", b"album", b"show")
_WIDE: Final = (b"fanart", b"backdrop", b"landscape", b"banner")
_SEASON_ART: Final = re.compile(rb"season(?:\d{1,4}|-specials|-all)-poster$")
_SEASON_FOLDER: Final = re.compile(
    rb"(?:season|series|saison|staffel|temporada|specials|s\d{1,2}$)[ ._-]*\d*", re.IGNORECASE
)
_PARTS: Final = re.compile(rb"[ ._-]*(?:(?:cd|dvd|part|pt|disc|disk)[ ._-]?\d{1,2}|-?(?:trailer|sample|extras?))$")
_NAMES: Final = frozenset({b"movie", b"tvshow", *_FOLDER_ART, *_WIDE})
_LEVELS: Final = 3
_LARGEST_PICTURE: Final = 30_000_000
_MOST_PICTURES: Final = 4


class PictureFile(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A picture beside a file; size in bytes, ``mtime_ns`` as the file system says."""

    path: bytes
    size: int
    mtime_ns: int


class Neighbours:
    """Sidecars of one ``folder``; ``above`` are those of the folder it is in, None at the root of the library."""

    def __init__(self, folder: bytes, above: "Neighbours | None" = None) -> None:
        self.folder = folder
        self.above = above
        self.common: dict[bytes, os.DirEntry[bytes]] = {}
        """Sidecars of the whole folder by their name in lower case."""
        self._own: dict[bytes, dict[bytes, os.DirEntry[bytes]]] = {}
        self._films: set[bytes] = set()
        self.sources: dict[bytes, list[bytes]] = {}
        """Names of possible sources by their stem in lower case."""
        self._stats: dict[bytes, tuple[int, int] | None] = {}
        self._digest: bytes | None = None

    def note(self, entry: "os.DirEntry[bytes]") -> None:
        """Take note of a sidecar that was listed."""
        base, suffix = _split(entry.name)
        if _common(base):
            self.common[base + suffix] = entry
        else:
            self._own.setdefault(_OWN.sub(b"", base), {})[base + suffix] = entry

    def note_source(self, name: bytes) -> None:
        """Take note of a possible source in the folder."""
        stem = _split(name)[0]
        self._films.add(_PARTS.sub(b"", stem))
        self.sources.setdefault(stem, []).append(name)

    # For whom --------------------------------------------------------------------------------------------------

    def stamp(self, name: bytes) -> str:
        """Return what tells whether anything beside the file ``name`` changed; empty when there is nothing."""
        own = [self._seen(entry) for _, entry in sorted(self._own.get(_split(name)[0], {}).items())]
        common = self.common_stamp()
        series = self._series()
        shared = series.common_stamp() if series is not None else b""
        alone = len(self._films) == 1
        if not (own or common or shared):
            return ""
        whole = hashlib.blake2b(repr((own, common, shared, alone)).encode(), digest_size=8)
        return whole.hexdigest()

    def common_stamp(self) -> bytes:
        """Return what tells whether anything changed that speaks of the whole folder; empty: there is nothing."""
        if self._digest is None:
            seen = [self._seen(entry) for _, entry in sorted(self.common.items())]
            self._digest = hashlib.blake2b(repr(seen).encode(), digest_size=8).digest() if seen else b""
        return self._digest

    def nfo(self, name: bytes) -> bytes | None:
        """Return the path of the NFO file of ``name``: its own, or ``movie.nfo`` in a folder of that film alone."""
        base = _split(name)[0]
        own = self._own.get(base, {}).get(base + _NFO)
        if own is None and len(self._films) == 1:
            own = self.common.get(b"movie" + _NFO)
        return own.path if own is not None and self.look(own) else None

    def series_nfo(self) -> bytes | None:
        """Return the path of the nearest ``tvshow.nfo`` at or above the folder."""
        series = self._series()
        entry = series.common.get(b"tvshow" + _NFO) if series is not None else None
        return entry.path if series is not None and entry is not None and series.look(entry) else None

    def pictures(self, name: bytes, season: int | None = None) -> tuple[PictureFile, ...]:
        """Return the pictures for ``name``, the best first."""
        found: dict[bytes, PictureFile] = {}
        for entry in self._choices(_split(name)[0], season):
            seen = self.look(entry)
            if seen is not None and 0 < seen[0] <= _LARGEST_PICTURE:
                found.setdefault(entry.path, PictureFile(entry.path, *seen))
            if len(found) >= _MOST_PICTURES:
                break
        return tuple(found.values())

    def _choices(self, base: bytes, season: int | None) -> Iterator["os.DirEntry[bytes]"]:
        own, common = self._own.get(base, {}), self.common
        series = self._series()
        shared = series.common if series is not None and series is not self else {}
        named = (base + b"-poster", base + b"-cover", base + b"-thumb", base)
        yield from _pick(own, named)
        if season is not None:
            poster = b"season-specials-poster" if season == 0 else b"season%02d-poster" % season
            yield from _pick(common, (poster,))
            yield from _pick(shared, (poster,))
        yield from _pick(common, _FOLDER_ART)
        yield from _pick(shared, (b"season-all-poster", *_FOLDER_ART))
        yield from _pick(own, (base + b"-landscape", base + b"-fanart", base + b"-backdrop"))
        yield from _pick(common, _WIDE)
        yield from _pick(shared, _WIDE)

    def _series(self) -> "Neighbours | None":
        """Return the folder of the whole series: the nearest with a ``tvshow.nfo``, or what a season is in."""
        here: Neighbours | None = self
        for _ in range(_LEVELS):
            if here is None:
                break
            if b"tvshow" + _NFO in here.common:
                return here
            here = here.above
        return self.above if _SEASON_FOLDER.fullmatch(self.folder.rpartition(b"/")[2]) else None

    def look(self, entry: "os.DirEntry[bytes]") -> tuple[int, int] | None:
        """Return size and time of a regular file; None for anything else."""
        if entry.name not in self._stats:
            self._stats[entry.name] = None
            try:
                if entry.is_file(follow_symlinks=False):
                    status = entry.stat(follow_symlinks=False)
                    self._stats[entry.name] = (status.st_size, status.st_mtime_ns)
            except OSError:
                pass  # gone, or not to be read: as if it were not there
        return self._stats[entry.name]

    def _seen(self, entry: "os.DirEntry[bytes]") -> tuple[bytes, tuple[int, int] | None]:
        return entry.name, self.look(entry)


def _pick(entries: dict[bytes, "os.DirEntry[bytes]"], bases: Iterable[bytes]) -> Iterator["os.DirEntry[bytes]"]:
    for base in bases:
        for suffix in _PICTURES:
            if entry := entries.get(base + suffix):
                yield entry


def _split(name: bytes) -> tuple[bytes, bytes]:
    base, dot, suffix = name.lower().rpartition(b".")
    return (base, dot + suffix) if base else (name.lower(), b"")


def _common(base: bytes) -> bool:
    return base in _NAMES or _SEASON_ART.fullmatch(base) is not None


def is_sidecar(name: bytes) -> bool:
    """Whether a file of this name may speak of others."""
    return name.lower().endswith((_NFO, *_PICTURES))


def concerns(name: bytes) -> bytes | None:
    """Return the stem (in lower case) of the sources that sidecar ``name`` speaks of; None: of all in its folder."""
    base = _split(name)[0]
    return None if _common(base) else _OWN.sub(b"", base)
