"""The guide as people and boxes read it: programmes back to back, what airs between them folded in. Pure functions.

A schedule is exact and restless: between two films there may be an ident, three bumpers and an "up next". Guides of
television sets cannot show entries of five seconds and take a gap for a fault. So in guides

- what airs between programmes (:data:`tvd.playout.rundown.INTERSTITIAL`) belongs to the programme before it, whose
  entry lasts until the next one begins; a programme's own start stays exact, to the segment;
- with nothing before it, it belongs to the programme behind it, whose entry begins earlier;
- a stretch of at least :data:`LONG` without any programme (a night service, the fill before a fixed event) is an entry
  of its own, under the title of its longest part.

The as-run log and ``/api/channels/SLUG/schedule`` tell every part by itself.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

import msgspec

from tvd.guide.listing import titles
from tvd.library.metadata import Metadata
from tvd.library.source import Source
from tvd.media.house import NS, Grid
from tvd.playout.rundown import INTERSTITIAL, ItemKind, ScheduleItem

LONG: Final = 600 * NS
"""Nanoseconds without a programme from which on it is an entry of its own."""
_NOTHING: Final = Metadata()


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One entry of a guide: from ``start_ns`` to before ``stop_ns`` (UTC since 1970), segments of its channel's grid.

    ``title`` is that of the series when ``subtitle`` is that of an episode. ``words`` is all that is known of it.
    ``aired``: it is told by the as-run log, not by the plan.
    """

    id: str
    kind: ItemKind
    title: str
    subtitle: str = ""
    words: Metadata = _NOTHING
    seq_start: int
    seq_stop: int
    start_ns: int
    stop_ns: int
    aired: bool = False


def entry_of(item: ScheduleItem, source: Source | None, grid: Grid) -> Entry:
    """Return ``item`` with what is known of its source today."""
    words = source.metadata if source else _NOTHING
    title, subtitle = titles(item, source)
    return Entry(
        id=item.id,
        kind=item.kind,
        title=title,
        subtitle=subtitle,
        words=words,
        seq_start=item.seq_start,
        seq_stop=item.seq_stop,
        start_ns=grid.start_ns(item.seq_start),
        stop_ns=grid.start_ns(item.seq_stop),
    )


def readable(entries: Iterable[Entry]) -> list[Entry]:
    """Return ``entries`` (in order) with what airs between programmes folded in, as the module's docstring says.

    Where nothing was planned or aired there is nothing: entries on both sides of such a hole stay apart. Parts of one
    programme that aired around a fault are one entry.
    """
    made: list[Entry] = []
    block: list[Entry] = []
    for entry in entries:
        if block and block[-1].stop_ns != entry.start_ns:
            made += _folded(block)
            block = []
        block.append(entry)
    return made + _folded(block)


def _folded(block: Sequence[Entry]) -> list[Entry]:
    """Fold entries that follow one another without a hole."""
    made: list[Entry] = []
    first: Entry | None = None
    for between, group in groupby(block, key=lambda entry: entry.kind in INTERSTITIAL):
        parts = list(group)
        if not between:
            if first is not None:
                parts[0] = msgspec.structs.replace(parts[0], start_ns=first.start_ns, seq_start=first.seq_start)
                first = None
            for part in parts:
                if made and made[-1].id == part.id:
                    made[-1] = _until(made[-1], part)
                else:
                    made.append(part)
        elif parts[-1].stop_ns - parts[0].start_ns >= LONG:
            made.append(_whole(parts))
        elif made:
            made[-1] = _until(made[-1], parts[-1])
        else:
            first = parts[0]
    return made if first is None else [_whole(block)]


def _until(entry: Entry, last: Entry) -> Entry:
    return msgspec.structs.replace(entry, stop_ns=last.stop_ns, seq_stop=last.seq_stop)


def _whole(parts: Sequence[Entry]) -> Entry:
    """Return one entry for all of ``parts``, called what the longest is called."""
    longest = max(parts, key=lambda part: part.stop_ns - part.start_ns)
    return _until(msgspec.structs.replace(longest, start_ns=parts[0].start_ns, seq_start=parts[0].seq_start), parts[-1])


def contiguous(entries: Sequence[Entry], title: str) -> list[Entry]:
    """Return ``entries`` with every hole between them filled by one that is called ``title``.

    Boxes take a hole for missing data and draw the programme before it longer.
    """
    made: list[Entry] = []
    for entry in entries:
        if made and entry.start_ns > (hole := made[-1]).stop_ns:
            made.append(
                Entry(
                    id=f"{hole.id}-after",
                    kind="slate",
                    title=title,
                    seq_start=hole.seq_stop,
                    seq_stop=entry.seq_start,
                    start_ns=hole.stop_ns,
                    stop_ns=entry.start_ns,
                )
            )
        made.append(entry)
    return made
