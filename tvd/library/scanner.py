"""Finding out what is in the folders: listings into :class:`~tvd.library.folder.Folder`, unknown files into sources.

Everything that touches a file happens in a library child; here is only what to ask next. A file is identified first
(cheap) and probed only when its content was never seen, so a renamed file costs next to nothing.
"""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from typing import Final

from tvd import logs
from tvd.errors import SourceRefusedError
from tvd.library.catalogue import Catalogue, Content
from tvd.library.describer import Describer
from tvd.library.folder import File, Folder
from tvd.media.beside import is_sidecar
from tvd.media.library_wire import Entry
from tvd.media.readers import Readers, StalledError, UnreadableError

_EMPTY: Final = "is empty"
_log = logs.get("library")


class Scanner:
    """Keeps folders up to date with what is on disk.

    ``changed`` is called whenever a folder's files changed; ``now_ns`` is UTC in nanoseconds, compared with the times
    of files. ``contents`` is everything known of content, by id.
    """

    def __init__(
        self, readers: Readers, catalogue: Catalogue, changed: Callable[[], None], now_ns: Callable[[], int]
    ) -> None:
        self._readers = readers
        self._catalogue = catalogue
        self._changed = changed
        self._now_ns = now_ns
        self._folders: list[Folder] = []
        self._work = asyncio.Event()
        self._progress = asyncio.Event()
        self._turn = 0
        self.describer = Describer(readers, catalogue, self._folders, self.step)
        self.contents: dict[str, Content] = {}
        self.probed = 0
        """Files probed so far: what neither the catalogue nor another path knew."""

    def add(self, folder: Folder) -> None:
        """Work on the files of ``folder`` from now on."""
        self._folders.append(folder)

    def remove(self, folder: Folder) -> None:
        """Forget the work on ``folder``."""
        self._folders.remove(folder)
        self._drop(folder)
        self.step()

    async def scan(self, folder: Folder, only: Sequence[str] | None = None) -> None:
        """List ``folder`` (or ``only`` these paths in it) and queue what is new.

        Raises :class:`UnreadableError` when it cannot be listed now; then nothing is concluded from that.
        """
        seen: set[bytes] = set()

        async def found(entries: tuple[Entry, ...]) -> None:
            seen.update(entry.path for entry in entries)
            await self._see(folder, entries)

        listed = await self._readers.list_folder(folder.path, found, only)
        folder.missing = listed.missing
        folder.filesystem = listed.filesystem or folder.filesystem
        if listed.incomplete:
            _log.warning("library.folder_incomplete", folder=str(folder.path), why=listed.incomplete)
        else:
            folder.unseen(seen, None if only is None else [it for it in map(os.fsencode, only) if not is_sidecar(it)])
        if only is None:
            for file in folder.retry():
                self._queue(folder, file)
        self.step()

    async def _see(self, folder: Folder, entries: Sequence[Entry]) -> None:
        now = self._now_ns()
        new = [entry for entry in entries if folder.see(entry, now) == "look"]
        known = await self._catalogue.known(new)
        said = await self._catalogue.descriptions([entry.path for entry in new if entry.path in known])
        for entry in new:
            file = folder.files[entry.path]
            if file.described is None and entry.path in said:
                file.described, file.description = said[entry.path]
            if (content := known.get(entry.path)) is not None:
                # The first version of what is known of a content counts, so corrections are not lost.
                self._put(folder, file, self.contents.setdefault(content.id, content))
            elif entry.size == 0:
                folder.refuse(file, _EMPTY, retry=False)
            else:
                self._queue(folder, file)
        self.describer.poke()
        self._changed()

    def _queue(self, folder: Folder, file: File) -> None:
        if not file.queued:
            file.queued = True
            folder.pending += 1
            folder.queue.append(file)
            self._work.set()

    async def work(self) -> None:
        """Find out what queued files are, for ever; several may run."""
        while True:
            if (turn := self._next()) is None:
                self._work.clear()
                await self._work.wait()
                continue
            folder, file = turn
            try:
                await self._find_out(folder, file)
            finally:
                file.queued = False
                folder.pending -= 1
                self.step()

    def _next(self) -> tuple[Folder, File] | None:
        """Take the next file, from each folder in turn, so that every channel has something soon."""
        for _ in self._folders:
            self._turn = (self._turn + 1) % len(self._folders)
            if queue := self._folders[self._turn].queue:
                return self._folders[self._turn], queue.popleft()
        return None

    async def _find_out(self, folder: Folder, file: File) -> None:
        entry = file.entry
        if folder.files.get(entry.path) is not file or file.settling is not None:
            return
        try:
            identified = await self._readers.identify(file.path)
        except SourceRefusedError as refusal:
            self._refuse(folder, file, str(refusal), retry=False)
        except StalledError as stalled:
            # Reading a few samples hangs: the mount does, so its other files can wait until it can be listed again.
            self._refuse(folder, file, str(stalled), retry=True)
            self._drop(folder)
        except UnreadableError as error:
            self._refuse(folder, file, str(error), retry=True)
        else:
            if (identified.size, identified.mtime_ns) != (entry.size, entry.mtime_ns) or file.entry is not entry:
                folder.unsettle(file, self._now_ns())
                return
            await self._know(folder, file, entry, identified.id)

    async def _know(self, folder: Folder, file: File, entry: Entry, content_id: str) -> None:
        content = self.contents.get(content_id) or await self._catalogue.content(content_id)
        if content is None:
            self.probed += 1
            started = time.monotonic()
            try:
                probe = await self._readers.probe(file.path)
                content = Content(id=content_id, probe=probe, duration=probe.duration)
                seconds = round(time.monotonic() - started, 3)
                _log.debug("source.ready", source=content_id, path=file.path, duration=probe.duration, took=seconds)
            except SourceRefusedError as refusal:
                content = Content(id=content_id, reason=str(refusal))
                _log.warning("source.refused", source=content_id, path=file.path, reason=content.reason)
            except UnreadableError as error:
                self._refuse(folder, file, str(error), retry=True)
                return
            self._catalogue.put_content(content)
        content = self.contents.setdefault(content_id, content)
        if file.entry is entry:
            self._catalogue.put_file(entry, content_id)
            self._put(folder, file, content)
            self.describer.poke()

    def _put(self, folder: Folder, file: File, content: Content) -> None:
        """Take note of what ``file`` is; until it is described, what was said of its content elsewhere is said."""
        if file.described is None:
            file.description = self.describer.by_content.get(content.id, file.description)
        folder.put(file, content)

    def _refuse(self, folder: Folder, file: File, reason: str, *, retry: bool) -> None:
        if file.source.reason != reason:
            _log.warning("source.refused", path=file.path, reason=reason)
        folder.refuse(file, reason, retry=retry)

    def correct(self, content: Content) -> None:
        """Replace what is known of some content, and every source made of it."""
        self.contents[content.id] = content
        self._catalogue.put_content(content)
        for folder in self._folders:
            for file in folder.files.values():
                if file.source.id == content.id and file.source.state in ("ready", "refused"):
                    folder.put(file, content)
        self.step()

    @staticmethod
    def _drop(folder: Folder) -> None:
        for file in folder.queue:
            file.queued = False
        folder.pending -= len(folder.queue)
        folder.queue.clear()

    @property
    def next_step(self) -> asyncio.Event:
        """Set when a file more is known, or a listing ended."""
        return self._progress

    def step(self) -> None:
        """Tell whoever waits for progress that there was some."""
        self._changed()
        progress, self._progress = self._progress, asyncio.Event()
        progress.set()
