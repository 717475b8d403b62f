"""Who asks: whoever sits at this machine may change things, until there is a log-in; and pages of other sites may not.

:func:`owner` guards a handler. The client must be on loopback, and ask from a page of ours or from no page at all: any
site open in a browser on this machine could read and change things otherwise.
"""

import functools
import ipaddress
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from tvd.web.keys import ADDRESSES

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def owner(handler: Handler) -> Handler:
    """Return ``handler`` for owners only; answers 403 to anyone else."""

    @functools.wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        if not is_owner(request):
            raise web.HTTPForbidden(text="only from this machine itself (loopback)")
        if not _from_us(request):
            raise web.HTTPForbidden(text="asked by a page of another site")
        return await handler(request)

    return guarded


def is_owner(request: web.Request) -> bool:
    """Whether ``request`` comes from this machine and asks for it by a name of this machine."""
    try:
        # A name would let a site whose DNS says 127.0.0.1 ask in the owner's browser (DNS rebinding).
        named = urlsplit(f"//{request.host}").hostname or ""
        here = named == "localhost" or ipaddress.ip_address(named).is_loopback
        return here and ipaddress.ip_address(request.app[ADDRESSES].client(request)).is_loopback
    except ValueError:
        return False


def _from_us(request: web.Request) -> bool:
    """Whether no other site's page sent it (Fetch Metadata; ``Origin`` where that is missing)."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        # Following a link to a page shows it to nobody but the owner.
        followed = request.method == hdrs.METH_GET and request.headers.get("Sec-Fetch-Mode") == "navigate"
        return site in {"same-origin", "none"} or followed
    return hdrs.ORIGIN not in request.headers or our_origin(request)


def our_origin(request: web.Request) -> bool:
    """Whether a page of ours sent it, as ``Origin`` says; no page at all does not count."""
    scheme, _, authority = request.headers.get(hdrs.ORIGIN, "").partition("://")
    return bool(scheme) and authority == request.host
