"""The page begins to load its channel before it is put together: the right one, as it was wanted, and once."""

import pytest
from playwright.async_api import Request, Route
from sofa import Sit, Station, Viewer

pytestmark = pytest.mark.browser

METERED = "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })"
HEARD = """window.heard = [];
document.addEventListener("playing", ({ target }) => window.heard.push(target.muted ? 0 : target.volume), true);"""
QUALITY = 'localStorage.setItem("tvd.quality", "180")'


async def alone(sit: Sit) -> tuple[Viewer, list[str]]:
    """Sit down where nothing is kept ready; return who sits, and the paths that are asked for from then on."""
    viewer = await sit()
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url.partition("/hls/")[2])

    viewer.page.on("request", note)
    await viewer.page.add_init_script(METERED)
    return viewer, asked


async def test_the_address_is_heeded_before_anything_is_loaded(station: Station, sit: Sit) -> None:
    viewer, asked = await alone(sit)
    await viewer.page.add_init_script(HEARD)
    await viewer.page.goto(f"{station.url}/?muted&volume=30#12")
    await viewer.tuned("slow-water")
    channels = {path.partition("/")[0] for path in asked if path}
    assert channels == {"slow-water"}
    assert set(await viewer.page.evaluate("heard")) == {0}
    assert viewer.complaints == []


async def test_it_is_loaded_once(station: Station, sit: Sit) -> None:
    viewer, asked = await alone(sit)
    await viewer.page.goto(f"{station.url}/watch/late-night")
    await viewer.tuned("late-night")
    assert sum(path.endswith("/init.mp4") for path in asked) == 1
    segments = [path for path in asked if path.endswith(".m4s")]
    assert len(segments) == len(set(segments))
    assert viewer.complaints == []


async def test_a_remembered_size_holds_from_the_first_segment_on(station: Station, sit: Sit) -> None:
    viewer, _ = await alone(sit)
    await viewer.page.add_init_script(QUALITY)
    await viewer.page.goto(f"{station.url}/watch/late-night")
    await viewer.tuned("late-night")
    assert not await viewer.look("tv.tuner.active.hls.autoLevelEnabled")
    assert not await viewer.look("tv.quality.auto")
    assert viewer.complaints == []


async def test_a_first_try_that_fails_is_not_the_last(station: Station, sit: Sit) -> None:
    viewer, _ = await alone(sit)
    failed: list[str] = []

    async def fail_once(route: Route) -> None:
        if failed:
            await route.fallback()
        else:
            failed.append(route.request.url)
            await route.abort()

    await viewer.page.route("**/*.m4s", fail_once)
    await viewer.page.goto(f"{station.url}/watch/late-night")
    await viewer.tuned("late-night")
    assert len(failed) == 1


async def test_a_playlist_that_fails_at_first_is_asked_for_again(station: Station, sit: Sit) -> None:
    viewer, _ = await alone(sit)
    failed: list[str] = []

    async def fail_at_first(route: Route) -> None:
        # Asked for beforehand by the page itself, then by the player.
        if len(failed) < 2:
            failed.append(route.request.url)
            await route.fulfill(status=404)
        else:
            await route.fallback()

    await viewer.page.route("**/master.m3u8", fail_at_first)
    await viewer.page.goto(f"{station.url}/watch/late-night")
    await viewer.tuned("late-night")
    assert len(failed) == 2
