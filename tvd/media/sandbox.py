"""No network and a read-only file system for children that open sources, where bubblewrap can give them that.

Whether it can is tried once, for real: it is often installed where user namespaces are forbidden. Without it the
limits of :class:`tvd.media.process.Limits`, whitelists and deadlines still hold. A sandboxed child that is killed by
a signal is reported by bubblewrap as exit code 128 + signal; :func:`signal_of` undoes that.
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

_PATIENCE: Final = 2.0
_OPTIONS: Final = (
    "--unshare-net",
    "--unshare-ipc",
    "--unshare-pid",
    "--die-with-parent",
    "--proc",
    "/proc",
    "--dev",
    "/dev",
)
_ENCODERS: Final = ("dri", "nvidia*", "video1[0-9]")
"""Devices of hardware encoders: all that a sandboxed child may see of /dev beside null, zero, random and its like."""


def sandboxed(argv: Sequence[str], *, writable: Sequence[Path] = ()) -> list[str]:
    """Return ``argv`` to be run without network and with everything but ``writable`` read-only.

    Where that does not work here, ``argv`` is returned as it is.
    """
    program = works()
    if program is None:
        return list(argv)
    return [program, *_options(writable), "--", *argv]


def describe() -> str:
    """Say in a few words how sources are opened on this machine."""
    if works():
        return "bubblewrap (no network, read-only file system) and resource limits"
    if shutil.which("bwrap"):
        return "resource limits alone (bubblewrap is installed but may not create namespaces here)"
    return "resource limits alone (bubblewrap is not installed)"


def signal_of(returncode: int) -> int | None:
    """Return the signal that ended a child, sandboxed or not; None when it exited by itself."""
    if returncode < 0:
        return -returncode
    # Only programs of ours run inside, and none of them exits with such a code by itself.
    return returncode - 128 if works() and 128 < returncode < 128 + 65 else None


@cache
def works() -> str | None:
    """Return the path of a bubblewrap that really works here, None otherwise; tried once, within two seconds.

    The first call waits for a process: make it where waiting does no harm.
    """
    program = shutil.which("bwrap")
    if program is None or sys.platform != "linux":
        return None
    try:
        tried = subprocess.run(
            [program, *_options(()), "--", shutil.which("true") or "/bin/true"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return program if tried.returncode == 0 else None


def _options(writable: Sequence[Path]) -> list[str]:
    binds = [word for path in writable for word in ("--bind", str(path), str(path))]
    devices = [str(path) for pattern in _ENCODERS for path in sorted(Path("/dev").glob(pattern))]
    encoders = [word for path in devices for word in ("--dev-bind-try", path, path)]
    return ["--ro-bind", "/", "/", *_OPTIONS, *encoders, *binds]
