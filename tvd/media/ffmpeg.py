"""The ffmpeg that everything runs: which binary, what it can do, and what its lines on stderr mean.

The system's ffmpeg is taken when it is new enough and has libx264 and aac, else the one in the ``imageio-ffmpeg``
wheel; configuration can name one. Run it with ``-loglevel level+…`` so that :func:`parse_line` knows each line's level.
"""

import asyncio
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import imageio_ffmpeg  # type: ignore[import-untyped]  # it ships no types

from tvd.errors import TvdError
from tvd.media.process import child

OLDEST: Final = (5, 1)
"""Oldest version that is used: ``-fps_mode``, a limiter without delay, ``cmaf`` timestamps."""
NEEDED_ENCODERS: Final = frozenset({"libx264", "aac"})

_LEVELS: Final = ("quiet", "panic", "fatal", "error", "warning", "info", "verbose", "debug", "trace")
_CONTEXT: Final = re.compile(r"\[([^\[\]]*?) @ (?:0x)?[0-9a-fA-F]+\] ?")
_LEVEL: Final = re.compile(r"\[(" + "|".join(_LEVELS) + r")\] ?")
_NAME: Final = re.compile(r"^ [A-Z.|]{2,} +([a-z0-9_]+) ", re.MULTILINE)


class FfmpegMissingError(TvdError):
    """No usable ffmpeg; the text says which were looked at and what each lacks."""


@dataclass(frozen=True, slots=True)
class Ffmpeg:
    """A usable ffmpeg: where it is, its version as it prints it, the filters and encoders it lists."""

    path: str
    version: str
    filters: frozenset[str]
    encoders: frozenset[str]


@dataclass(frozen=True, slots=True)
class FfmpegLine:
    """One line of stderr: its level (ffmpeg's word), the innermost component that said it (or empty), the text."""

    level: str
    component: str
    text: str


def parse_line(line: str) -> FfmpegLine:
    """Split one line that ffmpeg wrote under ``-loglevel level+…``; a line without a level is ``info``."""
    rest, component, level = line.strip(), "", ""
    while True:
        if found := _CONTEXT.match(rest):
            component = found[1]
        elif not level and (found := _LEVEL.match(rest)):
            level = found[1]
        else:
            return FfmpegLine(level or "info", component, rest.strip())
        rest = rest[found.end() :]


def parse_version(text: str) -> tuple[str, tuple[int, int] | None]:
    """Return the version in the first line of ``ffmpeg -version`` and its (major, minor); None: a development build."""
    found = re.match(r"ffmpeg version (\S+)", text)
    if found is None:
        return "unknown", None
    number = re.match(r"n?(\d+)\.(\d+)", found[1])
    return found[1], (int(number[1]), int(number[2])) if number else None


def parse_names(text: str) -> frozenset[str]:
    """Return the names in what ``ffmpeg -filters`` or ``ffmpeg -encoders`` prints."""
    return frozenset(_NAME.findall(text))


async def find_ffmpeg(binary: str = "auto") -> Ffmpeg:
    """Return a usable ffmpeg: ``binary``, or for ``auto`` the system's or the wheel's, the first that will do.

    Raises :class:`FfmpegMissingError` that names what each candidate lacks.
    """
    faults: list[str] = []
    for path in _candidates(binary):
        found = await _examine(path)
        if isinstance(found, Ffmpeg):
            return found
        faults.append(f"{path}: {found}")
    raise FfmpegMissingError("no usable ffmpeg: " + "; ".join(faults))


def _candidates(binary: str) -> Iterator[str]:
    if binary != "auto":
        yield binary
        return
    installed = shutil.which("ffmpeg") is not None
    if installed:
        yield "ffmpeg"
    try:
        # Only when it comes to it: asking for the wheel's binary starts it once.
        yield imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError:  # no wheel for this platform carries a binary
        if not installed:
            yield "ffmpeg"


async def _examine(path: str) -> Ffmpeg | str:
    """Return the ffmpeg at ``path``, or what makes it unusable."""
    full = shutil.which(path)
    if full is None:
        return "not found or not executable"
    try:
        told, encoding, filtering = await asyncio.gather(
            *(_output(full, question) for question in ("-version", "-encoders", "-filters"))
        )
    except OSError as error:
        return f"cannot be started: {error}"
    version, number = parse_version(told)
    if version == "unknown":
        return "does not answer as ffmpeg does"
    if number is not None and number < OLDEST:
        return f"version {version} is older than {OLDEST[0]}.{OLDEST[1]}"
    encoders = parse_names(encoding)
    if missing := sorted(NEEDED_ENCODERS - encoders):
        return f"version {version} lacks the encoder {' and '.join(missing)}"
    return Ffmpeg(full, version, parse_names(filtering), encoders)


async def _output(path: str, *arguments: str) -> str:
    async with child([path, "-hide_banner", *arguments], stdout=True) as process:
        text = await process.stdout.read()
        await process.wait()
    return text.decode(errors="replace")
