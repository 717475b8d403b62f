"""The normaliser's memory: what is wanted and not there yet, what was tried, what was refused and why."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from tvd.library.asset import Asset
from tvd.library.job import Job
from tvd.library.making import JobFailedError
from tvd.library.nightjob import NightJob
from tvd.library.queue import LEAD, NEARLY_DONE, STARTUP, Need, Task, Wanted
from tvd.library.source import Source
from tvd.library.speed import MEASURING, Speeds
from tvd.library.store import AssetStore
from tvd.media.house import NS, HouseFormat
from tvd.media.night import is_needed
from tvd.media.treatment import Treatment

RETRIES: Final = 5
"""Times a job that failed for no fault of its source is tried again before the source is refused."""
OOM_RETRIES: Final = 2
"""The same for the kernel's OOM killer: what needs too much memory will need it again."""
_BACK_OFF: Final = 5.0
_BACK_OFF_MAX: Final = 300.0
_REFUSED_FOR: Final = 600 * NS
"""How long a refused file is not tried again, unless it becomes another."""
_SOUND_LATER: Final = 3600 * NS
"""New sound for what can air already comes after everything due within this time."""
_UNPLANNED: Final = 10**6 * 3600 * NS
_AFTERWARDS: Final = 256
"""Provisional assets nothing plans any more that are still made properly when there is nothing else to do."""


@dataclass(slots=True)
class Entry:
    """A need not met yet, or met by a provisional asset (``better``) only; ``job`` while one works on it."""

    wanted: Wanted
    planned: bool = True
    better: Asset | None = None
    job: Job | NightJob | None = None
    task: asyncio.Task[Asset] | None = None
    failures: int = 0
    out_of_memory: int = 0
    unsteady: bool = False
    """Its sound changes in the file: the next job makes it steady first."""
    not_before_ns: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Refusal:
    size: int
    mtime_ns: int
    until_ns: int


class Backlog:
    """Everything still to be made. Belongs to the event loop; does nothing by itself."""

    def __init__(self, store: AssetStore, now_ns: Callable[[], int]) -> None:
        self.entries: dict[Need, Entry] = {}
        self.speeds = Speeds()
        self._store = store
        self._now_ns = now_ns
        self._refused: dict[Need, _Refusal] = {}

    def replace(self, wanted: Iterable[Wanted]) -> None:
        """Take a new list of what will air: the earliest air time of each need counts."""
        earliest: dict[Need, Wanted] = {}
        for one in wanted:
            known = earliest.get(one.need)
            if known is None or (one.air_ns, one.rank) < (known.air_ns, known.rank):
                earliest[one.need] = one
        for need, entry in self.entries.items():
            entry.planned = need in earliest
        for need, one in earliest.items():
            if (old := self.entries.get(need)) is not None:
                old.wanted = one
            elif not self._is_refused(need, one.source):
                self.entries[need] = Entry(one)
        self.review()

    def review(self) -> None:
        """Drop what is met, note what is met provisionally, forget what nobody plans any more."""
        afterwards = 0
        for need, entry in list(self.entries.items()):
            if entry.task is not None:
                continue
            asset = self._find(entry.wanted)
            if entry.wanted.night:
                if asset is not None or not entry.planned or self._day_will_do(entry.wanted):
                    del self.entries[need]
                continue
            entry.better = asset if asset is not None and asset.provisional and not asset.growing else None
            if asset is not None and not asset.growing and not asset.provisional:
                del self.entries[need]
            elif not entry.planned:
                afterwards += 1
                if entry.better is None or afterwards > _AFTERWARDS:
                    del self.entries[need]

    def unplanned_jobs(self) -> list[Entry]:
        """Return the entries with a running job that nothing needs any more, but for those nearly done."""
        return [
            entry
            for need, entry in self.entries.items()
            if entry.job is not None
            and not entry.planned
            and entry.job.better is None
            and self.task(need, entry).work > NEARLY_DONE
        ]

    def tasks(self) -> list[Task]:
        """Return the queue as the deciding functions see it; only what can be worked on."""
        return [
            self.task(need, entry)
            for need, entry in self.entries.items()
            if not entry.wanted.night or self.day_of(entry.wanted) is not None
        ]

    def day_of(self, wanted: Wanted) -> Asset | None:
        """Return the asset that night sound is made of, once it is whole and will not be replaced."""
        asset = self._store.find(wanted.source.id, wanted.house, wanted.treatment)
        return asset if asset is not None and not asset.growing and not asset.provisional else None

    def _day_will_do(self, wanted: Wanted) -> bool:
        """Whether the sound of the day is calm enough for the night."""
        day = self.day_of(wanted)
        if day is None:
            return False
        return not is_needed(day.manifest.loudness, day.manifest.true_peak, day.manifest.loudness_range)

    def task(self, need: Need, entry: Entry) -> Task:
        """Return how the queue sees one entry."""
        wanted, now = entry.wanted, self._now_ns()
        duration = wanted.house.grid.duration
        total = wanted.source.segments(wanted.house.grid)
        speed = entry.job.speed if entry.job is not None else 0.0
        fresh = False
        if wanted.night:
            # What is on air already is not changed any more: then it is for another night.
            due = wanted.air_ns if wanted.air_ns > now else now + _SOUND_LATER
            left, usual = float(total * duration), self.speeds.sound()
        elif entry.better is not None:
            due = max(wanted.air_ns, now) + (_SOUND_LATER if entry.planned else _UNPLANNED)
            left, usual = float(total * duration), self.speeds.sound()
        else:
            asset = self._find(wanted)
            ready = asset.ready if asset is not None else 0
            total = asset.segments if asset is not None else total
            due = wanted.air_ns + int(ready * duration * NS)
            left, usual = float((total - ready) * duration), self.speeds.encoding(wanted.house)
            # What stands still for others must not keep more of them from being begun.
            going = isinstance(entry.job, Job) and entry.job.turn.going
            fresh = going and ready * duration < LEAD
        return Task(
            need=need,
            due_ns=due,
            left=left,
            speed=speed or usual,
            running=entry.task is not None,
            not_before_ns=entry.not_before_ns,
            fresh=fresh,
            rank=wanted.rank,
        )

    def excerpts_only(self, entry: Entry) -> bool:
        """Whether air is too near to measure the whole sound of an entry before it is made."""
        if entry.better is not None or entry.wanted.night:
            return False
        needed = entry.wanted.source.duration / MEASURING + 2 * STARTUP
        return self.task(entry.wanted.need, entry).due_ns < self._now_ns() + needed * NS

    def _find(self, wanted: Wanted) -> Asset | None:
        find = self._store.night if wanted.night else self._store.find
        return find(wanted.source.id, wanted.house, wanted.treatment)

    # What happened -----------------------------------------------------------------------------------------------

    def refuse(self, entry: Entry, reason: str) -> None:
        """Take an entry off the queue; the same file is not tried again soon."""
        source = entry.wanted.source
        now = self._now_ns()
        until = now + _REFUSED_FOR
        self._refused = {need: old for need, old in self._refused.items() if old.until_ns > now}
        self._refused[entry.wanted.need] = _Refusal(source.size, source.mtime_ns, until)
        entry.reason = reason
        self.entries.pop(entry.wanted.need, None)

    def fail(self, entry: Entry, failure: JobFailedError) -> str:
        """Take note of a failed try; return why there is none after it, empty when it is tried again."""
        entry.reason = str(failure)
        if failure.kind == "full":
            return ""
        if failure.kind == "unsteady":
            again, entry.unsteady = entry.unsteady, True
            return str(failure) if again else ""
        entry.failures += 1
        entry.out_of_memory += failure.kind == "memory"
        if entry.out_of_memory > OOM_RETRIES or entry.failures > RETRIES:
            return f"{failure} ({entry.failures} times)"
        pause = min(_BACK_OFF * 2 ** (entry.failures - 1), _BACK_OFF_MAX)
        entry.not_before_ns = self._now_ns() + int(pause * NS)
        return ""

    def _is_refused(self, need: Need, source: Source) -> bool:
        refusal = self._refused.get(need)
        if refusal is None:
            return False
        if refusal.until_ns > self._now_ns() and (refusal.size, refusal.mtime_ns) == (source.size, source.mtime_ns):
            return True
        del self._refused[need]
        return False

    def is_refused(self, source: Source, house: HouseFormat, treatment: Treatment) -> bool:
        """Whether this file was refused and has not changed since."""
        return self._is_refused((source.id, house.key, treatment.key), source)
