"""How well programmes follow each other: a tape of very many joins over every kind of source there is, examined.

The sources are those of the tests (flash and beep each second, every nuisance, every codec), small, so that a
thousand joins are an hour of content and a few minutes of work.
"""

import asyncio
import importlib
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from bench.aired import Aired
from bench.results import Row
from bench.settings import Settings
from bench.taping import Examined, fill, tape_folder
from tvd.media.ffmpeg import find_ffmpeg

_TESTS: Final = Path(__file__).parents[1] / "tests"
UNMEASURABLE: Final = frozenset({"switching"})
"""Its own timestamps overlap in the middle: no place of its beeps is the right one there."""
_ENDS: Final = 100


async def measure(settings: Settings, console: Console) -> list[Row]:
    """Tape ``settings.joins`` joins and tell what is wrong with them: nothing should be."""
    work = settings.cache / "joins"
    shutil.rmtree(work, ignore_errors=True)
    console.print("making sources …")
    paths = await asyncio.to_thread(sources, settings.cache / "clips", (await find_ffmpeg()).path)
    fill(work / "media", paths)
    console.print(f"taping and examining {settings.joins} joins over {len(paths)} sources …")
    found = await tape_folder(work, work / "media", settings.joins)
    for fault in faults(found):
        console.print(f"[red]{fault}[/]")
    return _rows(found)


def sources(folder: Path, ffmpeg: str) -> list[Path]:
    """Make what the tests air, and return all of it. Blocks."""
    if str(_TESTS) not in sys.path:
        sys.path.insert(0, str(_TESTS))
    clips, zoo = importlib.import_module("clips"), importlib.import_module("zoo")
    folder.mkdir(parents=True, exist_ok=True)
    made = zoo.everything(clips.Clips(ffmpeg, folder), asyncio.run(find_ffmpeg(ffmpeg)))
    return list(made.values())


def faults(found: Examined) -> list[str]:
    """Return everything that is wrong with a tape, in words; empty is perfect."""
    taken, continuity, grid = found.taken, found.continuity, found.grid
    assert taken is not None
    assert continuity is not None
    counts = {
        "frames": (taken.frames, found.segments * grid.frames),
        "samples": (taken.samples, found.segments * grid.samples),
        "fragments": (continuity.fragments, found.segments),
    }
    wrong = [f"{got} {what} instead of {wanted}" for what, (got, wanted) in counts.items() if got != wanted]
    wrong += [f"refused: {title}: {reason}" for title, reason in found.refused.items()]
    wrong += [f"the live process said: {line}" for line in found.warnings]
    wrong += [f"decoding said: {found.complaints}"] if found.complaints else []
    wrong += taken.faults + continuity.findings
    wrong += [f"a click where {aired.programme.title} begins" for aired in taken.aired if aired.clicks]
    return wrong


def measurable(found: Examined) -> list[Aired]:
    """Return the whole airings whose sound can be held beside its source."""
    return [
        aired for aired in found.whole if aired.sound_error is not None and aired.programme.title not in UNMEASURABLE
    ]


def _rows(found: Examined) -> list[Row]:
    assert found.taken is not None
    aired = measurable(found)
    misses = [abs(miss) for miss in found.off_target.values()]
    seconds = float(found.segments * found.grid.duration)
    gaps = len(found.taken.faults) + (len(found.continuity.findings) if found.continuity else 1)
    about = f"{len(found.assets)} sources, {seconds / 60:.0f} min; {len(aired)} airings measured"
    speed = seconds / max(0.001, found.seconds["taping"])
    return [
        Row("joins", "joins on one tape", found.joins, "", note=about),
        Row("joins", "gaps, steps, miscounts", gaps, "", within="<= 0"),
        Row("joins", "warnings of the live ffmpeg", len(found.warnings), "", within="<= 0"),
        Row("joins", "lines while decoding it all", len(found.complaints.splitlines()), "", within="<= 0"),
        Row("joins", f"A/V offset added, first {_ENDS}", _worst(aired[:_ENDS]), "ms", within="<= 1"),
        Row("joins", f"A/V offset added, last {_ENDS}", _worst(aired[-_ENDS:]), "ms", within="<= 1"),
        Row("joins", "A/V offset added, worst", _worst(aired), "ms", within="<= 1"),
        Row("joins", "change between airings of one source", 1000 * drift(found), "ms", within="<= 0.05"),
        Row("joins", "joins that click", sum(one.clicks for one in found.taken.aired), "", within="<= 0"),
        Row("joins", "loudness off target, worst", max(misses, default=0.0), "LU", within="<= 1",
            note=f"{len(misses)} programmes of 3 s and more"),
        Row("joins", "assets made and taped", speed, "x real time"),
    ]  # fmt: skip


def _worst(aired: Sequence[Aired]) -> float:
    return 1000 * max((abs(one.sound_error or 0.0) for one in aired), default=0.0)


def drift(found: Examined) -> float:
    """Return by how many seconds sound against picture differs most between two airings of one source."""
    errors: dict[Path, list[float]] = {}
    for one in found.whole:
        if one.sound_error is not None and one.programme.path is not None:
            errors.setdefault(one.programme.path, []).append(one.sound_error)
    return max((max(each) - min(each) for each in errors.values()), default=0.0)
