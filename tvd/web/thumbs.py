"""``/thumbs/SLUG.jpg``: what a channel looks like, one small picture per channel and minute, made while somebody asks.

The pictures come from segments that are held anyway. Few are made at once and each only once; a channel nobody lists
costs nothing.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Final

from aiohttp import hdrs, web

from tvd import logs
from tvd.clock import NS, Clock
from tvd.errors import NotFoundError, TvdError
from tvd.media.ffmpeg import find_ffmpeg
from tvd.media.thumbnail import ThumbnailError, thumbnail
from tvd.web.answers import Content
from tvd.web.broadcast import ChannelView

_FRESH: Final = 60
"""Seconds a picture serves."""
_AT_ONCE: Final = 1
_WAITING: Final = 64
"""Requests that may wait for their turn; more are sent away."""
_CACHE: Final = "public, max-age=30"

_log = logs.get("thumbs")


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG of a channel: made for ``minute`` (since 1970), of the segment that went on air at second ``taken``."""

    minute: int
    taken: int
    content: Content


class Thumbs:
    """The last picture of each channel. ``binary`` is which ffmpeg makes them, as in ``[ffmpeg] binary``."""

    def __init__(self, clock: Clock, binary: str) -> None:
        self._clock = clock
        self._binary = binary
        self._ffmpeg: str | None = None
        self._pictures: dict[str, Picture] = {}
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0
        self.made = 0
        """How many were made since the start."""

    async def picture(self, channel: ChannelView) -> Picture:
        """Return a picture of ``channel``, at most a minute old unless there is no newer one to be had.

        Raises :class:`NotFoundError` when the channel has none, 503 when too many ask at once.
        """
        if (found := self._fresh(channel)) is not None:
            return found
        if self._waiting >= _WAITING:
            raise web.HTTPServiceUnavailable(text="too many pictures at once", headers={hdrs.RETRY_AFTER: "5"})
        self._waiting += 1
        try:
            async with self._turns:
                # Whoever waited behind the one that made it finds it here.
                return self._fresh(channel) or await self._make(channel)
        finally:
            self._waiting -= 1

    def keep(self, slugs: frozenset[str]) -> None:
        """Forget the pictures of all other channels."""
        for slug in self._pictures.keys() - slugs:
            del self._pictures[slug]

    def _fresh(self, channel: ChannelView) -> Picture | None:
        found = self._pictures.get(channel.slug)
        return found if found is not None and found.minute == self._minute() else None

    def _minute(self) -> int:
        return self._clock.now_ns() // (_FRESH * NS)

    async def _make(self, channel: ChannelView) -> Picture:
        minute, seq = self._minute(), channel.grid.seq_at(self._clock.now_ns())
        segment = channel.window.get(seq)
        initialisation = channel.window.initialisation(segment.rendition) if segment is not None else None
        if segment is None or initialisation is None:
            raise NotFoundError(f"no picture of {channel.slug} now")
        try:
            data = await asyncio.to_thread(getattr, segment, "data")
            body = await thumbnail(await self._binary_path(), initialisation, data)
        except (ThumbnailError, OSError) as error:
            _log.warning("thumbnail.failed", channel=channel.slug, segment=seq, reason=str(error))
            raise NotFoundError(f"no picture of {channel.slug} now") from error
        self.made += 1
        taken = channel.grid.start_ns(seq) // NS
        # JPEG is compressed already.
        tag = hashlib.blake2b(body, digest_size=9).hexdigest()
        made = Picture(minute, taken, Content(body, "image/jpeg", _CACHE, tag))
        self._pictures[channel.slug] = made
        return made

    async def _binary_path(self) -> str:
        if self._ffmpeg is None:
            try:
                self._ffmpeg = (await find_ffmpeg(self._binary)).path
            except TvdError as error:
                raise ThumbnailError(str(error)) from error
        return self._ffmpeg
