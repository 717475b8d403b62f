"""Making assets when the machine fails: the process is killed, the disk is full."""

import asyncio
import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from studios import HOUSE, Studio, coded, until

from tvd.library.source import Source

StudioIn = Callable[[Path], Awaitable[Studio]]

# A process of its own that makes one asset and says how far it is.
WORKER = """
import asyncio, sys, time
from pathlib import Path
sys.path[:0] = sys.argv[1:3]
from studios import HOUSE, TREATMENT, source_of
from tvd.library.job import Means
from tvd.library.normaliser import Normaliser
from tvd.library.queue import Wanted
from tvd.library.store import AssetStore
from tvd.media import demo
from tvd.media.ffmpeg import find_ffmpeg
from tvd.media.process import Limits

async def main():
    store = AssetStore(Path(sys.argv[3]), 10**9, 0)
    await store.load()
    normaliser = Normaliser(Means(store, await find_ffmpeg(), Limits(), 20.0, demo.inputs), jobs=1, cores=1)
    source = source_of(Path(sys.argv[4]))
    normaliser.set_wanted([Wanted(source, HOUSE, TREATMENT, time.time_ns())])
    working = asyncio.create_task(normaliser.run())
    while True:
        asset = store.find(source.id, HOUSE, TREATMENT)
        print("ready", asset.ready if asset else 0, file=sys.stderr, flush=True)
        await asyncio.sleep(0.01)

asyncio.run(main())
"""


async def test_after_kill_9_no_child_lives_and_the_job_goes_on(
    studio_in: StudioIn, long_source: Source, tmp_path: Path
) -> None:
    tests = Path(__file__).parents[1]
    argv = [sys.executable, "-c", WORKER, str(tests), str(tests / "normaliser"), str(tmp_path), str(long_source.path)]
    worker = await asyncio.create_subprocess_exec(*argv, stderr=subprocess.PIPE, cwd=tests.parent)
    assert worker.stderr is not None
    said: list[bytes] = []
    async with asyncio.timeout(60):
        async for line in worker.stderr:
            said.append(line)
            if line.startswith(b"ready ") and int(line.split()[1]) > 31:
                break
    assert worker.returncode is None, b"".join(said[-20:])
    children = psutil.Process(worker.pid).children(recursive=True)
    assert any(child.name() == "ffmpeg" for child in children)
    worker.send_signal(signal.SIGKILL)
    await worker.wait()
    worker._transport.close()
    await until(lambda: not any(_alive(child) for child in children), 5)

    [folder] = [path for path in (tmp_path / "work").iterdir() if (path / "job.json").exists()]
    studio = await studio_in(tmp_path)
    asset = studio.find(long_source)
    assert asset is not None
    assert asset.growing
    assert asset.folder == folder
    kept = asset.ready
    assert kept > 31
    before = coded(asset.path, kept)
    studio.want(long_source, in_seconds=0.0)
    await until(lambda: not asset.growing)
    assert asset.segments == long_source.segments(HOUSE.grid)
    assert coded(asset.path, kept) == before


def _alive(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


@dataclass(frozen=True)
class Disk:
    """A place with room for little; :meth:`grow` gives it plenty."""

    path: Path
    grow: Callable[[], None]
    mounted: bool = False


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Disk]:
    """Return a file system of 3.5 MB; where none may be mounted, a limit on the size of files does as well."""
    path = tmp_path / "disk"
    path.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if (
        os.geteuid() == 0
        and mount
        and umount
        and not _run(mount, "-t", "tmpfs", "-o", "size=3500k", "tmpfs", str(path))
    ):
        yield Disk(path, lambda: _remount(mount, path), mounted=True)
        assert not _run(umount, "--lazy", str(path))
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield Disk(path, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _run(*argv: str) -> int:
    return subprocess.run(argv, check=False, capture_output=True).returncode


def _remount(mount: str, path: Path) -> None:
    assert not _run(mount, "-o", "remount,size=200m", str(path))


@pytest.fixture
async def cramped(studio_in: StudioIn, small_disk: Disk) -> AsyncIterator[Studio]:
    """Return a studio on the small disk; its slate fits."""
    studio = await studio_in(small_disk.path)
    await until(lambda: (slate := studio.store.slate(HOUSE)) and not slate.growing)
    if not small_disk.mounted:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    yield studio
    await studio.stop()
    studio.store.close()


async def test_a_full_disk_publishes_nothing_and_recovers_by_itself(
    cramped: Studio, small_disk: Disk, long_source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tvd.library.normaliser.FULL_PAUSE", 0)
    cramped.want(long_source)
    await until(lambda: cramped.normaliser.paused)
    assert "space" in cramped.normaliser.paused
    asset = cramped.find(long_source)
    assert asset is None or asset.growing
    published = [path for path in (small_disk.path / "assets").glob("*/*") if path.name != cramped_slate(cramped)]
    assert published == []
    assert not cramped.refused
    small_disk.grow()
    await until(lambda: (asset := cramped.find(long_source)) and not asset.growing)
    assert not cramped.normaliser.paused
    assert not cramped.refused


def cramped_slate(studio: Studio) -> str:
    slate = studio.store.slate(HOUSE)
    assert slate is not None
    return slate.key
