import sqlite3
from pathlib import Path

import pytest

from tvd.library.catalogue import Catalogue, Content
from tvd.media.beside import PictureFile
from tvd.media.describing import Description
from tvd.media.library_wire import Entry
from tvd.media.probe import Probe, VideoTrack
from tvd.media.words import Words

ENTRY = Entry(path=b"/films/caf\xe9.mkv", size=5, mtime_ns=7, inode=1)
VIDEO = VideoTrack(index=0, codec="h264", width=160, height=90, sar=(16, 9))
FILM = Content(id="f" * 16, probe=Probe(container="x", duration=5.0, video=(VIDEO,)), duration=4.5)


async def remember(path: Path) -> None:
    async with Catalogue(path) as catalogue:
        catalogue.put_content(FILM)
        catalogue.put_file(ENTRY, FILM.id)


async def test_it_remembers(tmp_path: Path) -> None:
    path = tmp_path / "new" / "library.db"
    await remember(path)
    async with Catalogue(path) as catalogue:
        assert await catalogue.known([ENTRY]) == {ENTRY.path: FILM}
        assert await catalogue.content(FILM.id) == FILM
        assert await catalogue.content("0" * 16) is None
        assert await catalogue.known([Entry(path=ENTRY.path, size=6, mtime_ns=7, inode=1)]) == {}
        assert await catalogue.known([Entry(path=ENTRY.path, size=5, mtime_ns=8, inode=1)]) == {}


async def test_what_was_said_of_a_file_is_remembered_with_it(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    said = Description(nfo=Words(title="A", genres=("B",)), pictures=(PictureFile(b"/films/caf\xe9.jpg", 1, 2),))
    await remember(path)
    async with Catalogue(path) as catalogue:
        catalogue.put_description(ENTRY.path, "stamp", said)
        catalogue.put_description(b"/films/other.mkv", "", Description())
    async with Catalogue(path) as catalogue:
        # Of files that are not known nothing is kept.
        assert await catalogue.descriptions([ENTRY.path, b"/films/other.mkv"]) == {ENTRY.path: ("stamp", said)}
    with sqlite3.connect(path) as database:
        database.execute("UPDATE descriptions SET version = 0")
    async with Catalogue(path) as catalogue:
        assert await catalogue.descriptions([ENTRY.path]) == {}
        assert await catalogue.known([ENTRY]) == {ENTRY.path: FILM}


def backups(folder: Path) -> list[Path]:
    return list(folder.glob("library.db.corrupt-*"))


@pytest.mark.parametrize("how", ["noise", "damaged"])
async def test_a_corrupt_file_is_moved_aside(tmp_path: Path, how: str) -> None:
    path = tmp_path / "library.db"
    await remember(path)
    data = bytearray(path.read_bytes())
    data = bytearray(b"\x13" * 10_000) if how == "noise" else data[:4096] + b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    await remember(path)
    [backup] = backups(tmp_path)
    assert backup.read_bytes() == data
    async with Catalogue(path) as catalogue:
        assert await catalogue.known([ENTRY]) == {ENTRY.path: FILM}


async def test_a_locked_file_is_done_without(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    await remember(path)
    lock = sqlite3.connect(path)
    try:
        lock.execute("PRAGMA locking_mode = EXCLUSIVE")
        lock.execute("BEGIN EXCLUSIVE")
        async with Catalogue(path) as catalogue:
            assert not catalogue.usable
            assert await catalogue.known([ENTRY]) == {}
            catalogue.put_content(FILM)
    finally:
        lock.close()
    async with Catalogue(path) as catalogue:
        assert catalogue.usable


async def test_a_path_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    async with Catalogue(tmp_path / "file" / "library.db") as catalogue:
        assert not catalogue.usable
        assert await catalogue.content(FILM.id) is None


async def test_another_version_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    await remember(path)
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 999")
    database.close()
    async with Catalogue(path) as catalogue:
        assert catalogue.usable
        assert await catalogue.content(FILM.id) is None
