"""Chromium, and a script in each page that sees the frames its videos show, whoever wrote the page.

Playwright drives the browser that is installed. Times of the page are turned into :func:`time.time`.
"""

import asyncio
import contextlib
import shutil
import time
from collections.abc import AsyncIterator
from typing import Any, Final

from playwright.async_api import Browser, Page, async_playwright

from bench.server import BenchError

ARGS: Final = ("--autoplay-policy=no-user-gesture-required", "--no-sandbox", "--mute-audio")
_POLL: Final = 0.03
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")

SCRIPT: Final = """
(() => {
  const bench = window.bench = {first: null, moved: null, frames: 0, key: null, seen: null, zapped: null};
  const loads = new WeakMap();       // video -> how often what it plays was taken away
  const canvas = new OffscreenCanvas(64, 36);
  const pen = canvas.getContext('2d', {willReadFrequently: true});
  let before = null;
  let shown = new Map();             // video -> its loads, of those that were to be seen when a key was pressed
  const wall = (time) => performance.timeOrigin + time;
  const seen = (video) => video.checkVisibility({opacityProperty: true, visibilityProperty: true});

  function picture(video) {
    pen.drawImage(video, 0, 0, 64, 36);
    return pen.getImageData(0, 0, 64, 36).data;
  }

  function frame(video, now, about) {
    bench.frames++;
    bench.first ??= wall(about.presentationTime);
    if (bench.moved === null) {
      const after = picture(video);
      if (before !== null && after.some((value, place) => Math.abs(value - before[place]) > 2)) {
        bench.moved = wall(about.presentationTime);
      }
      before ??= after;
    }
    if (bench.key !== null && bench.zapped === null && seen(video) && shown.get(video) !== loads.get(video)
        && about.presentationTime > bench.key) {
      bench.zapped = about.presentationTime - bench.key;
    }
  }

  function follow(video) {
    if (loads.has(video)) return;
    loads.set(video, 0);
    video.addEventListener('emptied', () => loads.set(video, loads.get(video) + 1));
    const each = (now, about) => { frame(video, now, about); video.requestVideoFrameCallback(each); };
    video.requestVideoFrameCallback(each);
  }

  const look = () => document.querySelectorAll('video').forEach(follow);
  new MutationObserver(look).observe(document, {childList: true, subtree: true});
  addEventListener('keydown', (event) => {
    if (bench.armed !== event.key) return;
    bench.armed = null;
    bench.key = event.timeStamp;
    bench.zapped = bench.seen = null;
    shown = new Map([...document.querySelectorAll('video')].filter(seen).map((video) => [video, loads.get(video)]));
    requestAnimationFrame(lookout);
  }, {capture: true});

  // A frame that was decoded beforehand is presented without being new: on screen one refresh after it can be seen.
  function lookout() {
    if (bench.seen !== null) return;
    const there = [...document.querySelectorAll('video')].some((video) =>
      video.readyState >= 2 && seen(video) && shown.get(video) !== loads.get(video));
    if (!there) return requestAnimationFrame(lookout);
    const {key} = bench;
    requestAnimationFrame((time) => { bench.seen ??= time - key; });
  }
})();
"""


def program() -> str:
    """Return the browser that is installed. Raises :class:`BenchError` when none is."""
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    raise BenchError("no Chromium here: tests/programs.sh installs it on Debian")


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run a headless Chromium for the length of the block."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program(), args=list(ARGS))
        try:
            yield browser
        finally:
            await browser.close()


@contextlib.asynccontextmanager
async def watching(browser: Browser) -> AsyncIterator[Page]:
    """Open an empty page of its own that sees frames, as ``window.bench`` in each document."""
    context = await browser.new_context(viewport={"width": 1280, "height": 720})
    try:
        await context.add_init_script(SCRIPT)
        yield await context.new_page()
    finally:
        await context.close()


async def moving(page: Page, seconds: float) -> dict[str, Any]:
    """Wait for a picture that moves; return when (:func:`time.time`) the first frame and the first other one came.

    Raises :class:`BenchError` after ``seconds``.
    """
    if not await until(page, "window.bench && window.bench.moved", seconds):
        raise BenchError(f"no moving picture within {seconds:g} s; {await about(page)}")
    times = await page.evaluate("window.bench")
    return {"first": times["first"] / 1000, "moved": times["moved"] / 1000}


async def until(page: Page, expression: str, seconds: float) -> bool:
    """Wait until a JavaScript expression is true; return whether it was within ``seconds``.

    Asked again and again from here: the page's own rules do not let it evaluate text.
    """
    deadline = time.monotonic() + seconds
    while not await page.evaluate(f"Boolean({expression})"):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(_POLL)
    return True


async def about(page: Page) -> str:
    """Return what the page shows, for a message."""
    return str(
        await page.evaluate(
            """() => [...document.querySelectorAll('video')].map((video) =>
                 `readyState ${video.readyState} at ${video.currentTime} ${video.error?.message ?? ''}`).join('; ')
               || `no video in ${location.pathname}`"""
        )
    )
