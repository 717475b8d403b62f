"""Measuring a source before it is normalised: loudness (EBU R128), true peak, interlacing, where the sound ends.

Everything runs in limited children. The whole sound is read, more than once where a limiter is needed (its effect on
the loudness is measured, not guessed); or only a few excerpts spread over it, when air time is near.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from tvd.media import graph
from tvd.media.analysis import Analysis
from tvd.media.encoders import THREADS
from tvd.media.examine import METER, Loudness
from tvd.media.ffmpeg import Ffmpeg, parse_line
from tvd.media.graph import CEILING, Level
from tvd.media.normalise import choose_tracks, downmix
from tvd.media.probe import Probe, VideoTrack
from tvd.media.process import Limits, child
from tvd.media.treatment import Treatment
from tvd.media.whitelist import source_options

SILENCE: Final = -60.0
"""LUFS below which sound counts as silence and is left alone."""
GAIN_MAX: Final = 20.0
"""Decibels that near silence is raised at most: more would air its noise."""

_HIGHEST: Final = -1.0
"""dBTP that a finished asset may have (EBU R128)."""
_TOLERANCE: Final = 0.3
_ROUNDS: Final = 4
_EXCERPTS: Final = 12
_EXCERPT_SECONDS: Final = 2.5
_GOLDEN: Final = (5**0.5 - 1) / 2
_IDET_EXCERPTS: Final = 3
_IDET_SECONDS: Final = 1.5
_READ_WHOLE: Final = _EXCERPTS * _EXCERPT_SECONDS * 1.5
"""A sound not much longer than all excerpts is read whole: as quick, and exact."""
_INTERLACED_HEIGHTS: Final = frozenset({480, 486, 576, 608, 1080, 1088})
_INTERLACED_CODECS: Final = frozenset(
    {"mpeg2video", "mpeg1video", "dvvideo", "h264", "vc1", "prores", "dnxhd", "mjpeg", "ffv1", "rawvideo", "v210"}
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Integrated loudness in LUFS (-inf: none), true peak in dBTP, and where the sound began and ended (seconds)."""

    loudness: float
    peak: float
    start: float = 0.0
    end: float | None = None


@dataclass(slots=True)
class _Report:
    """What ffmpeg's filters said on stderr."""

    values: dict[str, float] = field(default_factory=dict)
    tags: dict[str, float] = field(default_factory=dict)
    top_first: int = 0
    bottom_first: int = 0
    progressive: int = 0

    _SUMMARY = re.compile(r"^\s*(I|Peak):\s+(-?[\d.]+|-?inf|nan) (?:LUFS|dBFS)")
    _IDET = re.compile(r"Multi frame detection: TFF:\s*(\d+) BFF:\s*(\d+) Progressive:\s*(\d+)")
    _SHOWN = re.compile(r"\bpts_time:(-?[\d.]+)")

    @property
    def interlaced(self) -> bool:
        """Whether most frames are combed, and in one order: quick motion alone looks combed in both."""
        fewer, more = sorted((self.top_first, self.bottom_first))
        return more > self.progressive and more > 4 * fewer

    def line(self, text: str) -> None:
        """Take one line of stderr."""
        line = parse_line(text)
        if found := self._SUMMARY.match(line.text):
            self.values[found[1]] = float(found[2])
        elif found := self._IDET.search(line.text):
            self.top_first += int(found[1])
            self.bottom_first += int(found[2])
            self.progressive += int(found[3])
        elif "ashowinfo" in line.component and (found := self._SHOWN.search(line.text)):
            self.tags.setdefault("start", float(found[1]))


async def analyse(
    ffmpeg: Ffmpeg,
    path: Path,
    probe: Probe,
    treatment: Treatment,
    *,
    excerpts: bool,
    limits: Limits | None = None,
) -> Analysis:
    """Measure the source at ``path``; with ``excerpts`` only parts of it, in about a second.

    What cannot be measured is left as it is. Raises :class:`~tvd.errors.SourceRefusedError` when the source has
    neither picture nor sound.
    """
    tracks = choose_tracks(probe, treatment)
    interlaced = tracks.video is not None and await is_interlaced(ffmpeg, path, probe, tracks.video, limits)
    if tracks.audio is None:
        return Analysis(interlaced=interlaced, audible=False, audio_end=0.0)
    decoder = tuple(downmix(path, probe, treatment))
    meter = _Meter(ffmpeg, path, probe.duration, tracks.audio.index, limits, decoder)
    provisional = excerpts and probe.duration > _READ_WHOLE
    first = await (meter.excerpts(Level()) if provisional else meter.whole(Level()))
    if first is None and provisional:
        first = await meter.beginning(Level())
    if first is None:
        return Analysis(interlaced=interlaced, provisional=provisional, audible=provisional)
    level, loudness = await _level(meter, first, treatment.loudness, provisional=provisional)
    return Analysis(
        gain_db=level.gain,
        limiter=level.limiter,
        input_loudness=loudness,
        interlaced=interlaced,
        provisional=provisional,
        audio_start=max(0.0, first.start),
        audio_end=first.end,
    )


async def _level(meter: "_Meter", first: Measured, target: float, *, provisional: bool) -> tuple[Level, float | None]:
    if not first.loudness > SILENCE:
        return Level(), None
    level = level_for(first, target)
    if provisional:
        # The loudest moment may be in none of the excerpts.
        return Level(level.gain, limiter=True), first.loudness
    wanted = min(target, first.loudness + GAIN_MAX)
    for _ in range(_ROUNDS if level.limiter else 0):
        got = await meter.whole(level)
        if got is None or abs(wanted - got.loudness) <= _TOLERANCE:
            break
        # A limiter takes some of what is added: go further until the result is right, or the gain senseless.
        level = Level(round(min(level.gain + wanted - got.loudness, wanted - first.loudness + 12.0), 2), limiter=True)
    return level, first.loudness


def level_for(measured: Measured, target: float) -> Level:
    """Return the gain from what was measured to ``target`` LUFS, with the limiter where peaks would go too high."""
    if not measured.loudness > SILENCE:
        return Level()
    gain = round(min(target - measured.loudness, GAIN_MAX), 2)
    return Level(gain, limiter=measured.peak + gain > CEILING)


def corrected(analysis: Analysis, made: Loudness, off: float) -> Analysis:
    """Return ``analysis`` for making the sound once more of what came out as ``made``, ``off`` LU too loud."""
    peak = -math.inf if made.true_peak is None else made.true_peak - off
    gain = round(analysis.gain_db - off, 2)
    return msgspec.structs.replace(analysis, gain_db=gain, limiter=analysis.limiter or peak > _HIGHEST)


@dataclass(frozen=True, slots=True)
class _Meter:
    """Measures one track of one file."""

    ffmpeg: Ffmpeg
    path: Path
    duration: float
    index: int
    limits: Limits | None
    decoder: tuple[str, ...] = ()

    async def whole(self, level: Level) -> Measured | None:
        """Measure all of it; None when nothing can be decoded."""
        chain = (
            f"[0:{self.index}]asplit[all][first];[first]atrim=end_sample=1,ashowinfo[shown];"
            f"{graph.measured('all', level)},{_R128}[m]"
        )
        outputs = ["-map", "[shown]", "-f", "null", "-", "-map", "[m]", "-f", "null", "-"]
        return await self._run(_opened(self.path, *self.decoder), chain, outputs)

    async def beginning(self, level: Level) -> Measured | None:
        """Measure the first excerpts' worth."""
        chain = f"{graph.measured(f'0:{self.index}', level)},{_R128}[m]"
        length = ["-t", f"{_EXCERPTS * _EXCERPT_SECONDS}"]
        return await self._run(
            [*length, *_opened(self.path, *self.decoder)], chain, ["-map", "[m]", "-f", "null", "-"], whole=False
        )

    async def excerpts(self, level: Level) -> Measured | None:
        """Measure a few excerpts spread over it, the beginning among them (it says when the sound starts)."""
        step = (self.duration - _EXCERPT_SECONDS) / _EXCERPTS
        inputs: list[str] = []
        chain = ""
        for number in range(_EXCERPTS):
            # Spread unevenly, so that no rhythm of the programme falls in with them.
            at = (number + number * _GOLDEN % 1) * step
            seek = ["-ss", f"{at:.3f}"] if number else []
            inputs += [*seek, "-t", f"{_EXCERPT_SECONDS}", *_opened(self.path, *self.decoder)]
            shown = "ashowinfo," if number == 0 else ""
            chain += f"{graph.measured(f'{number}:{self.index}', level).replace(']', ']' + shown, 1)}[e{number}];"
        joined = "".join(f"[e{number}]" for number in range(_EXCERPTS))
        chain += f"{joined}concat=n={_EXCERPTS}:v=0:a=1,{_R128}[m]"
        return await self._run(inputs, chain, ["-map", "[m]", "-f", "null", "-"], whole=False)

    async def _run(
        self, inputs: Sequence[str], chain: str, outputs: Sequence[str], *, whole: bool = True
    ) -> Measured | None:
        report = _Report()
        argv = [*_head(self.ffmpeg), "-progress", "pipe:1", *inputs, "-filter_complex", chain, *outputs]
        async with child(argv, stdout=True, limits=self.limits, on_line=report.line) as process:
            progress = (await process.stdout.read()).decode(errors="replace")
            await process.wait()
        if "I" not in report.values:
            return None
        ends = re.findall(r"^out_time_us=(\d+)", progress, re.MULTILINE)
        return Measured(
            loudness=_number(report.values["I"]),
            peak=_number(report.values.get("Peak", -math.inf)),
            start=report.tags.get("start", 0.0),
            end=int(ends[-1]) / 1e6 if whole and ends else None,
        )


# The encoder drops what is above 17.5 kHz; measured at about twice that, hiss that will not air does not count.
_R128: Final = f"aresample=36000,{METER}"


def _number(value: float) -> float:
    return -math.inf if math.isnan(value) else value


def _head(ffmpeg: Ffmpeg) -> list[str]:
    return [
        *(ffmpeg.path, "-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+info"),
        *("-filter_complex_threads", str(THREADS)),
    ]


def _opened(path: Path, *decoder: str) -> list[str]:
    options = [word for name, value in source_options().items() for word in (f"-{name}", value)]
    return ["-threads", str(THREADS), *options, *decoder, "-i", f"file:{path}"]


def interlacing_plausible(track: VideoTrack) -> bool:
    """Return whether a picture may be interlaced at all, by its tags, size and codec."""
    if track.field_order in {"tt", "bb", "tb", "bt"}:
        return True
    if track.field_order == "progressive" or track.frame_rate > 31 or track.attached_picture:
        return False
    return track.codec in _INTERLACED_CODECS and track.height in _INTERLACED_HEIGHTS


async def is_interlaced(
    ffmpeg: Ffmpeg, path: Path, probe: Probe, track: VideoTrack, limits: Limits | None = None
) -> bool:
    """Return whether the picture really is interlaced, by looking at excerpts; tags alone are often wrong."""
    if not interlacing_plausible(track):
        return False
    inputs: list[str] = []
    outputs: list[str] = []
    short = probe.duration < 4 * _IDET_EXCERPTS * _IDET_SECONDS
    count = 1 if short else _IDET_EXCERPTS
    for number in range(count):
        seek = ["-ss", f"{probe.duration * (number + 0.5) / count:.3f}"] if not short else []
        inputs += [*seek, "-t", f"{_IDET_SECONDS * _IDET_EXCERPTS / count}", *_opened(path)]
        outputs += ["-map", f"{number}:{track.index}", "-vf", "idet", "-f", "null", "-"]
    report = _Report()
    async with child([*_head(ffmpeg), *inputs, *outputs], limits=limits, on_line=report.line) as process:
        await process.wait()
    return report.interlaced
