"""What is normalised next: pure functions from what is wanted and what runs to what to start, stop and expect.

Everything is ordered by *due* time: when the next segment that does not exist yet has to air. A job that is airing
while it grows thus moves back in the queue as it gets ahead, and several channels share one small machine. Where that
is too small for all of them, what airs without a gap comes before what is late already, and channels by their rank.
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tvd.library.source import Source
from tvd.media.house import NS, HouseFormat
from tvd.media.treatment import Treatment

Need = tuple[str, str, str]
"""Source id, house key, treatment key: what an asset is needed for."""

STARTUP: Final = 4.0
"""Seconds from starting a job to its first segments, measurements of excerpts included."""
LEAD: Final = 8.0
"""Seconds of a growing asset that should exist when it goes on air."""
URGENT: Final = 20.0
"""What is due within this many seconds may have more than the usual number of jobs."""
SHORT: Final = 10.0
"""A job is short of time when it has made less than this many seconds beyond what airs now."""
SURPLUS: Final = 300.0
"""Jobs beyond the usual number are put aside once they are this many seconds ahead of air."""
NEARLY_DONE: Final = 15.0
"""A job with this many seconds of work left is never stopped."""
_MARGIN: Final = 30.0
"""A job is put aside only for one due at least this many seconds earlier."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A source that will air at ``air_ns`` (UTC nanoseconds) on a channel with this house format and treatment."""

    source: Source
    house: HouseFormat
    treatment: Treatment
    air_ns: int
    night: bool = False
    """What is wanted is sound for the night, beside the asset that serves by day."""
    rank: int = 0
    """Its channel's place among all: of what is needed at the same moment the lower one's comes first."""

    @property
    def need(self) -> Need:
        """What it needs, whenever it airs."""
        return self.source.id, self.house.key, self.treatment.key + ("-night" if self.night else "")


@dataclass(frozen=True, slots=True)
class Task:
    """One need as the queue sees it: ``due_ns`` (UTC nanoseconds), ``left`` seconds of programme still to make.

    ``speed`` is how many seconds of programme are made a second; ``not_before_ns`` holds a failed one back.
    """

    need: Need
    due_ns: int
    left: float
    speed: float
    running: bool = False
    not_before_ns: int = 0
    fresh: bool = False
    """It runs and has not made enough to go on air yet."""
    rank: int = 0
    """Place of its channel; the lower one's comes first."""

    @property
    def work(self) -> float:
        """Seconds until it is done when it runs."""
        return self.left / max(self.speed, 0.01)


@dataclass(frozen=True, slots=True)
class Decision:
    """Jobs to start and running jobs to put aside."""

    start: tuple[Need, ...] = ()
    stop: tuple[Need, ...] = ()


def slots_for(tasks: Iterable[Task], jobs: int, cores: int, now_ns: int) -> int:
    """Return how many jobs may run: ``jobs``, but more while channels wait for their first picture.

    What is urgent never waits for a job that is not: it is let in beside it.
    """
    tasks = tuple(tasks)
    urgent = [task for task in tasks if task.due_ns < now_ns + URGENT * NS and task.not_before_ns <= now_ns]
    waits = any(not task.running for task in urgent)
    others = sum(task.running for task in tasks if task not in urgent) if waits else 0
    return max(jobs, min(len(urgent) + others, 2 * cores))


def decide(tasks: Sequence[Task], jobs: int, cores: int, now_ns: int) -> Decision:
    """Return what to start and what to put aside so that the neediest is made first.

    A running job gives way only when something would otherwise be late, and never when it is nearly done.
    """
    slots = slots_for(tasks, jobs, cores, now_ns)
    running = in_order((task for task in tasks if task.running), now_ns)
    waiting = in_order((task for task in tasks if not task.running and task.not_before_ns <= now_ns), now_ns)
    # Channels that wait for their first picture get it one after the other, each quickly, not all at once and late.
    fresh = sum(1 for task in running if task.fresh)
    free = max(jobs - len(running), min(slots - len(running), max(1, cores // 2) - fresh), 0)
    start: list[Task] = []
    for task in waiting[:free]:
        # Before it stands still a job has taken more of the machine than what it would wait for can spare.
        if task.need in held([replace(one, running=True) for one in (*running, *start, task)], jobs, cores, now_ns):
            break
        start.append(task)
    stop: list[Task] = []
    while len(running) - len(stop) > slots:
        last = next((task for task in reversed(running) if task not in stop and _ahead(task, now_ns)), None)
        if last is None:
            break
        stop.append(last)
    for task in waiting[free:]:
        victim = next((one for one in reversed(running) if one not in stop and one.work > NEARLY_DONE), None)
        if victim is None or not _gives_way(victim, task, now_ns):
            break
        soonest = min(one.work for one in running if one not in stop)
        if now_ns + (soonest + STARTUP + LEAD) * NS <= task.due_ns:
            break
        stop.append(victim)
        start.append(task)
    return Decision(tuple(task.need for task in start), tuple(task.need for task in stop))


def held(tasks: Iterable[Task], jobs: int, cores: int, now_ns: int) -> frozenset[Need]:
    """Return the running jobs that stand still so that others keep up.

    While a job is short of time no more go on than the machine carries. When there is not enough for all channels, some
    are served well instead of all badly.
    """
    running = in_order((task for task in tasks if task.running), now_ns, SHORT)
    if not running or running[0].due_ns >= now_ns + SHORT * NS:
        return frozenset()
    return frozenset(task.need for task in running[max(jobs, cores // 2, 1) :])


def is_pressed(task: Task, pressed: bool, now_ns: int) -> bool:
    """Return whether a running job should step back for nobody; ``pressed``: so it was until now.

    What airs next is as much as what airs: it must not wait for whoever else uses the machine.
    """
    return task.due_ns < now_ns + (URGENT if pressed else SHORT) * NS


def in_order(tasks: Iterable[Task], now_ns: int, urgent: float = URGENT) -> list[Task]:
    """Return ``tasks`` by need: what is due within ``urgent`` seconds first, by rank, what is late already behind it.

    The rest by due time.
    """

    def place(task: Task) -> tuple[bool, bool, int, int, int, Need]:
        if task.due_ns >= now_ns + urgent * NS:
            return True, False, 0, task.due_ns, task.rank, task.need
        return False, task.due_ns < now_ns, task.rank, task.due_ns, 0, task.need

    return sorted(tasks, key=place)


def _gives_way(running: Task, task: Task, now_ns: int) -> bool:
    """Return whether a job may be put aside for ``task``: it is due much later, or late and ``task`` can be on time."""
    later = running.due_ns - task.due_ns >= _MARGIN * NS
    return later or running.due_ns < now_ns <= task.due_ns < now_ns + URGENT * NS


def _due(task: Task) -> tuple[int, int, Need]:
    return task.due_ns, task.rank, task.need


def _ahead(task: Task, now_ns: int) -> bool:
    return task.due_ns > now_ns + SURPLUS * NS and task.work > NEARLY_DONE


def expected_ready(tasks: Sequence[Task], need: Need, jobs: int, now_ns: int) -> int | None:
    """Return from when (UTC nanoseconds) ``need`` can air without running dry; None when it is not in the queue.

    An asset may air while it grows when the rest is made as fast as it airs.
    """
    slots = [now_ns + int(task.work * NS) for task in tasks if task.running][: max(jobs, 1)]
    slots += [now_ns] * (max(jobs, 1) - len(slots))
    heapq.heapify(slots)
    for task in sorted(tasks, key=_due):
        if task.running:
            if task.need == need:
                return _airable(task, now_ns, 0.0)
            continue
        begins = max(slots[0], task.not_before_ns)
        if task.need == need:
            return _airable(task, begins, STARTUP)
        heapq.heapreplace(slots, begins + int((STARTUP + task.work) * NS))
    return None


def _airable(task: Task, begins: int, startup: float) -> int:
    behind = max(0.0, task.work - task.left)
    lead = min(task.work, LEAD / max(task.speed, 0.01))
    return begins + int((startup + lead + behind) * NS)
