"""Pipes a child writes into beside its stdout; it knows them by the number of their descriptor."""

import asyncio
import contextlib
import os
from collections.abc import Iterator
from typing import Final

_DISCARD: Final = 64 * 1024


class OutputPipe:
    """One pipe: the child writes to descriptor :attr:`number`, we read :meth:`read` once it has been started.

    To be closed by whoever made it, once the child has ended.
    """

    def __init__(self) -> None:
        self._from, self.number = os.pipe()
        self._writing = True
        self._transport: asyncio.ReadTransport | None = None
        self._reader: asyncio.StreamReader | None = None
        self._leftover: asyncio.Task[None] | None = None

    async def connect(self, buffer: int = 2**20) -> None:
        """Begin to read; the child has its end now, so ours is closed. ``buffer`` bytes are read ahead."""
        os.close(self.number)
        self._writing = False
        reader = asyncio.StreamReader(limit=buffer)
        pipe = open(self._from, "rb", buffering=0)  # noqa: ASYNC230, PTH123, SIM115 - it is a pipe; the transport closes it
        self._from = -1
        self._transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), pipe
        )
        self._reader = reader

    async def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes as soon as there are any; none at the end."""
        assert self._reader is not None
        return await self._reader.read(size)

    def abandon(self) -> None:
        """Read away what nobody reads any more, so that the child can end in good order."""
        if self._reader is not None and (self._leftover is None or self._leftover.done()):
            self._leftover = asyncio.create_task(self._discard(self._reader), name=f"pipe {self.number}")

    async def _discard(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(RuntimeError):  # somebody is still reading
            while await reader.read(_DISCARD):
                pass

    def close(self) -> None:
        """Close our ends."""
        if self._leftover is not None:
            self._leftover.cancel()
        if self._writing:
            os.close(self.number)
            self._writing = False
        if self._from >= 0:
            os.close(self._from)
            self._from = -1
        if self._transport is not None:
            self._transport.close()


@contextlib.contextmanager
def output_pipes(count: int) -> Iterator[tuple[OutputPipe, ...]]:
    """Make ``count`` pipes for the length of the block."""
    with contextlib.ExitStack() as stack:
        pipes: list[OutputPipe] = []
        for _ in range(count):
            pipes.append(OutputPipe())
            stack.callback(pipes[-1].close)
        yield tuple(pipes)
