"""Television boxes and players in front of a whole tvd: they play by list and by number, and nothing hangs up on them.

What the guide says, what ``guide.xml`` says and what the as-run log says is the same, to the segment.
"""

import calendar
import csv
import io
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from television import Television, until

Decode = Callable[[bytes, str], str]
SECONDS = 3
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"] if os.geteuid() == 0 else []
PLAYERS = {
    "mpv": ["mpv", "--no-config", "--vo=null", "--ao=null", "--msg-level=all=warn", f"--length={SECONDS}"],
    "cvlc": [*NOBODY, "cvlc", "--quiet", "--no-dbus", "--intf=dummy", "--vout=dummy", "--aout=adummy", "--no-lua",
             f"--run-time={SECONDS}", "--play-and-exit"],
}  # fmt: skip
URLS = {
    "list": "/iptv/channels.m3u",
    "number": "/auto/v2",
}


@pytest.mark.parametrize("player", PLAYERS)
@pytest.mark.parametrize("by", URLS)
def test_players_play_by_list_and_by_number(television: Television, player: str, by: str) -> None:
    route = {"list": "/hls/{slug}/{rendition}/{seq}.m4s", "number": ""}[by]

    def fetched() -> float:
        return television.metric("tvd_http_request_duration_seconds_count", route=route)

    before = fetched()
    # A list plays its first channel for ever, so players are told how many of its entries to play.
    argv = [*PLAYERS[player], television.url + URLS[by]]
    if player == "mpv" and by == "list":
        argv += ["--playlist-start=0"]
    if player == "cvlc":
        argv += ["vlc://quit"]
    environment = os.environ | {"HOME": "/nonexistent", "XDG_RUNTIME_DIR": "/nonexistent", "LC_ALL": "C.UTF-8"}
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment) as it:
        if by == "number":
            # It is tuned, and it leaves by itself when it has played.
            until(lambda: viewers(television, "two") >= 1, why=television.tail)
            said, _ = it.communicate(timeout=60)
            assert it.returncode == 0, said
        else:
            until(lambda: fetched() - before >= 2, why=television.tail)
            it.terminate()
            said, _ = it.communicate(timeout=20)
    assert not re.search(r"corrupt|invalid data|failed to open", said, re.IGNORECASE), said


def viewers(television: Television, slug: str) -> int:
    found: int = next(one["viewers"] for one in television.api("/api/channels") if one["slug"] == slug)
    return found


def test_a_box_stays_connected_when_ffmpeg_is_killed(television: Television, decode: Decode) -> None:
    pid, mark = television.ffmpeg("one"), television.mark
    lineup = television.api("/lineup.json")
    [url] = [one["URL"] for one in lineup if one["GuideName"] == "One"]
    with urllib.request.urlopen(url, timeout=30) as stream:
        got = stream.read(188 * 500)
        os.kill(pid, signal.SIGKILL)
        television.event("pipeline.exited", mark, pid=pid)
        # Farther than what was made before.
        ahead = television.status("one")["on_air"] + 6
        while television.status("one")["on_air"] < ahead:
            got += stream.read(188 * 50)
    whole = got[: len(got) // 188 * 188]
    assert whole[::188] == b"\x47" * (len(whole) // 188)
    clocks = [packet_clock(whole[at : at + 188]) for at in range(0, len(whole), 188)]
    references = [one for one in clocks if one is not None]
    # One clock through it all: nothing was left out, nothing came twice.
    assert all(0 < later - earlier <= 9_000 for earlier, later in pairwise(references))
    assert decode(_entire(whole), "mpegts") == ""


def _entire(stream: bytes) -> bytes:
    """Return the transport stream without what was cut off in the middle: the last PES packet of each PID."""
    packets = [stream[at : at + 188] for at in range(0, len(stream) - 187, 188)]
    starts = {_pid(packet): place for place, packet in enumerate(packets) if packet[1] & 0x40}
    return b"".join(packet for place, packet in enumerate(packets) if place < starts.get(_pid(packet), len(packets)))


def _pid(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def packet_clock(packet: bytes) -> int | None:
    """Return the programme clock reference of a packet, 90 kHz; None when it has none (13818-1, section 2.4.3.5)."""
    if packet[3] & 0x20 and packet[4] and packet[5] & 0x10:
        return int.from_bytes(packet[6:10]) << 1 | packet[10] >> 7
    return None


def spans(entries: list[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    return {one["id"]: (one["seq_start"], one["seq_stop"]) for one in entries}


def test_guide_and_as_run_log_agree_to_the_segment(television: Television) -> None:
    def aired() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = television.api("/api/channels/two/asrun")
        return found

    def complete() -> list[dict[str, Any]]:
        """Return what aired whole and as planned: neither the first nor the last, and no slate in its place."""
        rows = aired()
        faulty = {one["id"] for one in rows if one["kind"] == "slate"} | {rows[0]["id"], rows[-1]["id"]}
        return [one for one in rows if one["id"] not in faulty]

    until(lambda: aired() and len(complete()) >= 2, 60)
    told, whole = aired(), complete()
    for one, two in pairwise(told):
        assert one["seq_stop"] == two["seq_start"]
        assert one["stop"] == two["start"]
    since = told[0]["start"].replace("+", "%2B")
    planned = spans(television.api(f"/api/channels/two/schedule?from={since}"))
    assert spans(whole).items() <= planned.items()
    two = next(one for one in television.api(f"/api/guide?from={since}")["channels"] if one["slug"] == "two")
    shown = spans(two["programmes"])
    # Before the first there may be a slate, which the guide folds into it.
    assert {one["id"]: one["seq_start"] for one in whole[1:]}.items() <= {
        name: start for name, (start, _) in shown.items()
    }.items()
    # The same programmes in XMLTV, to its whole seconds.
    text = television.get("/iptv/guide.xml").decode()
    starts = set(re.findall(r'start="(\d{14}) \+0000" stop="\d{14} \+0000" channel="C2.tvd.local"', text))
    assert {compact(one["start"]) for one in whole[1:]} <= starts
    assert {compact(one["start"]) for one in two["programmes"][2:20]} <= starts
    assert television.metric("tvd_guide_drift_seconds", channel="two") == 0
    rows = list(csv.DictReader(io.StringIO(television.get("/api/channels/two/asrun.csv").decode())))
    assert [row["start"] for row in rows[: len(told)]] == [one["start"] for one in told]


def compact(moment: str) -> str:
    """Return ``20261122201500`` of ISO 8601 in UTC."""
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(calendar.timegm(time.strptime(moment[:19], "%Y-%m-%dT%H:%M:%S"))))


def test_what_aired_is_remembered_without_a_gap_over_kill_and_start(videos: Path, tmp_path: Path) -> None:
    channels = [{"number": 1, "name": "One", "slug": "one", "folders": [str(videos)]}]
    with Television(tmp_path, channels).start() as television:
        television.ready()
        url = "/api/channels/one/asrun"
        until(lambda: television.api(url) and (television.data / "asrun.sqlite").exists(), 60)
        before = television.api(url)
        television.end(signal.SIGKILL)
        television.start().ready()
        newest = television.status("one")["on_air"]
        until(lambda: television.api(url) and television.api(url)[-1]["seq_stop"] > newest)
        after = television.api(url)
    for one, two in pairwise(after):
        assert one["seq_stop"] == two["seq_start"]
    known = {one["seq_start"]: one for one in after}
    assert all(known[one["seq_start"]]["id"] == one["id"] for one in before)
