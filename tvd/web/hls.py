"""Playlists and segments over HTTP."""

import asyncio
from typing import Final

from aiohttp import hdrs, web

from tvd.clock import Clock, sleep_until
from tvd.errors import NotFoundError
from tvd.hls.playlist import target_duration
from tvd.web.answers import IMMUTABLE, Content, answer
from tvd.web.broadcast import ChannelView
from tvd.web.keys import ADDRESSES, AUDIENCE, BROADCAST, PLAYLISTS, UNTIMED
from tvd.web.playlists import NotOnAirError

_FAR: Final = 2
"""Segments past the newest that a blocking reload may ask for (RFC 8216bis, section 6.2.5.2)."""
_PATIENCE: Final = 3
"""Target durations a blocking reload waits before it gives up (section 6.2.5.2)."""
_PLAYER_ID: Final = 64
SEGMENT_TYPE: Final = "video/mp4"


async def multivariant(request: web.Request) -> web.Response:
    """Answer ``/hls/SLUG/master.m3u8``."""
    app = request.app
    channel = app[BROADCAST].channel(request.match_info["slug"])
    try:
        content = app[PLAYLISTS].multivariant(channel)
    except NotOnAirError as error:
        raise unavailable(str(error)) from None
    return answer(request, content)


async def media(request: web.Request) -> web.Response:
    """Answer ``/hls/SLUG/index.m3u8``; with ``_HLS_msn=N`` once segment N is listed."""
    app = request.app
    channel = app[BROADCAST].channel(request.match_info["slug"])
    player = request.query.get("player", "")[:_PLAYER_ID]
    app[AUDIENCE].seen(
        channel.slug,
        player or (app[ADDRESSES].client(request), request.headers.get(hdrs.USER_AGENT, "")),
    )
    await when_listed(request, channel)
    try:
        content = app[PLAYLISTS].media(channel)
    except NotOnAirError as error:
        raise unavailable(str(error)) from None
    return answer(request, content)


async def when_listed(request: web.Request, channel: ChannelView) -> None:
    """Wait for the segment that a blocking reload asks for; raises 400 or 503 when it cannot be waited for."""
    if "_HLS_msn" not in request.query and "_HLS_part" not in request.query:
        return
    app = request.app
    wanted = requested_sequence(request)
    on_air = app[PLAYLISTS].on_air(channel)
    if wanted > on_air + _FAR:
        raise web.HTTPBadRequest(text=f"_HLS_msn={wanted} is too far ahead: segment {on_air} is on air\n")
    if wanted > on_air or channel.window.get(on_air) is None:
        request[UNTIMED] = True
        await _listed(channel, wanted, app[BROADCAST].clock)


def requested_sequence(request: web.Request) -> int:
    """Return ``_HLS_msn`` of ``request``; raises 400 when it is not a sequence number."""
    text = request.query.get("_HLS_msn", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise web.HTTPBadRequest(text="_HLS_msn must be a media sequence number\n")
    return int(text)


async def _listed(channel: ChannelView, seq: int, clock: Clock) -> None:
    """Wait until segment ``seq`` (or one after it) has come on air; raises 503 when that takes too long."""
    window = channel.window
    try:
        async with asyncio.timeout(_PATIENCE * target_duration(channel.grid)):
            await sleep_until(clock, channel.grid.start_ns(seq))
            while window.newest is None or window.newest < seq:
                await window.wait()
    except TimeoutError:
        raise unavailable(f"segment {seq} is late") from None


async def initialisation(request: web.Request) -> web.Response:
    """Answer ``/hls/SLUG/RENDITION/init.mp4``."""
    channel = request.app[BROADCAST].channel(request.match_info["slug"])
    rendition = request.match_info["rendition"]
    data = channel.window.initialisation(rendition)
    if data is None:
        raise NotFoundError(f"no rendition {rendition} on {channel.slug}")
    return answer(request, Content(data, SEGMENT_TYPE, IMMUTABLE, f"{rendition}-init", ranges=True))


async def segment(request: web.Request) -> web.Response:
    """Answer ``/hls/SLUG/RENDITION/SEQ.m4s``: on air now or lately; what lies ahead is not told."""
    info = request.match_info
    channel = request.app[BROADCAST].channel(info["slug"])
    seq = int(info["seq"])
    found = channel.window.get(seq) if seq <= request.app[PLAYLISTS].on_air(channel) else None
    if found is None or found.rendition != info["rendition"]:
        raise NotFoundError(f"no segment {info['rendition']}/{seq} on {channel.slug} now")
    channel.window.watch()
    try:
        data = await asyncio.to_thread(getattr, found, "data") if found.is_light else found.data
    except OSError as error:
        raise NotFoundError(f"segment {seq} of {channel.slug} is gone: {error.strerror}") from error
    return answer(request, Content(data, SEGMENT_TYPE, IMMUTABLE, f"{found.rendition}-{seq}", ranges=True))


def unavailable(why: str) -> web.HTTPServiceUnavailable:
    """Return a 503 that says why and to come back soon."""
    return web.HTTPServiceUnavailable(text=f"{why}\n", headers={hdrs.RETRY_AFTER: "2"})
