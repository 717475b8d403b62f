"""What comes out of a live process (fragmented MP4), fragment by fragment, each read to one place and not moved."""

import struct
from dataclasses import dataclass
from typing import Final

from tvd.media.boxes import HEADER, MAX_BOX
from tvd.media.initialisation import Initialisation
from tvd.media.pipes import OutputPipe

_STEP: Final = 2**16
_SPARES: Final = 8
_spares: list[bytearray] = []
"""Room that is not needed now: few channels read at the same moment, so all share a little, the largest last."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One fragment, as it lies where it was read to. What is wanted of it is to be copied before the next is read.

    ``moof mdat`` begins at ``begin``, the payload of ``mdat`` at ``payload``; it ends before ``end``.
    """

    room: bytearray
    begin: int
    payload: int
    end: int

    @property
    def moof(self) -> memoryview:
        """The whole ``moof`` box."""
        return memoryview(self.room)[self.begin : self.payload - HEADER]

    def has(self, media: memoryview) -> bool:
        """Whether the payload begins with ``media``."""
        return len(media) <= self.end - self.payload and self.room.startswith(media, self.payload)

    def copy(self, begin: int, end: int) -> bytes:
        """Return what lies there."""
        return bytes(memoryview(self.room)[begin:end])


class FragmentStream:
    """Reads one outlet of a live process: ``ftyp moov (moof mdat)*``."""

    def __init__(self, pipe: OutputPipe) -> None:
        self.head = b""
        """``ftyp`` and ``moov``, once they have come."""
        self.initialisation: Initialisation | None = None
        self._pipe = pipe
        self._room = bytearray()
        self._held = 0
        """Bytes in the room."""
        self._at = 0
        """Where the next box begins in it."""

    async def next(self) -> Arrived | None:
        """Return the next fragment, None at the end. Raises ``ValueError`` when it is no such stream."""
        self._let_go()
        begin = 0
        while (found := await self._box()) is not None:
            kind, start, end = found
            if kind == b"ftyp":
                self.head = bytes(self._room[start:end])
            elif kind == b"moov":
                self.head += self._room[start:end]
                self.initialisation = Initialisation.parse(self.head)
            elif kind == b"moof":
                begin = start
            elif kind == b"mdat":
                return Arrived(self._room, begin, start + HEADER, end)
        self._at = self._held  # what was torn off
        self._let_go()
        return None

    async def _box(self) -> tuple[bytes, int, int] | None:
        """Return type, beginning and end of the next box once it is here; None when the stream ends before."""
        start = self._at
        if not await self._have(start + HEADER):
            return None
        size, kind = struct.unpack_from(">I4s", self._room, start)
        if not HEADER <= size <= MAX_BOX:
            raise ValueError(f"box {kind!r} of {size} bytes")
        if not await self._have(start + size):
            return None
        self._at = start + size
        return kind, start, self._at

    async def _have(self, end: int) -> bool:
        """Read until the room holds ``end`` bytes; return False when the stream ends before."""
        while self._held < end:
            if self._held:
                await self._pipe.more()
            else:
                await self._pipe.ready()  # and no room is held until there is something
            self._make_room(end)
            taken = self._pipe.take(memoryview(self._room)[self._held :])
            if taken is None:
                await self._pipe.ready()
            elif taken:
                self._held += taken
            else:
                return False
        return True

    def _make_room(self, end: int) -> None:
        if self._room and end <= len(self._room):
            return
        room = _spares.pop() if _spares else bytearray()
        if len(room) < end:
            room = bytearray(-(-end // _STEP) * _STEP)
        memoryview(room)[: self._held] = memoryview(self._room)[: self._held]
        self._room = room

    def _let_go(self) -> None:
        """Forget the last fragment: what has come of the next begins the room, or the room is another's."""
        left = self._held - self._at
        if left:
            view = memoryview(self._room)
            view[:left] = view[self._at : self._held]
        elif self._room and len(_spares) < _SPARES:
            _spares.append(self._room)
            _spares.sort(key=len)
            self._room = bytearray()
        self._held, self._at = left, 0
