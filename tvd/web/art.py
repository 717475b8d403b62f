"""Pictures of programmes over HTTP."""

from typing import Final

from aiohttp import web

from tvd.web.answers import IMMUTABLE, Content, answer
from tvd.web.keys import BROADCAST

_TYPE: Final = "image/jpeg"


async def picture(request: web.Request) -> web.Response:
    """Answer ``/art/NAME.jpg``; a name never gets another content."""
    name = request.match_info["name"]
    data = await request.app[BROADCAST].picture(f"{name}.jpg")
    return answer(request, Content(data, _TYPE, IMMUTABLE, name))
