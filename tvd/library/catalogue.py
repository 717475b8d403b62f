"""What earlier runs learned of the operator's files, in SQLite: a cache, so a restart probes nothing again.

Facts are kept apart, so that a renamed file is recognised: which content a path held (by size and time), what that
content is, and what was said of the path outside of it (NFO files, its name). It may be lost at any time: a corrupt
file is moved aside and begun anew, a locked or read-only one means running without.
"""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

import aiosqlite
import msgspec

from tvd import logs
from tvd.media.describing import Description
from tvd.media.library_wire import Entry
from tvd.media.probe import Probe

_VERSION: Final = 2
"""Raised when the probe learns to see more, so that everything is probed again."""
_DESCRIBED: Final = 1
"""Raised when describing learns to see more, so that everything is described again; nothing is probed for that."""
_KEEP_DAYS: Final = 120
_BUSY: Final = 1.0
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS files
  (path BLOB PRIMARY KEY, size INTEGER, mtime_ns INTEGER, content TEXT NOT NULL, seen INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS contents (id TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS descriptions
  (path BLOB PRIMARY KEY, version INTEGER NOT NULL, beside TEXT NOT NULL, data BLOB NOT NULL) WITHOUT ROWID;
"""
_log = logs.get("library")


class Content(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is known of some content, whatever file holds it.

    ``probe`` is None when it was refused before it could be probed. ``duration`` in seconds is the corrected one where
    the normaliser found another than the probe; ``reason`` why it is refused (empty: it is not).
    """

    id: str
    probe: Probe | None = None
    duration: float = 0.0
    reason: str = ""


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Content).decode
_decode_description: Final = msgspec.json.Decoder(Description).decode


class Catalogue:
    """The cache as ``async with Catalogue(path)``; every method does nothing when it cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database: aiosqlite.Connection | None = None
        self._files: dict[bytes, tuple[bytes, int, int, str, int]] = {}
        self._contents: dict[str, bytes] = {}
        self._descriptions: dict[bytes, tuple[bytes, int, str, bytes]] = {}

    @property
    def usable(self) -> bool:
        """Whether it remembers anything."""
        return self._database is not None

    async def __aenter__(self) -> Self:
        try:
            try:
                self._database = await self._open()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                backup = await asyncio.to_thread(self._move_aside)
                _log.warning("library.catalogue_corrupt", path=str(self._path), why=str(error), backup=str(backup))
                self._database = await self._open()
        except (sqlite3.Error, OSError) as error:
            await self._give_up(error)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.flush()
        await self._close()

    async def _open(self) -> aiosqlite.Connection:
        await asyncio.to_thread(self._path.parent.mkdir, parents=True, exist_ok=True)
        database = await aiosqlite.connect(self._path, timeout=_BUSY)
        try:
            await _check(database)
            await database.execute("PRAGMA journal_mode = WAL")
            await database.execute("PRAGMA synchronous = NORMAL")
            async with database.execute("PRAGMA user_version") as cursor:
                row = await cursor.fetchone()
            if row is not None and row[0] != _VERSION:
                await database.executescript("DROP TABLE IF EXISTS files; DROP TABLE IF EXISTS contents;")
            await database.executescript(f"{_SCHEMA} PRAGMA user_version = {_VERSION};")
            await database.execute("DELETE FROM files WHERE seen < ?", (_today() - _KEEP_DAYS,))
            await database.execute("DELETE FROM descriptions WHERE path NOT IN (SELECT path FROM files)")
            await database.execute("DELETE FROM contents WHERE id NOT IN (SELECT content FROM files)")
            await database.commit()
        except BaseException:
            await database.close()
            raise
        return database

    def _move_aside(self) -> Path:
        """Rename the database and its journals; they are kept for whoever wants to know."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        for suffix in ("-wal", "-shm", ""):
            found = self._path.with_name(self._path.name + suffix)
            if found.exists():
                found.rename(self._path.with_name(f"{self._path.name}.corrupt-{stamp}{suffix}"))
        return self._path.with_name(f"{self._path.name}.corrupt-{stamp}")

    async def _give_up(self, error: Exception) -> None:
        """Run without: the files are asked again next time."""
        _log.warning("library.catalogue_unavailable", path=str(self._path), why=str(error))
        await self._close()

    async def _close(self) -> None:
        database, self._database = self._database, None
        if database is not None:
            with contextlib.suppress(sqlite3.Error):
                await database.close()

    async def known(self, entries: Sequence[Entry]) -> dict[bytes, Content]:
        """Return what is known of those ``entries`` that have not changed since, by path."""
        if self._database is None or not entries:
            return {}
        query = (
            "SELECT path, size, mtime_ns, seen, data FROM files JOIN contents ON id = content"  # noqa: S608 - marks only
            f" WHERE path IN ({','.join('?' * len(entries))})"
        )
        by_path = {entry.path: entry for entry in entries}
        found: dict[bytes, Content] = {}
        try:
            async with self._database.execute(query, tuple(by_path)) as cursor:
                rows = await cursor.fetchall()
            for path, size, mtime_ns, seen, data in rows:
                entry = by_path[path]
                if (size, mtime_ns) == (entry.size, entry.mtime_ns):
                    content = found[path] = _decode(data)
                    if seen != _today():
                        self._files[path] = (path, size, mtime_ns, content.id, _today())
        except sqlite3.Error as error:
            await self._give_up(error)
        except msgspec.DecodeError:
            # Written by a version that knew other fields: those files are simply probed again.
            _log.info("library.catalogue_outdated", path=str(self._path))
        return found

    async def content(self, content_id: str) -> Content | None:
        """Return what is known of some content, None when it was never seen."""
        if self._database is None:
            return None
        try:
            async with self._database.execute("SELECT data FROM contents WHERE id = ?", (content_id,)) as cursor:
                row = await cursor.fetchone()
            return None if row is None else _decode(row[0])
        except sqlite3.Error as error:
            await self._give_up(error)
        except msgspec.DecodeError:
            pass
        return None

    async def descriptions(self, paths: Sequence[bytes]) -> dict[bytes, tuple[str, Description]]:
        """Return what was said of the files at ``paths``, each with the stamp of what lay beside it then."""
        if self._database is None or not paths:
            return {}
        query = (
            "SELECT path, beside, data FROM descriptions"  # noqa: S608 - marks only
            f" WHERE version = ? AND path IN ({','.join('?' * len(paths))})"
        )
        try:
            async with self._database.execute(query, (_DESCRIBED, *paths)) as cursor:
                rows = await cursor.fetchall()
            return {path: (beside, _decode_description(data)) for path, beside, data in rows}
        except sqlite3.Error as error:
            await self._give_up(error)
        except msgspec.DecodeError:
            _log.info("library.catalogue_outdated", path=str(self._path))
        return {}

    def put_description(self, path: bytes, beside: str, description: Description) -> None:
        """Remember what is said of a file while ``beside`` is the stamp of what lies beside it; see :meth:`flush`."""
        if self._database is not None:
            self._descriptions[path] = (path, _DESCRIBED, beside, _encode(description))

    def put_file(self, entry: Entry, content_id: str) -> None:
        """Remember that ``entry`` holds that content; written by the next :meth:`flush`."""
        if self._database is not None:
            self._files[entry.path] = (entry.path, entry.size, entry.mtime_ns, content_id, _today())

    def put_content(self, content: Content) -> None:
        """Remember what some content is; written by the next :meth:`flush`."""
        if self._database is not None:
            self._contents[content.id] = _encode(content)

    async def flush(self) -> None:
        """Write what was put since the last time, in one transaction."""
        files, self._files = self._files, {}
        contents, self._contents = self._contents, {}
        descriptions, self._descriptions = self._descriptions, {}
        if self._database is None or not (files or contents or descriptions):
            return
        try:
            await self._write("INSERT OR REPLACE INTO contents VALUES (?, ?)", contents.items())
            await self._write("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", files.values())
            await self._write("INSERT OR REPLACE INTO descriptions VALUES (?, ?, ?, ?)", descriptions.values())
            await self._database.commit()
        except sqlite3.Error as error:
            await self._give_up(error)
        except asyncio.CancelledError:
            # Perhaps not committed: the flush of the end writes it (again), but for what was replaced meanwhile.
            self._files, self._contents = files | self._files, contents | self._contents
            self._descriptions = descriptions | self._descriptions
            raise

    async def _write(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        assert self._database is not None
        await self._database.executemany(statement, list(rows))


def _today() -> int:
    return int(time.time() // 86400)


async def _check(database: aiosqlite.Connection) -> None:
    """Raise ``sqlite3.DatabaseError`` when the file is damaged."""
    async with database.execute("PRAGMA quick_check(1)") as cursor:
        found = await cursor.fetchone()
    if found is None or found[0] != "ok":
        raise sqlite3.DatabaseError(f"quick_check: {found and found[0]}")
