"""Local time of a channel: what time of day a segment falls on, and whether that is in its quiet hours.

Only moments on the time line are turned into local times, never the other way round, so nothing here minds a clock
that is put forward or back.
"""

from datetime import UTC, datetime, time, tzinfo

from tvd.media.house import NS, Grid


def local_time(grid: Grid, seq: int, zone: tzinfo | None = None) -> time:
    """Return what clocks show when segment ``seq`` comes on air, in ``zone`` or the system's."""
    return datetime.fromtimestamp(grid.start_ns(seq) // NS, UTC).astimezone(zone).time()


class QuietHours:
    """The hours of ``hours`` ("23:00-06:00", empty: none), across midnight when they end earlier than they begin."""

    def __init__(self, hours: str, grid: Grid, zone: tzinfo | None = None) -> None:
        first, _, last = hours.partition("-")
        self._hours = (time.fromisoformat(first), time.fromisoformat(last)) if hours else None
        self._grid = grid
        self._zone = zone

    def __call__(self, seq: int) -> bool:
        """Return whether segment ``seq`` comes on air within them."""
        if self._hours is None:
            return False
        first, last = self._hours
        now = local_time(self._grid, seq, self._zone)
        return first <= now < last if first < last else now >= first or now < last
