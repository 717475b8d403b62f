"""Subtitles in a real Chromium: on the picture they belong to, chosen by button, list and key, and remembered."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sofa import Sit, Station, Viewer
from studio import GRID, LOOP, Clip, StudioBroadcast, StudioChannel, StudioClock, StudioSubtitles, make_clip

from tvd.hls.playlist import SubtitleRendition
from tvd.media.cue import Cue

pytestmark = pytest.mark.browser

FRAME = 1 / GRID.fps
FLASH = 20
"""The frame of each segment with which a flash begins, half a second long."""
ENGLISH = SubtitleRendition("en", "en", "English")
GERMAN = SubtitleRendition("de", "de", "Deutsch")


def cues(word: str) -> list[Cue]:
    """Return a cue for each flash of the clip."""
    starts = [round((place * GRID.frames + FLASH) * 1000 / GRID.fps) for place in range(LOOP)]
    return [Cue(start, start + 500, f"<i>{word}</i> {place} &lt;b&gt;") for place, start in enumerate(starts)]


@pytest.fixture(scope="session")
def flashing() -> Clip:
    flash = f"drawbox=t=fill:color=white:enable='between(mod(n\\,{GRID.frames})\\,{FLASH}\\,{FLASH + 14})'"
    return make_clip("color=black", 300, effect=flash)


@pytest.fixture
async def worded(flashing: Clip) -> AsyncIterator[Station]:
    clock = StudioClock()
    spoken = StudioSubtitles((GERMAN, ENGLISH), {"en": cues("flash"), "de": cues("Blitz")}, programme=LOOP)
    channels = [
        StudioChannel(1, "Worded", "worded", flashing, clock, subtitles=spoken),
        StudioChannel(2, "Silent", "silent", flashing, clock),
    ]
    async with Station(StudioBroadcast(clock, channels)) as station:
        yield station


async def shown(viewer: Viewer, word: str) -> None:
    """Wait until a cue with ``word`` is on screen."""
    await viewer.page.wait_for_function(ACTIVE, arg=word, timeout=20_000, polling=50)


ACTIVE = """word => [...document.querySelector("video").textTracks].some((track) =>
  track.mode === "showing" && [...(track.activeCues ?? [])].some((cue) => cue.text.includes(word)))"""

# The time on the video's own line of three flashes' first frames, and of all cues known by then.
MEASURE = """FRAME => new Promise((done) => {
  const video = document.querySelector("video");
  const context = new OffscreenCanvas(4, 4).getContext("2d", { willReadFrequently: true });
  const flashes = [];
  const cues = new Map();
  let dark = false, before = 0;
  const look = (_, { mediaTime }) => {
    context.drawImage(video, 0, 0, 4, 4);
    const bright = context.getImageData(2, 1, 1, 1).data[0] > 128;
    // Only a flash whose frame before was seen as well has surely been seen from its beginning: a machine that is
    // busy leaves frames out.
    if (bright && dark && mediaTime - before < 1.5 * FRAME) flashes.push(mediaTime);
    dark = !bright;
    before = mediaTime;
    for (const track of video.textTracks) {
      for (const cue of track.cues ?? []) cues.set(cue.startTime, cue.text);
    }
    if (flashes.length < 3) video.requestVideoFrameCallback(look);
    else done({ flashes, cues: [...cues.keys()] });
  };
  video.requestVideoFrameCallback(look);
})"""


async def test_cues_come_with_the_pictures_they_belong_to(worded: Station, sit: Sit) -> None:
    viewer = await sit()
    page = viewer.page
    await page.goto(f"{worded.url}/watch/worded")
    await viewer.tuned("worded")
    await page.get_by_role("button", name="Subtitles").click()
    await shown(viewer, "flash")
    async with asyncio.timeout(40):
        measured: dict[str, Any] = await page.evaluate(MEASURE, FRAME)
    for flash in measured["flashes"]:
        nearest = min(measured["cues"], key=lambda start: abs(start - flash))
        assert abs(nearest - flash) <= FRAME
    # A cue is there once, however many segments it touches, and only the markup that was meant is markup.
    texts = await page.evaluate(TEXTS)
    assert len(texts) == len({start for start, _ in texts})
    assert any(text.startswith("flash ") and text.endswith("<b>") for _, text in texts)
    assert viewer.complaints == []


TEXTS = """() => [...document.querySelector("video").textTracks].flatMap((track) =>
  [...(track.cues ?? [])].map((cue) => [cue.startTime, cue.getCueAsHTML().textContent]))"""


async def test_languages_are_chosen_and_remembered(worded: Station, sit: Sit) -> None:
    viewer = await sit(locale="en-GB")
    page = viewer.page
    await page.goto(f"{worded.url}/watch/worded")
    await viewer.tuned("worded")
    button, language = page.locator("#subtitles"), page.locator("#subtitles-language")
    assert await button.get_attribute("aria-pressed") == "false"
    assert await language.locator("option").all_inner_texts() == ["Off", "Deutsch", "English"]
    await page.keyboard.press("v")
    await shown(viewer, "Blitz")
    await page.keyboard.press("o")
    await language.select_option("en")
    await page.keyboard.press("Escape")
    await shown(viewer, "flash")
    # A channel without subtitles has nothing to choose, and the choice stays.
    await page.keyboard.press("ArrowUp")
    await viewer.tuned("silent")
    await page.wait_for_selector("#subtitles", state="hidden")
    await page.reload()
    await page.goto(f"{worded.url}/watch/worded")
    await viewer.tuned("worded")
    await shown(viewer, "flash")
    assert await language.input_value() == "en"
    await button.click()
    assert await button.get_attribute("aria-pressed") == "false"
    assert not await page.evaluate(ACTIVE, "")
    await button.click()
    await shown(viewer, "flash")
    assert viewer.complaints == []
