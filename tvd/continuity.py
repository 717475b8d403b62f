"""The generated continuity of all channels as sources: idents, "up next", sign-off, night service, sign-on.

A card's id holds all it shows (:mod:`tvd.media.cards`), so nothing is remembered here, :func:`card_source` finds a
source by its id alone, and two tvd that share a data folder draw the same cards.
"""

from collections.abc import Callable, Iterable
from datetime import tzinfo
from typing import Final

from tvd.config import model
from tvd.library.source import Source
from tvd.media.cards import Card, CardKind, Light
from tvd.media.cards.card import plain
from tvd.media.house import Grid
from tvd.media.languages import base
from tvd.playout.calendar import zone_of
from tvd.playout.daytime import local_time
from tvd.playout.rundown import ScheduleItem

_LIGHTS: Final[tuple[tuple[int, Light], ...]] = ((5, "night"), (10, "morning"), (17, "day"), (22, "evening"))
"""Until which hour it is what; night again from the last on."""
_TITLES: Final[dict[CardKind, str]] = {"sign-off": "Good night", "night": "Night service", "sign-on": "Good morning"}


def card_source(source_id: str) -> Source | None:
    """Return the source of a card by its id; None when it is none."""
    try:
        card = Card.parse(source_id)
    except KeyError:
        return None
    return _source(card)


def _source(card: Card) -> Source:
    title = f"Up next: {card.title}" if card.kind == "next" else _TITLES.get(card.kind, card.name)
    return Source(id=card.id, title=title, duration=float(card.seconds))


def light_at(grid: Grid, seq: int, zone: tzinfo | None = None) -> Light:
    """Return the time of day a card is painted for when it airs as segment ``seq``, by local time in ``zone``."""
    hour = local_time(grid, seq, zone).hour
    return next((light for until, light in _LIGHTS if hour < until), "night")


class Generated:
    """Answers for all channels of ``channels()``, as they are configured now. Pure, cheap, for any thread.

    The same question gets the same source. None: there is no such channel.
    """

    def __init__(self, channels: Callable[[], Iterable[model.Channel]]) -> None:
        self._channels = channels

    def ident(self, slug: str, seq: int | None = None) -> Source | None:
        """Return the channel's ident: its name, number and melody; painted for the time of segment ``seq``."""
        channel = self._channel(slug)
        if channel is None:
            return None
        light = "evening" if seq is None else light_at(Grid(channel.house.fps), seq, zone_of(channel.timezone))
        return _source(_card("ident", channel, light=light))

    def up_next(self, slug: str, programme: ScheduleItem, source: Source) -> Source | None:
        """Return the card that says what follows; it airs right before, so it tells no time and can air again."""
        channel = self._channel(slug)
        if channel is None:
            return None
        about = source.metadata
        title = plain((about.series if about.episodic else about.title) or source.title or programme.title)
        return _source(_card("next", channel, title=title, detail=plain(_detail(source, title))))

    def sign_off(self, slug: str, until: int | None = None) -> Source | None:
        """Return what ends the day; ``until`` is the segment with which the next one begins, None: not said."""
        channel = self._channel(slug)
        if channel is None:
            return None
        time = (
            ""
            if until is None
            else local_time(Grid(channel.house.fps), until, zone_of(channel.timezone)).strftime("%H:%M")
        )
        return _source(_card("sign-off", channel, light="night", time=time))

    def night(self, slug: str) -> Source | None:
        """Return the night service, some minutes that end as they began."""
        channel = self._channel(slug)
        return None if channel is None else _source(_card("night", channel, light="night"))

    def sign_on(self, slug: str) -> Source | None:
        """Return what begins the day."""
        channel = self._channel(slug)
        return None if channel is None else _source(_card("sign-on", channel, light="morning"))

    def _channel(self, slug: str) -> model.Channel | None:
        return next((channel for channel in self._channels() if channel.slug == slug), None)


def _card(kind: CardKind, channel: model.Channel, *, light: Light = "evening", **said: str) -> Card:
    wanted = channel.house.audio_language
    language = base(wanted[0]) if wanted else "en"
    return Card(kind, channel.slug, plain(channel.name), channel.number, light, language or "en", **said)


def _detail(source: Source, title: str) -> str:
    """Return which episode, by whom and from when: what there is of it, but for what the title says already."""
    about = source.metadata
    year = str(about.year) if about.year else ""
    of_episode = (about.episode_label, about.title) if about.episodic else ()
    return " · ".join(part for part in (*of_episode, about.artist, year) if part and part != title)
