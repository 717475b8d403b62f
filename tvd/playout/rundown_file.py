"""The rundown on disk: ``rundown-YYYY-MM-DD.jsonl`` in the channel's folder, append-only, one frozen item a line.

The file is the truth, and the first line for a place wins: whoever appends reads back what stands there. A line counts
when it follows the item before it without gap or overlap (or says that the channel begins anew behind it); all others
are passed over, by every reader alike. Days are UTC days of the item's start; lines of another grid, whose segments
are numbered differently, are passed over but for the state they carry.

A *revision* line voids everything at or behind its segment that is in the same file: items that start there disappear,
one that is on air ends there. It is written to every file that has such items. It may carry what the owner asked for,
which holds until an item that counts has granted it.

What the channel remembers is the sum of the steps on its items' lines. The first line of a file carries the whole
memory before it, so that older files are not needed.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import msgspec

from tvd.media.house import Grid
from tvd.playout import journal
from tvd.playout.memory import AGE, Memory, Request, Step
from tvd.playout.rundown import ScheduleItem
from tvd.playout.schedule import Planned

KIND: Final = "rundown"
VERSION: Final = 2


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line: an item with the step it makes, or a revision with the ``request`` that made it.

    ``v`` is the version of the format, ``fps`` names the grid. ``begin`` marks an item that starts the channel (anew)
    and need not follow what was before. ``memory`` is what the channel remembers before the item.
    """

    v: int
    fps: int
    item: ScheduleItem | None = None
    step: Step = Step()
    memory: Memory | None = None
    begin: bool = False
    revise: int | None = None
    request: Request | None = None


_DECODER: Final = msgspec.json.Decoder(Line)
_ENCODER: Final = msgspec.json.Encoder()


def parse(lines: Iterable[bytes]) -> list[Line]:
    """Return what can be read of ``lines``; damaged ones and those of a later version are passed over."""
    parsed = []
    for line in lines:
        try:
            one = _DECODER.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
        if one.v == VERSION:
            parsed.append(one)
    return parsed


def replay(lines: Iterable[Line], fps: int, planned: list[Planned], first: int = 0) -> None:
    """Apply ``lines`` of one file in order to ``planned``, the items that count so far.

    What starts before segment ``first`` is of earlier files; revisions here leave it alone.
    """
    for line in lines:
        if line.fps != fps:
            continue
        if line.revise is not None:
            _revise(planned, line.revise, first)
        elif line.item is not None and line.item.segments > 0:
            end = planned[-1].item.seq_stop if planned else line.item.seq_start
            if line.item.seq_start == end or (line.begin and line.item.seq_start > end):
                planned.append(Planned(item=line.item, step=line.step))


def _revise(planned: list[Planned], seq: int, first: int) -> None:
    while planned and planned[-1].item.seq_start >= max(seq, first):
        planned.pop()
    if planned and first <= planned[-1].item.seq_start and planned[-1].item.seq_stop > seq:
        cut = planned[-1].item
        shorter = msgspec.structs.replace(cut, segments=seq - cut.seq_start)
        planned[-1] = msgspec.structs.replace(planned[-1], item=shorter)


class _Day:
    """How far one day's file was read, and whether there was an item of this grid."""

    def __init__(self, path: Path, fps: int) -> None:
        self.path = path
        self.offset = 0
        self.begun = False
        self._fps = fps

    def vanished(self) -> bool:
        """Return whether somebody deleted or shortened the file."""
        try:
            size = self.path.stat().st_size
        except FileNotFoundError:
            size = 0
        return size < self.offset

    def read(self, *, again: bool = False) -> list[Line]:
        """Return the lines that are new since the last time, or all of them ``again``."""
        if again:
            self.offset, self.begun = 0, False
        raw, self.offset = journal.read(self.path, self.offset)
        lines = parse(raw)
        self.begun |= any(line.item is not None and line.fps == self._fps for line in lines)
        return lines


class RundownFiles:
    """The rundown files of one channel, followed as they grow. Every method blocks on the disk.

    ``folder`` is the channel's own. ``planned`` holds the items that count and were not forgotten; ``memory`` is what
    the channel remembers behind the last of them, replaced whole. ``revisions`` rises when something was voided.
    """

    def __init__(self, folder: Path, grid: Grid) -> None:
        self.folder = folder
        self._grid = grid
        self._days: dict[date, _Day] = {}
        self._since = date.min
        self.planned: list[Planned] = []
        self.memory = Memory()
        self.revisions = 0
        self.asked: tuple[Request, ...] = ()
        """What the owner asked for on the days that are followed, granted or not; replaced whole."""
        self._before = Memory()
        """What is remembered before the first item of the days that are followed."""

    def load(self, now_seq: int) -> None:
        """Read yesterday's file and all later ones, and of the earlier ones the newest with anything that counts."""
        self._days.clear()
        self._since = since = journal.day_of(self._grid, now_seq) - timedelta(days=1)
        days = journal.days_in(self.folder, KIND)
        read = {day: self._open(day).read() for day in days if day >= since}
        for day in reversed([day for day in days if day < since]):
            read[day] = self._open(day).read()
            if any(line.fps == self._grid.fps for line in read[day]):
                break
        self._replay(read)

    def _open(self, day: date) -> _Day:
        opened = self._days[day] = _Day(journal.path_of(self.folder, KIND, day), self._grid.fps)
        return opened

    def _replay_all(self) -> None:
        self._replay({day: opened.read(again=True) for day, opened in self._days.items()})

    def _replay(self, read: Mapping[date, Sequence[Line]]) -> None:
        """Begin anew with all lines of all days."""
        self.planned = []
        days = [read[day] for day in sorted(read)]
        self._take(read)
        self._before = self._remembered(days)
        memory = self._before.copy()
        for line in (line for lines in days for line in lines):
            if line.request is not None and line.fps == self._grid.fps:
                memory.ask(line.request)
        self.asked = memory.requests
        self._advance(memory, self.planned)

    def _take(self, read: Mapping[date, Iterable[Line]]) -> None:
        """Let the lines of these days, the newest there are, say what is planned."""
        for day in sorted(read):
            replay(read[day], self._grid.fps, self.planned, journal.first_of(self._grid, day))

    def _remembered(self, days: Iterable[Iterable[Line]]) -> Memory:
        """Return what the first line that carries it says; of another grid when there is none of this one."""
        items = [line for lines in days for line in lines if line.item is not None]
        first = next((line for line in items if line.fps == self._grid.fps), None)
        if first is not None:
            return first.memory or self._before
        others = Memory()
        for line in items:
            others = line.memory.copy() if line.memory is not None else others
            assert line.item is not None
            others.advance(line.item.source, 0, line.step)
        # When on that grid nobody knows on this one: it is as good as never.
        others.aired, others.marks = {}, {}
        return others

    def _advance(self, memory: Memory, planned: Iterable[Planned]) -> None:
        """Let what is remembered be ``memory``, taken as one's own, and the steps of ``planned``."""
        for one in planned:
            memory.advance(one.item.source, one.item.seq_start, one.step)
        self.memory = memory

    def refresh(self) -> bool:
        """Read what was appended since, by whomever; return whether there was anything."""
        newest = max(self._days, default=date.max)
        for day in journal.days_in(self.folder, KIND):
            if day not in self._days and day >= self._since:
                self._open(day)
        vanished = any(opened.vanished() for opened in self._days.values())
        changed = {day: new for day, opened in self._days.items() if (new := opened.read())}
        revised = sum(line.revise is not None for lines in changed.values() for line in lines)
        self.revisions += revised
        # Without anything before it, the first line says what is remembered.
        if self.planned and changed and min(changed) >= newest and not revised and not vanished:
            count = len(self.planned)
            self._take(changed)
            self._advance(self.memory.copy(), self.planned[count:])
        elif changed or vanished:
            self._replay_all()
        return bool(changed) or vanished

    def append(self, planned: Sequence[Planned], *, begin: bool = False) -> None:
        """Write ``planned`` (all starting on one day) and read back what counts now.

        ``begin`` marks the first as a new start. Raises ``OSError`` when the disk does not take it.
        """
        day = journal.day_of(self._grid, planned[0].item.seq_start)
        lines = [
            Line(v=VERSION, fps=self._grid.fps, item=one.item, step=one.step, begin=begin and number == 0)
            for number, one in enumerate(planned)
        ]
        if day not in self._days or not self._days[day].begun:
            oldest = planned[0].item.seq_start - self._grid.segments_for(AGE)
            self.memory = self.memory.pruned(oldest)
            lines[0] = msgspec.structs.replace(lines[0], memory=self.memory)
        journal.append(journal.path_of(self.folder, KIND, day), [_ENCODER.encode(line) for line in lines])
        self.refresh()

    def revise(self, seq: int, request: Request | None = None) -> None:
        """Void everything at or behind ``seq``, which must not have been fed to the pipeline yet; note ``request``."""
        touched = {journal.day_of(self._grid, one.item.seq_start) for one in self.planned if one.item.seq_stop > seq}
        if request is not None:
            touched.add(journal.day_of(self._grid, seq))
        line = _ENCODER.encode(Line(v=VERSION, fps=self._grid.fps, revise=seq, request=request))
        # Latest day first: cut short in between, the days left are still one unbroken plan.
        for day in sorted(touched, reverse=True):
            journal.append(journal.path_of(self.folder, KIND, day), [line])
        self.refresh()

    def forget_before(self, seq: int) -> None:
        """Let go in memory of what aired before ``seq``, but for the last item: the state is on it. The files stay."""
        gone = bisect_right(self.planned, seq, hi=max(0, len(self.planned) - 1), key=lambda one: one.item.seq_stop)
        del self.planned[:gone]
        oldest = self.planned[0].item.seq_start if self.planned else seq
        first = min(journal.day_of(self._grid, oldest), max(self._days, default=date.max))
        self._since = max(self._since, first)
        self._days = {day: opened for day, opened in self._days.items() if day >= first}
