"""``zap``: from pressing the key that changes the channel to the first frame of the new one, in Chromium.

*Surfing* is one key again and again, *to and fro* every key that changes the channel. *Nothing kept ready* is the same
page told that bytes cost money: then it loads a channel when it is asked for, as any player of HLS does.

*Prepared*: channels whose programmes are all there, on a machine that does nothing else. *Busy*: the demo channels from
an empty store, so that the processors prepare programmes meanwhile.
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
from bench.prepare import prepared
from bench.results import Row, median
from bench.server import BenchError, Server, server
from bench.settings import Settings
from bench.start import SHIPPED

SURFING: Final = ("PageDown",)
TO_AND_FRO: Final = ("PageDown", "PageDown", "PageUp", "Backspace", "PageUp", "PageUp", "Backspace")
CHANNELS: Final = 6
"""More than are kept ready."""
_ALONE: Final = "nothing kept ready"
METERED: Final = "Object.defineProperty(navigator, 'connection', {value: {saveData: true}});"
_PATIENCE: Final = 60.0
_ZAP_PATIENCE: Final = 10.0
_REST: Final = 1.3
"""Seconds of watching between two changes; no multiple of a segment, so that they meet each part of one."""
_WARMING: Final = 6.0
"""Seconds of watching before the first."""


async def measure(settings: Settings, console: Console) -> list[Row]:
    """Change the channel ``zaps`` times in each way, on a machine that is free and on one that is not."""
    settings.cache.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    async with chromium() as browser:
        async with prepared(settings.cache, console, CHANNELS) as tvd:
            rows += await _compared(settings, console, browser, tvd, "prepared")
        with tempfile.TemporaryDirectory(prefix="zap-", dir=settings.cache) as name:
            async with server(SHIPPED, Path(name) / "data") as tvd:
                await tvd.on_air(_PATIENCE)
                rows += await _compared(settings, console, browser, tvd, "busy")
    return rows


async def _compared(settings: Settings, console: Console, browser: Browser, tvd: Server, where: str) -> list[Row]:
    rows = []
    for what, keys in (("surfing", SURFING), ("to and fro", TO_AND_FRO)):
        console.print(f"{where}: {what}, {2 * settings.zaps} changes of channel …")
        alone = await _series(browser, tvd.url, keys, settings.zaps, METERED)
        took = await _series(browser, tvd.url, keys, settings.zaps)
        seen, moved = sorted(each[0] for each in took), median([each[1] for each in took])
        first, moves = (median([each[which] for each in alone]) for which in (0, 1))
        name = f"{where}, {what}"
        within = "<= 100" if where == "prepared" else f"<= {first:.0f}"
        note = f"{settings.zaps} changes each, load {psutil.getloadavg()[0]:.1f} at the end"
        rows += [
            Row("zap", f"{name}: key to first new frame, median", median(seen), "ms", _ALONE, first, within, note),
            Row("zap", f"{name}: nine of ten within", seen[int(len(seen) * 0.9)], "ms"),
            Row("zap", f"{name}: slowest", seen[-1], "ms"),
            Row("zap", f"{name}: key to the next frame, median", moved, "ms", _ALONE, moves, note="the picture moves"),
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
