"""An independent checker of what tvd makes: do fragments follow each other exactly, is each what it says it is.

It reads boxes (ISO/IEC 14496-12) and playlists (RFC 8216) by itself and shares no code with tvd, so that one mistake
cannot be on both sides. :class:`Continuity` takes one initialisation segment and then fragment after fragment, from
a channel or from a file (:func:`check_file`); what it finds wrong is text in ``findings``. Nothing found: all is well.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final

_CONTAINERS: Final = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"mvex", b"moof", b"traf"})
_NOT_SYNC: Final = 0x10000


@dataclass(frozen=True, slots=True)
class _Run:
    """The samples of one track in one fragment: decode time and durations in ticks, sizes in bytes."""

    begin: int
    durations: tuple[int, ...]
    sizes: tuple[int, ...]
    sync: tuple[bool, ...]
    offset: int

    @property
    def end(self) -> int:
        return self.begin + sum(self.durations)


@dataclass(slots=True)
class _Track:
    kind: str
    timescale: int
    defaults: tuple[int, int, int] = (0, 0, 0)
    begin: int | None = None
    end: int = 0
    samples: int = 0
    steps: set[int] = field(default_factory=set)


class Continuity:
    """Follows one rendition. ``seconds`` is what every segment should last, by its picture; None: not known."""

    def __init__(self, initialisation: bytes, seconds: Fraction | None = None) -> None:
        self.findings: list[str] = []
        self.fragments = 0
        self._seconds = seconds
        self._sequence: int | None = None
        self._tracks: dict[int, _Track] = {}
        self._read_initialisation(initialisation)

    def samples(self, kind: str) -> int:
        """Return how many samples of ``vide`` or ``soun`` came."""
        return sum(track.samples for track in self._tracks.values() if track.kind == kind)

    def begin(self, kind: str) -> Fraction:
        """Return the first decode time of ``vide`` or ``soun`` in seconds."""
        track = next(track for track in self._tracks.values() if track.kind == kind)
        return Fraction(track.begin or 0, track.timescale)

    def add(self, fragment: bytes, numbered: int | None = None) -> None:
        """Take the next fragment (``moof mdat``); ``numbered`` is what its number should be."""
        boxes = dict(walk(fragment))
        self.fragments += 1
        if boxes.keys() - {b"styp", b"sidx", b"prft", b"emsg"} != {b"moof", b"mdat"}:
            self._find(f"boxes {sorted(boxes)}")
            return
        (sequence,) = struct.unpack_from(">I", _one(boxes[b"moof"], b"mfhd"), 4)
        wanted = numbered if numbered is not None else (None if self._sequence is None else self._sequence + 1)
        if wanted is not None and sequence != wanted:
            self._find(f"numbered {sequence}, not {wanted}")
        self._sequence = sequence
        seen = set()
        data = 0
        for track_id, run in self._runs(boxes[b"moof"]):
            seen.add(track_id)
            data += sum(run.sizes)
            self._follow(self._tracks[track_id], run)
        if seen != set(self._tracks):
            self._find(f"tracks {sorted(seen)} of {sorted(self._tracks)}")
        if data != len(boxes[b"mdat"]):
            self._find(f"{len(boxes[b'mdat'])} bytes of data, its samples have {data}")

    def _follow(self, track: _Track, run: _Run) -> None:
        if track.begin is None:
            track.begin = run.begin
        elif run.begin != track.end:
            self._find(f"{track.kind} begins {run.begin - track.end:+d}/{track.timescale} s beside its place")
        track.end = run.end
        track.samples += len(run.sizes)
        track.steps |= set(run.durations)
        if len(track.steps) > 1:
            self._find(f"{track.kind} has steps of {sorted(track.steps)}")
            track.steps = {run.durations[-1]}
        if track.kind == "vide":
            if not run.sync or not run.sync[0]:
                self._find("does not begin with a key frame")
            if self._seconds is not None and Fraction(run.end - run.begin, track.timescale) != self._seconds:
                self._find(f"lasts {Fraction(run.end - run.begin, track.timescale)} s, not {self._seconds}")
        if not all(run.sizes):
            self._find(f"{track.kind} has an empty sample")

    def _find(self, what: str) -> None:
        self.findings.append(f"fragment {self.fragments}: {what}")

    def _read_initialisation(self, data: bytes) -> None:
        moov = _one(data, b"moov")
        for kind, trak in walk(moov):
            if kind != b"trak":
                continue
            tkhd, mdia = _one(trak, b"tkhd"), _one(trak, b"mdia")
            mdhd, hdlr = _one(mdia, b"mdhd"), _one(mdia, b"hdlr")
            (number,) = struct.unpack_from(">I", tkhd, 20 if tkhd[0] else 12)
            (timescale,) = struct.unpack_from(">I", mdhd, 20 if mdhd[0] else 12)
            self._tracks[number] = _Track(hdlr[8:12].decode("ascii"), timescale)
        for kind, trex in walk(_one(moov, b"mvex")):
            if kind == b"trex":
                number, _, duration, size, flags = struct.unpack_from(">5I", trex, 4)
                self._tracks[number].defaults = (duration, size, flags)
        kinds = sorted(track.kind for track in self._tracks.values())
        if kinds != ["soun", "vide"]:
            self.findings.append(f"initialisation: tracks {kinds}")

    def _runs(self, moof: bytes) -> Iterator[tuple[int, _Run]]:
        for kind, traf in walk(moof):
            if kind != b"traf":
                continue
            tfhd, tfdt = _one(traf, b"tfhd"), _one(traf, b"tfdt")
            (number,) = struct.unpack_from(">I", tfhd, 4)
            duration, size, flags = self._defaults(tfhd, self._tracks[number].defaults)
            (begin,) = struct.unpack_from(">Q" if tfdt[0] else ">I", tfdt, 4)
            for inner, trun in walk(traf):
                if inner == b"trun":
                    run = _read_run(trun, begin, duration, size, flags)
                    yield number, run
                    begin = run.end

    @staticmethod
    def _defaults(tfhd: bytes, defaults: tuple[int, int, int]) -> tuple[int, int, int]:
        (flags,) = struct.unpack_from(">I", tfhd)
        at = 8 + (8 if flags & 1 else 0) + (4 if flags & 2 else 0)
        values = list(defaults)
        for place, bit in enumerate((0x8, 0x10, 0x20)):
            if flags & bit:
                (values[place],) = struct.unpack_from(">I", tfhd, at)
                at += 4
        return values[0], values[1], values[2]


def _read_run(trun: bytes, begin: int, duration: int, size: int, sample_flags: int) -> _Run:
    flags, count = struct.unpack_from(">II", trun)
    at, offset, first = 8, 0, None
    if flags & 0x1:
        (offset,) = struct.unpack_from(">i", trun, at)
        at += 4
    if flags & 0x4:
        (first,) = struct.unpack_from(">I", trun, at)
        at += 4
    durations, sizes, sync = [], [], []
    for number in range(count):
        values = [duration, size, sample_flags]
        for place, bit in enumerate((0x100, 0x200, 0x400)):
            if flags & bit:
                (values[place],) = struct.unpack_from(">I", trun, at)
                at += 4
        at += 4 if flags & 0x800 else 0
        if number == 0 and first is not None:
            values[2] = first
        durations.append(values[0])
        sizes.append(values[1])
        sync.append(not values[2] & _NOT_SYNC)
    return _Run(begin, tuple(durations), tuple(sizes), tuple(sync), offset)


def walk(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and body of each box in ``data``. Raises ``ValueError`` when one does not fit."""
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, at + 8)
            head = 16
        if size < head or at + size > len(data):
            raise ValueError(f"a box {kind!r} of {size} bytes in {len(data) - at}")
        yield kind, data[at + head : at + size]
        at += size


def _one(data: bytes, kind: bytes) -> bytes:
    found = [body for name, body in walk(data) if name == kind]
    if len(found) != 1:
        raise ValueError(f"{len(found)} boxes {kind!r}")
    return found[0]


def check_file(path: Path, seconds: Fraction | None = None) -> Continuity:
    """Check a whole fragmented MP4 file, reading one fragment at a time. Blocks."""
    head, checked, moof = b"", None, b""
    with path.open("rb") as file:
        while prefix := file.read(8):
            size, kind = struct.unpack(">I4s", prefix)
            if size == 1:
                extended = file.read(8)
                (size,) = struct.unpack(">Q", extended)
                prefix += extended
            box = prefix + file.read(size - len(prefix))
            if len(box) != size:
                raise ValueError(f"{path}: its last box is cut off")
            if kind == b"moof":
                moof = box
            elif kind == b"mdat" and checked is not None:
                checked.add(moof + box)
            else:
                head += box
                checked = Continuity(head, seconds) if kind == b"moov" else checked
    if checked is None:
        raise ValueError(f"{path}: no initialisation")
    return checked


@dataclass(slots=True)
class Playlists:
    """Follows one media playlist as a player does, load after load; ``findings`` as in :class:`Continuity`."""

    findings: list[str] = field(default_factory=list)
    urls: dict[int, str] = field(default_factory=dict)
    discontinuities: int = 0
    _target: str = ""
    _first: int = -1

    def add(self, text: str) -> list[tuple[int, str]]:
        """Take what was loaded; return number and URL of the segments that are new."""
        lines = text.splitlines()
        tags = {line.partition(":")[0]: line.partition(":")[2] for line in lines if line.startswith("#")}
        if not lines or lines[0] != "#EXTM3U" or "#EXT-X-ENDLIST" in tags:
            self.findings.append("not a live playlist")
        target = tags.get("#EXT-X-TARGETDURATION", "")
        if self._target not in {"", target}:
            self.findings.append(f"the target duration changed from {self._target} to {target}")
        self._target = target
        first = int(tags["#EXT-X-MEDIA-SEQUENCE"])
        if first < self._first:
            self.findings.append(f"the media sequence fell from {self._first} to {first}")
        if self.urls and first > max(self.urls) + 1:
            self.findings.append(f"segments {max(self.urls) + 1} to {first - 1} were never listed")
        self._first = first
        self.discontinuities = max(self.discontinuities, lines.count("#EXT-X-DISCONTINUITY"))
        return self._segments(lines, first)

    def _segments(self, lines: Sequence[str], seq: int) -> list[tuple[int, str]]:
        fresh: list[tuple[int, str]] = []
        lasts = 0.0
        for line in lines:
            if line.startswith("#EXTINF:"):
                lasts = float(line[8:].partition(",")[0])
                if round(lasts) > int(self._target or 0):
                    self.findings.append(f"segment {seq} lasts {lasts} s, more than the target duration")
            elif line and not line.startswith("#"):
                if seq not in self.urls:
                    fresh.append((seq, line))
                if self.urls.setdefault(seq, line) != line:
                    self.findings.append(f"segment {seq} was {self.urls[seq]}, is {line}")
                seq += 1
        return fresh
