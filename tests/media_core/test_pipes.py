"""The pipes of a live process: everything arrives, in order, in whatever pieces; who does not read is noticed."""

import asyncio
import os
import time
from collections.abc import AsyncIterator

import pytest

from tvd.media.pipes import ROOMY, InputPipe, OutputPipe, live_pipes
from tvd.media.process import child

ECHO = "import os\nwhile data := os.read(0, 5000): os.write(1, data)"
"""Reads and writes less at once than a pipe holds."""


@pytest.fixture(name="pipes")
async def _pipes() -> AsyncIterator[tuple[InputPipe, OutputPipe]]:
    """Return a pipe and a reader of it that is not connected: the far ends are ours."""
    with live_pipes(1) as (feed, [out]):
        yield feed, out


async def everything(pipe: OutputPipe) -> bytes:
    data, room = b"", memoryview(bytearray(70_000))
    await pipe.ready()
    while taken := pipe.take(room):
        data += room[:taken]
        await pipe.ready()
    return data


async def test_what_goes_in_comes_out_again() -> None:
    pieces = [bytes([n % 251]) * (1 + n * 37 % 9000) for n in range(1500)]
    with live_pipes(1) as (feed, [out]):
        async with asyncio.timeout(20), child(["python3", "-c", ECHO], stdin=feed, stdout=out) as process:
            reading = asyncio.create_task(everything(out))
            views = [memoryview(piece) if n % 2 else piece for n, piece in enumerate(pieces)]
            assert sum(map(len, pieces)) > 10 * ROOMY
            await feed.write(views, 20)
            feed.close()
            assert await reading == b"".join(pieces)
            assert (await process.wait()).returncode == 0


async def test_who_hurries_is_through_sooner() -> None:
    piece, took = bytes(20 * ROOMY), {}
    for hurried in (False, True):
        with live_pipes(1) as (feed, [out]):
            feed.hurry(hurried)
            out.hurry(hurried)
            async with asyncio.timeout(20), child(["cat"], stdin=feed, stdout=out) as process:
                reading = asyncio.create_task(everything(out))
                before = time.monotonic()
                await feed.write([piece], 20)
                took[hurried] = time.monotonic() - before
                feed.close()
                assert await reading == piece
                assert (await process.wait()).returncode == 0
    assert took[True] < took[False]


async def test_a_reader_that_stands_still_is_given_up(pipes: tuple[InputPipe, OutputPipe]) -> None:
    feed, _ = pipes
    end = os.dup(feed.number)
    feed.connect()
    await feed.write([b"x" * 1000], 1)
    before = time.monotonic()
    with pytest.raises(TimeoutError):
        await feed.write([bytes(2 * ROOMY)], 0.1)
    assert time.monotonic() - before < 2
    # What was written before stays to be read.
    assert os.read(end, 1000) == b"x" * 1000
    os.close(end)


async def test_a_pipe_nobody_reads_any_more_is_broken(pipes: tuple[InputPipe, OutputPipe]) -> None:
    feed, _ = pipes
    feed.connect()
    with pytest.raises(BrokenPipeError):
        await feed.write([b"x"], 1)
    feed.close()
    with pytest.raises(BrokenPipeError):
        await feed.write([b"x"], 1)
    feed.close()


async def test_nothing_now_is_not_the_end(pipes: tuple[InputPipe, OutputPipe]) -> None:
    _, out = pipes
    end = os.dup(out.number)
    out.connect()
    room = bytearray(4)
    assert out.take(memoryview(room)) is None
    waiting = asyncio.create_task(out.ready())
    await asyncio.wait({waiting}, timeout=0)
    assert not waiting.done()
    os.write(end, b"abcdef")
    await waiting
    assert (out.take(memoryview(room)), room) == (4, b"abcd")
    assert out.take(memoryview(room)) == 2
    os.close(end)
    await out.ready()
    assert out.take(memoryview(room)) == 0


async def test_whoever_waits_is_told_when_it_is_abandoned(pipes: tuple[InputPipe, OutputPipe]) -> None:
    _, out = pipes
    end = os.dup(out.number)
    os.set_blocking(end, False)
    out.connect()
    waiting = asyncio.create_task(out.ready())
    await asyncio.wait({waiting}, timeout=0)
    out.abandon()
    async with asyncio.timeout(5):
        await waiting
        await out.ready()
        assert out.take(memoryview(bytearray(9))) == 0
        # Far more than it holds goes in: it is read away.
        left = 8 * ROOMY
        while left:
            try:
                left -= os.write(end, bytes(min(left, 65536)))
            except BlockingIOError:
                await asyncio.sleep(0)
    os.close(end)


async def test_a_waiting_that_is_cancelled_can_be_begun_again(pipes: tuple[InputPipe, OutputPipe]) -> None:
    _, out = pipes
    end = os.dup(out.number)
    out.connect()
    for _ in range(2):
        waiting = asyncio.create_task(out.ready())
        await asyncio.wait({waiting}, timeout=0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    os.write(end, b"x")
    async with asyncio.timeout(5):
        await out.ready()
    assert out.take(memoryview(bytearray(9))) == 1
    os.close(end)
