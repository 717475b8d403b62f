"""Real material on the house grid: small encodes, made once per session with the normaliser's own encode settings."""

import json
import shutil
import struct
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from tvd.media import nut
from tvd.media.asset_file import AssetFileWriter
from tvd.media.boxes import BoxReader, children, find
from tvd.media.cutter import SegmentCutter
from tvd.media.encoders import audio_encode_args, sizes_args
from tvd.media.fragment import Fragment
from tvd.media.house import AAC_FRAME, SAMPLE_RATE, Grid, HouseFormat, Rendition
from tvd.media.initialisation import Initialisation
from tvd.media.live import LiveSettings, live_argv

NOW = 836_000_000
"""A segment of today on the 30 fps grid (July 2026)."""
SMALLER = (Rendition(128, 72, 120_000), Rendition(96, 54, 80_000))
"""What a house of several sizes has beside its own."""


def house(fps: int = 30, preset: str = "veryfast", smaller: int = 0) -> HouseFormat:
    """Return a small house format; ``veryfast`` reorders frames, ``ultrafast`` does not."""
    return HouseFormat(Grid(fps), 160, 90, 200_000, 64_000, preset, renditions=SMALLER[:smaller])


def run(*argv: str, stdin: bytes | None = None) -> tuple[bytes, str]:
    """Run a program to its end; return stdout and stderr. It must succeed."""
    done = subprocess.run(argv, input=stdin, capture_output=True, timeout=60, check=False)
    stderr = done.stderr.decode(errors="replace")
    if done.returncode:
        raise AssertionError(f"{argv}: {done.returncode}\n{stderr}")
    return done.stdout, stderr


def encode_argv(
    ffmpeg: str, made: HouseFormat, frames: int, samples: int, picture: str = "testsrc2", tone: int = 440
) -> list[str]:
    """Return the command that writes ``frames`` frames and ``samples`` samples as fragmented MP4 to stdout."""
    size = f"{':' if '=' in picture else '='}size={made.width}x{made.height}:rate={made.grid.fps}"
    scales = [f"[p{n}]scale={one.width}:{one.height},setsar=1[v{n}]" for n, one in enumerate(made.renditions)]
    split = f"split={len(made.sizes)}[v]{''.join(f'[p{n}]' for n in range(len(scales)))}"
    shown = ["-map", "[v]", *(word for n in range(len(scales)) for word in ("-map", f"[v{n}]")), "-map", "1:a"]
    graph = ";".join((f"[0:v]trim=end_frame={frames},setsar=1,format=yuv420p,{split}", *scales))
    return [
        *(ffmpeg, "-hide_banner", "-nostdin", "-v", "error", "-f", "lavfi", "-i", picture + size),
        *("-f", "lavfi", "-i", f"sine={tone}:r=48000,volume=0.2"),
        # One thread: with several, x264 under a rate limit decides by how far the others have come, and tests compare.
        *("-filter_complex", graph, *shown, *sizes_args(made), "-threads:v", "1", "-fps_mode", "passthrough"),
        *("-af", f"atrim=end_sample={samples}", *audio_encode_args(made)),
        *("-f", "mp4", "-fflags", "+bitexact"),
        *("-movflags", "+frag_keyframe+delay_moov+default_base_moof+skip_trailer", "pipe:1"),
    ]


@dataclass(frozen=True)
class Clip:
    """A few segments of one picture and tone, raw as ffmpeg wrote them and cut."""

    house: HouseFormat
    raw: bytes
    initialisation: Initialisation
    fragments: tuple[Fragment, ...]

    @property
    def grid(self) -> Grid:
        return self.house.grid

    def write(self, path: Path, segments: int | None = None) -> Path:
        """Write the first ``segments`` of it, round and round, as an asset file."""
        writer = AssetFileWriter(path, self.initialisation, self.grid)
        for index in range(len(self.fragments) if segments is None else segments):
            writer.append(self.fragments[index % len(self.fragments)])
        writer.close(sync=False)
        return path


@dataclass
class Cuttings:
    """Makes clips, each once."""

    ffmpeg: str
    _made: dict[tuple[Any, ...], Clip] = field(default_factory=dict)

    def clip(
        self,
        fps: int = 30,
        segments: int = 3,
        picture: str = "testsrc2",
        tone: int = 440,
        preset: str = "veryfast",
        smaller: int = 0,
    ) -> Clip:
        """Return a clip of ``segments`` segments, in so many ``smaller`` sizes as well."""
        key = (fps, segments, picture, tone, preset, smaller)
        if key not in self._made:
            self._made[key] = self._make(house(fps, preset, smaller), segments, picture, tone)
        return self._made[key]

    def _make(self, made: HouseFormat, segments: int, picture: str, tone: int) -> Clip:
        grid = made.grid
        argv = encode_argv(self.ffmpeg, made, segments * grid.frames, segments * grid.samples, picture, tone)
        raw, _ = run(*argv)
        cutter = SegmentCutter(grid)
        fragments = [*cutter.feed(raw), *cutter.finish()]
        assert cutter.initialisation is not None
        return Clip(made, raw, cutter.initialisation, tuple(fragments))


@dataclass(frozen=True)
class Made:
    """What came out of a live process: its initialisation, each ``moof mdat``, and its stderr."""

    initialisation: Initialisation
    head: bytes
    fragments: tuple[bytes, ...]
    stderr: str


def live(
    ffmpeg: str,
    clip: Clip,
    feed: Iterable[Fragment],
    first: int,
    settings: LiveSettings | None = None,
) -> Made:
    """Feed fragments to a real live process as segments ``first``, ``first + 1``, … and return what it makes."""
    grid = clip.grid
    data = nut.header(clip.initialisation, grid, first)
    data += b"".join(nut.segment(one, first + n, grid) for n, one in enumerate(feed))
    made, stderr = run(*live_argv(ffmpeg, clip.house, settings or LiveSettings(), first), stdin=data)
    boxes = BoxReader().feed(made)
    head = b"".join(whole for kind, whole in boxes if kind in {b"ftyp", b"moov"})
    moofs = [whole for kind, whole in boxes if kind == b"moof"]
    mdats = [whole for kind, whole in boxes if kind == b"mdat"]
    fragments = tuple(moof + mdat for moof, mdat in zip(moofs, mdats, strict=True))
    return Made(Initialisation.parse(head), head, fragments, stderr)


def decode_times(fragment: bytes) -> dict[int, int]:
    """Return the ``tfdt`` of each track, in ticks."""
    moof = find(fragment, b"moof")
    assert moof is not None
    times = {}
    for kind, traf in children(moof):
        if kind == b"traf":
            tfhd, tfdt = find(traf, b"tfhd"), find(traf, b"tfdt")
            assert tfhd is not None
            assert tfdt is not None
            times[struct.unpack_from(">I", tfhd, 4)[0]] = struct.unpack_from(">Q", tfdt, 4)[0]
    return times


def number_of(fragment: bytes) -> int:
    """Return the sequence number in ``mfhd``."""
    mfhd = find(fragment, b"moof", b"mfhd")
    assert mfhd is not None
    number: int = struct.unpack_from(">I", mfhd, 4)[0]
    return number


def packets(data: bytes | Path, *arguments: str) -> list[dict[str, Any]]:
    """Return the packets ffprobe finds, with ``seconds`` as an exact fraction from its time base."""
    probe = shutil.which("ffprobe")
    assert probe is not None
    source = "pipe:0" if isinstance(data, bytes) else str(data)
    argv = [probe, "-v", "error", *arguments, "-show_packets", "-show_streams", "-of", "json", source]
    out, stderr = run(*argv, stdin=data if isinstance(data, bytes) else None)
    assert not stderr
    answer = json.loads(out)
    bases = {stream["index"]: Fraction(stream["time_base"]) for stream in answer["streams"]}
    found = answer["packets"]
    for packet in found:
        packet["seconds"] = packet["pts"] * bases[packet["stream_index"]]
    return found


def shown(found: Sequence[dict[str, Any]], kind: str) -> list[Fraction]:
    """Return the presentation times of a kind of packet, ascending."""
    return sorted(packet["seconds"] for packet in found if packet["codec_type"] == kind)


def frame_times(grid: Grid, first: int, segments: int) -> list[Fraction]:
    """Return when the frames of segments ``first`` … are shown."""
    return [Fraction(n, grid.fps) for n in range(first * grid.frames, (first + segments) * grid.frames)]


def sound_times(grid: Grid, first: int, segments: int) -> list[Fraction]:
    """Return when the AAC frames of segments ``first`` … are heard."""
    start, stop = first * grid.audio_frames, (first + segments) * grid.audio_frames
    return [Fraction(n * AAC_FRAME, SAMPLE_RATE) for n in range(start, stop)]


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    """Yield ``data`` in pieces of ``size`` bytes."""
    for at in range(0, len(data), size):
        yield data[at : at + size]
