"""The identity boxes know us by: chosen once, kept in the data folder, the same for every tvd that shares it."""

import asyncio
import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from tvd import logs
from tvd.guide.hdhomerun import Device, device_number, is_valid

_log = logs.get("iptv")


class OurDevice:
    """Who we are to boxes: called, it returns the device, whose number is read from ``path`` the first time.

    ``title`` returns what this television calls itself now.
    """

    def __init__(self, path: Path, tuners: int, title: Callable[[], str]) -> None:
        self._path = path
        self._tuners = tuners
        self._title = title
        self._number: int | None = None

    async def __call__(self) -> Device:
        """Return the device."""
        if self._number is None:
            self._number = await asyncio.to_thread(load_number, self._path)
        return Device(self._number, self._title(), self._tuners)


def load_number(path: Path) -> int:
    """Return the device id kept at ``path``, made and kept there when there is none that is valid. Blocks.

    A folder that cannot be written gives one for this run alone.
    """
    number = _read(path)
    if number is not None:
        return number
    made = device_number(secrets.randbits(24))
    coming = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        coming.write_text(f"{made:08X}\n")
        if path.exists():
            coming.replace(path)  # what is there is no device id
        else:
            with contextlib.suppress(FileExistsError):
                os.link(coming, path)  # another tvd may have been quicker: then its one holds
    except OSError as error:
        _log.warning("iptv.device_unwritten", path=str(path), reason=str(error))
        return made
    finally:
        with contextlib.suppress(OSError):
            coming.unlink(missing_ok=True)
    return _read(path) or made


def _read(path: Path) -> int | None:
    try:
        number = int(path.read_text(), 16)
    except (OSError, ValueError):
        return None
    return number if is_valid(number) else None
