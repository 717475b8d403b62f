"""A real Chromium in front of a real server; the studio of ``tests/web`` plays the channels."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "web")]

from sofa import CHROMIUM, FLAGS, Launch, Sit, Station, Viewer, sit_down  # noqa: E402 - found through the path above
from studio import Clip, StudioBroadcast, StudioChannel, StudioClock, make_clip  # noqa: E402 - as above


@pytest.fixture(scope="session")
def clips() -> tuple[Clip, Clip, Clip]:
    """Three pictures that cannot be mistaken for one another."""
    size = "320x180"
    return (
        make_clip("mandelbrot=start_scale=2", 220, size=size),
        make_clip("smptehdbars", 330, size=size),
        make_clip("cellauto=rule=110:full=0", 262, size=size),
    )


@pytest.fixture
async def station(clips: tuple[Clip, Clip, Clip]) -> AsyncIterator[Station]:
    clock = StudioClock()
    first, second, third = clips
    channels = [
        StudioChannel(1, "Late Night", "late-night", first, clock, artist="Ada Moreau", titles=("Night Train to Lisbon",
                      "The Lighthouse Keeper"), description="A slow crossing, one window, rain.", programme=500),
        StudioChannel(2, "Test Card", "test-card", second, clock, titles=("Good Evening",), programme=900),
        StudioChannel(12, "Slow Water", "slow-water", third, clock, titles=("Aquarium", "Tide Pools"), programme=200),
    ]  # fmt: skip
    async with Station(StudioBroadcast(clock, channels, title="The Living Room")) as made:
        yield made


@pytest.fixture
async def launch() -> AsyncIterator[Launch]:
    """Return a Chromium with ``flags`` instead of the usual ones; each is started once a test."""
    async with async_playwright() as playwright:
        browsers: dict[tuple[str, ...], Browser] = {}

        async def start(flags: list[str] = FLAGS) -> Browser:
            key = tuple(flags)
            if key not in browsers or not browsers[key].is_connected():
                browsers[key] = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
            return browsers[key]

        yield start
        for browser in browsers.values():
            await browser.close()


@pytest.fixture
async def sit(launch: Launch) -> AsyncIterator[Sit]:
    viewers: list[Viewer] = []

    async def open_page(flags: list[str] = FLAGS, **options: Any) -> Viewer:
        viewers.append(await sit_down(await launch(flags), **options))
        return viewers[-1]

    yield open_page
    for viewer in viewers:
        await viewer.page.context.close()
