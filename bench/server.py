"""A real tvd for the length of a block: its configuration written, its process started, asked over HTTP, ended."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
import tomli_w
from prometheus_client.parser import text_string_to_metric_families

from bench.usage import descendants
from tvd.media.process import Child, child

_ENDING: Final = 8.0
_POLL: Final = 0.02
LIVE: Final = "-fragment_index"
"""What only the command line of a live process has."""


class BenchError(Exception):
    """Something that is measured did not happen; the text says what."""


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def configuration(folder: Path, data: Path, channels: Sequence[Mapping[str, Any]], **sections: Any) -> Path:
    """Write a configuration with these channels into ``folder`` and return it; ``sections`` are more tables."""
    whole = {
        "server": {"host": "127.0.0.1"},
        "storage": {"data": os.path.relpath(data, folder), "assets_max": "20GB"},
        "logging": {"level": "warning", "format": "json"},
        **sections,
        "channels": list(channels),
    }
    path = folder / "config.toml"
    path.write_text(tomli_w.dumps(whole))
    return path


@dataclass(frozen=True, slots=True)
class Server:
    """A running tvd. ``started`` is :func:`time.time` of the moment before its process was."""

    process: Child
    port: int
    started: float
    session: aiohttp.ClientSession

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Its process."""
        return self.process.pid

    async def status(self, path: str) -> int:
        """Return the status of an answer; 0 while there is none."""
        try:
            async with self.session.get(self.url + path) as response:
                return response.status
        except aiohttp.ClientError:
            return 0

    async def json(self, path: str) -> Any:
        """Return what the API says."""
        async with self.session.get(self.url + path) as response:
            response.raise_for_status()
            return await response.json()

    async def text(self, path: str) -> str:
        """Return an answer as text, empty when it is not 200."""
        async with self.session.get(self.url + path) as response:
            return await response.text() if response.status == 200 else ""

    async def total(self, metric: str) -> float:
        """Return the sum of a metric over all its labels."""
        families = text_string_to_metric_families(await self.text("/metrics"))
        return sum(sample.value for family in families for sample in family.samples if sample.name == metric)

    def live(self) -> dict[int, int]:
        """Return the live processes by pid, each with the first segment number of its command line."""
        found = {}
        for process in descendants(self.pid):
            with contextlib.suppress(Exception):
                line = process.cmdline()
                if LIVE in line:
                    found[process.pid] = int(line[line.index(LIVE) + 1])
        return found

    def family(self) -> list[int]:
        """Return its own pid and those of all its children but the live processes."""
        live = self.live()
        return [self.pid, *(one.pid for one in descendants(self.pid) if one.pid not in live)]

    async def wait(self, what: str, ready: Callable[[], Any], seconds: float, every: float = _POLL) -> float:
        """Wait until ``ready()`` is true and return how many seconds after the start that was.

        Raises :class:`BenchError` when it ends or takes longer than ``seconds``.
        """
        deadline = time.monotonic() + seconds
        while not await ready():
            if not self.process.running:
                raise BenchError(f"tvd ended while waiting for {what}: {' | '.join(self.process.last_lines)}")
            if time.monotonic() > deadline:
                raise BenchError(f"{what}: not within {seconds:g} s: {' | '.join(list(self.process.last_lines)[-3:])}")
            await asyncio.sleep(every)
        return time.time() - self.started

    async def listening(self) -> float:
        """Wait until it answers."""
        return await self.wait("an answer", lambda: self._is(200, "/livez"), 30)

    async def on_air(self, seconds: float) -> float:
        """Wait until every channel is on air."""
        return await self.wait("all channels on air", self._on_air, seconds, every=0.2)

    async def _on_air(self) -> bool:
        # Before the channels are there, none of them is off the air.
        return await self._is(200, "/readyz") and bool(await self.json("/api/channels"))

    async def _is(self, status: int, path: str) -> bool:
        return await self.status(path) == status


@contextlib.asynccontextmanager
async def server(config: Path, data: Path | None = None) -> AsyncIterator[Server]:
    """Run tvd with ``config`` (and ``data`` as its data folder when given) on a free port until the block is left."""
    port = free_port()
    env = {**os.environ, "TVD_SERVER_PORT": str(port), "TVD_SERVER_HOST": "127.0.0.1"}
    if data is not None:
        env["TVD_STORAGE_DATA"] = str(data)
    argv = [sys.executable, "-m", "tvd", "run", "--config", str(config)]
    timeout = aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        started = time.time()
        async with child(argv, env=env) as process:
            try:
                yield Server(process, port, started, session)
            finally:
                await _end(process)


async def _end(process: Child) -> None:
    """Ask tvd to end and give it the time it is allowed to take; the scope of the child kills what is left."""
    if process.running:
        os.kill(process.pid, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ENDING):
                await process.wait()
