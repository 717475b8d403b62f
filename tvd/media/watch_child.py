"""Watching local folders for changes: ``python -m tvd.media.watch_child FOLDER…``, ends with its stdin.

A child, because setting a watch on every folder of a large library holds up whoever does it. It says on stdout, one
JSON value a line: ``[]`` once it watches, then lists of changed paths (base64); a string when it cannot go on.
"""

import os
import sys
import threading
from typing import Final

import msgspec
from watchfiles import watch

_DEBOUNCE: Final = 1000
_STEP: Final = 100
_TICK: Final = 400
_MOST: Final = 2000
"""Changes reported one by one; of more, only the folders they are in."""


def _say(value: list[bytes] | str) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.buffer.flush()


def _paths(changes: set[str]) -> list[bytes]:
    if len(changes) > _MOST:
        changes = {os.path.dirname(path) for path in changes}  # noqa: PTH120 - strings in, strings out
    return [os.fsencode(path) for path in changes]


def main() -> None:
    """Watch until stdin ends."""
    stop = threading.Event()

    def until_eof() -> None:
        sys.stdin.buffer.read()
        stop.set()

    threading.Thread(target=until_eof, daemon=True).start()
    said = False
    try:
        for changes in watch(
            *sys.argv[1:],
            watch_filter=None,
            debounce=_DEBOUNCE,
            step=_STEP,
            stop_event=stop,
            rust_timeout=_TICK,
            yield_on_timeout=True,
            raise_interrupt=False,
            ignore_permission_denied=True,
        ):
            if not said:
                said = True
                _say([])
            if changes:
                _say(_paths({path for _, path in changes}))
    except OSError as error:
        # Usually the system's limit of watched folders.
        _say((error.strerror or str(error)).lower())


if __name__ == "__main__":
    main()
