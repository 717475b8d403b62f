"""The owner's page and what it asks: resources, library, channel settings, log. For owners only."""

from typing import Any, Final

import msgspec
from aiohttp import hdrs, web

from tvd.errors import ConfigError, ConflictError
from tvd.logbook import LEVELS, LOGBOOK
from tvd.web.answers import JSON_TYPE
from tvd.web.api import json
from tvd.web.keys import DESK
from tvd.web.owner import owner

_MOST: Final = 500
"""Rows in one answer."""
_BODY: Final = 64 * 1024


@owner
async def resources(request: web.Request) -> web.Response:
    """Answer ``/api/admin/resources``: processor, memory, disk."""
    return json(request, await request.app[DESK].resources())


@owner
async def library(request: web.Request) -> web.Response:
    """Answer ``/api/admin/library?state=&channel=&q=&offset=&limit=``: sources, those with trouble first."""
    query = request.query
    page = request.app[DESK].library(
        state=query.get("state", ""),
        channel=query.get("channel", ""),
        text=query.get("q", ""),
        offset=_whole(request, "offset", 0),
        limit=min(_MOST, _whole(request, "limit", 100)),
    )
    return json(request, page)


@owner
async def log(request: web.Request) -> web.Response:
    """Answer ``/api/admin/log?after=&level=&channel=&q=``: the newest lines behind number ``after``, oldest first."""
    query = request.query
    level = query.get("level", LEVELS[0])
    if level not in LEVELS:
        raise web.HTTPBadRequest(text=f"level: one of {', '.join(LEVELS)}")
    newest, lines = LOGBOOK.after(
        _whole(request, "after", 0), level=level, channel=query.get("channel", ""), text=query.get("q", ""), most=_MOST
    )
    return json(request, {"newest": newest, "lines": lines})


@owner
async def settings(request: web.Request) -> web.Response:
    """Answer ``/api/admin/channels``: the settings of every channel, and what may be chosen."""
    return await _settings(request)


@owner
async def change(request: web.Request) -> web.Response:
    """Answer ``PUT /api/admin/channels/SLUG``: write the keys that differ; 422 with every fault when they are wrong.

    With ``If-Match: "VERSION"`` only over that version of them, with ``If-None-Match: *`` only a new channel; else 412.
    """
    version = "" if hdrs.IF_NONE_MATCH in request.headers else request.headers.get(hdrs.IF_MATCH)
    try:
        await request.app[DESK].change(
            request.match_info["slug"], await _table(request), version and version.strip('"')
        )
    except ConflictError as error:
        raise web.HTTPPreconditionFailed(text=str(error)) from None
    except ConfigError as error:
        return _refused(error)
    return await _settings(request)


@owner
async def reset(request: web.Request) -> web.Response:
    """Answer ``DELETE /api/admin/channels/SLUG``: the hand-written settings again; one made here disappears."""
    try:
        await request.app[DESK].reset(request.match_info["slug"])
    except ConfigError as error:
        return _refused(error)
    return await _settings(request)


async def _settings(request: web.Request) -> web.Response:
    desk = request.app[DESK]
    return json(request, {"channels": await desk.settings(), "choices": desk.choices()})


def _refused(error: ConfigError) -> web.Response:
    told = {
        "error": "not saved",
        # Where it stands is the owner's business; the place in the list is ours alone.
        "faults": [{"key": fault.key.partition("].")[2] or fault.key, "what": fault.what} for fault in error.faults],
    }
    return web.Response(status=422, body=msgspec.json.encode(told), content_type=JSON_TYPE)


async def _table(request: web.Request) -> dict[str, Any]:
    if request.content_type != JSON_TYPE:
        raise web.HTTPUnsupportedMediaType(text="send JSON")
    if (request.content_length or 0) > _BODY:
        raise web.HTTPRequestEntityTooLarge(_BODY, request.content_length or 0)
    try:
        return msgspec.json.decode(await request.read(), type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise web.HTTPBadRequest(text=f"no JSON object: {error}") from None


def _whole(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 12):
        raise web.HTTPBadRequest(text=f"{name}: a whole number")
    return int(text)
