"""``surf``: twenty changes of channel a minute for as long as is wanted, and what of it stays in the browser.

Memory of the page's scripts after collecting garbage, elements, listeners, and connections to the server.
"""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import psutil  # type: ignore[import-untyped]  # it ships no types
from playwright.async_api import CDPSession, Page
from rich.console import Console

from bench.browser import chromium, moving, watching
from bench.results import Row
from bench.server import Server, server
from bench.settings import Settings
from bench.start import SHIPPED

_PATIENCE: Final = 60.0
_EVERY: Final = 3.0
"""Seconds between two changes."""
_KEYS: Final = ("PageDown", "PageDown", "PageDown", "PageUp", "Backspace")
_WARMING: Final = 15
"""Changes before the first look: caches and pools are filled by then."""


async def measure(settings: Settings, console: Console) -> list[Row]:
    """Surf for ``minutes`` and return what grew."""
    settings.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="surf-", dir=settings.cache) as name:
        async with chromium() as browser, server(SHIPPED, Path(name) / "data") as tvd, watching(browser) as page:
            await tvd.on_air(_PATIENCE)
            await page.goto(tvd.url + "/", wait_until="commit")
            await moving(page, _PATIENCE)
            devtools = await page.context.new_cdp_session(page)
            changes = await _surf(page, _WARMING, 0)
            before = await _held(devtools, tvd)
            console.print(f"surfing for {settings.minutes:g} minutes …")
            changes += await _surf(page, round(settings.minutes * 60 / _EVERY), changes)
            after = await _held(devtools, tvd)
    note = f"{changes} changes of channel in all"
    rows = [
        Row(
            "surf",
            "memory of scripts: growth",
            (after["heap"] - before["heap"]) / 2**20,
            "MiB",
            "",
            within="<= 4",
            note=note,
        )
    ]
    rows += [Row("surf", f"{what}: before", before[what], "") for what in ("nodes", "listeners", "connections")]
    rows += [
        Row("surf", "nodes: growth", after["nodes"] - before["nodes"], "", within="<= 100"),
        Row("surf", "listeners: growth", after["listeners"] - before["listeners"], "", within="<= 100"),
        Row("surf", "connections: after", after["connections"], "", within="<= 8"),
    ]
    return rows


async def _surf(page: Page, changes: int, done: int) -> int:
    begin = time.monotonic()
    for change in range(changes):
        await page.keyboard.press(_KEYS[(done + change) % len(_KEYS)])
        await asyncio.sleep(max(0.0, begin + (change + 1) * _EVERY - time.monotonic()))
    return changes


async def _held(devtools: CDPSession, tvd: Server) -> dict[str, Any]:
    await devtools.send("HeapProfiler.collectGarbage")
    counters = await devtools.send("Memory.getDOMCounters")
    heap = await devtools.send("Runtime.getHeapUsage")
    sockets = psutil.Process(tvd.pid).net_connections("tcp")
    return {
        "heap": heap["usedSize"],
        "nodes": counters["nodes"],
        "listeners": counters["jsEventListeners"],
        "connections": sum(socket.status == psutil.CONN_ESTABLISHED for socket in sockets),
    }
