"""A viewer who watches a channel by the rules of HLS and complains of everything: playlist, times, bytes, lateness.

Knows nothing of tvd's code: it reads what the standards (RFC 8216bis, ISO/IEC 14496-12) say, and that the media
sequence number is the clock's. ``with Viewer(url) as viewer`` watches in a thread until the end of the block.
"""

import hashlib
import re
import struct
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Final, Self
from urllib.parse import urljoin

_POLL: Final = 0.3
_LATE: Final = 1.0
"""Seconds after its time by which a segment must be listed: half a segment less what polling adds."""
_ATTRIBUTES: Final = re.compile(r'([A-Z-]+)=("[^"]*"|[^,]*)')


@dataclass(frozen=True)
class Listed:
    """One segment as a playlist lists it."""

    seq: int
    uri: str
    map: str
    duration: float
    time: float
    """EXT-X-PROGRAM-DATE-TIME, seconds since 1970."""
    discontinuity: bool


@dataclass(frozen=True)
class Playlist:
    """What a media playlist says."""

    media_sequence: int
    discontinuity_sequence: int
    target_duration: int
    ended: bool
    segments: tuple[Listed, ...]


def parse(text: str) -> Playlist:
    """Read a media playlist."""
    header = {"MEDIA-SEQUENCE": 0, "DISCONTINUITY-SEQUENCE": 0, "TARGETDURATION": 0}
    segments: list[Listed] = []
    map_, duration, moment, broken, ended = "", 0.0, 0.0, False, False
    for line in text.splitlines():
        name, _, value = line.removeprefix("#EXT-X-").partition(":")
        if name in header:
            header[name] = int(value)
        elif name == "MAP":
            map_ = dict(_ATTRIBUTES.findall(value))["URI"].strip('"')
        elif name == "#EXTINF":
            duration = float(value.split(",")[0])
        elif name == "PROGRAM-DATE-TIME":
            moment = datetime.fromisoformat(value).timestamp()
        elif name == "DISCONTINUITY":
            broken = True
        elif name == "ENDLIST":
            ended = True
        elif line and not line.startswith("#"):
            seq = header["MEDIA-SEQUENCE"] + len(segments)
            segments.append(Listed(seq, line, map_, duration, moment, broken))
            broken = False
    return Playlist(
        header["MEDIA-SEQUENCE"], header["DISCONTINUITY-SEQUENCE"], header["TARGETDURATION"], ended, tuple(segments)
    )


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of the boxes in ``data``."""
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8 : at + size]
        at += size


def inside(data: bytes, *path: bytes) -> list[bytes]:
    """Return the contents of all boxes at ``path``."""
    for kind in path[:1]:
        return [found for name, content in boxes(data) if name == kind for found in inside(content, *path[1:])]
    return [data]


def timescales(initialisation: bytes) -> dict[int, int]:
    """Return the ticks a second of each track."""
    found = {}
    for trak in inside(initialisation, b"moov", b"trak"):
        [tkhd], [mdhd] = inside(trak, b"tkhd"), inside(trak, b"mdia", b"mdhd")
        track: int = struct.unpack_from(">I", tkhd, 20 if tkhd[0] else 12)[0]
        found[track] = struct.unpack_from(">I", mdhd, 20 if mdhd[0] else 12)[0]
    return found


def spans(segment: bytes) -> dict[int, tuple[int, int]]:
    """Return, for each track, the decode time of its first sample and the one after its last, in ticks."""
    found = {}
    for traf in inside(segment, b"moof", b"traf"):
        [tfhd], [tfdt] = inside(traf, b"tfhd"), inside(traf, b"tfdt")
        flags, track = struct.unpack_from(">II", tfhd)
        default = 0
        if flags & 0x8:
            default = struct.unpack_from(">I", tfhd, 8 + (8 if flags & 1 else 0) + (4 if flags & 2 else 0))[0]
        begin = struct.unpack_from(">Q" if tfdt[0] else ">I", tfdt, 4)[0]
        found[track] = (begin, begin + sum(_duration(run, default) for run in inside(traf, b"trun")))
    return found


def _duration(run: bytes, default: int) -> int:
    flags, count = struct.unpack_from(">I", run)[0] & 0xFFFFFF, struct.unpack_from(">I", run, 4)[0]
    if not flags & 0x100:
        return count * default
    at = 8 + (4 if flags & 1 else 0) + (4 if flags & 4 else 0)
    step = 4 * (flags & 0xF00).bit_count()
    return sum(struct.unpack_from(">I", run, at + n * step)[0] for n in range(count))


@dataclass
class Viewer:
    """Watches the channel whose media playlist is at ``url``; ``faults`` is what it has to complain of.

    ``frames`` at ``fps`` make one segment. With ``patient`` an answer that does not come is no fault (while tvd is
    being killed); what does come must be right all the same.
    """

    url: str
    frames: int = 64
    fps: int = 30
    patient: bool = False
    faults: list[str] = field(default_factory=list)
    segments: dict[int, bytes] = field(default_factory=dict)
    listed: dict[int, Listed] = field(default_factory=dict)
    discontinuities: list[int] = field(default_factory=list)
    last: Playlist | None = None

    def __post_init__(self) -> None:
        self._maps: dict[str, bytes] = {}
        self._spans: dict[int, tuple[str, dict[int, tuple[int, int]]]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._counts: dict[int, int] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(15)

    # What it saw -----------------------------------------------------------------------------------------------------

    @property
    def duration(self) -> Fraction:
        """Seconds of a segment."""
        return Fraction(self.frames, self.fps)

    @property
    def newest(self) -> int:
        return max(self.segments, default=0)

    def watched(self, more: int, within: float = 40.0) -> int:
        """Wait until ``more`` further segments were watched; return the newest."""
        wanted, deadline = self.newest + more, time.monotonic() + within
        while self.newest < wanted:
            assert time.monotonic() < deadline, f"only {self.newest} of {wanted}; {self.faults}"
            assert self._thread.is_alive(), self.faults
            self._stop.wait(0.05)
        return self.newest

    def tape(self, *, since: int = 0) -> list[tuple[str, bytes]]:
        """Return what was watched, one file for each rendition: its name and what a player would decode."""
        tapes: dict[str, bytes] = {}
        for seq, data in sorted(self.segments.items()):
            if seq >= since:
                name = self.listed[seq].map
                tapes[name] = tapes.get(name, self._maps[name]) + data
        return list(tapes.items())

    def digests(self) -> dict[str, str]:
        """Return what each URL held."""
        return {self.listed[seq].uri: hashlib.sha256(data).hexdigest() for seq, data in self.segments.items()}

    # Watching --------------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                self._look()
            except (OSError, urllib.error.HTTPError) as error:
                if not self.patient:
                    self._complain(f"no answer: {error!r}")
            except (ValueError, KeyError, struct.error) as error:
                self._complain(f"unreadable: {error!r}")
            self._stop.wait(_POLL)

    def _complain(self, what: str) -> None:
        if len(self.faults) < 20:
            self.faults.append(f"{time.time():.2f} {what}")

    def _fetch(self, uri: str) -> bytes:
        with urllib.request.urlopen(uri, timeout=10) as answer:
            data: bytes = answer.read()
            return data

    def _look(self) -> None:
        asked = time.time()
        playlist = parse(self._fetch(self.url).decode())
        answered = time.time()
        self._check(playlist, asked)
        self.last = playlist
        for listed in playlist.segments:
            if listed.seq in self.segments or self._stop.is_set():
                continue
            self._listed(listed, answered)
            if listed.map not in self._maps:
                self._maps[listed.map] = self._fetch(urljoin(self.url, listed.map))
            data = self._fetch(urljoin(self.url, listed.uri))
            self.listed[listed.seq] = listed
            self._times(listed, data)
            self.segments[listed.seq] = data

    def _check(self, playlist: Playlist, asked: float) -> None:
        """Compare with the playlist before and with the clock."""
        before = self.last
        if playlist.ended:
            self._complain("EXT-X-ENDLIST")
        if not playlist.segments:
            self._complain("an empty playlist")
            return
        if before is not None:
            if playlist.media_sequence < before.media_sequence:
                self._complain(f"media sequence fell from {before.media_sequence} to {playlist.media_sequence}")
            newest = before.segments[-1].seq
            if playlist.media_sequence > newest + 1:
                self._complain(f"gap: {newest} is followed by {playlist.media_sequence}")
            if playlist.target_duration != before.target_duration:
                self._complain("the target duration changed")
            gone = [one for one in before.segments if one.seq < playlist.media_sequence]
            counted = before.discontinuity_sequence + sum(one.discontinuity for one in gone)
            # The one before the first segment listed counts already, or is still written.
            first = playlist.segments[0]
            if playlist.discontinuity_sequence not in {counted, counted + self._was_broken(first)}:
                self._complain(f"discontinuity sequence {playlist.discontinuity_sequence} instead of {counted}")
        due = asked - float((playlist.segments[-1].seq + 1) * self.duration)
        if due > _LATE and not self.patient:
            self._complain(f"segment {playlist.segments[-1].seq + 1} is {due:.2f} s late")

    def _was_broken(self, first: Listed) -> bool:
        return first.seq in self.discontinuities and not first.discontinuity

    def _listed(self, listed: Listed, answered: float) -> None:
        if abs(listed.duration - float(self.duration)) > 2e-6:
            self._complain(f"EXTINF of {listed.seq} is {listed.duration}")
        start = float(listed.seq * self.duration)
        if abs(listed.time - start) > 0.001:
            self._complain(f"PDT of {listed.seq} is {listed.time - start:+.3f} s off")
        if answered < start - 0.05:
            self._complain(f"{listed.seq} is listed {start - answered:.2f} s early")
        if listed.discontinuity:
            self.discontinuities.append(listed.seq)
        before = self.listed.get(listed.seq - 1)
        if before is not None and (before.map != listed.map) != listed.discontinuity:
            self._complain(f"{listed.seq}: DISCONTINUITY and MAP do not agree")

    def _times(self, listed: Listed, data: bytes) -> None:
        """Compare decode times with the clock and with the segment before."""
        scales = timescales(self._maps[listed.map])
        now = spans(data)
        if now.keys() != scales.keys():
            self._complain(f"{listed.seq} has tracks {list(now)} instead of {list(scales)}")
            return
        first = min(scales)
        if now[first][0] != listed.seq * self.frames * scales[first] // self.fps:
            self._complain(f"decode time of {listed.seq} is {now[first][0]}")
        name, before = self._spans.get(listed.seq - 1, ("", {}))
        self._spans[listed.seq] = (listed.map, now)
        for track, (begin, _) in now.items():
            if name == listed.map and before[track][1] != begin:
                self._complain(f"track {track} of {listed.seq} begins at {begin}, not at {before[track][1]}")
