"""The normaliser: keeps making what will air, in the order it is due, so many jobs at a time.

:meth:`Normaliser.set_wanted` says what will air; :meth:`Normaliser.run` works on it until cancelled, and every child ends with it. What to
start and stop is decided by pure functions in ``queue``; one ``Job`` makes one asset. A failure is a state of its
source, never of the normaliser: it is refused with its reason, or tried again later.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from tvd import logs, metrics
from tvd.errors import SourceRefusedError, TvdError
from tvd.library.asset import Asset, Generation
from tvd.library.calibrate import calibrate
from tvd.library.job import Job, JobState, Means
from tvd.library.making import JobFailedError
from tvd.library.queue import NEARLY_DONE, Need, Task, Wanted, decide, expected_ready
from tvd.library.speed import Speeds
from tvd.media.house import NS, HouseFormat
from tvd.library.source import Source
from tvd.media.treatment import Treatment

RETRIES: Final = 5
"""Times a job that failed for no fault of the source is tried again before its source is refused."""
OOM_RETRIES: Final = 2
_BACK_OFF: Final = 5.0
_BACK_OFF_MAX: Final = 300.0
_FULL_PAUSE: Final = 10.0
_TICK: Final = 1.0
_SETTLED_NS: Final = 3600 * NS
_REMEMBERED: Final = 256

log = logs.get("normaliser")


@dataclass(frozen=True, slots=True)
class JobStatus:
    """One line of the queue, for the API and the terminal. ``speed`` in seconds of programme a second."""

    source: str
    title: str
    state: Literal["waiting", "measuring", "encoding", "verifying", "done"]
    progress: float
    speed: float
    air_ns: int
    sound_only: bool
    reason: str = ""


@dataclass(slots=True)
class _Entry:
    """A need that is not met yet (or only provisionally), with what happened to it."""

    wanted: Wanted
    better: Asset | None = None
    job: Job | None = None
    task: asyncio.Task[None] | None = None
    failures: int = 0
    out_of_memory: int = 0
    not_before_ns: int = 0
    reason: str = ""
    stopping: bool = False


def _nothing(*_: object) -> None:
    pass


@dataclass(slots=True)
class Reports:
    """Whom to tell. ``refused``: source id and reason; ``duration``: source id and the seconds it really has."""

    refused: Callable[[str, str], None] = _nothing
    duration: Callable[[str, float], None] = _nothing
    ready: Callable[[Asset], None] = _nothing


@dataclass(frozen=True, slots=True)
class _Refusal:
    """What was refused, so that the same file is not tried again until it is another."""

    size: int
    mtime_ns: int
    reason: str


class Normaliser:
    """Makes assets. ``jobs`` at once (0: one for every two cores); ``means`` is what each job works with."""

    def __init__(
        self,
        means: Means,
        *,
        jobs: int = 0,
        cores: int | None = None,
        reports: Reports | None = None,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.cores = cores or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self.jobs = jobs or max(1, self.cores // 2)
        self.paused = ""
        """Why nothing new is started (a full disk); empty while all is well."""
        self._means = means
        self._store = means.store
        self._reports = reports or Reports()
        self._now_ns = now_ns
        self._entries: dict[Need, _Entry] = {}
        self._refused: dict[Need, _Refusal] = {}
        self._speeds = Speeds()
        self._calibrating: dict[str, asyncio.Task[Generation]] = {}
        self._changed = asyncio.Event()
        self._idle = asyncio.Event()
        self._store.on_lost = self._on_lost

    # What is wanted ----------------------------------------------------------------------------------------------

    async def calibrate(self, house: HouseFormat) -> Generation:
        """Return the generation of ``house``, making its slate when it is new. Every house needs this once, first."""
        if (generation := self._store.generation(house)) is not None:
            return generation
        task = self._calibrating.get(house.key)
        if task is None:
            task = self._calibrating[house.key] = asyncio.create_task(calibrate(self._means, house))
        try:
            return await asyncio.shield(task)
        finally:
            if task.done():
                self._calibrating.pop(house.key, None)
            self._changed.set()

    def set_wanted(self, wanted: Iterable[Wanted]) -> None:
        """Replace the list of what will air; each need counts with its earliest air time."""
