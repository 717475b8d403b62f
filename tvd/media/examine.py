"""Examining what the normaliser made, with ffmpeg in a limited child: does it decode, how loud is it."""

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tvd.media.ffmpeg import Ffmpeg, parse_line
from tvd.media.process import Exit, Limits, child

_PIECE: Final = 2**18
_FIGURE: Final = re.compile(r"^\s*(I|LRA|Peak):\s+(-?[\d.]+|-?inf|nan) (?:LUFS|LU|dBFS)")
METER: Final = "ebur128=peak=true:framelog=verbose"
"""The filter that measures loudness (EBU R128), its range and true peaks, and says so at the end."""
_SILENCE: Final = -69.9
"""ebur128 says -70 when nothing was above its gate."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """Integrated loudness in LUFS, true peak in dBTP, loudness range in LU (EBU Tech 3342); all None for silence."""

    integrated: float | None = None
    true_peak: float | None = None
    range: float | None = None


async def decode_fault(ffmpeg: Ffmpeg, media: bytes, limits: Limits) -> str:
    """Decode ``media``, the bytes of a fragmented MP4, and return the first complaint of a decoder; empty: none.

    Raises :class:`ChildProcessError` when the decoder was killed.
    """
    argv = [
        *(ffmpeg.path, "-hide_banner", "-nostats", "-loglevel", "level+error", "-threads", "1"),
        *("-f", "mp4", "-i", "pipe:0", "-map", "0", "-f", "null", "-"),
    ]
    async with child(argv, stdin=True, limits=limits) as process:
        try:
            for start in range(0, len(media), _PIECE):
                process.stdin.write(media[start : start + _PIECE])
                await process.stdin.drain()
            process.stdin.close()
        except ConnectionError:
            pass  # it gave up reading; its exit says why
        end = await process.wait()
    _raise_if_killed(end)
    errors = [line.text for text in end.last_lines if (line := parse_line(text)).level in {"error", "fatal", "panic"}]
    return errors[0] if errors else (end.describe() if end.returncode else "")


async def loudness(ffmpeg: Ffmpeg, path: Path, limits: Limits, before: str = "") -> Loudness:
    """Return the loudness of the sound of an asset (EBU R128), all of it decoded.

    ``before`` are filters it goes through first. Raises :class:`ChildProcessError` when the measuring child was
    killed; its other failures give silence.
    """
    argv = [
        *(ffmpeg.path, "-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+info", "-threads", "1"),
        *("-protocol_whitelist", "file", "-f", "mp4", "-i", f"file:{path}"),
        *("-map", "0:a:0", "-af", f"{before}{',' if before else ''}{METER}", "-f", "null", "-"),
    ]
    async with child(argv, limits=limits) as process:
        end = await process.wait()
    _raise_if_killed(end)
    found = {match[1]: float(match[2]) for text in end.last_lines if (match := _FIGURE.match(parse_line(text).text))}
    integrated, peak = found.get("I", -math.inf), found.get("Peak", -math.inf)
    if not integrated > _SILENCE:
        return Loudness()
    return Loudness(integrated, peak if math.isfinite(peak) else None, found.get("LRA"))


def _raise_if_killed(end: Exit) -> None:
    if end.signal_name is not None:
        raise ChildProcessError(end.describe())
