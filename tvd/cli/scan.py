"""``scan`` reads the library folders and prints what is in them."""

from argparse import ArgumentParser, Namespace
from typing import Final

from tvd.cli.command import DONE, complain, say
from tvd.cli.known import chosen, known_sources
from tvd.cli.table import clock, size, table
from tvd.config.model import Config
from tvd.library.source import Source

HELP: Final = "read the library and list its sources, and why some are refused"
_HEAD: Final = ("state", "duration", "size", "codec", "title", "series", "year", "genre", "file", "reason")


def arguments(parser: ArgumentParser) -> None:
    """Declare ``--channel``."""
    parser.add_argument("--channel", metavar="SLUG", help="this channel only")


async def main(config: Config, args: Namespace) -> int:
    """Print one table with every source once, in the order of channels and folders."""
    channels = chosen(config, args.channel)
    async with known_sources(config, channels) as known:
        sources = {source.path or source.id: source for channel in channels for source in known.sources(channel)}
        report = known.report
    for line in table(_HEAD, [_row(source) for source in sources.values()]):
        say(line)
    for folder in report.missing_folders:
        complain(f"{folder} cannot be read")
    complain(
        f"{report.found} files: {report.ready} ready, {report.refused} refused, {report.waiting} waiting, "
        f"{report.missing} missing; {report.probed} opened in {report.seconds:.1f} s"
    )
    return DONE


def _row(source: Source) -> tuple[str, ...]:
    probe, words = source.probe, source.metadata
    codecs = [track.codec for tracks in (probe.video, probe.audio) for track in tracks[:1]] if probe else []
    return (
        source.state,
        clock(source.duration) if source.duration else "-",
        size(source.size) if source.path else "-",
        "+".join(codecs) or "-",
        _title(source),
        " ".join(filter(None, (words.series, words.episode_label))) or "-",
        str(words.year or "-"),
        ", ".join(words.genres) or "-",
        str(source.path or source.id),
        source.reason,
    )


def _title(source: Source) -> str:
    # The series has a column of its own.
    return (source.metadata.title if source.metadata.episodic else source.title) or "-"
