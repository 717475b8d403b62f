"""Subtitle renditions: their media playlists and their WebVTT segments (RFC 8216bis). Pure functions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tvd.hls.playlist import media_head, media_segment
from tvd.media.cue import Cue
from tvd.media.house import Grid

_CLOCK: Final = 90_000
"""Ticks a second of MPEG-2 time stamps (ISO/IEC 13818-1)."""
_WRAP: Final = 2**33
"""MPEG-2 time stamps have 33 bits: they come round every 26.5 hours."""


@dataclass(frozen=True, slots=True)
class SubtitleSegment:
    """One listed segment: its number, which ``version`` of its content, and whether the time line breaks before it."""

    seq: int
    version: str
    discontinuity: bool = False


@dataclass(frozen=True, slots=True)
class SubtitlePlaylist:
    """The media playlist of a subtitle rendition: the same numbers as the picture's, at least one segment."""

    grid: Grid
    segments: tuple[SubtitleSegment, ...]
    discontinuity_sequence: int = 0


def render_playlist(playlist: SubtitlePlaylist) -> str:
    """Write ``playlist``; segments are found at ``VERSION/SEQ.vtt``."""
    grid = playlist.grid
    lines = media_head(grid, playlist.segments[0].seq, playlist.discontinuity_sequence)
    for segment in playlist.segments:
        if segment.discontinuity:
            lines.append("#EXT-X-DISCONTINUITY")
        lines += media_segment(grid, segment.seq, f"{segment.version}/{segment.seq}.vtt")
    return "\n".join(lines) + "\n"


def render_segment(grid: Grid, origin: int, cues: Iterable[Cue]) -> str:
    """Write a WebVTT segment (section 3.1.4); ``cues`` count from the start of segment ``origin``.

    A cue keeps its whole times in each segment that it touches, also before the segment's own beginning. The time
    stamps of the pictures count from 1970; what X-TIMESTAMP-MAP can hold of them is the last 33 bits.
    """
    ticks = origin * grid.frames * _CLOCK // grid.fps % _WRAP
    blocks = [f"WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:{ticks},LOCAL:00:00:00.000"]
    blocks += [f"{clock_time(cue.start)} --> {clock_time(cue.end)}\n{cue.text}" for cue in cues]
    return "\n\n".join(blocks) + "\n"


def clock_time(ms: int) -> str:
    """Return a WebVTT time stamp (W3C WebVTT, section 4.1)."""
    seconds, ms = divmod(ms, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{ms:03d}"


def listed(segments: Sequence[tuple[int, str]], versions: Sequence[str]) -> tuple[SubtitleSegment, ...]:
    """Return subtitle segments for the picture's ``segments`` (number and rendition), breaking where those do."""
    before = [rendition for _, rendition in segments]
    return tuple(
        SubtitleSegment(seq, version, place > 0 and before[place - 1] != rendition)
        for place, ((seq, rendition), version) in enumerate(zip(segments, versions, strict=True))
    )
