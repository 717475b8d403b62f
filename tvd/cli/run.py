"""``tvd run``: on air until told to stop."""

import asyncio
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError, Namespace
from functools import partial

from tvd import heap, logs
from tvd.app import App
from tvd.cli.command import DONE, load_for

HELP = "put all channels on air and serve them (the default)"


def arguments(parser: ArgumentParser) -> None:
    """Declare ``--host`` and ``--port``."""
    parser.add_argument("--host", default=SUPPRESS, metavar="H", help="address to listen on, over server.host")
    parser.add_argument("--port", type=_port, default=SUPPRESS, metavar="P", help="port to listen on, over server.port")


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ArgumentTypeError(f"{text!r} is not a port: a whole number from 1 to 65535")
    return int(text)


async def main(args: Namespace) -> int:
    """Run until SIGTERM or SIGINT."""
    heap.give_back()
    loaded = await asyncio.to_thread(load_for, args)
    config = loaded.config
    logs.setup(config.logging.level, config.logging.format)
    for warning in loaded.warnings:
        logs.get("config").warning("config.warning", where=warning.where, key=warning.key, reason=warning.what)
    await App(loaded, partial(load_for, args)).run()
    return DONE
