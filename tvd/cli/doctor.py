"""``doctor``: what this machine offers tvd, tried rather than listed."""

import asyncio
from argparse import ArgumentParser, Namespace
from typing import Final

from tvd.cli import machine, tools
from tvd.cli.command import DONE, FAILED, WRONG, load_for, say
from tvd.cli.finding import Finding
from tvd.config.model import Config
from tvd.errors import ConfigError

HELP: Final = "look at what this machine offers: ffmpeg, encoders, sandbox, disk, ports, time"


def arguments(_parser: ArgumentParser) -> None:
    """Declare nothing: doctor looks at everything."""


async def main(args: Namespace) -> int:
    """Print one line a finding as it is made; exit 2 for a wrong configuration, 1 when tvd could not run here."""
    code = DONE
    try:
        loaded = await asyncio.to_thread(load_for, args)
    except ConfigError as error:
        for fault in error.faults:
            _print(Finding("fail", "configuration", str(fault)))
        _print(Finding("note", "configuration", "looking at the rest with the defaults"))
        config, code = Config(path=args.config), WRONG
    else:
        config = loaded.config
        _print(Finding("ok", "configuration", f"{config.path}, {len(config.channels)} channels"))
        for warning in loaded.warnings:
            _print(Finding("warn", "configuration", str(warning)))
    async for finding in tools.examine(config):
        code = _print(finding) or code
    for finding in await asyncio.to_thread(lambda: list(machine.examine(config))):
        code = _print(finding) or code
    return code


def _print(finding: Finding) -> int:
    """Print ``finding`` and return the exit code it asks for."""
    say(f"{finding.state:5} {finding.about:14} {finding.text}")
    return FAILED if finding.state == "fail" else DONE
