"""A small television studio for tests: real clips cut into real segments, channels that loop them, a clock to turn."""

import asyncio
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient

from tvd.clock import NS
from tvd.config.model import Config, Server
from tvd.errors import ConflictError, NotFoundError
from tvd.guide.entries import Entry
from tvd.guide.history import Airing
from tvd.guide.listing import Programme
from tvd.hls.playlist import SubtitleRendition, Variant, date_time
from tvd.hls.segment import Segment
from tvd.hls.subtitles import render_segment
from tvd.hls.window import SegmentWindow
from tvd.library.metadata import Metadata
from tvd.media.cue import Cue, CueSheet
from tvd.media.cutter import SegmentCutter
from tvd.media.fragment import Fragment, write_fragment
from tvd.media.house import Grid
from tvd.media.initialisation import Initialisation

GRID = Grid(30)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOW = 836_000_000
"""The segment on air when a test begins (in July 2026)."""
LOOP = 4
"""Segments in a clip."""


@dataclass(frozen=True)
class Clip:
    """A few seconds of picture and sound on the grid, to be looped for ever."""

    initialisation: Initialisation
    fragments: tuple[Fragment, ...]

    def head(self) -> bytes:
        return self.initialisation.moov(GRID)

    def segment(self, seq: int, rendition: str) -> Segment:
        fragment = self.fragments[seq % len(self.fragments)]
        return Segment(seq, rendition, write_fragment(fragment, seq, GRID, self.initialisation.reorder_frames))


def make_clip(picture: str, tone: int, *, segments: int = LOOP, size: str = "160x90", effect: str = "null") -> Clip:
    """Encode ``picture`` (a lavfi source without size and rate) through ``effect`` with a quiet tone of ``tone`` Hz."""
    argv = [
        "ffmpeg",
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        f"{picture}{':' if '=' in picture else '='}s={size}:r={GRID.fps}",
    ]
    argv += ["-f", "lavfi", "-i", f"sine={tone}:r=48000,volume=0.2", "-ac", "2"]
    argv += ["-filter_complex", f"[0]{effect},trim=end_frame={segments * GRID.frames},format=yuv420p[v]"]
    argv += ["-map", "[v]", "-map", "1:a"]
    argv += ["-af", f"apad,atrim=end_sample={segments * GRID.samples}"]
    argv += ["-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-g", str(GRID.frames)]
    argv += ["-keyint_min", str(GRID.frames), "-sc_threshold", "0", "-c:a", "aac", "-b:a", "96k"]
    argv += ["-f", "mp4", "-movflags", "+cmaf+frag_keyframe+delay_moov+skip_trailer", "pipe:1"]
    made = subprocess.run(argv, stdout=subprocess.PIPE, check=True).stdout
    cutter = SegmentCutter(GRID)
    fragments = [*cutter.feed(made), *cutter.finish()]
    assert cutter.initialisation is not None
    return Clip(cutter.initialisation, tuple(fragments))


class StudioClock:
    """UTC that a test can stop, set and let run; it never falls."""

    def __init__(self, at_ns: int | None = None) -> None:
        self._at = at_ns
        self._since = time.monotonic_ns()
        self._base = time.time_ns()

    def now_ns(self) -> int:
        return self._at if self._at is not None else self._base + time.monotonic_ns() - self._since

    def set(self, at_ns: int) -> None:
        self._at = at_ns

    def run_from(self, at_ns: int) -> None:
        """Let it run on from there."""
        self._at, self._base, self._since = None, at_ns, time.monotonic_ns()


@dataclass
class StudioSubtitles:
    """Subtitles of a programme that begins anew every ``programme`` segments; cues by the id of a rendition."""

    offered: tuple[SubtitleRendition, ...] = ()
    cues: Mapping[str, Sequence[Cue]] = field(default_factory=dict)
    programme: int = 10

    def renditions(self) -> tuple[SubtitleRendition, ...]:
        return self.offered

    def version(self, rendition: str, seq: int) -> str:  # noqa: ARG002 - always the same here
        return f"{rendition if rendition in self.cues else 'none'}-30"

    async def segment(self, version: str, seq: int) -> bytes:
        index = seq % self.programme
        sheet = CueSheet(self.cues.get(version.removesuffix("-30"), ()))
        cues = sheet.between(index * GRID.duration, (index + 1) * GRID.duration)
        return render_segment(GRID, seq - index, cues).encode()


@dataclass
class StudioChannel:
    """A channel that loops a clip; ``programme`` segments make one programme of ``titles`` in turn."""

    number: int
    name: str
    slug: str
    clip: Clip
    clock: StudioClock
    titles: tuple[str, ...] = ("Night Train", "Slow Water")
    artist: str = ""
    description: str = ""
    programme: int = 10
    order: str = "shuffle"
    grid: Grid = GRID
    window_size: int = 8
    lead: int = 4
    rendition: str = "160x90p30-00000000"
    broken: str = ""
    idle: bool = False
    """Nothing is made yet."""
    renditions_before: int = 0
    changes: list[int] = field(default_factory=list)
    words: Mapping[str, Any] = field(default_factory=dict)
    """More that is known of its programmes."""
    subtitles: StudioSubtitles = field(default_factory=StudioSubtitles)
    asked: list[tuple[str, str]] = field(default_factory=list)
    smaller: "list[StudioChannel]" = field(default_factory=list)
    """Smaller sizes: only their name and window count."""

    def __post_init__(self) -> None:
        self.window = SegmentWindow(self.on_air, 2 * self.window_size + 1)

    def on_air(self) -> int:
        return self.grid.seq_at(self.clock.now_ns())

    def fill(self) -> None:
        """Make what is missing up to the lead; an empty window is made anew from its oldest segment on."""
        newest = self.window.newest
        first = self.on_air() - self.window_size + 1 if newest is None else newest + 1
        self.window.put_initialisation(self.rendition, self.clip.head())
        for seq in range(first, self.on_air() + self.lead + 1):
            self.window.put(self.clip.segment(seq, self.rendition))
        for one in self.smaller:
            one.fill()

    def change(self, clip: Clip, rendition: str) -> None:
        """Go on in another rendition from the next segment made."""
        assert self.window.newest is not None
        self.changes.append(self.window.newest + 1)
        self.clip, self.rendition = clip, rendition

    async def play(self) -> None:
        while True:
            if not self.broken and not self.idle:
                self.fill()
            await asyncio.sleep(0.1)

    def state(self) -> str:
        if self.broken:
            return "fault"
        return "on_air" if self.window.get(self.on_air()) is not None else "standby"

    def fault(self) -> str:
        return self.broken

    def variant(self) -> Variant | None:
        if self.window.newest is None:
            return None
        head = self.clip.initialisation
        return Variant(head.codecs, head.width, head.height, self.grid.fps, 400_000, 250_000)

    def renditions(self) -> Sequence["StudioChannel"]:
        return self.smaller

    def discontinuity_sequence(self, seq: int) -> int:
        return self.renditions_before + sum(change <= seq for change in self.changes)

    def listing(self, from_ns: int, to_ns: int) -> Sequence[Programme]:
        first = self.grid.seq_at(from_ns) // self.programme
        last = self.grid.seq_at(to_ns - 1) // self.programme
        return [self._programme(index) for index in range(first, last + 1)]

    def _programme(self, index: int) -> Programme:
        first, after = index * self.programme, (index + 1) * self.programme
        known: dict[str, Any] = {
            "id": f"{self.slug}-{first}",
            "kind": "programme",
            "title": self.titles[index % len(self.titles)],
            "artist": self.artist,
            "description": self.description,
            "start": date_time(self.grid.start_ns(first)),
            "stop": date_time(self.grid.start_ns(after)),
            "seq_start": first,
            "seq_stop": after,
            "duration": float(self.programme * self.grid.duration),
            "source": "0123456789abcdef",
        }
        return Programme(**known | self.words)

    async def request(self, action: str, wanted: str) -> Mapping[str, Any]:
        if action == "skip" and self.broken:
            raise ConflictError(f"{self.slug} is not on air yet")
        if action != "skip" and wanted not in self.titles:
            raise NotFoundError(f"nothing on {self.slug} is called {wanted!r}")
        now = self.listing(at(self.on_air()), at(self.on_air()) + 1)[0]
        self.asked.append((action, wanted))
        item = {"title": wanted or now.title, "start": now.start}
        return {"title": wanted or now.title, "effective": now.start, "item": item, "left_out": 2}

    def entries(self, from_ns: int, to_ns: int) -> Sequence[Entry]:
        words = Metadata(artist=self.artist, description=self.description)
        return [
            Entry(
                id=one.id,
                kind="programme",
                title=one.title,
                words=words,
                seq_start=one.seq_start,
                seq_stop=one.seq_stop,
                start_ns=self.grid.start_ns(one.seq_start),
                stop_ns=self.grid.start_ns(one.seq_stop),
            )
            for one in self.listing(from_ns, to_ns)
        ]

    def status(self) -> Mapping[str, Any]:
        return {"pid": 1, "uptime": 1.0, "restarts": 0, "lead": self.lead, "last_error": self.broken}


class StudioHistory:
    """What aired before the test began: what a test says."""

    def __init__(self) -> None:
        self.airings: list[Airing] = []

    async def between(self, channel: str, from_ns: int, to_ns: int) -> Sequence[Airing]:
        return [
            one for one in self.airings if one.channel == channel and one.start_ns < to_ns and one.stop_ns > from_ns
        ]


@dataclass
class StudioBroadcast:
    """Everything on air in a test."""

    clock: StudioClock
    on: list[StudioChannel]
    title: str = "tvd"
    history: StudioHistory = field(default_factory=StudioHistory)

    def channels(self) -> Sequence[StudioChannel]:
        return self.on

    def channel(self, slug: str) -> StudioChannel:
        for channel in self.on:
            if channel.slug == slug:
                return channel
        raise NotFoundError(f"no channel {slug}")

    async def picture(self, name: str) -> bytes:
        if name != "0123456789abcdef.jpg":
            raise NotFoundError(f"no picture {name}")
        return b"\xff\xd8\xff" + bytes(1000)

    def normaliser_status(self) -> Any:
        return {"queue": []}


Connect = Callable[[StudioBroadcast], Awaitable[TestClient]]


def config(**server: Any) -> Config:
    return Config(path=Path("config.toml"), server=Server(**server))


def at(seq: int, into: float = 0.0) -> int:
    """Return the time ``into`` seconds into segment ``seq``."""
    return GRID.start_ns(seq) + int(into * NS)
