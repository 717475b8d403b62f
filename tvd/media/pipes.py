"""Pipes between us and a live process, written and read as seldom as what they hold allows.

What a channel airs is megabytes a second, for ever. It goes into the pipe from where it lies and out of it to where it
stays, and while one side waits for the other it is not woken for every few kilobytes: it looks again after a moment.
"""

import asyncio
import contextlib
import fcntl
import os
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

ROOMY: Final = 2**18
"""Bytes a pipe holds. The two of a hundred channels stay below what Linux lets one user have (64 MiB)."""
_GIVING: Final = 0.003
"""Seconds the other side gets to fill a pipe, some ten times what it needs."""
_TAKING: Final = 0.012
"""Seconds it gets to empty one: a live process writes all of a segment before it takes on with the next."""
_HURRY: Final = 0.001
"""Seconds it gets where there is no time to lose."""
_MOST: Final = 512
"""Pieces written at once; Linux takes 1,024."""

Buffer = bytes | memoryview


class InputPipe:
    """A pipe we write: the child reads descriptor :attr:`number`. To be closed by whoever made it."""

    def __init__(self) -> None:
        self.number, self._to = os.pipe()
        self._moment = _TAKING
        self._reading = True

    def connect(self) -> None:
        """Begin to write; the child has its end now, so ours is closed."""
        os.close(self.number)
        self._reading = False
        os.set_blocking(self._to, False)
        _widen(self._to)

    async def write(self, pieces: Sequence[Buffer], patience: float) -> None:
        """Write all of ``pieces``.

        Raises ``TimeoutError`` when that takes longer than ``patience`` seconds, ``BrokenPipeError`` when nobody reads
        any more, or the pipe was closed.
        """
        until = time.monotonic() + patience
        while pieces := self._rest(pieces):
            if time.monotonic() > until:
                raise TimeoutError
            await asyncio.sleep(self._moment)

    def hurry(self, hurried: bool) -> None:
        """Look again sooner from now on, or seldom."""
        self._moment = _HURRY if hurried else _TAKING

    def _rest(self, pieces: Sequence[Buffer]) -> Sequence[Buffer]:
        """Write what the pipe takes now; return what is left."""
        while pieces:
            if self._to < 0:
                raise BrokenPipeError
            now = pieces[:_MOST]
            try:
                written = os.writev(self._to, now)
            except BlockingIOError:
                break
            ends = list(accumulate(map(len, now)))
            whole = bisect_right(ends, written)
            if whole == len(now):
                pieces = pieces[whole:]
                continue
            begun = written - (ends[whole - 1] if whole else 0)
            pieces = [memoryview(now[whole])[begun:], *pieces[whole + 1 :]]
        return pieces

    def close(self) -> None:
        """Close our ends: the child reads to the end of what was written."""
        if self._reading:
            os.close(self.number)
            self._reading = False
        if self._to >= 0:
            os.close(self._to)
            self._to = -1


class OutputPipe:
    """A pipe we read: the child writes to descriptor :attr:`number`.

    To be closed by whoever made it, once the child has ended.
    """

    def __init__(self) -> None:
        self._from, self.number = os.pipe()
        self._moment = _GIVING
        self._writing = True
        self._abandoned = False
        self._waiting: asyncio.Future[None] | None = None

    def connect(self) -> None:
        """Begin to read; the child has its end now, so ours is closed."""
        os.close(self.number)
        self._writing = False
        os.set_blocking(self._from, False)
        _widen(self._from)

    def take(self, room: memoryview) -> int | None:
        """Read into ``room`` what there is; return how many bytes, None when there are none now, 0 at the end."""
        if self._abandoned:
            return 0
        try:
            return os.readv(self._from, [room])
        except BlockingIOError:
            return None

    async def more(self) -> None:
        """Give the child a moment to write the rest of what it has begun."""
        await asyncio.sleep(self._moment)

    def hurry(self, hurried: bool) -> None:
        """Look again sooner from now on, or seldom."""
        self._moment = _HURRY if hurried else _GIVING

    async def ready(self) -> None:
        """Wait until there is something to take, or the end; one reader."""
        if self._abandoned:
            return
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        loop.add_reader(self._from, self._wake)
        try:
            await self._waiting
        finally:
            if not self._abandoned:
                loop.remove_reader(self._from)

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def abandon(self) -> None:
        """Read away from now on what nobody needs any more, so that the child can end in good order."""
        if self._abandoned or self._writing or self._from < 0:
            return
        self._abandoned = True
        asyncio.get_running_loop().add_reader(self._from, self._discard)
        self._wake()

    def _discard(self) -> None:
        with contextlib.suppress(BlockingIOError):
            if not os.read(self._from, ROOMY):
                asyncio.get_running_loop().remove_reader(self._from)

    def close(self) -> None:
        """Close our ends."""
        if self._writing:
            os.close(self.number)
            self._writing = False
        if self._from >= 0:
            if self._abandoned:
                asyncio.get_running_loop().remove_reader(self._from)
            os.close(self._from)
            self._from = -1


@contextlib.contextmanager
def live_pipes(outlets: int) -> Iterator[tuple[InputPipe, tuple[OutputPipe, ...]]]:
    """Make the pipe that feeds a live process, and one for each of its outlets, for the length of the block."""
    with contextlib.ExitStack() as stack:
        feed = InputPipe()
        stack.callback(feed.close)
        pipes: list[OutputPipe] = []
        for _ in range(outlets):
            pipes.append(OutputPipe())
            stack.callback(pipes[-1].close)
        yield feed, tuple(pipes)


def _widen(pipe: int) -> None:
    """Ask that ``pipe`` holds :data:`ROOMY` bytes; where that is refused it stays as it is."""
    # More than one user may have; not Linux.
    with contextlib.suppress(OSError, AttributeError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, ROOMY)
