import errno
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tvd.config import model
from tvd.config.kinds import Order
from tvd.library.source import Source
from tvd.media.house import Grid
from tvd.playout import journal
from tvd.playout.laid_out import MOST
from tvd.playout.planner import ChannelSchedule
from tvd.playout.rundown import ScheduleItem

DAY = 40_500
HALF_HOUR = 844
REMEMBERED = 3_375
"""Segments of two hours: how far back a schedule tells what it promised."""
MakeSource = Callable[..., Source]


def yes(_item: ScheduleItem) -> bool:
    return True


def no(_item: ScheduleItem) -> bool:
    return False


class Studio:
    """One channel over a folder, with a library that can change, restarted at will."""

    def __init__(self, folder: Path, sources: Sequence[Source], order: Order = "shuffle", fps: int = 30) -> None:
        self.folder = folder
        self.sources = tuple(sources)
        self.order: Order = order
        self.grid = Grid(fps)
        self.schedule = self.fresh()

    def fresh(self) -> ChannelSchedule:
        house = model.House(fps=self.grid.fps)
        channel = model.Channel(number=1, name="Films", slug="films", order=self.order, house=house)
        return ChannelSchedule(channel, self.folder, lambda: self.sources)

    def restart(self, now: int) -> ChannelSchedule:
        self.schedule = self.fresh()
        self.schedule.load(now)
        return self.schedule


@pytest.fixture(name="studio")
def _studio(tmp_path: Path, source: MakeSource, now: int) -> Studio:
    studio = Studio(tmp_path, [source(number, 300 + 7 * number) for number in range(7)])
    studio.schedule.load(now)
    studio.schedule.begin(now)
    return studio


def contiguous(items: Sequence[ScheduleItem]) -> bool:
    return all(one.seq_stop == following.seq_start for one, following in pairwise(items))


def test_the_first_programme_starts_where_the_channel_begins(studio: Studio, now: int) -> None:
    assert studio.schedule.item_at(now - 1) is None
    first = studio.schedule.item_at(now)
    assert first is not None
    assert (first.seq_start, first.first, first.kind, first.id) == (now, 0, "programme", f"films-{now}")
    assert studio.schedule.begun
    assert studio.schedule.frozen_until == now


def test_the_opening_is_what_it_would_begin_with(studio: Studio, now: int, tmp_path: Path) -> None:
    assert studio.fresh().opening(now) == studio.schedule.item_at(now)
    assert Studio(tmp_path, []).schedule.opening(now) is None


def test_what_is_frozen_was_computed_before(studio: Studio, now: int) -> None:
    schedule = studio.schedule
    plan = schedule.between(now, now + 5000)
    frozen = schedule.freeze(now, now + HALF_HOUR, yes)
    assert tuple(frozen) == plan[: len(frozen)]
    assert frozen[-1].seq_start < now + HALF_HOUR <= schedule.frozen_until
    assert schedule.between(now, now + 5000) == plan
    assert contiguous(plan)
    assert schedule.freeze(now, now + HALF_HOUR, yes) == []


def test_the_current_and_the_next_are_frozen_however_long(tmp_path: Path, source: MakeSource, now: int) -> None:
    studio = Studio(tmp_path, [source(1, 5 * 3600), source(2, 6 * 3600)])
    first, second = studio.schedule.freeze(now, now + 1, yes)
    assert studio.schedule.freeze(now, now + HALF_HOUR, yes) == []
    assert studio.schedule.freeze(second.seq_start - 1, 0, yes) == []
    (third,) = studio.schedule.freeze(second.seq_start, 0, yes)
    assert [first.seq_stop, second.seq_stop] == [second.seq_start, third.seq_start]


def test_only_what_is_needed_while_the_library_is_still_being_read(studio: Studio, now: int) -> None:
    assert len(studio.schedule.freeze(now, now + 1, yes, next_too=False)) == 1


def test_frozen_items_outlive_their_sources_and_computed_ones_do_not(
    studio: Studio, now: int, source: MakeSource
) -> None:
    promised = studio.schedule.freeze(now, now + HALF_HOUR, yes)
    studio.sources = (source(90, 400), source(91, 500))
    plan = studio.schedule.between(now, now + 5000)
    assert list(plan[: len(promised)]) == promised
    assert {item.title for item in plan[len(promised) :]} == {"Part 90", "Part 91"}
    assert contiguous(plan)
    assert studio.restart(now).between(now, now + 5000) == plan


def test_a_channel_without_sources_begins_with_the_first(tmp_path: Path, source: MakeSource, now: int) -> None:
    studio = Studio(tmp_path, [])
    schedule = studio.restart(now)
    schedule.begin(now)
    for later in (now, now + 100, now + 5 * DAY):
        assert schedule.freeze(later, later + HALF_HOUR, yes) == []
        assert schedule.item_at(later) is None
    studio.sources = (source(1),)
    item = schedule.item_at(now + 5 * DAY)
    assert item is not None
    assert item.seq_start == now + 5 * DAY
    assert schedule.freeze(now + 5 * DAY, 0, yes)[0] == item


def test_what_is_not_prepared_gives_way_to_reruns_and_stays_next(studio: Studio, now: int) -> None:
    schedule = studio.schedule
    plan = schedule.between(now, now + 5000)
    ready = {plan[0].source, plan[1].source, plan[2].source}
    frozen = schedule.freeze(now, now + 1200, lambda item: item.source in ready)
    assert [item.kind for item in frozen[:3]] == ["programme"] * 3
    assert [item.source for item in frozen[:3]] == [item.source for item in plan[:3]]
    reruns = frozen[3:]
    assert reruns
    assert {item.kind for item in reruns} == {"rerun"}
    assert [item.source for item in reruns[:3]] == [item.source for item in plan[:3]][: len(reruns)]
    following = schedule.between(schedule.frozen_until, schedule.frozen_until + 1)[0]
    assert (following.source, following.kind) == (plan[3].source, "programme")
    assert contiguous(frozen)
    assert studio.restart(now).between(now, now + 5000) == schedule.between(now, now + 5000)


def test_reruns_take_turns(studio: Studio, now: int) -> None:
    """The one that has not aired for longest comes first, none twice in a row, and the bag waits."""
    plan = studio.schedule.between(now, now + 5000)
    ready = {plan[0].source, plan[1].source}
    frozen = studio.schedule.freeze(now, now + 4000, lambda item: item.source in ready)
    assert all(one.source != following.source for one, following in pairwise(frozen))
    assert {item.source for item in frozen} == ready


def test_reruns_even_of_what_never_aired_before_dead_air(studio: Studio, now: int) -> None:
    plan = studio.schedule.between(now, now + 5000)
    first, second = plan[3].source, plan[4].source
    opening = studio.schedule.freeze(now, now + 1, lambda item: item.source == first, next_too=False)
    assert [(item.source, item.kind) for item in opening] == [(first, "programme")], (
        "what it begins with repeats nothing"
    )
    stop = opening[0].seq_stop
    (instead,) = studio.schedule.freeze(stop, stop + 1, lambda item: item.source == second, next_too=False)
    assert (instead.source, instead.kind) == (second, "rerun")


def test_with_nothing_prepared_the_plan_stands(studio: Studio, now: int) -> None:
    plan = studio.schedule.between(now, now + 5000)
    frozen = studio.schedule.freeze(now, now + HALF_HOUR, no)
    assert tuple(frozen) == plan[: len(frozen)]


def test_one_prepared_source_repeats_rather_than_a_slate(studio: Studio, now: int) -> None:
    plan = studio.schedule.between(now, now + 5000)
    frozen = studio.schedule.freeze(now, now + HALF_HOUR, lambda item: item.source == plan[0].source)
    assert {item.source for item in frozen} == {plan[0].source}
    assert [item.kind for item in frozen] == ["programme"] + ["rerun"] * (len(frozen) - 1)


@pytest.mark.parametrize("order", ["shuffle", "sequential", "random"])
def test_a_day_off_air_changes_nothing(tmp_path: Path, source: MakeSource, now: int, order: Order) -> None:
    sources = [source(number, 300 + 7 * number) for number in range(7)]
    studio = Studio(tmp_path, sources, order)
    studio.schedule.begin(now)
    plan = studio.schedule.between(now, now + 2 * DAY)
    studio.schedule.freeze(now, now + HALF_HOUR, yes)
    back = now + DAY + 17
    schedule = studio.restart(back)
    assert schedule.begun
    on_air = schedule.item_at(back)
    assert on_air in plan
    assert on_air is not None
    assert on_air.seq_start < back
    # What would have aired meanwhile is history, whether it is prepared or not.
    asked: list[ScheduleItem] = []
    schedule.freeze(back, back + HALF_HOUR, lambda item: bool(asked.append(item)) or True)
    assert asked[0] == on_air
    since = back - REMEMBERED
    assert schedule.between(since, now + 2 * DAY) == tuple(item for item in plan if item.seq_stop > since)


def test_after_long_off_air_the_channel_starts_anew_and_remembers(studio: Studio, now: int) -> None:
    plan = studio.schedule.between(now, now + 5000)
    promised = studio.schedule.freeze(now, now + HALF_HOUR, yes)
    back = now + 30 * DAY
    schedule = studio.restart(back)
    assert not schedule.begun
    assert schedule.item_at(back) is None
    schedule.begin(back)
    item = schedule.item_at(back)
    assert item is not None
    assert item.seq_start == back
    assert item.source == plan[len(promised)].source
    schedule.freeze(back, back + HALF_HOUR, yes)
    again = studio.restart(back + 10)
    assert again.item_at(back + 10) == item


def test_a_clock_that_jumps_far_ahead_starts_anew_by_itself(studio: Studio, now: int) -> None:
    studio.schedule.freeze(now, now + HALF_HOUR, yes)
    later = now + 10_000 * DAY
    frozen = studio.schedule.freeze(later, later + 1, yes)
    assert frozen[0].seq_start == later
    assert len(frozen) == 2


def test_a_rundown_written_while_the_clock_was_wrong_is_void(studio: Studio, now: int) -> None:
    studio.schedule.freeze(now, now + HALF_HOUR, yes)
    right = now - DAY
    schedule = studio.restart(right)
    frozen = schedule.freeze(right, right + HALF_HOUR, yes)
    assert frozen[0].seq_start == right
    schedule.freeze(now, now + HALF_HOUR, yes)
    assert contiguous(schedule.between(right, now + HALF_HOUR))
    assert studio.restart(now).between(right, now + 3000) == schedule.between(right, now + 3000)


def test_another_frame_rate_goes_on_in_the_same_order(studio: Studio, now: int, tmp_path: Path) -> None:
    plan = studio.schedule.between(now, now + 5000)
    promised = studio.schedule.freeze(now, now + HALF_HOUR, yes)
    changed = Studio(tmp_path, studio.sources, fps=25)
    at = changed.grid.seq_at(studio.grid.start_ns(now))
    schedule = changed.restart(at)
    frozen = schedule.freeze(at, at + 1, yes)
    assert frozen[0].seq_start == at
    assert frozen[0].source == plan[len(promised)].source


def test_two_replicas_agree_even_over_different_libraries(
    studio: Studio, now: int, tmp_path: Path, source: MakeSource
) -> None:
    other = Studio(tmp_path, [source(number, 200 + number) for number in range(50, 57)])
    one, two = studio.schedule, other.restart(now)
    for step in range(40):
        at = now + step * 150
        for schedule in (one, two) if step % 3 else (two, one):
            schedule.freeze(at, at + HALF_HOUR, yes)
        one.freeze(at, at + HALF_HOUR, yes)
        upto = min(one.frozen_until, two.frozen_until)
        assert one.between(now, upto) == two.between(now, upto)
        assert contiguous(one.between(now, upto))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_promise_is_never_broken(
    tmp_path_factory: pytest.TempPathFactory, source: MakeSource, now: int, data: st.DataObject
) -> None:
    """Whatever happens to library, normaliser and process: no gap, no overlap, nothing frozen ever changes."""
    studio = Studio(
        tmp_path_factory.mktemp("films"),
        [source(number, 100 + 40 * number) for number in range(4)],
        data.draw(st.sampled_from(["shuffle", "sequential", "random"])),
    )
    at, promised = now, {item.seq_start: item for item in studio.schedule.freeze(now, now + HALF_HOUR, yes)}
    for _ in range(data.draw(st.integers(1, 12))):
        at += data.draw(st.integers(0, 700))
        numbers = data.draw(st.sets(st.integers(0, 9), min_size=1))
        if data.draw(st.booleans()):
            studio.sources = tuple(source(number, 100 + 40 * number) for number in numbers)
        if data.draw(st.booleans()):
            studio.restart(at)
        ready = {f"{number:016x}" for number in data.draw(st.sets(st.integers(0, 9)))}
        studio.schedule.between(at, at + data.draw(st.integers(1, 4000)))
        for item in studio.schedule.freeze(at, at + HALF_HOUR, lambda item, ready=ready: item.source in ready):
            assert promised.setdefault(item.seq_start, item) == item
        since = max(now, at - REMEMBERED)
        line = studio.schedule.between(since, studio.schedule.frozen_until)
        assert list(line) == [item for _, item in sorted(promised.items()) if item.seq_stop > since]
        assert contiguous(line)
        assert line[0].seq_start <= since
        on_air = studio.schedule.item_at(at)
        assert on_air is not None
        assert on_air.seq_start <= at < on_air.seq_stop
        assert studio.schedule.frozen_until >= at + HALF_HOUR


@settings(max_examples=30, deadline=None)
@given(stops=st.lists(st.integers(1, 900), min_size=1, max_size=8), order=st.sampled_from(["shuffle", "random"]))
def test_restarts_equal_an_uninterrupted_run(
    tmp_path_factory: pytest.TempPathFactory, source: MakeSource, now: int, stops: list[int], order: Order
) -> None:
    sources = [source(number, 100 + 40 * number) for number in range(6)]
    calm = Studio(tmp_path_factory.mktemp("calm"), sources, order)
    restless = Studio(tmp_path_factory.mktemp("restless"), sources, order)
    calm.schedule.begin(now)
    restless.schedule.begin(now)
    at = now
    for stop in stops:
        calm.schedule.freeze(at, at + HALF_HOUR, yes)
        restless.schedule.freeze(at, at + HALF_HOUR, yes)
        at += stop
        restless.restart(at)
    since = max(now, at - REMEMBERED)
    assert calm.schedule.between(since, at + DAY) == restless.schedule.between(since, at + DAY)


def test_a_full_disk_keeps_the_promise_in_memory_and_writes_it_later(
    studio: Studio, now: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = studio.schedule
    plan = schedule.between(now, now + 5000)

    def full(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(journal, "append", full)
        for at in (now, now + 1000):
            with pytest.raises(OSError, match="No space"):
                schedule.freeze(at, at + HALF_HOUR, yes)
            assert schedule.frozen_until >= at + HALF_HOUR
        with pytest.raises(OSError, match="No space"):
            schedule.revise(now + 1000)
    studio.sources = studio.sources[:2]
    promised = schedule.between(now, schedule.frozen_until)
    assert promised == plan[: len(promised)]
    schedule.freeze(now + 1000, now + 1000 + HALF_HOUR, yes)
    assert studio.restart(now + 1000).between(now, now + 1000 + HALF_HOUR)[: len(promised)] == promised


def test_lines_whose_durability_is_unknown_are_written_again(
    studio: Studio, now: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The write went through and fsync failed: in the file they stand twice, in the plan once."""

    def broken(_descriptor: int) -> NoReturn:
        raise OSError(errno.EIO, "Input/output error")

    plan = studio.schedule.between(now, now + 5000)
    with monkeypatch.context() as patched:
        patched.setattr(journal.os, "fsync", broken)
        for at in (now, now + 1):
            with pytest.raises(OSError, match="Input/output"):
                studio.schedule.freeze(at, at + HALF_HOUR, yes)
            assert studio.schedule.between(now, now + 5000) == plan
    studio.schedule.freeze(now + 2, now + 2 + HALF_HOUR, yes)
    assert studio.schedule.between(now, now + 5000) == plan
    assert studio.restart(now).between(now, now + 5000) == plan


def test_a_revision_cuts_what_is_on_air_and_plans_anew(studio: Studio, now: int) -> None:
    schedule = studio.schedule
    frozen = schedule.freeze(now, now + HALF_HOUR, yes)
    schedule.revise(now + 20)
    cut, following = schedule.between(now, now + 21)
    assert (cut.id, cut.seq_stop) == (frozen[0].id, now + 20)
    assert (following.source, following.seq_start) == (frozen[1].source, now + 20)
    schedule.freeze(now, now + HALF_HOUR, yes)
    assert studio.restart(now).between(now, now + 5000) == schedule.between(now, now + 5000)


def test_everything_can_be_revised(studio: Studio, now: int) -> None:
    studio.schedule.freeze(now, now + HALF_HOUR, yes)
    studio.schedule.revise(now)
    item = studio.schedule.item_at(now)
    assert item is not None
    assert item.seq_start == now


def test_upcoming_names_each_source_once_in_order_of_air(studio: Studio, now: int) -> None:
    studio.schedule.freeze(now, now + HALF_HOUR, yes)
    upcoming = studio.schedule.upcoming(now + 5, now + 5 + 8000)
    assert upcoming[0] == studio.schedule.item_at(now + 5)
    assert sorted(item.source for item in upcoming) == sorted(source.id for source in studio.sources)
    assert list(upcoming) == sorted(upcoming, key=lambda item: item.seq_start)


def test_no_more_than_eight_days_are_computed(studio: Studio, now: int) -> None:
    assert DAY * 8 <= studio.schedule.between(now, now + 100 * DAY)[-1].seq_stop - now < DAY * 8 + 1000
    assert studio.schedule.between(now + 50 * DAY, now + 51 * DAY) == ()


def test_no_more_than_so_many_items_are_computed(tmp_path: Path, source: MakeSource, now: int) -> None:
    studio = Studio(tmp_path, [source(number, 2) for number in range(9)])
    studio.schedule.begin(now)
    assert len(studio.schedule.between(now, now + 8 * DAY)) == MOST


def test_computing_goes_on_where_the_promise_grew(studio: Studio, now: int) -> None:
    """What was computed is kept as the promise grows, and is the same as computed afresh."""
    schedule = studio.schedule
    for at in range(now, now + 3000, 100):
        schedule.between(at, at + 2 * DAY)
        kept = schedule._ahead
        schedule.freeze(at, at + HALF_HOUR, yes)
        plan = schedule.between(at, at + 2 * DAY)
        assert kept is not None
        assert schedule._ahead is not None
        assert schedule._ahead.more is kept.more
        assert plan == studio.restart(at).between(at, at + 2 * DAY)
        studio.schedule = schedule


def test_memory_is_bounded_while_the_channel_runs_for_weeks(tmp_path: Path, source: MakeSource, now: int) -> None:
    studio = Studio(tmp_path, [source(number, 3000 + number) for number in range(5)])
    for at in range(now, now + 21 * DAY, HALF_HOUR):
        studio.schedule.freeze(at, at + HALF_HOUR, yes)
    assert len(studio.schedule._frozen.planned) < 5 * DAY / 1400
    at = now + 21 * DAY
    assert studio.restart(at).item_at(at) == studio.schedule.item_at(at)
    plan = studio.schedule.between(at, at + DAY)
    assert studio.schedule.delete_before(at, days=10) == 10
    assert studio.restart(at).between(at, at + DAY) == plan
    # However long it was off air, what it remembers stays.
    remembered = studio.schedule._frozen.memory
    assert studio.schedule.delete_before(at + 300 * DAY, days=10) == 11
    assert studio.restart(at + 300 * DAY)._frozen.memory == remembered
