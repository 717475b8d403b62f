"""What is on air is deleted or damaged on the disk: slate at most for what is lost, prepared again, joined again."""

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

from television import Event, Television, until
from viewer import Viewer


def on_air_asset(television: Television, slug: str, least: int) -> tuple[Event, Path]:
    """Return what is being fed, with ``least`` segments still to come, and the folder of its asset."""

    def look() -> tuple[Event, Path] | None:
        started = television.events("programme.started", channel=slug)[-1]
        feeding = television.status(slug)["feeding"]
        if started["kind"] == "slate" or feeding["item"] != started["programme"]:
            return None
        for folder in (television.data / "assets").glob(f"*/{started['asset']}"):
            if json.loads((folder / "asset.json").read_text())["segments"] - feeding["segment"] > least:
                return started, folder
        return None

    found = until(look, why=television.tail)
    assert found is not None
    return found


def told(event: Event) -> datetime:
    """Return when the log told of it."""
    return datetime.fromisoformat(event["timestamp"])


def test_assets_lost_on_air_are_made_again(television: Television) -> None:
    pids = [television.ffmpeg(slug) for slug in ("one", "two")]
    with (
        Viewer(f"{television.url}/hls/one/index.m3u8") as one,
        Viewer(f"{television.url}/hls/two/index.m3u8") as two,
    ):
        one.watched(1)
        mark = television.mark
        # Deleted: what is open still airs, and it is noticed by itself within a minute or so.
        _, deleted = on_air_asset(television, "one", 0)
        shutil.rmtree(deleted)
        # Damaged: noticed with the very next segment, and made again while the lead lasts, else the slate airs.
        started, damaged = on_air_asset(television, "two", 3)
        mark = television.mark
        with (damaged / "asset.mp4").open("r+b") as file:
            file.seek(3000)
            file.write(b"\xa5" * ((damaged / "asset.mp4").stat().st_size - 3000))
        lost = television.event("asset.invalid", mark, asset=damaged.name)
        assert lost["reason"]
        ready = television.event("asset.ready", mark, asset=damaged.name)
        again = television.event("programme.started", mark, channel="two", asset=damaged.name, kind="programme")
        # What is left of it airs, if it was there two segments before the next programme began.
        first = television.events("programme.started", mark, channel="two", kind="programme")[0]
        assert first["programme"] == started["programme"] or told(first) - told(ready) <= timedelta(seconds=4)
        two.watched(max(1, again["seq"] - two.newest + 1))
        until((deleted / "asset.json").exists, 90, why=television.tail)
        one.watched(2)
        for viewer in (one, two):
            assert viewer.faults == []
            assert viewer.discontinuities == []
    assert [television.ffmpeg(slug) for slug in ("one", "two")] == pids
    assert television.metric("tvd_segments_late_total") == 0
