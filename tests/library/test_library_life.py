"""The library over real files, from start to restart: what it finds, waits for, keeps and refuses."""

import asyncio
import os
import sqlite3
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from tvd import tasks
from tvd.library.keeper import Keeper, Timing
from tvd.library.library import Library
from tvd.library.source import Source
from tvd.media import watching
from tvd.media.readers import Deadlines, Readers

if TYPE_CHECKING:
    from clips import Clips

Named = dict[str, Source]


@pytest.fixture
def film(clips: "Clips") -> bytes:
    return clips.get("silent").read_bytes()


def ready(*names: str) -> Any:
    return lambda found: all(name in found and found[name].state == "ready" for name in names)


async def test_what_is_found(stage: Any, film: bytes, clips: "Clips") -> None:
    stage.put("b/Episode 10.mp4", film + b"10")
    stage.put("b/Episode 9.mp4", film + b"9")
    stage.put("a.mp3", clips.get("music").read_bytes())
    stage.put("text.mp4", b"words")
    stage.put("empty.mp4", b"")
    stage.put("note.txt", b"words")
    progress = []
    async with stage.library() as library:
        await library.set_folders([stage.folder, stage.folder / "nowhere"])
        report = await library.scan(progress=lambda done, found: progress.append((done, found)))
        found = stage.by_name(library)
        assert list(found) == ["a.mp3", "b/Episode 9.mp4", "b/Episode 10.mp4", "empty.mp4", "text.mp4"]
        assert [it.state for it in found.values()] == ["ready", "ready", "ready", "refused", "refused"]
        assert found["empty.mp4"].reason == "is empty"
        assert "not a readable" in found["text.mp4"].reason
        episode = found["b/Episode 9.mp4"]
        assert (episode.title, episode.size) == ("Episode 9", len(film) + 1)
        assert episode.duration == pytest.approx(2.0, abs=0.05)
        assert episode.schedulable
        assert library.get(episode.id) == episode
        assert library.get("nobody") is None
        assert (report.found, report.ready, report.refused, report.probed) == (5, 3, 2, 4)
        assert report.missing_folders == (stage.folder / "nowhere",)
        assert library.trouble(stage.folder / "nowhere") == "no such file or directory"
        assert progress[-1] == (5, 5)


async def test_the_first_source_is_there_soon(stage: Any, film: bytes) -> None:
    stage.put("a.mp4", film)
    started = time.monotonic()
    async with stage.library() as library:
        await library.set_folders([stage.folder])
        await stage.until(library, ready("a.mp4"))
        assert time.monotonic() - started < 1.5


async def test_a_rename_keeps_the_id_and_probes_nothing(stage: Any, film: bytes) -> None:
    path = stage.put("a.mp4", film)
    async with stage.library() as library:
        await library.set_folders([stage.folder])
        before = (await stage.until(library, ready("a.mp4")))["a.mp4"]
        path.rename(stage.folder / "z.mp4")
        assert (await library.scan()).probed == 0
        found = stage.by_name(library)
        assert list(found) == ["z.mp4"]
        assert (found["z.mp4"].id, found["z.mp4"].title) == (before.id, "z")
        assert library.get(before.id) == found["z.mp4"]


async def test_two_copies_are_one_source(stage: Any, film: bytes) -> None:
    for name in ("a.mp4", "b.mp4"):
        stage.put(name, film)
    async with stage.library() as library:
        await library.set_folders([stage.folder])
        assert (await library.scan()).ready == 2
        assert list(stage.by_name(library)) == ["a.mp4"]
        (stage.folder / "a.mp4").unlink()
        await library.scan()
        assert list(stage.by_name(library)) == ["b.mp4"]


async def test_a_removed_file_is_missing_until_it_is_back(stage: Any, film: bytes) -> None:
    path = stage.put("a.mp4", film)
    async with stage.library() as library:
        await library.set_folders([stage.folder])
        source = (await stage.until(library, ready("a.mp4")))["a.mp4"]
        path.rename(stage.folder.parent / "away")
        await library.scan()
        assert library.get(source.id).state == "missing"
        (stage.folder.parent / "away").rename(path)
        assert (await library.scan()).probed == 0
        assert library.get(source.id) == source


async def test_changes_are_noticed_by_themselves(stage: Any, film: bytes) -> None:
    """Through the watching child: nothing here asks for a scan, and full listings are an hour apart."""
    timing = Timing(look=0.05, watched=3600, unwatched=3600, missing=3600)
    async with stage.library(timing=timing) as library:
        await library.set_folders([stage.folder])
        async with asyncio.timeout(60):
            while not any(keeper.watched for keeper in library._keepers.values()):
                await asyncio.sleep(0.02)  # the child says so when it is ready
        stage.put("sub/new.mp4", film)
        await stage.until(library, ready("sub/new.mp4"))
        (stage.folder / "sub").rename(stage.folder / "moved")
        await stage.until(library, ready("moved/new.mp4"))
        (stage.folder / "moved/new.mp4").unlink()
        await stage.until(library, lambda found: found["moved/new.mp4"].state == "missing")


async def test_a_missing_folder_is_said_once_and_found_later(stage: Any, film: bytes) -> None:
    late = stage.folder / "late"
    timing = Timing(look=0.05, missing=0.05)
    with structlog.testing.capture_logs() as said:
        async with stage.library(timing=timing) as library:
            await library.set_folders([late])
            for _ in range(3):
                await library.scan()
            stage.put("late/a.mp4", film)
            version = 0
            async with asyncio.timeout(60):
                while not any(it.schedulable for it in library.sources([late])):
                    version = await library.changed(version)
    assert [line["event"] for line in said if "folder" in line["event"]] == [
        "library.folder_missing",
        "library.folder_found",
    ]


async def test_a_file_being_copied_in_is_not_probed_before_it_keeps_still(stage: Any, film: bytes) -> None:
    """Written step by step, with looks made by the test: the clock stands where it is put."""
    now = time.time_ns()
    clock = [now]
    timing = Timing(look=3600, watched=3600, unwatched=3600)
    async with stage.library(timing=timing, now_ns=lambda: clock[0]) as library:
        await library.set_folders([stage.folder])
        path = stage.put("a.mp4", film[:1000], age=0)
        for step in range(2, 5):
            report = await library.scan()
            assert (report.waiting, report.probed) == (1, 0)
            path.write_bytes(film[: 1000 * step])
            clock[0] += 3600 * 10**9
        path.write_bytes(film)
        assert (await library.scan()).waiting == 1
        assert stage.by_name(library)["a.mp4"].reason == "still being copied in"
        assert (await library.scan()).waiting == 1
        clock[0] += 3600 * 10**9
        report = await library.scan()
        assert (report.ready, report.waiting, report.probed) == (1, 0, 1)


async def test_a_restart_probes_nothing_and_keeps_what_was_learnt(stage: Any, film: bytes) -> None:
    stage.put("a.mp4", film)
    stage.put("b.mp4", film + b"b")
    stage.put("text.mp4", b"words")
    async with stage.library() as library:
        await library.set_folders([stage.folder])
        assert (await library.scan()).probed == 3
        found = stage.by_name(library)
        version = library.version
        library.correct_duration(found["a.mp4"].id, 1.5, "its sound ends there")
        library.refuse(found["b.mp4"].id, "every frame is broken")
        assert library.version > version
    for _ in range(2):
        async with stage.library() as library:
            await library.set_folders([stage.folder])
            assert (await library.scan()).probed == 0
            found = stage.by_name(library)
            assert (found["a.mp4"].state, found["a.mp4"].duration) == ("ready", 1.5)
            assert (found["b.mp4"].state, found["b.mp4"].reason) == ("refused", "every frame is broken")
            assert "not a readable" in found["text.mp4"].reason


async def test_a_corrupt_database_is_rebuilt(stage: Any, film: bytes) -> None:
    stage.put("a.mp4", film)
    stage.database.parent.mkdir()
    stage.database.write_bytes(b"not a database" * 1000)
    with structlog.testing.capture_logs() as said:
        async with stage.library() as library:
            await library.set_folders([stage.folder])
            assert (await library.scan()).ready == 1
    assert any(line["event"] == "library.catalogue_corrupt" for line in said)
    assert len(list(stage.database.parent.glob("*.corrupt-*"))) == 1
    async with stage.library() as library:
        await library.set_folders([stage.folder])
        assert (await library.scan()).probed == 0


async def test_a_locked_database_is_done_without(stage: Any, film: bytes) -> None:
    stage.put("a.mp4", film)
    stage.database.parent.mkdir()
    lock = sqlite3.connect(stage.database)
    try:
        lock.execute("BEGIN EXCLUSIVE")
        async with stage.library() as library:
            await library.set_folders([stage.folder])
            assert (await library.scan()).ready == 1
    finally:
        lock.close()


async def test_a_hung_folder_does_not_hold_up_the_others_nor_the_loop(stage: Any, film: bytes, tmp_path: Path) -> None:
    stage.put("a.mp4", film)
    (tmp_path / "hung").mkdir()
    script = tmp_path / "pretender.py"
    script.write_text(
        "import signal\nfrom tvd.media import probe_child as real\nanswer = real._answer\n"
        "def _answer(request, out):\n"
        "    if getattr(request, 'root', b'').endswith(b'/hung'):\n        signal.pause()\n"
        "    answer(request, out)\n"
        "real._answer = _answer\nreal.main()\n"
    )
    readers = Readers(3, argv=[sys.executable, "-P", "-B", str(script)], deadlines=Deadlines(listing=1))
    async with stage.library(readers=readers, timing=Timing(missing=0.01)) as library:
        await library.set_folders([tmp_path / "hung", stage.folder])
        await stage.until(library, ready("a.mp4"))
        version = library.version
        async with asyncio.timeout(60):
            while not library.trouble(tmp_path / "hung"):
                await library._scanner.next_step.wait()
        assert library.trouble(tmp_path / "hung") == "listing took more than 1 s"
        assert library.version >= version


async def test_folders_come_and_go(stage: Any, film: bytes, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    stage.put("a.mp4", film)
    path = stage.put("../more/b.mp4", film + b"b")
    async with stage.library() as library:
        await library.set_folders([stage.folder])
        await library.scan()
        await library.set_folders([stage.folder, tmp_path / "more"])
        await library.scan()
        [source] = library.sources([tmp_path / "more"])
        assert source.path == path.resolve()
        assert len(library.sources([tmp_path / "more", stage.folder])) == 2
        await library.set_folders([tmp_path / "more"])
        await library.scan()
        assert library.sources([stage.folder]) == ()
        assert library.get(source.id) == source


async def test_an_unreadable_file_is_tried_again(stage: Any, film: bytes, tmp_path: Path) -> None:
    path = stage.put("a.mp4", film)
    script = tmp_path / "pretender.py"
    script.write_text(
        "import errno, os\nfrom tvd.media import probe_child as real\nidentify = real.identify\n"
        "def broken(path):\n"
        "    if os.path.exists(path + b'.eio'):\n        raise OSError(errno.EIO, os.strerror(errno.EIO))\n"
        "    return identify(path)\n"
        "real.identify = broken\nreal.main()\n"
    )
    trouble = path.with_name("a.mp4.eio")
    trouble.touch()
    readers = Readers(2, argv=[sys.executable, "-P", "-B", str(script)])
    async with stage.library(readers=readers) as library:
        await library.set_folders([stage.folder])
        await library.scan()
        assert stage.by_name(library)["a.mp4"].reason == "input/output error"
        trouble.unlink()
        assert (await library.scan()).ready == 1


async def test_leaving_in_the_middle_of_everything(stage: Any, film: bytes) -> None:
    for number in range(20):
        stage.put(f"{number}.mp4", film + os.urandom(4))
    library: Library
    async with stage.library() as library:
        await library.set_folders([stage.folder])
        await library.changed(0)
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("library")]


async def test_what_never_keeps_still_does_not_put_off_finding_what_is_new(
    stage: Any, film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recording in a folder whose changes nobody reports, as on a network mount."""
    monkeypatch.setattr(Keeper, "watchable", False)
    recording = stage.put("recording.mp4", film, age=0)

    async def record() -> None:
        with recording.open("ab") as file:
            while True:
                file.write(b"more")
                file.flush()
                await asyncio.sleep(0.01)

    async with stage.library(timing=Timing(look=0.1, unwatched=0.2)) as library:
        await library.set_folders([stage.folder])
        recorder = asyncio.create_task(record())
        await stage.until(library, lambda found: "recording.mp4" in found)
        stage.put("new.mp4", film)
        found = await stage.until(library, ready("new.mp4"))
        recorder.cancel()
    assert found["recording.mp4"].state == "waiting"


async def test_a_file_that_moves_out_of_a_folder_while_that_is_let_go_of(
    stage: Any, film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library goes on telling of the other folders."""
    old, new = stage.put("old/a.mp4", film), stage.folder / "new"
    new.mkdir()
    async with stage.library() as library:
        await library.set_folders([old.parent, new])
        await stage.until(library, lambda _: library.sources([old.parent]) and library.sources([old.parent])[0].probe)
        old.rename(stage.folder / "away")
        await library.scan()
        assert [it.state for it in library.sources([old.parent])] == ["missing"]
        real = tasks.end

        async def end(*ended: "asyncio.Task[None]") -> None:
            monkeypatch.setattr(tasks, "end", real)
            (stage.folder / "away").rename(new / "a.mp4")
            await library.scan([new])
            await real(*ended)

        monkeypatch.setattr(tasks, "end", end)
        await library.set_folders([new])
        assert [it.state for it in library.sources([new])] == ["ready"]
        assert library.sources([old.parent]) == ()


async def test_a_watching_child_that_cannot_be_started_is_tried_again_later(
    stage: Any, film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def none(*_: object) -> list[str]:
        tries.append(1)
        return ["/nowhere/python"]

    monkeypatch.setattr(watching, "module_argv", none)
    with structlog.testing.capture_logs() as said:
        async with stage.library(timing=Timing(look=0.05, unwatched=0.1)) as library:
            await library.set_folders([stage.folder])
            stage.put("a.mp4", film)
            await stage.until(library, ready("a.mp4"))
            async with asyncio.timeout(60):
                while not any(line["event"] == "library.watch_unavailable" for line in said):
                    await asyncio.sleep(0.01)
    assert len(tries) == 1
    assert [line["why"] for line in said if line["event"] == "library.watch_unavailable"] == ["/nowhere/python"]
