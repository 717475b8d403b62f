"""What surrounds the picture: guide, list, info, settings, night, tube and snow, the card at the end, the phone."""

import io
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import Page
from sofa import Sit, Station

pytestmark = pytest.mark.browser

BUDGET = 250_000
"""Bytes that the page, all it is made of and all headers included, may be over the wire."""
WEIGHT = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .filter(({ name }) => !/\\/(hls|api|thumbs)\\//.test(name))
  .reduce((sum, { transferSize }) => sum + transferSize, 0)"""


async def test_the_guide_walks_and_tunes(station: Station, sit: Sit) -> None:
    viewer = await sit()
    page = viewer.page
    await page.goto(f"{station.url}/watch/late-night")
    await viewer.tuned("late-night")
    await page.keyboard.press("g")
    await page.wait_for_selector("[data-slug='late-night'] .guide-cell.airs:focus")
    assert await page.inner_text("#guide-detail") != ""
    await page.keyboard.press("ArrowRight")
    assert not await page.evaluate("document.activeElement.classList.contains('airs')")
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.body.dataset.panel") == "guide", "what is not on yet is only told of"
    before = await page.inner_text(".guide-ruler span:first-child")
    await page.keyboard.press("PageDown")
    assert await page.inner_text(".guide-ruler span:first-child") != before
    await page.click("#guide-now")
    await page.locator("[data-slug='test-card'] .guide-cell.airs").click()
    await viewer.tuned("test-card")
    assert await page.evaluate("document.body.dataset.panel") is None
    assert viewer.complaints == []


async def test_the_list_shows_what_every_channel_looks_like(station: Station, sit: Sit) -> None:
    viewer = await sit()
    page = viewer.page
    asked: list[str] = []
    page.on("request", lambda request: "/thumbs/" in request.url and asked.append(request.url))
    await page.goto(f"{station.url}/watch/late-night")
    await viewer.tuned("late-night")
    assert asked == [], "not while the list is closed"
    await page.keyboard.press("l")
    await page.wait_for_function("""() => [...document.querySelectorAll("#channels img")]
        .every((image) => !image.hidden && image.naturalWidth === 192)""")
    assert len(asked) == len(station.broadcast.on)
    assert viewer.complaints == []


async def test_info_says_what_is_on_and_what_follows(station: Station, sit: Sit) -> None:
    viewer = await sit()
    page = viewer.page
    await page.goto(f"{station.url}/watch/late-night")
    await viewer.tuned("late-night")
    await page.keyboard.press("i")
    assert await page.inner_text("#info-title") in ("Night Train to Lisbon", "The Lighthouse Keeper")
    assert await page.inner_text("#info-facts") == "Ada Moreau"
    assert "one window" in await page.inner_text("#info-description")
    await page.wait_for_selector("#info-later li")
    await page.keyboard.press("i")
    assert await page.is_hidden("#info")


async def test_the_banner_shows_a_small_copy_of_the_picture(
    station: Station, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fetched once however often it comes back; where there is none, or a broken one, there is nothing to see."""
    whole, broken, none = station.broadcast.on
    whole.words, broken.words = {"art": f"{1:016x}.jpg"}, {"art": f"{2:016x}.jpg"}
    red = io.BytesIO()
    Image.new("RGB", (854, 480), (200, 30, 30)).save(red, "JPEG")

    async def picture(name: str) -> bytes:
        return red.getvalue() if name == whole.words["art"] else b"no picture"

    monkeypatch.setattr(station.broadcast, "picture", picture)
    viewer = await sit()
    page = viewer.page
    asked: list[str] = []
    # Beside it, the panel with more about it and the system's media controls load it as they are used to.
    page.on("request", lambda request: request.resource_type == "fetch" and asked.append(request.url))
    shown = "() => !document.getElementById('banner-art').hidden"
    await page.goto(f"{station.url}/watch/{whole.slug}")
    await page.wait_for_function(shown)
    seen = await page.evaluate("""() => {
        const canvas = document.getElementById("banner-art");
        return [canvas.width, canvas.height, ...canvas.getContext("2d").getImageData(100, 60, 1, 1).data];
      }""")
    assert seen[:2] == [240, 135]
    assert seen[2:] == [pytest.approx(200, abs=8), pytest.approx(30, abs=8), pytest.approx(30, abs=8), 255]
    for channel in (broken, none):
        await page.keyboard.press("ArrowUp")
        await viewer.tuned(channel.slug)
        assert not await page.evaluate(shown)
    await page.keyboard.press("ArrowUp")
    await viewer.tuned(whole.slug)
    await page.wait_for_function(shown)
    assert asked.count(f"{station.url}/art/{whole.words['art']}") == 1


async def test_what_is_liked_is_remembered(station: Station, sit: Sit) -> None:
    viewer = await sit(locale="en-GB")
    page = viewer.page
    await page.goto(f"{station.url}/watch/late-night")
    await viewer.tuned("late-night")
    await page.keyboard.press("o")
    await page.check("#set-crt")
    await page.select_option("#set-osd", "amber")
    await page.select_option("#set-night", "on")
    assert await page.evaluate("document.body.className.match(/crt|night|osd-amber/g).length") == 3
    async with page.expect_navigation():
        await page.select_option("#set-language", "pt")
    await page.wait_for_selector("body.crt.night.osd-amber")
    assert await page.get_attribute("html", "lang") == "pt"
    assert await page.get_attribute("#up", "aria-label") == "Canal seguinte"
    await viewer.tuned("late-night")
    assert viewer.complaints == []


@pytest.mark.parametrize(("hour", "night"), [(21, False), (23, True), (3, True), (7, False)])
async def test_night_falls_by_itself(station: Station, sit: Sit, hour: int, night: bool) -> None:
    viewer = await sit(timezone_id="Europe/Lisbon")
    page = viewer.page
    await page.clock.install(time=f"2026-07-10T{hour:02d}:30:00+01:00")
    await page.goto(station.url)
    await page.wait_for_selector("#banner-title:not(:empty)")
    assert await page.evaluate("document.body.classList.contains('night')") == night


@pytest.mark.parametrize(("motion", "falls"), [("no-preference", True), ("reduce", False)])
async def test_snow_falls_until_there_is_a_picture(station: Station, sit: Sit, motion: Any, falls: bool) -> None:
    viewer = await sit(reduced_motion=motion)
    page = viewer.page
    await page.goto(f"{station.url}/watch/late-night")
    await viewer.tuned("late-night")
    await page.evaluate("""() => new MutationObserver(([{ target }]) => {
        window.fell ||= target.classList.contains("falling");
      }).observe(document.getElementById("snow"), { attributes: true, attributeFilter: ["class"] })""")
    await page.keyboard.press("1")
    await page.keyboard.press("2")
    await viewer.tuned("slow-water")
    assert bool(await page.evaluate("window.fell")) == falls
    assert not await page.evaluate("document.getElementById('snow').classList.contains('falling')")


async def test_snow_is_drawn_once(station: Station, sit: Sit) -> None:
    """A picture drawn anew is another one to the browser, which keeps it: shown again, it is the same."""
    viewer = await sit()
    page = viewer.page
    await page.goto(f"{station.url}/watch/late-night")
    await viewer.tuned("late-night")
    await page.evaluate("""() => {
        const { prototype } = CanvasRenderingContext2D;
        const { putImageData } = prototype;
        Object.assign(window, { drawn: 0, fell: 0, most: 0 });
        prototype.putImageData = function (...all) { window.drawn += 1; return putImageData.apply(this, all); };
        new MutationObserver(() => {
          window.fell += 1;
          window.most = Math.max(window.most, document.querySelectorAll("#snow > .shown").length);
        }).observe(document.getElementById("snow"), { attributes: true, subtree: true, childList: true });
      }""")
    for slug in ("test-card", "slow-water", "late-night") * 3:
        await page.keyboard.press("ArrowUp")
        await viewer.tuned(slug)
    assert await page.evaluate("window.fell") >= 9
    assert await page.evaluate("[document.querySelectorAll('#snow > *').length, window.most]") == [6, 1]
    assert await page.evaluate("window.drawn") <= 6


async def test_a_card_ends_the_evening_and_a_touch_begins_the_next(station: Station, sit: Sit) -> None:
    viewer = await sit()
    page = viewer.page
    await page.goto(f"{station.url}/watch/late-night?sleep=0.03")
    await page.wait_for_selector("#goodnight:not([hidden])", timeout=20_000)
    assert await page.inner_text("#goodnight-time") != ""
    assert await page.evaluate("document.getElementById('set').inert")
    await page.keyboard.press("ArrowUp")
    await page.wait_for_selector("#goodnight", state="hidden")
    await viewer.tuned("late-night")

    # A telephone or a headset wakes it as well, and does nothing else. What was under way ends.
    measured = "(tv.clock.measure(), tv.command('sleep', 0), tv.clock.measuring.then(() => tv.clock.timer))"
    assert await viewer.look(measured) == 0
    assert await viewer.look("tv.sleep.asleep")
    await viewer.look("tv.press('up')")
    await viewer.tuned("late-night")


async def pair(screen: Page, phone: Page, url: str) -> None:
    await screen.keyboard.press("o")
    await screen.click("#set-phone-pair")
    code = await screen.inner_text("#set-phone-code:not([hidden]):not(:empty)")
    await phone.goto(f"{url}/remote")
    await phone.fill("#code", "000 000")
    await phone.keyboard.press("Enter")
    await phone.wait_for_selector("#fault:not(:empty)")
    await phone.fill("#code", code)
    await phone.keyboard.press("Enter")
    await phone.wait_for_selector("#keys:not([hidden])")
    await screen.keyboard.press("Escape")


async def test_a_phone_is_the_remote_control(station: Station, sit: Sit) -> None:
    screen = await sit()
    phone = await sit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    await screen.page.goto(f"{station.url}/watch/late-night")
    await screen.tuned("late-night")
    await pair(screen.page, phone.page, station.url)
    await phone.page.wait_for_function("() => document.getElementById('name').textContent === 'Late Night'")
    await phone.page.get_by_label("Channel up").tap()
    await screen.tuned("test-card")
    await phone.page.wait_for_function("() => document.getElementById('number').textContent === '2'")
    for digit in "12":
        await phone.page.get_by_role("button", name=digit, exact=True).tap()
    await screen.tuned("slow-water")
    await phone.page.get_by_label("Mute").tap()
    await screen.page.wait_for_function("() => document.getElementById('picture').muted")
    await phone.page.get_by_label("Channels").tap()
    await screen.page.wait_for_selector("body[data-panel=list]")
    await phone.page.get_by_label("Up", exact=True).tap()
    await phone.page.get_by_role("button", name="OK").tap()
    await screen.tuned("test-card")
    # Both may be loaded anew and find one another again.
    await screen.page.reload()
    await phone.page.reload()
    await phone.page.wait_for_selector("#keys:not([hidden])")
    await screen.tuned("test-card")
    await phone.page.wait_for_function("() => document.getElementById('number').textContent === '2'")
    await phone.page.get_by_role("button", name="Disconnect").tap()
    await phone.page.wait_for_selector("#pair:not([hidden])")
    assert screen.complaints + phone.complaints == []


async def test_the_page_is_light_and_can_be_installed(station: Station, sit: Sit) -> None:
    viewer = await sit()
    page = viewer.page
    await page.goto(f"{station.url}/watch/late-night")
    await viewer.tuned("late-night")
    await page.keyboard.press("g")
    assert 100_000 < await page.evaluate(WEIGHT) <= BUDGET
    session = await page.context.new_cdp_session(page)
    manifest = await session.send("Page.getAppManifest")
    assert manifest["url"].endswith("/manifest.webmanifest")
    assert manifest["errors"] == []
    assert (await session.send("Page.getInstallabilityErrors"))["installabilityErrors"] in (
        [],
        [{"errorId": "in-incognito", "errorArguments": []}],
    )


async def test_without_scripts_one_line_says_so(station: Station, sit: Sit) -> None:
    viewer = await sit(java_script_enabled=False, locale="pt-PT")
    await viewer.page.goto(station.url)
    said = await viewer.page.inner_text(".noscript")
    assert "precisa de JavaScript" in said
    assert "/hls/CHANNEL/master.m3u8" in said
