import os
from pathlib import Path

import pytest

from tvd.errors import SourceRefusedError
from tvd.media.listing import Listing, identify


def names(root: Path, *only: Path) -> set[bytes]:
    walk = Listing(os.fsencode(root), tuple(map(os.fsencode, only)) or None)
    return {os.path.relpath(entry.path, os.fsencode(root)) for entry in walk}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "films"
    for name in (
        "a.mkv", "B.MP4", "deep/er/c.mp3", "-i.mp4", "a:b.mp4", "%03d.png.mp4", 'quo"te\n.mkv',
        "note.txt", "noextension", ".mkv", ".hidden.mkv", ".dir/x.mkv", "~x.mkv", "d.mkv.part", "d.temp.mkv",
        "@eaDir/x.mkv", "#recycle/x.mkv",
    ):  # fmt: skip
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return root


GOOD = {b"a.mkv", b"B.MP4", b"deep/er/c.mp3", b"-i.mp4", b"a:b.mp4", b"%03d.png.mp4", b'quo"te\n.mkv'}


def test_what_may_be_a_source(tree: Path) -> None:
    assert names(tree) == GOOD


def test_a_name_that_is_not_utf8(tree: Path) -> None:
    Path(os.fsdecode(os.fsencode(tree) + b"/caf\xe9.mkv")).write_bytes(b"x")
    assert names(tree) == GOOD | {b"caf\xe9.mkv"}


def test_fifos_devices_and_sockets_are_no_sources(tree: Path) -> None:
    os.mkfifo(tree / "fifo.mkv")
    (tree / "zero.mkv").symlink_to("/dev/zero")
    assert names(tree) == GOOD


def test_links_are_followed_only_to_files_inside(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.mkv").write_bytes(b"x")
    (tmp_path / "films2").mkdir()
    (tmp_path / "films2/near.mkv").write_bytes(b"x")
    (tree / "out.mkv").symlink_to(tmp_path / "outside/secret.mkv")
    (tree / "near.mkv").symlink_to(tmp_path / "films2/near.mkv")
    (tree / "outdir").symlink_to(tmp_path / "outside")
    (tree / "loop").symlink_to(tree)
    (tree / "broken.mkv").symlink_to(tree / "nowhere.mkv")
    (tree / "in.mkv").symlink_to(tree / ".dir/x.mkv")
    assert names(tree) == GOOD | {b"in.mkv"}
    # The same by name, as the watcher would ask.
    asked = [tree / "out.mkv", tree / "outdir/secret.mkv", tree / "loop/a.mkv", tmp_path / "outside/secret.mkv"]
    assert names(tree, *asked, tree / "in.mkv", tree / ".dir/x.mkv") == {b"in.mkv"}


def test_a_linked_root_is_followed(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tree)
    assert names(tmp_path / "link") == GOOD


def test_only_some_paths(tree: Path) -> None:
    assert names(tree, tree / "deep", tree / "a.mkv", tree / "gone.mkv") == {b"deep/er/c.mp3", b"a.mkv"}


def test_a_missing_folder_and_one_that_is_a_file(tree: Path) -> None:
    for path, why in ((tree / "nowhere", "no such file or directory"), (tree / "a.mkv", "not a directory")):
        walk = Listing(os.fsencode(path))
        assert list(walk) == []
        assert walk.end().missing == why


def test_the_file_system_is_named(tree: Path) -> None:
    walk = Listing(os.fsencode(tree))
    assert len(list(walk)) == len(GOOD)
    assert walk.end().filesystem in {"ext4", "tmpfs", "overlay", "xfs", "btrfs", "zfs", "f2fs", ""}


def test_content_ids(tmp_path: Path) -> None:
    big = bytearray(os.urandom(1_000_000))
    path = tmp_path / "a.mkv"

    def content_id(data: bytes) -> str:
        path.write_bytes(data)
        return identify(os.fsencode(path)).id

    first = content_id(big)
    assert len(first) == 16
    assert content_id(big) == first
    assert content_id(big + b"x") != first
    big[500_000] ^= 1
    assert content_id(big) != first
    assert content_id(b"short") != content_id(b"other")


def test_a_fifo_in_a_files_place_does_not_hold_us(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mkv")
    with pytest.raises(SourceRefusedError, match="not a regular file"):
        identify(os.fsencode(tmp_path / "a.mkv"))
