"""The clock that airs segments: UTC once, monotonic ever after.

``HouseClock`` is anchored to the system's UTC when it is made and then advances with the monotonic clock, so a step
of the system clock (NTP, a user, DST mistakes) never moves programmes by itself. The difference is slewed away at no
more than ``MAX_SLEW``; when UTC is ahead by more than ``JUMP`` (a resumed laptop, a corrected clock) it jumps forward
once. It never runs backwards.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final, Protocol

NS: Final = 1_000_000_000
MAX_SLEW: Final = 500e-6
"""Largest rate difference to the monotonic clock: half a millisecond a second, inaudible and invisible."""
JUMP: Final = 30 * NS
"""UTC ahead by more than this is followed by one jump instead of hours of slewing."""
_SLEW_OVER: Final = 60 * NS
_CHECK_EVERY: Final = NS


class Clock(Protocol):
    """What airs segments needs to know of time."""

    def now_ns(self) -> int:
        """UTC in nanoseconds since 1970, never falling."""
        ...


class HouseClock:
    """UTC in nanoseconds that never falls and never steps back; see the module's docstring.

    ``utc_ns`` and ``monotonic_ns`` are the two clocks it is made from; tests pass their own.
    """

    def __init__(
        self,
        utc_ns: Callable[[], int] = time.time_ns,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._utc_ns = utc_ns
        self._monotonic_ns = monotonic_ns
        self._anchor = utc_ns(), monotonic_ns(), 0.0
        """UTC at some moment, the monotonic clock then, and the rate since: replaced whole, as threads ask too."""
        self.jumps = 0

    def now_ns(self) -> int:
        """UTC in nanoseconds since 1970, never falling."""
        reference, since, rate = self._anchor
        elapsed = self._monotonic_ns() - since
        now = reference + elapsed + int(elapsed * rate)
        if elapsed >= _CHECK_EVERY:
            now = self._discipline(now, since + elapsed)
        return now

    def _discipline(self, now: int, monotonic: int) -> int:
        """Compare with UTC once a second: jump forward when far behind, else choose the slew rate."""
        error = self._utc_ns() - now
        if error > JUMP:
            now += error
            error = 0
            self.jumps += 1
        self._anchor = now, monotonic, max(-MAX_SLEW, min(MAX_SLEW, error / _SLEW_OVER))
        return now


async def sleep_until(clock: Clock, unix_ns: int) -> None:
    """Return at or just after ``unix_ns`` on ``clock``; at once when it is past."""
    while (remaining := unix_ns - clock.now_ns()) > 0:
        # Long sleeps are cut so that a jump of the clock is noticed; a segment's is not, as there are many of them.
        await asyncio.sleep(min(remaining / NS, 2.5))
