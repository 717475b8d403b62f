"""What a file contains, as values: made by the library's probing child, read by the schedule and the normaliser.

``gc=False``: values without cycles, tens of thousands of which would make every garbage collection a pause.
"""

import msgspec


class VideoTrack(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One picture track as its container and decoder describe it.

    ``width``/``height`` in coded pixels before rotation, ``sar`` the sample aspect ratio, ``rotation`` in degrees
    clockwise that a player must apply (0, 90, 180, 270), after turning it upside down where it is ``mirrored``;
    ``frame_rate`` the average in frames a second (0: unknown).
    Colour fields carry ffmpeg's names, empty when untagged.
    """

    index: int
    codec: str
    width: int
    height: int
    sar: tuple[int, int] = (1, 1)
    rotation: int = 0
    mirrored: bool = False
    frame_rate: float = 0.0
    pixel_format: str = ""
    alpha: bool = False
    field_order: str = ""
    color_range: str = ""
    color_primaries: str = ""
    color_transfer: str = ""
    color_space: str = ""
    attached_picture: bool = False
    """Cover art, not a moving picture."""


class AudioTrack(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One sound track; ``language`` is the ISO 639 code of its tag, empty when untagged."""

    index: int
    codec: str
    sample_rate: int
    channels: int
    layout: str = ""
    language: str = ""
    default: bool = False


class SubtitleTrack(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One subtitle track."""

    index: int
    codec: str
    language: str = ""
    forced: bool = False


class Probe(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Everything the rest of tvd wants to know of a file without opening it again.

    ``duration`` in seconds is how long it plays: the later end of its picture and sound minus ``start``, the earlier
    beginning. ``index`` of a track is its stream index in the container, as in ffmpeg's ``0:INDEX``.
    """

    container: str
    duration: float
    start: float = 0.0
    video: tuple[VideoTrack, ...] = ()
    audio: tuple[AudioTrack, ...] = ()
    subtitles: tuple[SubtitleTrack, ...] = ()
    tags: dict[str, str] = {}
    chapters: tuple[tuple[float, float, str], ...] = ()
    """(start, stop, title), seconds from ``start``."""
