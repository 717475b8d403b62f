"""Playlists of subtitle renditions, written once per change and handed out ready to send."""

from typing import Final

from tvd.hls.subtitles import SubtitlePlaylist, listed, render_playlist
from tvd.web.answers import PLAYLIST_TYPE, Content
from tvd.web.broadcast import ChannelView
from tvd.web.playlists import NotOnAirError

_MOST: Final = 4096
"""Written playlists remembered: more than any house has channels and languages."""


class SubtitlePlaylists:
    """Renders the playlist of each channel and language when the picture's changes, and remembers it until then."""

    def __init__(self) -> None:
        self._written: dict[tuple[str, str], tuple[tuple[tuple[int, str], ...], Content]] = {}

    def media(self, channel: ChannelView, rendition: str) -> Content:
        """Return the playlist of one rendition; raises :class:`NotOnAirError` while there is nothing to list."""
        segments = tuple((it.seq, it.rendition) for it in channel.window.published(channel.window_size))
        if not segments:
            raise NotOnAirError(channel.fault() or "nothing on air yet")
        written = self._written.get((channel.slug, rendition))
        if written is not None and written[0] == segments:
            return written[1]
        versions = [channel.subtitles.version(rendition, seq) for seq, _ in segments]
        playlist = SubtitlePlaylist(
            channel.grid, listed(segments, versions), channel.discontinuity_sequence(segments[0][0])
        )
        content = Content.of(render_playlist(playlist).encode(), PLAYLIST_TYPE)
        if len(self._written) >= _MOST:
            self._written.clear()
        self._written[channel.slug, rendition] = segments, content
        return content
