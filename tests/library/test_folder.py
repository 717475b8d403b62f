"""The state of one folder, stepped with listings and times; no file is touched."""

from pathlib import Path

import pytest

from tvd.library.catalogue import Content
from tvd.library.folder import NS, Folder
from tvd.media.library_wire import Entry
from tvd.media.probe import Probe

NOW = 1_700_000_000 * NS
FILM = Content(id="f" * 16, probe=Probe(container="x", duration=5.0), duration=5.0)


def entry(name: str = "a.mkv", size: int = 100, age: float = 3600.0) -> Entry:
    return Entry(path=f"/films/{name}".encode(), size=size, mtime_ns=NOW - int(age * NS), inode=1)


@pytest.fixture
def folder() -> Folder:
    return Folder(Path("/films"))


def test_an_old_file_is_settled_at_once(folder: Folder) -> None:
    assert folder.see(entry(), NOW) == "look"


def test_a_fresh_file_is_settled_by_two_equal_looks_three_seconds_apart(folder: Folder) -> None:
    fresh = entry(age=1)
    assert folder.see(fresh, NOW) == "wait"
    assert folder.settling() == ["/films/a.mkv"]
    assert folder.see(fresh, NOW + 2 * NS) == "wait"
    assert folder.see(fresh, NOW + 3 * NS) == "look"
    assert folder.settling() == []


def test_a_growing_file_waits_even_when_its_time_is_old(folder: Folder) -> None:
    assert folder.see(entry(size=1, age=1), NOW) == "wait"
    for step in range(1, 5):
        assert folder.see(entry(size=1 + step), NOW + 3 * step * NS) == "wait"
    assert folder.see(entry(size=5), NOW + 15 * NS) == "look"


def test_a_time_in_the_future_is_waited_for(folder: Folder) -> None:
    assert folder.see(entry(age=-7200), NOW) == "wait"


def test_a_known_file_is_left_alone_and_a_changed_one_is_not(folder: Folder) -> None:
    folder.see(entry(), NOW)
    folder.put(folder.files[entry().path], FILM)
    assert folder.see(entry(), NOW) == "same"
    assert folder.see(entry(size=101, age=60), NOW) == "look"
    assert [source.state for source in folder.sources()] == ["waiting"]


def test_a_vanished_file_is_missing_and_ready_when_it_is_back(folder: Folder) -> None:
    folder.see(entry(), NOW)
    folder.put(folder.files[entry().path], FILM)
    folder.unseen(set(), None)
    [source] = folder.sources()
    assert (source.state, source.id) == ("missing", FILM.id)
    assert folder.see(entry(), NOW) == "same"
    assert folder.sources()[0].state == "ready"


def test_of_a_vanished_folder_only_its_files_go(folder: Folder) -> None:
    for name in ("s1/a.mkv", "s1/b.mkv", "s10/a.mkv"):
        folder.see(entry(name), NOW)
        folder.put(folder.files[entry(name).path], FILM)
    folder.unseen(set(), [b"/films/s1"])
    assert [source.state for source in folder.sources()] == ["missing", "missing", "ready"]


def test_a_refusal_that_may_pass_is_tried_again(folder: Folder) -> None:
    folder.see(entry(), NOW)
    file = folder.files[entry().path]
    folder.refuse(file, "input/output error", retry=True)
    assert folder.see(entry(), NOW) == "same"
    assert folder.retry() == [file]
    folder.refuse(file, "not a film", retry=False)
    assert folder.retry() == []


def test_sources_come_in_natural_order(folder: Folder) -> None:
    for number in (10, 9, 1):
        folder.see(entry(f"e{number}.mkv"), NOW)
    assert [source.title for source in folder.sources()] == ["e1", "e9", "e10"]
