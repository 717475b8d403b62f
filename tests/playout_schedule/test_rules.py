"""Each rule of programming by itself: what it means, in tables small enough to see why."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from broadcasts import (
    DAY,
    FILLERS,
    FILMS,
    GRID,
    SHORTS,
    Drawn,
    channel,
    contiguous,
    episode,
    film,
    plan,
    seq,
    short,
)
from hypothesis import given
from hypothesis import strategies as st

from tvd.config.programming import Block, Event, Pick, Selection
from tvd.library.source import Source
from tvd.playout.calendar import Calendar, instant, zone_of
from tvd.playout.catalogue import Index
from tvd.playout.continuity import NOTHING
from tvd.playout.engine import Engine
from tvd.playout.filling import best_fit, fill
from tvd.playout.material import Material
from tvd.playout.memory import Memory, Request
from tvd.playout.rules import impossible
from tvd.playout.rundown import ScheduleItem

NOON = seq("2026-06-10T10:00")
"""Noon in Berlin, on a Wednesday."""


def utc(number: int) -> str:
    return f"{datetime.fromtimestamp(GRID.start_ns(number) / 1e9, UTC):%Y-%m-%dT%H:%M}"


def films(*lengths: float, **about: Any) -> list[Source]:
    return [film(number, minutes, **about) for number, minutes in enumerate(lengths)]


def aired(items: Sequence[ScheduleItem], kind: str = "programme") -> list[int]:
    return [int(item.source, 16) for item in items if item.kind == kind]


# Local time ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "day", "minute", "expected"),
    [
        ("Europe/Berlin", "2026-06-10", 20 * 60, "2026-06-10T18:00"),
        ("Europe/Berlin", "2026-03-29", 2 * 60 + 30, "2026-03-29T01:00"),  # skipped: the moment of the jump
        ("Europe/Berlin", "2026-03-29", 2 * 60, "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-10-25", 2 * 60 + 30, "2026-10-25T00:30"),  # comes twice: the first
        ("Europe/Berlin", "2026-10-25", 3 * 60, "2026-10-25T02:00"),
        ("America/New_York", "2026-03-08", 2 * 60 + 59, "2026-03-08T07:00"),
        ("America/New_York", "2026-11-01", 60 + 15, "2026-11-01T05:15"),
        ("Australia/Lord_Howe", "2026-10-04", 2 * 60 + 10, "2026-10-03T15:30"),  # jumps by half an hour
        ("Asia/Kathmandu", "2026-06-10", 0, "2026-06-09T18:15"),
        ("Europe/Berlin", "2026-06-10", 24 * 60, "2026-06-10T22:00"),
    ],
)
def test_what_a_local_time_means(zone: str, day: str, minute: int, expected: str) -> None:
    assert f"{instant(date.fromisoformat(day), minute, zone_of(zone)):%Y-%m-%dT%H:%M}" == expected


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 0), ("2026-06-10", 1), ("2026-10-25", 2)])
def test_a_block_of_an_hour_on_days_the_clock_changes(day: str, hours: int) -> None:
    calendar = Calendar(channel(blocks=(Block(name="Night", from_="02:00", to="03:00"),)))
    at, total = seq(day) - DAY // 4, 0
    stop = at + DAY
    while at < stop:
        part = calendar.part_at(at)
        total += (part.stop - part.start) * (part.block == 0)
        at = part.stop
    assert total == pytest.approx(hours * DAY / 24, abs=2)


def test_blocks_over_midnight_belong_to_the_day_they_begin_on() -> None:
    late = Block(name="Late", from_="22:00", to="02:00", days=("fri",))
    calendar = Calendar(channel(blocks=(late,), timezone="UTC"))
    friday = seq("2026-06-12T22:00")
    part = calendar.part_at(seq("2026-06-13T01:59"))
    assert (part.block, part.opened) == (0, friday)
    assert calendar.end_of(calendar.part_at(friday)) == seq("2026-06-13T02:00")
    assert calendar.part_at(seq("2026-06-12T01:00")).block == -1
    assert calendar.part_at(seq("2026-06-13T02:00")).block == -1


@pytest.mark.parametrize(
    ("when", "day", "expected"),
    [
        ({"months": ("jun",)}, "2026-06-10", True),
        ({"months": ("jul",)}, "2026-06-10", False),
        ({"seasons": ("summer",)}, "2026-06-10", True),
        ({"seasons": ("winter", "spring")}, "2026-06-10", False),
        ({"dates": ("12-20..01-06",)}, "2026-01-06", True),
        ({"dates": ("12-20..01-06",)}, "2026-01-07", False),
        ({"dates": ("06-01..06-10",), "days": ("wed",)}, "2026-06-10", True),
        ({"dates": ("06-01..06-10",), "days": ("thu",)}, "2026-06-10", False),
    ],
)
def test_which_days_a_block_has(when: dict[str, Any], day: str, expected: bool) -> None:
    calendar = Calendar(channel(blocks=(Block(name="Day", **when),), timezone="UTC"))
    assert (calendar.part_at(seq(f"{day}T12:00")).block == 0) is expected


def test_the_first_block_in_the_file_has_a_moment() -> None:
    blocks = (Block(name="News", from_="18:00", to="18:30"), Block(name="Evening", from_="17:00", to="20:00"))
    calendar = Calendar(channel(blocks=blocks, timezone="UTC"))
    at = [calendar.part_at(seq(f"2026-06-10T{time}")) for time in ("17:00", "18:00", "18:30")]
    assert [part.block for part in at] == [1, 0, 1]
    assert at[2].opened == at[0].opened == at[0].start


def test_night_hours() -> None:
    calendar = Calendar(channel(night="23:00-06:00", timezone="UTC"))
    times = ("22:59", "23:00", "00:00", "05:59", "06:00", "12:00")
    assert [calendar.night(seq(f"2026-06-10T{time}")) for time in times] == [False, True, True, True, False, False]
    assert not Calendar(channel()).night(NOON)


# Filling -------------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 60), min_size=1, max_size=12), st.integers(1, 100))
def test_the_best_fit_of_one_or_two(lengths: list[int], gap: int) -> None:
    place = best_fit(lengths, gap)
    pairs = [(a, b) for a in range(len(lengths)) for b in range(len(lengths)) if a != b]
    totals = [*lengths, *(lengths[a] + lengths[b] for a, b in pairs)]
    best = max((total for total in totals if total <= gap), default=None)
    if place is None:
        assert best is None
    else:
        assert best in {lengths[place], *(lengths[place] + lengths[b] for b in range(len(lengths)) if b != place)}


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(1, 300))
def test_fillers_leave_as_little_as_can_be(lengths: list[int], gap: int) -> None:
    reached = {0}
    for total in range(1, gap + 1):
        if any(total - length in reached for length in lengths):
            reached.add(total)
    left = gap
    while (length := fill(lengths, left)) is not None:
        left -= length
    assert left == gap - max(reached)


# Events --------------------------------------------------------------------------------------------------------------


def test_an_event_is_hit_by_choosing_what_fits_and_filling_the_rest() -> None:
    event = Event(name="The film", at="21:00", title=("the film",))
    main = film(99, 110)
    main = Source(id=main.id, path=main.path, title="The Film", duration=main.duration)
    sources = [*films(47, 31, 22, 58, 41, 26), main, short(1, 95), short(2, 33), short(3, 11)]
    config = channel(events=(event,), fillers=(FILLERS,), ident_every=0.0)
    items = plan(config, sources, NOON, NOON + DAY)
    [film_item] = [item for item in items if item.block == "The film"]
    assert utc(film_item.seq_start) == "2026-06-10T19:00"
    assert film_item.seq_start == seq("2026-06-10T19:00")
    assert film_item.segments == main.segments(GRID)
    before = [item for item in items if item.seq_stop <= film_item.seq_start]
    assert contiguous(items)
    # Programmes are whole, the longest fillers come first, and what is cut is the last piece and short.
    lengths = {source.id: source.segments(GRID) for source in sources}
    short_ones = [item for item in before if item.kind == "filler"]
    assert all(item.segments == lengths[item.source] for item in before if item.kind == "programme")
    assert all(item.segments == lengths[item.source] for item in short_ones[:-1])
    assert sum(item.segments for item in short_ones) < 300


def test_the_card_before_an_event_announces_it() -> None:
    config = channel(events=(Event(name="Film", at="21:00", files=(FILMS / "9.mkv",)),), fillers=(FILLERS,))
    items = plan(config, [*films(50, 40, 30), film(9, 100), short(1, 20)], NOON, NOON + DAY, Drawn())
    place = next(place for place, item in enumerate(items) if item.block == "Film")
    assert (items[place - 1].kind, items[place - 1].source) == ("card", f"drawn:next {film(9, 1).id}")
    assert items[place].seq_start == seq("2026-06-10T19:00")


def test_nothing_short_and_a_long_gap_airs_part_of_a_programme() -> None:
    config = channel(events=(Event(name="Film", at="13:00", title=("film 9",)),))
    sources = [*films(90, 95), film(9, 100)]
    items = plan(config, sources, NOON, NOON + 3000)
    assert [(item.kind, item.segments < 1700) for item in items[:1]] == [("filler", True)]
    assert items[1].block == "Film"
    assert items[1].seq_start == seq("2026-06-10T11:00")


def test_a_short_gap_is_filled_with_cards() -> None:
    config = channel(events=(Event(name="Film", at="12:03", title=("film 9",)),))
    items = plan(config, [*films(90, 95), film(9, 100)], NOON, NOON + 3000, Drawn())
    event = next(item for item in items if item.block == "Film")
    assert event.seq_start == seq("2026-06-10T10:03")
    assert {item.kind for item in items if item.seq_start < event.seq_start} == {"ident", "card"}


def test_an_event_that_something_runs_over_is_late_and_left_out_when_too_late() -> None:
    first, second = Event(name="One", at="13:00", title=("film 8",)), Event(name="Two", at="14:00", title=("film 9",))
    near = [*films(20, 15, 10), film(8, 80), film(9, 30)]
    items = {item.block: item for item in plan(channel(events=(first, second)), near, NOON, NOON + DAY // 4)}
    assert items["Two"].seq_start == items["One"].seq_stop > seq("2026-06-10T12:00")
    far = [*films(20, 15, 10), film(8, 95), film(9, 30)]
    assert "Two" not in {item.block for item in plan(channel(events=(first, second)), far, NOON, NOON + DAY // 4)}


def test_an_exact_block_begins_to_the_segment_and_others_when_there_is_time() -> None:
    sources = [*films(47, 31, 22, 58), *(episode(50 + n, "Pier", 1, n, 24) for n in range(1, 5))]
    for exact in (True, False):
        block = Block(name="Series", from_="15:00", to="17:00", series=("pier",), exact=exact)
        items = plan(channel(blocks=(block,)), sources, NOON, NOON + DAY // 4)
        first = next(item for item in items if item.block == "Series")
        assert (first.seq_start == seq("2026-06-10T13:00")) is exact
        assert first.seq_start >= seq("2026-06-10T13:00")


def test_an_event_across_the_change_of_clocks() -> None:
    config = channel(events=(Event(name="Film", at="02:30", title=("film 9",)),))
    sources = [*films(20, 15, 10), film(9, 30)]
    for start, expected in (
        ("2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:30"]),
        ("2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]),
    ):
        items = plan(config, sources, seq(start), seq(start) + 2 * DAY)
        assert [utc(item.seq_start) for item in items if item.block == "Film"] == expected


# Orders --------------------------------------------------------------------------------------------------------------


def test_a_shuffle_airs_everything_once_and_each_series_in_its_order() -> None:
    series = [episode(100 + n, "Pier", 1 + n // 6, 1 + n % 6) for n in range(12)]
    sources = [*films(*range(60, 72)), *series[::-1]]
    items = aired(plan(channel(), sources, NOON, NOON + DAY))[:24]
    assert sorted(items) == sorted(int(source.id, 16) for source in sources)
    assert [number for number in items if number >= 100] == list(range(100, 112))
    assert [number for number in items if number < 100] != sorted(number for number in items if number < 100)


def test_in_the_order_series_a_series_has_one_turn() -> None:
    sources = [*films(30, 31, 32), *(episode(100 + n, "Pier", 1, n) for n in range(1, 30))]
    items = aired(plan(channel(order="series"), sources, NOON, NOON + DAY))
    episodes = [number for number in items if number >= 100]
    assert episodes == list(range(101, 101 + len(episodes)))
    for start in range(0, len(items) - 4, 4):
        assert sum(number >= 100 for number in items[start : start + 4]) == 1


def test_a_series_goes_on_behind_the_episode_aired_last_whatever_came_or_went() -> None:
    def airs(numbers: Sequence[int], memory: Memory, count: int) -> list[int]:
        sources = [episode(100 + n, "Pier", 1, n) for n in numbers]
        return aired(plan(channel(order="series"), sources, NOON, NOON + count * 700, memory=memory))

    memory = Memory()
    assert airs([1, 2, 5, 6], memory, 2) == [101, 102]
    assert airs([1, 3, 5, 6], memory, 2) == [103, 105]  # 2 is gone, 3 is new
    assert airs([1, 2, 3, 4, 5, 6], memory, 2) == [106, 101]


def test_nothing_airs_again_within_the_repeat_distance_while_there_is_anything_else() -> None:
    sources = films(*(25 + number for number in range(40)))
    for order in ("shuffle", "random", "sequential", "series"):
        items = plan(channel(order=order, repeat=10 * 3600.0), sources, NOON, NOON + 3 * DAY)
        last: dict[str, int] = {}
        for item in items:
            assert item.seq_start - last.get(item.source, 0) >= 10 * 1687, order
            last[item.source] = item.seq_start


def test_where_the_repeat_distance_cannot_hold_what_aired_longest_ago_comes() -> None:
    items = aired(plan(channel(repeat=86_400.0), films(30, 31, 32, 33, 34), NOON, NOON + DAY))
    for start in range(len(items) - 5):
        assert len(set(items[start : start + 5])) == 5


def test_picks_are_mixed_by_weight() -> None:
    mixed = (Pick(genres=("comedy",), weight=3), Pick(genres=("drama",)))
    config = channel(blocks=(Block(name="Mix", picks=mixed),))
    sources = [film(n, 10 + n, genres=("comedy",) if n % 2 else ("drama",)) for n in range(10)]
    counted = Counter(number % 2 for number in aired(plan(config, sources, NOON, NOON + 6 * DAY)))
    assert 0.68 < counted[1] / counted.total() < 0.82


def test_a_marathon_airs_season_after_season_whole() -> None:
    block = Block(name="Binge", from_="14:00", to="20:00", marathon="season", series=("*",))
    sources = [*films(50, 60)]
    for place, name in enumerate(("Pier", "Harbour")):
        sources += [episode(100 + 50 * place + 10 * s + n, name, s, n) for s in (1, 2) for n in range(1, 8)]
    items = plan(channel(blocks=(block,)), sources, NOON, NOON + 4 * DAY)
    binge = aired([item for item in items if item.block == "Binge"])
    seasons = [binge[start : start + 7] for start in range(0, len(binge) - 7, 7)]
    assert len(seasons) >= 5
    for season in seasons:
        assert season == list(range(season[0], season[0] + 7))
        assert season[0] % 10 == 1
    assert len({season[0] for season in seasons[:4]}) == 4


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), {0, 1, 2, 3}),
        (Selection(title=("NIGHT*",)), {0}),
        (Selection(title=("?ight train", "the [sea]*")), {0, 1}),
        (Selection(genres=("crime",), years="1940-1950"), {0}),
        (Selection(tags=("christmas",)), {2}),
        (Selection(years="1950-"), {1, 2}),
        (Selection(years="-1945"), {0}),
        (Selection(duration="-1h"), {2, 3}),
        (Selection(duration="90m-"), {0, 1}),
        (Selection(series=("pier",)), {3}),
        (Selection(folders=(SHORTS,)), {2}),
        (Selection(folders=(FILMS / "..",)), {0, 1, 2, 3}),
        (Selection(files=(FILMS / "1.mkv",)), {1}),
    ],
)
def test_what_a_selection_selects(selection: Selection, expected: set[int]) -> None:
    def made(number: int, title: str, minutes: float, folder: Path = FILMS, **about: Any) -> Source:
        source = film(number, minutes, **about)
        path = folder / f"{number}.mkv"
        return Source(id=source.id, path=path, title=title, duration=source.duration, metadata=source.metadata)

    sources = (
        made(0, "Night Train", 90, genres=("Crime", "Drama"), year=1944),
        made(1, "The [Sea] Wall", 100, genres=("Crime",), year=1960),
        made(2, "Snow", 20, SHORTS, tags=("Christmas",), year=1999),
        made(3, "Gulls", 25, series="Pier", season=1, episode=1),
    )
    pool = Index.of(sources).pool(selection, ())
    assert {int(identity, 16) for identity in pool.ids} == expected


# Between programmes --------------------------------------------------------------------------------------------------


def test_an_ident_now_and_then_but_never_first_and_cards_that_tell_the_truth() -> None:
    items = plan(channel(), films(20, 21, 22, 23, 24), NOON, NOON + DAY, Drawn())
    assert items[0].kind == "programme"
    idents = [place for place, item in enumerate(items) if item.kind == "ident"]
    assert idents
    for one, following in pairwise(idents):
        since = items[following].seq_start - items[one].seq_start
        assert 2700 <= since * float(GRID.duration) < 2700 + 2 * 24 * 60
    for place, item in enumerate(items[:-1]):
        if item.kind == "card":
            assert item.source == f"drawn:next {items[place + 1].source}"
    assert not any(
        item.kind == "card" for item in plan(channel(up_next=False), films(20, 21), NOON, NOON + DAY, Drawn())
    )
    assert all(
        item.kind == "programme" for item in plan(channel(ident_every=0.0), films(20), NOON, NOON + DAY, Drawn())
    )


def test_own_idents_and_bumpers_take_turns() -> None:
    sources = [*films(10, 11, 12), *(short(n, 8) for n in range(3)), *(short(n, 5, SHORTS) for n in range(2))]
    items = plan(channel(idents=(FILLERS,), bumpers=(SHORTS,)), sources, NOON, NOON + DAY, Drawn())
    for kind, count in (("ident", 3), ("bumper", 2)):
        own = [item.source for item in items if item.kind == kind]
        assert len(own) > 6
        for start in range(len(own) - count):
            assert len(set(own[start : start + count])) == count
    assert not {source.id for source in sources[3:]} & {item.source for item in items if item.kind == "programme"}


def test_what_is_not_prepared_is_left_out_between_programmes() -> None:
    engine, material, memory = Engine(channel(), Drawn()), Material(channel(), tuple(films(20, 21))), Memory()
    memory.advance("x", NOON - 5000, engine.group(material, memory, NOON - 5000, opening=True)[0].step)
    kinds = [one.item.kind for one in engine.group(material, memory, NOON)]
    assert kinds == ["ident", "card", "programme"]
    only = engine.group(material, memory, NOON, usable=lambda item: item.kind == "programme")
    assert [one.item.kind for one in only] == ["programme"]
    # The programme itself is not there: an ident, but no card that promises it.
    named = engine.group(material, memory, NOON, usable=lambda item: item.kind != "programme")
    assert [one.item.kind for one in named] == ["ident", "programme"]


def test_fillers_cool_down() -> None:
    events = tuple(Event(name=f"E{hour}", at=f"{hour}:00", title=("film 9",)) for hour in range(14, 20))
    sources = [*films(50), film(9, 50), *(short(n, 60) for n in range(30))]
    items = plan(channel(events=events, fillers=(FILLERS,)), sources, NOON, NOON + DAY // 3)
    last: dict[str, int] = {}
    whole = [item for item in items if item.kind == "filler" and item.segments == 29]
    assert len(whole) > 20
    for item in whole:
        assert item.seq_start - last.get(item.source, 0) > 1687
        last[item.source] = item.seq_start


def test_a_night_service_has_sign_off_and_sign_on() -> None:
    block = Block(name="Night", kind="night", from_="01:00", to="06:00")
    items = plan(channel(blocks=(block,), timezone="UTC"), films(50, 60, 70), NOON, NOON + DAY, Drawn())
    night = [item for item in items if item.block == "Night"]
    assert night[0].source == "drawn:off"
    assert night[-1].source == "drawn:on"
    assert {item.source for item in night[1:-1]} == {"drawn:night"}
    assert night[0].seq_start >= seq("2026-06-11T01:00")
    assert night[-1].seq_stop == seq("2026-06-11T06:00")
    assert contiguous(items)


def test_a_night_service_of_the_operators_own_and_none_at_all() -> None:
    block = Block(name="Night", kind="night", from_="01:00", to="06:00", folders=(SHORTS,), sign_off=(FILLERS,))
    sources = [*films(50, 60), short(1, 600, SHORTS), short(1, 30)]
    items = plan(channel(blocks=(block,)), sources, NOON, NOON + DAY)
    night = [item for item in items if item.block == "Night"]
    assert [night[0].source, night[1].source] == ["fillers 0001", "shorts 0001"]
    assert night[-1].seq_stop == seq("2026-06-11T04:00")
    assert "Night" not in {item.block for item in plan(channel(), films(50, 60), NOON, NOON + DAY)}
    bare = channel(blocks=(Block(name="Night", kind="night", from_="01:00", to="06:00"),))
    assert all(item.kind == "programme" for item in plan(bare, films(50, 60), NOON, NOON + DAY))


# Requests ------------------------------------------------------------------------------------------------------------


def test_a_request_waits_for_an_event_unless_it_is_for_now() -> None:
    config = channel(events=(Event(name="Film", at="13:00", title=("film 9",)),))
    sources = [*films(10, 20, 15), film(7, 70), film(9, 30)]
    for action, late in (("next", False), ("now", True)):
        memory = Memory()
        memory.ask(Request(id="1", action=action, seq=NOON, source=film(7, 1).id))
        items = plan(config, sources, NOON, NOON + DAY // 4, memory=memory)
        assert memory.requests == ()
        wanted = next(item for item in items if item.source == film(7, 1).id and item.kind == "programme")
        event = next(item for item in items if item.block == "Film")
        assert (wanted.seq_start == NOON) is late
        assert (event.seq_start > seq("2026-06-10T11:00")) is late


def test_what_is_removed_does_not_air_before_its_time() -> None:
    memory = Memory()
    memory.ask(Request(id="1", action="remove", seq=NOON, source=film(1, 1).id, until=NOON + DAY // 2))
    items = plan(channel(), films(10, 20, 15), NOON, NOON + DAY, memory=memory)
    own = [item.seq_start for item in items if item.source == film(1, 1).id]
    assert own
    assert own[0] >= NOON + DAY // 2
    # With nothing else it airs all the same: dead air is worse.
    memory.ask(Request(id="2", action="remove", seq=NOON, source=film(0, 1).id, until=NOON + 2 * DAY))
    assert plan(channel(), films(10), NOON + DAY, NOON + DAY + 1000, memory=memory)


# Rules that cannot hold ----------------------------------------------------------------------------------------------


def test_what_cannot_hold_is_named() -> None:
    blocks = (
        Block(name="Day"),
        Block(name="Hidden", from_="12:00", to="13:00"),
        Block(name="Opera", genres=("opera",), dates=("02-30..02-30",)),
    )
    events = (
        Event(name="One", at="20:00", title=("film 0",)),
        Event(name="Two", at="20:30", title=("film 0",)),
        Event(name="None", at="21:00", title=("nothing",)),
        Event(name="Never", at="21:00", dates=("02-30..02-30",)),
    )
    config = channel(blocks=blocks, events=events, repeat=7 * 86_400.0)
    named = dict(impossible(config, films(90, 80), NOON))
    assert {key: what.split(":")[0] for key, what in named.items()} == {
        "repeat": "all programmes together last 2 h 50 min",
        "blocks.Hidden": "it covers nothing",
        "blocks.Opera": named["blocks.Opera"].split(":")[0],
        "events.Two": "at 20",
        "events.None": "nothing is selected by it",
        "events.Never": "it never comes",
        "fillers": "there are none, and the shortest programme lasts 1 h 20 min",
    }
    assert impossible(channel(), films(90), NOON) == []
    assert impossible(channel(), [], NOON)[0][0] == "folders"
    # Whatever cannot hold: there is something on air.
    assert contiguous(plan(config, films(90, 80), NOON, NOON + 2 * DAY))
    assert NOTHING.ident("one", 0) is None
