"""Sound for the night: the loud made softer, the soft a little louder, all of it quieter; measured, not guessed.

A slow compressor that works on what is heard over seconds narrows the loudness range (EBU Tech 3342), a limiter takes
what it leaves of bangs. Pure functions; what runs them is :mod:`tvd.library.nightjob`.
"""

from pathlib import Path
from typing import Final

from tvd.media.encoders import THREADS, audio_encode_args
from tvd.media.examine import Loudness
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.graph import STEREO, limiter
from tvd.media.house import HouseFormat

RANGE: Final = 7.0
"""LU: a programme with a wider loudness range than this is too lively for a sleeping house; what is aimed at."""
PEAK: Final = 14.0
"""Decibels: the same for peaks above the loudness."""
SOFTER: Final = 2.0
"""LU by which the night sound lies below the day's: soft enough to be felt, too little to reach for the volume."""
HEADROOM: Final = 10.0
"""Decibels that peaks may stand above the loudness at night."""
RATIOS: Final = (2.0, 3.0, 4.5, 7.0, 12.0)
"""Strengths of the compressor, tried from the one that should do."""


def is_needed(loudness: float | None, true_peak: float | None, loudness_range: float | None) -> bool:
    """Return whether a programme of this loudness (LUFS), true peak (dBTP) and range (LU) has need of night sound.

    What was never measured is taken to have.
    """
    if loudness is None:
        return False
    return loudness_range is None or loudness_range > RANGE or (true_peak is not None and true_peak - loudness > PEAK)


def first_ratio(loudness_range: float | None) -> int:
    """Return which of :data:`RATIOS` should bring a range (LU) down to :data:`RANGE`."""
    wanted = (loudness_range or 2 * RANGE) / RANGE
    return next((place for place, ratio in enumerate(RATIOS) if ratio >= wanted), len(RATIOS) - 1)


def compressor(ratio: float, loudness: float) -> str:
    """Return the filters that narrow a sound of ``loudness`` LUFS; how loud it comes out has to be measured."""
    # From well below the speech upwards: the quiet half of a film is what one turns the volume up for.
    threshold = max(-58.0, loudness - 22.0)
    return (
        f"{STEREO},acompressor=threshold={threshold:.1f}dB:ratio={ratio}:attack=150:release=1200:knee=8"
        f":detection=rms:link=maximum"
    )


def target(loudness: float) -> float:
    """Return the loudness in LUFS the night sound of a programme of ``loudness`` LUFS gets."""
    return loudness - SOFTER


def night_argv(
    ffmpeg: Ffmpeg, asset: Path, house: HouseFormat, segments: int, ratio: float, day: float, measured: Loudness
) -> list[str]:
    """Return the argv that writes the night sound of the asset at ``asset`` as fragmented MP4 to stdout.

    ``day`` is the asset's loudness (LUFS), ``measured`` what its sound is behind :func:`compressor`. As many samples
    come out as go in: sample for sample in the place of the day's.
    """
    assert measured.integrated is not None
    gain = target(day) - measured.integrated
    limited = ",".join(limiter(target(day) + HEADROOM, 120))
    chain = (
        f"[0:a:0]{compressor(ratio, day)},volume={gain:.2f}dB,{limited},"
        f"apad,atrim=end_sample={segments * house.grid.samples},asetpts=N/SR/TB[a]"
    )
    return [
        *(ffmpeg.path, "-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+warning"),
        *("-filter_complex_threads", str(THREADS), "-threads", "1", "-protocol_whitelist", "file"),
        *("-f", "mp4", "-i", f"file:{asset}", "-filter_complex", chain, "-map", "[a]", *audio_encode_args(house)),
        *("-map_metadata", "-1", "-f", "mp4", "-fflags", "+bitexact", "-flush_packets", "1"),
        *("-frag_duration", str(int(house.grid.duration * 1_000_000))),
        *("-movflags", "+delay_moov+default_base_moof+skip_trailer", "pipe:1"),
    ]
