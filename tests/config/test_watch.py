"""The watcher of the configuration files, on a real folder."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tvd.config import files
from tvd.config.watch import changes


@pytest.fixture
async def seen(tmp_path: Path) -> AsyncIterator[asyncio.Queue[frozenset[Path]]]:
    """What ``changes`` yields for two files of one folder."""
    queue: asyncio.Queue[frozenset[Path]] = asyncio.Queue()
    stop = asyncio.Event()

    async def watch() -> None:
        async for paths in changes([tmp_path / "config.toml", tmp_path / "channels.toml"], stop):
            queue.put_nowait(paths)

    task = asyncio.create_task(watch())
    # The watcher says nothing of when it began; write until it has noticed.
    while queue.empty():
        (tmp_path / "config.toml").write_text("begin")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                queue.put_nowait(await queue.get())
    while not queue.empty():
        queue.get_nowait()
    yield queue
    stop.set()
    await task


async def test_a_file_put_in_the_place_of_another_is_noticed(
    tmp_path: Path, seen: asyncio.Queue[frozenset[Path]]
) -> None:
    (tmp_path / "other").write_text("nobody cares")
    files.write(tmp_path / "channels.toml", {"a": 1})
    async with asyncio.timeout(10):
        while (tmp_path / "channels.toml") not in await seen.get():
            pass


async def test_writing_in_place_is_noticed(tmp_path: Path, seen: asyncio.Queue[frozenset[Path]]) -> None:
    (tmp_path / "config.toml").write_text("x = 1\n")
    async with asyncio.timeout(10):
        assert await seen.get() == {tmp_path / "config.toml"}


async def test_folders_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    assert [paths async for paths in changes([tmp_path / "no/config.toml"])] == []
