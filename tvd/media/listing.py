"""Reading folders and fingerprinting files: runs in the library child, as a dead mount hangs whoever touches it.

What counts as a possible source is decided by the name: a known extension, not hidden, not a download in progress.
Symbolic links are followed only to files inside the same folder; links to folders never (what they lead to is either
listed anyway or none of ours), so there are no loops.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tvd.errors import SourceRefusedError
from tvd.media.library_wire import Entry, Identified, Listed

_VIDEO: Final = """
3g2 3gp amv asf avi divx dv f4v flv h264 h265 hevc ivf m1v m2p m2t m2ts m2v m4v mj2 mjpeg mjpg mk3d mkv mov mp4 mp4v
mpe mpeg mpg mpv mts mxf nut obu ogm ogv ogx qt rm rmvb roq ts tod trp vob webm wmv wtv y4m yuv4mpeg
"""
_AUDIO: Final = """
aac ac3 aif aifc aiff alac amr ape au caf dff dsf dts eac3 flac m4a m4b mka mp1 mp2 mp3 mpc oga ogg opus ra snd spx tak
tta w64 wav wma wv
"""
EXTENSIONS: Final = frozenset((_VIDEO + _AUDIO).split())
"""Files with other extensions are ignored without a word."""
_EXTENSIONS: Final = frozenset(map(str.encode, EXTENSIONS))
_UNFINISHED: Final = (b".part", b".partial", b".temp", b".tmp", b".crdownload", b".download", b".filepart")
"""``film.temp.mp4``: a download in progress that keeps its extension. ``film.mp4.part`` has none of ours anyway."""
_SYSTEM_FOLDERS: Final = frozenset(
    {b"@eadir", b"#recycle", b"$recycle.bin", b"lost+found", b"system volume information", b"#snapshot"}
)
_DEEPEST: Final = 64
_SAMPLE: Final = 64 * 1024
_SAMPLES: Final = 5


class Listing:
    """One walk through a folder: iterate for its entries, then ask :meth:`end`."""

    def __init__(self, root: bytes, only: tuple[bytes, ...] | None = None) -> None:
        self._root = root
        self._only = only
        self._missing = ""
        self._incomplete = ""
        self._device = 0
        self._real = root

    def __iter__(self) -> Iterator[Entry]:
        try:
            self._real = os.path.realpath(self._root)
            self._device = os.stat(self._real).st_dev  # noqa: PTH116 - bytes paths: names need not be UTF-8
            with os.scandir(self._root):
                pass
        except OSError as error:
            self._missing = _reason(error)
            return
        if self._only is None:
            yield from self._folder(self._root, 0)
            return
        for path in self._only:
            yield from self._path(path)

    def end(self) -> Listed:
        """Return how the walk went; only after iterating to the end."""
        filesystem = "" if self._missing else filesystem_of(self._device)
        return Listed(missing=self._missing, incomplete=self._incomplete, filesystem=filesystem)

    def _path(self, path: bytes) -> Iterator[Entry]:
        """List one file or folder below the root, unless a hidden name or a linked folder lies on the way."""
        inside = os.path.relpath(path, self._root).split(b"/")
        if inside == [b"."]:
            yield from self._folder(self._root, 0)
            return
        if inside[0] == b".." or any(_hidden(name) for name in inside):
            return
        parent, name = os.path.split(path)
        try:
            if os.path.realpath(parent) != b"/".join((self._real.rstrip(b"/"), *inside[:-1])):
                return
            status = os.lstat(path)
        except OSError as error:
            self._note(error)
            return
        if stat.S_ISDIR(status.st_mode):
            yield from self._folder(path, len(inside))
        elif _wanted(name) and (found := self._file(path, lambda: status, stat.S_ISLNK(status.st_mode))):
            yield found

    def _folder(self, start: bytes, depth: int) -> Iterator[Entry]:
        folders = [(start, depth)]
        seen: set[tuple[int, int]] = set()
        while folders:
            folder, depth = folders.pop()
            try:
                status = os.stat(folder)  # noqa: PTH116 - bytes path
                # A bind mount can put a folder inside itself.
                if (status.st_dev, status.st_ino) in seen or depth > _DEEPEST:
                    continue
                seen.add((status.st_dev, status.st_ino))
                with os.scandir(folder) as entries:
                    for entry in entries:
                        if _hidden(entry.name):
                            continue
                        if entry.is_dir(follow_symlinks=False):
                            folders.append((entry.path, depth + 1))
                        elif _wanted(entry.name) and (found := self._entry(entry)):
                            yield found
            except OSError as error:
                self._note(error)

    def _entry(self, entry: "os.DirEntry[bytes]") -> Entry | None:
        return self._file(entry.path, lambda: entry.stat(follow_symlinks=False), entry.is_symlink())

    def _file(self, path: bytes, status: Callable[[], os.stat_result], link: bool) -> Entry | None:
        try:
            if link:
                if not os.path.realpath(path).startswith(self._real.rstrip(b"/") + b"/"):
                    return None
                found = os.stat(path)  # noqa: PTH116 - bytes path
            else:
                found = status()
        except OSError as error:
            self._note(error)
            return None
        if not stat.S_ISREG(found.st_mode):
            return None
        return Entry(path=path, size=found.st_size, mtime_ns=found.st_mtime_ns, inode=found.st_ino)

    def _note(self, error: OSError) -> None:
        # What went away between being listed and looked at is simply gone.
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            self._incomplete = self._incomplete or _reason(error)


def _wanted(name: bytes) -> bool:
    stem, dot, extension = name.rpartition(b".")
    return bool(stem and dot) and extension.lower() in _EXTENSIONS and not stem.lower().endswith(_UNFINISHED)


def _hidden(name: bytes) -> bool:
    return name.startswith((b".", b"~")) or name.lower() in _SYSTEM_FOLDERS


def identify(path: bytes) -> Identified:
    """Fingerprint a file by its size and a few samples of it.

    Raises ``OSError``, and ``SourceRefusedError`` when it is no regular file.
    """
    # Non-blocking, so that a FIFO put in the file's place cannot hold us.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise SourceRefusedError("not a regular file")
        digest = hashlib.blake2b(status.st_size.to_bytes(8, "big"), digest_size=8)
        for offset in _offsets(status.st_size):
            digest.update(os.pread(handle, _SAMPLE, offset))
    finally:
        os.close(handle)
    return Identified(digest.hexdigest(), status.st_size, status.st_mtime_ns)


def _offsets(size: int) -> list[int]:
    if size <= _SAMPLES * _SAMPLE:
        return list(range(0, size, _SAMPLE))
    return [(size - _SAMPLE) * number // (_SAMPLES - 1) for number in range(_SAMPLES)]


def filesystem_of(device: int) -> str:
    """Return the type of the mounted file system with this device number, empty when the platform does not say."""
    wanted = f"{os.major(device)}:{os.minor(device)}"
    try:
        lines = Path("/proc/self/mountinfo").read_text(errors="replace").splitlines()
    except OSError:
        return ""
    for line in lines:
        fields = line.split()
        if fields[2] == wanted and "-" in fields:
            return fields[fields.index("-") + 1]
    return ""


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
