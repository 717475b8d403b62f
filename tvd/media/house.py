"""The house format: the grid every asset is cut to, and the pictures and sound on it.

A *segment* is one closed GOP that is also a whole number of AAC frames, so that a channel is integer arithmetic:
segment ``seq`` of a channel airs from ``seq * duration`` on the UTC time line, for ever.
"""

import hashlib
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

SAMPLE_RATE: Final = 48_000
"""Samples a second of all sound in the house."""
AAC_FRAME: Final = 1_024
"""Samples in one AAC-LC frame (ISO/IEC 14496-3)."""
NS: Final = 1_000_000_000

# fps -> (frames, AAC frames) of one segment; both sides last exactly the same time.
_GRID: Final = {24: (64, 125), 25: (48, 90), 30: (64, 100), 50: (96, 90), 60: (128, 100)}
HOUSE_RATES: Final = tuple(_GRID)
"""Frame rates a house can have; fractional NTSC rates are conformed to the next of these."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The time line of a house: one frame rate and the segments it is cut into."""

    fps: int

    def __post_init__(self) -> None:
        if self.fps not in _GRID:
            raise ValueError(f"{self.fps} frames a second is not on the grid; possible: {HOUSE_RATES}")

    @property
    def frames(self) -> int:
        """Video frames in one segment."""
        return _GRID[self.fps][0]

    @property
    def audio_frames(self) -> int:
        """AAC frames in one segment."""
        return _GRID[self.fps][1]

    @property
    def samples(self) -> int:
        """Audio samples in one segment."""
        return self.audio_frames * AAC_FRAME

    @property
    def duration(self) -> Fraction:
        """Seconds one segment lasts, exactly."""
        return Fraction(self.frames, self.fps)

    def seq_at(self, unix_ns: int) -> int:
        """Return the media sequence number of the segment on air at ``unix_ns``."""
        return unix_ns * self.fps // (self.frames * NS)

    def start_ns(self, seq: int) -> int:
        """Return the first whole nanosecond (UTC since 1970) at which segment ``seq`` is on air."""
        return -(-seq * self.frames * NS // self.fps)

    def segments_for(self, seconds: Fraction | float) -> int:
        """Return how many whole segments hold ``seconds`` of material: the next whole one, at least 1."""
        return max(1, -(-Fraction(seconds) // self.duration))


@dataclass(frozen=True, slots=True)
class Rendition:
    """A smaller size that everything is made in beside the house's own: pixels, and bits a second at most."""

    width: int
    height: int
    video_bitrate: int


@dataclass(frozen=True, slots=True)
class HouseFormat:
    """Pictures and sound of one house: what the normaliser makes and one initialisation segment describes.

    ``width`` and ``height`` in pixels, ``video_bitrate`` and ``audio_bitrate`` in bits a second; ``encoder`` is the
    resolved ffmpeg encoder name, never ``auto``. ``renditions`` are made of the same pictures, largest first; each
    has an initialisation segment of its own.
    """

    grid: Grid = Grid(30)
    width: int = 1280
    height: int = 720
    video_bitrate: int = 2_500_000
    audio_bitrate: int = 160_000
    preset: str = "veryfast"
    encoder: str = "libx264"
    renditions: tuple[Rendition, ...] = ()

    @property
    def sizes(self) -> tuple["HouseFormat", ...]:
        """Each size as a house of its own: its own first, then the renditions."""
        others = (
            replace(self, width=one.width, height=one.height, video_bitrate=one.video_bitrate, renditions=())
            for one in self.renditions
        )
        return (replace(self, renditions=()), *others)

    @property
    def name(self) -> str:
        """What viewers call its size, e.g. ``720p``."""
        return f"{self.height}p"

    @property
    def bitrate(self) -> int:
        """Bits a second that everything together takes at most."""
        return self.video_bitrate + self.audio_bitrate + sum(one.video_bitrate for one in self.renditions)

    @property
    def label(self) -> str:
        """Short human-readable name, e.g. ``1280x720p30``."""
        return f"{self.width}x{self.height}p{self.grid.fps}"

    @property
    def key(self) -> str:
        """Eight hexadecimal digits that differ whenever any setting differs."""
        text = repr(
            (self.grid.fps, self.width, self.height, self.video_bitrate, self.audio_bitrate, self.preset, self.encoder)
        )
        if self.renditions:  # a house of one size keeps the key it has always had
            text += repr([(one.width, one.height, one.video_bitrate) for one in self.renditions])
        return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()
