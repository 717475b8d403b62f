"""The configuration is changed under a running tvd: bad is refused by key, good touches only what it names."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from television import Television, until
from viewer import Viewer

Decode = Callable[[bytes], str]


@pytest.fixture(scope="module")
def set_up(videos: Path, more_videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Television]:
    channels = [
        {"number": 1, "name": "One", "slug": "one", "folders": [str(videos)]},
        {"number": 2, "name": "Two", "slug": "two", "folders": [str(more_videos)]},
    ]
    # As little is listed as may be: what changed is soon out of the playlist.
    live = {"window": 6}
    with Television(tmp_path_factory.mktemp("reload"), channels, live=live).start() as running:
        yield running.ready()


def test_only_what_a_good_configuration_names_changes(set_up: Television, videos: Path) -> None:
    one, two = set_up.ffmpeg("one"), set_up.ffmpeg("two")
    with Viewer(f"{set_up.url}/hls/two/index.m3u8") as viewer:
        viewer.watched(1)
        # Bad by file change: every fault by its key, and nothing else happens.
        mark = set_up.mark
        set_up.channels[0]["order"] = "backwards"
        set_up.live["window"] = 2
        set_up.write(extra="\n[surprise]\n")
        for key in ("channels[1].order", "live.window", "surprise"):
            assert set_up.event("config.refused", mark, key=key)["reason"]
        # Bad by signal.
        mark = set_up.mark
        set_up.send(signal.SIGHUP)
        set_up.event("config.refused", mark, key="channels[1].order")
        assert (set_up.ffmpeg("one"), set_up.ffmpeg("two")) == (one, two)
        # Good: a channel more, another one changed.
        mark = set_up.mark
        set_up.live["window"] = 6
        set_up.channels[0] |= {"order": "sequential", "name": "Uno"}
        set_up.channels.append({"number": 7, "name": "Seven", "slug": "seven", "folders": [str(videos)]})
        set_up.write()
        assert set_up.event("config.reloaded", mark)["added"] == ["seven"]
        set_up.ready("seven")
        assert [one["name"] for one in set_up.api("/api/channels")] == ["Uno", "Two", "Seven"]
        # And one less.
        mark, pid = set_up.mark, set_up.ffmpeg("seven")
        set_up.channels.pop()
        set_up.write()
        assert set_up.event("config.reloaded", mark)["removed"] == ["seven"]
        set_up.event("pipeline.exited", mark, pid=pid)
        until(lambda: set_up.ask("/hls/seven/index.m3u8")[0] == 404)
        assert set_up.ffmpeg("two") == two
        assert viewer.faults == []
        assert viewer.discontinuities == []


def test_a_program_that_is_not_there_is_refused_and_later_changes_are_heard(set_up: Television) -> None:
    until(lambda: set_up.status("one")["uptime"] > 1, why=set_up.tail)
    one, two = set_up.ffmpeg("one"), set_up.ffmpeg("two")
    mark = set_up.mark
    set_up.channels[0]["ffmpeg"] = {"binary": "/no/such/ffmpeg"}
    set_up.write()
    refused = set_up.event("config.refused", mark, key="channels[1].ffmpeg.binary")
    assert "/no/such/ffmpeg" in refused["reason"]
    assert set_up.state("one") == "on_air"
    assert (set_up.ffmpeg("one"), set_up.ffmpeg("two")) == (one, two)
    mark = set_up.mark
    del set_up.channels[0]["ffmpeg"]
    # An encoder that does not work is named; the software one does its work.
    set_up.channels[0]["house"] = {"encoder": "h264_nosuchthing"}
    set_up.write()
    set_up.event("encoder.unusable", mark, encoder="h264_nosuchthing")
    set_up.ready()
    assert set_up.ffmpeg("two") == two
    mark = set_up.mark
    del set_up.channels[0]["house"]
    set_up.write()
    set_up.event("config.reloaded", mark)
    set_up.ready()


def test_another_house_is_gone_over_to_with_one_discontinuity(set_up: Television, decode: Decode) -> None:
    two = set_up.ffmpeg("two")
    with (
        Viewer(f"{set_up.url}/hls/one/index.m3u8") as viewer,
        Viewer(f"{set_up.url}/hls/two/index.m3u8") as sibling,
    ):
        viewer.watched(1)
        for changes, expected in (({"preset": "veryfast"}, 1), ({"width": 192, "height": 108}, 2)):
            set_up.channels[0]["house"] = set_up.channels[0].get("house", {}) | changes
            set_up.channels[0].pop("ffmpeg", None)
            set_up.write()
            until(lambda expected=expected: len(viewer.discontinuities) == expected, 120, why=set_up.tail)
            viewer.watched(1)
        # Until both have left the playlist and are counted.
        until(lambda: viewer.last is not None and viewer.last.discontinuity_sequence >= 2, why=set_up.tail)
        assert viewer.faults == []
        assert sibling.faults == []
        assert sibling.discontinuities == []
        tapes = viewer.tape()
        assert len(tapes) == 3
        assert [decode(tape) for _, tape in tapes] == ["", "", ""]
        assert "RESOLUTION=192x108" in set_up.get("/hls/one/master.m3u8").decode()
    assert set_up.ffmpeg("two") == two
    assert set_up.metric("tvd_segments_late_total") == 0
