"""The pages people see."""

from aiohttp import web

from tvd.web.answers import answer
from tvd.web.keys import BROADCAST, STATIC
from tvd.web.owner import owner
from tvd.web.render import chosen, page


async def player(request: web.Request) -> web.Response:
    """Answer ``/`` and ``/watch/SLUG``: the television set, tuned to SLUG or to what was watched last."""
    broadcast = request.app[BROADCAST]
    slug = request.match_info.get("slug")
    tuned = broadcast.channel(slug) if slug is not None else None
    return page(
        request,
        "player.html",
        says=("common", "player"),
        tuned=tuned,
        channels=broadcast.channels(),
        modules=request.app[STATIC].modules("player/main.js"),
        chosen_lang=chosen(request),
    )


async def static(request: web.Request) -> web.Response:
    """Answer ``/static/...``."""
    return answer(request, request.app[STATIC].get(request.match_info["path"]))


async def favicon(request: web.Request) -> web.Response:
    """Answer ``/favicon.ico``, which browsers ask for whatever a page says."""
    return answer(request, request.app[STATIC].get("icon.svg"))


@owner
async def admin(request: web.Request) -> web.Response:
    """Answer ``/admin``: what the owner looks after."""
    return page(request, "admin.html", says=("common", "admin"), modules=request.app[STATIC].modules("admin/main.js"))
