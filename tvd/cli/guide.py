"""``guide`` prints what channels air: what was promised, and behind it what the library as it is now gives."""

import argparse
import asyncio
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from tvd.cli.command import DONE, say
from tvd.cli.known import Known, chosen, known_sources
from tvd.cli.table import clock, visible
from tvd.clock import NS
from tvd.config.model import Channel, Config
from tvd.guide.listing import Programme, listing
from tvd.guide.times import parse_time
from tvd.media.house import Grid
from tvd.playout.planner import ChannelSchedule

HELP: Final = "print the schedule"
_LONGEST: Final = 8 * 24


def arguments(parser: ArgumentParser) -> None:
    """Declare channel, time and form."""
    parser.add_argument("--channel", metavar="SLUG", help="this channel only")
    parser.add_argument(
        "--from", dest="begin", type=_moment, default="now", metavar="T", help="now (default), -2h, +90m or ISO 8601"
    )
    parser.add_argument("--hours", type=_hours, default=12.0, metavar="N", help="how many (default 12, at most 192)")
    parser.add_argument("--json", action="store_true", help="as JSON, times in UTC")


def _moment(text: str) -> int:
    try:
        return parse_time(text, time.time_ns())
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if not 0 < hours <= _LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of hours above 0, at most {_LONGEST}")
    return hours


async def main(config: Config, args: Namespace) -> int:
    """Print the programmes of the chosen channels."""
    channels = chosen(config, args.channel)
    end = args.begin + int(args.hours * 3600 * NS)
    async with known_sources(config, channels) as known:
        listings = [await asyncio.to_thread(_listing, config, channel, known, args.begin, end) for channel in channels]
    if args.json:
        plain = [
            {"number": channel.number, "slug": channel.slug, "name": channel.name, "programmes": programmes}
            for channel, programmes in zip(channels, listings, strict=True)
        ]
        say(msgspec.json.format(msgspec.json.encode(plain)).decode())
    else:
        for channel, programmes in zip(channels, listings, strict=True):
            for line in _lines(channel, programmes):
                say(line)
    return DONE


def _listing(config: Config, channel: Channel, known: Known, begin: int, end: int) -> Sequence[Programme]:
    """Return what ``channel`` airs from ``begin`` to ``end`` (UTC nanoseconds); blocks on the disk."""
    grid = Grid(channel.house.fps)
    sources = known.sources(channel)
    folder = config.storage.data / "channels"
    schedule = ChannelSchedule(channel.slug, grid, channel.order, folder, lambda: sources)
    now = grid.seq_at(time.time_ns())
    schedule.load(now)
    # A channel that has never aired: what it would air if it began now. Nothing is written.
    schedule.begin(now)
    by_id = {source.id: source for source in sources}
    return listing(schedule, grid.seq_at(begin), grid.seq_at(end - 1) + 1, by_id.get)


def _lines(channel: Channel, programmes: Sequence[Programme]) -> Iterator[str]:
    """Yield one channel's programmes under its name, in local time, with the day where it changes."""
    yield f"{channel.number} {channel.name}"
    if not programmes:
        yield "  nothing is planned"
    day = None
    for programme in programmes:
        start = datetime.fromisoformat(programme.start).astimezone()
        if start.date() != day:
            day = start.date()
            yield f"  {start:%A %d %B %Y}"
        kind = "" if programme.kind == "programme" else f"  ({programme.kind})"
        title = f"{programme.title} – {programme.subtitle}" if programme.subtitle else programme.title  # noqa: RUF001
        yield f"  {start:%H:%M:%S}  {clock(programme.duration):>8}  {visible(title)}{kind}"
    yield ""
