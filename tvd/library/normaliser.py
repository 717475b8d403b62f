"""The normaliser: keeps making what will air, in the order it is due, so many jobs at a time.

:meth:`Normaliser.set_wanted` says what will air; :meth:`Normaliser.run` works on it until cancelled, and every child
ends with it. What to start and to stop is decided by the pure functions of ``queue`` over the ``backlog``; one
``Job`` makes one asset. A failure is a state of its source, never of the normaliser: refused with its reason, or
tried again later.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from tvd import logs, metrics
from tvd.errors import TvdError
from tvd.library.asset import Asset, Generation
from tvd.library.backlog import Backlog, Entry
from tvd.library.calibrate import SLATE, Calibrated, Calibration
from tvd.library.job import Job, Means
from tvd.library.jobstatus import JobStatus, status_of
from tvd.library.making import JobFailedError
from tvd.library.nightjob import NightJob
from tvd.library.queue import URGENT, Decision, Wanted, decide, expected_ready, held, is_pressed
from tvd.library.source import Source
from tvd.media.house import NS, HouseFormat
from tvd.media.treatment import Treatment

_TICK: Final = 1.0
_BUSY_TICK: Final = 0.25
"""Seconds between two looks while something waits for its turn: soon enough that nothing that airs runs dry."""
SLATE_WAITS: Final = 4.0
"""Seconds for which the slate of a house waits at most until what opens in it has enough to be on air."""
FULL_PAUSE: Final = 10 * NS
"""Nanoseconds until a full disk is looked at again."""

log = logs.get("normaliser")


def _nothing(*_: object) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Reports:
    """Whom to tell, in the loop. ``refused``: source id and reason; ``duration``: source id and its real seconds."""

    refused: Callable[[str, str], None] = _nothing
    duration: Callable[[str, float], None] = _nothing
    ready: Callable[[Asset], None] = _nothing


@dataclass(frozen=True, slots=True)
class _Calibrating:
    house: HouseFormat
    calibration: Calibration
    task: asyncio.Task[None]
    retry_ns: int


class Normaliser:
    """Makes assets. ``jobs`` at once (0: one for every two cores); ``means`` is what each job works with."""

    def __init__(
        self,
        means: Means,
        *,
        jobs: int = 0,
        cores: int = 0,
        reports: Reports | None = None,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.cores = cores or os.cpu_count() or 1
        self.set_jobs(jobs)
        self.paused = ""
        """Why nothing new is started (the disk or the store is full); empty while all is well."""
        self._paused_until = 0
        self._sharing = False
        self._made = False
        """Something was made since the start: what opens from now on does so beside others."""
        self._means = means
        self._store = means.store
        self._reports = reports or Reports()
        self._now_ns = now_ns
        self._backlog = Backlog(means.store, now_ns)
        self._calibrations: dict[str, _Calibrating] = {}
        self._changed = asyncio.Event()
        self._drained = asyncio.Event()
        self._store.on_lost = self._lost

    def set_jobs(self, jobs: int) -> None:
        """Run ``jobs`` at once from now on (0: one for every two cores); what already runs is not stopped."""
        self.jobs = jobs or max(1, self.cores // 2)

    # What is wanted ----------------------------------------------------------------------------------------------

    async def calibrate(self, house: HouseFormat, *, opening: bool = False) -> Calibrated:
        """Return the generation of ``house``; when it is new its slate is made: each house needs this before it airs.

        ``opening``: something is to air at once, and its beginning comes before the slate. Raises :class:`TvdError`
        when this house format cannot be encoded.
        """
        return await asyncio.shield(self._calibration(house, SLATE_WAITS if opening else 0.0).found)

    def _calibration(self, house: HouseFormat, patience: float = 0.0) -> Calibration:
        """Return the calibration of ``house``: one that runs, or a new one when the last failed a while ago."""
        known = self._calibrations.get(house.key)
        if known is not None and not (known.calibration.failed and self._now_ns() >= known.retry_ns):
            return known.calibration
        calibration = Calibration(self._means, house, patience)
        task = asyncio.create_task(calibration.run(), name=f"slate {house.label}")
        task.add_done_callback(lambda _: self._changed.set())
        calibration.found.add_done_callback(lambda _: self._changed.set())
        self._calibrations[house.key] = _Calibrating(house, calibration, task, self._now_ns() + FULL_PAUSE)
        return calibration

    def _lost(self, asset: Asset) -> None:
        """Make again what the store had to give up, when it is still wanted; a slate always is."""
        known = self._calibrations.get(asset.manifest.house)
        if asset.source == SLATE and known is not None:
            known.task.add_done_callback(lambda _: self._recalibrate(known))
        self._changed.set()

    def _recalibrate(self, known: _Calibrating) -> None:
        if self._calibrations.get(known.house.key) is known and not known.task.cancelled():
            del self._calibrations[known.house.key]
            self._calibration(known.house)

    def set_wanted(self, wanted: Iterable[Wanted]) -> None:
        """Replace the list of what will air; the earliest air time of each need counts."""
        self._backlog.replace(wanted)
        self._drained.clear()
        self._changed.set()

    def expected_ready(
        self, source: Source, house: HouseFormat, treatment: Treatment, air_ns: int | None = None
    ) -> int | None:
        """Return from when (UTC nanoseconds) it can air from its beginning without running dry.

        None: never (refused). What is not wanted yet is estimated as if it were, to air at ``air_ns`` (default: after
        everything else).
        """
        now = self._now_ns()
        asset = self._store.find(source.id, house, treatment)
        if asset is not None and not asset.growing:
            return now
        if self._backlog.is_refused(source, house, treatment):
            return None
        tasks = [task for task in self._backlog.tasks() if self._backlog.entries[task.need].better is None]
        need = (source.id, house.key, treatment.key)
        if need not in self._backlog.entries:
            last = max((task.due_ns for task in tasks), default=now)
            wanted = Wanted(source, house, treatment, last if air_ns is None else air_ns)
            tasks.append(self._backlog.task(need, Entry(wanted)))
        return expected_ready(tasks, need, self.jobs, now)

    def status(self) -> list[JobStatus]:
        """Return the queue, running jobs first, then by air time."""
        entries = sorted(self._backlog.entries.values(), key=lambda one: (one.job is None, one.wanted.air_ns))
        return [status_of(entry, self._store.find(*_parts(entry.wanted))) for entry in entries]

    async def drained(self) -> None:
        """Wait until there is nothing left to do: everything wanted is there, or refused."""
        await self._drained.wait()

    # Working -----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Work until cancelled; then every job has ended, what can be resumed is left in the store."""
        try:
            while True:
                self._changed.clear()
                await self._step()
                self._measure()
                try:
                    async with asyncio.timeout(_BUSY_TICK if self._sharing else _TICK):
                        await self._changed.wait()
                except TimeoutError:
                    pass
        finally:
            await asyncio.shield(self._end())

    async def _end(self) -> None:
        tasks: list[asyncio.Task[Asset] | asyncio.Task[None]] = [
            entry.task for entry in self._backlog.entries.values() if entry.task is not None
        ]
        tasks += [known.task for known in self._calibrations.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._measure()

    async def _step(self) -> None:
        """Bring what runs in line with what is wanted."""
        for known in tuple(self._calibrations.values()):
            if known.calibration.failed and self._store.generation(known.house) is not None:
                self._calibration(known.house)  # its slate is still wanted
        backlog = self._backlog
        backlog.review()
        for entry in backlog.unplanned_jobs():
            self._stop(entry, "no longer wanted")
        if not backlog.entries:
            self._drained.set()
        decision = self._decide()
        for need in decision.stop:
            self._stop(backlog.entries[need], "something airs earlier")
        for need in decision.start:
            due = backlog.entries.get(need)
            if due is not None and due.task is None and not await self._start(due):
                break
        self._share()
        self._make_slates()

    def _decide(self) -> Decision:
        tasks = [
            task for task in self._backlog.tasks() if self._calibrated(self._backlog.entries[task.need].wanted.house)
        ]
        soon = self._now_ns() + int(URGENT * NS)
        self._sharing = any(not task.running and task.due_ns < soon for task in tasks)
        return decide(tasks, self.jobs, self.cores, self._now_ns())

    def _share(self) -> None:
        """Let what runs have its turn."""
        running = {need: entry.job for need, entry in self._backlog.entries.items() if isinstance(entry.job, Job)}
        tasks = [self._backlog.task(need, self._backlog.entries[need]) for need in running]
        standing = held(tasks, self.jobs, self.cores, self._now_ns())
        for need, job in running.items():
            job.turn.hold(need in standing)
        for task in tasks:
            turn = running[task.need].turn
            turn.pressed = is_pressed(task, turn.pressed, self._now_ns())
        self._sharing = self._sharing or bool(standing)

    def _make_slates(self) -> None:
        """Let the slates be made that wait for what opens, once that has enough to be on air."""
        slates = [one.calibration.may_begin for one in self._calibrations.values() if not one.task.done()]
        if all(may_begin.is_set() for may_begin in slates):
            return
        if self._made or any(task.running and not task.fresh for task in self._backlog.tasks()):
            for may_begin in slates:
                may_begin.set()
        self._sharing = True  # looked at again soon

    def _calibrated(self, house: HouseFormat) -> bool:
        """Whether jobs of this house can start; if not, see that they soon can."""
        if self._store.generation(house) is not None:
            return True
        self._calibration(house)
        return False

    async def _start(self, entry: Entry) -> bool:
        """Start a job when there is room for what it makes; return whether another may be started as well."""
        wanted = entry.wanted
        size = int(wanted.source.segments(wanted.house.grid) * _bytes_a_segment(wanted))
        if size > self._store.max_bytes:
            self._refuse(entry, f"needs up to {size} bytes, the asset store may hold {self._store.max_bytes}")
            return True
        if self._now_ns() < self._paused_until:
            return False
        try:
            full = await self._store.room_for(size, wanted.air_ns)
        except OSError as error:  # a data folder that is away comes back
            full = f"the data folder does not answer: {error.strerror}"
        if full:
            if full != self.paused:
                log.warning("normaliser.paused", reason=full)
            self.paused, self._paused_until = full, self._now_ns() + FULL_PAUSE
            return False
        if self.paused:
            log.info("normaliser.resumed")
        self.paused = ""
        generation = self._store.generation(wanted.house)
        # While room was made the world went on.
        if generation is None or entry.task is not None or self._backlog.entries.get(wanted.need) is not entry:
            return True
        if wanted.night and self._backlog.day_of(wanted) is None:
            return True
        entry.job = self._job(entry, generation)
        entry.task = asyncio.create_task(entry.job.run(), name=f"normalise {wanted.source.id}")
        entry.task.add_done_callback(lambda _: self._ended(entry))
        self._store.reserve(wanted.source.id, size)
        log.info(
            "normaliser.started",
            source=wanted.source.id,
            title=wanted.source.title,
            sound_only=entry.better is not None or wanted.night,
        )
        return True

    def _job(self, entry: Entry, generation: Generation) -> Job | NightJob:
        day = self._backlog.day_of(entry.wanted) if entry.wanted.night else None
        if day is not None:
            return NightJob(self._means, entry.wanted, generation, day)
        excerpts = self._backlog.excerpts_only(entry)
        job = Job(
            self._means, entry.wanted, generation, excerpts=excerpts, better=entry.better, unsteady=entry.unsteady
        )
        # It takes a while until anything comes out of it: by then it is nearer.
        job.turn.pressed = is_pressed(self._backlog.task(entry.wanted.need, entry), True, self._now_ns())
        return job

    def _stop(self, entry: Entry, why: str) -> None:
        if entry.task is not None and entry.task.cancel(why):
            log.info("normaliser.stopped", source=entry.wanted.source.id, reason=why)

    # What became of jobs -----------------------------------------------------------------------------------------

    def _ended(self, entry: Entry) -> None:
        """Take note of how a job ended; runs in the loop as soon as it has."""
        task, job = entry.task, entry.job
        assert task is not None
        assert job is not None
        entry.task = entry.job = None
        self._store.reserve(entry.wanted.source.id, 0)
        self._changed.set()
        if task.cancelled():
            metrics.normaliser_jobs.labels("stopped").inc()
            return
        error = task.exception()
        if error is None:
            self._done(entry, job, task.result())
        elif isinstance(error, JobFailedError):
            self._failed(entry, error)
        elif isinstance(error, TvdError):
            self._refuse(entry, str(error))
        else:
            # A fault of ours: this source waits, the others go on.
            log.error("normaliser.fault", source=entry.wanted.source.id, exc_info=error)
            self._failed(entry, JobFailedError("killed", f"internal error: {error!r}"))

    def _done(self, entry: Entry, job: Job | NightJob, asset: Asset) -> None:
        self._made = True
        entry.failures = entry.out_of_memory = 0
        entry.reason = ""
        # What stood still for others says nothing of the machine.
        if not (isinstance(job, Job) and job.turn.held):
            self._backlog.speeds.learn(
                entry.wanted.house, job.overall_speed, sound_only=job.better is not None or asset.manifest.night
            )
        metrics.normaliser_jobs.labels("provisional" if asset.provisional else "done").inc()
        log.info(
            "asset.ready",
            asset=asset.key,
            source=asset.source,
            title=asset.manifest.title,
            segments=asset.segments,
            provisional=asset.provisional,
            night=asset.manifest.night,
            loudness=asset.manifest.loudness,
            bytes=asset.size,
            speed=round(job.overall_speed, 1),
        )
        wanted = entry.wanted
        if asset.segments < wanted.source.segments(wanted.house.grid):
            self._reports.duration(asset.source, float(asset.segments * wanted.house.grid.duration))
        self._reports.ready(asset)

    def _failed(self, entry: Entry, failure: JobFailedError) -> None:
        if failure.kind == "full":
            self.paused, self._paused_until = str(failure), self._now_ns() + FULL_PAUSE
        refused = self._backlog.fail(entry, failure)
        if refused:
            self._refuse(entry, refused)
            return
        metrics.normaliser_jobs.labels("failed").inc()
        log.warning("normaliser.failed", source=entry.wanted.source.id, reason=str(failure), kind=failure.kind)

    def _refuse(self, entry: Entry, reason: str) -> None:
        self._backlog.refuse(entry, reason)
        metrics.normaliser_jobs.labels("refused").inc()
        log.warning("asset.refused", source=entry.wanted.source.id, title=entry.wanted.source.title, reason=reason)
        if not entry.wanted.night:  # without it the sound of the day airs
            self._reports.refused(entry.wanted.source.id, reason)
        self._changed.set()

    def _measure(self) -> None:
        entries = self._backlog.entries.values()
        metrics.normaliser_queue_jobs.set(len(entries))
        metrics.normaliser_speed_ratio.set(sum(entry.job.speed for entry in entries if entry.job is not None))


def _parts(wanted: Wanted) -> tuple[str, HouseFormat, Treatment]:
    return wanted.source.id, wanted.house, wanted.treatment


def _bytes_a_segment(wanted: Wanted) -> float:
    house = wanted.house
    return float(house.grid.duration * (house.audio_bitrate if wanted.night else house.bitrate) / 8)
