"""One media segment, ready to serve."""

from dataclasses import dataclass

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
