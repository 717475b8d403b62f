"""What is on air is deleted or damaged on the disk: slate from the next segment, prepared again, joined again."""

import json
import shutil
from pathlib import Path

import pytest
from television import Television, until
from viewer import Viewer


def on_air_asset(television: Television, slug: str, least: int = 2) -> tuple[str, Path]:
    """Return the item being fed, not in its last segments, and the folder of its asset."""

    def look() -> tuple[str, Path] | None:
        started = television.events("programme.started", channel=slug)[-1]
        feeding = television.status(slug)["feeding"]
        if started["kind"] == "slate" or feeding["kind"] == "slate" or feeding["item"] != started["programme"]:
            return None
        for folder in (television.data / "assets").glob(f"*/{started['asset']}"):
            if json.loads((folder / "asset.json").read_text())["segments"] - feeding["segment"] > least:
                return feeding["item"], folder
        return None

    return until(look, why=television.tail)  # type: ignore[return-value]  # it is true


@pytest.mark.parametrize("fault", ["deleted", "damaged", "cut"])
def test_an_asset_lost_on_air_is_made_again(television: Television, fault: str) -> None:
    slate = television.metric("tvd_slate_segments_total", channel="two")
    pid = television.ffmpeg("two")
    with Viewer(f"{television.url}/hls/two/index.m3u8") as viewer:
        viewer.watched(1)
        mark = television.mark
        _item, folder = on_air_asset(television, "two")
        if fault == "deleted":
            shutil.rmtree(folder)
        elif fault == "damaged":
            with (folder / "asset.mp4").open("r+b") as file:
                file.seek(2000)
                file.write(b"\xa5" * ((folder / "asset.mp4").stat().st_size - 2000))
        else:
            with (folder / "asset.mp4").open("r+b") as file:
                file.truncate(3000)
        lost = television.event("asset.invalid", mark, asset=folder.name)
        assert lost["reason"]
        started = television.event("programme.started", mark, channel="two", kind="slate")
        television.event("asset.ready", mark, asset=folder.name)
        television.event("programme.started", mark, channel="two", kind="programme")
        viewer.watched(max(5, started["seq"] - viewer.newest + 2))
        assert viewer.faults == []
        assert viewer.discontinuities == []
    assert television.metric("tvd_slate_segments_total", channel="two") > slate
    assert television.ffmpeg("two") == pid
