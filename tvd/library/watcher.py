"""Watching all local folders at once and telling their keepers; starts anew when the folders change.

Where watching fails (usually the system's limit of watches) the folders are listed often instead, and it is tried
again now and then.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tvd import logs, tasks
from tvd.library.keeper import Keeper
from tvd.media.watching import watch

_AGAIN: Final = 300.0
_log = logs.get("library")


class Watcher:
    """Keeps the watching child of ``keepers()`` while :meth:`run` runs; :meth:`check` after they may have changed."""

    def __init__(self, keepers: Callable[[], list[Keeper]]) -> None:
        self._keepers = keepers
        self._checked = asyncio.Event()
        self._watched: tuple[Path, ...] = ()
        self._ending: set[asyncio.Task[None]] = set()

    def check(self) -> None:
        """Compare what should be watched with what is."""
        if self._wanted() != self._watched:
            self._checked.set()

    def _wanted(self) -> tuple[Path, ...]:
        return tuple(sorted(keeper.folder.path for keeper in self._keepers() if keeper.watchable))

    async def run(self) -> None:
        """Watch what should be watched, for ever."""
        while True:
            self._checked.clear()
            self._watched = self._wanted()
            if not self._watched:
                await self._checked.wait()
                continue
            watching = tasks.started(self._watch(self._watched), "library watching")
            self._ending.add(watching)
            watching.add_done_callback(self._ending.discard)
            checked = asyncio.create_task(self._checked.wait())
            try:
                await asyncio.wait({watching, checked}, return_when="FIRST_COMPLETED")
            finally:
                checked.cancel()
                watching.cancel()
                # Not gathered: another cancellation while its child ends must not reach it.
                await asyncio.wait({watching})

    async def aclose(self) -> None:
        """Wait for the end of every watching child; :meth:`run` has been cancelled."""
        while self._ending:
            await asyncio.wait(self._ending)

    async def _watch(self, folders: tuple[Path, ...]) -> None:
        keepers = [keeper for keeper in self._keepers() if keeper.folder.path in folders]

        def ready() -> None:
            for keeper in keepers:
                keeper.watched = True
                # What changed between its listing and now was not reported.
                keeper.poke(None)

        def changed(paths: list[str]) -> None:
            for keeper in keepers:
                below = f"{keeper.folder.path}/"
                if mine := [path for path in paths if path.startswith(below)]:
                    keeper.poke(mine)
                elif str(keeper.folder.path) in paths:
                    keeper.poke(None)

        try:
            why = await watch(folders, ready, changed)
        except (OSError, ValueError) as error:
            why = str(error)  # its child cannot be started, or says what nobody understands
        finally:
            for keeper in keepers:
                keeper.watched = False
        _log.warning("library.watch_unavailable", why=why, folders=len(folders))
        await asyncio.sleep(_AGAIN)
