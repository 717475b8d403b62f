"""``check`` tells whether the configuration is right and its folders are there."""

import asyncio
from argparse import ArgumentParser, Namespace
from typing import Final

from tvd.cli.command import DONE, WRONG, load_for, say
from tvd.errors import ConfigError

HELP: Final = "validate the configuration and the folders it names"


def arguments(_parser: ArgumentParser) -> None:
    """Declare nothing: the configuration is all there is to name."""


async def main(args: Namespace) -> int:
    """Print one line for each fault (exit 2) or warning, else what the configuration makes."""
    try:
        loaded = await asyncio.to_thread(load_for, args)
    except ConfigError as error:
        for fault in error.faults:
            say(str(fault))
        return WRONG
    for warning in loaded.warnings:
        say(f"{warning.where}: {warning.key}: warning: {warning.what}")
    channels = loaded.config.channels
    named = ", ".join(f"{channel.number} {channel.slug}" for channel in channels)
    say(
        f"{loaded.config.path}: good, {len(channels)} channel{'s' * (len(channels) != 1)}"
        + (f": {named}" * bool(named))
    )
    return DONE
