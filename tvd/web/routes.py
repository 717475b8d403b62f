"""All URLs on one page."""

from typing import Final

from aiohttp import web

from tvd.web import admin, api, hls, live, ops, pages

# What a slug, a rendition and a sequence number look like; anything else is no such page.
_SLUG: Final = r"{slug:[A-Za-z0-9][A-Za-z0-9_-]*}"
_RENDITION: Final = r"{rendition:[A-Za-z0-9][A-Za-z0-9._-]*}"
_SEQ: Final = r"{seq:[0-9]{1,15}}"

ROUTES: Final = (
    web.get("/", pages.player),
    web.get(f"/watch/{_SLUG}", pages.player),
    web.get("/static/{path:.+}", pages.static),
    web.get("/favicon.ico", pages.favicon),
    web.get(f"/hls/{_SLUG}/master.m3u8", hls.multivariant),
    web.get(f"/hls/{_SLUG}/index.m3u8", hls.media),
    web.get(f"/hls/{_SLUG}/{_RENDITION}/init.mp4", hls.initialisation),
    web.get(f"/hls/{_SLUG}/{_RENDITION}/{_SEQ}.m4s", hls.segment),
    web.get(f"/live/{_SLUG}.ts", live.stream),
    web.get("/api/channels", api.channels),
    web.get(f"/api/channels/{_SLUG}/schedule", api.schedule),
    web.get("/api/time", api.time),
    web.get("/api/status", api.status),
    web.get("/metrics", ops.exposition),
    web.get("/livez", ops.alive),
    web.get("/readyz", ops.ready),
)

OWNER_ROUTES: Final = (
    web.get("/admin", pages.admin),
    web.get("/api/admin/resources", admin.resources),
    web.get("/api/admin/library", admin.library),
    web.get("/api/admin/log", admin.log),
    web.get("/api/admin/channels", admin.settings),
    web.put(f"/api/admin/channels/{_SLUG}", admin.change),
    web.delete(f"/api/admin/channels/{_SLUG}", admin.reset),
)
"""For owners only, each handler guarded."""
