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

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import force_setattr

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


_NOTHING: Final[dict[str, Any]] = {}
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
            _slim(one)
            parsed.append(one)
    return parsed


def _slim(line: Line) -> None:
    """Let what all lines say alike be there once: a day of short clips has thousands of them."""
    for name in ("places", "series", "marathons", "marks"):
        if not getattr(line.step, name):
            force_setattr(line.step, name, _NOTHING)
    if line.item is not None:
        for name in ("source", "title", "block"):
            force_setattr(line.item, name, sys.intern(getattr(line.item, name)))


def replay(lines: Iterable[Line], fps: int, planned: list[Planned], first: int = 0) -> None:
    """Apply ``lines`` of one file in order to ``planned``, the items that count so far.

    The items before index ``first`` are of earlier files; revisions here leave them alone.
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
    while len(planned) > first and planned[-1].item.seq_start >= seq:
        planned.pop()
    if len(planned) > first and planned[-1].item.seq_stop > seq:
        cut = planned[-1].item
        shorter = msgspec.structs.replace(cut, segments=seq - cut.seq_start)
        planned[-1] = msgspec.structs.replace(planned[-1], item=shorter)


class _Day:
    """What is known of one day's file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = 0
        self.lines: list[Line] = []
        self.first = 0
        """Index of its first item in ``RundownFiles.planned``."""

    def vanished(self) -> bool:
        """Forget everything when somebody deleted or shortened the file; return whether it was so."""
        try:
            size = self.path.stat().st_size
        except FileNotFoundError:
            size = 0
        if size >= self.offset:
            return False
        self.offset, self.lines = 0, []
        return True

    def read(self) -> list[Line]:
        """Return the lines that are new since the last time."""
        raw, self.offset = journal.read(self.path, self.offset)
        new = parse(raw)
        self.lines += new
        return new


class RundownFiles:
    """The rundown files of one channel, followed as they grow. Every method blocks on the disk.

    ``folder`` is the channel's own. ``planned`` holds the items that count, of the days loaded; ``memory`` is what the
    channel remembers behind the last of them, replaced whole. ``revisions`` rises when something was voided.
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
        """What the owner asked for on the days loaded, granted or not; replaced whole."""
        self._before = Memory()
        """What is remembered before the first of ``planned``."""

    def load(self, now_seq: int) -> None:
        """Read yesterday's file and all later ones, and of the earlier ones the newest with anything that counts."""
        self._days.clear()
        self._since = since = journal.day_of(self._grid, now_seq) - timedelta(days=1)
        days = journal.days_in(self.folder, KIND)
        for day in days:
            if day >= since:
                self._open(day)
        for day in reversed([day for day in days if day < since]):
            if self._open(day):
                break
        self._replay_all()

    def _open(self, day: date) -> bool:
        """Read the file of ``day``; return whether it has lines of this grid."""
        self._days[day] = opened = _Day(journal.path_of(self.folder, KIND, day))
        return any(line.fps == self._grid.fps for line in opened.read())

    def _replay_all(self) -> None:
        self._days = dict(sorted(self._days.items()))
        self.planned = []
        for day in self._days.values():
            day.first = len(self.planned)
            replay(day.lines, self._grid.fps, self.planned, day.first)
        self._before = self._remembered()
        self._recall()

    def _remembered(self) -> Memory:
        """Return what the first line that carries it says; of another grid when there is none of this one."""
        first = next((line for line in self._lines() if line.item is not None), None)
        if first is not None:
            return first.memory or self._before
        others = Memory()
        for line in (line for day in self._days.values() for line in day.lines if line.item is not None):
            others = line.memory.copy() if line.memory is not None else others
            assert line.item is not None
            others.advance(line.item.source, 0, line.step)
        # When on that grid nobody knows on this one: it is as good as never.
        others.aired, others.marks = {}, {}
        return others

    def _recall(self, start: int = 0) -> None:
        """Go through the steps of what is planned, from number ``start`` on."""
        memory = (self.memory if start else self._before).copy()
        if not start:
            for line in self._lines():
                if line.request is not None:
                    memory.ask(line.request)
            self.asked = memory.requests
        for one in self.planned[start:]:
            memory.advance(one.item.source, one.item.seq_start, one.step)
        self.memory = memory

    def _lines(self) -> Iterator[Line]:
        return (line for day in self._days.values() for line in day.lines if line.fps == self._grid.fps)

    def refresh(self) -> bool:
        """Read what was appended since, by whomever; return whether there was anything."""
        known = set(self._days)
        for day in journal.days_in(self.folder, KIND):
            if day not in known and day >= self._since:
                self._days[day] = _Day(journal.path_of(self.folder, KIND, day))
        vanished = [opened for opened in self._days.values() if opened.vanished()]
        changed = {day: new for day, opened in self._days.items() if (new := opened.read())}
        newest = max(self._days, default=None)
        self.revisions += sum(line.revise is not None for lines in changed.values() for line in lines)
        if changed.keys() == {newest} and newest in known and not vanished:
            count, revised = len(self.planned), any(line.revise is not None for line in changed[newest])
            replay(changed[newest], self._grid.fps, self.planned, self._days[newest].first)
            # Without anything before it, the first line says what is remembered.
            self._recall(count) if count and not revised else self._replay_all()
        elif changed or vanished:
            self._replay_all()
        return bool(changed or vanished)

    def append(self, planned: Sequence[Planned], *, begin: bool = False) -> None:
        """Write ``planned`` (all starting on one day) and read back what counts now.

        ``begin`` marks the first as a new start. Raises ``OSError`` when the disk does not take it.
        """
        day = journal.day_of(self._grid, planned[0].item.seq_start)
        lines = [
            Line(v=VERSION, fps=self._grid.fps, item=one.item, step=one.step, begin=begin and number == 0)
            for number, one in enumerate(planned)
        ]
        known = self._days.get(day)
        if known is None or not any(line.item is not None and line.fps == self._grid.fps for line in known.lines):
            oldest = planned[0].item.seq_start - self._grid.segments_for(AGE)
            lines[0] = msgspec.structs.replace(lines[0], memory=self.memory.pruned(oldest))
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
        """Let go in memory of the days before the one of ``seq``; the files stay."""
        # The newest day stays, however old: the state is on its last line.
        first = min(journal.day_of(self._grid, seq), max(self._days, default=date.max))
        self._since = max(self._since, first)
        if any(day < first for day in self._days):
            self._days = {day: opened for day, opened in self._days.items() if day >= first}
            self._replay_all()
