"""Channels, libraries and continuity for tests of programming: by hand, and drawn by hypothesis."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tvd.config import model, ranges
from tvd.config.programming import Block, Event, Pick, Selection
from tvd.library.metadata import Metadata
from tvd.library.source import Source
from tvd.media.house import Grid
from tvd.playout.continuity import NOTHING, Continuity
from tvd.playout.engine import Engine
from tvd.playout.material import Material
from tvd.playout.memory import Memory
from tvd.playout.rundown import ScheduleItem

GRID = Grid(30)
HOUR = 1687.5
"""Segments in an hour."""
DAY = 40_500
FILMS, SHORTS, FILLERS = Path("/v/films"), Path("/v/shorts"), Path("/v/fillers")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns")
GENRES = ("drama", "comedy", "western")


def seq(text: str) -> int:
    """Return the first segment at or after an ISO time (UTC)."""
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return GRID.seq_at(int(moment.timestamp()) * 10**9 - 1) + 1


def film(number: int, minutes: float, **about: Any) -> Source:
    return Source(
        id=f"{number:016x}",
        path=FILMS / f"{number}.mkv",
        title=f"Film {number}",
        duration=minutes * 60,
        metadata=Metadata(**about),
    )


def episode(number: int, series: str, season: int, count: int, minutes: float = 25) -> Source:
    return film(number, minutes, series=series, season=season, episode=count, genres=("drama",))


def short(number: int, seconds: float, folder: Path = FILLERS) -> Source:
    return Source(id=f"{folder.name} {number:04}", path=folder / f"{number}.mkv", title="Short", duration=seconds)


def channel(**keys: Any) -> model.Channel:
    keys.setdefault("folders", (FILMS,))
    return model.Channel(number=1, name="One", slug="one", **{"timezone": "Europe/Berlin", **keys})


def plan(
    config: model.Channel,
    sources: Sequence[Source],
    start: int,
    stop: int,
    continuity: Continuity = NOTHING,
    memory: Memory | None = None,
) -> list[ScheduleItem]:
    engine, items = Engine(config, continuity), []
    memory = memory or Memory()
    for one in engine.lay_out(Material(config, tuple(sources)), memory, start, opening=not memory.last):
        items.append(one.item)
        if one.item.seq_stop >= stop:
            break
    return items


def contiguous(items: Sequence[ScheduleItem]) -> bool:
    return all(one.seq_stop == following.seq_start for one, following in pairwise(items))


@dataclass
class Drawn:
    """Continuity that has everything; what is announced is in the card's identity."""

    def _card(self, name: str, seconds: float) -> Source:
        return Source(id=f"drawn:{name}", title=name, duration=seconds)

    def ident(self, slug: str, seq: int) -> Source | None:  # noqa: ARG002 - of the protocol
        return self._card(f"ident {slug}", 6)

    def up_next(self, slug: str, programme: ScheduleItem, source: Source) -> Source | None:  # noqa: ARG002 - of the protocol
        assert programme.source == source.id
        return self._card(f"next {source.id}", 8)

    def sign_off(self, slug: str, until: int) -> Source | None:  # noqa: ARG002 - of the protocol
        return self._card("off", 10)

    def night(self, slug: str) -> Source | None:  # noqa: ARG002 - of the protocol
        return self._card("night", 300)

    def sign_on(self, slug: str) -> Source | None:  # noqa: ARG002 - of the protocol
        return self._card("on", 10)


# What is drawn -------------------------------------------------------------------------------------------------------

minutes = st.integers(1, 150)


@st.composite
def libraries(draw: st.DrawFn) -> list[Source]:
    sources = []
    for number in range(draw(st.integers(1, 12))):
        genres = tuple(draw(st.sets(st.sampled_from(GENRES), max_size=2)))
        year = draw(st.none() | st.integers(1930, 2020))
        sources.append(film(number, draw(minutes) + draw(st.integers(0, 59)) / 60, genres=genres, year=year))
    number = 100
    for name in draw(st.sets(st.sampled_from(["Harbour Watch", "The Pier"]))):
        length = draw(st.integers(5, 50))
        for season in range(1, draw(st.integers(1, 2)) + 1):
            for count in range(1, draw(st.integers(1, 5)) + 1):
                sources.append(episode(number, name, season, count, length))
                number += 1
    sources += [short(number, draw(st.integers(5, 240))) for number in range(draw(st.integers(0, 6)))]
    return sources


times = st.integers(0, 23).flatmap(lambda hour: st.sampled_from([f"{hour:02}:{each}" for each in ("00", "30", "47")]))
orders = st.sampled_from(["", "shuffle", "sequential", "random", "series"])


@st.composite
def selections(draw: st.DrawFn) -> dict[str, Any]:
    return draw(
        st.sampled_from(
            [
                {},
                {"genres": ("drama",)},
                {"genres": ("com*", "western")},
                {"years": "1960-1990"},
                {"duration": "20m-60m"},
                {"series": ("the *",)},
                {"title": ("film 1*",)},
            ]
        )
    )


@st.composite
def channels(draw: st.DrawFn) -> model.Channel:
    blocks = []
    for number in range(draw(st.integers(0, 3))):
        begin, end = draw(times), draw(times)
        if begin == end:
            continue
        mixed = draw(st.booleans())
        marathon = "" if mixed else draw(st.sampled_from(["", "", "series", "season"]))
        picks = tuple(
            Pick(**draw(selections()), order=draw(orders), weight=draw(st.integers(1, 3))) for _ in range(2 * mixed)
        )
        what = {} if mixed else draw(selections())
        kind = "night" if not mixed and not marathon and draw(st.integers(0, 4)) == 0 else "programmes"
        blocks.append(
            Block(
                name=f"Block {number}",
                from_=begin,
                to=end,
                days=tuple(draw(st.sets(st.sampled_from(["mon", "sat", "sun"])))),
                kind=kind,
                picks=picks,
                order=draw(orders),
                marathon=marathon,
                exact=draw(st.booleans()),
                **what,
            )
        )
    events = [
        Event(name=f"Event {number}", at=draw(times), order=draw(orders), **draw(selections()))
        for number in range(draw(st.integers(0, 3)))
    ]
    return channel(
        order=draw(st.sampled_from(["shuffle", "sequential", "random", "series"])),
        timezone=draw(st.sampled_from(ZONES)),
        repeat=draw(st.sampled_from([0.0, 3600.0, 86_400.0])),
        fillers=(FILLERS,) * draw(st.booleans()),
        blocks=tuple(blocks),
        events=tuple(events),
    )


# Days on which the clocks of those zones change, and an ordinary one.
starts = st.sampled_from(["2026-03-28", "2026-10-24", "2026-11-01", "2026-04-04", "2026-06-10"])


def selected(selection: Selection, source: Source) -> bool:
    """Whether ``source`` meets ``selection``: the rule said once more, slowly."""
    about, name = source.metadata, source.title.casefold()
    if selection.genres and not {glob.replace("com*", "comedy") for glob in selection.genres} & set(about.genres):
        return False
    if selection.years:
        first, last = ranges.years(selection.years)
        if about.year is None or not first <= about.year <= last:
            return False
    if selection.duration:
        least, most = ranges.lasts(selection.duration)
        if not least <= source.duration <= most:
            return False
    if selection.series and not about.series.startswith("The "):
        return False
    return not selection.title or name.startswith("film 1")
