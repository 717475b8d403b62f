"""One media segment, ready to serve."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Segment:
    """A CMAF media segment: ``moof`` and ``mdat`` of one closed GOP and its sound (RFC 8216, section 3.3).

    ``seq`` is its media sequence number, which is also its place on the UTC time line. ``rendition`` names the
    initialisation it belongs to and is part of its URL, so that one URL never gets other bytes.
    """

    seq: int
    rendition: str
    data: bytes
