"""Playlists as values under the RFC's own names, and the pure functions that write them (RFC 8216bis).

A media playlist is derived from media sequence numbers alone: times come from the grid, never from "now", so two
servers write the same bytes. Nothing here reads a clock or a window.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from typing import Final

from tvd.hls.segment import Segment
from tvd.media.house import NS, Grid

VERSION: Final = 7
"""EXT-X-MAP in a playlist of whole frames asks for 6 (section 8); 7 is what fMP4 players expect."""
SUBTITLES_GROUP: Final = "subs"
_MS: Final = 1_000_000
# Section 4.2: a quoted-string holds no line feed, carriage return or double quote; other controls help nobody.
_UNQUOTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class DateRange:
    """EXT-X-DATERANGE (section 4.4.5.1): one programme, from segment ``seq_start`` up to ``seq_stop``.

    ``extra`` are the ``X-`` attributes without that prefix, e.g. ``("TITLE", "Night Train")``; empty ones are left out.
    """

    id: str
    class_: str
    seq_start: int
    seq_stop: int
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MediaSegment:
    """One listed segment: its media sequence number and the rendition (EXT-X-MAP) it belongs to."""

    seq: int
    rendition: str


@dataclass(frozen=True, slots=True)
class MediaPlaylist:
    """A live media playlist (section 4.4.3): consecutive ``segments``, oldest first, at least one.

    ``discontinuity_sequence`` is that of the first segment (section 4.4.3.3). ``base`` is the relative URI from the
    playlist to the folder of its renditions, with its slash; empty: they are beside it.
    """

    grid: Grid
    segments: tuple[MediaSegment, ...]
    discontinuity_sequence: int = 0
    date_ranges: tuple[DateRange, ...] = ()
    base: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """What EXT-X-STREAM-INF says of a rendition (section 4.4.6.2).

    ``codecs`` as in RFC 6381 (``avc1.64001f,mp4a.40.2``), ``width`` and ``height`` in pixels, ``fps`` frames a
    second, ``peak`` and ``average`` in bits a second, containers included.
    """

    codecs: str
    width: int
    height: int
    fps: int
    peak: int
    average: int


@dataclass(frozen=True, slots=True)
class VariantStream:
    """A variant and the URI of its media playlist."""

    uri: str
    variant: Variant


@dataclass(frozen=True, slots=True)
class SubtitleRendition:
    """One language of a channel's subtitles; ``id`` names it in URLs, ``name`` is what people choose by.

    ``language`` is BCP 47, empty when unknown; ``forced`` when it has foreign speech only.
    """

    id: str
    language: str
    name: str
    forced: bool = False

    @property
    def uri(self) -> str:
        """Its media playlist, seen from the multivariant one."""
        return f"subs/{self.id}/index.m3u8"


@dataclass(frozen=True, slots=True)
class MultivariantPlaylist:
    """The playlist that names the others (section 4.4.6); players with no reason of their own begin with the first."""

    streams: tuple[VariantStream, ...]
    subtitles: tuple[SubtitleRendition, ...] = ()


def listed(segments: Iterable[Segment]) -> tuple[MediaSegment, ...]:
    """Return what a playlist says of ``segments``."""
    return tuple(MediaSegment(segment.seq, segment.rendition) for segment in segments)


def target_duration(grid: Grid) -> int:
    """Return the EXT-X-TARGETDURATION of every playlist on ``grid``, whole seconds (section 4.4.3.1)."""
    return -(-grid.frames // grid.fps)


def media_head(grid: Grid, seq: int, discontinuity_sequence: int) -> list[str]:
    """Return the lines every media playlist of a channel begins with; ``seq`` is its first segment."""
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{target_duration(grid)}",
        f"#EXT-X-MEDIA-SEQUENCE:{seq}",
    ]
    if discontinuity_sequence:
        lines.append(f"#EXT-X-DISCONTINUITY-SEQUENCE:{discontinuity_sequence}")
    return [*lines, "#EXT-X-INDEPENDENT-SEGMENTS", "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES"]


def media_segment(grid: Grid, seq: int, uri: str) -> list[str]:
    """Return the lines of one segment of any media playlist."""
    return [
        f"#EXT-X-PROGRAM-DATE-TIME:{date_time(grid.start_ns(seq))}",
        _extinf(grid),
        uri,
    ]


@cache
def _extinf(grid: Grid) -> str:
    return f"#EXTINF:{decimal(grid.duration)},"


def render_media(playlist: MediaPlaylist) -> str:
    """Write ``playlist``; segments are found at ``RENDITION/SEQ.m4s``, their map at ``RENDITION/init.mp4``."""
    grid = playlist.grid
    lines = media_head(grid, playlist.segments[0].seq, playlist.discontinuity_sequence)
    lines += [_date_range(date_range, grid) for date_range in playlist.date_ranges]
    lines += _segments(playlist.segments, grid, playlist.base)
    return "\n".join(lines) + "\n"


def _segments(segments: Sequence[MediaSegment], grid: Grid, base: str) -> list[str]:
    lines: list[str] = []
    rendition: str | None = None
    for segment in segments:
        if segment.rendition != rendition:
            if rendition is not None:
                lines.append("#EXT-X-DISCONTINUITY")
            rendition = segment.rendition
            lines.append(f'#EXT-X-MAP:URI="{base}{rendition}/init.mp4"')
        lines += media_segment(grid, segment.seq, f"{base}{rendition}/{segment.seq}.m4s")
    return lines


def _date_range(date_range: DateRange, grid: Grid) -> str:
    duration = (date_range.seq_stop - date_range.seq_start) * grid.duration
    attributes = [
        f"ID={quoted(date_range.id)}",
        f"CLASS={quoted(date_range.class_)}",
        f'START-DATE="{date_time(grid.start_ns(date_range.seq_start))}"',
        f"DURATION={decimal(duration)}",
        *(f"X-{name}={quoted(value)}" for name, value in date_range.extra if value),
    ]
    return "#EXT-X-DATERANGE:" + ",".join(attributes)


def render_multivariant(playlist: MultivariantPlaylist) -> str:
    """Write ``playlist``; everything tvd makes is 8-bit BT.709, so VIDEO-RANGE is SDR."""
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    lines += [_subtitles(rendition) for rendition in playlist.subtitles]
    for stream in playlist.streams:
        variant = stream.variant
        attributes = [
            f"BANDWIDTH={variant.peak}",
            f"AVERAGE-BANDWIDTH={variant.average}",
            f"CODECS={quoted(variant.codecs)}",
            f"RESOLUTION={variant.width}x{variant.height}",
            f"FRAME-RATE={variant.fps}.000",
            "VIDEO-RANGE=SDR",
        ]
        if playlist.subtitles:
            attributes.append(f"SUBTITLES={quoted(SUBTITLES_GROUP)}")
        lines += ["#EXT-X-STREAM-INF:" + ",".join(attributes), stream.uri]
    return "\n".join(lines) + "\n"


def _subtitles(rendition: SubtitleRendition) -> str:
    """Write an EXT-X-MEDIA (section 4.4.6.1)."""
    attributes = ["TYPE=SUBTITLES", f"GROUP-ID={quoted(SUBTITLES_GROUP)}", f"NAME={quoted(rendition.name)}"]
    if rendition.language:
        attributes.append(f"LANGUAGE={quoted(rendition.language)}")
    attributes += ["DEFAULT=NO", "AUTOSELECT=YES", f"FORCED={'YES' if rendition.forced else 'NO'}"]
    return "#EXT-X-MEDIA:" + ",".join([*attributes, f"URI={quoted(rendition.uri)}"])


def quoted(text: str) -> str:
    """Return ``text`` as a quoted-string (section 4.2): what cannot stand in one becomes a space or apostrophe."""
    return '"' + _UNQUOTABLE.sub(" ", text).replace('"', "'").strip() + '"'


def decimal(seconds: Fraction) -> str:
    """Return a decimal-floating-point: to the microsecond, without trailing zeros (``2.133333``, ``1.92``)."""
    micros = round(seconds * 1_000_000)
    text = f"{micros // 1_000_000}.{micros % 1_000_000:06d}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def date_time(unix_ns: int) -> str:
    """Return ISO 8601 in UTC with the nearest millisecond, ``2026-01-31T22:15:00.000Z``."""
    whole, milliseconds = divmod((unix_ns + _MS // 2) // _MS, NS // _MS)
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}Z"
