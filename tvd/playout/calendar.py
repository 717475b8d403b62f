"""Local time on the time line: which block has a segment, when the next fixed event is, whether it is night.

Pure functions of the configuration and the time zone; the system's clock is not read. A local time that the clock skips
(spring) is the moment of its jump; one that comes twice (autumn) is the first of the two. So blocks that meet in local
time meet on the time line as well: one from 02:00 to 03:00 is empty on the one day and has two hours on the other.
"""

import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tvd.config import model, ranges
from tvd.config.programming import Block, Event
from tvd.media.house import NS, Grid

_DAY: Final = timedelta(days=1)
_DAYS_KEPT: Final = 64
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the time line: from segment ``start`` to before ``stop`` block number ``block`` has it (-1: none).

    ``opened`` is where that occurrence of the block began, which is before ``start`` when another one interrupts it.
    """

    start: int
    stop: int
    block: int
    opened: int


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Event number ``event`` is to begin with segment ``seq``."""

    seq: int
    event: int


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo:
    """Return the time zone ``name``, the system's for ""; UTC where neither is known."""
    for known in (name, *_system_zone()) if not name else (name,):
        try:
            return ZoneInfo(known)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return UTC


def _system_zone() -> Iterator[str]:
    """Yield what may be the name of the system's zone: an offset would not know of summer and winter."""
    if zone := os.environ.get("TZ", "").removeprefix(":"):
        yield zone.rpartition("zoneinfo/")[2]
    yield str(Path("/etc/localtime").resolve()).rpartition("zoneinfo/")[2]
    try:
        yield Path("/etc/timezone").read_text().strip()
    except OSError:
        return


def instant(day: date, minute: int, zone: tzinfo) -> datetime:
    """Return the moment (UTC) at which it is ``minute`` minutes after midnight of ``day``, as people read clocks."""
    naive = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)
    moment = naive.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == naive:
        return moment
    # The clock jumps over it. The offsets before and after give two moments, and the jump is between them.
    early = naive.replace(tzinfo=zone, fold=1).astimezone(UTC)
    before = early.astimezone(zone).utcoffset()
    while moment - early > timedelta(seconds=1):
        middle = early + (moment - early) // 2
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            moment = middle
    return moment.replace(microsecond=0)


class Calendar:
    """The blocks, events and nights of one channel on its grid."""

    def __init__(self, channel: model.Channel) -> None:
        self.grid = Grid(channel.house.fps)
        self.zone = zone_of(channel.timezone)
        self._blocks = channel.blocks
        self._events = channel.events
        self._night = channel.night
        self._part_days: dict[date, tuple[Part, ...]] = {}
        self._event_days: dict[date, tuple[Occurrence, ...]] = {}
        self._fixed_days: dict[date, list[tuple[int, int]]] = {}

    def seq_of(self, moment: datetime) -> int:
        """Return the first segment that begins at or after ``moment``: what is exact is never early."""
        ns = int((moment - datetime.fromtimestamp(0, UTC)) / timedelta(microseconds=1)) * 1000
        return self.grid.seq_at(ns - 1) + 1

    def day_of(self, seq: int) -> date:
        """Return the local day on which ``seq`` comes on air."""
        return datetime.fromtimestamp(self.grid.start_ns(seq) // NS, UTC).astimezone(self.zone).date()

    def midnight_after(self, seq: int) -> int:
        """Return the first segment of the local day after that of ``seq``."""
        return self.seq_of(instant(self.day_of(seq) + _DAY, 0, self.zone))

    def part_at(self, seq: int) -> Part:
        """Return the part of the time line that ``seq`` is in, at most a day long."""
        day = self.day_of(seq)
        parts = self._parts(day)
        return parts[max(0, bisect_right(parts, seq, key=lambda part: part.start) - 1)]

    def events(self, seq: int, until: int) -> Sequence[Occurrence]:
        """Return the events that are to begin from ``seq`` to before ``until``, in order."""
        if not self._events:
            return ()
        found, day = [], self.day_of(seq)
        last = self.day_of(until)
        while day <= last:
            found += [one for one in self._occurrences(day) if seq <= one.seq < until]
            day += _DAY
        return found

    def fixed_after(self, seq: int) -> Iterator[tuple[int, int]]:
        """Yield what begins to the segment behind ``seq`` within a day or two: the segment, the event (-1: a block)."""
        day = self.day_of(seq)
        for each in (day, day + _DAY):
            yield from (fixed for fixed in self._fixed(each) if fixed[0] > seq)

    def _fixed(self, day: date) -> list[tuple[int, int]]:
        if (known := self._fixed_days.get(day)) is not None:
            return known
        opened = {part.opened for part in self._parts(day) if part.block >= 0 and self._blocks[part.block].exact}
        first = self.seq_of(instant(day, 0, self.zone))
        found = [(seq, -1) for seq in opened if seq >= first]
        found += [(one.seq, one.event) for one in self._occurrences(day)]
        return _keep(self._fixed_days, day, sorted(found))

    def night(self, seq: int) -> bool:
        """Return whether ``seq`` is within the hours of the quieter sound."""
        if not self._night:
            return False
        first, _, last = self._night.partition("-")
        day = self.day_of(seq)
        spans = (self._span(day - _DAY, first, last), self._span(day, first, last))
        return any(start <= seq < stop for start, stop in spans)

    def _span(self, day: date, first: str, last: str) -> tuple[int, int]:
        begin, end = ranges.minutes(first), ranges.minutes(last)
        after = day if end > begin else day + _DAY
        return self.seq_of(instant(day, begin, self.zone)), self.seq_of(instant(after, end, self.zone))

    def _parts(self, day: date) -> tuple[Part, ...]:
        """Return the parts of the local ``day``, without a gap."""
        if (known := self._part_days.get(day)) is not None:
            return known
        first, last = (self.seq_of(instant(each, 0, self.zone)) for each in (day, day + _DAY))
        covered = [
            (number, *self._span(each, block.from_, block.to))
            for number, block in enumerate(self._blocks)
            for each in (day - _DAY, day)
            if ranges.covers(block, each)
        ]
        edges = {first, last, *(edge for _, *span in covered for edge in span if first < edge < last)}
        parts: list[Part] = []
        for start, stop in pairwise(sorted(edges)):
            number, opened = next(((n, begin) for n, begin, end in covered if begin <= start < end), (-1, first))
            if parts and (parts[-1].block, parts[-1].opened) == (number, opened):
                parts[-1] = Part(parts[-1].start, stop, number, opened)
            else:
                parts.append(Part(start, stop, number, opened))
        return _keep(self._part_days, day, tuple(parts))

    def _occurrences(self, day: date) -> tuple[Occurrence, ...]:
        if (known := self._event_days.get(day)) is not None:
            return known
        found = sorted(
            (self.seq_of(instant(day, ranges.minutes(event.at), self.zone)), number)
            for number, event in enumerate(self._events)
            if ranges.covers(event, day)
        )
        return _keep(self._event_days, day, tuple(Occurrence(seq, number) for seq, number in found))

    def end_of(self, part: Part) -> int:
        """Return the first segment behind ``part`` that is not of the same occurrence: past midnight, if need be."""
        while (following := self.part_at(part.stop)).block == part.block and following.opened == part.opened:
            part = following
        return part.stop

    def block(self, part: Part) -> Block | None:
        """Return the block that has ``part``, None for the channel itself."""
        return self._blocks[part.block] if part.block >= 0 else None

    def event(self, occurrence: Occurrence) -> Event:
        """Return the event that ``occurrence`` is of."""
        return self._events[occurrence.event]


def _keep(days: dict[date, T], day: date, value: T) -> T:
    while len(days) >= _DAYS_KEPT:
        days.pop(next(iter(days)), None)
    days[day] = value
    return value
