"""The server's side of the library children: a few, started when needed, replaced when a file hangs or kills one.

Every touch of the operator's folders goes through here, so a dead network mount costs a child, not the server. A
child that cannot even be killed (waiting for such a mount in the kernel) is abandoned; while several are, no more are
started. Idle children end after a while.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Self, TypeVar

from tvd import logs
from tvd.errors import SourceRefusedError, TvdError
from tvd.media.describing import Description
from tvd.media.library_wire import (
    Described,
    DescribeFiles,
    Entries,
    Entry,
    FindSidecars,
    Hello,
    Identified,
    Identify,
    Listed,
    ListFolder,
    MakePicture,
    Pictured,
    Probed,
    ProbeFile,
    Refused,
    Reply,
    Request,
    Sidecar,
    Sidecars,
    decode_reply,
    encode,
)
from tvd.media.probe import Probe
from tvd.media.process import Child, Limits, child
from tvd.media.sandbox import sandboxed, signal_of, works

_LIMITS: Final = Limits(memory=2 * 2**30, file_size=0, nice=10)
_PACKAGES: Final = Path(__file__).parents[2]
_MODULE: Final = "tvd.media.probe_child"
_MOST_ABANDONED: Final = 4
_LAST_WORDS: Final = 3.0

_log = logs.get("library")


_Wanted = TypeVar("_Wanted", Listed, Identified, Probed, Described, Pictured, Sidecars)

Found = Callable[[tuple[Entry, ...]], Awaitable[None]]
"""Gets a part of a listing; the next is read when it returns."""


class UnreadableError(TvdError):
    """A file or folder could not be read this time; asking again later may help."""


class StalledError(UnreadableError):
    """No answer within the deadline: a hung mount, or a file that takes for ever."""


class _SilentError(Exception):
    """The child did not answer in time."""


class _EndedError(Exception):
    """The child ended instead of answering; the text says how."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds a child may take: to start, for each part of a listing, to read samples of a file, and so on."""

    start: float = 10.0
    listing: float = 20.0
    identify: float = 20.0
    probe: float = 20.0
    describe: float = 20.0
    picture: float = 40.0


def module_argv(module: str, *arguments: str) -> list[str]:
    """Return the argv that runs a module of this very package in another Python."""
    return [sys.executable, "-P", "-B", "-m", module, *arguments]


def module_environment() -> dict[str, str]:
    """Return the environment for :func:`module_argv`: no secrets, and this very package found first."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ") if name in os.environ}
    return {**kept, "PYTHONPATH": str(_PACKAGES), "PYTHONUNBUFFERED": "1"}


class _Reader:
    """One library child from start to end; ``abandon`` lets go of it without waiting."""

    def __init__(self, argv: Sequence[str]) -> None:
        self._argv = argv
        self._release = asyncio.Event()
        self._started: asyncio.Future[Child] = asyncio.get_running_loop().create_future()
        self._hung = False
        self.keeper = asyncio.create_task(self._keep(), name="library child")
        self.born = time.monotonic()
        self.idle_since = self.born
        self.running = False

    async def _keep(self) -> None:
        """Hold the child's scope, in a task of its own because its end may never come."""
        try:
            async with child(
                self._argv, stdin=True, stdout=True, limits=_LIMITS, env=module_environment(), buffer=2**22
            ) as it:
                if not self._started.done():
                    self._started.set_result(it)
                await self._release.wait()
                if self._hung:
                    await it.kill()
        except OSError as error:
            if not self._started.done():
                self._started.set_exception(_EndedError(str(error)))

    async def ask(self, request: Request, deadline: float, start: float, found: "Found | None") -> Reply:
        """Send ``request`` and return its last reply; raises ``_SilentError`` or ``_EndedError``."""
        try:
            async with asyncio.timeout(start):
                it = await asyncio.shield(self._started)
                if not self.running:
                    # Its first words: from here on, silence is the fault of what it was asked to do.
                    self.running = isinstance(decode_reply(await it.stdout.readline()), Hello)
            it.stdin.write(encode(request) + b"\n")
            while True:
                async with asyncio.timeout(deadline):
                    line = await it.stdout.readline()
                if not line.endswith(b"\n"):
                    break
                reply = decode_reply(line)
                if not isinstance(reply, Entries):
                    return reply
                if found is not None:
                    await found(reply.entries)
        except TimeoutError:
            raise _SilentError from None
        except (OSError, ValueError) as error:
            raise _EndedError(str(error)) from error
        raise _EndedError(await self._last_words(it))

    @staticmethod
    async def _last_words(it: Child) -> str:
        """Say how a child that closed its output ended."""
        try:
            async with asyncio.timeout(_LAST_WORDS):
                end = await it.wait()
        except TimeoutError:
            return "closed its output"
        number = signal_of(end.returncode)
        return f"killed by {signal.Signals(number).name}" if number else end.describe()

    def abandon(self, *, hung: bool) -> None:
        """End it, in its own time; with ``hung`` without asking."""
        self._hung = hung
        self._release.set()


class Readers:
    """A pool of at most ``most`` library children, as ``async with Readers() as readers``.

    A child ends after ``idle`` seconds without work, or ``life`` seconds with: in its sandbox it need not see what is
    mounted later. ``argv`` and ``deadlines`` are for tests. Methods raise :class:`StalledError` or
    :class:`UnreadableError` when asking again later may help, ``SourceRefusedError`` when the content is at fault.
    """

    def __init__(
        self,
        most: int = 3,
        *,
        argv: Sequence[str] | None = None,
        deadlines: Deadlines = Deadlines(),
        idle: float = 30.0,
        life: float = 60.0,
    ) -> None:
        self._most = most
        self._slots = asyncio.Semaphore(most)
        self._argv = argv
        self._deadlines = deadlines
        self._idle_for = idle
        self._life = life
        self._idle: list[_Reader] = []
        self._keepers: set[asyncio.Task[None]] = set()
        self._sandbox = True
        self._reaper: asyncio.Task[None] | None = None
        self.replaced = 0

    async def __aenter__(self) -> Self:
        # Trying the sandbox waits for a process, so not in the loop's thread.
        await asyncio.to_thread(works)
        self._reaper = asyncio.create_task(self._reap(), name="library child reaper")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reaper is not None:
            self._reaper.cancel()
            await asyncio.wait({self._reaper})
        while self._idle:
            self._idle.pop().abandon(hung=False)
        if self._keepers:
            await asyncio.wait(self._keepers, timeout=_LAST_WORDS)

    @property
    def children(self) -> int:
        """How many children exist, abandoned ones included."""
        return len(self._keepers)

    async def list_folder(self, root: Path, found: Found, only: Sequence[str] | None = None) -> Listed:
        """List ``root`` (or ``only`` these paths in it), handing each part to ``found`` as it comes."""
        paths = None if only is None else tuple(map(os.fsencode, only))
        request = ListFolder(os.fsencode(root), paths)
        return await self._ask(request, Listed, self._deadlines.listing, "listing", found)

    async def identify(self, path: str) -> Identified:
        """Return the content id of a file."""
        return await self._ask(Identify(os.fsencode(path)), Identified, self._deadlines.identify, "reading")

    async def probe(self, path: str) -> Probe:
        """Return what a file contains."""
        return (await self._ask(ProbeFile(os.fsencode(path)), Probed, self._deadlines.probe, "probing")).probe

    async def describe(self, root: Path, paths: Sequence[str], *, names: bool) -> tuple[Description, ...]:
        """Return what is said of files below ``root`` outside of them; with ``names``, guess from names too."""
        request = DescribeFiles(os.fsencode(root), tuple(map(os.fsencode, paths)), names)
        reply = await self._ask(request, Described, self._deadlines.describe, "describing")
        if len(reply.descriptions) != len(paths):
            raise UnreadableError(f"describing gave {len(reply.descriptions)} answers to {len(paths)} questions")
        return reply.descriptions

    async def picture(self, path: str, kind: Literal["file", "cover", "frame"]) -> bytes:
        """Return the small picture of a picture file, of the cover in a media file, or of a frame of it: a JPEG."""
        request = MakePicture(os.fsencode(path), kind)
        return (await self._ask(request, Pictured, self._deadlines.picture, "making a picture")).jpeg

    async def sidecars(self, paths: Sequence[str]) -> tuple[tuple[Sidecar, ...] | None, ...]:
        """Return the subtitle files beside each of ``paths``; None where a folder could not be read this time."""
        request = FindSidecars(tuple(map(os.fsencode, paths)))
        return (await self._ask(request, Sidecars, self._deadlines.listing, "listing")).found

    async def _ask(
        self, request: Request, wanted: type[_Wanted], deadline: float, doing: str, found: Found | None = None
    ) -> _Wanted:
        async with self._slots:
            reader = self._take()
            healthy = False
            try:
                reply = await reader.ask(request, deadline, self._deadlines.start, found)
                if not isinstance(reply, wanted | Refused):
                    raise _EndedError(f"it answered {type(reply).__name__}")
                healthy = True
            except _SilentError:
                self._replace(reader, doing, f"did not answer within {deadline:g} s")
                raise StalledError(f"{doing} took more than {deadline:g} s") from None
            except _EndedError as ended:
                self._replace(reader, doing, str(ended))
                raise UnreadableError(f"{doing} ended the child that tried: {ended}") from None
            finally:
                reader.idle_since = time.monotonic()
                if healthy and reader.idle_since - reader.born < self._life:
                    self._idle.append(reader)
                else:
                    reader.abandon(hung=not healthy)
        if isinstance(reply, Refused):
            raise (SourceRefusedError if reply.lasting else UnreadableError)(reply.reason)
        return reply

    def _take(self) -> _Reader:
        if self._idle:
            return self._idle.pop()
        if len(self._keepers) >= self._most + _MOST_ABANDONED:
            raise UnreadableError("too many children hang in file systems that do not answer")
        argv = self._argv or module_argv(_MODULE)
        reader = _Reader(sandboxed(argv) if self._sandbox else argv)
        self._keepers.add(reader.keeper)
        reader.keeper.add_done_callback(self._keepers.discard)
        return reader

    def _replace(self, reader: _Reader, doing: str, how: str) -> None:
        self.replaced += 1
        _log.warning("library.child_replaced", doing=doing, how=how)
        if self._sandbox and not reader.running:
            # Building the sandbox visits every mount, and a dead one holds it up: then limits must do.
            self._sandbox = False
            _log.warning("library.sandbox_unavailable", how=how)

    async def _reap(self) -> None:
        """End children that have had nothing to do for a while; one always begins the list, the oldest."""
        while True:
            await asyncio.sleep(self._idle_for)
            before = time.monotonic() - self._idle_for
            while self._idle and self._idle[0].idle_since < before:
                self._idle.pop(0).abandon(hung=False)
