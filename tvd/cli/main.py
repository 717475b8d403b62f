"""From arguments to an exit code: which command is meant, and how each kind of failure is told."""

import argparse
import asyncio
import contextlib
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import tvd
from tvd import logs
from tvd.cli import check, control, doctor, guide, normalise, scan, tape
from tvd.cli import run as run_command
from tvd.cli.command import DONE, FAILED, WRONG, Command, complain, configured
from tvd.errors import ConfigError, NotFoundError, TvdError
from tvd.media.process import watch_children_cheaply

COMMANDS: Final = (
    Command("run", run_command.HELP, run_command.arguments, run_command.main),
    Command("check", check.HELP, check.arguments, check.main),
    Command("doctor", doctor.HELP, doctor.arguments, doctor.main),
    Command("scan", scan.HELP, scan.arguments, configured(scan.main)),
    Command("normalise", normalise.HELP, normalise.arguments, configured(normalise.main)),
    Command("guide", guide.HELP, guide.arguments, configured(guide.main)),
    Command("tape", tape.HELP, tape.arguments, configured(tape.main)),
    Command("play", control.PLAY, control.play_arguments, configured(control.play)),
    Command("skip", control.SKIP, control.skip_arguments, configured(control.skip)),
    Command("remove", control.REMOVE, control.remove_arguments, configured(control.remove)),
)

DEFAULT: Final = "run"
"""The command that is meant when none is named."""

_EPILOG: Final = """\
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.
Without --config the configuration is config.toml in the current folder, else the one that came with tvd."""


def parser(commands: Sequence[Command]) -> argparse.ArgumentParser:
    """Return the parser of the whole command line; the chosen :class:`Command` becomes ``args.command``."""
    top = argparse.ArgumentParser(
        prog="tvd",
        description="Turns folders of videos into television.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"tvd {tvd.__version__}")
    _config(top, default=None)
    default = next((command for command in commands if command.name == DEFAULT), None)
    if default is not None:
        default.arguments(top)
        top.set_defaults(command=default)
    words = top.add_subparsers(title="commands", metavar="COMMAND", required=default is None)
    for command in commands:
        sub = words.add_parser(command.name, help=command.help, description=f"{command.help.capitalize()}.")
        # Suppressed: without it here, the one before the command must not be overwritten.
        _config(sub, default=argparse.SUPPRESS)
        command.arguments(sub)
        sub.set_defaults(command=command)
    return top


def _config(parser: argparse.ArgumentParser, default: object) -> None:
    parser.add_argument("--config", type=Path, default=default, metavar="FILE", help="the configuration to use")


def run(argv: Sequence[str], commands: Sequence[Command] = COMMANDS) -> int:
    """Run the command line ``argv`` (without the program's name) and return the exit code."""
    try:
        args = parser(commands).parse_args(_bind_offsets(argv))
    except SystemExit as leaving:  # argparse has said what is wrong, or has helped
        return WRONG if leaving.code else 0
    command: Command = args.command
    logs.setup()  # until the configuration says how
    try:
        watch_children_cheaply()
        code = asyncio.run(command.main(args))
        sys.stdout.flush()  # here, where its failure is told like any other
    except KeyboardInterrupt:
        complain(f"tvd {command.name}: interrupted")
        return FAILED
    except Exception as error:  # noqa: BLE001 - the last place: whatever it is, it is told and becomes an exit code
        return _explain(command.name, error)
    return code


def _explain(name: str, error: Exception) -> int:
    """Tell why the command ``name`` ended and return the exit code."""
    match error:
        case ConfigError(faults=faults):
            for fault in faults:
                complain(str(fault))
            return WRONG
        case BrokenPipeError():  # whoever reads the result has had enough of it
            _forget_stdout()
            return DONE
        case TvdError():
            complain(f"tvd {name}: {error}")
            return WRONG if isinstance(error, NotFoundError) else FAILED  # not found: what the command line named
        case OSError():
            _forget_stdout()
            complain(f"tvd {name}: {error}")
        case _:  # a bug of ours: one log event, not a bare traceback
            logs.get("cli").error("crashed", command=name, exc_info=error)
    return FAILED


def _bind_offsets(argv: Sequence[str]) -> list[str]:
    """Join ``--from -2h`` into ``--from=-2h``: argparse takes what begins with a hyphen for another option."""
    bound: list[str] = []
    for word in argv:
        if re.match(r"-\d", word) and bound and re.fullmatch(r"--[a-z-]+", bound[-1]):
            bound[-1] += f"={word}"
        else:
            bound.append(word)
    return bound


def _forget_stdout() -> None:
    """Point stdout nowhere, so that what it still holds does not fail again when Python ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with contextlib.suppress(OSError):  # not a file to begin with
        os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
