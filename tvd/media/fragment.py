"""One segment of an asset as coded samples, and as the ``moof mdat`` it is stored in (ISO/IEC 14496-12, 8.8)."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from tvd.media.boxes import box, children, find, full_box
from tvd.media.house import AAC_FRAME, Grid
from tvd.media.initialisation import AUDIO_TRACK, OTHER_TRACK, VIDEO_TRACK

_SYNC: Final = 0x02000000
_NON_SYNC: Final = 0x01010000


class Extent(Protocol):
    """Where bytes lie that can be read again."""

    @property
    def length(self) -> int:
        """How many there are."""
        ...

    def read(self) -> bytes:
        """Read them; blocks. Raises ``OSError``."""
        ...


@dataclass(frozen=True, slots=True)
class Picture:
    """The coded frames of one segment in one size; ``sizes`` and ``order`` as in :class:`Fragment`."""

    data: memoryview
    sizes: tuple[int, ...]
    order: tuple[int, ...]
    origin: Extent | None = field(default=None, compare=False)

    def check(self, grid: Grid) -> None:
        """Raise ``ValueError`` unless it is exactly one closed segment of ``grid``."""
        if len(self.sizes) != grid.frames or self.order[0] != 0 or sorted(self.order) != list(range(grid.frames)):
            raise ValueError(f"{len(self.sizes)} frames do not make one closed segment of {grid.frames}")
        if sum(self.sizes) != len(self.data):
            raise ValueError("sample sizes do not add up")


@dataclass(frozen=True, slots=True)
class Fragment:
    """The coded samples of exactly one segment, in decode order.

    ``video`` and ``audio`` are the samples one after the other, ``video_sizes`` and ``audio_sizes`` their lengths in
    bytes. ``order[i]`` says which frame of the segment, in the order of showing, the i-th coded one is: a permutation
    of ``range(frames)`` that begins with 0, the IDR. ``others`` are the same pictures in the smaller sizes.
    """

    video: memoryview
    video_sizes: tuple[int, ...]
    order: tuple[int, ...]
    audio: memoryview
    audio_sizes: tuple[int, ...]
    origin: Extent | None = field(default=None, compare=False)
    """Where ``video`` lies on the disk, when it was read from there."""
    others: tuple[Picture, ...] = ()

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures in each size."""
        return (Picture(self.video, self.video_sizes, self.order, self.origin), *self.others)

    def alone(self) -> "Fragment":
        """Return the same segment in its own size only."""
        return replace(self, others=()) if self.others else self

    def check(self, grid: Grid) -> None:
        """Raise ``ValueError`` unless it is exactly one segment of ``grid``."""
        for picture in self.pictures:
            picture.check(grid)
        if len(self.audio_sizes) != grid.audio_frames:
            raise ValueError(f"{len(self.audio_sizes)} AAC frames instead of {grid.audio_frames}")
        if sum(self.audio_sizes) != len(self.audio):
            raise ValueError("sample sizes do not add up")


def write_fragment(fragment: Fragment, index: int, grid: Grid, *delays: int) -> bytes:
    """Return ``moof mdat`` for segment ``index`` of an asset (video in ticks of one frame, audio of one sample).

    ``delays`` is :attr:`Initialisation.delays`. Raises ``ValueError`` when frames are reordered further.
    """
    videos = [_video_trun(picture, delay) for picture, delay in zip(fragment.pictures, delays, strict=True)]
    audio_trun = struct.pack(f">{len(fragment.audio_sizes)}I", *fragment.audio_sizes)

    def video(track: int, data_at: int, trun: bytes) -> bytes:
        table = struct.pack(">iI", data_at, _SYNC) + trun
        return _traf(track, 1, _NON_SYNC, index * grid.frames, 0xA05, grid.frames, table)

    def moof(data_at: int) -> bytes:
        trafs = [video(VIDEO_TRACK, data_at, videos[0])]
        at = data_at + len(fragment.video)
        trafs.append(_traf(AUDIO_TRACK, AAC_FRAME, _SYNC, index * grid.samples, 0x201, len(fragment.audio_sizes),
                           struct.pack(">i", at) + audio_trun))  # fmt: skip
        at += len(fragment.audio)
        for place, (picture, trun) in enumerate(zip(fragment.others, videos[1:], strict=True)):
            trafs.append(video(OTHER_TRACK + place, at, trun))
            at += len(picture.data)
        return box(b"moof", full_box(b"mfhd", 0, 0, struct.pack(">I", index + 1)), *trafs)

    head = moof(len(moof(0)) + 8)
    return head + box(b"mdat", fragment.video, fragment.audio, *(picture.data for picture in fragment.others))


def _video_trun(picture: Picture, delay: int) -> bytes:
    """Return sizes and composition offsets, in pairs."""
    # Offsets are counted from the reordering delay, so none is negative; the moov's edit list takes it off again.
    offsets = [delay + shown - coded for coded, shown in enumerate(picture.order)]
    if min(offsets) < 0:
        raise ValueError(f"frames are reordered by {delay - min(offsets)}, the SPS says {delay}")
    table = [number for pair in zip(picture.sizes, offsets, strict=True) for number in pair]
    return struct.pack(f">{len(table)}I", *table)


def _traf(track: int, duration: int, flags: int, decode_time: int, trun_flags: int, count: int, table: bytes) -> bytes:
    return box(
        b"traf",
        full_box(b"tfhd", 0, 0x020028, struct.pack(">III", track, duration, flags)),
        full_box(b"tfdt", 1, 0, struct.pack(">Q", decode_time)),
        full_box(b"trun", 1, trun_flags, struct.pack(">I", count), table),
    )


def read_fragment(data: bytes | memoryview, grid: Grid) -> Fragment:
    """Read what :func:`write_fragment` wrote. Raises ``ValueError`` unless it is exactly one segment."""
    moof, mdat = find(data, b"moof"), find(data, b"mdat")
    if moof is None or mdat is None:
        raise ValueError("no moof and mdat")
    truns = [run for kind, traf in children(moof) if kind == b"traf" for run in (find(traf, b"trun"),) if run]
    if len(truns) < 2:
        raise ValueError(f"{len(truns)} tracks instead of 2")
    audio_count = struct.unpack_from(">I", truns[1], 4)[0]
    if audio_count != grid.audio_frames:
        raise ValueError(f"{audio_count} AAC frames do not make a segment")
    video = _read_picture(truns[0], mdat, grid)
    audio_sizes = struct.unpack_from(f">{audio_count}I", truns[1], 12)
    at = len(video.data)
    stop = at + sum(audio_sizes) if len(truns) > 2 else len(mdat)
    audio, rest = mdat[at:stop], mdat[stop:]
    others = []
    for run in truns[2:]:
        others.append(_read_picture(run, rest, grid))
        rest = rest[len(others[-1].data) :]
    if rest:
        raise ValueError("sample sizes do not add up")
    fragment = Fragment(video.data, video.sizes, video.order, audio, audio_sizes, others=tuple(others))
    fragment.check(grid)
    return fragment


def _read_picture(trun: memoryview, data: memoryview, grid: Grid) -> Picture:
    """Return the frames a ``trun`` of ours describes, which begin ``data``."""
    count = struct.unpack_from(">I", trun, 4)[0]
    if count != grid.frames:
        raise ValueError(f"{count} frames do not make a segment")
    table = struct.unpack_from(f">{2 * count}I", trun, 16)
    order = tuple(coded + offset - table[1] for coded, offset in enumerate(table[1::2]))
    return Picture(data[: sum(table[::2])], table[::2], order)


def check_units(fragment: Fragment) -> None:
    """Raise ``ValueError`` unless each picture is whole NAL units behind their lengths (14496-15, 5.3.3).

    Cheap, and it tells a file that something else was written into; a flipped bit inside a picture it does not see.
    """
    for picture in fragment.pictures:
        at = 0
        for size in picture.sizes:
            stop = at + size
            while at + 4 <= stop:
                at += 4 + int.from_bytes(picture.data[at : at + 4], "big")
            if at != stop:
                raise ValueError("a picture is not made of whole NAL units")


@dataclass(frozen=True, slots=True)
class TrackRun:
    """The samples one ``traf`` of any writer describes: sizes, presentation times (ticks), sync flags, their bytes."""

    track: int
    sizes: Sequence[int]
    times: Sequence[int]
    sync: Sequence[bool]
    data: memoryview


def read_runs(moof: bytes, mdat: bytes) -> list[TrackRun]:
    """Return the sample runs of a whole ``moof`` box and the ``mdat`` box that follows it, for any fMP4 writer.

    Raises ``ValueError`` when a sample lies outside the ``mdat``.
    """
    body = find(moof, b"moof")
    assert body is not None
    both = memoryview(moof + mdat)
    runs = []
    for kind, traf in children(body):
        if kind == b"traf":
            runs.extend(_runs(traf, both))
    return runs


def _runs(traf: memoryview, both: memoryview) -> list[TrackRun]:
    tfhd, tfdt = find(traf, b"tfhd"), find(traf, b"tfdt")
    if tfhd is None or tfdt is None:
        raise ValueError("traf without tfhd or tfdt")
    flags = struct.unpack_from(">I", tfhd)[0] & 0xFFFFFF
    track = struct.unpack_from(">I", tfhd, 4)[0]
    optional = _optional(tfhd, 8, ((0x1, 8), (0x2, 4), (0x8, 4), (0x10, 4), (0x20, 4)), flags)
    if 0x1 in optional and optional[0x1] != 0 and not flags & 0x020000:
        raise ValueError("base data offsets are not supported; write with default_base_moof")
    time = struct.unpack_from(">Q" if tfdt[0] else ">I", tfdt, 4)[0]
    runs = []
    for kind, trun in children(traf):
        if kind == b"trun":
            run, time = _run(trun, track, optional, time, both)
            runs.append(run)
    return runs


def _optional(view: memoryview, at: int, fields: Sequence[tuple[int, int]], flags: int) -> dict[int, int]:
    found = {}
    for bit, size in fields:
        if flags & bit:
            found[bit] = int.from_bytes(view[at : at + size], "big")
            at += size
    return found


def _run(trun: memoryview, track: int, default: dict[int, int], time: int, both: memoryview) -> tuple[TrackRun, int]:
    head, count = struct.unpack_from(">II", trun)
    version, flags = head >> 24, head & 0xFFFFFF
    first = _optional(trun, 8, ((0x1, 4), (0x4, 4)), flags)
    at = 8 + 4 * len(first)
    columns = [bit for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit]
    numbers = struct.unpack_from(f">{count * len(columns)}I", trun, at)
    column = {bit: numbers[i :: len(columns)] for i, bit in enumerate(columns)}
    durations = column.get(0x100, (default.get(0x8, 0),) * count)
    sizes = column.get(0x200, (default.get(0x10, 0),) * count)
    sample_flags = list(column.get(0x400, (default.get(0x20, 0),) * count))
    if 0x4 in first and sample_flags:
        sample_flags[0] = first[0x4]
    offsets = column.get(0x800, (0,) * count)
    times = []
    for duration, offset in zip(durations, offsets, strict=True):
        signed = offset - 2**32 if version and offset >= 2**31 else offset
        times.append(time + signed)
        time += duration
    start = first.get(0x1, 0)
    stop = start + sum(sizes)
    if stop > len(both):
        raise ValueError("samples beyond their mdat")
    sync = [not flag & 0x10000 for flag in sample_flags]
    return TrackRun(track, sizes, times, sync, both[start:stop]), time
