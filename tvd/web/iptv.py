"""What television boxes and IPTV players ask: M3U, XMLTV, channel pictures, and an HDHomeRun's answers."""

from typing import Final

from aiohttp import web

from tvd.errors import NotFoundError
from tvd.guide import hdhomerun, ssdp
from tvd.guide.m3u import Listed, render_m3u
from tvd.web.answers import Content, answer
from tvd.web.api import json
from tvd.web.keys import ADDRESSES, BROADCAST, DEVICE, LISTINGS, LOGOS
from tvd.web.listings import XML_TYPE, logo

M3U_TYPE: Final = "audio/x-mpegurl; charset=utf-8"
HD: Final = 720
"""Lines from which on boxes call a channel HD."""


async def m3u(request: web.Request) -> web.Response:
    """Answer ``/iptv/channels.m3u``: HLS for players, or ``?format=ts`` for those that want raw streams."""
    form = request.query.get("format", "hls")
    if form not in {"hls", "ts"}:
        raise web.HTTPBadRequest(text='format: "hls" or "ts"')
    broadcast = request.app[BROADCAST]
    listed = [
        Listed(
            number=channel.number,
            name=channel.name,
            logo=logo(channel),
            url=f"/hls/{channel.slug}/master.m3u8" if form == "hls" else f"/live/{channel.slug}.ts",
        )
        for channel in broadcast.channels()
    ]
    text = render_m3u(broadcast.title, request.app[ADDRESSES].base_url(request), listed)
    return answer(request, Content.of(text.encode(), M3U_TYPE))


async def xmltv(request: web.Request) -> web.Response:
    """Answer ``/iptv/guide.xml``."""
    return answer(request, await request.app[LISTINGS].xmltv(request.app[ADDRESSES].base_url(request)))


async def channel_logo(request: web.Request) -> web.Response:
    """Answer ``/iptv/logo/N.png``: the number of the channel as a picture."""
    number = int(request.match_info["number"])
    if all(channel.number != number for channel in request.app[BROADCAST].channels()):
        raise NotFoundError(f"no channel {number}")
    return answer(request, await request.app[LOGOS].get(number))


# HDHomeRun -----------------------------------------------------------------------------------------------------------


async def discover(request: web.Request) -> web.Response:
    """Answer ``/discover.json``."""
    device = await request.app[DEVICE]()
    return json(request, hdhomerun.discover(device, request.app[ADDRESSES].base_url(request)))


async def lineup(request: web.Request) -> web.Response:
    """Answer ``/lineup.json``."""
    channels = []
    for channel in request.app[BROADCAST].channels():
        variant = channel.variant()
        channels.append((channel.number, channel.name, variant is not None and variant.height >= HD))
    return json(request, hdhomerun.lineup(request.app[ADDRESSES].base_url(request), channels))


async def lineup_status(request: web.Request) -> web.Response:
    """Answer ``/lineup_status.json``."""
    return json(request, hdhomerun.LINEUP_STATUS)


async def lineup_scan(_request: web.Request) -> web.Response:
    """Answer ``POST /lineup.post?scan=start``: done before it began, and nothing is changed by it."""
    return web.Response()


async def description(request: web.Request) -> web.Response:
    """Answer ``/device.xml``, where SSDP sends those who found us."""
    text = ssdp.description(await request.app[DEVICE](), request.app[ADDRESSES].base_url(request))
    return answer(request, Content.of(text.encode(), XML_TYPE))
