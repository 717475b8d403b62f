"""Who asks, and what they call us: client addresses and absolute URLs behind proxies that are trusted or not."""

import ipaddress
import re
from collections.abc import Iterable
from typing import Final

from aiohttp import web

from tvd.config.model import Server

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_SCHEMES: Final = ("http", "https")
_AUTHORITY: Final = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


class Addresses:
    """Reads ``X-Forwarded-*`` only from the peers in ``[server] trusted_proxies``; anyone else could invent them."""

    def __init__(self, server: Server) -> None:
        self._public_url = server.public_url.rstrip("/")
        self._trusted = tuple(networks(server.trusted_proxies))

    def client(self, request: web.Request) -> str:
        """Return the address of whoever asks: the nearest one in the chain that is no proxy of ours."""
        peer = request.remote or ""
        if not self._trusts(peer):
            return peer
        hops = [hop.strip() for line in request.headers.getall("X-Forwarded-For", []) for hop in line.split(",")]
        for hop in reversed(hops):
            if not _is_address(hop):
                return peer
            peer = hop
            if not self._trusts(hop):
                break
        return peer

    def base_url(self, request: web.Request) -> str:
        """Return the absolute URL of our root as this client knows it, without a slash at its end.

        Raises 400 when what it calls us is no name: it would stand in playlists and guides.
        """
        if self._public_url:
            return self._public_url
        scheme, host = request.scheme, request.host
        if self._trusts(request.remote or ""):
            forwarded = request.headers.get("X-Forwarded-Proto", "").split(",")[-1].strip().lower()
            scheme = forwarded if forwarded in _SCHEMES else scheme
            host = request.headers.get("X-Forwarded-Host", "").split(",")[-1].strip() or host
        if not _AUTHORITY.fullmatch(host):
            raise web.HTTPBadRequest(text="Host: not the name or address of a machine")
        return f"{scheme}://{host}"

    def _trusts(self, address: str) -> bool:
        if not self._trusted or not _is_address(address):
            return False
        ip = ipaddress.ip_address(address)
        return any(ip in network for network in self._trusted)


def networks(texts: Iterable[str]) -> Iterable[Network]:
    """Yield the networks that ``texts`` name (single addresses too); raises ``ValueError`` for anything else."""
    for text in texts:
        yield ipaddress.ip_network(text, strict=False)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
