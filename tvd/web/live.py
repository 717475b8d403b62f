"""The transport stream of a channel, an HTTP response without end: ``/live/SLUG.ts``, and ``/auto/vN`` for boxes."""

import asyncio
import contextlib
from typing import Final

from aiohttp import hdrs, web

from tvd import logs
from tvd.guide.hdhomerun import BUSY, UNKNOWN
from tvd.web.broadcast import ChannelView
from tvd.web.keys import AUDIENCE, BROADCAST, LIVE, TUNERS, UNTIMED

_WRITE: Final = 20.0
"""Seconds a viewer may take to accept one piece."""
_log = logs.get("iptv")


async def stream(request: web.Request) -> web.StreamResponse:
    """Answer ``/live/SLUG.ts`` for as long as the client reads."""
    return await send(request, request.app[BROADCAST].channel(request.match_info["slug"]))


async def auto(request: web.Request) -> web.StreamResponse:
    """Answer ``/auto/vN``, channel number N as an HDHomeRun gives it; 503 when all tuners are in use."""
    number, tuners = int(request.match_info["number"]), request.app[TUNERS]
    channel = next((one for one in request.app[BROADCAST].channels() if one.number == number), None)
    if channel is None:
        return _refused(404, UNKNOWN)
    if not tuners.free:
        _log.info("iptv.tuners_in_use", channel=channel.slug, tuners=tuners.limit)
        return _refused(503, BUSY)
    if request.method == hdrs.METH_HEAD:
        return await send(request, channel)
    with tuners.tuned():
        return await send(request, channel)


def _refused(status: int, why: str) -> web.Response:
    headers = {"X-HDHomeRun-Error": why, hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(status=status, text=f"{why}\n", headers=headers)


async def send(request: web.Request, channel: ChannelView) -> web.StreamResponse:
    """Answer with the stream of ``channel`` for as long as the client reads, whatever becomes of its ffmpeg."""
    app = request.app
    request[UNTIMED] = True
    response = web.StreamResponse(headers={hdrs.CONTENT_TYPE: "video/mp2t", hdrs.CACHE_CONTROL: "no-store"})
    if request.method == hdrs.METH_HEAD:
        await response.prepare(request)
        return response
    audience = app[AUDIENCE]
    audience.connect(channel.slug)
    try:
        async with app[LIVE].watch(channel) as live:
            await response.prepare(request)
            async with contextlib.aclosing(live.pieces()) as pieces:
                async for piece in pieces:
                    async with asyncio.timeout(_WRITE):
                        await response.write(piece)
    except (ConnectionError, TimeoutError):
        # The viewer left, or takes nothing any more: the connection is of no use to either side.
        if request.transport is not None:
            request.transport.abort()
    finally:
        audience.disconnect(channel.slug)
    return response
