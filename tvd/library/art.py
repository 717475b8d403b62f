"""The art store: small pictures of programmes, each under a name that never gets another content.

::

    <data>/art/<key>.jpg        a picture
    <data>/art/<key>.refused    why there will be none of that key

A key stands for where a picture comes from: a file beside the source at its size and time, the cover in some content, a
frame of it. What is lost is made again. Everything runs in the event loop but what blocks, which runs in threads.
"""

import asyncio
import errno
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import msgspec

from tvd.errors import NotFoundError
from tvd.library.source import Source

MOST_BYTES: Final = 512_000_000
"""Some fifteen thousand pictures."""
_LARGEST: Final = 1_000_000
_NAME: Final = re.compile(r"([0-9a-f]{16})\.(jpg|refused)")
_HDR: Final = ("smpte2084", "arib-std-b67")
JPEG: Final = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to get a picture of a source, named ``key``; ``path`` empty: of the asset made of it."""

    key: str
    kind: Literal["file", "cover", "frame"]
    path: bytes


def candidates(source: Source) -> Iterator[Candidate]:
    """Yield the ways to get a picture of ``source``, the best first: beside it, in it, a frame of it."""
    for file in source.pictures:
        where = b"%b\0%d\0%d" % (file.path, file.size, file.mtime_ns)
        yield Candidate(_key(b"file", where), "file", file.path)
    path = os.fsencode(source.path) if source.path else b""
    tracks = source.probe.video if source.probe else ()
    if any(track.attached_picture for track in tracks):
        yield Candidate(_key(b"cover", source.id.encode()), "cover", path)
    moving = [track for track in tracks if not track.attached_picture]
    if moving or not source.path:
        # A wide range of brightness looks washed out on a page; the asset's pictures have been converted.
        own = b"" if any(track.color_transfer in _HDR for track in moving) else path
        yield Candidate(_key(b"frame", source.id.encode()), "frame", own)


def _key(kind: bytes, what: bytes) -> str:
    return hashlib.blake2b(what, digest_size=8, person=kind).hexdigest()


class ArtStore:
    """The pictures in ``folder``, at most ``most_bytes``; nothing is written while less than ``free_min`` is free."""

    def __init__(self, folder: Path, *, free_min: int = 0, most_bytes: int = MOST_BYTES) -> None:
        self.folder = folder
        self.free_min = free_min
        self._most_bytes = most_bytes
        self._sizes: dict[str, int] = {}
        """Pictures by key, the oldest first."""
        self._refused: set[str] = set()
        self._illustrated: dict[str, tuple[Source, Source]] = {}

    async def load(self) -> None:
        """Read what is there; a folder that cannot be made or read holds nothing."""
        found = await asyncio.to_thread(self._read)
        self._sizes = {key: size for key, kind, size in found if kind == "jpg"}
        self._illustrated.clear()
        self._refused = {key for key, kind, _ in found if kind == "refused"}

    def _read(self) -> list[tuple[str, str, int]]:
        found: list[tuple[float, str, str, int]] = []
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with os.scandir(self.folder) as entries:
                for entry in entries:
                    status = entry.stat(follow_symlinks=False)
                    if (match := _NAME.fullmatch(entry.name)) and status.st_size:
                        found.append((status.st_mtime, match[1], match[2], status.st_size))
                    elif entry.name.endswith(".new"):
                        Path(entry.path).unlink(missing_ok=True)
        except OSError:
            pass
        return [(key, kind, size) for _, key, kind, size in sorted(found)]

    @property
    def size(self) -> int:
        """Bytes of all pictures."""
        return sum(self._sizes.values())

    def illustrated(self, source: Source) -> Source:
        """Return ``source`` with the name of its best picture there is."""
        known = self._illustrated.get(source.id)
        if known is None or known[0] is not source:
            known = self._illustrated[source.id] = (source, self._with_art(source))
        return known[1]

    def _with_art(self, source: Source) -> Source:
        name = next((f"{one.key}.jpg" for one in candidates(source) if one.key in self._sizes), "")
        if name == source.metadata.art:
            return source
        return msgspec.structs.replace(source, metadata=msgspec.structs.replace(source.metadata, art=name))

    def wanted(self, source: Source) -> Iterator[Candidate]:
        """Yield what may be tried to get ``source`` a (better) picture, the best first."""
        for candidate in candidates(source):
            if candidate.key in self._sizes:
                return
            if candidate.key not in self._refused:
                yield candidate

    async def read(self, name: str) -> bytes:
        """Return the picture called ``name``; raises :class:`NotFoundError`."""
        match = _NAME.fullmatch(name)
        try:
            if match is not None and match[2] == "jpg":
                return await asyncio.to_thread((self.folder / name).read_bytes)
        except OSError:
            self._sizes.pop(name.partition(".")[0], None)
            self._illustrated.clear()
        raise NotFoundError(f"no picture {name}")

    async def put(self, key: str, jpeg: bytes) -> None:
        """Store a picture, whole or not at all. Raises ``OSError``, ``ValueError`` when it is no small JPEG."""
        if not jpeg.startswith(JPEG) or len(jpeg) > _LARGEST:
            raise ValueError("no small JPEG")
        await asyncio.to_thread(self._write, f"{key}.jpg", jpeg)
        self._sizes[key] = len(jpeg)
        gone: list[str] = []
        while self.size - sum(self._sizes[one] for one in gone) > self._most_bytes and len(gone) < len(self._sizes) - 1:
            gone.append(next(one for one in self._sizes if one not in gone))
        for one in gone:
            del self._sizes[one]
        self._illustrated.clear()
        await asyncio.to_thread(self._remove, gone)

    async def refuse(self, key: str, reason: str) -> None:
        """Remember that there is no picture of that key, and why. Raises ``OSError``."""
        self._refused.add(key)
        await asyncio.to_thread(self._write, f"{key}.refused", (reason + "\n").encode(errors="replace"))

    def _write(self, name: str, data: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self.folder).free < self.free_min:
            raise OSError(errno.ENOSPC, "too little is free on the disk")
        new = self.folder / f"{name}.{secrets.token_hex(4)}.new"
        try:
            new.write_bytes(data)
            new.replace(self.folder / name)
        finally:
            new.unlink(missing_ok=True)

    def _remove(self, keys: list[str]) -> None:
        for key in keys:
            (self.folder / f"{key}.jpg").unlink(missing_ok=True)
