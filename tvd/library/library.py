"""The library: all folders of all channels, kept up to date; ask it for the sources of some folders.

``async with Library(database)`` starts the library children (``tvd.media.readers``), a task per folder that lists and
re-lists it, workers that probe what is new, and the watching of local folders; leaving it ends them all. Network
mounts do not report changes and are re-listed often instead. Whoever uses sources waits for the next ``version``.
"""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import msgspec

from tvd import logs, metrics, tasks
from tvd.library.catalogue import Catalogue
from tvd.library.folder import Folder
from tvd.library.keeper import Keeper, Timing
from tvd.library.scanner import Scanner
from tvd.library.source import Source
from tvd.library.watcher import Watcher
from tvd.media.library_wire import Sidecar
from tvd.media.readers import Readers

_PAUSE: Final = 0.1
_SHARE: Final = 20
"""A snapshot that took a second to make is followed by this many seconds without one."""
_STATES: Final = ("ready", "waiting", "refused", "missing")
_log = logs.get("library")

Progress = Callable[[int, int], None]
"""Told how many files are done, of how many found so far."""


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What one complete pass found: numbers of files (of each state; ``probed`` were opened), and its ``seconds``."""

    found: int
    ready: int
    waiting: int
    refused: int
    missing: int
    probed: int
    seconds: float
    missing_folders: tuple[Path, ...]


class Library:
    """Sources of folders; see the module's docstring.

    ``database`` is a cache and may be lost. ``workers`` files are probed at once. ``readers``, ``timing`` and
    ``now_ns`` (UTC, compared with files' times) are for tests.
    """

    def __init__(
        self,
        database: Path,
        *,
        workers: int = 2,
        readers: Readers | None = None,
        timing: Timing | None = None,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._workers = workers
        self._readers = readers or Readers(workers + 2)
        self._catalogue = Catalogue(database)
        self._timing = timing or Timing()
        self._now_ns = now_ns
        self._scanner = Scanner(self._readers, self._catalogue, self._touch, now_ns)
        self._keepers: dict[Path, Keeper] = {}
        self._keeping: dict[Path, asyncio.Task[None]] = {}
        self._watcher = Watcher(lambda: list(self._keepers.values()))
        self._tasks: list[asyncio.Task[None]] = []
        self._stack = AsyncExitStack()
        self._touched = asyncio.Event()
        self._published = asyncio.Event()
        self._ordered: dict[Path, list[Source]] = {}
        self._by_id: dict[str, Source] = {}
        self._count: Counter[str] = Counter()
        self._snapshots: dict[tuple[Path, ...], tuple[Source, ...]] = {}
        self.version = 0
        """Rises with every change that :meth:`sources` and :meth:`get` show."""

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._readers)
        await self._stack.enter_async_context(self._catalogue)
        self._tasks += [tasks.started(self._scanner.work(), "library worker") for _ in range(self._workers)]
        self._tasks.append(tasks.started(self._scanner.describer.run(), "library describer"))
        self._tasks.append(tasks.started(self._publish(), "library snapshots"))
        self._tasks.append(tasks.started(self._watcher.run(), "library watcher"))
        return self

    async def __aexit__(self, *_: object) -> None:
        await tasks.end(*self._tasks, *self._keeping.values())
        await self._watcher.aclose()
        await self._stack.aclose()

    async def set_folders(self, folders: Iterable[Path]) -> None:
        """Keep exactly these folders (of all channels) up to date from now on; returns at once."""
        wanted = {_absolute(folder) for folder in folders}
        for path in self._keepers.keys() - wanted:
            keeper, task = self._keepers.pop(path), self._keeping.pop(path)
            # At once: a snapshot may be made while its task ends, and there is nobody to ask about its files.
            self._ordered.pop(path, None)
            await tasks.end(task)
            self._scanner.remove(keeper.folder)
        for path in sorted(wanted - self._keepers.keys()):
            folder = Folder(path, look=self._timing.look, settled_age=self._timing.settled_age)
            self._scanner.add(folder)
            keeper = self._keepers[path] = Keeper(folder, self._scanner, self._timing)
            self._keeping[path] = tasks.started(keeper.run(), f"library folder {path}")
        self._watcher.check()
        self._touch()

    def sources(self, folders: Sequence[Path]) -> tuple[Source, ...]:
        """Return what is in ``folders``, in each folder's natural order, as of :attr:`version`.

        Ready files of the same content appear once; missing ones not at all when their content is elsewhere too.
        """
        key = tuple(map(_absolute, folders))
        if (snapshot := self._snapshots.get(key)) is None:
            taken: set[str] = set()
            found: dict[Path | None, Source] = {}
            for folder in key:
                for source in self._ordered.get(folder, ()):
                    if source.state in ("ready", "missing") and source.id in taken:
                        continue
                    taken.add(source.id)
                    found.setdefault(source.path, source)
            snapshot = self._snapshots[key] = tuple(found.values())
        return snapshot

    def get(self, source_id: str) -> Source | None:
        """Return the source with this id, from whatever folder; a ready one when there are several files of it."""
        return self._by_id.get(source_id)

    def trouble(self, folder: Path) -> str:
        """Return why ``folder`` cannot be listed (missing, unreadable, not answering); empty when it can."""
        keeper = self._keepers.get(_absolute(folder))
        return keeper.trouble if keeper else ""

    async def sidecars(self, paths: Sequence[str]) -> tuple[tuple[Sidecar, ...] | None, ...]:
        """Return the subtitle files beside each of ``paths``; None where a folder cannot be read.

        Raises :class:`~tvd.media.readers.UnreadableError` when nothing answers.
        """
        return await self._readers.sidecars(paths)

    async def changed(self, version: int) -> int:
        """Wait until :attr:`version` is above ``version`` and return it."""
        while self.version <= version:
            await self._published.wait()
        return self.version

    def guess(self) -> None:
        """Guess from the names of files as well from now on: takes 10 ms of a child's time each, so not at first."""
        self._scanner.describer.guess()

    async def scan(self, folders: Iterable[Path] | None = None, progress: Progress | None = None) -> ScanReport:
        """Make one complete pass over ``folders`` (None: all that are kept) now, and return what was found.

        Files that are still being copied in are not waited for.
        """
        started, probed = time.monotonic(), self._scanner.probed
        wanted = self._keepers.keys() if folders is None else {_absolute(folder) for folder in folders}
        keepers = [keeper for path, keeper in self._keepers.items() if path in wanted]
        listing = asyncio.gather(*(keeper.scan() for keeper in keepers))
        listing.add_done_callback(lambda _: self._scanner.step())
        try:
            while True:
                # Taken before looking, so that no step is missed.
                step = self._scanner.next_step
                busy = (it.folder.pending or self._scanner.describer.busy(it.folder) for it in keepers)
                if listing.done() and not any(busy):
                    break
                await step.wait()
                if progress is not None:
                    found = sum(len(keeper.folder.files) for keeper in keepers)
                    progress(found - sum(keeper.folder.pending for keeper in keepers), found)
        finally:
            listing.cancel()
        self._snapshot()
        states = [file.source.state for keeper in keepers for file in keeper.folder.files.values()]
        return ScanReport(
            found=len(states),
            **{state: states.count(state) for state in _STATES},
            probed=self._scanner.probed - probed,
            seconds=time.monotonic() - started,
            missing_folders=tuple(keeper.folder.path for keeper in keepers if keeper.trouble),
        )

    def correct_duration(self, source_id: str, seconds: float, reason: str) -> None:
        """Take note that a source really lasts ``seconds``, as making its asset showed; ``reason`` is logged."""
        if (content := self._scanner.contents.get(source_id)) is not None and content.duration != seconds:
            _log.info("source.duration_corrected", source=source_id, was=content.duration, now=seconds, reason=reason)
            self._scanner.correct(msgspec.structs.replace(content, duration=seconds))
            self._snapshot()

    def refuse(self, source_id: str, reason: str) -> None:
        """Take note that no asset can be made of a source; it stays so until its content changes."""
        if (content := self._scanner.contents.get(source_id)) is not None and content.reason != reason:
            _log.warning("source.refused", source=source_id, reason=reason)
            self._scanner.correct(msgspec.structs.replace(content, reason=reason))
            self._snapshot()

    def _touch(self) -> None:
        self._touched.set()

    async def _publish(self) -> None:
        """Make a snapshot soon after anything changed, but never spend much of the loop's time on it."""
        started, reported = time.monotonic(), False
        while True:
            await self._touched.wait()
            self._touched.clear()
            before = time.monotonic()
            self._snapshot()
            took = time.monotonic() - before
            await self._catalogue.flush()
            quiet = all(keeper.listed.is_set() and not keeper.folder.pending for keeper in self._keepers.values())
            if self._keepers and quiet and not reported:
                reported = True
                counts = {state: self._count[state] for state in _STATES}
                _log.info("library.scanned", **counts, seconds=round(time.monotonic() - started, 1))
            self._watcher.check()
            await asyncio.sleep(max(_PAUSE, took * _SHARE))

    def _snapshot(self) -> None:
        """Make what :meth:`sources` and :meth:`get` show be what is known now."""
        changed = self._ordered.keys() != self._keepers.keys()
        for path, keeper in self._keepers.items():
            if keeper.folder.dirty or path not in self._ordered:
                self._ordered[path] = keeper.folder.sources()
                changed = True
        if not changed:
            return
        self._count = Counter(source.state for ordered in self._ordered.values() for source in ordered)
        self._by_id = {}
        for state in _STATES if self._count.keys() - {"ready"} else _STATES[:1]:
            for ordered in self._ordered.values():
                for source in ordered:
                    if source.state == state:
                        self._by_id.setdefault(source.id, source)
        if self._count["missing"]:
            self._drop_moved()
        for state in _STATES:
            metrics.library_sources.labels(state).set(self._count[state])
        self._snapshots.clear()
        self.version += 1
        published, self._published = self._published, asyncio.Event()
        published.set()

    def _drop_moved(self) -> None:
        """Forget files that are gone from one place while their content is in another."""
        for path, ordered in self._ordered.items():
            moved = [it for it in ordered if it.state == "missing" and self._by_id[it.id].state != "missing"]
            if moved:
                self._keepers[path].folder.forget(moved)
                self._ordered[path] = self._keepers[path].folder.sources()


def _absolute(folder: Path) -> Path:
    # Not resolved: that would touch the folder.
    return Path(os.path.abspath(folder.expanduser()))  # noqa: PTH100 - Path.absolute keeps ".."
