"""What is started, what is put aside, what is promised: tables and properties, no process."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tvd.library.queue import (
    NEARLY_DONE,
    Decision,
    Need,
    Task,
    decide,
    expected_ready,
    held,
    in_order,
    is_pressed,
    slots_for,
)
from tvd.media.house import NS

NOW = 1_800_000_000 * NS


def need(name: str) -> Need:
    return name, "house", "treatment"


def task(
    name: str,
    due: float,
    left: float = 1000.0,
    speed: float = 4.0,
    *,
    running: bool = False,
    later: float = 0.0,
    rank: int = 0,
) -> Task:
    """A task due in ``due`` seconds, not to be started for ``later`` seconds."""
    begins = NOW + int(later * NS) if later else 0
    return Task(need(name), NOW + int(due * NS), left, speed, running, begins, rank=rank)


def job(name: str, due: float, rank: int = 0) -> Task:
    """A running job due in ``due`` seconds, of the channel with that ``rank``."""
    return Task(need(name), NOW + int(due * NS), 1000.0, 4.0, running=True, rank=rank)


def names(decision: Decision) -> tuple[str, str]:
    return "".join(one[0] for one in decision.start), "".join(one[0] for one in decision.stop)


@pytest.mark.parametrize(
    ("tasks", "started", "stopped"),
    [
        pytest.param([], "", "", id="nothing to do"),
        pytest.param([task("a", 900), task("b", 600)], "b", "", id="the earliest first"),
        pytest.param([task("a", 900, running=True), task("b", 1000)], "", "", id="all slots taken"),
        pytest.param([task("a", 9000, running=True), task("b", 60)], "b", "a", id="what would be late displaces"),
        pytest.param([task("a", 9000, running=True), task("b", 3000)], "", "", id="what is in time waits"),
        pytest.param([task("a", 9000, left=40, running=True), task("b", 60)], "", "", id="nearly done goes on"),
        pytest.param(
            [task("a", 200, left=40, running=True), task("b", 2)], "b", "", id="a first picture waits for no other job"
        ),
        pytest.param([task("a", 70, running=True), task("b", 60)], "", "", id="as urgent as what runs waits"),
        pytest.param([task("a", 600, later=60), task("b", 900)], "b", "", id="one that failed is held back"),
        pytest.param([task("a", -60), task("b", 15)], "b", "", id="what can be on time comes before what is late"),
        pytest.param(
            [*(task(name, -60, running=True) for name in "acde"), task("b", 15)], "b", "e", id="and displaces it"
        ),
        pytest.param(
            [*(task(name, -60, running=True) for name in "acde"), task("b", 25)], "", "", id="when it is urgent"
        ),
        pytest.param([task("a", 0), task("b", 1), task("c", 2)], "a", "", id="first pictures, one after the other"),
        pytest.param([job("a", 5, 0), task("b", 1, rank=1)], "", "", id="none begins only to stand still"),
        pytest.param([job("a", 15, 0), task("b", 1, rank=1)], "b", "", id="once there is time the next begins"),
        pytest.param([job("b", 5, 1), task("a", 1, rank=0)], "a", "", id="what comes first begins at once"),
        pytest.param([job("a", -60, 0), task("b", 15, rank=1)], "", "", id="what is behind is not put aside for it"),
        pytest.param(
            [task("a", 15, running=True), task("b", 16, running=True), task("c", 2)],
            "c",
            "",
            id="then the next channel",
        ),
        pytest.param(
            [task("a", 4000, running=True), task("b", 5000, running=True)], "", "b", id="surplus far ahead is put aside"
        ),
        pytest.param(
            [task("a", 100, running=True), task("b", 200, running=True)], "", "", id="surplus near air goes on"
        ),
    ],
)
def test_decisions(tasks: list[Task], started: str, stopped: str) -> None:
    assert names(decide(tasks, jobs=1, cores=2, now_ns=NOW)) == (started, stopped)


tasks_of_any_kind = st.lists(
    st.builds(
        Task,
        need=st.uuids().map(lambda name: need(str(name))),
        due_ns=st.integers(NOW - 100 * NS, NOW + 10_000 * NS),
        left=st.floats(0, 10_000),
        speed=st.floats(0.1, 50),
        running=st.booleans(),
        not_before_ns=st.sampled_from([0, NOW + NS]),
    ),
    max_size=15,
    unique_by=lambda one: one.need,
)


@given(tasks_of_any_kind, st.integers(1, 4), st.integers(1, 8))
def test_decisions_are_sound(tasks: list[Task], jobs: int, cores: int) -> None:
    by_need = {one.need: one for one in tasks}
    decision = decide(tasks, jobs, cores, NOW)
    running = sum(one.running for one in tasks)
    slots = slots_for(tasks, jobs, cores, NOW)
    assert all(not by_need[one].running and by_need[one].not_before_ns <= NOW for one in decision.start)
    assert all(by_need[one].running and by_need[one].work > NEARLY_DONE for one in decision.stop)
    assert len(set(decision.start)) == len(decision.start)
    assert running + len(decision.start) - len(decision.stop) <= max(running, slots)
    idle = [one for one in tasks if not one.running and one.not_before_ns <= NOW and one.need not in decision.start]
    order = [one.need for one in in_order((by_need[one] for one in decision.start), NOW) + in_order(idle, NOW)]
    assert order == [one.need for one in in_order(map(by_need.__getitem__, order), NOW)]


@pytest.mark.parametrize(
    ("jobs", "waiting"),
    [
        pytest.param([], "", id="nothing runs"),
        pytest.param([job("a", 11), job("b", 12), job("c", 400)], "", id="all are ahead: all go on"),
        pytest.param([job("a", 5), job("b", 12), job("c", 400)], "bc", id="those ahead wait for one that is short"),
        pytest.param([job("a", 9, 0), job("b", 2, 1)], "b", id="of two that are short the first channel goes on"),
        pytest.param([job("a", 2, 1), job("b", 9, 0)], "a", id="whatever their order"),
        pytest.param([job("a", -20, 0), job("b", 3, 1)], "a", id="what airs comes before what is behind"),
        pytest.param([job("a", -20, 0), job("b", 30, 1)], "b", id="what is behind catches up when the rest is ahead"),
        pytest.param([job("a", -20, 1), job("b", -90, 0)], "a", id="one catches up after the other"),
    ],
)
def test_who_stands_still(jobs: list[Task], waiting: str) -> None:
    assert "".join(sorted(one[0] for one in held(jobs, jobs=1, cores=2, now_ns=NOW))) == waiting


@pytest.mark.parametrize(
    ("due", "before", "pressed"),
    [(9, False, True), (11, False, False), (11, True, True), (21, True, False), (-50, False, True)],
)
def test_who_steps_back_for_nobody(due: float, before: bool, pressed: bool) -> None:
    assert is_pressed(job("a", due), before, NOW) is pressed


@given(tasks_of_any_kind, st.integers(1, 4), st.integers(1, 8))
def test_none_begins_only_to_stand_still(tasks: list[Task], jobs: int, cores: int) -> None:
    decision = decide(tasks, jobs, cores, NOW)
    if decision.stop:
        return  # what makes room may have been what the others wait for
    running = [one for one in tasks if one.running or one.need in decision.start]
    assert not held((replace(one, running=True) for one in running), jobs, cores, NOW) & set(decision.start)


@given(tasks_of_any_kind, st.integers(1, 4), st.integers(1, 8))
def test_none_is_put_aside_while_there_is_room(tasks: list[Task], jobs: int, cores: int) -> None:
    running = sum(one.running for one in tasks)
    waiting = sum(not one.running and one.not_before_ns <= NOW for one in tasks)
    free = max(1, cores // 2) - sum(one.fresh for one in tasks if one.running)
    room = max(jobs - running, min(slots_for(tasks, jobs, cores, NOW) - running, free))
    assert room < waiting or not decide(tasks, jobs, cores, NOW).stop


@given(tasks_of_any_kind, st.integers(1, 4), st.integers(1, 8))
def test_as_many_go_on_as_the_machine_carries(tasks: list[Task], jobs: int, cores: int) -> None:
    running = {one.need for one in tasks if one.running}
    waiting = held(tasks, jobs, cores, NOW)
    assert waiting <= running
    assert len(running - waiting) >= min(len(running), max(jobs, cores // 2))


def test_an_estimate_counts_what_comes_before() -> None:
    first, second = task("a", 10, left=400), task("b", 20, left=400)
    alone = expected_ready([second], need("b"), 1, NOW)
    behind = expected_ready([first, second], need("b"), 1, NOW)
    assert alone is not None
    assert behind is not None
    assert behind - alone >= 100 * NS


def test_what_is_made_slower_than_it_airs_has_to_get_ahead_first() -> None:
    slow = task("a", 10, left=600, speed=0.5)
    at = expected_ready([slow], need("a"), 1, NOW)
    assert at is not None
    assert at >= NOW + 600 * NS


def test_nothing_is_promised_of_what_is_not_in_the_queue() -> None:
    assert expected_ready([task("a", 10)], need("b"), 1, NOW) is None
