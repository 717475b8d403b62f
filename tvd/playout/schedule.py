"""Schedule items out of sources, and what laying a schedule out is made of. No clock, no I/O."""

import msgspec

from tvd.library.source import Source
from tvd.media.house import Grid
from tvd.playout.memory import Step
from tvd.playout.rundown import ItemKind, ScheduleItem
from tvd.text import writable


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """An item and the step it makes in the channel's memory."""

    item: ScheduleItem
    step: Step = Step()


def title_of(source: Source) -> str:
    """Return what the guide calls ``source``: its title, else the name of its file, else its identity."""
    return writable(source.title or (source.path.stem if source.path else source.id))


def item_of(
    source: Source, grid: Grid, slug: str, seq: int, kind: ItemKind = "programme", *, block: str = "", most: int = 0
) -> ScheduleItem:
    """Return the item that airs ``source`` from segment ``seq`` on, cut after ``most`` segments when that is not 0."""
    segments = source.segments(grid)
    return ScheduleItem(
        id=f"{slug}-{seq}",
        kind=kind,
        source=source.id,
        title=title_of(source),
        seq_start=seq,
        segments=min(segments, most) if most else segments,
        block=block,
    )
