"""What a tape holds, measured from the file alone: pictures, sound, their distance, joins, loudness.

A tape is decoded once as a viewer's player would, one decoder for all of it. Each programme is then held beside its
own source: where its flashes and beeps stand there, and where they stand on the tape.
"""

import io
import math
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from av.filter import Graph

from tvd.media.house import AAC_FRAME, SAMPLE_RATE, Grid

Samples = np.ndarray[Any, np.dtype[np.float32]]

_AROUND: Final = 240
"""Samples before and behind a join in which a click would be heard."""
_FLOOR: Final = 0.002
"""Second difference of samples below which nothing is heard as a click."""
_BEEPS_APART: Final = 24_000
_UNSTEADY: Final = 0.05
_EDGE: Final = 0.1
"""Seconds at both ends of a programme where fades change what is looked for."""


@dataclass(frozen=True, slots=True)
class Programme:
    """One airing: segments ``start`` to before ``stop``, counted from the tape's first; ``path`` None: made by tvd."""

    start: int
    stop: int
    kind: str
    title: str
    path: Path | None
    whole: bool


@dataclass(slots=True)
class Marks:
    """Seconds from the beginning of a source, or a programme, at which flashes and beeps begin."""

    flashes: list[float]
    beeps: list[float]


@dataclass(slots=True)
class Aired:
    """What was measured of one programme: errors in seconds against its source, loudness, the click at its start."""

    programme: Programme
    sound_error: float | None = None
    beeps: int = 0
    picture_error: float | None = None
    loudness: float | None = None
    click: float = 0.0
    own: float = 0.0

    @property
    def clicks(self) -> bool:
        """Whether the join at its start is sharper than anything in the programmes on both sides."""
        return self.click > max(self.own, _FLOOR)


@dataclass(slots=True)
class Taken:
    """A tape decoded: brightness of every frame, counts, whatever was not in its place, and the programmes."""

    frames: int = 0
    samples: int = 0
    faults: list[str] = field(default_factory=list)
    aired: list[Aired] = field(default_factory=list)


def take(path: Path, grid: Grid, offset: float, programmes: list[Programme], sources: dict[Path, Marks]) -> Taken:
    """Decode the tape at ``path``, whose first picture stands ``offset`` seconds behind its zero. Blocks."""
    taken = Taken()
    bright = np.array(list(_pictures(path, grid, offset, taken)))
    taken.frames = len(bright)
    before: Samples = np.zeros((0, 2), np.float32)
    previous = 0.0
    for programme, sound in _programmes(path, grid, offset, programmes, taken):
        aired = Aired(programme)
        taken.aired.append(aired)
        sharp = _sharpness(sound[_AROUND * 2 : -_AROUND * 2])
        if len(before):
            aired.click = _sharpness(np.concatenate([before[-_AROUND:], sound[:_AROUND]]))
            aired.own = max(sharp, previous)
        before, previous = sound[-_AROUND:], sharp
        if not programme.whole:
            continue
        aired.loudness = integrated(sound)
        if programme.path is not None:
            _compare(aired, sources[programme.path], bright, sound, grid)
    return taken


def _compare(aired: Aired, source: Marks, bright: np.ndarray[Any, Any], sound: Samples, grid: Grid) -> None:
    """Hold marks of the tape beside those of the source."""
    begin, end = aired.programme.start * grid.frames, aired.programme.stop * grid.frames
    shown = [at / grid.fps for at in bright_edges(bright[begin:end])]
    heard = [at / SAMPLE_RATE for at in onsets(np.abs(sound).max(axis=1), _BEEPS_APART)]
    lasts = len(sound) / SAMPLE_RATE
    wanted = [at for at in source.beeps if _EDGE < at < lasts - _EDGE]
    errors = [min((got - at for got in heard), key=abs, default=math.inf) for at in wanted]
    if errors:
        aired.beeps = len(errors)
        aired.sound_error = max(errors, key=abs)
    # What a source shows late from its beginning on is shown from the beginning: nothing is black before it.
    flashes = [at for at in source.flashes if _EDGE < at < lasts - _EDGE]
    misses = [min((got - at for got in shown), key=abs, default=math.inf) for at in flashes]
    if misses:
        aired.picture_error = max(misses, key=abs)


# Decoding ------------------------------------------------------------------------------------------------------------


def _pictures(path: Path, grid: Grid, offset: float, taken: Taken) -> Iterator[float]:
    step, place = Fraction(1, grid.fps), round(offset * grid.fps)
    with av.open(str(path), mode="r") as container:
        container.streams.video[0].thread_type = "AUTO"
        for number, frame in enumerate(container.decode(video=0)):
            assert frame.pts is not None
            assert frame.time_base is not None
            if frame.pts * frame.time_base != (number + place) * step and len(taken.faults) < 20:
                taken.faults.append(f"frame {number} at {frame.pts * frame.time_base}")
            yield brightness(frame)


def _programmes(
    path: Path, grid: Grid, offset: float, programmes: list[Programme], taken: Taken
) -> Iterator[tuple[Programme, Samples]]:
    """Yield each programme with its sound, silence where the tape does not reach."""
    origin = round(offset * grid.fps) * SAMPLE_RATE // grid.fps
    pieces = _sound(path, taken)
    first, buffer = next(pieces)
    at = first - origin
    for programme in programmes:
        begin, end = programme.start * grid.samples, programme.stop * grid.samples
        parts = [buffer]
        have = at + len(buffer)
        while have < end and (piece := next(pieces, None)) is not None:
            parts.append(piece[1])
            have += len(piece[1])
        whole = np.concatenate(parts)
        yield programme, whole[max(0, begin - at) : end - at]
        buffer, at = whole[max(0, end - at) :], max(end, at)
    for _ in pieces:  # counted to the end
        pass


def _sound(path: Path, taken: Taken) -> Iterator[tuple[int, Samples]]:
    """Yield where each AAC frame stands on the tape, in samples, and what it decodes to."""
    expected: int | None = None
    with av.open(str(path), mode="r") as container:
        for number, frame in enumerate(container.decode(audio=0)):
            assert frame.pts is not None
            assert frame.time_base is not None
            at = frame.pts * frame.time_base * SAMPLE_RATE
            if at != (at if expected is None else expected) or frame.samples != AAC_FRAME:
                taken.faults.append(f"sound {number} at sample {at}, {frame.samples} samples")
            taken.samples += frame.samples
            expected = int(at) + AAC_FRAME
            yield int(at), frame.to_ndarray().T.astype(np.float32, copy=False)


def brightness(frame: av.VideoFrame) -> float:
    """Return how bright the middle of a picture is, 0 to 255."""
    grey = frame.reformat(format="gray", width=64, height=36).to_ndarray()
    return float(grey[14:22, 28:36].mean())


def bright_edges(bright: np.ndarray[Any, Any]) -> list[int]:
    """Return where a flash begins; none in a picture that has none."""
    if len(bright) == 0 or bright.max() - bright.min() < 50:
        return []
    on = bright > bright.max() * 0.75
    return [int(n) for n in np.flatnonzero(on) if n == 0 or not on[n - 1]]


def onsets(level: np.ndarray[Any, Any], apart: int) -> list[int]:
    """Return where sound begins to be loud after being soft for ``apart`` samples."""
    if len(level) == 0 or not level.max() > 0.01:
        return []
    loud = np.flatnonzero(level > 0.25 * level.max())
    first = np.flatnonzero(np.diff(loud, prepend=-apart - 1) > apart)
    return [int(loud[n]) for n in first]


def _sharpness(sound: Samples) -> float:
    """Return the sharpest corner in ``sound``: its second difference, a high-pass that a click passes whole."""
    return float(np.abs(np.diff(sound, n=2, axis=0)).max(initial=0.0))


def marks(path: Path, ffmpeg: str) -> Marks:
    """Return where a source itself has flashes and beeps, by its own timestamps. Blocks.

    ffmpeg decodes it, not PyAV, which cannot bear every layout of channels.
    """
    argv = [
        *(ffmpeg, "-v", "quiet", "-nostdin", "-copyts", "-start_at_zero", "-i", str(path)),
        *("-map", "0:V:0?", "-vf", "scale=64:36,format=gray", "-fps_mode", "passthrough"),
        *("-c:v", "rawvideo", "-enc_time_base:v", "1:90000"),
        *("-map", "0:a:0?", "-af", "aformat=sample_fmts=flt:sample_rates=48000:channel_layouts=mono"),
        *("-c:a", "pcm_f32le", "-f", "nut", "pipe:1"),
    ]
    decoded = subprocess.run(argv, check=False, stdout=subprocess.PIPE).stdout
    times, bright, parts, places = [], [], [np.zeros(0, np.float32)], [np.zeros(0)]
    with av.open(io.BytesIO(decoded), mode="r") as container:
        decoder: Iterator[av.VideoFrame | av.AudioFrame] = container.decode()
        for frame in decoder:
            assert frame.pts is not None
            assert frame.time_base is not None
            at = float(frame.pts * frame.time_base)
            if isinstance(frame, av.VideoFrame):
                times.append(at)
                bright.append(brightness(frame))
            else:
                parts.append(frame.to_ndarray()[0])
                places.append(at + np.arange(frame.samples) / SAMPLE_RATE)
    flashes = [times[at] for at in bright_edges(np.array(bright))]
    place = np.concatenate(places)
    beeps = [float(place[at]) for at in onsets(np.abs(np.concatenate(parts)), _BEEPS_APART)]
    return Marks(_ticking(flashes), _ticking(beeps))


def _ticking(times: list[float]) -> list[float]:
    """Return ``times`` if they are a second apart, as in clips made for this; nothing else can be measured."""
    regular = all(abs(later - sooner - 1) < _UNSTEADY for sooner, later in pairwise(times))
    return times if regular else []


def integrated(sound: Samples) -> float | None:
    """Return the loudness of ``sound`` (samples, 2) in LUFS by EBU R128; None for silence or too little."""
    graph = Graph()
    source = graph.add_abuffer(
        format="flt", sample_rate=SAMPLE_RATE, layout="stereo", time_base=Fraction(1, SAMPLE_RATE)
    )
    meter, sink = graph.add("ebur128", "metadata=1"), graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    loudness = -math.inf
    for at in range(0, len(sound), SAMPLE_RATE):
        piece = np.ascontiguousarray(sound[at : at + SAMPLE_RATE]).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(piece, format="flt", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, at, Fraction(1, SAMPLE_RATE)
        source.push(frame)
        while True:
            try:
                out = sink.pull()
            except (av.BlockingIOError, av.EOFError):
                break
            loudness = float(out.metadata.get("lavfi.r128.I", loudness))
    return loudness if loudness > -69 else None
