"""Children that hang, crash and go mad, made for real: the request is refused, the child replaced, the next served."""

import asyncio
import signal
import sys
from pathlib import Path

import psutil
import pytest

from tvd.errors import SourceRefusedError
from tvd.media import sandbox
from tvd.media.library_wire import Entry
from tvd.media.readers import Deadlines, Readers, StalledError, UnreadableError

SHORT = Deadlines(start=20, listing=2, identify=2, probe=0.2)
"""What the pretender hangs in is given up soon; what it answers on a loaded machine as well has more time."""


def pretender(tmp_path: Path, body: str) -> list[str]:
    """Return the argv of a child that answers as the real one does, but for paths that contain a word."""
    script = tmp_path / "pretender.py"
    script.write_text(f"import os, signal, sys\nfrom tvd.media import probe_child as real\n{body}\nreal.main()\n")
    return [sys.executable, "-P", "-B", str(script)]


HANGS = """
answer = real._answer
def _answer(request, out):
    if b"hang" in getattr(request, "path", b"") + getattr(request, "root", b""):
        signal.pause()
    if b"crash" in getattr(request, "path", b""):
        os.kill(os.getpid(), signal.SIGSEGV)
    if b"babble" in getattr(request, "path", b""):
        out.write(b"what?\\n"); out.flush()
    if b"mistake" in getattr(request, "path", b""):
        real._say(real.Described(()), out)
        return
    answer(request, out)
real._answer = _answer
"""


async def test_a_hung_child_is_replaced_and_the_reason_kept(tmp_path: Path) -> None:
    (tmp_path / "good.mkv").write_bytes(b"x")
    async with Readers(1, argv=pretender(tmp_path, HANGS), deadlines=SHORT) as readers:
        with pytest.raises(StalledError, match=r"probing took more than 0.2 s"):
            await readers.probe("/hang.mkv")
        assert (await readers.identify(str(tmp_path / "good.mkv"))).size == 1
        assert readers.replaced == 1


async def test_a_hung_folder_leaves_the_others_alone(tmp_path: Path) -> None:
    (tmp_path / "good.mkv").write_bytes(b"x")
    found: list[Entry] = []

    async def collect(entries: tuple[Entry, ...]) -> None:
        found.extend(entries)

    async with Readers(2, argv=pretender(tmp_path, HANGS), deadlines=SHORT) as readers:
        hung = asyncio.create_task(readers.list_folder(Path("/hang"), collect))
        await readers.list_folder(tmp_path, collect)
        assert [entry.size for entry in found] == [1]
        with pytest.raises(StalledError):
            await hung


@pytest.mark.parametrize(
    ("name", "why"), [("crash", "SIGSEGV"), ("babble", "malformed"), ("mistake", "answered Described")]
)
async def test_a_child_that_dies_or_babbles_is_replaced(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "good.mkv").write_bytes(b"x")
    async with Readers(1, argv=pretender(tmp_path, HANGS)) as readers:
        with pytest.raises(UnreadableError, match=why):
            await readers.probe(f"/{name}.mkv")
        assert (await readers.identify(str(tmp_path / "good.mkv"))).size == 1


async def test_a_stopped_child_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "good.mkv").write_bytes(b"x")
    async with Readers(1, deadlines=SHORT) as readers:
        await readers.identify(str(tmp_path / "good.mkv"))
        for process in psutil.Process().children(recursive=True):
            if "probe_child" in " ".join(process.cmdline()):
                process.send_signal(signal.SIGSTOP)
        with pytest.raises(StalledError):
            await readers.identify(str(tmp_path / "good.mkv"))
        assert (await readers.identify(str(tmp_path / "good.mkv"))).size == 1


async def test_an_error_of_the_file_system_may_pass_a_refusal_does_not(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_bytes(b"words")
    async with Readers(1) as readers:
        with pytest.raises(UnreadableError, match="no such file"):
            await readers.identify(str(tmp_path / "gone.mp4"))
        with pytest.raises(UnreadableError, match="no such file"):
            await readers.probe(str(tmp_path / "gone.mp4"))
        with pytest.raises(SourceRefusedError):
            await readers.probe(str(tmp_path / "text.mp4"))
        assert readers.replaced == 0
        assert readers.children == 1


async def test_no_child_outlives_the_pool(tmp_path: Path) -> None:
    before = {process.pid for process in psutil.Process().children(recursive=True)}
    async with Readers(2, argv=pretender(tmp_path, HANGS), deadlines=SHORT) as readers:
        with pytest.raises(StalledError):
            await readers.probe("/hang.mkv")
        with pytest.raises(UnreadableError):
            await readers.identify("/gone.mkv")
    assert {process.pid for process in psutil.Process().children(recursive=True)} <= before


async def test_an_old_child_gives_way_to_one_that_sees_new_mounts() -> None:
    async with Readers(1, life=0) as readers:
        keepers = set()
        for _ in range(3):
            with pytest.raises(UnreadableError, match="no such file"):
                await readers.identify("/gone.mkv")
            keepers |= readers._keepers
        assert len(keepers) == 3
        assert readers.replaced == 0


async def test_idle_children_end() -> None:
    async with Readers(1, idle=0.05) as readers:
        with pytest.raises(UnreadableError):
            await readers.identify("/gone.mkv")
        async with asyncio.timeout(20):
            [keeper] = readers._keepers
            await keeper
        assert readers.children == 0


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_a_child_can_neither_write_nor_reach_the_network(tmp_path: Path) -> None:
    if not sandbox.works():
        assert "limits alone" in sandbox.describe()
        return
    assert "bubblewrap" in sandbox.describe()
    kept = tmp_path / "kept"
    kept.mkdir()
    script = f"touch {tmp_path}/no; touch {kept}/yes; cat /proc/net/dev | wc -l; kill -9 $$"
    process = await asyncio.create_subprocess_exec(
        *sandbox.sandboxed(["/bin/sh", "-c", script], writable=[kept]),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    out, _ = await process.communicate()
    assert names(tmp_path) == ["kept"]
    assert names(kept) == ["yes"]
    assert int(out) == 3, "two lines of heading and the loopback device"
    assert process.returncode is not None
    assert sandbox.signal_of(process.returncode) == signal.SIGKILL
