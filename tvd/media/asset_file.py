"""An asset on disk: plain fragmented MP4 (``ftyp moov (moof mdat)*``) in which each fragment is one segment.

Any player plays it, and it can be read while it grows: a fragment counts once it is whole. A house of several sizes
has them all in the one file, a track for each, so that they are there together or not at all.
"""

import errno
import os
import struct
import threading
from array import array
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tvd.errors import AssetInvalidError
from tvd.media.fragment import Fragment, check_units, read_fragment, write_fragment
from tvd.media.house import Grid
from tvd.media.initialisation import Initialisation
from tvd.media.page_cache import cached, fetch

_AHEAD: Final = 4
"""Segments that are fetched ahead when one had to be waited for."""


@dataclass(frozen=True, slots=True)
class FileExtent:
    """Some bytes of an asset, and the open file that keeps them there even when the asset is evicted."""

    file: "AssetFile"
    offset: int
    length: int

    def read(self) -> bytes:
        """Read them. Raises ``OSError`` when the file has become shorter."""
        return self.file.read(self.offset, self.length)


class AssetFile:
    """Reads segments of an asset by number; safe to use from several threads.

    Raises :class:`AssetInvalidError` for a file that is not an asset, ``OSError`` when it cannot be read.
    """

    def __init__(self, path: Path, grid: Grid) -> None:
        self.path = path
        self._grid = grid
        self._lock = threading.Lock()
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            head = _top_boxes(self._fd, 0, 2)
            if [kind for kind, _ in head] != [b"ftyp", b"moov"]:
                raise AssetInvalidError(path, "does not begin with ftyp and moov")
            self._starts = array("Q", [head[1][1]])
            self.initialisation = self._parse_head(head[1][1])
            self._scan()
        except BaseException:
            # Not os.close: the number may be another file's by the time this object goes and closes once more.
            self.close()
            raise

    def _parse_head(self, size: int) -> Initialisation:
        try:
            return Initialisation.parse(os.pread(self._fd, size, 0))
        except (ValueError, struct.error, IndexError, StopIteration) as error:
            raise AssetInvalidError(self.path, f"unreadable moov: {error}") from error

    def _scan(self) -> None:
        """Find the fragments that have become whole since the last look."""
        with self._lock:
            self._scan_on()

    def _scan_on(self) -> None:
        size = os.fstat(self._fd).st_size
        while len(pair := _top_boxes(self._fd, self._starts[-1], 2)) == 2:
            if [kind for kind, _ in pair] != [b"moof", b"mdat"]:
                raise AssetInvalidError(self.path, f"unexpected box {pair[0][0]!r} in segment {self.segments}")
            if pair[1][1] > size:
                break
            self._starts.append(pair[1][1])

    @property
    def segments(self) -> int:
        """Whole segments found so far."""
        return len(self._starts) - 1

    @property
    def size(self) -> int:
        """Bytes up to the end of the last whole segment."""
        return self._starts[-1]

    def end(self, segments: int) -> int:
        """Return where the first ``segments`` segments end, in bytes from the start of the file."""
        return self._starts[segments]

    def refresh(self) -> int:
        """Look for segments written since; return how many there are now."""
        self._scan()
        return self.segments

    def fragment(self, index: int) -> Fragment:
        """Return segment ``index``. Raises ``IndexError`` when it is not there (yet)."""
        if index >= self.segments:
            self._scan()
        if not 0 <= index < self.segments:
            raise IndexError(index)
        start, stop = self._starts[index], self._starts[index + 1]
        fragment = self._fragment(index, os.pread(self._fd, stop - start, start))
        # What follows is read into memory meanwhile, and then is at hand.
        fetch(self._fd, stop, _AHEAD * (stop - start))
        return fragment

    def at_hand(self, index: int) -> Fragment | None:
        """Return segment ``index`` without ever waiting for a disk; None when that is not known to be possible."""
        if not 0 <= index < self.segments:
            return None
        start, stop = self._starts[index], self._starts[index + 1]
        data = cached(self._fd, start, stop - start)
        return None if data is None else self._fragment(index, data)

    def _fragment(self, index: int, data: bytes | memoryview) -> Fragment:
        try:
            return self._parse(data, self._starts[index + 1])
        except (ValueError, struct.error) as error:
            raise AssetInvalidError(self.path, f"segment {index}: {error}") from error

    def _parse(self, data: bytes | memoryview, stop: int) -> Fragment:
        """Read one segment that ends at ``stop`` in the file. Raises ``ValueError``, ``struct.error``."""
        fragment = read_fragment(data, self._grid)
        if len(fragment.others) != len(self.initialisation.others):
            raise ValueError(f"{len(fragment.others)} smaller sizes instead of {len(self.initialisation.others)}")
        check_units(fragment)
        return self._located(fragment, stop)

    def _located(self, fragment: Fragment, stop: int) -> Fragment:
        """Return ``fragment``, which ends at ``stop``, knowing where its pictures lie."""
        others = []
        for picture in reversed(fragment.others):
            stop -= len(picture.data)
            others.append(replace(picture, origin=FileExtent(self, stop, len(picture.data))))
        length = len(fragment.video)
        origin = FileExtent(self, stop - len(fragment.audio) - length, length)
        return replace(fragment, origin=origin, others=tuple(reversed(others)))

    def read(self, offset: int, length: int) -> bytes:
        """Return ``length`` bytes from ``offset``. Raises ``OSError`` when they are not there."""
        data = os.pread(self._fd, length, offset)
        if len(data) != length:
            raise OSError(errno.EIO, "the asset became shorter", str(self.path))
        return data

    def close(self) -> None:
        """Close the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __del__(self) -> None:
        # A store lets go of readers that a thread may still be using; the last one to let go closes.
        if hasattr(self, "_fd"):
            self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _top_boxes(fd: int, position: int, count: int) -> list[tuple[bytes, int]]:
    """Return ``(type, end position)`` of up to ``count`` boxes from ``position``; fewer where headers are missing."""
    found = []
    for _ in range(count):
        header = os.pread(fd, 8, position)
        if len(header) < 8:
            break
        size, kind = struct.unpack(">I4s", header)
        if size < 8:
            break
        position += size
        found.append((kind, position))
    return found


class AssetFileWriter:
    """Writes an asset segment by segment; each append is one write, so a reader sees whole segments only.

    ``resume`` keeps the whole segments an earlier writer left and cuts off what follows them.
    """

    def __init__(self, path: Path, initialisation: Initialisation, grid: Grid) -> None:
        self._grid = grid
        self.segments = 0
        head = self._head(initialisation)
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        try:
            _write_all(self._fd, head)
        except OSError:
            self.close(sync=False)
            raise

    def _head(self, initialisation: Initialisation) -> bytes:
        """Return what the file begins with, and take note of what its segments need."""
        self._delays = initialisation.delays
        return initialisation.moov(self._grid)

    def _written(self, fragment: Fragment) -> bytes:
        """Return the bytes of the next segment."""
        return write_fragment(fragment, self.segments, self._grid, *self._delays)

    @classmethod
    def resume(cls, path: Path, grid: Grid, keep: int | None = None) -> Self:
        """Continue the file at ``path`` after its last whole segment, or after its first ``keep`` ones."""
        with AssetFile(path, grid) as file:
            segments = file.segments if keep is None else min(keep, file.segments)
            size, delays = file.end(segments), file.initialisation.delays
        self = cls.__new__(cls)
        self._grid, self._delays, self.segments = grid, delays, segments
        self._fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.ftruncate(self._fd, size)
            os.lseek(self._fd, size, os.SEEK_SET)
        except OSError:
            self.close(sync=False)
            raise
        return self

    def append(self, fragment: Fragment) -> None:
        """Write the next segment. Raises ``OSError`` when the disk does not take it."""
        _write_all(self._fd, self._written(fragment))
        self.segments += 1

    def sync(self) -> None:
        """Return once everything written is on the disk."""
        os.fsync(self._fd)

    def close(self, *, sync: bool = True) -> None:
        """Close the file; with ``sync`` only after everything is on the disk."""
        if self._fd < 0:
            return
        try:
            if sync:
                os.fsync(self._fd)
        finally:
            os.close(self._fd)
            self._fd = -1


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
