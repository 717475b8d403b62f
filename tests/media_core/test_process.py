"""Children as scopes, with real processes: however stubborn, talkative or orphaned, each ends, and says why."""

import asyncio
import os
import re
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from tvd.media import process
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.process import STDERR_LINES, Child, Exit, Limits, child, leashed

PYTHON = sys.executable
READY = "import sys, signal, time, os; print('ready', file=sys.stdout, flush=True)\n"


def python(code: str) -> list[str]:
    return [PYTHON, "-c", code]


async def ready(one: Child) -> None:
    """Wait until the child says that it is there."""
    assert await one.stdout.readline() == b"ready\n"


def gone(pid: int) -> bool:
    """Return whether no process has ``pid``, not even a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def descriptors() -> set[str]:
    """Return the numbers of the files that are open."""
    return set(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the names are what is wanted


async def test_a_child_that_ends_by_itself() -> None:
    async with child(python("print('out'); import sys; sys.stderr.write('one\\n\\ntwo')"), stdout=True) as one:
        assert await one.stdout.read() == b"out\n"
        ended = await one.wait()
    assert ended == Exit(0, asked=False, out_of_memory=False, last_lines=("one", "two"))
    assert ended.describe() == "exit code 0"
    assert not one.running


async def test_leaving_the_scope_ends_it() -> None:
    async with child(python(READY + "time.sleep(600)"), stdin=True, stdout=True) as one:
        await ready(one)
        assert one.running
    assert gone(one.pid)


async def test_leaving_by_an_error_ends_it() -> None:
    pids = []

    async def fail() -> None:
        async with child(python(READY + "time.sleep(600)"), stdout=True) as one:
            await ready(one)
            pids.append(one.pid)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert gone(pids[0])


async def test_being_cancelled_twice_ends_it() -> None:
    started: asyncio.Future[Child] = asyncio.get_running_loop().create_future()

    async def life() -> None:
        async with child(python(READY + "signal.signal(15, signal.SIG_IGN); time.sleep(600)"), stdout=True) as one:
            await ready(one)
            started.set_result(one)
            await asyncio.Event().wait()

    task = asyncio.create_task(life())
    one = await started
    for _ in range(2):
        task.cancel()
        await asyncio.wait({task}, timeout=0)
    await asyncio.wait({task})
    ended = await one.wait()
    assert ended.signal_name is not None
    assert gone(one.pid)


@pytest.mark.parametrize("cancellations", [1, 2, 3])
@pytest.mark.parametrize("steps", range(14))
async def test_being_cancelled_while_it_starts_leaves_nothing(steps: int, cancellations: int) -> None:
    """Wherever in its start it is, and however often: when the scope has been left, its pipes are closed as well."""

    async def life() -> None:
        async with child(["cat"], stdin=True, stdout=True):
            await asyncio.Event().wait()

    before = descriptors()
    task = asyncio.create_task(life())
    for _ in range(steps):
        await asyncio.sleep(0)
    for _ in range(cancellations):
        task.cancel()
        await asyncio.sleep(0)
    await asyncio.wait({task})
    assert task.cancelled()
    assert descriptors() == before


STUBBORN = {
    "ends with its stdin": ("sys.stdin.read()", 0, "exit code 0"),
    "ends by SIGTERM": ("time.sleep(600)", -15, "killed by SIGTERM"),
    "ignores SIGTERM": (
        "signal.signal(15, signal.SIG_IGN); print('now', flush=True); time.sleep(600)",
        -9,
        "killed by SIGKILL",
    ),
}


@pytest.mark.parametrize("name", STUBBORN)
async def test_the_order_of_ending(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    code, returncode, described = STUBBORN[name]
    monkeypatch.setattr(process, "_TERM_GRACE", 0.2)
    async with child(python(READY + code), stdin=True, stdout=True) as one:
        await ready(one)
        if "SIG_IGN" in code:
            assert await one.stdout.readline() == b"now\n"
        before = time.monotonic()
        ended = await one.stop(grace=5.0 if "stdin" in name else 0.1)
        assert time.monotonic() - before < 5.0
    assert (ended.returncode, ended.describe(), ended.asked) == (returncode, described, True)


@pytest.mark.parametrize("stopped", [False, True], ids=["stalled", "stopped"])
async def test_a_child_with_a_full_stdin_ends_soon(stopped: bool) -> None:
    code = READY + "signal.signal(15, signal.SIG_IGN); print('now', flush=True); time.sleep(600)"
    async with child(python(code), stdin=True, stdout=True) as one:
        await ready(one)
        assert await one.stdout.readline() == b"now\n"
        one.stdin.write(bytes(4 * 2**20))
        if stopped:
            os.kill(one.pid, signal.SIGSTOP)
        before = time.monotonic()
    assert time.monotonic() - before < 5.0
    assert gone(one.pid)


@pytest.mark.parametrize("written", [0, 2**20])
async def test_a_grandchild_that_got_away_keeps_nothing_open(written: int) -> None:
    """It has a session of its own and all three pipes; ours are closed when the scope has been left."""
    code = "import subprocess; print(subprocess.Popen(['sleep', '600'], start_new_session=True).pid, flush=True)"
    before = descriptors()
    async with asyncio.timeout(20), child(python(code), stdin=True, stdout=True) as one:
        grandchild = int(await one.stdout.readline())
        one.stdin.write(bytes(written))
    try:
        assert descriptors() == before
    finally:
        os.kill(grandchild, signal.SIGKILL)


async def test_its_whole_group_ends_with_it() -> None:
    code = "import subprocess\np = subprocess.Popen(['sleep', '600'])\nprint(p.pid, flush=True)\np.wait()"
    async with child(python(code), stdout=True) as one:
        grandchild = psutil.Process(int(await one.stdout.readline()))
        os.kill(one.pid, signal.SIGSTOP)
        await one.kill()
        await asyncio.to_thread(psutil.wait_procs, [grandchild], 5)
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(
    ("code", "described"),
    [
        ("import sys; sys.exit('no such thing')", "exit code 1: no such thing"),
        ("import sys; sys.exit(7)", "exit code 7"),
        ("import os; os.kill(os.getpid(), 11)", "killed by SIGSEGV"),
        ("import os; os.kill(os.getpid(), 9)", "killed by SIGKILL"),
        ("import os; os.kill(os.getpid(), 40)", "killed by signal 40"),
        ("import sys; sys.stderr.buffer.write(b'\\xff\\xfe bad\\n'); sys.exit(1)", "exit code 1: \ufffd\ufffd bad"),
    ],
)
async def test_an_exit_is_described(code: str, described: str) -> None:
    async with child(python(code)) as one:
        ended = await one.wait()
    assert ended.describe() == described
    assert not ended.asked


async def test_the_kernels_kill_is_told_from_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    kills = iter((3, 4))
    monkeypatch.setattr(process, "_oom_kills", lambda: next(kills, 4))
    async with child(python("import os; os.kill(os.getpid(), 9)")) as one:
        ended = await one.wait()
    assert ended.describe() == "killed by SIGKILL (out of memory)"


FLOODS = {
    "short lines": "line = b'[warning] something is wrong\\n' * 2000",
    "no newline": "line = b'x' * 65536",
    "long lines": "line = b'y' * 2**20 + b'\\n'",
    "nul bytes": "line = bytes(65536)",
}


@pytest.mark.parametrize("name", FLOODS)
async def test_a_flood_of_stderr_is_drained_in_bounded_memory(name: str) -> None:
    """Far more than 10 MB a second; what is kept is the last lines, each of bounded length."""
    code = f"import os\n{FLOODS[name]}\nleft = 40 * 2**20\nwhile left > 0: left -= os.write(2, line)\n"
    code += "os.write(2, b'\\nlast')"
    heard = 0

    def hear(_line: str) -> None:
        nonlocal heard
        heard += 1

    memory = psutil.Process().memory_info().rss
    async with child(python(code), on_line=hear) as one:
        ended = await one.wait()
    assert psutil.Process().memory_info().rss - memory < 5 * 2**20 + 2**20
    assert ended.last_lines[-1] == "last"
    assert len(ended.last_lines) <= STDERR_LINES
    assert sum(map(len, ended.last_lines)) <= STDERR_LINES * process._LINE
    assert heard >= len(ended.last_lines)


async def test_lines_are_heard_as_they_are_said() -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    async with child(
        python("import sys\nfor l in sys.stdin: sys.stderr.write(l)"), stdin=True, on_line=heard.put_nowait
    ) as one:
        for word in ("one", "two"):
            one.stdin.write(f"{word}\n".encode())
            assert await heard.get() == word
        one.stdin.write(b"torn")
        ended = await one.stop(grace=5)
    assert ended.last_lines == ("one", "two", "torn")


@pytest.mark.parametrize(
    ("limits", "code", "told"),
    [
        (Limits(memory=300 * 2**20), "bytearray(600 * 2**20)", "MemoryError"),
        (Limits(file_size=4096), "import os, sys; open(sys.argv[1], 'wb', 0).write(bytes(8192))", ""),
        (Limits(cpu=1), "while True: pass", "SIGXCPU|SIGKILL"),
        (Limits(nice=7), "import os, sys; sys.exit(f'nice {os.nice(0)}')", "nice 7"),
        (Limits(idle_io=True), "import subprocess, sys; sys.exit(subprocess.getoutput('ionice'))", "idle"),
        (Limits(), "import resource, sys; sys.exit(str(resource.getrlimit(resource.RLIMIT_CORE)))", r"\(0, 0\)"),
    ],
    ids=["memory", "file size", "cpu", "nice", "idle io", "no core"],
)
async def test_limits_are_applied(tmp_path: Path, limits: Limits, code: str, told: str) -> None:
    path = tmp_path / "written"
    async with child([*python(code), str(path)], limits=limits) as one:
        ended = await one.wait()
    if limits.file_size:
        assert path.stat().st_size == limits.file_size
    elif limits.nice:
        assert ended.describe() == f"exit code 1: nice {os.nice(0) + 7}"
    else:
        assert re.search(told, ended.describe())


async def test_niceness_counts_among_sessions_as_well() -> None:
    async with child(["cat"], stdin=True, limits=Limits(nice=7)) as one:
        assert session_niceness(one.pid) in ("7", None)


async def test_niceness_can_be_changed() -> None:
    async with child(["cat"], stdin=True) as one:
        await one.renice(9)
        assert os.getpriority(os.PRIO_PROCESS, one.pid) == os.nice(0) + 9
        assert session_niceness(one.pid) in ("9", None)
    # What has ended has no niceness, and its number may be another's.
    await one.renice(3)


def session_niceness(pid: int) -> str | None:
    """Return what the kernel goes by among sessions; None where it does not look at them (``sched(7)``, autogroup)."""
    group = Path(f"/proc/{pid}/autogroup")
    return group.read_text().split()[-1] if group.exists() else None


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="no-such-program"):
        leashed(["no-such-program", "-x"])


async def test_a_program_that_is_not_there_leaves_nothing() -> None:
    with pytest.raises(FileNotFoundError):
        async with child(["no-such-program"]):
            pass


PARENT = """
import asyncio, sys
from tvd.media.process import Limits, child

async def main():
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); signal.signal(1, signal.SIG_IGN); time.sleep(600)"
    async with (
        child([sys.executable, "-c", code], stdin=True) as one,
        child([sys.executable, "-c", code], limits=Limits(nice=1, memory=2**31)) as two,
        child([sys.argv[1], "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc", "-f", "null", "-"]) as three,
    ):
        print(one.pid, two.pid, three.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
async def test_no_child_outlives_a_killed_parent(ffmpeg: Ffmpeg, how: signal.Signals) -> None:
    parent = await asyncio.create_subprocess_exec(
        PYTHON, "-c", PARENT, ffmpeg.path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert parent.stdout is not None
    children = [psutil.Process(int(pid)) for pid in (await parent.stdout.readline()).split()]
    assert len(children) == 3
    parent.send_signal(how)
    assert await parent.wait() == -how
    deadline = time.monotonic() + 5
    # Adopted by whoever adopts here; a zombie that is not waited for holds nothing.
    while alive := [one for one in children if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]:
        assert time.monotonic() < deadline, alive
        await asyncio.to_thread(psutil.wait_procs, alive, 0.05)
