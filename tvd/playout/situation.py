"""Where the engine is when it decides: what there is, what was, and how far the next fixed thing is."""

from collections.abc import Callable
from dataclasses import dataclass

from tvd.library.source import Source
from tvd.media.house import Grid
from tvd.playout.calendar import Part
from tvd.playout.material import Material
from tvd.playout.memory import Memory
from tvd.playout.picking import Barred
from tvd.playout.rundown import ItemKind, ScheduleItem
from tvd.playout.schedule import item_of

Usable = Callable[[ScheduleItem], bool]
"""Says whether the asset of an item will be there when it airs."""


@dataclass(frozen=True, slots=True)
class Situation:
    """One decision of channel ``slug``: what airs from ``seq`` on.

    ``gap`` segments are left until something fixed, which is event number ``then`` (-1: something else); None: nothing
    is near. ``opening``: the channel begins here. ``block`` is the name of the block that has ``seq``.
    """

    slug: str
    grid: Grid
    material: Material
    memory: Memory
    seq: int
    part: Part
    block: str
    usable: Usable
    opening: bool
    gap: int | None
    then: int
    barred: Barred

    def item(self, source: Source, kind: ItemKind, *, after: int = 0, most: int = 0) -> ScheduleItem:
        """Return ``source`` on air ``after`` segments from here, cut after ``most``."""
        return item_of(source, self.grid, self.slug, self.seq + after, kind, block=self.block, most=most)

    def since(self, mark: str) -> int | None:
        """Return how many segments ago ``mark`` was made; None: never."""
        made = self.memory.marks.get(mark)
        return None if made is None else self.seq - made
