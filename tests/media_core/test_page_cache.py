"""What is read without waiting is what stands in the file, or nothing."""

import os
from pathlib import Path

import pytest
from gridded import Clip, Cuttings

from tvd.errors import AssetInvalidError
from tvd.media.asset_file import AssetFile
from tvd.media.page_cache import cached, fetch


@pytest.fixture(name="clip")
def _clip(cuttings: Cuttings) -> Clip:
    return cuttings.clip()


def test_what_was_just_written_is_at_hand(tmp_path: Path) -> None:
    data = os.urandom(300_000)
    path = tmp_path / "file"
    path.write_bytes(data)
    fd = os.open(path, os.O_RDONLY)
    try:
        fetch(fd, 0, len(data))
        found = cached(fd, 1000, 200_000)
        assert found is not None, "this system reads its page cache without waiting"
        assert found == data[1000:201_000]
        assert cached(fd, 299_000, 2000) is None, "it is not all there"
    finally:
        os.close(fd)
    assert cached(fd, 0, 10) is None
    fetch(fd, 0, 10)


def test_segments_at_hand_are_the_same(clip: Clip, tmp_path: Path) -> None:
    with AssetFile(clip.write(tmp_path / "asset.mp4"), clip.grid) as file:
        for index in range(3):
            found = file.at_hand(index)
            assert found == file.fragment(index)
            assert found is not None
            assert found.origin is not None
            assert found.origin.read() == found.video
        assert file.at_hand(3) is file.at_hand(-1) is None


def test_where_it_cannot_be_promised_nothing_is_at_hand(
    clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with AssetFile(clip.write(tmp_path / "asset.mp4"), clip.grid) as file:
        monkeypatch.delattr(os, "RWF_NOWAIT")
        monkeypatch.delattr(os, "posix_fadvise")
        assert file.at_hand(0) is None
        assert file.fragment(0).video == clip.fragments[0].video


def test_a_damaged_segment_at_hand_is_refused(clip: Clip, tmp_path: Path) -> None:
    with AssetFile(clip.write(tmp_path / "asset.mp4"), clip.grid) as file:
        with file.path.open("r+b") as damaged:
            damaged.seek(file.end(1) + 60)
            damaged.write(b"\xff" * 200)
        assert file.at_hand(0) is not None
        with pytest.raises(AssetInvalidError, match="segment 1"):
            file.at_hand(1)
