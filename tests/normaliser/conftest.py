"""A normaliser over a store in a temporary folder, and a clip long enough to be caught in the middle."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from clips import X264, Clips, beeps, flashes

from tvd.library.asset import Asset
from tvd.library.job import Means
from tvd.library.normaliser import Normaliser, Reports
from tvd.library.source import Source
from tvd.library.store import AssetStore
from tvd.media import generated
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.process import Limits

sys.path.insert(0, str(Path(__file__).parent))

from studios import HOUSE, LONG, Studio, source_of, until

Opener = Callable[..., Awaitable[Studio]]


@pytest.fixture
async def studio_in(ffmpeg: Ffmpeg) -> AsyncIterator[Opener]:
    """Return what opens a studio in a folder; all of them end with the test."""
    opened: list[Studio] = []

    async def open_in(root: Path, **options: int) -> Studio:
        store = AssetStore(root, options.get("max_bytes", 10**9), options.get("free_min", 0))
        await store.load()
        means = Means(store, ffmpeg, Limits(memory=4 * 2**30, nice=5), 20.0, generated.inputs)
        refused: list[tuple[str, str]] = []
        durations: list[tuple[str, float]] = []
        ready: list[Asset] = []
        reports = Reports(
            refused=lambda *report: refused.append(report),
            duration=lambda *report: durations.append(report),
            ready=ready.append,
        )
        normaliser = Normaliser(means, jobs=1, cores=1, reports=reports)
        task = asyncio.create_task(normaliser.run())
        studio = Studio(store, normaliser, task, refused, durations, ready)
        opened.append(studio)
        await normaliser.calibrate(HOUSE)
        return studio

    yield open_in
    for studio in opened:
        await studio.stop()
        studio.store.close()


@pytest.fixture
async def studio(studio_in: Opener, tmp_path: Path) -> Studio:
    """Return a studio with an empty store."""
    studio = await studio_in(tmp_path / "data")
    await until(lambda: (slate := studio.store.slate(HOUSE)) and not slate.growing)
    return studio


@pytest.fixture(scope="session")
def long_clip(clips: Clips) -> Path:
    """Return a clip of two minutes whose sound is much too soft."""
    return clips.make("two-minutes", ".mkv", *flashes(seconds=LONG), *beeps(LONG, level=0.05), *X264, "-c:a", "aac")


@pytest.fixture
def long_source(long_clip: Path) -> Source:
    """Return that clip as a source."""
    return source_of(long_clip)


@pytest.fixture
def plain(clips: Clips) -> Source:
    """Return a clip of four seconds."""
    return source_of(clips.get("plain"))
