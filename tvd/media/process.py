"""A child process as a scope: leaving ``async with child(...)`` always ends it, on every path.

Every child is its own process group, its stderr is drained for ever into a ring of last lines, and it dies with tvd
however tvd dies (``setpriv --pdeathsig`` where the platform has it, a closed stdin everywhere). A stalled child
ignores SIGTERM while its stdin is open, so the order of ending is: close stdin, SIGTERM, SIGKILL to the group.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tvd.media.pipes import InputPipe, OutputPipe

STDERR_LINES: Final = 40
"""Last stderr lines kept to explain an exit."""
_STDERR_READ: Final = 64 * 1024
_LINE: Final = 2048
"""Bytes kept of a stderr line, so that a child that writes no newline does not fill the memory with one."""
_EOF_GRACE: Final = 0.5
_TERM_GRACE: Final = 1.5
_KILL_GRACE: Final = 3.0
_NICE_TRIES: Final = 5
_NICE_PAUSE: Final = 0.11


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use; ``None`` leaves that to the system.

    ``memory`` is address space in bytes, ``cpu`` seconds of processor time, ``file_size`` bytes of any file written,
    ``nice`` 0-19; ``idle_io`` asks for the idle I/O class.
    """

    memory: int | None = None
    cpu: int | None = None
    file_size: int | None = None
    nice: int = 0
    idle_io: bool = False


@dataclass(frozen=True, slots=True)
class Exit:
    """How a child ended: ``returncode`` as in :mod:`subprocess` (negative: signal), and why as far as it is known."""

    returncode: int
    asked: bool
    """It ended the way we asked it to (closed stdin, terminated or killed it), not by itself or by another's hand."""
    out_of_memory: bool
    """SIGKILL that we did not send while the kernel's OOM kill counter rose."""
    last_lines: tuple[str, ...]

    @property
    def signal_name(self) -> str | None:
        """``SIGKILL`` and so on, None when it exited by itself."""
        if self.returncode >= 0:
            return None
        try:
            return signal.Signals(-self.returncode).name
        except ValueError:
            return f"signal {-self.returncode}"

    def describe(self) -> str:
        """Say it in a few words: ``killed by SIGKILL (out of memory)``, ``exit code 1: last lines``."""
        if self.signal_name:
            return f"killed by {self.signal_name}" + (" (out of memory)" if self.out_of_memory else "")
        # ffmpeg's last line often only sums up what the one before explains.
        last = "; ".join(self.last_lines[-2:]) if self.returncode else ""
        return f"exit code {self.returncode}: {last}" if last else f"exit code {self.returncode}"


class Child:
    """A running child. ``stdin`` and ``stdout`` are streams when asked for; :meth:`wait` says how it ended."""

    def __init__(
        self,
        process: Process,
        argv: Sequence[str],
        on_line: Callable[[str], None] | None,
        pipes: Sequence[OutputPipe] = (),
        feed: InputPipe | None = None,
        nice: int = 0,
    ) -> None:
        self._process = process
        self._feed = feed
        self._nice = nice
        self._pipes = tuple(pipes)
        self._on_line = on_line
        self._asked = self._killed = False
        self._oom_before = _oom_kills()
        self.argv = tuple(argv)
        self.last_lines: deque[str] = deque(maxlen=STDERR_LINES)
        self._leftover: asyncio.Task[None] | None = None
        self._stderr = asyncio.create_task(self._drain(), name=f"stderr of {process.pid}")

    @property
    def pid(self) -> int:
        """Process and process group id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not been seen to end."""
        return self._process.returncode is None

    @property
    def stdin(self) -> asyncio.StreamWriter:
        """Its standard input; only when started with ``stdin=True``."""
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def stdout(self) -> asyncio.StreamReader:
        """Its standard output; only when started with ``stdout=True``."""
        assert self._process.stdout is not None
        return self._process.stdout

    async def renice(self, nice: int) -> None:
        """Let it be as nice as that from now on, as far as the system allows: stepping back is always allowed."""
        if nice == self._nice or not self.running:
            return
        self._nice = nice
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PGRP, self.pid, min(19, os.nice(0) + nice))
        await _step_back(self.pid, nice)

    async def wait(self) -> Exit:
        """Wait for its end and return how it ended. Its stderr is read to the end first."""
        returncode = await self._process.wait()
        # A grandchild may hold stderr open; what was said until now is enough.
        await asyncio.wait({self._stderr}, timeout=_EOF_GRACE)
        # A sandbox around the child reports its signal as a shell does.
        killed = returncode in {-signal.SIGKILL, 128 + signal.SIGKILL}
        # Whoever was being asked to end may still have been killed by another.
        asked = self._killed if killed else self._asked
        oom = killed and not asked and _oom_kills() > self._oom_before
        return Exit(returncode, asked, oom, tuple(self.last_lines))

    async def stop(self, grace: float = _EOF_GRACE) -> Exit:
        """End it: close stdin, after ``grace`` seconds SIGTERM, then SIGKILL to its whole group."""
        self._abandon()
        if self.running:
            self._asked = True
            if self._feed is not None or self._process.stdin is not None:
                self._close_stdin()
                await self._gone(grace)
            if self.running:
                self._signal(signal.SIGTERM)
                await self._gone(_TERM_GRACE)
        return await self.kill()

    async def kill(self) -> Exit:
        """End it and its whole process group now."""
        self._abandon()
        if self.running:
            self._asked = self._killed = True
        self._signal(signal.SIGKILL)
        return await self.wait()

    def _close_stdin(self) -> None:
        if self._feed is not None:
            self._feed.close()
        elif self._process.stdin is not None:
            self._process.stdin.close()

    def _abandon(self) -> None:
        """Read away what nobody reads any more: behind a full buffer asyncio never sees the end of a child."""
        for pipe in self._pipes:
            pipe.abandon()
        if self._process.stdout is not None and (self._leftover is None or self._leftover.done()):
            self._leftover = asyncio.create_task(self._discard(self._process.stdout), name=f"stdout of {self.pid}")

    async def _discard(self, stream: asyncio.StreamReader) -> None:
        with contextlib.suppress(RuntimeError):  # somebody is still reading
            while await stream.read(_STDERR_READ):
                pass

    def _signal(self, number: signal.Signals) -> None:
        # While it has not been waited for, its group id cannot be anyone else's.
        if self.running:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    async def _gone(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._process.wait()

    async def _drain(self) -> None:
        stream = self._process.stderr
        if stream is None:
            return
        rest = b""
        # Read in large pieces: a child that floods its stderr must not cost the loop a wake-up for each line.
        while data := await stream.read(_STDERR_READ):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._said(line)
            if len(rest) > _LINE:
                self._said(rest)
                rest = b""
        self._said(rest)

    def _said(self, line: bytes) -> None:
        text = line[:_LINE].decode(errors="replace").rstrip()
        if text:
            self.last_lines.append(text)
            if self._on_line is not None:
                self._on_line(text)

    async def aclose(self) -> None:
        """Let go of everything; the child has ended."""
        if (stdin := self._process.stdin) is not None:
            # How its pipe ended is taken note of, else asyncio (before Python 3.11.4) complains of it in the log.
            stdin.close()
            try:
                async with asyncio.timeout(_EOF_GRACE):
                    await stdin.wait_closed()
            except TimeoutError:
                stdin.transport.abort()
            except OSError:
                pass
        # A grandchild that is still ending may hold the other ends, and asyncio waits for all of them.
        self._process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001 - Process has no close()
        await asyncio.wait({task for task in (self._stderr, self._leftover) if task is not None})


@contextlib.asynccontextmanager
async def child(
    argv: Sequence[str],
    *,
    stdin: bool | InputPipe = False,
    stdout: bool | OutputPipe = False,
    limits: Limits | None = None,
    on_line: Callable[[str], None] | None = None,
    env: Mapping[str, str] | None = None,
    buffer: int = 2**20,
    pipes: Sequence[OutputPipe] = (),
) -> AsyncIterator[Child]:
    """Run ``argv`` for the length of the block; ``buffer`` is how many bytes of stdout are read ahead.

    ``stdin`` and ``stdout`` may be pipes, and ``pipes`` it writes into as well; whoever made them closes them when the
    block has ended.
    ``on_line`` gets each line of stderr. Raises ``FileNotFoundError`` when the program is not there.
    Must be entered in the main thread: the parent-death signal fires when the starting *thread* ends.
    """
    read = (stdout, *pipes) if isinstance(stdout, OutputPipe) else tuple(pipes)
    feed = stdin if isinstance(stdin, InputPipe) else None

    async def start() -> Child:
        process = await asyncio.create_subprocess_exec(
            *leashed(argv, limits),
            stdin=feed.number if feed is not None else PIPE if stdin else DEVNULL,
            stdout=stdout.number if isinstance(stdout, OutputPipe) else PIPE if stdout else DEVNULL,
            stderr=PIPE,
            start_new_session=True,
            limit=max(buffer, _STDERR_READ),
            env=None if env is None else dict(env),
            pass_fds=[pipe.number for pipe in pipes],
        )
        return Child(process, argv, on_line, read, feed, limits.nice if limits else 0)

    # A task of its own: asyncio cannot be cancelled while it starts a process without leaving its pipes behind.
    starting = asyncio.create_task(start(), name=f"start of {argv[0]}")
    try:
        this = await asyncio.shield(starting)
        if feed is not None:
            feed.connect()
        for pipe in read:
            pipe.connect()
        if limits is not None and limits.nice:
            await _step_back(this.pid, limits.nice)
        yield this
    finally:
        await _over(asyncio.create_task(_end(starting), name=f"end of {argv[0]}"))


async def _end(starting: asyncio.Task[Child]) -> None:
    await asyncio.wait({starting})
    if starting.exception() is None:
        this = starting.result()
        await this.stop()
        await this.aclose()


async def _over(ending: asyncio.Task[None]) -> None:
    """Wait for a child's end. Who cancels that again waits for it too: no child is left behind.

    But not for ever, for a process that hangs in the kernel does not even end by SIGKILL.
    """
    try:
        await asyncio.shield(ending)
    except asyncio.CancelledError:
        latest = asyncio.get_running_loop().time() + _KILL_GRACE
        while not ending.done() and (left := latest - asyncio.get_running_loop().time()) > 0:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({ending}, timeout=left)
        raise


async def _step_back(pid: int, nice: int) -> None:
    """Make the session of a child as nice as the child itself.

    A child has a session of its own, and Linux shares the processor among sessions first (``sched(7)``, autogroup):
    within its own a niceness says nothing. Where the kernel does not do so, there is nothing to write to.
    """
    for _ in range(_NICE_TRIES):
        try:
            _renice_session(pid, nice)
        except BlockingIOError:
            # Ten a second on the whole machine, for everyone but its owner.
            await asyncio.sleep(_NICE_PAUSE)
        except OSError:
            return
        else:
            return


def _renice_session(pid: int, nice: int) -> None:
    Path(f"/proc/{pid}/autogroup").write_text(str(nice))


def watch_children_cheaply() -> None:
    """Make asyncio wait for children without a thread for each; to be called before the loop starts.

    What Python 3.12 does by itself where the kernel has pidfds.
    """
    if sys.version_info < (3, 12) and hasattr(os, "pidfd_open"):
        asyncio.set_child_watcher(asyncio.PidfdChildWatcher())


def leashed(argv: Sequence[str], limits: Limits | None = None) -> list[str]:
    """Return ``argv`` behind the small launchers that tie it to tvd's life and to ``limits``."""
    program = shutil.which(argv[0])
    if program is None:
        raise FileNotFoundError(argv[0])
    prefix: list[str] = []
    if setpriv := _tool("setpriv"):
        prefix += [setpriv, "--pdeathsig", "KILL", "--"]
        if shell := _tool("sh"):
            # Whoever starts it may have died just before the signal was asked for.
            prefix += [shell, "-c", f'[ "$PPID" = {os.getpid()} ] && exec "$@"', "sh"]
    if limits is not None:
        if prlimit := _tool("prlimit"):
            prefix += [prlimit, *_prlimit_options(limits), "--"]
        if limits.nice and (nice := _tool("nice")):
            prefix += [nice, "-n", str(limits.nice)]
        if limits.idle_io and (ionice := _tool("ionice")):
            prefix += [ionice, "-c", "3"]
    return [*prefix, program, *argv[1:]]


def _prlimit_options(limits: Limits) -> list[str]:
    wanted = {"as": limits.memory, "cpu": limits.cpu, "fsize": limits.file_size}
    return ["--core=0", *(f"--{name}={value}" for name, value in wanted.items() if value is not None)]


@cache
def _tool(name: str) -> str | None:
    """Return the path of a util-linux or coreutils launcher; None where the platform has none (macOS)."""
    return shutil.which(name) if sys.platform == "linux" else None


def _oom_kills() -> int:
    """Return how often the kernel's OOM killer struck on this machine; 0 where that cannot be known."""
    try:
        lines = Path("/proc/vmstat").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))
