"""``/live/SLUG.ts``: the transport stream of a channel, over one HTTP response without end."""

import asyncio
import contextlib
from typing import Final

from aiohttp import hdrs, web

from tvd.web.keys import AUDIENCE, BROADCAST, LIVE, UNTIMED

_WRITE: Final = 20.0
"""Seconds a viewer may take to accept one piece."""


async def stream(request: web.Request) -> web.StreamResponse:
    """Answer ``/live/SLUG.ts`` for as long as the client reads."""
    app = request.app
    channel = app[BROADCAST].channel(request.match_info["slug"])
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
