"""Half an hour in which the clocks are put forward, with events, fillers and wishes: all tell what the tape shows."""

import asyncio
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bench.dayaired import Day, Plan, air
from bench.told import faults, parts

SPRING = Plan(
    # In Berlin it is three o'clock a minute after 01:59: half past two never comes, and its event airs at three.
    begin=datetime(2026, 3, 29, 0, 46, tzinfo=UTC),
    hours=0.46,
    # Films, idents and the short filler are even, from the skip to the event it is odd: the long filler is needed.
    films=(22, 28, 34),
    specials=(13, 11),
    fillers=(2, 7),
    idents=(2,),
    events=("02:30", "03:08"),
    asks={3: ("skip", 0), 15: ("next", 3)},
    every=10,
)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """Return the half hour, aired and taped once."""
    return asyncio.run(air(tmp_path_factory.mktemp("day") / "work", SPRING))


def test_everybody_tells_what_the_tape_shows(day: Day) -> None:
    """Playlist, schedule, guide, XMLTV and as-run log, before and after; and ``tvd tape`` tapes the same again."""
    assert faults(day) == []


def test_it_was_worth_telling_of(day: Day) -> None:
    aired = [day.kinds[run.source] for run in day.taped]
    assert aired.count("specials") == 2
    assert {"films", "fillers"} <= set(aired)
    assert [granted["action"] for granted in day.granted] == ["skip", "next"]
    skipped = next(run for run in day.taped if run.stop == day.granted[0]["seq"])
    assert skipped.stop - skipped.start < day.lengths[skipped.source]
    assert len(day.asked) == 3
    assert all(asked.guide and asked.xmltv.count("<programme ") > 5 for asked in day.asked)


def test_the_comparison_can_fail(day: Day) -> None:
    """One segment shown too many, and everybody is found to have told something else."""
    other = replace(day, taped=deepcopy(day.taped))
    cut, after = other.taped[3:5]
    other.taped[3:5] = [replace(cut, stop=cut.stop + 1), replace(after, start=after.start + 1, first=1)]
    assert parts(other.taped) != parts(day.taped)
    found = "\n".join(faults(other))
    for what in ("tvd tape", "date range", "as-run log:", "schedule:", "guide:", "XMLTV:"):
        assert what in found
