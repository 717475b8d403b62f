"""Folders with rubbish in them, and folders that are not there: named, refused; what is good airs."""

import shutil
from pathlib import Path

from clips import Clips
from television import Television, until
from viewer import Viewer


def test_what_is_no_video_is_named_and_the_rest_airs(clips: Clips, tmp_path: Path) -> None:
    mixed, missing = tmp_path / "mixed", tmp_path / "nowhere"
    mixed.mkdir()
    good = clips.get("plain")
    shutil.copy(good, mixed / "good.mp4")
    (mixed / "empty.mp4").touch()
    (mixed / "text.mkv").write_text("This is no film.\n" * 100)
    (mixed / "half.mp4").write_bytes(good.read_bytes()[: good.stat().st_size // 3])
    (mixed / "list.mp4").write_text(f"ffconcat version 1.0\nfile '{good}'\n")
    (mixed / "-i.mp4").write_bytes(bytes(range(256)) * 50)
    channels = [
        {"number": 1, "name": "Mixed", "slug": "mixed", "folders": [str(mixed), str(missing)]},
        {"number": 2, "name": "Nothing", "slug": "nothing", "folders": [str(missing)]},
    ]
    (tmp_path / "house").mkdir()
    with Television(tmp_path / "house", channels).start().ready("mixed") as television:
        refused = {"text.mkv", "half.mp4", "list.mp4", "-i.mp4"}
        for name in refused:
            event = until(lambda name=name: _about(television, name), why=television.tail)
            assert event.get("reason") or event.get("why"), event
        assert television.event("library.folder_missing")["folder"] == str(missing)
        with Viewer(f"{television.url}/hls/mixed/index.m3u8") as viewer:
            # A channel with nothing to air shows its slate rather than nothing.
            until(lambda: television.state("nothing") == "on_air", why=television.tail)
            assert television.ask("/readyz") == (200, "ok\n")
            assert _titles(television) == {"good"}
            # A folder that appears is found.
            missing.mkdir()
            shutil.copy(clips.get("silent"), missing / "late.mp4")
            # A clip that is being copied in is waited for, then airs with the rest.
            whole = clips.get("portrait").read_bytes()
            coming = mixed / "coming.mp4"
            step = len(whole) // 4
            with coming.open("wb") as file:
                for at in range(0, len(whole), step):
                    file.write(whole[at : at + step])
                    file.flush()
                    viewer.watched(1)
                    assert not _about(television, "coming.mp4"), "looked at before it was whole"
            until(lambda: _titles(television) >= {"good", "coming"}, why=television.tail)
            until(lambda: television.status("nothing")["feeding"]["kind"] != "slate", 60, why=television.tail)
            assert viewer.faults == []


def _titles(television: Television) -> set[str]:
    """Return what airs but for what the channel says of itself in between."""
    items = television.api("/api/channels/mixed/schedule")
    return {item["title"] for item in items if item["kind"] in {"programme", "rerun"}}


def _about(television: Television, name: str) -> dict[str, object]:
    """Return what was said against a file."""
    for event in television.log:
        said = " ".join(str(event.get(key, "")) for key in ("path", "file", "source", "name"))
        if name in said and event.get("level") == "warning":
            return event
    return {}
