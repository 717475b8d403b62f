"""Three other ways to make a channel, as references: each one HLS channel, into memory.

``transcode``: a live transcode, one ffmpeg per video, started anew for the next. ``concatenation``: prepared MPEG-TS
files one after the other into one long-lived ffmpeg. ``bare``: one ffmpeg that copies one prepared file round and
round. The first two need a shell around them; its processor time, and that of what it ran, counts as well.
"""

import asyncio
import contextlib
import shlex
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.prepare import Material
from bench.server import BenchError
from bench.usage import descendants
from tvd.media.ffmpeg import find_ffmpeg
from tvd.media.process import Child, child

_SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
_QUIET: Final = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "error")
_FIRST: Final = 30.0


@dataclass(frozen=True, slots=True)
class Reference:
    """A running reference: one process (and what is below it) for each of its channels."""

    name: str
    running: tuple[Child, ...]
    playlists: tuple[Path, ...]

    @property
    def channels(self) -> int:
        """How many."""
        return len(self.running)

    def pids(self) -> list[int]:
        """Return its processes now."""
        tops = [one.pid for one in self.running]
        return tops + [below.pid for top in tops for below in descendants(top)]

    async def on_air(self) -> None:
        """Wait until each channel has a playlist. Raises :class:`BenchError` when one does not come."""
        try:
            async with asyncio.timeout(_FIRST):
                while not all(playlist.exists() for playlist in self.playlists):
                    await asyncio.sleep(0.1)
        except TimeoutError:
            said = [line for one in self.running for line in one.last_lines][-3:]
            raise BenchError(f"the reference {self.name} gave no playlist: {said}") from None

    def check(self) -> None:
        """Raise :class:`BenchError` when a channel of it has ended: what it took says nothing then."""
        for one in self.running:
            if not one.running:
                raise BenchError(f"the reference {self.name} ended: {list(one.last_lines)[-3:]}")


@contextlib.asynccontextmanager
async def references(material: Material, counts: Mapping[str, int]) -> AsyncIterator[list[Reference]]:
    """Run so many channels of each kind (``transcode``, ``concatenation``, ``bare``) for the length of the block."""
    ffmpeg = (await find_ffmpeg()).path
    where = _SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tvd-bench-", dir=where)))
        streams = await _streams(ffmpeg, material.assets, folder) if counts.get("concatenation") else []
        argvs: dict[str, Callable[[Path, int], list[str]]] = {
            "transcode": lambda out, _: _transcode(ffmpeg, material.sources, out),
            "concatenation": lambda out, _: _concatenation(ffmpeg, streams, out),
            "bare": lambda out, number: _bare(ffmpeg, material.assets[number % len(material.assets)], out),
        }
        started = []
        for kind, count in counts.items():
            outs = [folder / f"{kind}-{number}" for number in range(count)]
            running = []
            for number, out in enumerate(outs):
                out.mkdir()
                running.append(await stack.enter_async_context(child(argvs[kind](out, number))))
            if outs:
                started.append(Reference(kind, tuple(running), tuple(out / "index.m3u8" for out in outs)))
        for reference in started:
            await reference.on_air()
        yield started


async def _streams(ffmpeg: str, assets: Sequence[Path], folder: Path) -> list[Path]:
    """Return the assets as MPEG-TS files: the same coded pictures and sound."""
    streams = []
    for number, asset in enumerate(assets):
        stream = folder / f"{number}.ts"
        async with child([ffmpeg, *_QUIET, "-i", str(asset), "-c", "copy", "-f", "mpegts", str(stream)]) as process:
            ended = await process.wait()
        if ended.returncode:
            raise BenchError(f"cannot make {stream.name}: {ended.describe()}")
        streams.append(stream)
    return streams


def _hls(out: Path, flags: str = "delete_segments") -> list[str]:
    return ["-f", "hls", "-hls_time", "2", "-hls_list_size", "8", "-hls_flags", flags, str(out / "index.m3u8")]


def _transcode(ffmpeg: str, sources: Sequence[Path], out: Path) -> list[str]:
    encode = [
        *("-c:v", "libx264", "-preset", "veryfast", "-b:v", "2500k", "-maxrate", "2500k", "-bufsize", "3750k"),
        *("-g", "60", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "160k"),
        *_hls(out, "delete_segments+append_list+omit_endlist"),
    ]
    one = f'{shlex.join([ffmpeg, *_QUIET, "-re", "-i"])} "$video" {shlex.join(encode)}'
    return ["sh", "-c", f"while :; do for video; do {one} || exit 1; done; done", "sh", *map(str, sources)]


def _concatenation(ffmpeg: str, streams: Sequence[Path], out: Path) -> list[str]:
    # Complaints about timestamps at each join are what this way is known for; they would be all there is to read.
    into = shlex.join([ffmpeg, *_QUIET[:-1], "fatal", "-re", "-f", "mpegts", "-i", "pipe:0", "-c", "copy", *_hls(out)])
    return ["sh", "-c", f'while :; do cat "$@" || exit 1; done | {into}', "sh", *map(str, streams)]


def _bare(ffmpeg: str, asset: Path, out: Path) -> list[str]:
    return [ffmpeg, *_QUIET, "-re", "-stream_loop", "-1", "-i", str(asset), "-c", "copy", *_hls(out)]
