"""A channel whose ffmpeg ends at once, always: it is tried now and then, says why, and the others do not feel it."""

from pathlib import Path

from television import Television, until
from viewer import Viewer


def test_an_ffmpeg_that_always_fails_is_a_fault_of_its_channel_alone(videos: Path, tmp_path: Path) -> None:
    channels = [
        {"number": 1, "name": "One", "slug": "one", "folders": [str(videos)]},
        {"number": 3, "name": "Bad", "slug": "bad", "folders": [str(videos)], "ffmpeg": {"input_args": ["-bogus"]}},
    ]
    with (
        Television(tmp_path, channels).start().ready("one") as television,
        Viewer(f"{television.url}/hls/one/index.m3u8") as viewer,
    ):
        television.event("pipeline.exited", channel="bad")
        until(lambda: len(television.events("pipeline.started", channel="bad")) >= 5)
        mark = television.mark
        [bad] = [one for one in television.api("/api/channels") if one["slug"] == "bad"]
        assert bad["state"] == "fault"
        assert "exit code 1" in bad["fault"]
        assert "bogus" in bad["fault"]
        code, text = television.ask("/readyz")
        assert (code, "bad: " in text, "bogus" in text, "one: " in text) == (503, True, True, False)
        code, text = television.ask("/hls/bad/index.m3u8")
        assert (code, "bogus" in text) == (503, True)
        assert television.ask("/livez")[0] == 200
        viewer.watched(4)
        assert television.events("pipeline.started", mark, channel="bad") == []
        assert viewer.faults == []
        # Mended, it comes on air without a restart.
        del television.channels[1]["ffmpeg"]
        television.write()
        television.ready()
        # On a busy machine one of its first segments may still come late.
        until(lambda: television.ask("/readyz")[0] == 200, why=television.tail)
        assert viewer.faults == []
