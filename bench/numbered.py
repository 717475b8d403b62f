"""Sources whose pictures say what they are: which source, and which segment of it. Made, and read from a tape.

Every segment's worth of picture is a board of black and white cells: the number of the source, of the segment, and a
checksum, so that a picture which is none of ours is not taken for one.
"""

import subprocess
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import av
import numpy as np

from tvd.media.house import Grid

WIDTH: Final = 160
HEIGHT: Final = 90
_COLUMNS, _ROWS = 8, 5
_CELL: Final = (HEIGHT // _ROWS, WIDTH // _COLUMNS)
_DARK: Final = 80
_BRIGHT: Final = 170
"""Of luma, which is black at 16 and white at 235."""

Place = tuple[int, int]
"""Number of a source, and of a segment in it."""
Picture = np.ndarray[Any, Any]
"""Luma, one byte a pixel."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a tape shows: from segment ``start`` to before ``stop`` of the time line, source number ``source``.

    The first of these segments is segment ``first`` of the source, and each the one behind the one before it.
    """

    start: int
    stop: int
    source: int
    first: int


def make(path: Path, number: int, segments: int, grid: Grid, ffmpeg: str) -> Path:
    """Write source ``number``, half a segment shorter than ``segments``, with a tone of its own. Blocks."""
    lasts = float((segments - Fraction(1, 2)) * grid.duration)
    rate = f"{2 / grid.duration}"
    pictures = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-r", rate, "-i", "pipe:0"]
    sound = ["-f", "lavfi", "-i", f"sine=frequency={200 + 5 * number}:sample_rate=8000:duration={lasts}"]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-r", "15", "-pix_fmt", "yuv420p", "-c:a", "pcm_s16le"]
    argv = [ffmpeg, "-v", "error", "-y", *pictures, *sound, *coding, "-metadata", f"title={title(number)}", str(path)]
    boards = b"".join(_board(number, index // 2).tobytes() for index in range(2 * segments - 1))
    subprocess.run(argv, input=boards, check=True, capture_output=True)
    return path


def title(number: int) -> str:
    """Return what source ``number`` is called."""
    return f"Number {number:03}"


def number_of(name: str) -> int | None:
    """Return the number of the source called ``name``; None when it is none of ours."""
    word, _, digits = name.partition(" ")
    return int(digits) if word == "Number" and digits.isdecimal() else None


def runs(path: Path, grid: Grid, begin: int = 0, offset: float = 0.0) -> list[Run]:
    """Return what the tape at ``path`` shows, decoded as players do. Blocks.

    Times on it are those of the time line when ``begin`` is 0; else they are counted from segment ``begin``, whose
    picture stands ``offset`` seconds behind the tape's zero. Raises ``ValueError`` for a picture that is none of ours,
    or not where a segment begins, and for a segment that is missing.
    """
    found: list[Run] = []
    seqs = []
    for seq, (source, index) in _places(path, grid, begin, offset):
        seqs.append(seq)
        last = found[-1] if found else None
        if last is not None and (source, index) == (last.source, last.first + seq - last.start):
            found[-1] = Run(last.start, seq + 1, source, last.first)
        else:
            found.append(Run(seq, seq + 1, source, index))
    if wrong := [f"{after} behind {before}" for before, after in pairwise(seqs) if after != before + 1]:
        raise ValueError(f"segments: {wrong}")
    return found


def _places(path: Path, grid: Grid, begin: int, offset: float) -> Iterator[tuple[int, Place]]:
    with av.open(str(path), mode="r") as container:
        stream = container.streams.video[0]
        # Segments begin with the only key frames there are.
        stream.codec_context.skip_frame = "NONKEY"
        late = Fraction(round(offset * grid.fps), grid.fps)
        for frame in container.decode(stream):
            assert frame.pts is not None
            assert frame.time_base is not None
            seq = (frame.pts * frame.time_base - late) / grid.duration
            place = _place(frame.to_ndarray()[:HEIGHT])
            if seq.denominator != 1 or place is None:
                raise ValueError(f"at {float(seq):.3f} segments: {place}")
            yield begin + int(seq), place


def _word(source: int, index: int) -> int:
    """Return what a board says: source, index, and a checksum of both."""
    said = source << 16 | index
    return said << 16 | zlib.crc32(said.to_bytes(3)) & 0xFFFF


def _board(source: int, index: int) -> Picture:
    word = _word(source, index)
    bits = [word >> place & 1 for place in reversed(range(_COLUMNS * _ROWS))]
    cells = np.array(bits, np.uint8).reshape(_ROWS, _COLUMNS) * 255
    return np.kron(cells, np.ones(_CELL, np.uint8))


def _place(picture: Picture) -> Place | None:
    """Return what a picture says; None when it is no board, or a damaged one."""
    middles = picture[_CELL[0] // 2 :: _CELL[0], _CELL[1] // 2 :: _CELL[1]]
    if picture.shape != (HEIGHT, WIDTH) or ((middles > _DARK) & (middles < _BRIGHT)).any():
        return None
    word = int("".join("1" if cell else "0" for cell in (middles.flatten() >= _BRIGHT)), 2)
    source, index = word >> 32, word >> 16 & 0xFFFF
    return (source, index) if _word(source, index) == word else None
