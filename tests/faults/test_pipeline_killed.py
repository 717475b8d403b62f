"""A channel's ffmpeg is killed or stopped: nobody notices, and the log says what happened."""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psutil
import pytest
from television import Television, gone, until, zombies
from viewer import Viewer

Decode = Callable[[bytes], str]


@dataclass
class Audience:
    """Someone before each channel."""

    one: Viewer
    two: Viewer


@pytest.fixture
def audience(television: Television) -> Iterator[Audience]:
    with (
        Viewer(f"{television.url}/hls/one/index.m3u8") as one,
        Viewer(f"{television.url}/hls/two/index.m3u8") as two,
    ):
        one.watched(1)
        two.watched(1)
        yield Audience(one, two)
        assert one.faults == []
        assert two.faults == []
        assert one.discontinuities == two.discontinuities == []


def replaced(television: Television, slug: str, pid: int) -> int:
    """Wait until a channel has another ffmpeg than ``pid`` and return that."""
    return until(lambda: {television.ffmpeg(slug)} - {pid}, why=television.tail).pop()


def test_a_killed_ffmpeg_goes_unnoticed(television: Television, audience: Audience, decode: Decode) -> None:
    pid, sibling, mark = television.ffmpeg("one"), television.ffmpeg("two"), television.mark
    restarts = television.metric("tvd_pipeline_restarts_total", channel="one", reason="exited")
    os.kill(pid, signal.SIGKILL)
    ended = television.event("pipeline.exited", mark, pid=pid)
    assert (ended["signal"], ended["returncode"]) == ("SIGKILL", -signal.SIGKILL)
    assert not ended["asked"]
    assert not ended["out_of_memory"]
    replaced(television, "one", pid)
    # As many as were made ahead, and some that the new one made.
    audience.one.watched(7)
    assert television.metric("tvd_pipeline_restarts_total", channel="one", reason="exited") == restarts + 1
    assert television.metric("tvd_segments_late_total") == 0
    assert television.ffmpeg("two") == sibling
    assert [decode(tape) for _, tape in audience.one.tape()] == [""]
    status = television.status("one")
    assert "SIGKILL" in status["last_error"]
    assert status["restarts"] >= 1


def test_a_stopped_ffmpeg_is_noticed_within_the_lead(
    television: Television, audience: Audience, decode: Decode
) -> None:
    pid, sibling, mark = television.ffmpeg("two"), television.ffmpeg("one"), television.mark
    frozen = psutil.Process(pid)
    frozen.suspend()
    stalled = television.event("pipeline.stalled", mark, channel="two")
    assert stalled["lead"] > 0
    ended = television.event("pipeline.exited", mark, pid=pid)
    assert ended["asked"]
    assert gone(frozen)
    replaced(television, "two", pid)
    audience.two.watched(5)
    assert television.metric("tvd_pipeline_restarts_total", channel="two", reason="stalled") == 1
    assert television.metric("tvd_segments_late_total") == 0
    assert television.ffmpeg("one") == sibling
    assert [decode(tape) for _, tape in audience.two.tape()] == [""]


def test_killed_again_and_again_it_still_goes_unnoticed(television: Television, audience: Audience) -> None:
    until(lambda: television.status("one")["lead"] >= 4)
    for _ in range(2):
        pid = television.ffmpeg("one")
        os.kill(pid, signal.SIGKILL)
        replaced(television, "one", pid)
    audience.one.watched(6)
    assert not zombies(television)
