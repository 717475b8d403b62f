"""What really aired, for years: the as-run log in SQLite (``asrun.sqlite`` in the data folder).

:class:`History` owns the database. Nothing on air depends on it: what cannot be written is held in memory and tried
again, a damaged file is moved aside (and kept), a locked one is waited for. One connection, WAL, ``synchronous=FULL``.
Several tvd that share the folder write the same rows.
"""

import asyncio
import contextlib
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NoReturn

import aiosqlite
import msgspec

from tvd import logs
from tvd.guide.entries import Entry
from tvd.library.metadata import Metadata
from tvd.media.house import NS
from tvd.playout.rundown import ItemKind

FLUSH: Final = 5.0
"""Seconds between two writes: after a power cut as much may be missing, after a crash the window still has it."""
MOST_HELD: Final = 50_000
"""Rows held while the database cannot be written: about a week of a hundred channels."""
_BUSY: Final = 2.0
_DAY: Final = 86_400
_BATCH: Final = 5_000
_VERSION: Final = 1
_SCHEMA: Final = f"""
CREATE TABLE IF NOT EXISTS aired
  (channel TEXT NOT NULL, start_ns INTEGER NOT NULL, stop_ns INTEGER NOT NULL, fps INTEGER NOT NULL,
   seq_start INTEGER NOT NULL, seq_stop INTEGER NOT NULL, item TEXT NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL,
   source TEXT NOT NULL, asset TEXT NOT NULL, first INTEGER NOT NULL, words TEXT NOT NULL,
   PRIMARY KEY (channel, start_ns)) WITHOUT ROWID;
PRAGMA user_version = {_VERSION};
"""
_PUT: Final = (
    "INSERT INTO aired VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (channel, start_ns) DO UPDATE SET "
    "stop_ns = max(stop_ns, excluded.stop_ns), seq_stop = max(seq_stop, excluded.seq_stop)"
)
# The row that holds at a moment begins before it: the last one that does, and all behind it.
_BETWEEN: Final = (
    "SELECT * FROM aired WHERE channel = ?1 AND start_ns < ?3 AND stop_ns > ?2 AND start_ns >= "
    "coalesce((SELECT max(start_ns) FROM aired WHERE channel = ?1 AND start_ns <= ?2), ?2) ORDER BY start_ns"
)
_log = logs.get("history")


class Airing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Segments ``seq_start`` to before ``seq_stop`` of ``channel`` (its slug), as viewers could see them.

    Of ``asset`` (generation and key) the segment ``first`` and those behind it aired; of a slate they went round.
    ``item`` is the schedule item it stood for (empty: none), ``kind`` what really aired, ``words`` what was known of
    the source then. ``start_ns`` and ``stop_ns`` are UTC since 1970; ``fps`` names the grid.
    """

    channel: str
    start_ns: int
    stop_ns: int
    fps: int
    seq_start: int
    seq_stop: int
    item: str
    kind: ItemKind
    title: str
    source: str
    asset: str
    first: int
    words: Metadata = Metadata()


def _apart(airings: list[Airing]) -> list[Airing]:
    """Return ``airings`` without overlaps, the earlier row being right: two tvd, or one that could not read its own."""
    made: list[Airing] = []
    for airing in airings:
        if made and (over := made[-1].seq_stop - airing.seq_start) > 0 and made[-1].fps == airing.fps:
            if airing.seq_stop <= made[-1].seq_stop:
                continue
            first = airing.first if airing.kind == "slate" else airing.first + over
            stop, seq = made[-1].stop_ns, made[-1].seq_stop
            made.append(msgspec.structs.replace(airing, start_ns=stop, seq_start=seq, first=first))
        else:
            made.append(airing)
    return made


def titles_of(airing: Airing) -> tuple[str, str]:
    """Return title and subtitle as the guide has them: of an episode its series and its own title."""
    words = airing.words
    return (words.series, words.title) if words.series else (airing.title, "")


def entry_of(airing: Airing) -> Entry:
    """Return ``airing`` as an entry of the guide."""
    title, subtitle = titles_of(airing)
    return Entry(
        id=airing.item or f"{airing.channel}-{airing.seq_start}",
        kind=airing.kind,
        title=title,
        subtitle=subtitle,
        words=airing.words,
        seq_start=airing.seq_start,
        seq_stop=airing.seq_stop,
        start_ns=airing.start_ns,
        stop_ns=airing.stop_ns,
        aired=True,
    )


class History:
    """The as-run log. ``put`` never waits; ``run`` writes what was put, for ever; ``close`` writes the rest.

    ``days`` is how long rows are kept, 0: for ever.
    """

    def __init__(self, path: Path, days: int) -> None:
        self.days = days
        self._path = path
        self._database: aiosqlite.Connection | None = None
        self._held: dict[tuple[str, int], Airing] = {}
        self._writing = asyncio.Lock()
        self._complained = ""
        self._prune_at = 0.0

    def put(self, airing: Airing) -> None:
        """Note ``airing``, or that it lasted longer than was noted before."""
        self._held[airing.channel, airing.start_ns] = airing
        if len(self._held) > MOST_HELD:
            del self._held[next(iter(self._held))]

    async def between(self, channel: str, from_ns: int, to_ns: int) -> list[Airing]:
        """Return what aired on ``channel`` in [``from_ns``, ``to_ns``), whole rows, in order, as far as it is known."""
        found: dict[int, Airing] = {}
        rows = await self._rows(_BETWEEN, (channel, from_ns, to_ns))
        for airing in (*rows, *self._held.values()):
            if airing.channel == channel and airing.start_ns < to_ns and airing.stop_ns > from_ns:
                known = found.get(airing.start_ns)
                found[airing.start_ns] = known if known and known.stop_ns > airing.stop_ns else airing
        return _apart([found[start] for start in sorted(found)])

    async def last(self, channel: str) -> Airing | None:
        """Return the newest row of ``channel``; None when there is none, or none can be read."""
        rows = await self._rows("SELECT * FROM aired WHERE channel = ?1 ORDER BY start_ns DESC LIMIT 1", (channel,))
        return rows[0] if rows else None

    async def run(self) -> NoReturn:
        """Write what was put, every ``FLUSH`` seconds, and forget what is too old once a day."""
        while True:
            await asyncio.sleep(FLUSH)
            await self.flush()
            if self.days and time.monotonic() >= self._prune_at:
                self._prune_at = time.monotonic() + _DAY
                await self.delete_before(time.time_ns() - self.days * _DAY * NS)

    async def open(self) -> None:
        """Open the database; a fault is logged, and what is put is held meanwhile."""
        async with self._writing:
            await self._opened()

    async def close(self) -> None:
        """Write the rest and close."""
        await self.flush()
        async with self._writing:
            await self._closed()

    async def flush(self) -> None:
        """Write what was put since the last time, in one transaction."""
        async with self._writing:
            if not self._held or (database := await self._opened()) is None:
                return
            held = dict(self._held)
            try:
                await database.executemany(_PUT, [_row(airing) for airing in held.values()])
                await database.commit()
            except sqlite3.Error as error:
                await self._failed(error)
                return
            self._complained = ""
            for key, airing in held.items():
                if self._held.get(key) is airing:
                    del self._held[key]

    async def delete_before(self, unix_ns: int) -> None:
        """Forget what ended before ``unix_ns``, a little at a time so that nothing waits for it."""
        while True:
            async with self._writing:
                if (database := await self._opened()) is None:
                    return
                try:
                    cursor = await database.execute(
                        "DELETE FROM aired WHERE (channel, start_ns) IN "
                        "(SELECT channel, start_ns FROM aired WHERE stop_ns < ? LIMIT ?)",
                        (unix_ns, _BATCH),
                    )
                    await database.commit()
                except sqlite3.Error as error:
                    await self._failed(error)
                    return
            if cursor.rowcount < _BATCH:
                return

    # The database --------------------------------------------------------------------------------------------------

    async def _rows(self, query: str, values: tuple[object, ...]) -> list[Airing]:
        async with self._writing:
            if (database := await self._opened()) is None:
                return []
            try:
                async with database.execute(query, values) as cursor:
                    return [_airing(row) for row in await cursor.fetchall()]
            except (sqlite3.Error, msgspec.ValidationError, msgspec.DecodeError) as error:
                if isinstance(error, sqlite3.Error):
                    await self._failed(error)
                else:
                    self._complain("history.unreadable", error)
                return []

    async def _opened(self) -> aiosqlite.Connection | None:
        """Return the database, opened now when it was not; None when it cannot be used."""
        if self._database is not None:
            return self._database
        try:
            try:
                self._database = await self._connected()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                await self._set_aside(error)
                self._database = await self._connected()
        except (sqlite3.Error, OSError) as error:
            self._complain("history.unavailable", error)
        return self._database

    async def _connected(self) -> aiosqlite.Connection:
        await asyncio.to_thread(self._path.parent.mkdir, parents=True, exist_ok=True)
        database = await aiosqlite.connect(self._path, timeout=_BUSY)
        try:
            async with database.execute("PRAGMA quick_check(1)") as cursor:
                checked = await cursor.fetchone()
            if checked is None or checked[0] != "ok":
                raise sqlite3.DatabaseError(f"quick_check: {checked and checked[0]}")
            async with database.execute("PRAGMA user_version") as cursor:
                version = await cursor.fetchone()
            if version is not None and version[0] > _VERSION:
                raise sqlite3.OperationalError(f"written by a later version of tvd ({version[0]})")
            await database.execute("PRAGMA journal_mode = WAL")
            await database.execute("PRAGMA synchronous = FULL")
            await database.executescript(_SCHEMA)
            await database.commit()
        except BaseException:
            await database.close()
            raise
        return database

    async def _failed(self, error: sqlite3.Error) -> None:
        """Close after a fault, so that the next use looks at the file again; a damaged one is set aside then."""
        self._complain("history.unavailable", error)
        await self._closed()
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            with contextlib.suppress(OSError):
                await self._set_aside(error)

    async def _set_aside(self, error: sqlite3.Error) -> None:
        backup = await asyncio.to_thread(self._move)
        _log.error("history.corrupt", path=str(self._path), reason=str(error), backup=str(backup))

    def _move(self) -> Path:
        """Rename the database with its journals; they stay for whoever can mend them."""
        backup = self._path.with_name(f"{self._path.name}.corrupt-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
        for suffix in ("-wal", "-shm", ""):
            found = self._path.with_name(self._path.name + suffix)
            if found.exists():
                found.rename(backup.with_name(backup.name + suffix))
        return backup

    async def _closed(self) -> None:
        database, self._database = self._database, None
        if database is not None:
            with contextlib.suppress(sqlite3.Error):
                await database.close()

    def _complain(self, event: str, error: Exception) -> None:
        """Log a fault once, until it has passed or is another."""
        if self._complained != str(error):
            self._complained = str(error)
            _log.log(30, event, path=str(self._path), reason=str(error), held=len(self._held))


def _row(airing: Airing) -> tuple[object, ...]:
    *values, words = msgspec.structs.astuple(airing)
    return (*values, msgspec.json.encode(words).decode())


def _airing(row: sqlite3.Row) -> Airing:
    values = dict(zip(Airing.__struct_fields__, row, strict=True))
    words = msgspec.json.decode(values.pop("words"), type=Metadata)
    return Airing(**values, words=words)
