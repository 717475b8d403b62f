"""What owners may ask of a channel on air."""

from typing import Annotated, Final

import msgspec
from aiohttp import web

from tvd.web.api import json
from tvd.web.broadcast import Action
from tvd.web.keys import BROADCAST
from tvd.web.owner import owner

_LONGEST: Final = 4096
"""Bytes of a request; a title is shorter."""


class _Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    action: Action
    source: Annotated[str, msgspec.Meta(max_length=1000)] = ""


@owner
async def request(request: web.Request) -> web.Response:
    """Answer ``POST /api/channels/SLUG/requests``.

    The body is JSON: ``action`` (next, now, skip, remove) and, but for skip, ``source``: an identity, a title, or part
    of one. 400 for anything else, 404 when there is no such channel or source, 409 when there is nothing to do it to.
    """
    channel = request.app[BROADCAST].channel(request.match_info["slug"])
    body = await request.read()
    if len(body) > _LONGEST:
        raise web.HTTPRequestEntityTooLarge(max_size=_LONGEST, actual_size=len(body))
    try:
        wanted = msgspec.json.decode(body, type=_Request)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise web.HTTPBadRequest(text=f'not a request such as {{"action": "skip"}}: {error}') from None
    if wanted.action != "skip" and not wanted.source.strip():
        raise web.HTTPBadRequest(text=f"source: say what to {wanted.action}")
    return json(request, await channel.request(wanted.action, wanted.source))
