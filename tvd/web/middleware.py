"""What holds for every request: timing, errors as answers, CORS, security headers."""

import time
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

import msgspec
from aiohttp import hdrs, web

from tvd import logs
from tvd.errors import ConflictError, NotFoundError, TvdError
from tvd.metrics import http_request_duration_seconds
from tvd.web.answers import JSON_TYPE
from tvd.web.keys import UNTIMED
from tvd.web.render import html

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_log = logs.get("web")

_OPEN: Final = ("/hls/", "/live/", "/api/", "/iptv/")
"""Where any web page may read: what viewers can watch is no secret to the page they watch it on."""
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Range, If-None-Match, If-Range",
    "Access-Control-Max-Age": "86400",
}
# Everything from our own files: no inline script or style anywhere, so injected markup can do nothing.
# blob: is what Media Source Extensions play from.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)


async def common_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add what every answer carries, streams included (a signal, so before their headers leave)."""
    headers = response.headers
    headers[hdrs.SERVER] = "tvd"
    headers["X-Content-Type-Options"] = "nosniff"
    if request.path.startswith(_OPEN):
        headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = "*"
        headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = "Content-Length, Content-Range, Date, ETag"
    elif headers.get(hdrs.CONTENT_TYPE, "").startswith("text/html"):
        headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        headers["Referrer-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"


@web.middleware
async def timed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Observe how long answering took, by route (never by URL: there are endless URLs)."""
    before = time.perf_counter()
    status = 500
    try:
        response = await handler(request)
        status = response.status
    except web.HTTPException as error:
        status = error.status
        raise
    finally:
        if UNTIMED not in request:
            resource = request.match_info.route.resource
            route = resource.canonical if resource is not None else "none"
            http_request_duration_seconds.labels(route, _method(request), f"{status // 100}xx").observe(
                time.perf_counter() - before
            )
    return response


def _method(request: web.Request) -> str:
    # Anyone can invent methods; a label must not grow with them.
    return request.method if request.method in hdrs.METH_ALL else "other"


@web.middleware
async def cross_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer preflight requests (Fetch standard) where any page may read."""
    if request.method == hdrs.METH_OPTIONS and request.path.startswith(_OPEN):
        return web.Response(status=204, headers=_PREFLIGHT)
    return await handler(request)


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors into answers: JSON for the API, a page for people, a line of text elsewhere, never a stack trace."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        # What routing says of a wrong address is no sentence.
        lost = error.status == 404 and request.match_info.http_exception is error
        why = "there is nothing at this address" if lost else (error.text or error.reason).strip()
        return _told(request, error.status, why, error.headers)
    except NotFoundError as error:
        return _told(request, 404, str(error))
    except ConflictError as error:
        return _told(request, 409, str(error))
    except TvdError as error:
        return _told(request, 400, str(error))
    except ConnectionError:
        # The client left; there is nobody to tell.
        raise
    except Exception:  # noqa: BLE001 - the border: whatever broke is logged whole and told in one line
        _log.exception("request.failed", method=request.method, path=request.path)
        return _told(request, 500, "something broke here; the log knows more")


def _told(
    request: web.Request, status: int, why: str, headers: Mapping[str, str] = MappingProxyType({})
) -> web.Response:
    kept = {name: headers[name] for name in (hdrs.ALLOW, hdrs.RETRY_AFTER) if name in headers}
    kept[hdrs.CACHE_CONTROL] = "no-store"
    if request.path.startswith("/api/"):
        body = msgspec.json.encode({"error": why})
        return web.Response(status=status, body=body, content_type=JSON_TYPE, headers=kept)
    if "text/html" in request.headers.get(hdrs.ACCEPT, "") and not request.path.startswith(_OPEN):
        page = html(request, "lost.html", why=why)
        return web.Response(status=status, text=page, content_type="text/html", headers=kept)
    return web.Response(status=status, text=f"{why}\n", headers=kept)
