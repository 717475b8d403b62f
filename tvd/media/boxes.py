"""ISO base media file format boxes (ISO/IEC 14496-12): cutting a byte stream into them, reading and writing them."""

import struct
from collections.abc import Iterator
from typing import Final

HEADER: Final = 8
"""Bytes of size and type, which begin every box."""
MAX_BOX: Final = 256 * 2**20
"""No box of ours comes near; a larger size means the stream is not what we think."""


def box(kind: bytes, *payload: bytes | memoryview) -> bytes:
    """Return one box: size, type, payload."""
    return struct.pack(">I4s", HEADER + sum(map(len, payload)), kind) + b"".join(payload)


def full_box(kind: bytes, version: int, flags: int, *payload: bytes | memoryview) -> bytes:
    """Return one full box: a box whose payload begins with a version and 24 bits of flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *payload)


def children(data: bytes | memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Yield ``(type, payload)`` of each box in ``data``. Raises ``ValueError`` when it is no sequence of boxes."""
    view = memoryview(data)
    position = 0
    while position < len(view):
        size, kind, header = _head(view[position:])
        if size is None or size < header or position + size > len(view):
            raise ValueError(f"box {kind!r} of {size or 0} bytes does not fit")
        yield kind, view[position + header : position + size]
        position += size


def find(data: bytes | memoryview, *path: bytes) -> memoryview | None:
    """Return the payload of the first box at ``path``, None when there is none."""
    view = memoryview(data)
    for name in path:
        inner = next((payload for kind, payload in children(view) if kind == name), None)
        if inner is None:
            return None
        view = inner
    return view


def _head(view: memoryview) -> tuple[int | None, bytes, int]:
    """Return size, type and header length of the box that begins ``view``; size None when the header is incomplete."""
    if len(view) < HEADER:
        return None, b"", HEADER
    size, kind = struct.unpack_from(">I4s", view)
    if size != 1:
        return size, kind, HEADER
    if len(view) < 16:
        return None, kind, 16
    return struct.unpack_from(">Q", view, 8)[0], kind, 16


class BoxReader:
    """Cuts a stream of bytes, fed in any pieces, into whole top-level boxes."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._held = 0
        self._wanted = HEADER

    def feed(self, data: bytes) -> list[tuple[bytes, bytes]]:
        """Take ``data``; return the ``(type, whole box)`` it completes. Raises ``ValueError`` on nonsense sizes."""
        self._pieces.append(data)
        self._held += len(data)
        if self._held < self._wanted:
            # Joining only when a box is complete keeps a large mdat from being copied again for each piece.
            return []
        held = b"".join(self._pieces)
        view = memoryview(held)
        done: list[tuple[bytes, bytes]] = []
        position = 0
        while True:
            size, kind, header = _head(view[position:])
            if size is None:
                self._wanted = header
                break
            if not header <= size <= MAX_BOX:
                raise ValueError(f"box {kind!r} of {size} bytes")
            if position + size > len(held):
                self._wanted = size
                break
            done.append((kind, held[position : position + size]))
            position += size
        self._pieces = [held[position:]]
        self._held = len(held) - position
        return done

    @property
    def pending(self) -> int:
        """Bytes held of a box that is not complete yet."""
        return self._held
