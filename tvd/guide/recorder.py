"""Writes down what channels publish: from the feeder's log and the window, segment by segment, into the history.

The feeder says of every segment what it is made of, ahead of air; the window says whether it could be had when it was
due. A segment aired when it was listed for viewers, also late. Asked again after a crash, both say the same: the window
is made again as it was, and a row goes on where it had ended.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final, NoReturn

import msgspec

from tvd import logs
from tvd.guide.history import Airing, History
from tvd.guide.listing import titles
from tvd.library.metadata import Metadata
from tvd.library.source import Source
from tvd.playout.asrun import AsRun
from tvd.playout.channel import Channel

INTERVAL: Final = 0.5
"""Seconds between two looks."""
_log = logs.get("history")


class Recorder:
    """One task for all channels: ``channels`` gives those on air, as they are now."""

    def __init__(
        self,
        history: History,
        channels: Callable[[], Iterable[Channel]],
        find_source: Callable[[str], Source | None],
    ) -> None:
        self._history = history
        self._channels = channels
        self._find_source = find_source
        self._open: dict[str, Airing | None] = {}
        """What was noted last, by slug."""
        self._next: dict[str, int] = {}
        """First segment that nothing was noted of, by slug."""

    async def run(self) -> NoReturn:
        """Look for ever."""
        while True:
            for channel in tuple(self._channels()):
                try:
                    if channel.config.slug not in self._open:
                        await self.resume(channel)
                    self.look(channel)
                except Exception:  # noqa: BLE001 - a bug of ours leaves a gap in the log of one channel, not of all
                    _log.exception("history.look_failed", channel=channel.config.slug)
            await asyncio.sleep(INTERVAL)

    async def resume(self, channel: Channel) -> None:
        """Go on where the history ends."""
        last = await self._history.last(channel.config.slug)
        if last is not None and last.fps != channel.grid.fps:
            last = None
        self._open[channel.config.slug] = last
        self._next[channel.config.slug] = last.seq_stop if last else 0

    def look(self, channel: Channel) -> None:
        """Note what came on air since the last look."""
        slug, window, now = channel.config.slug, channel.window, channel.on_air_seq()
        if window.oldest is None:
            return
        # What is missing at the end may still come, late; what is missing before the window never will.
        at = max(self._next[slug], window.oldest)
        while at <= now and window.get(at) is not None:
            self._note(channel, at)
            at += 1
        self._next[slug] = at

    def _note(self, channel: Channel, seq: int) -> None:
        known = channel.asrun.at(seq)
        if known is None:
            return
        fed, index = known
        slug, grid = channel.config.slug, channel.grid
        last = self._open[slug]
        if last is not None and last.seq_stop == seq and _continues(last, fed, index):
            last = msgspec.structs.replace(last, seq_stop=seq + 1, stop_ns=grid.start_ns(seq + 1))
        else:
            last = self._begun(channel, seq, fed, index)
        self._open[slug] = last
        self._history.put(last)

    def _begun(self, channel: Channel, seq: int, fed: AsRun, index: int) -> Airing:
        grid = channel.grid
        planned = channel.promise.schedule.item_at(seq)
        item = planned if planned is not None and planned.id == fed.item else None
        source = self._find_source(item.source) if item else None
        return Airing(
            channel=channel.config.slug,
            start_ns=grid.start_ns(seq),
            stop_ns=grid.start_ns(seq + 1),
            fps=grid.fps,
            seq_start=seq,
            seq_stop=seq + 1,
            item=fed.item,
            kind=fed.kind,
            title=titles(item, source)[0] if item else fed.title,
            source=item.source if item else "",
            asset=fed.asset,
            first=0 if fed.kind == "slate" else index,
            words=source.metadata if source else Metadata(),
        )


def _continues(last: Airing, fed: AsRun, index: int) -> bool:
    """Return whether a segment is the next of what aired last."""
    if (last.item, last.kind, last.asset) != (fed.item, fed.kind, fed.asset):
        return False
    return fed.kind == "slate" or index == last.first + last.seq_stop - last.seq_start
