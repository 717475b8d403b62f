"""Keeping one folder up to date: when to list it again, and how much of it.

Watched local folders are told what changed and are listed in full only now and then, for safety; network mounts, and
folders that cannot be watched, are listed often; missing ones are looked for. Files being copied in are looked at
every three seconds until they keep still.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tvd import logs
from tvd.library.folder import Folder
from tvd.library.scanner import Scanner
from tvd.media.readers import UnreadableError

_NETWORK: Final = frozenset(
    {"9p", "afs", "afpfs", "beegfs", "ceph", "cifs", "davfs", "glusterfs", "lustre", "nfs", "nfs4", "ncpfs", "smb3"}
    | {"smbfs", "sshfs", "virtiofs", "vboxsf", "vmhgfs", "autofs"}
)
_MOST_PATHS: Final = 2000
"""Changed paths looked at one by one; with more the whole folder is listed."""
_log = logs.get("library")


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds: between looks at a file being copied in, age of one that is not, between full listings."""

    look: float = 3.0
    settled_age: float = 10.0
    watched: float = 600.0
    unwatched: float = 30.0
    missing: float = 15.0


class Keeper:
    """Keeps ``folder`` up to date while :meth:`run` runs."""

    def __init__(self, folder: Folder, scanner: Scanner, timing: Timing) -> None:
        self.folder = folder
        self.watched = False
        """Whether changes in it are reported by :meth:`poke`."""
        self.listed = asyncio.Event()
        """Set once it has been listed, or found to be missing or unreadable."""
        self._scanner = scanner
        self._timing = timing
        self._lock = asyncio.Lock()
        self._poked = asyncio.Event()
        self._changes: set[str] | None = None
        self._trouble = ""
        self._took = 0.0
        self._ended = 0.0
        """When the last full listing ended, and how long it took, by the loop's clock."""

    @property
    def watchable(self) -> bool:
        """Whether the system reports changes in it: it is there and no network mount."""
        kind = self.folder.filesystem
        return not self.folder.missing and bool(kind) and kind not in _NETWORK and not kind.startswith("fuse")

    def poke(self, paths: Iterable[str] | None) -> None:
        """Look at ``paths`` in it soon, None: list it in full."""
        if paths is None or (self._changes is None and self._poked.is_set()):
            self._changes = None
        else:
            self._changes = (self._changes or set()) | set(paths)
            if len(self._changes) > _MOST_PATHS:
                self._changes = None
        self._poked.set()

    async def run(self) -> None:
        """List it now and whenever there is reason to, for ever."""
        only: list[str] | None = None
        while True:
            await self.scan(only)
            only = await self._next()

    async def scan(self, only: list[str] | None = None) -> None:
        """List it (or ``only`` these paths in it) now; trouble is logged once and kept for :attr:`trouble`."""
        async with self._lock:
            started = asyncio.get_running_loop().time()
            try:
                await self._scanner.scan(self.folder, only)
            except UnreadableError as error:
                self._note("library.folder_unreadable", str(error))
            else:
                self._note("library.folder_missing", self.folder.missing)
            if only is None:
                self._ended = asyncio.get_running_loop().time()
                self._took = self._ended - started
            self.listed.set()
            self._scanner.step()

    @property
    def trouble(self) -> str:
        """Why it cannot be listed, empty when it can."""
        return self._trouble

    def _note(self, event: str, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            _log.warning(event, folder=str(self.folder.path), why=trouble)
        elif self._trouble and not trouble:
            _log.info("library.folder_found", folder=str(self.folder.path))
        self._trouble = trouble

    async def _next(self) -> list[str] | None:
        """Wait for a reason to look again and return at what (None: everything)."""
        settling = self.folder.settling()
        # What never keeps still, such as a recording, does not put off looking for what is new.
        full = max(0.0, self._ended + self._interval() - asyncio.get_running_loop().time())
        wait = min(self._timing.look, full) if settling else full
        try:
            async with asyncio.timeout(wait):
                await self._poked.wait()
        except TimeoutError:
            return settling if wait < full and len(settling) <= _MOST_PATHS else None
        self._poked.clear()
        changes, self._changes = self._changes, None
        return None if changes is None else sorted(changes)

    def _interval(self) -> float:
        if self._trouble:
            return self._timing.missing
        # A slow mount is not listed all the time.
        return self._timing.watched if self.watched else max(self._timing.unwatched, 10 * self._took)
