"""What machines that watch over tvd ask: metrics, liveness, readiness."""

from aiohttp import hdrs, web
from prometheus_async.aio.web import server_stats

from tvd import metrics
from tvd.web.keys import AUDIENCE, BROADCAST, PLAYLISTS

_PLAIN = {hdrs.CACHE_CONTROL: "no-store"}


async def exposition(request: web.Request) -> web.Response:
    """Answer ``/metrics`` in the Prometheus text format or, when asked for, OpenMetrics."""
    audience = request.app[AUDIENCE]
    for channel in request.app[BROADCAST].channels():
        metrics.viewers.labels(channel.slug).set(audience.count(channel))
    response = await server_stats(request)
    response.enable_compression()
    return response


async def alive(_request: web.Request) -> web.Response:
    """Answer ``/livez``: the event loop runs, or this would not be answered."""
    return web.Response(text="ok\n", headers=_PLAIN)


async def ready(request: web.Request) -> web.Response:
    """Answer ``/readyz``: 200 when every channel can serve the segment on air, else 503 and those that cannot."""
    app = request.app
    silent = [
        f"{channel.slug}: {channel.fault() or channel.state()}"
        for channel in app[BROADCAST].channels()
        if channel.window.get(app[PLAYLISTS].on_air(channel)) is None
    ]
    if silent:
        return web.Response(status=503, text="not on air:\n" + "\n".join(silent) + "\n", headers=_PLAIN)
    return web.Response(text="ok\n", headers=_PLAIN)
