"""How often one client may do something."""

from collections.abc import Hashable
from typing import Final

from tvd.clock import NS, Clock

_MOST: Final = 10_000
"""Clients remembered; beyond that the ones that were quiet longest are forgotten, so invented ones fill nothing."""


class RateLimit:
    """A bucket for each client: ``burst`` at once, refilled with ``a_minute``; all of them in bounded memory."""

    def __init__(self, clock: Clock, *, burst: int, a_minute: float) -> None:
        self._clock = clock
        self._burst = float(burst)
        self._a_ns = a_minute / (60 * NS)
        self._buckets: dict[Hashable, tuple[float, int]] = {}

    def allows(self, client: Hashable) -> bool:
        """Take one from the bucket of ``client``; return False when it is empty."""
        now = self._clock.now_ns()
        left, since = self._buckets.pop(client, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._a_ns)
        allowed = left >= 1
        # Put back at the end: the order is that of the last time.
        self._buckets[client] = (left - allowed, now)
        if len(self._buckets) > _MOST:
            del self._buckets[next(iter(self._buckets))]
        return allowed
