"""A channel in several sizes before real players: one ffmpeg, no gap in any of them, no glitch on changing."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import m3u8
import pytest
from playwright.async_api import async_playwright
from television import HOUSE, Television, until, zombies
from test_players import COMPLAINS, HARMLESS, NOBODY
from viewer import Viewer, parse

sys.path[:0] = [str(Path(__file__).parents[1] / "e2e"), str(Path(__file__).parents[1] / "web")]

from sofa import CHROMIUM, FLAGS, sit_down  # noqa: E402 - found through the path above

from tvd.media.ffmpeg import Ffmpeg  # noqa: E402 - as above

Decode = Callable[[bytes], str]
SIZES = {"index.m3u8": (160, 90), "72p/index.m3u8": (128, 72)}
SECONDS = 5


@pytest.fixture(scope="module")
def many(videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Television]:
    """A television with one channel in two sizes."""
    channels = [{"number": 1, "name": "One", "slug": "one", "folders": [str(videos)]}]
    house = HOUSE | {"renditions": ["90p", "72p"]}
    # Playlists are long: what was listed before a slow restart is listed after it.
    with Television(tmp_path_factory.mktemp("many"), channels, house, live={"window": 24}).start() as running:
        yield running.ready()


def held(many: Television) -> dict[str, bytes]:
    """Return every segment listed now, in every size, by its URL."""
    found = {}
    for uri in SIZES:
        url = f"/hls/one/{uri}"
        for segment in parse(many.get(url).decode()).segments:
            path = urljoin(url, segment.uri)
            found[path] = many.get(path)
    return found


def test_the_multivariant_playlist_says_what_they_are(many: Television) -> None:
    master = m3u8.loads(many.get("/hls/one/master.m3u8").decode())
    assert {one.uri: one.stream_info.resolution for one in master.playlists} == SIZES
    for one in master.playlists:
        url = f"/hls/one/{one.uri}"
        for segment in parse(many.get(url).decode()).segments:
            bits = len(many.get(urljoin(url, segment.uri))) * 8
            assert bits / segment.duration <= one.stream_info.bandwidth
    rates = [one.stream_info.bandwidth for one in master.playlists]
    assert rates == sorted(rates, reverse=True)


@dataclass
class Audience:
    """Someone before each size, from the first test of this module to the one in which they leave."""

    own: Viewer
    small: Viewer

    def in_step(self, more: int) -> None:
        """Wait until both have watched ``more`` further segments."""
        newest = self.own.watched(more)
        self.small.watched(max(0, newest - self.small.newest))

    def leave(self) -> None:
        """Watch no more."""
        self.own.__exit__()
        self.small.__exit__()


@pytest.fixture(scope="module")
def audience(many: Television) -> Iterator[Audience]:
    """Watch both sizes all the while, so that time passes once for all tests."""
    with Viewer(f"{many.url}/hls/one/index.m3u8") as own, Viewer(f"{many.url}/hls/one/72p/index.m3u8") as small:
        own.watched(1)
        small.watched(1)
        yield Audience(own, small)


def test_a_killed_ffmpeg_is_replaced(many: Television, audience: Audience) -> None:
    """That nobody noticed is seen below, when what it had made ahead has been watched and more."""
    audience.in_step(0)
    pid, mark = many.ffmpeg("one"), many.mark
    live = [one for one in many.children() if "-fragment_index" in one.cmdline()]
    assert [one.pid for one in live] == [pid], "one process for all sizes"
    os.kill(pid, signal.SIGKILL)
    many.event("pipeline.exited", mark, pid=pid)
    until(lambda: many.ffmpeg("one") != pid, why=many.tail)


def test_players_play_it_and_complain_of_nothing(many: Television, ffmpeg: Ffmpeg) -> None:
    master = f"{many.url}/hls/one/master.m3u8"
    reading = [ffmpeg.path, "-hide_banner", "-nostdin", "-v", "warning", "-xerror"]
    commands = [[*reading, "-i", f"{many.url}/hls/one/{uri}", "-t", str(SECONDS), "-f", "null", "-"] for uri in SIZES]
    commands += [
        [*reading, "-i", master, "-t", str(SECONDS), "-f", "null", "-"],
        ["mpv", "--no-config", "--vo=null", "--ao=null", "--msg-level=all=warn", f"--length={SECONDS}", master],
        [*NOBODY, "cvlc", "--quiet", "--no-dbus", "--intf=dummy", "--vout=dummy", "--aout=adummy", "--no-lua",
         f"--run-time={SECONDS}", "--play-and-exit", master, "vlc://quit"],
        ["gst-launch-1.0", "-q", "playbin3", f"uri={master}", "video-sink=fakesink sync=true",
         "audio-sink=fakesink sync=true"],
    ]  # fmt: skip
    environment = os.environ | {"HOME": "/nonexistent", "XDG_RUNTIME_DIR": "/nonexistent", "LC_ALL": "C.UTF-8"}
    running = []
    for argv in commands:
        assert shutil.which(argv[0]), argv[0]
        it = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
        # A live source has no end: GStreamer is asked to leave once it has played a while.
        patience = threading.Timer(SECONDS + 5 if "gst" in argv[0] else 50, it.send_signal, [signal.SIGINT])
        patience.start()
        running.append((it, patience))
    for (it, patience), argv in zip(running, commands, strict=True):
        said, _ = it.communicate(timeout=60)
        patience.cancel()
        complaints = [line for line in said.splitlines() if COMPLAINS.search(line) and not HARMLESS.search(line)]
        assert complaints == [], argv
        assert it.returncode == 0, (argv, said)


WATCH = """async ([master, config]) => {
  const { default: Hls } = await import("/static/vendor/hls.js/hls.light.min.mjs");
  const video = document.createElement("video");
  video.muted = true;
  document.body.replaceChildren(video);
  const seen = { waits: 0, errors: [], sizes: [], levels: [], jump: 0, still: 0, frames: 0, ranges: 0 };
  const hls = new Hls({ liveSyncDurationCount: 2, ...config });
  hls.on(Hls.Events.ERROR, (_, data) => seen.errors.push(data.details));
  hls.on(Hls.Events.LEVEL_SWITCHED, (_, data) => seen.levels.push(data.level));
  hls.loadSource(master);
  hls.attachMedia(video);
  await new Promise((resolve) => video.addEventListener("loadeddata", resolve, { once: true }));
  await video.play();
  let last = null;
  const frame = (now, { mediaTime, width, height }) => {
    if (last) {
      seen.jump = Math.max(seen.jump, mediaTime - last.mediaTime);
      seen.still = Math.max(seen.still, (now - last.now) / 1000);
    }
    last = { now, mediaTime };
    seen.frames += 1;
    seen.ranges = Math.max(seen.ranges, video.buffered.length);
    if (seen.sizes.at(-1) !== `${width}x${height}`) seen.sizes.push(`${width}x${height}`);
    video.requestVideoFrameCallback(frame);
  };
  video.requestVideoFrameCallback(frame);
  video.addEventListener("waiting", () => { seen.waits += 1; });
  Object.assign(window, { __hls: hls, __seen: seen, __video: video });
}"""


@pytest.mark.browser
async def test_a_player_changes_between_them_without_a_glitch(many: Television) -> None:
    """Up and down again and again: no stall, no gap in what is buffered, no frozen picture, no sound left out."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        viewer = await sit_down(browser, viewport={"width": 640, "height": 360})
        page = viewer.page
        await page.goto(f"{many.url}/livez")
        await page.evaluate(WATCH, ["/hls/one/master.m3u8", {"startLevel": 0}])
        assert await page.evaluate("() => __hls.levels.map((one) => `${one.width}x${one.height}`)") == [
            "128x72", "160x90",
        ]  # fmt: skip
        for level, size in ((1, "160x90"), (0, "128x72"), (1, "160x90"), (0, "128x72")):
            await page.evaluate("level => { __hls.loadLevel = level; }", level)
            script = "size => __seen.sizes.at(-1) === size && __video.buffered.end(0) - __video.currentTime > 2"
            await page.wait_for_function(script, arg=size, timeout=30_000)
        heard = await page.evaluate("() => [__video.webkitAudioDecodedByteCount, __video.currentTime]")
        await page.wait_for_function("from => __video.currentTime > from + 3", arg=heard[1], timeout=20_000)
        assert await page.evaluate("() => __video.webkitAudioDecodedByteCount") > heard[0]
        seen = await page.evaluate("() => __seen")
        await browser.close()
    assert seen["errors"] == []
    assert seen["waits"] == 0
    assert seen["ranges"] == 1
    assert seen["sizes"][-4:] == ["160x90", "128x72", "160x90", "128x72"]
    assert seen["jump"] < 0.5, seen
    assert seen["still"] < 1.0, seen
    assert [line for line in viewer.complaints if "favicon" not in line] == []


def test_nobody_noticed_anything(many: Television, audience: Audience, decode: Decode) -> None:
    audience.in_step(0 if len(audience.own.segments) > 10 else 7)
    for viewer in (audience.own, audience.small):
        assert viewer.faults == []
        assert viewer.discontinuities == []
        assert [decode(tape) for _, tape in viewer.tape()] == [""]
    assert many.metric("tvd_segments_late_total") == 0
    assert not zombies(many)


def test_a_size_is_added_while_people_watch(many: Television, audience: Audience) -> None:
    """It is another house: once it is prepared all pass one discontinuity, at the same place."""
    own, small = audience.own, audience.small
    many.house["renditions"] = ["72p", "66p"]
    many.write()
    until(lambda: "66p/index.m3u8" in many.ask("/hls/one/master.m3u8")[1], 60, why=many.tail)
    audience.in_step(1)
    assert many.status("one")["sizes"] == ["90p", "72p", "66p"]
    new = parse(many.get("/hls/one/66p/index.m3u8").decode())
    of_old = parse(many.get("/hls/one/72p/index.m3u8").decode())
    assert own.faults == small.faults == []
    assert own.discontinuities == small.discontinuities
    [changed] = own.discontinuities
    assert new.media_sequence >= changed
    # Players count the same in each size: what has left the list, and the change that is still in it.
    listed = sum(one.discontinuity for one in of_old.segments)
    assert new.discontinuity_sequence == of_old.discontinuity_sequence + listed


def test_after_kill_9_of_tvd_every_size_has_the_same_bytes(many: Television, audience: Audience) -> None:
    before = held(many)
    audience.leave()
    many.end(signal.SIGKILL)
    many.start().ready()
    after = held(many)
    common = before.keys() & after.keys()
    assert {re.sub(r"-.*", "", path.split("/")[3]) for path in common} == {"160x90p30", "128x72p30"}
    assert [path for path in sorted(common) if before[path] != after[path]] == []
