"""Local time of a channel: what time of day a segment falls on.

Only moments on the time line are turned into local times, never the other way round, so nothing here minds a clock
that is put forward or back.
"""

from datetime import UTC, datetime, time, tzinfo

from tvd.media.house import NS, Grid


def local_time(grid: Grid, seq: int, zone: tzinfo | None = None) -> time:
    """Return what clocks show when segment ``seq`` comes on air, in ``zone`` or the system's."""
    return datetime.fromtimestamp(grid.start_ns(seq) // NS, UTC).astimezone(zone).time()
