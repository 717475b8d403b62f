"""``tvd run``: on air until told to stop."""

import asyncio
from argparse import SUPPRESS, ArgumentParser, Namespace
from functools import partial

from tvd import logs
from tvd.app import App
from tvd.cli.command import DONE, load_for

HELP = "put all channels on air and serve them (the default)"


def arguments(parser: ArgumentParser) -> None:
    """Declare ``--host`` and ``--port``."""
    parser.add_argument("--host", default=SUPPRESS, metavar="H", help="address to listen on, over server.host")
    parser.add_argument("--port", type=int, default=SUPPRESS, metavar="P", help="port to listen on, over server.port")


async def main(args: Namespace) -> int:
    """Run until SIGTERM or SIGINT."""
    loaded = await asyncio.to_thread(load_for, args)
    config = loaded.config
    logs.setup(config.logging.level, config.logging.format)
    for warning in loaded.warnings:
        logs.get("config").warning("config.warning", where=warning.where, key=warning.key, reason=warning.what)
    await App(loaded, partial(load_for, args)).run()
    return DONE
