"""Two viewers of a channel see the same frame at the same time; each frame of the clip carries its number in bits."""

import asyncio
import statistics
from collections.abc import AsyncIterator

import pytest
from sofa import Sit, Station, Viewer
from studio import Clip, StudioBroadcast, StudioChannel, StudioClock, make_clip

pytestmark = pytest.mark.browser

FRAMES = 256
"""After which the clip begins again: 4 segments of 64 frames."""
FPS = 30

WATCH = """seconds => new Promise((done) => {
  const video = document.getElementById("picture");
  const canvas = new OffscreenCanvas(160, 90), pen = canvas.getContext("2d", {willReadFrequently: true});
  const seen = [];
  const each = (now, { expectedDisplayTime }) => {
    pen.drawImage(video, 0, 0, 160, 90);
    let frame = 0;
    for (let bit = 0; bit < 8; bit += 1) frame += (pen.getImageData(bit * 20 + 10, 45, 1, 1).data[0] > 128) << bit;
    seen.push([performance.timeOrigin + expectedDisplayTime, frame]);
    if (seen.length >= seconds * 30) done(seen);
    else video.requestVideoFrameCallback(each);
  };
  video.requestVideoFrameCallback(each);
})"""


@pytest.fixture(scope="session")
def numbered() -> Clip:
    """A clip in which the n-th of eight upright bars is white when the n-th bit of the frame's number is one."""
    return make_clip("nullsrc", 440, effect="geq=lum='16+219*mod(floor(N/pow(2,floor(X/20))),2)':cb=128:cr=128")


@pytest.fixture
async def numbers(numbered: Clip) -> AsyncIterator[Station]:
    clock = StudioClock()
    channels = [StudioChannel(n, f"Numbers {n}", f"numbers-{n}", numbered, clock) for n in (1, 2)]
    async with Station(StudioBroadcast(clock, channels)) as station:
        yield station


async def lag(viewer: Viewer, station: Station) -> float:
    """Return how many ms the screen is behind the air, as the median of a second of frames."""
    ahead = station.broadcast.clock.now_ns() / 1e6 - viewer_now()
    lags = []
    for shown, frame in await viewer.page.evaluate(WATCH, 1):
        airing = (shown + ahead) * FPS / 1000
        lags.append((airing - frame) % FRAMES / FPS * 1000)
    return statistics.median(lags)


def viewer_now() -> float:
    """Return UTC in ms: browser and test are on one machine."""
    import time

    return time.time_ns() / 1e6


async def test_two_viewers_see_the_same_frame_at_the_same_time(numbers: Station, sit: Sit) -> None:
    one, other = await sit(), await sit()
    await one.page.goto(f"{numbers.url}/watch/numbers-1")
    await one.plays(2.0)
    await other.page.goto(f"{numbers.url}/watch/numbers-1")
    for viewer in (one, other):
        await viewer.until("Math.abs(tv.tuner.active.lag()) < 30 && tv.video.playbackRate === 1", 30)
    lags = await asyncio.gather(lag(one, numbers), lag(other, numbers))
    assert abs(lags[0] - lags[1]) < 100, lags
    assert all(3_800 < each < 4_200 for each in lags), lags
    assert await one.video("preservesPitch")

    # Somebody changes the channel and comes in the middle of it: at the same place again.
    await other.page.keyboard.press("ArrowUp")
    await other.tuned("numbers-2")
    await other.until("Math.abs(tv.tuner.active.lag()) < 30 && tv.video.playbackRate === 1", 30)
    assert abs(await lag(other, numbers) - lags[0]) < 100

    # Somebody's clock is wrong, and the picture is held for a while: a jump brings it back.
    await other.look("(tv.clock.offset += 3_600_000, tv.clock.measure())")
    await other.look("(tv.video.currentTime -= 1.5)")
    await other.until("Math.abs(tv.tuner.active.lag()) < 100", 10)
    assert abs(await lag(other, numbers) - lags[0]) < 200
    assert one.complaints == other.complaints == []


async def test_the_pace_is_gentle_and_stops(numbers: Station, sit: Sit) -> None:
    viewer = await sit()
    await viewer.page.goto(numbers.url)
    pace = """(async () => {
      const { pace } = await import(document.querySelector("script[type=module]").src.replace("start", "together"));
      return [0, 20, -20, 30, -30, 500, -500].map((lag) => [pace(lag, 1), pace(lag, 1.01)]);
    })()"""
    still, near, early, late, soon, far, ahead = await viewer.page.evaluate(pace)
    assert still == [1, 1]
    assert near == [1, pytest.approx(1.004)], "what nobody sees is left alone; what is being corrected goes on"
    assert early == [1, pytest.approx(0.996)]
    assert late[0] > 1 > soon[0]
    assert far[0] == pytest.approx(1.03)
    assert ahead[0] == pytest.approx(0.97)
