"""The pages people see."""

from typing import Final

import msgspec
from aiohttp import hdrs, web

from tvd.web.answers import Content, answer
from tvd.web.keys import BROADCAST, LANGUAGES, STATIC, THUMBS
from tvd.web.owner import owner
from tvd.web.render import chosen, page

_NIGHT: Final = "#0c0907"
"""The page's ground, as in tokens.css: what is seen before there is a page."""


async def player(request: web.Request) -> web.Response:
    """Answer ``/`` and ``/watch/SLUG``: the television set, tuned to SLUG or to what was watched last."""
    broadcast = request.app[BROADCAST]
    slug = request.match_info.get("slug")
    tuned = broadcast.channel(slug) if slug is not None else None
    return page(
        request,
        "player.html",
        scripts=("player/start.js", "player/main.js"),
        says=("common", "player"),
        tuned=tuned,
        channels=broadcast.channels(),
        chosen_lang=chosen(request),
    )


async def thumb(request: web.Request) -> web.Response:
    """Answer ``/thumbs/SLUG.jpg``: what a channel looks like now, at most a minute ago."""
    broadcast, thumbs = request.app[BROADCAST], request.app[THUMBS]
    channel = broadcast.channel(request.match_info["slug"])
    thumbs.keep(frozenset(each.slug for each in broadcast.channels()))
    found = await thumbs.picture(channel)
    response = answer(request, found.content)
    response.last_modified = found.taken
    return response


async def manifest(request: web.Request) -> web.Response:
    """Answer ``/manifest.webmanifest``: what makes the page an application on a phone (W3C Web App Manifest)."""
    title, url = request.app[BROADCAST].title, request.app[STATIC].url
    languages = request.app[LANGUAGES]
    language = languages.choose(request)
    icons = [("icons/icon-192.png", "192x192", "any"), ("icons/icon-512.png", "512x512", "any")]
    icons += [("icons/maskable-512.png", "512x512", "maskable"), ("icon.svg", "any", "any")]
    made = {
        "id": "/",
        "name": title,
        "short_name": title[:12],
        "description": language.text("common.about"),
        "lang": language.code,
        "start_url": "/",
        "scope": "/",
        "display": "fullscreen",
        "display_override": ["fullscreen", "standalone"],
        "background_color": _NIGHT,
        "theme_color": _NIGHT,
        "categories": ["entertainment"],
        "icons": [
            {
                "src": url(name),
                "sizes": sizes,
                "type": "image/svg+xml" if name.endswith("svg") else "image/png",
                "purpose": purpose,
            }
            for name, sizes, purpose in icons
        ],
        "shortcuts": [
            {"name": language.text("guide.title"), "url": "/guide"},
            {"name": language.text("remote.title"), "url": "/remote"},
        ],
    }
    response = answer(request, Content.of(msgspec.json.encode(made), "application/manifest+json"))
    response.headers[hdrs.VARY] = "Accept-Encoding, Accept-Language, Cookie"
    return response


async def static(request: web.Request) -> web.Response:
    """Answer ``/static/...``."""
    return answer(request, request.app[STATIC].get(request.match_info["path"]))


async def favicon(request: web.Request) -> web.Response:
    """Answer ``/favicon.ico``, which browsers ask for whatever a page says."""
    return answer(request, request.app[STATIC].get("icon.svg"))


@owner
async def admin(request: web.Request) -> web.Response:
    """Answer ``/admin``: what the owner looks after."""
    return page(request, "admin.html", scripts=("admin/main.js",), says=("common", "admin"))
