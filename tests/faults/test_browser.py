"""hls.js in a real Chromium before a real tvd: whatever happens, the picture moves."""

import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright

sys.path[:0] = [str(Path(__file__).parents[1] / "e2e"), str(Path(__file__).parents[1] / "web")]

from sofa import CHROMIUM, FLAGS, Viewer, sit_down  # noqa: E402 - found through the path above
from television import Television, until  # noqa: E402 - as above

pytestmark = pytest.mark.browser

COUNT = """() => {
  const video = document.getElementById("picture");
  window.__waits = 0;
  video.addEventListener("waiting", () => { window.__waits += 1; });
}"""
# A channel just tuned to begins with little in the buffer.
SETTLED = """() => {
  const { buffered, currentTime } = document.getElementById("picture");
  return buffered.length && buffered.end(buffered.length - 1) - currentTime > 2.5;
}"""
SOUND = "() => document.getElementById('picture').webkitAudioDecodedByteCount"


@pytest.fixture(scope="module")
def set_up(videos: Path, more_videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Television]:
    channels = [
        {"number": 1, "name": "One", "slug": "one", "folders": [str(videos)]},
        {"number": 2, "name": "Two", "slug": "two", "folders": [str(more_videos)]},
    ]
    with Television(tmp_path_factory.mktemp("browser"), channels).start() as running:
        yield running.ready()


@pytest.fixture
async def viewer() -> AsyncIterator[Viewer]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield await sit_down(browser, viewport={"width": 640, "height": 360})
        await browser.close()


async def test_it_plays_through_everything(set_up: Television, viewer: Viewer) -> None:
    page = viewer.page
    await page.goto(f"{set_up.url}/watch/one")
    await viewer.tuned("one", 30)
    heard = await page.evaluate(SOUND)
    await viewer.plays(1.0)
    assert await page.evaluate(SOUND) > heard
    await page.keyboard.press("ArrowUp")
    await viewer.tuned("two", 30)
    await page.keyboard.press("ArrowDown")
    await viewer.tuned("one", 30)

    # The channel's ffmpeg is killed: no stall at all while all that was made ahead is played, and more.
    await page.wait_for_function(SETTLED, timeout=20_000)
    await page.evaluate(COUNT)
    pid, mark = set_up.ffmpeg("one"), set_up.mark
    os.kill(pid, signal.SIGKILL)
    set_up.event("pipeline.exited", mark, pid=pid)
    await viewer.plays(14.0, 30)
    assert await page.evaluate("() => window.__waits") == 0

    # Another house: taken over by the same player, without reloading.
    set_up.channels[0]["house"] = {"width": 192, "height": 108}
    set_up.write()
    await page.wait_for_function("() => document.getElementById('picture').videoWidth === 192", timeout=90_000)
    await viewer.plays(3.0)

    # tvd is killed and comes back: the page plays on by itself.
    await page.evaluate("() => { window.__same = true; }")
    set_up.end(signal.SIGKILL)
    set_up.start()
    until(lambda: _on_air(set_up), why=set_up.tail)
    await viewer.plays(6.0, 45)
    assert await page.evaluate("() => window.__same")


def _on_air(television: Television) -> Any:
    try:
        return television.state("one") == "on_air"
    except (OSError, StopIteration):
        return False
