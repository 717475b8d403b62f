"""All URLs on one page."""

from typing import Final

from aiohttp import web

from tvd.web import admin, api, art, beacons, control, guide, hls, iptv, live, ops, pages, remote, subtitles

# What a slug, a rendition, a size and a sequence number look like; anything else is no such page.
_SLUG: Final = r"{slug:[A-Za-z0-9][A-Za-z0-9_-]*}"
_RENDITION: Final = r"{rendition:[A-Za-z0-9][A-Za-z0-9._-]*}"
_SIZE: Final = r"{size:[1-9][0-9]*p}"
_NUMBER: Final = r"{number:[0-9]{1,4}}"
_SEQ: Final = r"{seq:[0-9]{1,15}}"
_LANGUAGE: Final = r"{language:[A-Za-z0-9][A-Za-z0-9-]*}"
_VERSION: Final = r"{version:[a-z0-9]+-[0-9]{2}}"

ROUTES: Final = (
    web.get("/", pages.player),
    web.get(f"/watch/{_SLUG}", pages.player),
    web.get("/guide", guide.page),
    web.get("/remote", remote.remote),
    web.get("/remote/socket", remote.socket),
    web.get("/manifest.webmanifest", pages.manifest),
    web.get(f"/thumbs/{_SLUG}.jpg", pages.thumb),
    web.get("/static/{path:.+}", pages.static),
    web.get("/favicon.ico", pages.favicon),
    web.get(f"/hls/{_SLUG}/master.m3u8", hls.multivariant),
    web.get(f"/hls/{_SLUG}/index.m3u8", hls.media),
    web.get(f"/hls/{_SLUG}/{_SIZE}/index.m3u8", hls.media),
    web.get(f"/hls/{_SLUG}/{_RENDITION}/init.mp4", hls.initialisation),
    web.get(f"/hls/{_SLUG}/{_RENDITION}/{_SEQ}.m4s", hls.segment),
    web.get(f"/hls/{_SLUG}/subs/{_LANGUAGE}/index.m3u8", subtitles.playlist),
    web.get(f"/hls/{_SLUG}/subs/{_LANGUAGE}/{_VERSION}/{_SEQ}.vtt", subtitles.segment),
    web.get(f"/live/{_SLUG}.ts", live.stream),
    web.get("/art/{name:[0-9a-f]{16}}.jpg", art.picture),
    web.get("/api/channels", api.channels),
    web.get(f"/api/channels/{_SLUG}/schedule", api.schedule),
    web.post(f"/api/channels/{_SLUG}/requests", control.request),
    web.get(f"/api/channels/{_SLUG}/asrun", guide.asrun),
    web.get(f"/api/channels/{_SLUG}/asrun.csv", guide.asrun_csv),
    web.get("/api/guide", guide.guide),
    web.get("/api/time", api.time),
    web.get("/api/status", api.status),
    web.post("/api/beacon", beacons.beacon),
    web.get("/iptv/channels.m3u", iptv.m3u),
    web.get("/iptv/guide.xml", iptv.xmltv),
    web.get(f"/iptv/logo/{_NUMBER}.png", iptv.channel_logo),
    web.get("/discover.json", iptv.discover),
    web.get("/lineup.json", iptv.lineup),
    web.get("/lineup_status.json", iptv.lineup_status),
    web.post("/lineup.post", iptv.lineup_scan),
    web.get("/device.xml", iptv.description),
    web.get(f"/auto/v{_NUMBER}", live.auto),
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
