"""What a schedule is made of: the promise, which never changes, and what is computed behind it."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tvd.playout.material import Material
from tvd.playout.memory import Memory
from tvd.playout.rundown import ScheduleItem
from tvd.playout.schedule import Planned

MOST: Final = 2_500
"""Items computed at most, whatever time they fill: eight days of five minutes each, a day and a half of one-minute
clips. A hundred channels of clips would otherwise lay a million items out at the start, and keep them."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """The promise: what is planned, in order, and where each starts; ``stop`` is where computing goes on.

    ``memory`` is what is remembered there, and never changed. ``stop`` is None while the channel has not begun.
    ``anew``: nothing recent is promised, so that the next item starts the channel and need not follow the last one.
    ``revisions`` tells one promise from another of the same items.
    """

    planned: tuple[Planned, ...] = ()
    starts: tuple[int, ...] = ()
    stop: int | None = None
    memory: Memory = field(default_factory=Memory)
    anew: bool = True
    revisions: int = 0


@dataclass(frozen=True, slots=True)
class Ahead:
    """What was computed so far from the end of one promise and with one material; the lists grow on demand.

    Without the steps: they are half of the memory, and who promises makes them again.
    """

    frozen: Frozen
    material: Material
    more: Iterator[Planned]
    items: list[ScheduleItem] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)

    def after(self, frozen: Frozen) -> "Ahead | None":
        """Return what is left when the promise has grown to ``frozen``; None when it grew otherwise than computed."""
        done = bisect_left(self.starts, frozen.stop or 0)
        if done >= len(self.items) or self.starts[done] != frozen.stop or self.frozen.revisions != frozen.revisions:
            return None
        if done and [one.item for one in frozen.planned[-done:]] != self.items[:done]:
            return None
        return Ahead(frozen, self.material, self.more, self.items[done:], self.starts[done:])

    def extend(self, until: int) -> None:
        """Compute up to segment ``until``; one thread at a time, others may read meanwhile."""
        stop = self.items[-1].seq_stop if self.items else self.frozen.stop or 0
        while stop < until and len(self.items) < MOST and (one := next(self.more, None)) is not None:
            # In this order: whoever reads finds by where they start.
            self.items.append(one.item)
            self.starts.append(one.item.seq_start)
            stop = one.item.seq_stop
