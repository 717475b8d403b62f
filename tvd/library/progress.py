"""Showing what the normaliser does: progress bars on a terminal, a log line now and then elsewhere."""

import asyncio
import sys
from collections.abc import Iterable
from typing import Final, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from tvd import logs
from tvd.library.jobstatus import JobStatus

_BARS_EVERY: Final = 0.25
_LINE_EVERY: Final = 10.0
_TITLE: Final = 32

log = logs.get("normaliser")


class Working(Protocol):
    """What has a queue to show."""

    def status(self) -> list[JobStatus]:
        """Return the queue, running jobs first."""
        ...


async def show_progress(working: Working, *, terminal: bool | None = None) -> None:
    """Show the queue of ``working`` on stderr until cancelled. ``terminal`` None: as stderr is."""
    if sys.stderr.isatty() if terminal is None else terminal:
        await _bars(working)
    else:
        await _lines(working)


async def _bars(working: Working) -> None:
    bars = Bars(Console(stderr=True))
    with bars.progress:
        while True:
            bars.update(working.status())
            await asyncio.sleep(_BARS_EVERY)


async def _lines(working: Working) -> None:
    while True:
        await asyncio.sleep(_LINE_EVERY)
        status = working.status()
        for job in running(status):
            log.info(
                "normaliser.progress",
                source=job.source,
                title=job.title,
                state=job.state,
                progress=round(job.progress, 3),
                speed=round(job.speed, 1),
                queue=len(status),
            )


def running(status: Iterable[JobStatus]) -> list[JobStatus]:
    """Return the jobs something is being done for."""
    return [job for job in status if job.state != "waiting"]


class Bars:
    """One progress bar for each running job; a bar goes when its job is done."""

    def __init__(self, console: Console) -> None:
        self.progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[note]}", markup=False),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    def update(self, status: Iterable[JobStatus]) -> None:
        """Show ``status`` as it is now."""
        jobs = {job.source: job for job in running(status)}
        for source in self._tasks.keys() - jobs.keys():
            self.progress.remove_task(self._tasks.pop(source))
        for source, job in jobs.items():
            if source not in self._tasks:
                title = job.title[: _TITLE - 1] + "…" if len(job.title) > _TITLE else job.title
                self._tasks[source] = self.progress.add_task(title, total=1.0, note="")
            note = f"{job.speed:.1f}x" if job.speed else job.state
            self.progress.update(self._tasks[source], completed=job.progress, note=note)
