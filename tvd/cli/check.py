"""``check`` tells whether the configuration is right, its folders are there, and its rules can hold."""

import asyncio
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from tvd.cli.command import DONE, WRONG, load_for, say
from tvd.cli.known import known_sources
from tvd.config.model import Channel, Config
from tvd.errors import ConfigError
from tvd.media.house import Grid
from tvd.playout.rules import Fault, impossible

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
    for line in await _impossible(loaded.config):
        say(line)
    channels = loaded.config.channels
    named = ", ".join(f"{channel.number} {channel.slug}" for channel in channels)
    say(
        f"{loaded.config.path}: good, {len(channels)} channel{'s' * (len(channels) != 1)}"
        + (f": {named}" * bool(named))
    )
    return DONE


async def _impossible(config: Config) -> list[str]:
    """Return a line for each rule of programming that cannot hold; only the folders of channels with rules are read."""
    ruled = [channel for channel in config.channels if channel.blocks or channel.events or channel.repeat]
    if not ruled:
        return []
    with tempfile.TemporaryDirectory(prefix="tvd-") as nowhere:
        # Nothing is left behind: where there is no data folder yet none is made.
        data = config.storage.data if config.storage.data.is_dir() else Path(nowhere)
        reading = replace(config, storage=replace(config.storage, data=data))
        found = await _found(reading, ruled)
    return [f"{config.path}: channels.{channel.slug}.{key}: warning: {what}" for channel, (key, what) in found]


async def _found(config: Config, ruled: Sequence[Channel]) -> list[tuple[Channel, Fault]]:
    async with known_sources(config, ruled) as known:
        return [
            (channel, fault)
            for channel in ruled
            for fault in impossible(channel, known.sources(channel), Grid(channel.house.fps).seq_at(time.time_ns()))
        ]
