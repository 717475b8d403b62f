"""Playlists of channels, written once per change and handed out ready to send."""

from dataclasses import dataclass, replace
from typing import Final

from tvd.clock import Clock
from tvd.hls.playlist import (
    DateRange,
    MediaPlaylist,
    MultivariantPlaylist,
    SubtitleRendition,
    Variant,
    VariantStream,
    listed,
    render_media,
    render_multivariant,
)
from tvd.hls.segment import Segment
from tvd.web.answers import PLAYLIST_TYPE, Content
from tvd.web.broadcast import ChannelView, Programme, art_url

PROGRAMME_CLASS: Final = "tvd.programme"
"""CLASS of the date ranges that are programmes."""

# Every player asks for its playlist every two seconds: the API has the rest.
_DESCRIPTION: Final = 160
_GENRES: Final = 4


class NotOnAirError(Exception):
    """The channel has nothing to list; the text says why."""


@dataclass(frozen=True, slots=True)
class _Written:
    """A rendered media playlist and the segments it stands for."""

    oldest: Segment
    newest: Segment
    on_air: int
    content: Content


class Playlists:
    """Renders each channel's playlists when they change and remembers them until they change again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._media: dict[str, _Written] = {}
        self._told: dict[str, dict[str, DateRange]] = {}
        self._multivariant: dict[str, tuple[Variant, tuple[SubtitleRendition, ...], Content]] = {}

    def on_air(self, channel: ChannelView) -> int:
        """Return the number of the segment on air now: the newest that players may know of."""
        return channel.grid.seq_at(self._clock.now_ns())

    def media(self, channel: ChannelView) -> Content:
        """Return the media playlist as it is now; raises :class:`NotOnAirError` while there is nothing to list."""
        on_air = self.on_air(channel)
        written = self._media.get(channel.slug)
        window = channel.window
        # Within one segment's time a playlist only changes when a late segment is put or the window starts anew.
        if (
            written is not None
            and written.on_air == on_air
            and written.newest.seq == on_air
            and window.get(on_air) is written.newest
            and window.get(written.oldest.seq) is written.oldest
        ):
            return written.content
        segments = window.published(channel.window_size)
        if not segments:
            raise NotOnAirError(channel.fault() or "nothing on air yet")
        if written is not None and written.oldest is segments[0] and written.newest is segments[-1]:
            return written.content
        playlist = self._steady(channel.slug, media_playlist(channel, segments))
        content = Content.of(render_media(playlist).encode(), PLAYLIST_TYPE)
        self._media[channel.slug] = _Written(segments[0], segments[-1], on_air, content)
        return content

    def _steady(self, slug: str, playlist: MediaPlaylist) -> MediaPlaylist:
        """Return ``playlist`` with what was told of a programme told again, whatever has been learnt since.

        Attributes of one ID must not change from one reload to the next, but some may be added (section 4.4.5.1).
        """
        told = self._told.get(slug, {})
        ranges = tuple(_told_before(one, told.get(one.id)) for one in playlist.date_ranges)
        self._told[slug] = {one.id: one for one in ranges}
        return replace(playlist, date_ranges=ranges)

    def multivariant(self, channel: ChannelView) -> Content:
        """Return the multivariant playlist; raises :class:`NotOnAirError` before the first initialisation."""
        variant = channel.variant()
        if variant is None:
            raise NotOnAirError(channel.fault() or "nothing on air yet")
        written = self._multivariant.get(channel.slug)
        subtitles = channel.subtitles.renditions()
        if written is not None and written[:2] == (variant, subtitles):
            return written[2]
        playlist = MultivariantPlaylist((VariantStream("index.m3u8", variant),), subtitles)
        content = Content.of(render_multivariant(playlist).encode(), PLAYLIST_TYPE)
        self._multivariant[channel.slug] = (variant, subtitles, content)
        return content


def media_playlist(channel: ChannelView, segments: tuple[Segment, ...]) -> MediaPlaylist:
    """Return the playlist of ``segments`` with the programmes they belong to."""
    grid, first, last = channel.grid, segments[0].seq, segments[-1].seq
    programmes = channel.listing(grid.start_ns(first), grid.start_ns(last + 1))
    return MediaPlaylist(
        grid=grid,
        segments=listed(segments),
        discontinuity_sequence=channel.discontinuity_sequence(first),
        date_ranges=tuple(_date_range(programme) for programme in programmes),
    )


def _date_range(programme: Programme) -> DateRange:
    return DateRange(
        id=programme.id,
        class_=PROGRAMME_CLASS,
        seq_start=programme.seq_start,
        seq_stop=programme.seq_stop,
        extra=(
            ("TITLE", programme.title),
            ("SUBTITLE", programme.subtitle),
            ("ARTIST", programme.artist),
            ("KIND", programme.kind),
            ("SERIES", programme.series),
            ("SEASON", "" if programme.season is None else str(programme.season)),
            ("EPISODE", "" if programme.episode is None else str(programme.episode)),
            ("YEAR", str(programme.year or "")),
            ("GENRE", ", ".join(programme.genres[:_GENRES])),
            ("RATING", programme.rating),
            ("DESCRIPTION", _short(programme.description)),
            ("ART", art_url(programme)),
        ),
    )


def _told_before(now: DateRange, before: DateRange | None) -> DateRange:
    if before is None:
        return now
    known = {name: text for name, text in before.extra if text}
    return replace(now, extra=tuple((name, known.get(name, text)) for name, text in now.extra))


def _short(text: str) -> str:
    return text if len(text) <= _DESCRIPTION else text[: _DESCRIPTION - 1].rstrip() + "…"
