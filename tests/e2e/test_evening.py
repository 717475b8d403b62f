"""An evening before the set: sound by night, the sleep timer, media keys, small windows, and what is told of it."""

import pytest
from prometheus_client import REGISTRY
from sofa import FLAGS, Sit, Station

pytestmark = pytest.mark.browser

SOFT = [*FLAGS, "--mute-audio"]
MEDIA_KEYS = """
  window.keys = {};
  const set = navigator.mediaSession.setActionHandler.bind(navigator.mediaSession);
  navigator.mediaSession.setActionHandler = (name, act) => { keys[name] = act; set(name, act); };
"""
LISTEN = "(window.told = [], tv.addEventListener(arg, ({ detail }) => told.push(detail)))"


async def test_the_sleep_timer_fades_and_switches_off_until_a_key(station: Station, sit: Sit) -> None:
    viewer = await sit()
    page = viewer.page
    await page.goto(f"{station.url}/watch/late-night?volume=80")
    await viewer.tuned("late-night")
    await viewer.look(LISTEN, "sleep")
    await page.evaluate(
        "(window.heard = [], picture.addEventListener('volumechange', () => heard.push(picture.volume)))"
    )
    await viewer.look("tv.sleep.in(5 / 60)")
    await viewer.until("tv.sleep.asleep")
    assert min(await page.evaluate("heard")) < 0.7, "it fades before it ends"
    assert await viewer.look("tv.sound.volume") == 0.8, "what was chosen is not what is faded"
    assert [each["state"] for each in await page.evaluate("told")] == ["set", "fading", "asleep"]
    assert await page.evaluate("document.body.classList.contains('asleep')")

    # It loads nothing: neither segments nor guide nor time.
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await viewer.look("tv.clock.own()")
    await station.aired(3)
    assert asked == []
    assert await viewer.look("tv.tuner.receivers.every((one) => !one.hls)")

    # The first key wakes it and does nothing else.
    await page.keyboard.press("ArrowUp")
    await viewer.tuned("late-night")
    assert round(await viewer.video("volume"), 2) == 0.8
    assert viewer.complaints == []


async def test_it_sleeps_when_the_programme_ends(station: Station, sit: Sit) -> None:
    viewer = await sit()
    page = viewer.page
    await page.goto(f"{station.url}/watch/slow-water")
    await viewer.tuned("slow-water")
    await viewer.until("tv.channels.find('slow-water').now")
    await viewer.look("tv.sleep.atEnd()")
    stop = await viewer.look("Date.parse(tv.channels.find('slow-water').now.stop) - tv.time()")
    assert abs(await viewer.look("tv.sleep.left()") - stop) < 1_000
    await viewer.look("tv.sleep.off()")
    assert await viewer.look("tv.sleep.left()") is None
    for expected in (30, 60, 90):
        await page.keyboard.press("s")
        assert round(await viewer.look("tv.sleep.left()") / 60_000) == expected
    await page.keyboard.press("s")
    assert await viewer.look("tv.sleep.byPicture")
    await page.keyboard.press("s")
    assert await viewer.look("tv.sleep.state") == "off"


async def test_at_night_loudness_is_compressed_on_every_channel(station: Station, sit: Sit) -> None:
    viewer = await sit(SOFT)
    page = viewer.page
    await page.goto(f"{station.url}/watch/late-night")
    await viewer.tuned("late-night")
    assert await viewer.look("[tv.nightSound.sources.has(tv.video), tv.nightSound.compressor]") == [False, None]
    await page.keyboard.press("i")
    await viewer.look("tv.tell('night', { on: true })")
    assert await viewer.look("tv.nightSound.heard")
    await viewer.until("tv.nightSound.compressor.context.state === 'running'")
    assert not await viewer.look("tv.hiss.audible"), "nor does it hiss at night"
    # The tone of the clips is quieter than what is compressed: let it be compressed, and see that it goes through.
    await viewer.look("(tv.nightSound.compressor.threshold.value = -80)")
    await viewer.until("tv.nightSound.compressor.reduction < -10")
    await page.keyboard.press("ArrowUp")
    await viewer.tuned("test-card")
    assert await viewer.look("tv.nightSound.heard")
    await viewer.until("tv.nightSound.compressor.reduction < -10")
    await viewer.look("tv.tell('night', { on: false })")
    assert not await viewer.look("tv.nightSound.heard")
    await viewer.plays()
    assert viewer.complaints == []


async def test_it_hisses_between_channels_unless_it_must_not(station: Station, sit: Sit) -> None:
    viewer = await sit(SOFT)
    page = viewer.page
    await page.goto(f"{station.url}/watch/late-night")
    await viewer.tuned("late-night")
    assert await viewer.look("tv.hiss.noise") is None, "nothing is made before it is needed"
    await page.keyboard.press("m")
    await page.keyboard.press("ArrowUp")
    await viewer.tuned("test-card")
    assert await viewer.look("[tv.hiss.audible, tv.hiss.noise]") == [False, None]
    await page.keyboard.press("m")
    assert await viewer.look("tv.hiss.audible")
    # The first may only set the context going.
    await page.keyboard.press("ArrowUp")
    await viewer.tuned("slow-water")
    await page.keyboard.press("ArrowUp")
    await viewer.until("tv.hiss.noise")
    await viewer.tuned("late-night")
    assert await viewer.look("tv.hiss.sounding") is None
    await viewer.look("(tv.hiss.on = false)")
    assert not await viewer.look("tv.hiss.audible")
    assert await page.evaluate("localStorage.getItem('tvd.hiss')") == "false"
    assert viewer.complaints == []


async def test_headsets_and_lock_screens(station: Station, sit: Sit) -> None:
    viewer = await sit()
    page = viewer.page
    await page.add_init_script(MEDIA_KEYS)
    await page.goto(f"{station.url}/watch/late-night")
    await viewer.tuned("late-night")
    await page.wait_for_function("navigator.mediaSession.metadata?.artist === 'Ada Moreau'")
    shown = await page.evaluate(
        "(({ metadata: { title, album, artwork }, playbackState }) => [title, album, artwork.length, playbackState])"
        "(navigator.mediaSession)"
    )
    assert shown[0] in {"Night Train to Lisbon", "The Lighthouse Keeper"}
    assert shown[1:] == ["Late Night", 1, "playing"]
    await page.evaluate("keys.nexttrack()")
    await viewer.tuned("test-card")
    assert await page.evaluate("navigator.mediaSession.metadata.album") == "Test Card"
    await page.evaluate("keys.previoustrack()")
    await viewer.tuned("late-night")
    await page.evaluate("keys.pause()")
    assert await viewer.video("muted")
    await viewer.plays()
    await page.evaluate("keys.play()")
    assert not await viewer.video("muted")
    assert viewer.complaints == []


async def test_full_screen_a_small_window_and_sizes(station: Station, sit: Sit) -> None:
    viewer = await sit()
    page = viewer.page
    await page.goto(f"{station.url}/watch/late-night")
    await viewer.tuned("late-night")
    await page.keyboard.press("f")
    await page.wait_for_function("document.fullscreenElement === document.documentElement")
    await page.keyboard.press("f")
    await page.wait_for_function("!document.fullscreenElement")
    if await viewer.look("tv.windows.can.pip"):
        await page.keyboard.press("p")
        await viewer.until("tv.windows.state.pip")
        await page.keyboard.press("ArrowUp")
        await viewer.tuned("test-card")
        # The small window shows the new channel as well.
        await page.wait_for_function("document.pictureInPictureElement?.id === 'picture'")
        await page.keyboard.press("p")
        await viewer.until("!tv.windows.state.pip")
    [level] = await viewer.look("tv.quality.levels()")
    assert (level["height"], level["label"]) == (180, "180p")
    assert await viewer.look("tv.quality.auto")
    await viewer.look("tv.quality.choose(0)")
    assert not await viewer.look("tv.quality.auto")
    await page.keyboard.press("ArrowUp")
    await viewer.plays()
    assert await page.evaluate("localStorage.getItem('tvd.quality')") == "180"
    assert viewer.complaints == []


SPY = """
  window.sent = [];
  const send = navigator.sendBeacon.bind(navigator);
  navigator.sendBeacon = (url, blob) => (blob.text().then((text) => sent.push(JSON.parse(text))), send(url, blob));
"""


async def test_it_tells_how_well_it_plays_unless_it_is_not_wanted(station: Station, sit: Sit) -> None:
    viewer = await sit()
    page = viewer.page
    await page.add_init_script(SPY)
    zaps = REGISTRY.get_sample_value("tvd_playback_zap_seconds_count") or 0.0
    await page.goto(f"{station.url}/watch/late-night")
    await viewer.tuned("late-night")
    await page.keyboard.press("ArrowUp")
    await viewer.tuned("test-card")
    await viewer.until("tv.telemetry.watched.get('test-card')?.frames > 0")
    async with page.expect_response("**/api/beacon") as answer:
        await viewer.look("tv.telemetry.send()")
    assert (await answer.value).status == 204
    assert REGISTRY.get_sample_value("tvd_playback_zap_seconds_count") == zaps + 1
    [beacon] = await page.evaluate("sent")
    assert len(beacon["zaps"]) == 1
    assert 0 < beacon["zaps"][0] < 60_000
    assert set(beacon["channels"]) <= {"late-night", "test-card"}
    assert set(beacon) == {"zaps", "channels"}

    await viewer.look("(tv.telemetry.on = false)")
    await page.keyboard.press("ArrowUp")
    await viewer.tuned("slow-water")
    await viewer.look("tv.telemetry.send()")
    assert await page.evaluate("sent.length") == 1
    await page.reload()
    await viewer.tuned("slow-water")
    assert not await viewer.look("tv.telemetry.on"), "it is remembered"
    assert viewer.complaints == []


async def test_do_not_track_is_respected(station: Station, sit: Sit) -> None:
    viewer = await sit()
    await viewer.page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })")
    await viewer.page.add_init_script(SPY)
    await viewer.page.goto(station.url)
    await viewer.plays()
    await viewer.look("(tv.telemetry.zaps.push(50), tv.telemetry.send())")
    await viewer.plays(0.3)
    assert await viewer.page.evaluate("sent") == []
