"""``schedule``: a week of programming laid out over libraries of several sizes, and how the event loop feels it.

The library is made up: films and series of twenty episodes, half and half, with years and genres. Every channel has day
parts, picks mixed by weight, a marathon, a repeat distance of five days and two fixed events a day.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from bench.results import Row
from bench.settings import Settings
from tvd.config import model
from tvd.config.programming import Block, Event, Pick
from tvd.library.metadata import Metadata
from tvd.library.source import Source
from tvd.media.house import Grid
from tvd.playout.planner import ChannelSchedule

SIZES: Final = (1_000, 10_000, 100_000)
CHANNELS: Final = 50
LIBRARY: Final = 50_000
_WEEK: Final = 7 * 86_400
_START: Final = 1_790_000_000 * 10**9
_FOLDER: Final = Path("/videos")
_GENRES: Final = ("thriller", "comedy", "western", "musical")
_TICK: Final = 0.005


async def measure(_settings: Settings, console: Console) -> list[Row]:
    """Lay out one channel over each size of library, then fifty over one."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="schedule-") as name:
        for size in SIZES:
            took, items, held = await _lay_out(Path(name) / str(size), library(size), 1)
            console.print(f"{size:,} sources: {items} items in {took:.2f} s, loop held up {held * 1000:.0f} ms at most")
            rows.append(Row("schedule", f"a week of 1 channel, {size:,} sources", took, "s", note=f"{items} items"))
        took, items, held = await _lay_out(Path(name) / "many", library(LIBRARY), CHANNELS)
    what = f"a week of {CHANNELS} channels, {LIBRARY:,} sources"
    rows.append(Row("schedule", what, took, "s", within="<= 20", note=f"{items} items"))
    rows.append(Row("schedule", f"{what}: event loop held up at most", held * 1000, "ms", within="<= 200"))
    return rows


def library(size: int) -> tuple[Source, ...]:
    """Return ``size`` sources, the same each time."""
    drawn = random.Random(size)  # noqa: S311 - to be the same each time
    return tuple(_episode(number, drawn) if number % 2 else _film(number, drawn) for number in range(size))


def _film(number: int, drawn: random.Random) -> Source:
    genre = drawn.choice(_GENRES)
    return Source(
        id=f"{number:016x}",
        path=_FOLDER / "films" / f"{number}.mkv",
        title=f"Film {number}",
        duration=80 * 60 + drawn.random() * 3600,
        metadata=Metadata(year=1930 + number % 90, genres=(genre,)),
    )


def _episode(number: int, drawn: random.Random) -> Source:
    series, count = divmod(number // 2, 20)
    return Source(
        id=f"{number:016x}",
        path=_FOLDER / "series" / f"{series}" / f"{count}.mkv",
        title=f"Episode {count}",
        duration=drawn.choice((22, 45)) * 60 + drawn.random() * 60,
        metadata=Metadata(series=f"Series {series}", season=1 + count // 10, episode=1 + count % 10, genres=("drama",)),
    )


def channel(number: int) -> model.Channel:
    """Return one channel with rules of every kind."""
    mixed = (Pick(genres=("thriller",), weight=3), Pick(genres=("comedy",)))
    return model.Channel(
        number=number + 1,
        name=f"Channel {number + 1}",
        slug=f"channel-{number + 1}",
        folders=(_FOLDER,),
        timezone="Europe/Berlin",
        repeat=5 * 86_400.0,
        blocks=(
            Block(name="Morning", from_="06:00", to="12:00", genres=("drama",), order="series"),
            Block(name="Marathon", from_="12:00", to="18:00", days=("sat", "sun"), marathon="season", series=("*",)),
            Block(name="Evening", from_="18:00", to="23:00", picks=mixed),
        ),
        events=(
            Event(name="Series", at="19:00", series=("series 3",), order="series"),
            Event(name="Film", at="21:00", years="1960-1979", duration="80m-"),
        ),
    )


async def _lay_out(folder: Path, sources: Sequence[Source], channels: int) -> tuple[float, int, float]:
    """Return seconds of processor time, items, and by how many seconds the event loop was held up at most."""
    now = Grid(30).seq_at(_START)
    until = now + Grid(30).segments_for(_WEEK)
    watching = asyncio.create_task(_latest())
    before = time.process_time()
    items = 0
    kept = []
    for number in range(channels):
        schedule = ChannelSchedule(channel(number), folder, lambda: sources)
        schedule.begin(now)
        await asyncio.to_thread(schedule.look_ahead, until)
        items += len(schedule.between(now, until))
        kept.append(schedule)
    took = time.process_time() - before
    watching.cancel()
    return took, items, (await asyncio.gather(watching))[0]


async def _latest() -> float:
    """Return, when cancelled, for how many seconds of our own work a sleep was ever too long."""
    late = 0.0
    try:
        while True:
            before, used = time.perf_counter(), time.process_time()
            await asyncio.sleep(_TICK)
            # A busy machine makes everyone wait; what we did ourselves meanwhile is what held the loop up.
            late = max(late, min(time.perf_counter() - before - _TICK, time.process_time() - used))
    except asyncio.CancelledError:
        return late
