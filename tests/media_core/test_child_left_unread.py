"""A child whose output nobody reads to its end is ended all the same, on every way out of its scope."""

import asyncio
import sys

import pytest

from tvd.media.pipes import live_pipes
from tvd.media.process import child

FLOOD = [
    sys.executable,
    "-c",
    "import sys; sys.stdin.read(); sys.stdout.buffer.write(bytes(16 * 2**20)); sys.stdout.flush()",
]
"""Writes 16 MiB once its stdin is closed, as a live process of a high bit rate does with what it still holds."""


async def test_leaving_the_scope_ends_it() -> None:
    async with asyncio.timeout(10), child(FLOOD, stdin=True, stdout=True) as process:
        pass
    assert not process.running


async def test_its_end_is_seen_after_the_reader_was_cancelled() -> None:
    async with asyncio.timeout(10), child(FLOOD, stdin=True, stdout=True) as process:
        reading = asyncio.create_task(process.stdout.read(1))
        process.stdin.close()
        assert await reading == b"\0"
        reading = asyncio.create_task(process.stdout.readexactly(2**20))
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        ended = await process.stop()
    assert ended.returncode == 0


async def test_whoever_still_reads_gets_everything() -> None:
    async with asyncio.timeout(10), child(FLOOD, stdin=True, stdout=True) as process:
        reading = asyncio.create_task(process.stdout.read())
        await asyncio.sleep(0)
        await process.stop(grace=5.0)
        assert len(await reading) == 16 * 2**20


PIPE_FLOOD = (
    "import os, sys; sys.stdin.read(); os.write(int(sys.argv[1]), bytes(2**20)); print('done', file=sys.stderr)"
)
"""Writes 1 MiB, more than a pipe holds, to the descriptor it is told once its stdin is closed."""


async def test_what_it_writes_into_another_pipe_is_read_and_then_read_away() -> None:
    for read_first in (True, False):
        with live_pipes(1) as (feed, [pipe]):
            argv = [sys.executable, "-c", PIPE_FLOOD, str(pipe.number)]
            async with asyncio.timeout(10), child(argv, stdin=feed, stdout=True, pipes=[pipe]) as process:
                if read_first:
                    feed.close()
                    await pipe.ready()
                    room = bytearray(b"\1" * 1000)
                    assert pipe.take(memoryview(room)) == 1000
                    assert set(room) == {0}
                # Nobody reads the rest, and it can write it all the same.
                ended = await process.stop(grace=5.0)
            assert (ended.returncode, ended.last_lines) == (0, ("done",))
