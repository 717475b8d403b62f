"""What is told of the normaliser's queue."""

from dataclasses import dataclass
from typing import Literal

from tvd.library.asset import Asset
from tvd.library.backlog import Entry


@dataclass(frozen=True, slots=True)
class JobStatus:
    """One line of the queue, for API and terminal: ``progress`` 0 to 1, ``speed`` in seconds of programme a second."""

    source: str
    title: str
    state: Literal["waiting", "measuring", "encoding", "verifying", "done"]
    progress: float
    speed: float
    air_ns: int
    sound_only: bool
    reason: str


def status_of(entry: Entry, asset: Asset | None) -> JobStatus:
    """Return the line of one thing wanted; ``asset`` is what there is of it."""
    job, source = entry.job, entry.wanted.source
    return JobStatus(
        source=source.id,
        title=source.title,
        state=job.state if job is not None else "waiting",
        progress=job.progress
        if job is not None
        else (asset.ready / asset.segments if asset and asset.growing else 0.0),
        speed=job.speed if job is not None else 0.0,
        air_ns=entry.wanted.air_ns,
        sound_only=entry.better is not None or entry.wanted.night,
        reason=entry.reason,
    )
