"""The data disk is full: nothing half made is published, channels air on, preparing resumes when there is room."""

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from clips import Clips
from television import Television, until
from viewer import Viewer

HAND = 150_000
"""Bytes of any file that can be written where no small disk can be mounted: less than the long clip takes."""


@dataclass(frozen=True)
class Disk:
    """A data folder with room for little. ``fill`` leaves none, ``free`` gives plenty."""

    path: Path
    fill: Callable[[Television], None]
    free: Callable[[Television], None]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A small file system; where none may be mounted, a limit on the size of files."""
    path = tmp_path / "disk"
    path.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if os.geteuid() == 0 and mount and umount and _run(mount, "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(path)):
        yield Disk(path, lambda _tv: _fill(path / "filler"), lambda _tv: (path / "filler").unlink())
        assert _run(umount, "--lazy", str(path))
    else:
        yield Disk(path, lambda tv: _limit(tv, HAND), lambda tv: _limit(tv, resource.RLIM_INFINITY))


def _run(*argv: str) -> bool:
    return subprocess.run(argv, check=False, capture_output=True).returncode == 0


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        for size in (65536, 4096):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue


def _limit(television: Television, size: int) -> None:
    for process in [psutil.Process(television.pid), *television.children()]:
        process.rlimit(psutil.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_a_full_disk_costs_nothing_that_is_on_air(disk: Disk, videos: Path, clips: Clips, tmp_path: Path) -> None:
    folder = tmp_path / "films"
    shutil.copytree(videos, folder)
    channels = [{"number": 1, "name": "One", "slug": "one", "folders": [str(folder)]}]
    storage = {"data": str(disk.path / "data"), "source_min_free": 0}
    with Television(tmp_path, channels, storage=storage).start().ready() as television:
        until(lambda: len(_published(television)) == 4, why=television.tail)  # three clips and the slate
        with Viewer(f"{television.url}/hls/one/index.m3u8") as viewer:
            viewer.watched(1)
            disk.fill(television)
            mark = television.mark
            shutil.copy(clips.get("long"), folder)
            until(lambda: _said_so(television, mark), why=television.tail)
            viewer.watched(4)
            assert len(_published(television)) == 4
            assert television.state("one") == "on_air"
            disk.free(television)
            until(lambda: len(_published(television)) == 5, 90, why=television.tail)
            viewer.watched(1)
            assert viewer.faults == []
        assert television.metric("tvd_segments_late_total") == 0
        assert television.end() == 0


def _published(television: Television) -> set[Path]:
    return {path.parent for path in (television.data / "assets").glob("*/*/asset.json")}


def _said_so(television: Television, mark: int) -> bool:
    names = {"normaliser.paused", "normaliser.failed"}
    return any(event.get("event") in names for event in television.log[mark:])
