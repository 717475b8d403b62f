"""The running channels as the web side wants to see them (:mod:`tvd.web.broadcast`)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import msgspec

from tvd.clock import Clock
from tvd.errors import NotFoundError
from tvd.guide.entries import Entry, entry_of
from tvd.guide.history import History
from tvd.guide.listing import Programme, listing, programme
from tvd.hls.playlist import Variant, date_time
from tvd.hls.window import SegmentWindow
from tvd.library.art import ArtStore
from tvd.library.normaliser import Normaliser
from tvd.library.source import Source
from tvd.media.house import Grid
from tvd.playout.channel import Channel, State
from tvd.playout.requests import Action
from tvd.playout.schedule import title_of
from tvd.playout.subtitles import ChannelSubtitles

_CONTAINER = 1.03
"""Boxes around the samples, as a share of them."""


class ChannelSeen:
    """One channel, as :class:`tvd.web.broadcast.ChannelView`. ``changed`` is told when its plan was changed."""

    def __init__(
        self,
        channel: Channel,
        find_source: Callable[[str], Source | None],
        subtitles: ChannelSubtitles,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.channel = channel
        self.subtitles = subtitles
        self._changed = changed
        self._find_source = find_source

    @property
    def number(self) -> int:
        """What a viewer dials."""
        return self.channel.config.number

    @property
    def name(self) -> str:
        """What people call it."""
        return self.channel.config.name

    @property
    def slug(self) -> str:
        """Its name in URLs."""
        return self.channel.config.slug

    @property
    def order(self) -> str:
        """How its programmes follow one another."""
        return self.channel.config.order

    @property
    def grid(self) -> Grid:
        """Its time line."""
        return self.channel.grid

    @property
    def window(self) -> SegmentWindow:
        """The segments that can be had."""
        return self.channel.window

    @property
    def window_size(self) -> int:
        """Segments in its playlist."""
        return self.channel.live.window

    def state(self) -> State:
        """Whether it plays."""
        return self.channel.state

    def fault(self) -> str:
        """Return why it does not play, or "" when all is well."""
        return self.channel.fault

    def variant(self) -> Variant | None:
        """Return what the rendition on air is like; None before the first initialisation segment."""
        return _variant(self.channel, 0)

    def renditions(self) -> Sequence["RenditionSeen"]:
        """Return its smaller sizes, largest first."""
        return [RenditionSeen(self.channel, place) for place in range(1, len(self.channel.windows))]

    def discontinuity_sequence(self, seq: int) -> int:
        """Return how often the rendition changed up to and including the start of segment ``seq``."""
        return self.channel.renditions.changes(seq)

    def listing(self, from_ns: int, to_ns: int) -> Sequence[Programme]:
        """Return what airs in [``from_ns``, ``to_ns``), in order, the partly covered included."""
        first, last = self.grid.seq_at(from_ns), self.grid.seq_at(max(from_ns, to_ns - 1))
        return listing(self.channel.promise.schedule, first, last + 1, self._find_source)

    async def request(self, action: Action, wanted: str) -> Mapping[str, Any]:
        """Do what the owner asks of it, and tell what came of it."""
        granted = await self.channel.request(action, wanted)
        self._changed()
        item = granted.item
        return {
            "id": granted.id,
            "action": granted.action,
            "title": granted.title,
            "seq": granted.seq,
            "effective": date_time(self.grid.start_ns(granted.seq)),
            "item": None if item is None else programme(item, self._find_source(item.source), self.grid),
            "left_out": granted.count,
        }

    def entries(self, from_ns: int, to_ns: int) -> Sequence[Entry]:
        """Return the same as entries for guides, each part by itself; may be asked from any thread."""
        first, last = self.grid.seq_at(from_ns), self.grid.seq_at(max(from_ns, to_ns - 1))
        items = self.channel.promise.schedule.between(first, last + 1)
        return [entry_of(item, self._find_source(item.source), self.grid) for item in items]

    def status(self) -> Mapping[str, Any]:
        """Return what an operator wants to know."""
        fed = self.channel.feeding
        return {
            **asdict(self.channel.status()),
            "rendition": self.channel.output.generation,
            "sizes": [size.name for size in self.channel.output.house.sizes],
            "requests": self._pending(),
            "feeding": None if fed is None else {"item": fed.item, "kind": fed.kind, "segment": fed.index},
        }

    def _pending(self) -> list[dict[str, Any]]:
        """Return what the owner asked for that has not come yet, or still holds."""
        return [
            {
                "id": request.id,
                "action": request.action,
                "source": request.source,
                "title": title_of(source) if (source := self._find_source(request.source)) is not None else "",
                "start": None if item is None else date_time(self.grid.start_ns(item.seq_start)),
                "until": date_time(self.grid.start_ns(request.until)) if request.until else None,
            }
            for request, item in self.channel.promise.schedule.pending(self.channel.on_air_seq())
        ]


class RenditionSeen:
    """One smaller size of a channel, as :class:`tvd.web.broadcast.RenditionView`."""

    def __init__(self, channel: Channel, place: int) -> None:
        self._channel = channel
        self._place = place

    @property
    def name(self) -> str:
        """What it is called in URLs."""
        return self._channel.output.house.sizes[self._place].name

    @property
    def window(self) -> SegmentWindow:
        """The segments that can be had."""
        return self._channel.windows[self._place]

    def variant(self) -> Variant | None:
        """Return what it is like; None before its first initialisation segment."""
        return _variant(self._channel, self._place)


def _variant(channel: Channel, place: int) -> Variant | None:
    made = channel.initialisations.get(place)
    if made is None:
        return None
    house = channel.output.house.sizes[place]
    average = int((house.video_bitrate + house.audio_bitrate) * _CONTAINER)
    # The encoder's buffer lets one segment hold as much again as its share.
    peak = average + int(house.video_bitrate * 3 // 2 / float(channel.grid.duration))
    return Variant(made.codecs, made.width, made.height, channel.grid.fps, peak, average)


class Seen:
    """Everything on air, as :class:`tvd.web.broadcast.Broadcast`."""

    def __init__(self, clock: Clock, title: str, normaliser: Normaliser, art: ArtStore, history: History) -> None:
        self.clock = clock
        self.history = history
        self.title = title
        self._normaliser = normaliser
        self._art = art
        self._channels: dict[str, ChannelSeen] = {}

    def show(self, channels: Sequence[ChannelSeen]) -> None:
        """Show exactly these from now on, in the order of their numbers."""
        self._channels = {seen.slug: seen for seen in sorted(channels, key=lambda seen: seen.number)}

    def channels(self) -> Sequence[ChannelSeen]:
        """Return all channels, ordered by number."""
        return tuple(self._channels.values())

    def channel(self, slug: str) -> ChannelSeen:
        """Return one channel; raises :class:`NotFoundError`."""
        try:
            return self._channels[slug]
        except KeyError:
            raise NotFoundError(f"there is no channel {slug!r}") from None

    async def picture(self, name: str) -> bytes:
        """Return a programme's picture by its name; raises :class:`NotFoundError`."""
        return await self._art.read(name)

    def normaliser_status(self) -> Any:
        """Return the normaliser's queue with progress."""
        return {"paused": self._normaliser.paused, "jobs": msgspec.to_builtins(self._normaliser.status())}
