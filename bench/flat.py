"""``flat``: a day of content through schedule, feeder, ffmpeg and window without waiting for the clock.

Memory that grows with what was aired shows here in minutes; :mod:`bench.soak` is the process that is measured.
"""

import sys
import tempfile
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Final

import msgspec
from rich.console import Console

from bench.prepare import HOUSE, material
from bench.results import Row
from bench.server import BenchError, configuration
from bench.settings import Settings
from bench.soak import Sample
from bench.usage import MIB
from tvd.media.process import child

MARKS: Final = (1.0, 6.0, 12.0, 24.0)
"""Hours of content at which memory is told; the slope is taken over every hour after the first."""
_TARGET: Final = "<= 0.05"
"""MiB an hour of content, of all channels together: less is the noise of an allocator."""


async def measure(settings: Settings, console: Console) -> list[Row]:
    """Air ``hours`` of content on each of ``flat_channels`` channels."""
    made = await material(settings.cache, console)
    with tempfile.TemporaryDirectory(prefix="run-", dir=made.folder) as name:
        folder = Path(name)
        channels = [made.channel(number + 1) for number in range(settings.flat_channels)]
        config = configuration(folder, made.mirror(folder / "data"), channels, house=HOUSE)
        samples = await _soak(config, settings.hours, console)
    return _rows(samples, settings.flat_channels)


async def _soak(config: Path, hours: float, console: Console) -> list[Sample]:
    samples: list[Sample] = []
    argv = [sys.executable, "-m", "bench.soak", str(config), str(hours)]
    async with child(argv, stdout=True) as process:
        while line := await process.stdout.readline():
            sample = msgspec.json.decode(line, type=Sample)
            samples.append(sample)
            console.print(
                f"{sample.hours:5.1f} h in {sample.seconds:6.0f} s: ffmpeg {sample.ffmpeg.private / MIB:6.1f} MiB, "
                f"Python {sample.python.private / MIB:6.1f} MiB private"
            )
        ended = await process.wait()
    if ended.returncode or not samples:
        raise BenchError(f"airing at full speed: {ended.describe()}")
    return samples


def _rows(samples: Sequence[Sample], channels: int) -> list[Row]:
    last = samples[-1]
    told = [sample for sample in samples if sample.hours in MARKS or sample is last]
    about = f"{channels} channel{'s' if channels > 1 else ''} together"
    rows = [Row("flat", "speed", channels * last.hours * 3600 / last.seconds, "x real time", note=about)]
    parts: dict[str, Callable[[Sample], int]] = {
        "ffmpeg": lambda sample: sample.ffmpeg.private,
        "Python": lambda sample: sample.python.private,
    }
    for part, private in parts.items():
        rows += [
            Row("flat", f"{part}, private, after {sample.hours:g} h", private(sample) / MIB, "MiB") for sample in told
        ]
        if len(samples) > 2:
            later = [sample for sample in samples if sample.hours >= 1]
            rows.append(
                Row("flat", f"{part}, slope after the first hour", _slope(later, private), "MiB/h", within=_TARGET)
            )
    if last.restarts:
        rows.append(Row("flat", "live processes replaced", last.restarts, "", within="<= 0"))
    return rows


def _slope(samples: Sequence[Sample], private: Callable[[Sample], int]) -> float:
    """Return MiB an hour: the median over all pairs of samples, which single ones in a busy moment do not move."""
    pairs = combinations(samples, 2)
    return median((private(after) - private(before)) / MIB / (after.hours - before.hours) for before, after in pairs)
