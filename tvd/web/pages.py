"""The pages people see."""

import aiohttp_jinja2
from aiohttp import web

from tvd.web.answers import HTML_TYPE, Content, answer
from tvd.web.keys import BROADCAST, STATIC


async def player(request: web.Request) -> web.Response:
    """Answer ``/`` and ``/watch/SLUG``: the television set, tuned to SLUG or to what was watched last."""
    broadcast, files = request.app[BROADCAST], request.app[STATIC]
    slug = request.match_info.get("slug")
    tuned = broadcast.channel(slug) if slug is not None else None
    html = aiohttp_jinja2.render_string(
        "player.html",
        request,
        {
            "title": broadcast.title,
            "tuned": tuned,
            "channels": broadcast.channels(),
            "static": files.url,
            "modules": files.modules("player/main.js"),
        },
    )
    return answer(request, Content.of(html.encode(), HTML_TYPE))


async def static(request: web.Request) -> web.Response:
    """Answer ``/static/...``."""
    return answer(request, request.app[STATIC].get(request.match_info["path"]))


async def favicon(request: web.Request) -> web.Response:
    """Answer ``/favicon.ico``, which browsers ask for whatever a page says."""
    return answer(request, request.app[STATIC].get("icon.svg"))
