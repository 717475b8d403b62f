"""The NUT container (specification 4, without syncpoints) as tvd writes it into the live process.

Fragments of assets become NUT frames whose every timestamp is set here, from the media sequence number alone. A frame
is its header (code, presentation time, size; all of fixed length) and the coded bytes as they are.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import accumulate
from operator import itemgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tvd.media.fragment import Fragment
from tvd.media.house import AAC_FRAME, SAMPLE_RATE, Grid
from tvd.media.initialisation import Initialisation

_ID: Final = b"nut/multimedia container\0"
_MAIN: Final = 0x4E4D7A561F5F04AD
_STREAM: Final = 0x4E5311405BF2F9DB
_SYNCPOINT: Final = 0x4E4BE4ADEECA4569
_INFO_FREE_VERSION: Final = 4
_PIPE: Final = 2
"""Main flag: no syncpoints but the first; without it writer and reader index every one for ever."""
_KEY, _CODED_PTS, _SIZE_MSB, _INVALID = 0x1, 0x8, 0x20, 0x2000
_PTS_SHIFT: Final = 7
_VIDEO, _AUDIO = 0, 1
_OTHERS: Final = 2
"""Stream of the first smaller size; the others follow."""
_CODE_KEY, _CODE_INTER, _CODE_AUDIO = 1, 2, 3
_CODE_OTHERS: Final = 4
"""Frame code of a key frame of the first smaller size, the next is that of its other frames, and so on."""
_TIME: Final = 6
"""Bytes of every presentation time: 42 bits of frames, some 4,000 years."""
_FINE_TIME: Final = 7
"""The same when sound is counted in samples: 49 bits, until the year 2341."""
_SIZE: Final = 4
"""Bytes of every size: samples up to 256 MiB."""

Numbers = NDArray[np.int64]
Bytes = NDArray[np.uint8]


def number(value: int) -> bytes:
    """Return a NUT ``v``: seven bits a byte, the most significant first."""
    if value < 0x80:
        return bytes((value,))
    parts = [value & 0x7F]
    while value := value >> 7:
        parts.append(0x80 | value & 0x7F)
    return bytes(reversed(parts))


def signed(value: int) -> bytes:
    """Return a NUT ``s``: zigzag of a ``v``."""
    return number(2 * value - 1 if value > 0 else -2 * value)


def checksum(data: bytes) -> int:
    """Return NUT's CRC-32 (generator 0x04C11DB7, not reflected, begins with 0)."""
    crc = 0
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x104C11DB7) if crc & 0x80000000 else crc << 1
    return crc


def header(initialisation: Initialisation, grid: Grid, first_seq: int) -> bytes:
    """Return everything before the first frame of a stream that begins with segment ``first_seq``.

    It has the house's own picture, the sound, and then the picture of each smaller size.
    """
    first, *others = initialisation.sizes
    ticks = _audio_ticks(len(others))
    audio = b"".join((
        number(_AUDIO), number(1), _bytes(b"\xff\x00"), number(1), number(_PTS_SHIFT),
        number(SAMPLE_RATE * ticks // AAC_FRAME), number(0), number(0), _bytes(initialisation.asc),
        number(SAMPLE_RATE), number(1), number(2),
    ))  # fmt: skip
    # The syncpoint's time is in the first time base: number * bases + base.
    start = number(first_seq * grid.frames * 2) + number(0)
    streams = [_video(_VIDEO, first, grid), audio]
    streams += [_video(_OTHERS + place, one, grid) for place, one in enumerate(others)]
    packets = [(_MAIN, _main(grid, len(others))), *((_STREAM, stream) for stream in streams), (_SYNCPOINT, start)]
    return _ID + b"".join(_packet(code, payload) for code, payload in packets)


def _video(stream: int, initialisation: Initialisation, grid: Grid) -> bytes:
    return b"".join((
        number(stream), number(0), _bytes(b"H264"), number(0), number(_PTS_SHIFT), number(grid.fps),
        number(initialisation.reorder_frames), number(0), _bytes(initialisation.avcc),
        number(initialisation.width), number(initialisation.height), number(1), number(1), number(0),
    ))  # fmt: skip


def _main(grid: Grid, others: int) -> bytes:
    audio_base = Fraction(AAC_FRAME, SAMPLE_RATE * _audio_ticks(others))
    bases = number(1) + number(grid.fps) + number(audio_base.numerator) + number(audio_base.denominator)
    flags = _CODED_PTS | _SIZE_MSB
    smaller = (
        _frame_code(flags | key, _OTHERS + place, 1) for place in range(others) for key in (_KEY, 0)
    )  # fmt: skip
    table = b"".join((
        _frame_code(_INVALID, 0, 1),
        _frame_code(flags | _KEY, _VIDEO, 1),
        _frame_code(flags, _VIDEO, 1),
        _frame_code(flags | _KEY, _AUDIO, 1),
        *smaller,
        _frame_code(_INVALID, 0, 256 - 4 - 1 - 2 * others),  # all others; 'N' begins a startcode and is not counted
    ))  # fmt: skip
    no_elision = number(0)
    return b"".join((
        number(_INFO_FREE_VERSION), number(0), number(2 + others), number(65536), number(2), bases, table, no_elision,
        number(_PIPE),
    ))  # fmt: skip


def _audio_ticks(others: int) -> int:
    """Return in how many ticks an AAC frame is counted.

    ffmpeg 5 copies a stream to several outputs with one memory of where its last packet ended, and moves the second
    copy by up to half a tick: with a whole frame for a tick all sound would come 11 ms late.
    """
    return AAC_FRAME if others else 1


def _frame_code(flags: int, stream: int, count: int) -> bytes:
    """Return one row of the frame code table: flags, then pts delta, multiplier, stream, size, reserved, count."""
    return b"".join(
        (number(flags), number(6), signed(0), number(1), number(stream), number(0), number(0), number(count))
    )


def _packet(startcode: int, payload: bytes) -> bytes:
    head = startcode.to_bytes(8, "big") + number(len(payload) + 4)
    if len(payload) + 4 > 4096:
        head += checksum(head).to_bytes(4, "big")
    return head + payload + checksum(payload).to_bytes(4, "big")


def _bytes(data: bytes) -> bytes:
    return number(len(data)) + data


def segment(fragment: Fragment, seq: int, grid: Grid) -> bytes:
    """Return the NUT frames of ``fragment`` aired as segment ``seq``, pictures and sound interleaved by time."""
    return b"".join(frames(fragment, seq, grid))


def frames(fragment: Fragment, seq: int, grid: Grid) -> list[bytes | memoryview]:
    """Return the pieces of :func:`segment`, coded bytes as they lie: head and sample of each frame in turn."""
    others = fragment.others
    plan = _interleaving(grid, len(others))
    times = np.concatenate((
        np.array(fragment.order, np.int64) + seq * grid.frames,
        (np.arange(grid.audio_frames, dtype=np.int64) + seq * grid.audio_frames) * _audio_ticks(len(others)),
        *(np.array(one.order, np.int64) + seq * grid.frames for one in others),
    ))  # fmt: skip
    sizes = np.array(sum((one.sizes for one in others), fragment.video_sizes + fragment.audio_sizes), np.int64)
    time = _FINE_TIME if others else _TIME
    heads = np.empty((len(plan.order), 1 + time + _SIZE), np.uint8)
    heads[:, 0] = plan.codes
    heads[:, 1 : 1 + time] = _fixed((times + (1 << _PTS_SHIFT))[plan.order], time)
    heads[:, 1 + time :] = _fixed(sizes[plan.order], _SIZE)
    samples = _samples(fragment.video, fragment.video_sizes) + _samples(fragment.audio, fragment.audio_sizes)
    for one in others:
        samples += _samples(one.data, one.sizes)
    pieces: list[bytes | memoryview] = [b""] * (2 * len(samples))
    pieces[::2] = plan.heads.unpack(heads.tobytes())
    pieces[1::2] = plan.pick(samples)
    return pieces


def _samples(data: memoryview, sizes: tuple[int, ...]) -> list[memoryview]:
    stops = list(accumulate(sizes))
    return [data[stop - size : stop] for stop, size in zip(stops, sizes, strict=True)]


def _fixed(values: Numbers, length: int) -> Bytes:
    """Return each of ``values`` as a ``v`` of exactly ``length`` bytes: leading zeroes are allowed."""
    shifts = np.arange(length - 1, -1, -1) * 7
    digits = (values[:, None] >> shifts & 0x7F).astype(np.uint8)
    digits[:, :-1] |= 0x80
    return digits


@dataclass(frozen=True, slots=True)
class _Interleaving:
    """The order of all frames of a segment, and the code of each.

    Indices are into (frames, then AAC frames, then the frames of each smaller size).
    """

    order: Numbers
    codes: Bytes
    heads: struct.Struct
    """Takes the heads apart."""
    pick: Callable[[list[memoryview]], tuple[memoryview, ...]]


@cache
def _interleaving(grid: Grid, others: int = 0) -> _Interleaving:
    """Order the frames of a segment by time, picture first when equal; the same for every segment of ``grid``."""
    frames = [(Fraction(i, grid.fps), i, _CODE_INTER if i else _CODE_KEY) for i in range(grid.frames)]
    audio = [(Fraction(i * AAC_FRAME, SAMPLE_RATE), grid.frames + i, _CODE_AUDIO) for i in range(grid.audio_frames)]
    for place in range(others):
        at, code = grid.frames + grid.audio_frames + place * grid.frames, _CODE_OTHERS + 2 * place
        frames += [(Fraction(i, grid.fps), at + i, code + bool(i)) for i in range(grid.frames)]
    ordered = sorted(frames + audio)
    indices = [index for _, index, _ in ordered]
    length = 1 + (_FINE_TIME if others else _TIME) + _SIZE
    return _Interleaving(
        np.array(indices),
        np.array([code for *_, code in ordered], np.uint8),
        struct.Struct(f"{length}s" * len(indices)),
        itemgetter(*indices),
    )
