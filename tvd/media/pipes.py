"""Pipes between us and a child: what it writes, in pieces as they come, and how much one holds.

What a channel airs is megabytes a second, for ever: it is handed on as it was read, without the copies and the
wake-ups of a stream reader.
"""

import asyncio
import contextlib
import fcntl
import os
from collections import deque
from collections.abc import Iterator
from typing import IO, Final, cast

READ_AHEAD: Final = 2**20
"""Bytes read while nobody takes them."""
ROOMY: Final = 2**19
"""Bytes of a pipe that is fed whole segments. A hundred of them stay below what Linux lets one user have (64 MiB)."""


class OutputPipe(asyncio.Protocol):
    """One pipe: the child writes to descriptor :attr:`number`, we :meth:`read` once :meth:`connect` was called.

    To be closed by whoever made it, once the child has ended.
    """

    def __init__(self) -> None:
        self._from, self.number = os.pipe()
        self._writing = True
        self._transport: asyncio.ReadTransport | None = None
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self._paused = self._abandoned = self._ended = False
        self._waiting: asyncio.Future[None] | None = None

    async def connect(self) -> None:
        """Begin to read; the child has its end now, so ours is closed."""
        os.close(self.number)
        self._writing = False
        pipe = open(self._from, "rb", buffering=0)  # noqa: ASYNC230, PTH123, SIM115 - it is a pipe; the transport closes it
        self._from = -1
        await asyncio.get_running_loop().connect_read_pipe(lambda: self, pipe)

    async def read(self) -> bytes:
        """Return the next piece of what the child wrote as soon as there is one, empty at the end; one reader."""
        while not self._pieces:
            if self._ended:
                return b""
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        piece = self._pieces.popleft()
        self._held -= len(piece)
        self._pause(self._held > READ_AHEAD)
        return piece

    def abandon(self) -> None:
        """Read away what nobody may read any more, so that the child can end in good order."""
        self._abandoned = True
        self._pause(False)

    def close(self) -> None:
        """Close our ends."""
        if self._writing:
            os.close(self.number)
            self._writing = False
        if self._from >= 0:
            os.close(self._from)
            self._from = -1
        if self._transport is not None:
            self._transport.close()

    # What asyncio tells -------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take note of the transport."""
        self._transport = cast("asyncio.ReadTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Keep a piece for whoever reads."""
        if self._ended:
            return
        if self._abandoned and self._held > READ_AHEAD:
            self._end()  # for a reader that is still there: what it gets has no gaps
            return
        self._pieces.append(data)
        self._held += len(data)
        self._pause(self._held > READ_AHEAD)
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note of the end."""
        del exc
        self._end()

    def _end(self) -> None:
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _pause(self, pause: bool) -> None:
        pause = pause and not self._abandoned
        if self._transport is None or pause == self._paused:
            return
        self._paused = pause
        if pause:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()


@contextlib.contextmanager
def output_pipes(count: int) -> Iterator[tuple[OutputPipe, ...]]:
    """Make ``count`` pipes for the length of the block."""
    with contextlib.ExitStack() as stack:
        pipes: list[OutputPipe] = []
        for _ in range(count):
            pipes.append(OutputPipe())
            stack.callback(pipes[-1].close)
        yield tuple(pipes)


def widen(pipe: IO[bytes]) -> None:
    """Ask that ``pipe`` holds :data:`ROOMY` bytes; where that is refused it stays as it is."""
    # More than one user may have; closed, for the child has ended already; not Linux.
    with contextlib.suppress(OSError, ValueError, AttributeError):
        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, ROOMY)
