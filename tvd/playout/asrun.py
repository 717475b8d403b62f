"""What was really fed, segment by segment: ``asrun-YYYY-MM-DD.jsonl`` in the channel's folder, append-only.

An entry holds until the next one, so a line is written only when the mapping changes: at joins, and when a slate
steps in or out. What is said of a segment once stays: a restarted process makes the window again from here, and the
bytes are the same.
"""

from bisect import bisect_right
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec

from tvd.media.house import Grid
from tvd.playout import journal
from tvd.playout.rundown import ItemKind

KIND: Final = "asrun"
VERSION: Final = 1


class AsRun(msgspec.Struct, frozen=True, kw_only=True):
    """From segment ``seq`` on, segments of ``asset`` (its key) were fed, the first of them being its ``index``.

    ``item`` is the identity of the schedule item, ``kind`` what really aired in its place. ``sound`` is the key of the
    night sound that aired with the pictures, empty: the asset's own.
    """

    seq: int
    asset: str
    index: int
    item: str
    kind: ItemKind
    title: str
    sound: str = ""


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    v: int
    fps: int
    entry: AsRun


_DECODER: Final = msgspec.json.Decoder(_Line)
_ENCODER: Final = msgspec.json.Encoder()


class AsRunLog:
    """The as-run log of one channel. ``append`` and ``load`` block on the disk, ``at`` and ``between`` do not.

    ``folder`` holds one folder a channel; the log is in the one named ``slug``.
    """

    def __init__(self, folder: Path, slug: str, grid: Grid) -> None:
        self._folder = folder / slug
        self._grid = grid
        self._entries: list[AsRun] = []
        self._starts: list[int] = []
        self._unwritten: list[AsRun] = []

    def load(self, seq_from: int) -> None:
        """Read all that is needed to answer for ``seq_from`` and later, and forget what was in memory."""
        self._entries, self._starts, self._unwritten = [], [], []
        needed = []
        for day in reversed(journal.days_in(self._folder, KIND)):
            entries = self._read(journal.path_of(self._folder, KIND, day))
            needed.append(entries)
            if entries and min(entry.seq for entry in entries) <= seq_from:
                break
        for entries in reversed(needed):
            for entry in entries:
                self._accept(entry)

    def _read(self, path: Path) -> list[AsRun]:
        entries = []
        for raw in journal.read(path)[0]:
            try:
                line = _DECODER.decode(raw)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                continue
            if line.v == VERSION and line.fps == self._grid.fps:
                entries.append(line.entry)
        return entries

    def _accept(self, entry: AsRun) -> bool:
        """Hold ``entry`` when it is news: behind the last one, and not what would air there anyway."""
        if self._entries:
            last = self._entries[-1]
            ahead = entry.seq - last.seq
            if ahead <= 0:
                return False
            same = (last.asset, last.index + ahead, last.item, last.kind, last.sound)
            if same == (entry.asset, entry.index, entry.item, entry.kind, entry.sound):
                return False
        self._entries.append(entry)
        self._starts.append(entry.seq)
        return True

    def append(self, entry: AsRun) -> bool:
        """Log ``entry`` durably; return False (and write nothing) when it is no news or too late to be true.

        Raises ``OSError`` when the disk did not take it: it is held all the same and written with the next one.
        """
        if not self._accept(entry):
            return False
        self._unwritten.append(entry)
        while self._unwritten:
            day = journal.day_of(self._grid, self._unwritten[0].seq)
            lines = [
                _ENCODER.encode(_Line(v=VERSION, fps=self._grid.fps, entry=one))
                for one in self._unwritten
                if journal.day_of(self._grid, one.seq) == day
            ]
            journal.append(journal.path_of(self._folder, KIND, day), lines)
            del self._unwritten[: len(lines)]
        return True

    def at(self, seq: int) -> tuple[AsRun, int] | None:
        """Return the entry that holds at ``seq`` and which segment of its asset that is; None before the first.

        The last entry holds for ever: an index beyond the asset means that nothing was logged for that time (or, of a
        filler or slate, that it went round).
        """
        place = bisect_right(self._starts, seq) - 1
        if place < 0:
            return None
        entry = self._entries[place]
        return entry, entry.index + seq - entry.seq

    def between(self, seq_from: int, seq_to: int) -> tuple[AsRun, ...]:
        """Return the loaded entries that hold somewhere from ``seq_from`` to before ``seq_to``."""
        first = max(0, bisect_right(self._starts, seq_from) - 1)
        return tuple(entry for entry in self._entries[first:] if entry.seq < seq_to)

    def forget_before(self, seq: int) -> None:
        """Let go in memory of what is not needed to answer for ``seq`` and later; the files stay."""
        first = max(0, bisect_right(self._starts, seq) - 1)
        del self._entries[:first], self._starts[:first]

    def delete_before(self, now_seq: int, days: int) -> int:
        """Delete files older than ``days`` days that nothing is read from any more; return how many."""
        return journal.delete_before(self._folder, KIND, journal.day_of(self._grid, now_seq) - timedelta(days=days))
