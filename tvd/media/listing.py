"""Reading folders and fingerprinting files: runs in the library child, as a dead mount hangs whoever touches it.

What counts as a possible source is decided by the name: a known extension, not hidden, not a download in progress.
Symbolic links are followed only to files inside the same folder; links to folders never (what they lead to is either
listed anyway or none of ours), so there are no loops.
"""

import contextlib
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tvd.errors import SourceRefusedError
from tvd.media.beside import Neighbours, concerns, is_sidecar
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
        self._known: dict[bytes, Neighbours] = {}

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
            yield from self._folder(self._root, 0, None)
            return
        for path in self._only:
            yield from self._path(path)

    def end(self) -> Listed:
        """Return how the walk went; only after iterating to the end."""
        filesystem = "" if self._missing else filesystem_of(self._device)
        return Listed(missing=self._missing, incomplete=self._incomplete, filesystem=filesystem)

    def _path(self, path: bytes) -> Iterator[Entry]:
        """List one file or folder below the root, unless a hidden name or a linked folder lies on the way.

        Of a picture or NFO file, which may be gone, those files that it speaks of.
        """
        inside = os.path.relpath(path, self._root).split(b"/")
        if inside == [b"."]:
            yield from self._folder(self._root, 0, None)
            return
        if inside[0] == b".." or any(_hidden(name) for name in inside):
            return
        parent, name = os.path.split(path)
        try:
            if os.path.realpath(parent) != b"/".join((self._real.rstrip(b"/"), *inside[:-1])):
                return
            status = None if is_sidecar(name) and not os.path.lexists(path) else os.lstat(path)
        except OSError as error:
            self._note(error)
            return
        if status is not None and stat.S_ISDIR(status.st_mode):
            yield from self._folder(path, len(inside), self._neighbours(parent))
        elif is_sidecar(name):
            yield from self._spoken_of(parent, name, len(inside) - 1)
        elif _wanted(name):
            yield from self._one(path, self._neighbours(parent))

    def _spoken_of(self, parent: bytes, name: bytes, depth: int) -> Iterator[Entry]:
        """List what the sidecar ``name`` is about: files of its name, or all in its folder and below."""
        here, stem = self._neighbours(parent), concerns(name)
        if stem is None:
            above = None if parent == self._root else self._neighbours(os.path.dirname(parent))  # noqa: PTH120 - bytes
            yield from self._folder(parent, depth, above)
            return
        for source in here.sources.get(stem, ()):
            yield from self._one(os.path.join(parent, source), here)  # noqa: PTH118 - bytes paths

    def _one(self, path: bytes, here: Neighbours) -> Iterator[Entry]:
        try:
            status = os.lstat(path)
        except OSError as error:
            self._note(error)
            return
        if found := self._file(path, lambda: status, stat.S_ISLNK(status.st_mode), here):
            yield found

    def _neighbours(self, folder: bytes) -> Neighbours:
        return neighbours(folder, self._root, self._known)

    def _folder(self, start: bytes, depth: int, above: Neighbours | None) -> Iterator[Entry]:
        """List everything below ``start``; each folder's names first, as they tell what lies beside a file."""
        folders = [(start, depth, above)]
        seen: set[tuple[int, int]] = set()
        while folders:
            folder, depth, above = folders.pop()
            here = Neighbours(folder, above)
            files: list[os.DirEntry[bytes]] = []
            try:
                status = os.stat(folder)  # noqa: PTH116 - bytes path
                # A bind mount can put a folder inside itself.
                if (status.st_dev, status.st_ino) in seen or depth > _DEEPEST:
                    continue
                seen.add((status.st_dev, status.st_ino))
                for entry in _visible(folder, here):
                    if entry.is_dir(follow_symlinks=False):
                        folders.append((entry.path, depth + 1, here))
                    elif _wanted(entry.name):
                        files.append(entry)
            except OSError as error:
                self._note(error)
            for file in files:
                if found := self._entry(file, here):
                    yield found

    def _entry(self, entry: "os.DirEntry[bytes]", here: Neighbours) -> Entry | None:
        return self._file(entry.path, lambda: entry.stat(follow_symlinks=False), entry.is_symlink(), here)

    def _file(self, path: bytes, status: Callable[[], os.stat_result], link: bool, here: Neighbours) -> Entry | None:
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
        beside = here.stamp(os.path.basename(path))  # noqa: PTH119 - bytes path
        return Entry(path, found.st_size, found.st_mtime_ns, found.st_ino, beside)

    def _note(self, error: OSError) -> None:
        # What went away between being listed and looked at is simply gone.
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            self._incomplete = self._incomplete or _reason(error)


def neighbours(folder: bytes, root: bytes, known: dict[bytes, Neighbours]) -> Neighbours:
    """Return what speaks of files in ``folder``, which is ``root`` or below; ``known`` remembers what was listed."""
    if (here := known.get(folder)) is not None:
        return here
    inside = folder != root and folder.startswith(root.rstrip(b"/") + b"/")
    above = neighbours(os.path.dirname(folder), root, known) if inside else None  # noqa: PTH120 - bytes path
    here = known[folder] = Neighbours(folder, above)
    with contextlib.suppress(OSError):
        for _ in _visible(folder, here):
            pass
    return here


def _visible(folder: bytes, here: Neighbours) -> Iterator["os.DirEntry[bytes]"]:
    """List ``folder`` and take note in ``here`` of what speaks of its files; raises ``OSError``."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if not _hidden(entry.name):
                if is_sidecar(entry.name):
                    here.note(entry)
                elif _wanted(entry.name):
                    here.note_source(entry.name)
                yield entry


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
