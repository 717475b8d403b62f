import pytest
from sofa import GESTURE, Sit, Station
from studio import Clip

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


async def test_it_plays_at_once_zaps_and_complains_of_nothing(station: Station, sit: Sit) -> None:
    viewer = await sit()
    page = viewer.page
    await page.goto(station.url)
    await viewer.tuned("late-night")
    assert not await viewer.video("muted")
    assert await page.inner_text("#banner-title") in ("Night Train to Lisbon", "The Lighthouse Keeper")
    await page.keyboard.press("ArrowUp")
    await viewer.tuned("test-card")
    assert await page.inner_text("#corner-number") == "2"
    assert await page.inner_text("#banner-title") == "Good Evening"
    await page.keyboard.press("PageUp")
    await viewer.tuned("slow-water")
    await page.keyboard.press("ArrowUp")
    await viewer.tuned("late-night")
    await page.keyboard.press("ArrowDown")
    await viewer.tuned("slow-water")
    await page.keyboard.press("Backspace")
    await viewer.tuned("late-night")
    assert viewer.complaints == []


async def test_digits_tune(station: Station, sit: Sit) -> None:
    viewer = await sit()
    page = viewer.page
    await page.goto(station.url)
    await viewer.tuned("late-night")
    await page.keyboard.press("1")
    await page.keyboard.press("2")
    await viewer.tuned("slow-water")
    await page.keyboard.press("2")
    await page.keyboard.press("Enter")
    await viewer.tuned("test-card")
    await page.keyboard.press("9")
    await page.keyboard.press("9")
    assert "nothing here" in await page.inner_text("#corner")
    await viewer.plays()


async def test_it_remembers_channel_volume_and_mute(station: Station, sit: Sit) -> None:
    viewer = await sit()
    page = viewer.page
    await page.goto(f"{station.url}/watch/test-card")
    await viewer.tuned("test-card")
    await page.keyboard.press("-")
    await page.keyboard.press("-")
    await page.keyboard.press("m")
    assert await viewer.video("muted")
    await page.goto(station.url)
    await viewer.tuned("test-card")
    assert await viewer.video("muted")
    assert round(await viewer.video("volume"), 2) == 0.7
    await page.keyboard.press("m")
    assert not await viewer.video("muted")


REFUSE_SOUND = """
    const play = HTMLMediaElement.prototype.play;
    let gesture = false;
    addEventListener("pointerdown", (event) => { gesture ||= event.isTrusted; }, true);
    HTMLMediaElement.prototype.play = function () {
        if (this.muted || gesture) return play.call(this);
        return Promise.reject(new DOMException("no gesture yet", "NotAllowedError"));
    };
"""


async def test_without_a_gesture_it_plays_muted_and_offers_sound(station: Station, sit: Sit) -> None:
    viewer = await sit(GESTURE)
    page = viewer.page
    # Looking at the page from outside counts as a gesture to Chromium; here only a real click does.
    await page.add_init_script(REFUSE_SOUND)
    await page.goto(station.url)
    await viewer.tuned("late-night")
    assert await viewer.video("muted")
    await page.get_by_role("button", name="Tap for sound").click()
    await viewer.plays()
    assert not await viewer.video("muted")
    assert await page.get_by_role("button", name="Tap for sound").count() == 0


async def test_the_list_is_for_mouse_and_keyboard(station: Station, sit: Sit) -> None:
    viewer = await sit()
    page = viewer.page
    await page.goto(station.url)
    await viewer.tuned("late-night")
    await page.keyboard.press("l")
    current = page.locator("#channels a[aria-current]")
    assert await current.get_attribute("data-slug") == "late-night"
    assert await page.evaluate("document.activeElement.dataset.slug") == "late-night"
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await viewer.tuned("test-card")
    await page.keyboard.press("l")
    await page.locator("#channels a", has_text="Slow Water").click()
    await viewer.tuned("slow-water")
    await page.keyboard.press("?")
    assert await page.get_by_role("dialog").is_visible()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Escape")
    assert await page.evaluate("location.pathname") == "/watch/slow-water"
    assert viewer.complaints == []


async def test_a_telephone_zaps_by_swipe_and_tap(station: Station, sit: Sit) -> None:
    viewer = await sit(**PHONE)
    page = viewer.page
    await page.goto(station.url)
    await viewer.tuned("late-night")
    await page.evaluate(SWIPE, [200, 200, 200, 60])
    await viewer.tuned("test-card")
    await page.locator("#channels a", has_text="Slow Water").tap()
    await viewer.tuned("slow-water")
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["viewport"]["width"]


SWIPE = """([x0, y0, x1, y1]) => {
  const target = document.getElementById("screen");
  const at = (x, y) => [new Touch({ identifier: 1, target, clientX: x, clientY: y })];
  const fire = (type, touches, changed) =>
    target.dispatchEvent(new TouchEvent(type, { bubbles: true, touches, changedTouches: changed }));
  fire("touchstart", at(x0, y0), at(x0, y0));
  fire("touchend", [], at(x1, y1));
}"""


async def test_it_comes_back_by_itself_after_the_server_was_gone(station: Station, sit: Sit) -> None:
    viewer = await sit()
    page = viewer.page
    await page.goto(station.url)
    await viewer.tuned("late-night")
    await page.evaluate("window.same = true")
    await station.stop()
    await page.wait_for_selector("#notice:not([hidden])", timeout=30_000)
    assert "Trying again" in await page.inner_text("#notice")
    await station.start()
    await viewer.plays(within=30)
    await page.wait_for_selector("#notice", state="hidden")
    assert await page.evaluate("window.same"), "without a reload"


async def test_it_comes_back_to_the_live_edge_after_the_network_was_gone(station: Station, sit: Sit) -> None:
    viewer = await sit()
    page = viewer.page
    await page.goto(station.url)
    await viewer.tuned("late-night")
    await page.context.set_offline(True)
    await page.wait_for_selector("#notice:not([hidden])", timeout=30_000)
    await page.context.set_offline(False)
    await viewer.plays(within=30)


async def test_it_plays_through_a_changed_rendition(station: Station, sit: Sit, clips: tuple[Clip, Clip, Clip]) -> None:
    # With little made ahead the other is soon on air.
    channel = station.broadcast.on[0]
    channel.lead = 1
    channel.window.clear()
    channel.fill()
    viewer = await sit()
    await viewer.page.goto(station.url)
    await viewer.tuned("late-night")
    channel.change(clips[1], "320x180p30-11111111")
    # What was made before, what the player holds, and some of the other.
    await viewer.plays(11.0, within=60)
    assert channel.discontinuity_sequence(channel.on_air()) == 1
    assert viewer.complaints == []


async def test_it_survives_a_media_sequence_that_falls(station: Station, sit: Sit) -> None:
    viewer = await sit()
    await viewer.page.goto(station.url)
    await viewer.tuned("late-night")
    clock = station.broadcast.clock
    clock.run_from(clock.now_ns() - 3_600_000_000_000)
    for channel in station.broadcast.on:
        channel.window.clear()
        channel.fill()
    await viewer.plays(10.0, within=60)


async def test_a_channel_off_the_air_says_so_and_returns(station: Station, sit: Sit) -> None:
    viewer = await sit()
    page = viewer.page
    channel = station.broadcast.on[1]
    channel.broken = "no assets"
    channel.window.clear()
    await page.goto(f"{station.url}/watch/test-card")
    await page.wait_for_function("() => document.getElementById('notice').textContent.includes('off the air')")
    channel.broken = ""
    await viewer.tuned("test-card", within=30)
