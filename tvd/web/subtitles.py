"""Subtitles over HTTP: a WebVTT rendition of a channel for each language."""

import hashlib
from typing import Final

from aiohttp import web

from tvd.errors import NotFoundError
from tvd.web.answers import IMMUTABLE, Content, answer
from tvd.web.broadcast import ChannelView
from tvd.web.hls import unavailable, when_listed
from tvd.web.keys import BROADCAST, PLAYLISTS, SUBTITLES
from tvd.web.playlists import NotOnAirError

VTT_TYPE: Final = "text/vtt; charset=utf-8"


async def playlist(request: web.Request) -> web.Response:
    """Answer ``/hls/SLUG/subs/LANGUAGE/index.m3u8``; with ``_HLS_msn=N`` once segment N is listed."""
    app = request.app
    channel = app[BROADCAST].channel(request.match_info["slug"])
    language = _offered(channel, request.match_info["language"])
    await when_listed(request, channel)
    try:
        content = app[SUBTITLES].media(channel, language)
    except NotOnAirError as error:
        raise unavailable(str(error)) from None
    return answer(request, content)


async def segment(request: web.Request) -> web.Response:
    """Answer ``/hls/SLUG/subs/LANGUAGE/VERSION/SEQ.vtt``: of what is on air or aired lately."""
    info = request.match_info
    channel = request.app[BROADCAST].channel(info["slug"])
    _offered(channel, info["language"])
    seq, version = int(info["seq"]), info["version"]
    if seq > request.app[PLAYLISTS].on_air(channel) or channel.window.get(seq) is None:
        raise NotFoundError(f"no subtitles of segment {seq} on {channel.slug} now")
    text = await channel.subtitles.segment(version, seq)
    tag = hashlib.blake2b(text, digest_size=9).hexdigest()
    return answer(request, Content(text, VTT_TYPE, IMMUTABLE, tag, ranges=True))


def _offered(channel: ChannelView, language: str) -> str:
    """Return ``language`` when the channel offers it; raises :class:`NotFoundError`."""
    if all(rendition.id != language for rendition in channel.subtitles.renditions()):
        raise NotFoundError(f"no subtitles {language} on {channel.slug}")
    return language
