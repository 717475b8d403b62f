"""Bodies that are made once and answered many times: compressed, tagged, cut into ranges (RFC 9110)."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from typing import Final

from aiohttp import hdrs, web

PLAYLIST_TYPE: Final = "application/vnd.apple.mpegurl"
JSON_TYPE: Final = "application/json"
HTML_TYPE: Final = "text/html; charset=utf-8"
NO_CACHE: Final = "no-cache"
IMMUTABLE: Final = "public, max-age=31536000, immutable"
_LEVEL: Final = 6
_TOO_SMALL: Final = 150
"""Bytes below which gzip only adds."""
_BYTE_RANGE: Final = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))", re.ASCII)


@dataclass(frozen=True, slots=True)
class Content:
    """One representation ready to send; ``zipped`` is the same under gzip, None when that is of no use.

    ``tag`` is an opaque entity tag without quotes; the compressed form gets its own.
    """

    body: bytes
    content_type: str
    cache_control: str
    tag: str
    zipped: bytes | None = None
    ranges: bool = False
    """Whether parts of it can be asked for."""

    @classmethod
    def of(cls, body: bytes, content_type: str, cache_control: str = NO_CACHE) -> "Content":
        """Return ``body`` as content, compressed and tagged by what is in it."""
        tag = hashlib.blake2b(body, digest_size=9).hexdigest()
        # A fixed time stamp keeps equal content equal, on every replica.
        zipped = gzip.compress(body, _LEVEL, mtime=0) if len(body) >= _TOO_SMALL else None
        return cls(body, content_type, cache_control, tag, zipped)


def answer(request: web.Request, content: Content) -> web.Response:
    """Return the response for ``content``: 200, 206, 304 or 416, compressed when the client takes that."""
    zipped = content.zipped if content.zipped is not None and accepts_gzip(request) else None
    etag = f'"{content.tag}-gz"' if zipped is not None else f'"{content.tag}"'
    headers: dict[str, str] = {hdrs.ETAG: etag, hdrs.CACHE_CONTROL: content.cache_control}
    if content.zipped is not None:
        headers[hdrs.VARY] = hdrs.ACCEPT_ENCODING
    if _matches(request.headers.get(hdrs.IF_NONE_MATCH), etag):
        return web.Response(status=304, headers=headers)
    headers[hdrs.CONTENT_TYPE] = content.content_type
    if zipped is not None:
        headers[hdrs.CONTENT_ENCODING] = "gzip"
        return web.Response(body=zipped, headers=headers)
    if not content.ranges:
        return web.Response(body=content.body, headers=headers)
    headers[hdrs.ACCEPT_RANGES] = "bytes"
    return _ranged(request, content.body, etag, headers)


def _ranged(request: web.Request, body: bytes, etag: str, headers: dict[str, str]) -> web.Response:
    wanted = request.headers.get(hdrs.RANGE)
    # If-Range (section 13.1.5): a range of something else is no use, so all of it is sent.
    part = None if wanted is None or request.headers.get(hdrs.IF_RANGE, etag) != etag else byte_range(wanted, len(body))
    if part is None:
        return web.Response(body=body, headers=headers)
    if not part:
        headers[hdrs.CONTENT_RANGE] = f"bytes */{len(body)}"
        headers[hdrs.CONTENT_TYPE] = "text/plain; charset=utf-8"
        return web.Response(status=416, body=b"there are no such bytes in it\n", headers=headers)
    headers[hdrs.CONTENT_RANGE] = f"bytes {part.start}-{part.stop - 1}/{len(body)}"
    return web.Response(status=206, body=body[part.start : part.stop], headers=headers)


def byte_range(header: str, size: int) -> range | None:
    """Return the bytes that a Range header asks of ``size`` bytes (section 14.1.2), an empty range when there are none.

    None when it names another unit, several ranges or nonsense: such a header is ignored (section 14.2).
    """
    match = _BYTE_RANGE.fullmatch(header.strip())
    if match is None:
        return None
    first, last, suffix = match.groups()
    if suffix is not None:
        return range(max(0, size - int(suffix)), size)
    return range(int(first), min(int(last) + 1, size) if last else size)


def accepts_gzip(request: web.Request) -> bool:
    """Return whether the client takes gzip (section 12.5.3)."""
    header = request.headers.get(hdrs.ACCEPT_ENCODING, "").lower()
    if "gzip" not in header and "*" not in header:
        return False
    if ";" not in header:
        return True
    for item in header.split(","):
        coding, *parameters = (part.strip() for part in item.split(";"))
        if coding in ("gzip", "*"):
            return not any(parameter.replace(" ", "") in _REFUSED for parameter in parameters)
    return False


_REFUSED: Final = frozenset({"q=0", "q=0.0", "q=0.00", "q=0.000"})


def _matches(header: str | None, etag: str) -> bool:
    """Return whether If-None-Match names ``etag``; weak comparison (section 13.1.2)."""
    if header is None:
        return False
    return header.strip() == "*" or any(tag.strip().removeprefix("W/") == etag for tag in header.split(","))
