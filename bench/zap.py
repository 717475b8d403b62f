"""``zap``: from pressing the key that changes the channel to the first frame of the new one, in Chromium."""

import asyncio
import tempfile
from pathlib import Path
from typing import Final

from playwright.async_api import Page
from rich.console import Console

from bench.browser import about, chromium, moving, until, watching
from bench.results import Row, median
from bench.server import BenchError, server
from bench.settings import Settings
from bench.start import SHIPPED

KEY: Final = "PageDown"
_PATIENCE: Final = 60.0
_ZAP_PATIENCE: Final = 10.0
_REST: Final = 1.3
"""Seconds of watching between two changes; no multiple of a segment, so that they meet each part of one."""


async def measure(settings: Settings, console: Console) -> list[Row]:
    """Change the channel ``zaps`` times and return how long it took."""
    settings.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="zap-", dir=settings.cache) as name:
        async with chromium() as browser, server(SHIPPED, Path(name) / "data") as tvd, watching(browser) as page:
            await tvd.on_air(_PATIENCE)
            await page.goto(tvd.url + "/", wait_until="commit")
            await moving(page, _PATIENCE)
            console.print(f"changing the channel {settings.zaps} times …")
            took = [await _zap(page) for _ in range(settings.zaps)]
    ordered = sorted(took)
    note = f"{len(took)} changes over the demo channels"
    return [
        Row("zap", "key to first new frame, median", median(took), "ms", note=note),
        Row("zap", "key to first new frame, nine of ten within", ordered[int(len(ordered) * 0.9)], "ms"),
        Row("zap", "key to first new frame, slowest", ordered[-1], "ms"),
    ]


async def _zap(page: Page) -> float:
    """Press the key and return after how many milliseconds the first frame of the new channel was shown."""
    await asyncio.sleep(_REST)
    await page.evaluate("(key) => { window.bench.armed = key; window.bench.zapped = null; }", KEY)
    await page.keyboard.press(KEY)
    if not await until(page, "window.bench.zapped", _ZAP_PATIENCE):
        raise BenchError(f"no new frame within {_ZAP_PATIENCE:g} s after {KEY}; {await about(page)}")
    return float(await page.evaluate("window.bench.zapped"))
