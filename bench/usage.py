"""What processes take: processor time over an interval, and memory, as the system accounts for it."""

import contextlib
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import psutil  # type: ignore[import-untyped]  # it ships no types

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes. ``pss``: its share of what it shares with others counted in; ``private``: what nobody else has."""

    pss: int = 0
    private: int = 0

    def __add__(self, other: "Memory") -> "Memory":
        return Memory(self.pss + other.pss, self.private + other.private)


def memory_of(pid: int | None) -> Memory:
    """Return the memory of one process (None: this one); nothing when it has ended."""
    try:
        full = psutil.Process(pid).memory_full_info()
    except psutil.Error:
        return Memory()
    return Memory(getattr(full, "pss", full.uss), full.uss)


def memory(pids: Iterable[int]) -> Memory:
    """Return the memory of all of them."""
    return sum((memory_of(pid) for pid in pids), Memory())


def descendants(pid: int) -> list[psutil.Process]:
    """Return everything below ``pid``."""
    try:
        below: list[psutil.Process] = psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []
    return below


def seconds_of(pid: int) -> float:
    """Return the processor time of a process and of its children that ended, user and system; 0 when it has ended."""
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return float(sum((times.user, times.system, times.children_user, times.children_system)))


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """Processor time of some processes since it was started."""

    at: float
    used: Mapping[int, float]

    @classmethod
    def start(cls, pids: Iterable[int]) -> Self:
        """Begin to measure ``pids``."""
        used = {pid: seconds_of(pid) for pid in pids}
        return cls(time.monotonic(), used)

    def percent(self, pids: Iterable[int] | None = None) -> float:
        """Return the share of one core they took since, in percent; of ``pids`` alone when given."""
        wanted = self.used.keys() if pids is None else [pid for pid in pids if pid in self.used]
        spent = sum(max(0.0, seconds_of(pid) - self.used[pid]) for pid in wanted)
        return 100 * spent / (time.monotonic() - self.at)


class Tally:
    """Processor time of this process and everything below it, also of what ends meanwhile and of what a sandbox hides.

    Look often: what a process takes after the last look at it is not counted.
    """

    def __init__(self) -> None:
        self._used: dict[int, float] = {}
        self._before = 0.0
        self._before = self.look()

    def look(self) -> float:
        """Return the seconds taken since the beginning, by what was seen until now."""
        for process in (psutil.Process(), *descendants(os.getpid())):
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                self._used[process.pid] = times.user + times.system
        return sum(self._used.values()) - self._before
