"""The command line of the benchmark: which sections, how long, and where the results go."""

import argparse
import asyncio
import dataclasses
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from playwright.async_api import Error as BrowserError
from rich.console import Console

from bench import channels, day, flat, joins, normalise, renditions, schedule, start, surf, zap
from bench.results import Report, Row, machine, show
from bench.server import BenchError
from bench.settings import RESULTS, Settings
from tvd import logs
from tvd.errors import TvdError
from tvd.media.process import watch_children_cheaply

Section = Callable[[Settings, Console], Awaitable[list[Row]]]
SECTIONS: Final[Mapping[str, Section]] = {
    "channels": channels.measure,
    "renditions": renditions.measure,
    "normalise": normalise.measure,
    "start": start.measure,
    "zap": zap.measure,
    "surf": surf.measure,
    "flat": flat.measure,
    "joins": joins.measure,
    "day": day.measure,
    "schedule": schedule.measure,
}


_WIDE: Final = 180


def main(argv: Sequence[str]) -> int:
    """Run what ``argv`` asks for; 0 when everything could be measured (met targets or not)."""
    settings = parse(argv)
    logs.setup("warning", "console")
    watch_children_cheaply()
    try:
        return asyncio.run(_run(settings, Console()))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 1


def parse(argv: Sequence[str]) -> Settings:
    """Return the settings in ``argv``."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure what tvd costs and how fast it is.")
    default = Settings()
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"{', '.join(SECTIONS)}; all when none is named")
    parser.add_argument("--channels", type=int, nargs="+", default=default.channels, metavar="N", help="1 20 100")
    parser.add_argument(
        "--seconds", type=float, default=default.seconds, metavar="S", help="of each number of channels"
    )
    parser.add_argument("--rounds", type=int, default=default.rounds, metavar="N", help="of normalise")
    parser.add_argument("--zaps", type=int, default=default.zaps, metavar="N", help="changes of channel")
    parser.add_argument("--hours", type=float, default=default.hours, metavar="H", help="of content, for flat")
    parser.add_argument("--flat-channels", type=int, default=default.flat_channels, metavar="N", help="for flat")
    parser.add_argument("--joins", type=int, default=default.joins, metavar="N", help="on one tape, for joins")
    parser.add_argument("--minutes", type=float, default=default.minutes, metavar="M", help="of surf")
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="FOLDER", help="bench-results")
    args = vars(parser.parse_args(argv))
    unknown = [name for name in args["sections"] if name not in SECTIONS]
    if unknown:
        parser.error(f"no section {', '.join(unknown)}: there are {', '.join(SECTIONS)}")
    args["sections"] = tuple(args["sections"]) or tuple(SECTIONS)
    args["channels"] = tuple(args["channels"])
    return Settings(**args)


async def _run(settings: Settings, console: Console) -> int:
    # Ended from outside, it still ends what it started and removes what it made.
    this = asyncio.current_task()
    assert this is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    report = Report({**dataclasses.asdict(settings), "results": str(settings.results)}, await machine())
    for name in settings.sections:
        console.rule(name, align="left")
        try:
            report.rows += await SECTIONS[name](settings, console)
        except (BenchError, BrowserError, TvdError, OSError, TimeoutError) as error:
            report.failures.append(f"{name}: {error or type(error).__name__}")
            console.print(f"[red]{name}: {error or type(error).__name__}[/]")
    console.print()
    # What is piped somewhere is read without a screen to fit.
    show(report, console if console.is_terminal else Console(width=_WIDE))
    console.print(f"written to {report.write(settings.results)}")
    return 1 if report.failures else 0
