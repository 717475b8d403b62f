"""One folder of the operator's as the library knows it: what its files are, and what is to be done about them.

No I/O and no clock: listings go in (:meth:`Folder.see`, :meth:`Folder.unseen`), files to look into come out.
"""

import hashlib
import os
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import msgspec

from tvd.clock import NS
from tvd.library.catalogue import Content
from tvd.library.names import natural_key, title_from_name
from tvd.library.source import Source
from tvd.library.wording import label, metadata
from tvd.media.describing import NOTHING, Description
from tvd.media.library_wire import Entry

Verdict = Literal["same", "wait", "look"]
"""same: nothing to do; wait: still being copied in, look again; look: settled and not known, find out what it is."""
_UNKNOWN: Final = "?"
"""No stamp: whatever the next listing says is lying beside a file is news."""
_COPYING: Final = "still being copied in"


@dataclass(slots=True)
class File:
    """One file: the last look at it, and the source it is.

    ``settling`` is since when (nanoseconds) it looked like this while it was too fresh to be trusted, None when it is
    settled. ``retry``: the refusal was not the content's fault. ``queued``: someone is finding out what it is.
    ``beside`` is the stamp of what lies beside it now, ``described`` the one ``description`` was made for.
    """

    entry: Entry
    order: str
    source: Source
    beside: str = ""
    description: Description = NOTHING
    described: str | None = None
    settling: int | None = None
    retry: bool = False
    queued: bool = False

    @property
    def path(self) -> str:
        """As the operating system wants it; not necessarily valid UTF-8."""
        return os.fsdecode(self.entry.path)


class Folder:
    """The files below ``path``. ``look`` and ``settled_age`` in seconds: see :meth:`see`."""

    def __init__(self, path: Path, *, look: float = 3.0, settled_age: float = 10.0) -> None:
        self.path = path
        self._look = int(look * NS * 0.9)
        self._settled_age = int(settled_age * NS)
        self.files: dict[bytes, File] = {}
        self.queue: deque[File] = deque()
        self.pending = 0
        """Files queued or being looked into."""
        self.unread: dict[bytes, File] = {}
        """Files whose NFO has not been read."""
        self.undescribed: dict[bytes, File] = {}
        """Files whose description is not complete."""
        self.missing = ""
        """Why there is no such folder; empty when there is."""
        self.filesystem = ""
        self.dirty = True
        """Whether something changed since the last :meth:`sources`."""
        self._sorted: list[File] = []
        self._unsorted = False

    def see(self, entry: Entry, now_ns: int) -> Verdict:
        """Take note of one listed file and say what to do about it.

        A file last written ``settled_age`` seconds before it is first seen is complete; a fresher one when two looks
        ``look`` seconds apart find it unchanged.
        """
        file = self.files.get(entry.path)
        if file is None or (file.entry.size, file.entry.mtime_ns) != (entry.size, entry.mtime_ns):
            return self._changed(file, entry, now_ns)
        if file.beside != entry.beside:
            file.beside = entry.beside
            self._ask(file)
        if file.settling is not None:
            if now_ns - file.settling < self._look:
                return "wait"
            file.settling = None
            return "look"
        if file.source.state == "missing":
            if not file.source.probe:
                return "look"
            self._set(file, msgspec.structs.replace(file.source, state="ready", reason=""))
            self._ask(file)
        return "look" if file.source.state == "waiting" and not file.queued else "same"

    def _changed(self, file: File | None, entry: Entry, now_ns: int) -> Verdict:
        if file is None:
            name = os.path.relpath(os.fsdecode(entry.path), self.path)
            file = File(entry, natural_key(name), self._waiting(entry, ""), entry.beside)
            self.files[entry.path] = file
            self._unsorted = True
            trusted = True
        else:
            # What changes under our eyes is being written, whatever its time says.
            trusted = file.settling is None
            file.entry, file.retry, file.beside = entry, False, entry.beside
        old = trusted and now_ns - entry.mtime_ns > self._settled_age
        file.settling = None if old else now_ns
        self._set(file, self._waiting(entry, "" if old else _COPYING))
        return "look" if old else "wait"

    def unsettle(self, file: File, now_ns: int) -> None:
        """Take note that ``file`` was found changed while it was read."""
        file.settling = now_ns
        self._set(file, self._waiting(file.entry, _COPYING))

    def settling(self) -> list[str]:
        """Return the paths that want another look soon."""
        return [file.path for file in self.files.values() if file.settling is not None]

    def retry(self) -> list[File]:
        """Return refused files whose refusal was not their content's fault, to be asked again."""
        again = [it for it in self.files.values() if it.retry and not it.queued and it.source.state == "refused"]
        for file in again:
            file.retry = False
        return again

    def unseen(self, seen: set[bytes], only: Iterable[bytes] | None) -> None:
        """Take note that of all files (or ``only`` those at and below some paths) just ``seen`` are there."""
        gone = [
            self.files[path]
            for path in (self.files.keys() if only is None else self._at(set(only))) - seen
            if self.files[path].source.state != "missing"
        ]
        for file in gone:
            file.settling = None
            if file.source.state == "ready":
                self._set(file, msgspec.structs.replace(file.source, state="missing", reason="the file is gone"))
            else:
                # Nothing is known of it that anyone could miss.
                del self.files[file.entry.path]
                self._described(file)
                self._unsorted = True
                self.dirty = True

    def forget(self, sources: Iterable[Source]) -> None:
        """Know nothing more of the files of ``sources``."""
        for source in sources:
            assert source.path is not None
            if (file := self.files.pop(os.fsencode(source.path), None)) is not None:
                self._described(file)
        self.dirty = self._unsorted = True

    def _at(self, paths: set[bytes]) -> set[bytes]:
        """Return the known files at and below ``paths``."""
        files = paths & self.files.keys()
        if folders := paths - files:
            files |= {path for path in self.files if any(above in folders for above in _above(path))}
        return files

    def put(self, file: File, content: Content) -> None:
        """Take note of what ``file`` is."""
        path = Path(file.path)
        source = Source(
            id=content.id,
            path=path,
            size=file.entry.size,
            mtime_ns=file.entry.mtime_ns,
            state="refused" if content.reason else "ready",
            reason=content.reason,
            duration=content.duration,
            probe=content.probe,
        )
        file.retry = False
        self._set(file, _worded(source, file.description))
        if content.reason:
            self._described(file)
        else:
            self._ask(file)

    def describe(self, file: File, description: Description, beside: str, *, complete: bool = True) -> None:
        """Take note of what is said of ``file`` outside of it, ``complete`` or by NFO files alone."""
        if description != file.description:
            file.description = description
            if file.source.state in ("ready", "missing"):
                self._set(file, _worded(file.source, description))
        self.unread.pop(file.entry.path, None)
        if complete:
            file.described = beside
            self._ask(file)

    def put_off(self, file: File) -> None:
        """Do not want ``file`` described until it has been listed again."""
        file.beside = _UNKNOWN
        self._described(file)

    def _ask(self, file: File) -> None:
        """Want ``file`` to be described when what lies beside it is not what its description was made for."""
        if file.described == file.beside:
            self._described(file)
        elif file.source.state == "ready":
            self.undescribed[file.entry.path] = file
            if file.beside:
                self.unread[file.entry.path] = file

    def _described(self, file: File) -> None:
        self.unread.pop(file.entry.path, None)
        self.undescribed.pop(file.entry.path, None)

    def refuse(self, file: File, reason: str, *, retry: bool) -> None:
        """Take note that ``file`` cannot be used, with ``retry`` because of something that may pass."""
        file.retry = retry
        self._set(file, msgspec.structs.replace(self._waiting(file.entry, reason), state="refused"))

    def sources(self) -> list[Source]:
        """Return all sources in the folder's order: natural, folder by folder."""
        self.dirty = False
        if len(self._sorted) != len(self.files) or self._unsorted:
            self._sorted = sorted(self.files.values(), key=_by_order)
            self._unsorted = False
        return [file.source for file in self._sorted]

    def _set(self, file: File, source: Source) -> None:
        file.source = source
        self.dirty = True

    @staticmethod
    def _waiting(entry: Entry, reason: str) -> Source:
        # Nothing is known of the content yet, so the path has to give the id.
        name = hashlib.blake2b(b"path:" + entry.path, digest_size=8).hexdigest()
        path = Path(os.fsdecode(entry.path))
        return Source(
            id=name,
            path=path,
            size=entry.size,
            mtime_ns=entry.mtime_ns,
            title=title_from_name(path),
            state="waiting",
            reason=reason or "not looked into yet",
        )


def _worded(source: Source, said: Description) -> Source:
    """Return ``source`` with the words of its tags, its name and of ``said``."""
    assert source.path is not None
    words = metadata(source.path, source.probe, said)
    title = label(words, source.probe, said.kind)
    return msgspec.structs.replace(source, title=title, metadata=words, pictures=said.pictures)


def _above(path: bytes) -> Iterable[bytes]:
    while path := path.rpartition(b"/")[0]:
        yield path


def _by_order(file: File) -> str:
    return file.order
