"""``zap``: from pressing the key that changes the channel to the first frame of the new one, in Chromium.

*Surfing* is one key again and again, *to and fro* every key that changes the channel. *Not kept ready* is the same page
told that bytes cost money: then it loads a channel when it is asked for, as any player of HLS does.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]  # it ships no types
from playwright.async_api import Browser, Page
from rich.console import Console

from bench.browser import about, chromium, moving, until, watching
from bench.results import Row, median
from bench.server import BenchError, server
from bench.settings import Settings
from bench.start import SHIPPED

SURFING: Final = ("PageDown",)
TO_AND_FRO: Final = ("PageDown", "PageDown", "PageUp", "Backspace", "PageUp", "PageUp", "Backspace")
METERED: Final = "Object.defineProperty(navigator, 'connection', {value: {saveData: true}});"
_PATIENCE: Final = 60.0
_ZAP_PATIENCE: Final = 10.0
_REST: Final = 1.3
"""Seconds of watching between two changes; no multiple of a segment, so that they meet each part of one."""
_WARMING: Final = 6.0
"""Seconds of watching before the first."""


async def measure(settings: Settings, console: Console) -> list[Row]:
    """Change the channel ``zaps`` times in each way and return how long it took."""
    settings.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="zap-", dir=settings.cache) as name:
        async with chromium() as browser, server(SHIPPED, Path(name) / "data") as tvd:
            await tvd.on_air(_PATIENCE)
            console.print(f"changing the channel {3 * settings.zaps} times …")
            cold = await _series(browser, tvd.url, SURFING, settings.zaps, METERED)
            surfing = await _series(browser, tvd.url, SURFING, settings.zaps)
            fro = await _series(browser, tvd.url, TO_AND_FRO, settings.zaps)
    load, _, _ = psutil.getloadavg()
    note = f"{settings.zaps} changes over the demo channels, load {load:.1f} at the end"
    alone = [each[0] for each in cold]
    rows = []
    for what, took in (("surfing", surfing), ("to and fro", fro)):
        seen, moved = sorted(each[0] for each in took), [each[1] for each in took]
        first = f"{what}: key to first new frame, median"
        rows += [
            Row("zap", first, median(seen), "ms", "not kept ready", median(alone), within="<= 100", note=note),
            Row("zap", f"{what}: nine of ten within", seen[int(len(seen) * 0.9)], "ms"),
            Row("zap", f"{what}: slowest", seen[-1], "ms"),
            Row("zap", f"{what}: key to the next frame, median", median(moved), "ms", note="the picture moves"),
        ]
    return rows


async def _series(
    browser: Browser, url: str, keys: Sequence[str], changes: int, script: str = ""
) -> list[tuple[float, float]]:
    """Return for each change after how many milliseconds a frame of the new channel was there, and one that is new."""
    async with watching(browser) as page:
        if script:
            await page.add_init_script(script)
        await page.goto(url + "/", wait_until="commit")
        await moving(page, _PATIENCE)
        await asyncio.sleep(_WARMING)
        return [await _zap(page, keys[change % len(keys)]) for change in range(changes)]


async def _zap(page: Page, key: str) -> tuple[float, float]:
    await asyncio.sleep(_REST)
    await page.evaluate("(key) => { window.bench.armed = key; }", key)
    await page.keyboard.press(key)
    if not await until(page, "window.bench.zapped && window.bench.seen", _ZAP_PATIENCE):
        raise BenchError(f"no new frame within {_ZAP_PATIENCE:g} s after {key}; {await about(page)}")
    times = await page.evaluate("window.bench")
    return float(times["seen"]), float(times["zapped"])
