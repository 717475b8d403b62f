"""The guide of all channels for pages and boxes: the as-run log up to what is on air, the plan from there on.

What is asked often is made once: off the event loop, at most every ``FRESH`` seconds, and only the channels anew whose
programmes changed.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from tvd.clock import NS
from tvd.guide import history, xmltv
from tvd.guide.entries import Entry, contiguous, readable
from tvd.web.answers import Content
from tvd.web.broadcast import Broadcast, ChannelView

FRESH: Final = 2.0
"""Seconds an answer holds."""
MOST: Final = 2_000
"""Entries of one channel in ``guide.xml``: a channel of short clips is told for fewer days."""
XML_TYPE: Final = "application/xml; charset=utf-8"
_BEFORE: Final = 2 * 3600 * NS
"""Nanoseconds looked at before what was asked for: what airs between programmes belongs to the one before it."""
_PAST: Final = 3 * 3600 * NS
_HOUR: Final = 3600 * NS
_CHUNK: Final = 6 * _HOUR
"""Nanoseconds of schedule asked for at once: nobody else waits long for the schedule meanwhile."""
_NAMES: Final = 4
_SPANS: Final = 16


def logo(channel: ChannelView) -> str:
    """Return the path of the channel's picture."""
    return f"/iptv/logo/{channel.number}.png"


@dataclass(frozen=True, slots=True)
class _Asked:
    """One channel with what the as-run log says, still to be put before the plan; ``cut`` is where the plan begins."""

    channel: ChannelView
    aired: Sequence[Entry]
    cut: int

    def entries(self, from_ns: int, to_ns: int) -> list[Entry]:
        """Return the entries of the guide; may take a while and belongs in a thread."""
        planned = _planned(self.channel, max(self.cut, from_ns - _BEFORE), to_ns) if to_ns > self.cut else []
        whole = readable([*self.aired, *planned])
        return [entry for entry in whole if entry.start_ns < to_ns and entry.stop_ns > from_ns]


def _planned(channel: ChannelView, from_ns: int, to_ns: int) -> list[Entry]:
    found: list[Entry] = []
    at = from_ns
    while at < to_ns:
        more = channel.entries(at, min(at + _CHUNK, to_ns))
        found += [entry for entry in more if not found or entry.start_ns >= found[-1].stop_ns]
        at = max(at + _CHUNK, more[-1].stop_ns if more else 0)
    return found


@dataclass(slots=True)
class _Kept:
    """Something made lately."""

    content: Content
    made_ns: int


@dataclass(slots=True)
class _Guide:
    """``guide.xml`` without addresses, each channel's part by its slug, and the same for the names tvd is known by."""

    text: list[str] = field(default_factory=list)
    made_ns: int = 0
    parts: dict[str, tuple[int, str]] = field(default_factory=dict)
    contents: dict[str, Content] = field(default_factory=dict)


class Listings:
    """Asked by the handlers; ``days`` is how far ``guide.xml`` reaches."""

    def __init__(self, broadcast: Broadcast, days: int) -> None:
        self._broadcast = broadcast
        self._days = days
        self._guide = _Guide()
        self._spans: dict[tuple[int, int], _Kept] = {}
        self._making = asyncio.Lock()

    async def entries(self, channel: ChannelView, from_ns: int, to_ns: int) -> list[Entry]:
        """Return what the guide has of ``channel`` in [``from_ns``, ``to_ns``), the partly covered included."""
        asked = await self._asked(channel, from_ns, to_ns)
        return await asyncio.to_thread(asked.entries, from_ns, to_ns)

    async def span(
        self, from_ns: int, to_ns: int, written: Callable[[list[tuple[ChannelView, list[Entry]]]], Content]
    ) -> Content:
        """Return what ``written`` makes of all channels' entries in that time; made again after ``FRESH`` seconds."""
        async with self._making:
            kept = self._spans.get((from_ns, to_ns))
            if kept is None or not self._fresh(kept.made_ns):
                asked = [await self._asked(one, from_ns, to_ns) for one in self._broadcast.channels()]

                def made() -> Content:
                    return written([(one.channel, one.entries(from_ns, to_ns)) for one in asked])

                kept = _Kept(await asyncio.to_thread(made), self._broadcast.clock.now_ns())
                self._spans[from_ns, to_ns] = kept
                while len(self._spans) > _SPANS:
                    del self._spans[next(iter(self._spans))]
            return kept.content

    async def xmltv(self, base: str) -> Content:
        """Return ``guide.xml`` for those who know us as ``base``."""
        async with self._making:
            guide = self._guide
            if not guide.text or not self._fresh(guide.made_ns):
                await self._write(guide)
            content = guide.contents.get(base)
            if content is None:
                content = guide.contents[base] = await asyncio.to_thread(_addressed, guide.text, base)
                while len(guide.contents) > _NAMES:
                    del guide.contents[next(iter(guide.contents))]
            return content

    async def _write(self, guide: _Guide) -> None:
        hour = self._broadcast.clock.now_ns() // _HOUR * _HOUR
        from_ns, to_ns = hour - _PAST, hour + self._days * 24 * _HOUR
        asked = [await self._asked(one, from_ns, to_ns) for one in self._broadcast.channels()]

        def made() -> list[str]:
            guide.parts = {
                one.channel.slug: _part(one.channel, one.entries(from_ns, to_ns), guide.parts.get(one.channel.slug))
                for one in asked
            }
            channels = (one.channel for one in asked)
            heads = [xmltv.channel(channel.number, channel.name, logo(channel)) for channel in channels]
            parts = [part for _, part in guide.parts.values()]
            return [xmltv.head(self._broadcast.title), *heads, *parts, xmltv.TAIL]

        text = await asyncio.to_thread(made)
        if text != guide.text:
            guide.text, guide.contents = text, {}
        guide.made_ns = self._broadcast.clock.now_ns()

    def _fresh(self, made_ns: int) -> bool:
        return 0 <= self._broadcast.clock.now_ns() - made_ns < FRESH * NS

    async def _asked(self, channel: ChannelView, from_ns: int, to_ns: int) -> _Asked:
        now = self._broadcast.clock.now_ns()
        current = next(iter(channel.entries(now, now + 1)), None)
        cut = current.start_ns if current else now
        first = from_ns - _BEFORE
        if first >= cut:
            return _Asked(channel, (), cut)
        airings = await self._broadcast.history.between(channel.slug, first, min(cut, to_ns))
        aired = [_before(history.entry_of(airing), cut, channel) for airing in airings]
        return _Asked(channel, [entry for entry in aired if entry.start_ns < entry.stop_ns], cut)


def _before(entry: Entry, cut: int, channel: ChannelView) -> Entry:
    """Return the part of ``entry`` that aired before ``cut``."""
    if entry.stop_ns <= cut:
        return entry
    return msgspec.structs.replace(entry, stop_ns=cut, seq_stop=channel.grid.seq_at(cut))


def _part(channel: ChannelView, entries: Sequence[Entry], known: tuple[int, str] | None) -> tuple[int, str]:
    """Return the programmes of a channel, as they were written before when they are the same."""
    told = contiguous(entries[:MOST], channel.name)
    key = hash((channel.number, *((entry.start_ns, entry.stop_ns, entry.title, entry.words) for entry in told)))
    return known if known and known[0] == key else (key, xmltv.programmes(channel.number, told))


def _addressed(text: Sequence[str], base: str) -> Content:
    # Piece by piece, so that the event loop gets its turn in between.
    address = xmltv.text(base)
    return Content.of(b"".join([piece.replace(xmltv.BASE, address).encode() for piece in text]), XML_TYPE)
