"""What the tests of the normaliser share: a small house, sources from clips, a running normaliser."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from clips import probe_of

from tvd.library.asset import Asset
from tvd.library.normaliser import Normaliser
from tvd.library.queue import Wanted
from tvd.library.source import Source
from tvd.library.store import AssetStore
from tvd.media.asset_file import AssetFile
from tvd.media.house import NS, HouseFormat
from tvd.media.treatment import Treatment

HOUSE = HouseFormat(width=160, height=90, video_bitrate=300_000, audio_bitrate=64_000, preset="ultrafast")
TREATMENT = Treatment()
LONG = 120.0
HOUR = 3600 * NS


def source_of(path: Path, *, name: str = "", duration: float = 0.0) -> Source:
    """Return what the library would know of a clip; ``duration`` is what its header claims."""
    probe = probe_of(path)
    stat = path.stat()
    return Source(
        id=name or path.stem,
        path=path,
        size=stat.st_size,
        mtime_ns=stat.st_mtime_ns,
        title=path.stem,
        duration=duration or probe.duration,
        probe=probe,
    )


def coded(path: Path, count: int | None = None) -> list[tuple[object, ...]]:
    """Return the samples of the first ``count`` segments of an asset file (default: all), one value a segment."""
    with AssetFile(path, HOUSE.grid) as file:
        fragments = [file.fragment(index) for index in range(file.segments if count is None else count)]
        return [(one.video_sizes, one.order, bytes(one.video), one.audio_sizes, bytes(one.audio)) for one in fragments]


async def until(condition: Callable[[], object], seconds: float = 120.0) -> None:
    """Wait until ``condition`` holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.002)


@dataclass
class Studio:
    """A running normaliser and what it reported."""

    store: AssetStore
    normaliser: Normaliser
    task: asyncio.Task[None]
    refused: list[tuple[str, str]] = field(default_factory=list)
    durations: list[tuple[str, float]] = field(default_factory=list)
    ready: list[Asset] = field(default_factory=list)

    def want(self, *sources: Source, in_seconds: float = 3600.0) -> None:
        """Want ``sources``, one second after the other, the first in so many seconds."""
        now = time.time_ns()
        self.normaliser.set_wanted(
            Wanted(source, HOUSE, TREATMENT, now + int((in_seconds + i) * NS)) for i, source in enumerate(sources)
        )

    def find(self, source: Source) -> Asset | None:
        """Return the best asset of ``source``."""
        return self.store.find(source.id, HOUSE, TREATMENT)

    async def make(self, *sources: Source, in_seconds: float = 3600.0) -> None:
        """Want ``sources`` and wait until nothing is left to do."""
        self.want(*sources, in_seconds=in_seconds)
        async with asyncio.timeout(180):
            await self.normaliser.drained()

    async def stop(self) -> None:
        """End the normaliser."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
