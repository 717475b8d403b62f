"""``day``: the day on which the clocks are put back, taped; everybody who tells of it is held to the tape."""

import shutil
from datetime import UTC, datetime
from typing import Final

from rich.console import Console

from bench.dayaired import Plan, air
from bench.results import Row
from bench.settings import Settings
from bench.told import faults

AUTUMN: Final = Plan(
    # Midnight in Berlin; the hour from two to three comes twice.
    begin=datetime(2026, 10, 24, 22, tzinfo=UTC),
    hours=25,
    films=(131, 157, 190, 203, 233, 266, 281, 307),
    specials=(251, 173),
    fillers=(5, 9, 14, 23),
    idents=(3,),
    events=("02:30", "20:15"),
    asks={7 * 60 + 20: ("skip", 0), 11 * 60 + 7: ("next", 3), 16 * 60 + 41: ("now", 5), 18 * 60: ("remove", 2)},
    every=120,
)


async def measure(settings: Settings, console: Console) -> list[Row]:
    """Air and tape the day."""
    work = settings.cache / "day"
    shutil.rmtree(work, ignore_errors=True)
    console.print("airing and taping 25 hours ...")
    try:
        day = await air(work, AUTUMN)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    found = faults(day)
    for fault in found:
        console.print(f"[red]{fault}[/]")
    about = f"{len(day.taped)} airings, {day.stop - day.start} segments, asked {len(day.asked)} times"
    return [
        Row("day", "disagreements of tape, guide, XMLTV and as-run log", len(found), "", within="<= 0", note=about),
        Row("day", "speed", day.plan.hours * 3600 / day.seconds, "x real time"),
    ]
