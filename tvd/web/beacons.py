"""Playback telemetry: what pages tell of how well they play, into metrics. Nothing of it is kept or logged."""

from typing import Annotated, Final

import msgspec
from aiohttp import web
from msgspec import Meta

from tvd import metrics
from tvd.web.keys import ADDRESSES, BEACONS, BROADCAST

_MOST: Final = 4096
"""Bytes of a beacon; a page sends a few hundred."""

Milliseconds = Annotated[float, Meta(ge=0, le=60_000)]
Count = Annotated[int, Meta(ge=0, le=100_000)]


class Watched(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page saw of one channel since its last beacon: times the picture stood still, frames not shown, frames."""

    stalls: Annotated[int, Meta(ge=0, le=1_000)]
    dropped: Count
    frames: Count


class Beacon(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One beacon: how long changes of channel took, in milliseconds, and what was seen by slug."""

    zaps: Annotated[tuple[Milliseconds, ...], Meta(max_length=50)] = ()
    channels: Annotated[dict[str, Watched], Meta(max_length=12)] = {}


_decoder: Final = msgspec.json.Decoder(Beacon)


async def beacon(request: web.Request) -> web.Response:
    """Take ``POST /api/beacon``: 204, also when it is not counted (too many of them, or the sender wants no telemetry).

    Raises 400 for what is no beacon, 403 for one from a page of another site, 413 for one that is too large.
    """
    headers = request.headers
    if headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise web.HTTPForbidden(text="from a page of another site")
    if request.content_length is None or request.content_length > _MOST:
        raise web.HTTPRequestEntityTooLarge(_MOST, request.content_length or 0)
    body = await request.read()
    try:
        said = _decoder.decode(body)
    except msgspec.DecodeError as error:
        raise web.HTTPBadRequest(text=f"no beacon: {error}") from None
    unwanted = headers.get("DNT") == "1" or headers.get("Sec-GPC") == "1"
    if not unwanted and request.app[BEACONS].allows(request.app[ADDRESSES].client(request)):
        _count(said, {channel.slug for channel in request.app[BROADCAST].channels()})
    return web.Response(status=204)


def _count(said: Beacon, known: set[str]) -> None:
    for milliseconds in said.zaps:
        metrics.playback_zap_seconds.observe(milliseconds / 1000)
    for slug, watched in said.channels.items():
        # A label for each name that somebody invents would fill the memory.
        if slug in known:
            metrics.playback_stalls.labels(slug).inc(watched.stalls)
            metrics.playback_dropped_frames.labels(slug).inc(min(watched.dropped, watched.frames))
            metrics.playback_frames.labels(slug).inc(watched.frames)
