"""Changing the channel: what is kept ready, what it costs, and that it costs nothing where it must not."""

import statistics

import pytest
from sofa import Sit, Station, Viewer

pytestmark = pytest.mark.browser

SETTLED = "tv.neighbours.settled && tv.tuner.receivers.filter((one) => one.ready).length === 3"
ZAPS = "(window.took ??= [], tv.addEventListener('picture', ({ detail }) => took.push([detail.ms, detail.warm])))"
# On a machine that is loaded by others it would let the neighbours go, rightly.
TIRELESS = "void Object.defineProperty(tv.neighbours, 'room', { get: () => 3, set() {}, configurable: true })"
METERED = "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })"


async def zap(viewer: Viewer, key: str) -> tuple[float, bool]:
    """Press ``key``; return the ms to the first frame of the new channel, and whether it was kept ready."""
    before = await viewer.page.evaluate("took.length")
    await viewer.page.keyboard.press(key)
    await viewer.page.wait_for_function("before => took.length > before", arg=before, polling=20)
    took, warm = await viewer.page.evaluate("took.at(-1)")
    return took, warm


async def test_the_neighbours_are_ready_and_shown_at_once(station: Station, sit: Sit) -> None:
    viewer = await sit()
    page = viewer.page
    await page.goto(f"{station.url}/watch/late-night")
    await viewer.look(TIRELESS)
    await viewer.until(SETTLED)
    await viewer.look(ZAPS)
    took = []
    for slug in ("test-card", "slow-water", "late-night", "test-card"):
        milliseconds, warm = await zap(viewer, "ArrowUp")
        assert warm
        took.append(milliseconds)
        assert await page.evaluate("document.querySelectorAll('#picture.shown').length") == 1
        await viewer.tuned(slug)
        assert await viewer.look("tv.tuner.receivers.filter(({ video }) => !video.muted).length") == 1
        await viewer.until(SETTLED)
    # On a machine that does nothing else it is 20 to 60; the benchmark says more. What is not ready takes 300 and more.
    assert statistics.median(took) < 250, took
    assert (await zap(viewer, "Backspace"))[1]
    await viewer.tuned("late-night")

    # Bounded: seconds of each, and no more receivers than neighbours.
    assert await viewer.look("tv.tuner.receivers.length") <= 4
    held = await viewer.look("tv.tuner.receivers.map((one) => one.ahead())")
    assert max(held) < 20

    # Nobody looks: what is heard plays on, the neighbours are let go.
    await page.evaluate(HIDE)
    await viewer.until("tv.tuner.receivers.filter((one) => one.channel).length === 1")
    await viewer.plays()
    assert viewer.complaints == []


async def test_a_machine_with_too_much_to_do_shows_only_what_is_watched(station: Station, sit: Sit) -> None:
    viewer = await sit()
    await viewer.page.goto(f"{station.url}/watch/late-night")
    await viewer.look(TIRELESS)
    await viewer.until(SETTLED)
    await viewer.look("delete tv.neighbours.room")
    await viewer.look(
        "(tv.neighbours.room = 3, tv.tuner.receivers.find((one) => one !== tv.tuner.active).effort = () => 900)"
    )
    await viewer.until("tv.tuner.receivers.filter((one) => one.channel).length === 1")
    await viewer.plays()
    # When it has not for a while they come back, one by one.
    await viewer.look("tv.tuner.receivers.forEach((one) => delete one.effort)")
    await viewer.look("(tv.neighbours.rest = 0)")
    await viewer.until("tv.tuner.receivers.filter((one) => one.channel).length === 3")


async def test_what_is_half_loaded_is_not_loaded_anew(station: Station, sit: Sit) -> None:
    viewer = await sit()
    await viewer.page.goto(f"{station.url}/watch/late-night")
    await viewer.plays()
    assert await viewer.look(ASKED)
    await viewer.until("tv.tuner.active.channel.slug === 'test-card' && tv.tuner.active.ready")
    await viewer.plays()
    assert viewer.complaints == []


ASKED = """(() => {
  const { tuner, channels } = tv;
  const next = channels.find("test-card");
  tuner.keep([]);
  tuner.keep([next]);
  const { hls } = tuner.receivers.find(({ channel }) => channel?.slug === next.slug);
  tuner.tune(next);
  return hls !== null && tuner.active.hls === hls;
})()"""
HIDE = """() => {
  Object.defineProperty(document, "hidden", { value: true, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


async def test_where_bytes_cost_money_nothing_is_kept_ready(station: Station, sit: Sit) -> None:
    viewer = await sit()
    await viewer.page.add_init_script(METERED)
    await viewer.page.goto(f"{station.url}/watch/late-night")
    await viewer.plays(1.0)
    await viewer.until("tv.neighbours.settled")
    assert await viewer.look("tv.tuner.receivers.length") == 1
    await viewer.look(ZAPS)
    assert not (await zap(viewer, "ArrowUp"))[1]
    await viewer.tuned("test-card")
    assert viewer.complaints == []


async def test_how_much_may_be_kept_ready(station: Station, sit: Sit) -> None:
    viewer = await sit()
    await viewer.page.goto(station.url)
    allowance = """(async () => {
      const start = document.querySelector("script[type=module]").src;
      const { allowance } = await import(start.replace("start.js", "neighbours.js"));
      return [
        allowance(undefined, 0, 0), allowance({}, 50e6, 3e6), allowance({}, 10e6, 3e6), allowance({}, 4e6, 3e6),
        allowance({ saveData: true }, 50e6, 3e6), allowance({ type: "cellular" }, 50e6, 3e6),
        allowance({ effectiveType: "2g" }, 0, 0), allowance({ type: "wifi", effectiveType: "4g" }, 0, 0),
      ];
    })()"""
    assert await viewer.page.evaluate(allowance) == [3, 3, 1, 0, 0, 0, 0, 3]


async def test_the_wheel_numbers_and_addresses_tune(station: Station, sit: Sit) -> None:
    viewer = await sit()
    page = viewer.page
    await page.goto(f"{station.url}/?muted&volume=30#12")
    await viewer.tuned("slow-water")
    assert await viewer.video("muted")
    assert round(await viewer.video("volume"), 2) == 0.3
    assert await page.evaluate("localStorage.getItem('tvd.volume')") is None, "for this visit only"
    await page.mouse.move(600, 300)
    await page.mouse.wheel(0, -120)
    await viewer.tuned("late-night")
    await viewer.page.evaluate("location.hash = '2'")
    await viewer.tuned("test-card")
    await page.keyboard.press("1")
    await page.keyboard.press("Backspace")
    assert await page.evaluate("location.pathname") == "/watch/test-card"
    await page.keyboard.press("Backspace")
    await viewer.tuned("late-night")
    assert viewer.complaints == []


async def test_twenty_changes_leave_nothing_behind(station: Station, sit: Sit) -> None:
    viewer = await sit()
    page = viewer.page
    client = await page.context.new_cdp_session(page)
    await page.goto(station.url)
    await viewer.look(ZAPS)
    await viewer.look(TIRELESS)
    await viewer.until(SETTLED)

    async def held() -> tuple[float, float, float, int]:
        await client.send("HeapProfiler.collectGarbage")
        counters = await client.send("Memory.getDOMCounters")
        heap = (await client.send("Runtime.getHeapUsage"))["usedSize"]
        sockets = len(station.connections())
        return heap, counters["nodes"], counters["jsEventListeners"], sockets

    async def surf(changes: int) -> None:
        for change in range(changes):
            await zap(viewer, "ArrowUp" if change % 3 else "ArrowDown")
        await viewer.until(SETTLED)

    await surf(8)
    before = await held()
    receivers = await viewer.look("tv.tuner.receivers.length")
    await surf(8)
    # Garbage is not always collected at the first time of asking: what stays, stays.
    more = await viewer.look("tv.tuner.receivers.length") - receivers
    # A receiver that was not needed before brings the 150 nodes that a video element is made of, and its listeners.
    bounds = (before[0] + 3_000_000, before[1] + 10 + 150 * more, before[2] + 20 + 40 * more, 8)
    after = await held()
    for _ in range(40):
        if all(value <= bound for value, bound in zip(after, bounds, strict=True)):
            break
        await viewer.plays(0.2)
        after = await held()
    else:
        pytest.fail(f"before {before}, after {after}: heap, nodes, listeners, sockets")
    assert viewer.complaints == []
