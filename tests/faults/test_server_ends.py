"""tvd is killed, or asked to end: nothing survives it, and after a restart it goes on as if nothing had been."""

import contextlib
import signal
import time
from pathlib import Path

import psutil
import pytest
from television import Television, gone, until
from viewer import Viewer, parse


@pytest.fixture
def alone(videos: Path, tmp_path: Path) -> Television:
    """A television of its own that may be ended, with a programme that takes a while to prepare."""
    channels = [{"number": 1, "name": "One", "slug": "one", "folders": [str(videos)]}]
    return Television(tmp_path, channels)


def test_killed_and_started_again_it_serves_the_same_bytes(alone: Television) -> None:
    with alone.start().ready(), Viewer(f"{alone.url}/hls/one/index.m3u8", patient=True) as viewer:
        viewer.watched(6)
        # Something that is being prepared while tvd dies.
        alone.channels.append({"number": 2, "name": "Clock", "slug": "clock", "generator": "test-card"})
        alone.write()
        until(lambda: "ffmpeg" in _preparing(alone))
        children = alone.children()
        assert len(children) >= 3  # the channel's ffmpeg, the normaliser's, the library's
        media_sequence = viewer.last.media_sequence if viewer.last else 0
        before = viewer.digests()
        alone.end(signal.SIGKILL)
        until(lambda: all(map(gone, children)), 1.0, why=lambda: [child for child in children if not gone(child)])

        alone.start().ready("one")
        playlist = parse(alone.get("/hls/one/index.m3u8").decode())
        assert playlist.media_sequence >= media_sequence
        again = {
            one.uri: alone.get(f"/hls/one/{one.uri}") for one in playlist.segments if one.seq <= max(viewer.segments)
        }
        both = [uri for uri in again if uri in before]
        assert both, "the window after the restart has nothing of the one before"
        for uri in both:
            seq = int(uri.rsplit("/", 1)[1].removesuffix(".m4s"))
            assert again[uri] == viewer.segments[seq], f"{uri} changed"
        viewer.watched(3)
        assert viewer.faults == []
        assert viewer.discontinuities == []


def _preparing(television: Television) -> list[str]:
    """Return the names of what runs beside the live processes."""
    live = {one["pid"] for one in television.api("/api/status")["channels"]}
    names = []
    for child in television.children():
        with contextlib.suppress(psutil.NoSuchProcess):  # it ended meanwhile
            names += [child.name()] if child.pid not in live else []
    return names


def test_asked_to_end_it_ends_soon_and_wholly(alone: Television) -> None:
    with alone.start().ready(), Viewer(f"{alone.url}/hls/one/index.m3u8", patient=True) as viewer:
        viewer.watched(1)
        children = alone.children()
        assert children
        began = time.monotonic()
        assert alone.end(signal.SIGTERM) == 0
        assert time.monotonic() - began < 5
        assert all(map(gone, children))
        assert viewer.last is not None
        assert not viewer.last.ended
        assert viewer.faults == []
        assert alone.events("app.stopped")
        assert not [event for event in alone.log if event.get("level") in {"error", "critical"}]
        assert not alone.events("not json")


def test_with_a_stopped_ffmpeg_it_ends_as_soon(alone: Television) -> None:
    with alone.start().ready():
        children = alone.children()
        [live] = [child for child in children if child.pid == alone.ffmpeg("one")]
        live.suspend()
        began = time.monotonic()
        assert alone.end(signal.SIGTERM) == 0
        assert time.monotonic() - began < 5
        assert all(map(gone, children))
