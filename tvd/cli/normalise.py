"""``tvd normalise``: prepare assets now."""

import time
from argparse import ArgumentParser, Namespace
from functools import partial

from tvd.cli.command import DONE, FAILED, complain, say
from tvd.cli.known import chosen
from tvd.cli.preparing import prepare, services_for
from tvd.clock import NS
from tvd.config.model import Config
from tvd.library.queue import Wanted
from tvd.playout.planner import ChannelSchedule

HELP = "prepare assets now: what airs within storage.prepare_ahead, or everything"


def arguments(parser: ArgumentParser) -> None:
    """Declare ``--all`` and ``--channel``."""
    parser.add_argument("--all", action="store_true", help="every source, not only what airs soon")
    parser.add_argument("--channel", metavar="SLUG", help="this channel only")


async def main(config: Config, args: Namespace) -> int:
    """Prepare, then say what is there and what was refused."""
    channels = chosen(config, args.channel)
    async with services_for(config, channels) as services:
        wanted: list[Wanted] = []
        for channel in channels:
            output = await services.output(channel)
            grid, now = output.house.grid, time.time_ns()
            sources = [source for source in services.sources(channel) if source.schedulable]
            known = partial(services.sources, channel)
            schedule = ChannelSchedule(channel, services.channels_folder, known, services.continuity)
            schedule.load(grid.seq_at(now))
            schedule.begin(grid.seq_at(now))
            until = grid.seq_at(now) + grid.segments_for(config.storage.prepare_ahead)
            soon = schedule.upcoming(grid.seq_at(now), until)
            air = {item.source: grid.start_ns(item.seq_start) for item in soon}
            listed = {source.id for source in sources}
            drawn = (services.source(item.source) for item in soon if item.source not in listed)
            sources += [source for source in drawn if source is not None]
            late = now + int(config.storage.prepare_ahead * NS)
            wanted += [
                Wanted(source, output.house, output.treatment, air.get(source.id, late))
                for source in sources
                if args.all or source.id in air
            ]
        await prepare(services, wanted)
        missing = 0
        for want in wanted:
            asset = services.store.find(want.source.id, want.house, want.treatment)
            now_known = services.source(want.source.id) or want.source
            if asset is None or asset.growing:
                missing += 1
                complain(f"refused: {now_known.path or now_known.id}: {now_known.reason or 'see the log'}")
        say(f"{len(wanted) - missing} of {len(wanted)} programmes are prepared")
    return FAILED if missing else DONE
