"""What a command is, and the way from ``--config`` to a configuration that all of them share."""

import asyncio
import dataclasses
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from tvd import logs
from tvd.config.load import Loaded, load
from tvd.config.model import Config

DONE: Final = 0
FAILED: Final = 1
WRONG: Final = 2
"""Exit codes: done, failed, wrong usage or configuration."""

_PACKAGE: Final = Path(__file__).parents[1]


Main = Callable[[Namespace], Coroutine[None, None, int]]


@dataclass(frozen=True, slots=True)
class Command:
    """One word of the command line: ``main`` gets the arguments that ``arguments`` declared, returns the exit code.

    Arguments of the default command may stand before its name as well: they are declared twice, so give them
    ``default=argparse.SUPPRESS``.
    """

    name: str
    help: str
    arguments: Callable[[ArgumentParser], None]
    main: Main


def configured(main: Callable[[Config, Namespace], Coroutine[None, None, int]]) -> Main:
    """Return a ``main`` that reads the configuration, sets logging up and then runs ``main(config, args)``."""

    async def with_config(args: Namespace) -> int:
        loaded = await asyncio.to_thread(load_for, args)
        config = loaded.config
        logs.setup(config.logging.level, config.logging.format)
        log = logs.get("config")
        for warning in loaded.warnings:
            log.warning("config.warning", where=warning.where, key=warning.key, reason=warning.what)
        return await main(config, args)

    return with_config


def load_for(args: Namespace, overlay: Sequence[Mapping[str, Any]] | None = None) -> Loaded:
    """Read the configuration that the command line names, ``--host`` and ``--port`` over everything else.

    Without ``--config`` it is ``config.toml`` in the current folder, else the one shipped with tvd, whose data folder
    is then in the current folder. ``overlay`` are channels to try in the place of ``channels.toml``.
    Raises :class:`tvd.errors.ConfigError`.
    """
    here = Path("config.toml")
    named: Path | None = args.config
    if named is None and not here.exists() and (shipped := shipped_config()) is not None:
        loaded = load(shipped, os.environ, Path.cwd(), overlay)
    else:
        loaded = load(named or here, os.environ, None, overlay)
    over = {key: value for key in ("host", "port") if (value := getattr(args, key, None)) is not None}
    config = replace(loaded.config, server=replace(loaded.config.server, **over))
    return dataclasses.replace(loaded, config=config)


def shipped_config() -> Path | None:
    """Return the ``config.toml`` that came with tvd: inside an installed package, beside it in a checkout."""
    return next((path for path in (_PACKAGE / "config.toml", _PACKAGE.parent / "config.toml") if path.is_file()), None)


def say(line: str = "") -> None:
    """Print one line of a result."""
    sys.stdout.write(f"{line}\n")


def complain(line: str) -> None:
    """Print one line that is no result."""
    sys.stderr.write(f"{line}\n")
