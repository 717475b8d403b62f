from fractions import Fraction

import msgspec
import pytest

from tvd.guide.listing import Programme, aired, listing, now_next, programme
from tvd.hls.playlist import date_time
from tvd.library.metadata import Metadata
from tvd.library.source import Source
from tvd.media.house import Grid
from tvd.media.probe import Probe
from tvd.playout.asrun import AsRun
from tvd.playout.rundown import ScheduleItem

GRID = Grid(30)
START = GRID.seq_at(1_790_000_000 * 1_000_000_000)


def item(start: int, segments: int, source: str = "a") -> ScheduleItem:
    return ScheduleItem(
        id=f"films-{start}", kind="programme", source=source, title="A film", seq_start=start, segments=segments
    )


class Plan:
    """A schedule of two items."""

    grid = GRID
    items = (item(START, 100), item(START + 100, 50, "b"))

    def between(self, seq_from: int, seq_to: int) -> tuple[ScheduleItem, ...]:
        return tuple(one for one in self.items if one.seq_start < seq_to and one.seq_stop > seq_from)


def described(**words: object) -> Source:
    return Source(id="a", title="A film", duration=213.0, metadata=msgspec.convert(words, Metadata))


def test_a_programme_says_when_in_utc_and_in_segments() -> None:
    one = programme(item(START, 100), described(artist="Somebody", description="Of a kind."), GRID)
    assert one == Programme(
        id=f"films-{START}",
        kind="programme",
        title="A film",
        artist="Somebody",
        description="Of a kind.",
        start="2026-09-21T14:13:20.000Z",
        stop="2026-09-21T14:16:53.333Z",
        seq_start=START,
        seq_stop=START + 100,
        duration=float(100 * Fraction(64, 30)),
        source="a",
    )
    assert msgspec.json.decode(msgspec.json.encode(one), type=Programme) == one


def test_an_episode_is_its_series_with_a_subtitle() -> None:
    words = {"series": "Fargo", "season": 2, "episode": 5, "title": "The Gift", "year": 2015, "genres": ["Crime"]}
    one = programme(item(START, 1), described(**words, art="f" * 16 + ".jpg", rating="16", language="eng"), GRID)
    assert (one.title, one.subtitle, one.series, one.season, one.episode) == ("Fargo", "The Gift", "Fargo", 2, 5)
    assert (one.year, one.genres, one.art) == (2015, ("Crime",), "f" * 16 + ".jpg")
    assert (one.rating, one.language) == ("16", "eng")


def test_what_is_known_now_counts_not_what_the_rundown_was_written_with() -> None:
    source = msgspec.structs.replace(described(title="Right"), title="Ann – Right")  # noqa: RUF001 - the label's dash
    assert programme(item(START, 1), source, GRID).title == "Ann – Right"  # noqa: RUF001


def chaptered(first: int, segments: int, *chapters: tuple[float, float, str]) -> list[tuple[str, str]]:
    """Return the chapters of an item that airs ``segments`` from segment ``first`` of its asset on."""
    source = Source(id="a", title="A film", duration=213.0, probe=Probe(container="x", duration=213, chapters=chapters))
    one = programme(msgspec.structs.replace(item(START, segments), first=first), source, GRID)
    return [(chapter.start, chapter.title) for chapter in one.chapters]


def test_chapters_are_told_in_times_of_this_airing() -> None:
    begins, middle = (0.0, 60.5, "One"), (60.5, 213.0, "")
    assert chaptered(0, 100, begins, middle) == [
        ("2026-09-21T14:13:20.000Z", "One"),
        ("2026-09-21T14:14:20.500Z", ""),
    ]
    # Joined at its 15th segment, 32 seconds late; and cut off before the second one.
    assert chaptered(15, 85, begins, middle)[1] == ("2026-09-21T14:13:48.500Z", "")
    assert chaptered(0, 20, begins, middle) == [("2026-09-21T14:13:20.000Z", "One")]
    assert chaptered(90, 10, begins, middle) == [("2026-09-21T14:13:20.000Z", "")]
    assert chaptered(0, 100, (-1e9, 1e9, "wild")) == [("2026-09-21T14:13:20.000Z", "wild")]


@pytest.mark.parametrize("source", [None, Source(id="a")])
def test_a_source_that_is_gone_or_says_nothing(source: Source | None) -> None:
    one = programme(item(START, 1), source, GRID)
    assert (one.title, one.artist, one.description) == ("A film", "", "")


def test_now_and_next() -> None:
    plan, find = Plan(), {"b": described(artist="B")}.get
    both = now_next(plan, START + 99, find)
    assert both.now is not None
    assert both.next is not None
    assert (both.now.id, both.next.id, both.next.artist) == (f"films-{START}", f"films-{START + 100}", "B")
    last = now_next(plan, START + 120, find)
    assert (last.now, last.next) == (both.next, None)
    assert now_next(plan, START + 150, find) == now_next(plan, START - 1, find)
    assert now_next(plan, START - 1, find).now is None


def test_a_listing_has_whole_programmes() -> None:
    rows = listing(Plan(), START + 99, START + 101, lambda _: None)
    assert [(row.seq_start, row.seq_stop) for row in rows] == [(START, START + 100), (START + 100, START + 150)]


def test_times_are_those_of_the_playlist() -> None:
    one = programme(item(START + 2, 5), None, GRID)
    assert (one.start, one.stop) == tuple(map(date_time, (GRID.start_ns(START + 2), GRID.start_ns(START + 7))))
    assert one.start.endswith(":24.267Z")  # 24.2666… s


def test_what_aired_ends_where_the_next_begins() -> None:
    def entry(seq: int) -> AsRun:
        return AsRun(seq=seq, asset="key", index=3, item="films-1", kind="slate", title="A film")

    rows = aired([entry(START), entry(START + 5), entry(START + 9)], START + 8, GRID)
    assert [(row.seq_start, row.seq_stop) for row in rows] == [(START, START + 5), (START + 5, START + 8)]
    assert (rows[0].id, rows[0].kind, rows[0].asset, rows[0].index) == ("films-1", "slate", "key", 3)
    assert (rows[0].start, rows[1].stop) == ("2026-09-21T14:13:20.000Z", "2026-09-21T14:13:37.067Z")
    assert aired([], START, GRID) == ()
