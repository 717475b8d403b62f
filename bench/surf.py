"""``surf``: twenty changes of channel a minute for as long as is wanted, and what of it stays in the browser.

Again and again garbage is collected and counted what is left: memory of the page's scripts, elements, listeners, media
sources, memory of the page's process, connections. What grew is the median of the last third of the looks minus
that of the first third; of the process, of looks at which as many channels were kept ready, each of which is some
15 MiB of pictures.
"""

import asyncio
import time
from collections import Counter
from statistics import median
from typing import Final

import psutil  # type: ignore[import-untyped]  # it ships no types
from rich.console import Console

from bench.browser import SCRIPT
from bench.devtools import Tab, tab
from bench.prepare import prepared
from bench.results import Row
from bench.server import Server
from bench.settings import Settings
from bench.usage import MIB, descendants
from bench.zap import CHANNELS

_PATIENCE: Final = 60.0
_POLL: Final = 0.05
_EVERY: Final = 3.0
"""Seconds between two changes."""
_KEYS: Final = ("PageDown", "PageDown", "PageDown", "PageUp", "Backspace")
_WARMING: Final = 20
"""Changes before the first look: caches and pools are filled by then."""
_LOOK: Final = 5
"""Changes between two looks."""
_PROCESS: Final = "memory of the page's process"
_SOURCES_HELD: Final = "media sources"
_GROWS: Final = {
    "memory of scripts": ("MiB", "<= 2"),
    _PROCESS: ("MiB", "<= 30"),
    "nodes": ("", "<= 20"),
    "listeners": ("", "<= 20"),
    _SOURCES_HELD: ("", "<= 1"),
    "connections": ("", "<= 2"),
}
"""What is counted, its unit, and by how much it may grow."""
_SOURCES: Final = """(() => {
  const made = new Set();
  const {MediaSource} = window;
  window.MediaSource = class extends MediaSource { constructor() { super(); made.add(new WeakRef(this)); } };
  window.sources = () => [...made].filter((one) => one.deref() || !made.delete(one)).length;
})();"""
"""Counts the media sources that were not collected."""


async def measure(settings: Settings, console: Console) -> list[Row]:
    """Surf for ``minutes`` and return what grew."""
    settings.cache.mkdir(parents=True, exist_ok=True)
    looks: list[dict[str, float]] = []
    # Of channels that are all prepared: what a page holds depends on what it is given to hold.
    async with prepared(settings.cache, console, CHANNELS) as tvd, tab() as page:
        await page.open(tvd.url + "/", SCRIPT + _SOURCES)
        await _moving(page)
        changes = await _surf(page, _WARMING, 0)
        console.print(f"surfing for {settings.minutes:g} minutes …")
        for _ in range(max(3, round(settings.minutes * 60 / _EVERY / _LOOK))):
            changes += await _surf(page, _LOOK, changes)
            looks.append(await _held(page, tvd))
            held = (f"{what} {looks[-1][what]:.5g} {unit}".strip() for what, (unit, _) in _GROWS.items())
            console.print(f"{changes} changes: {', '.join(held)}")
    third = len(looks) // 3
    rows = []
    for what, (unit, within) in _GROWS.items():
        parts = looks[:third], looks[-third:]
        first, last = (median(look[what] for look in part) for part in (_alike(*parts) if what == _PROCESS else parts))
        note = f"from {first:.1f}" if unit else f"from {first:g}, at most {max(look[what] for look in looks):g}"
        rows.append(Row("surf", f"{what}: growth", last - first, unit, within=within, note=note))
    return [Row("surf", "changes of channel", changes, "", note=f"{len(looks)} looks"), *rows]


def _alike(first: list[dict[str, float]], last: list[dict[str, float]]) -> tuple[list[dict[str, float]], ...]:
    """Return those looks of both at which there were as many media sources, of the number with the most in both."""
    counts = [Counter(look[_SOURCES_HELD] for look in part) for part in (first, last)]
    held, both = (counts[0] & counts[1]).most_common(1)[0] if counts[0] & counts[1] else (0, 0)
    return tuple([look for look in part if not both or look[_SOURCES_HELD] == held] for part in (first, last))


async def _moving(page: Tab) -> None:
    async with asyncio.timeout(_PATIENCE):
        while not await page.evaluate("Boolean(window.bench?.moved)"):
            await asyncio.sleep(_POLL)


async def _surf(page: Tab, changes: int, done: int) -> int:
    begin = time.monotonic()
    for change in range(changes):
        await page.press(_KEYS[(done + change) % len(_KEYS)])
        await asyncio.sleep(max(0.0, begin + (change + 1) * _EVERY - time.monotonic()))
    return changes


async def _held(page: Tab, tvd: Server) -> dict[str, float]:
    # What only the end of one thing lets go of, is found the second time.
    for _ in range(2):
        await page.send("HeapProfiler.collectGarbage")
    counters = await page.send("Memory.getDOMCounters")
    heap = await page.send("Runtime.getHeapUsage")
    return {
        "memory of scripts": heap["usedSize"] / MIB,
        _PROCESS: await asyncio.to_thread(_private, page.pid) / MIB,
        "nodes": counters["nodes"],
        "listeners": counters["jsEventListeners"],
        _SOURCES_HELD: await page.evaluate("window.sources()"),
        "connections": _connections(tvd),
    }


def _private(browser: int) -> int:
    """Return the bytes that only the processes of pages have: of the one page there is, and an empty spare one."""
    pages = [one for one in descendants(browser) if "--type=renderer" in one.cmdline()]
    return sum(one.memory_full_info().uss for one in pages)


def _connections(tvd: Server) -> int:
    """Return how many connections to tvd are open at either end, closed ones that nobody let go of included."""
    ours = psutil.Process(tvd.pid).net_connections("tcp")
    return sum(one.laddr.port == tvd.port and one.status != psutil.CONN_LISTEN for one in ours)
