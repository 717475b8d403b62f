"""One media segment, ready to serve."""

from dataclasses import dataclass, replace

from tvd.media.fragment import Extent


@dataclass(frozen=True, slots=True)
class Segment:
    """A CMAF media segment: ``moof`` and ``mdat`` of one closed GOP and its sound (RFC 8216, section 3.3).

    ``seq`` is its media sequence number, which is also its place on the UTC time line. ``rendition`` names the
    initialisation it belongs to and is part of its URL, so that one URL never gets other bytes.

    Its pictures are most of it and, unless the live process encodes, the very bytes of the asset. Between ``head`` and
    ``tail`` stands either nothing (``head`` is everything) or ``pictures``, an extent of the asset: a *light* segment.
    """

    seq: int
    rendition: str
    head: bytes
    tail: bytes = b""
    pictures: Extent | None = None
    origin: Extent | None = None
    """Where the pictures of a segment in memory can be read again, and where they begin in it: see :meth:`light`."""
    origin_at: int = 0

    @property
    def is_light(self) -> bool:
        """Whether reading :attr:`data` touches the disk."""
        return self.pictures is not None

    @property
    def data(self) -> bytes:
        """All its bytes. Raises ``OSError`` for a light segment whose asset is gone."""
        if self.pictures is None:
            return self.head
        return self.head + self.pictures.read() + self.tail

    def light(self) -> "Segment":
        """Return the same segment without its pictures in memory; itself when they are nowhere else."""
        if self.origin is None:
            return self
        end = self.origin_at + self.origin.length
        head, tail = self.head[: self.origin_at], self.head[end:]
        return replace(self, head=head, tail=tail, pictures=self.origin, origin=None)
