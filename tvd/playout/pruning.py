"""Deletes rundown and as-run files that are too old to be asked for, once a day."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final, NoReturn

from tvd import logs
from tvd.playout.channel import Channel

KEPT: Final = 60
"""Days that rundown and as-run files are kept: so far back ``tvd tape`` and ``tvd guide`` know what aired."""
LEAST: Final = 4
"""Days they are kept whatever is configured: more than a start of tvd reads."""
_DAY: Final = 86_400
_log = logs.get("schedule")


def days_kept(asrun_days: int) -> int:
    """Return the days files are kept when the record of what aired is kept for ``asrun_days`` (0: for ever)."""
    return max(LEAST, min(KEPT, asrun_days or KEPT))


class Pruning:
    """One task for all channels; ``channels`` gives those on air, as they are now. ``days`` is how long files stay."""

    def __init__(self, channels: Callable[[], Iterable[Channel]], days: int) -> None:
        self._channels = channels
        self._days = days

    async def run(self) -> NoReturn:
        """Delete what is too old, every day."""
        while True:
            for channel in tuple(self._channels()):
                await asyncio.to_thread(self.prune, channel)
            await asyncio.sleep(_DAY)

    def prune(self, channel: Channel) -> None:
        """Delete the old files of one channel; a disk that refuses is asked again the next day. Blocks."""
        now = channel.on_air_seq()
        try:
            deleted = channel.promise.schedule.delete_before(now, self._days)
            deleted += channel.asrun.delete_before(now, self._days)
        except OSError as error:
            _log.warning("schedule.unpruned", channel=channel.config.slug, reason=str(error))
        else:
            if deleted:
                _log.info("schedule.pruned", channel=channel.config.slug, files=deleted)
