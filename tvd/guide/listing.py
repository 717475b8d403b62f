"""What is on: programmes as pages and the API show them, out of the schedule. Pure functions."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

import msgspec

from tvd.hls.playlist import date_time
from tvd.library.metadata import Metadata
from tvd.library.source import Source
from tvd.media.house import NS, Grid
from tvd.playout.asrun import AsRun
from tvd.playout.rundown import ItemKind, ScheduleItem

_NOTHING: Final = Metadata()

FindSource = Callable[[str], Source | None]
"""Returns a source by its identity; None when it is not known any more."""


class Schedule(Protocol):
    """What is asked of a channel's schedule (``ChannelSchedule`` is one)."""

    @property
    def grid(self) -> Grid:
        """The grid its segments are numbered on."""
        ...

    def between(self, seq_from: int, seq_to: int) -> tuple[ScheduleItem, ...]:
        """Return what airs from ``seq_from`` to before ``seq_to``, in order."""
        ...


class Chapter(msgspec.Struct, frozen=True, gc=False):
    """A chapter of a programme: when it begins in this airing (UTC, as ``Programme.start``), and its title or ""."""

    start: str
    title: str


class Programme(msgspec.Struct, frozen=True, kw_only=True):
    """One programme of the guide.

    ``start`` and ``stop`` are UTC, ISO 8601 to the millisecond; ``seq_start`` is its first segment, ``seq_stop`` the
    one after its last; ``duration`` in seconds. Of an episode ``title`` is the series and ``subtitle`` the episode's
    own title. Other words are those of its source's :class:`Metadata`, empty or None when nothing is known; ``art`` is
    a name in the art store.
    """

    id: str
    kind: ItemKind
    title: str
    subtitle: str = ""
    artist: str = ""
    description: str = ""
    series: str = ""
    season: int | None = None
    episode: int | None = None
    year: int | None = None
    genres: tuple[str, ...] = ()
    rating: str = ""
    language: str = ""
    art: str = ""
    chapters: tuple[Chapter, ...] = ()
    start: str
    stop: str
    seq_start: int
    seq_stop: int
    duration: float
    source: str


class Aired(msgspec.Struct, frozen=True, kw_only=True):
    """What was really fed from ``seq_start`` to before ``seq_stop``; times and segments as in ``Programme``.

    ``id`` is the schedule item it stood for, ``asset`` the key of what was fed, from its segment ``index`` on.
    """

    id: str
    kind: ItemKind
    title: str
    asset: str
    index: int
    start: str
    stop: str
    seq_start: int
    seq_stop: int


class NowNext(msgspec.Struct, frozen=True, kw_only=True):
    """What is on air and what follows; None where nothing is planned."""

    now: Programme | None
    next: Programme | None


def programme(item: ScheduleItem, source: Source | None, grid: Grid) -> Programme:
    """Return the programme ``item`` is, with the words that are known of ``source`` today."""
    words = source.metadata if source else _NOTHING
    title, subtitle = titles(item, source)
    return Programme(
        id=item.id,
        kind=item.kind,
        title=title,
        subtitle=subtitle,
        artist=words.artist,
        description=words.description,
        series=words.series,
        season=words.season,
        episode=words.episode,
        year=words.year,
        genres=words.genres,
        rating=words.rating,
        language=words.language,
        art=words.art,
        chapters=tuple(_chapters(item, source, grid)) if source and source.probe else (),
        start=date_time(grid.start_ns(item.seq_start)),
        stop=date_time(grid.start_ns(item.seq_stop)),
        seq_start=item.seq_start,
        seq_stop=item.seq_stop,
        duration=float(item.segments * grid.duration),
        source=item.source,
    )


def titles(item: ScheduleItem, source: Source | None) -> tuple[str, str]:
    """Return title and subtitle of what ``item`` is: of an episode its series and its own title.

    A rundown may have been written before its source's words were known or corrected: what is known now counts.
    """
    if source is None or not source.metadata.label:
        return item.title, ""
    words = source.metadata
    if words.episodic:
        return words.series, words.title
    return source.title or words.title, ""


def _chapters(item: ScheduleItem, source: Source, grid: Grid) -> Iterator[Chapter]:
    """Yield the chapters that air, each from where it airs: one that is joined late begins with the item."""
    assert source.probe is not None
    begin, stop = grid.start_ns(item.seq_start), grid.start_ns(item.seq_stop)
    origin = grid.start_ns(item.seq_start - item.first)
    for chapter_start, chapter_stop, title in source.probe.chapters:
        start = max(begin, origin + round(chapter_start * NS))
        if start < min(stop, origin + round(chapter_stop * NS)):
            yield Chapter(date_time(start), title)


def listing(schedule: Schedule, seq_from: int, seq_to: int, find: FindSource) -> tuple[Programme, ...]:
    """Return the programmes that air from segment ``seq_from`` to before ``seq_to``, whole ones, in order."""
    return tuple(programme(item, find(item.source), schedule.grid) for item in schedule.between(seq_from, seq_to))


def now_next(schedule: Schedule, seq: int, find: FindSource) -> NowNext:
    """Return what airs at segment ``seq`` and what follows it."""

    def at(place: int) -> Programme | None:
        return next(iter(listing(schedule, place, place + 1, find)), None)

    now = at(seq)
    return NowNext(now=now, next=at(now.seq_stop) if now else None)


def aired(entries: Sequence[AsRun], seq_stop: int, grid: Grid) -> tuple[Aired, ...]:
    """Return what ``entries``, consecutive ones of the as-run log, say was fed up to segment ``seq_stop``."""
    stops = [*(entry.seq for entry in entries[1:]), seq_stop][: len(entries)]
    return tuple(
        Aired(
            id=entry.item,
            kind=entry.kind,
            title=entry.title,
            asset=entry.asset,
            index=entry.index,
            start=date_time(grid.start_ns(entry.seq)),
            stop=date_time(grid.start_ns(stop)),
            seq_start=entry.seq,
            seq_stop=stop,
        )
        for entry, following in zip(entries, stops, strict=True)
        if (stop := min(following, seq_stop)) > entry.seq
    )
