"""``tvd tape``: what a channel airs in some time, as one file."""

import os
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from tvd.cli.command import DONE, say
from tvd.cli.known import chosen
from tvd.cli.preparing import prepare, services_for
from tvd.clock import NS
from tvd.config.model import Channel, Config
from tvd.errors import TvdError
from tvd.guide.times import parse_duration, parse_time
from tvd.playout.asrun import AsRun, AsRunLog
from tvd.playout.calendar import Calendar
from tvd.playout.feeder import Feeder
from tvd.playout.output import Output
from tvd.playout.planner import ChannelSchedule
from tvd.playout.preparation import Preparation
from tvd.playout.rundown import ScheduleItem
from tvd.playout.tape import Taped, Unlogged, tape
from tvd.services import Services

HELP = "write what a channel airs in some time into one MP4 file"


def arguments(parser: ArgumentParser) -> None:
    """Declare the channel, ``--start``, ``--duration`` and ``-o``."""
    parser.add_argument("slug", metavar="SLUG", help="the channel")
    parser.add_argument("--start", default="now", metavar="T", help="ISO 8601, now, or an offset such as -2h")
    parser.add_argument("--duration", default="10m", metavar="D", help="90m, 2h30m, or seconds")
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="FILE.mp4", help="the file to write")


class _Plan:
    """The schedule as the feeder asks for it; nothing is promised by taping."""

    def __init__(self, schedule: ChannelSchedule) -> None:
        self._schedule = schedule

    opening = False

    async def item_at(self, seq: int) -> ScheduleItem | None:
        return self._schedule.item_at(seq)


class _Past(Unlogged):
    """The as-run log, read and never written."""

    def __init__(self, log: AsRunLog) -> None:
        super().__init__()
        self._log = log

    def at(self, seq: int) -> tuple[AsRun, int] | None:
        return self._log.at(seq)


@dataclass(frozen=True, slots=True)
class Recording:
    """What was taped: segments ``start`` to before ``stop`` of ``output``'s grid, with every join among them."""

    output: Output
    start: int
    stop: int
    taped: Taped
    joins: tuple[AsRun, ...]


async def main(config: Config, args: Namespace) -> int:
    """Prepare what is missing, then tape."""
    channel = chosen(config, args.slug)[0]
    try:
        start_ns = parse_time(args.start, time.time_ns())
        duration_ns = parse_duration(args.duration)
    except ValueError as error:
        raise TvdError(str(error)) from error
    if not os.access(args.output.absolute().parent, os.W_OK):
        raise TvdError(f"{args.output}: cannot write into {args.output.absolute().parent}")
    async with services_for(config, [channel]) as services:
        with Progress(console=Console(file=sys.stderr), disable=not sys.stderr.isatty()) as bars:
            bar = bars.add_task(f"taping {channel.name}", total=None)
            made = await record(
                services,
                channel,
                start_ns,
                duration_ns,
                args.output,
                lambda done, total: bars.update(bar, completed=done, total=total),
            )
    grid = made.output.house.grid
    seconds = float(made.taped.segments * grid.duration)
    begins = grid.start_ns(made.start) / NS
    joins, warnings = len(made.joins), len(made.taped.warnings)
    say(f"{args.output}: {seconds:.1f} s from {begins:.3f}, {joins} joins, {warnings} warnings")
    return DONE


async def record(
    services: Services,
    channel: Channel,
    start_ns: int,
    duration_ns: int,
    to: Path,
    progress: Callable[[int, int], None] = lambda _made, _total: None,
) -> Recording:
    """Write what ``channel`` airs from ``start_ns`` on to ``to``, preparing what is missing first.

    Segments are whole: the one on air at ``start_ns`` is the first. ``progress`` is told the segments made and those
    to be made. Raises what :func:`tvd.playout.tape.tape` raises.
    """
    output = await services.output(channel)
    grid = output.house.grid
    start = grid.seq_at(start_ns)
    stop = max(start + 1, grid.seq_at(start_ns + duration_ns))
    schedule = _schedule(services, channel, start)
    log = AsRunLog(services.channels_folder, channel.slug, grid)
    log.load(start)
    quiet = Calendar(channel).night
    preparation = Preparation(output, services.store, services.normaliser, services.source, quiet)
    items = schedule.between(start - 1, stop + 1)
    wants = [want for item in items for want in (preparation.wanted(item), preparation.night(item)) if want is not None]
    await prepare(services, list({want.need: want for want in wants}.values()))
    feeder = Feeder(
        channel.slug,
        output.house,
        output.treatment,
        plan=_Plan(schedule),
        assets=services.store,
        asrun=(past := _Past(log)),
        replay_before=grid.seq_at(time.time_ns()),
        quiet=quiet,
    )
    taped = await tape(
        services.ffmpeg.path, output, feeder.fragment, start, stop, to, lambda made: progress(made, stop - start)
    )
    return Recording(output, start, stop, taped, tuple(past.joins))


def _schedule(services: Services, channel: Channel, start: int) -> ChannelSchedule:
    sources = services.sources(channel)
    schedule = ChannelSchedule(channel, services.channels_folder, lambda: sources, services.continuity)
    schedule.load(start)
    schedule.begin(start)
    return schedule
