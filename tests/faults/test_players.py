"""Players made by others play every channel, and find nothing to complain of."""

import os
import re
import shutil
import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import pairwise

import m3u8
import pytest
from television import Television

from tvd.media.ffmpeg import Ffmpeg

SECONDS = 5
# A player that is not root's friend is run as nobody.
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"] if os.geteuid() == 0 else []
COMPLAINS = re.compile(r"error|corrupt|invalid|discontinu|non-monoton|late picture|fail", re.IGNORECASE)
# What they say on any machine without sound hardware, a desktop or a home folder.
HARMLESS = re.compile(
    r"dbus|pulse|alsa|jack|vaapi|vdpau|lua|home|xdg|plugins? cache|cache|GLib|xcb|config|rtkit", re.IGNORECASE
)


def _command(player: str, url: str, ffmpeg: str) -> list[str]:
    return {
        "ffmpeg": [ffmpeg, "-hide_banner", "-nostdin", "-v", "warning", "-xerror", "-i", url, "-t", str(SECONDS),
                   "-f", "null", "-"],
        "mpv": ["mpv", "--no-config", "--vo=null", "--ao=null", "--msg-level=all=warn", f"--length={SECONDS}", url],
        "cvlc": [*NOBODY, "cvlc", "--quiet", "--no-dbus", "--intf=dummy", "--vout=dummy", "--aout=adummy", "--no-lua",
                 f"--run-time={SECONDS}", "--play-and-exit", url, "vlc://quit"],
        "gst-launch-1.0": ["gst-launch-1.0", "-q", "playbin3", f"uri={url}", "video-sink=fakesink sync=true",
                           "audio-sink=fakesink sync=true"],
    }[player]  # fmt: skip


@pytest.mark.parametrize("player", ["ffmpeg", "mpv", "cvlc", "gst-launch-1.0"])
def test_it_plays_every_channel(television: Television, ffmpeg: Ffmpeg, player: str) -> None:
    command = ffmpeg.path if player == "ffmpeg" else player
    assert shutil.which(command), f"{player} is not installed; make test-programs says how"
    before = _fetched(television)

    def play(slug: str) -> tuple[int, str]:
        argv = _command(player, f"{television.url}/hls/{slug}/master.m3u8", ffmpeg.path)
        environment = os.environ | {"HOME": "/nonexistent", "XDG_RUNTIME_DIR": "/nonexistent", "LC_ALL": "C.UTF-8"}
        with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment) as it:
            # A live source has no end: GStreamer is asked to leave once it has played a while.
            patience = threading.Timer(SECONDS + 4 if player.startswith("gst") else 45, it.send_signal, [signal.SIGINT])
            patience.start()
            said, _ = it.communicate(timeout=60)
            patience.cancel()
        return it.returncode, said

    with ThreadPoolExecutor() as pool:
        for code, said in pool.map(play, ("one", "two")):
            complaints = [line for line in said.splitlines() if COMPLAINS.search(line) and not HARMLESS.search(line)]
            assert complaints == []
            assert code == 0, said
    assert _fetched(television) - before >= 4


def _fetched(television: Television) -> float:
    """Return how many segments were fetched by anybody."""
    return television.metric("tvd_http_request_duration_seconds_count", route="/hls/{slug}/{rendition}/{seq}.m4s")


def test_another_parser_reads_what_we_write(television: Television) -> None:
    master = m3u8.loads(television.get("/hls/one/master.m3u8").decode())
    assert master.is_variant
    [variant] = master.playlists
    info = variant.stream_info
    assert (info.resolution, info.frame_rate) == ((160, 90), 30)
    assert re.fullmatch(r"avc1\.[0-9A-F]{6},mp4a\.40\.2", info.codecs)
    media = m3u8.loads(television.get(f"/hls/one/{variant.uri}").decode())
    assert not media.is_endlist
    assert media.is_independent_segments
    assert media.target_duration == 3
    assert not any(segment.discontinuity for segment in media.segments)
    times = [segment.program_date_time for segment in media.segments]
    steps = {round((b - a).total_seconds(), 2) for a, b in pairwise(times)}
    assert steps <= {2.13}
    assert {round(segment.duration, 6) for segment in media.segments} == {round(float(Fraction(64, 30)), 6)}
    declared = info.bandwidth
    for segment in media.segments:
        assert len(television.get(f"/hls/one/{segment.uri}")) * 8 / segment.duration <= declared
