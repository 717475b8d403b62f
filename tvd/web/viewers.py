"""Who watches: players that asked for a playlist lately, and open transport streams."""

from collections import Counter
from collections.abc import Hashable
from typing import Final

from tvd.clock import Clock
from tvd.web.broadcast import ChannelView

_SEGMENTS: Final = 3
"""A player that did not ask for this many segments has left."""
_MOST: Final = 20_000
"""Players remembered per channel, so that invented ones cannot fill the memory."""


class Audience:
    """The players of every channel. Forgets those that left whenever it counts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[str, dict[Hashable, int]] = {}
        self._connected: Counter[str] = Counter()

    def seen(self, slug: str, player: Hashable) -> None:
        """``player`` asked for the playlist of ``slug``."""
        players = self._seen.setdefault(slug, {})
        if len(players) < _MOST or player in players:
            players[player] = self._clock.now_ns()

    def connect(self, slug: str) -> None:
        """One more open transport stream."""
        self._connected[slug] += 1

    def disconnect(self, slug: str) -> None:
        """One open transport stream less."""
        self._connected[slug] -= 1

    def count(self, channel: ChannelView) -> int:
        """Return how many watch ``channel`` now."""
        grid = channel.grid
        since = self._clock.now_ns() - _SEGMENTS * (grid.start_ns(1) - grid.start_ns(0))
        players = self._seen.get(channel.slug)
        if not players:
            return self._connected[channel.slug]
        for player in [player for player, last in players.items() if last < since]:
            del players[player]
        return len(players) + self._connected[channel.slug]
