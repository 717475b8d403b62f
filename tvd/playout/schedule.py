"""Laying a schedule out: programmes back to back from a segment on, each as long as its source. No clock, no I/O."""

from collections.abc import Iterator

import msgspec

from tvd.library.source import Source
from tvd.media.house import Grid
from tvd.playout.order import Catalogue, Sequencer, State, printable
from tvd.playout.rundown import ItemKind, ScheduleItem


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """An item and the state of the channel's order after it."""

    item: ScheduleItem
    state: State


def title_of(source: Source) -> str:
    """Return what the guide calls ``source``: its title, else the name of its file, else its identity."""
    return printable(source.title or (source.path.stem if source.path else source.id))


def item_of(source: Source, grid: Grid, slug: str, seq: int, kind: ItemKind = "programme") -> ScheduleItem:
    """Return the item that airs the whole of ``source`` from segment ``seq`` on."""
    return ScheduleItem(
        id=f"{slug}-{seq}",
        kind=kind,
        source=source.id,
        title=title_of(source),
        seq_start=seq,
        segments=source.segments(grid),
    )


def lay_out(
    order: Sequencer, catalogue: Catalogue, grid: Grid, slug: str, *, state: State, seq: int
) -> Iterator[Planned]:
    """Yield what airs from segment ``seq`` on, without gap or overlap, for ever; nothing without any source."""
    while (chosen := order.next(catalogue, state, seq)) is not None:
        source, state = chosen
        item = item_of(source, grid, slug, seq)
        yield Planned(item=item, state=state)
        seq = item.seq_stop
