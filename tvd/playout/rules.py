"""Rules of programming that cannot hold with the sources there are, each named with what airs instead. Pure."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from tvd.config import model
from tvd.config.programming import Selection
from tvd.library.source import Source
from tvd.media.house import NS
from tvd.playout.between import CARDS
from tvd.playout.calendar import Calendar
from tvd.playout.catalogue import Pool
from tvd.playout.material import Material, picks_of

_YEAR: Final = 366
_FORTNIGHT: Final = 14 * 86_400

Fault = tuple[str, str]
"""The dotted key of a rule, and what is wrong with it."""


def impossible(channel: model.Channel, sources: Sequence[Source], now_seq: int) -> list[Fault]:
    """Return what of ``channel``'s programming cannot hold from segment ``now_seq`` on."""
    material, calendar = Material(channel, tuple(sources)), Calendar(channel)
    if not material.everything.ids:
        return [("folders", "there is nothing in them that can air: the slate is shown until there is")]
    return [
        *_empty(channel, material),
        *_repeats(channel, material),
        *_uncovered(channel, calendar, now_seq),
        *_crowded(channel, material, calendar, now_seq),
        *_unfilled(channel, material),
    ]


def _empty(channel: model.Channel, material: Material) -> Iterator[Fault]:
    for block in channel.blocks:
        for place, (_, pick) in enumerate(picks_of(block), 1):
            if (block.kind == "programmes" or _says(pick)) and not material.own(pick).ids:
                at = f"blocks.{block.name}" + f".picks[{place}]" * bool(block.picks)
                others = material.picks(channel.blocks.index(block))
                instead = "the other picks air" if others else "what the channel airs otherwise is aired"
                yield at, f"nothing is selected by it: {instead}"
    for event in channel.events:
        if not material.event(event).ids:
            yield f"events.{event.name}", "nothing is selected by it: it is left out"


def _says(selection: Selection) -> bool:
    return any(getattr(selection, name) for name in Selection.__struct_fields__)


def _lasting(pool: Pool) -> float:
    return sum(source.duration for source in pool.by_id.values())


def _repeats(channel: model.Channel, material: Material) -> Iterator[Fault]:
    if channel.repeat > (lasts := _lasting(material.programmes)):
        yield "repeat", f"all programmes together last {_span(lasts)}: what aired longest ago airs again sooner"
    for block in channel.blocks:
        pools = [pool for _, _, pool in material.picks(channel.blocks.index(block))]
        if block.repeat and pools and block.repeat > (lasts := sum(map(_lasting, pools))):
            what = f"all that is selected lasts {_span(lasts)}: what aired longest ago airs again sooner than that"
            yield f"blocks.{block.name}.repeat", what


def _uncovered(channel: model.Channel, calendar: Calendar, now_seq: int) -> Iterator[Fault]:
    """Name blocks and events that never come within a year."""
    blocks, events, seq = set[int](), set[int](), now_seq
    wanted = (len(channel.blocks), len(channel.events))
    for _ in range(_YEAR if any(wanted) else 0):
        if (len(blocks), len(events)) == wanted:
            break
        following = calendar.midnight_after(seq)
        events |= {one.event for one in calendar.events(seq, following)}
        while seq < following:
            part = calendar.part_at(seq)
            blocks |= {part.block} - {-1}
            seq = max(part.stop, seq + 1)
    for number, block in enumerate(channel.blocks):
        if number not in blocks:
            yield f"blocks.{block.name}", "it covers nothing: it has no day, or blocks before it have all of its time"
    for number, event in enumerate(channel.events):
        if number not in events:
            yield f"events.{event.name}", "it never comes: there is no such day"


def _crowded(channel: model.Channel, material: Material, calendar: Calendar, now_seq: int) -> Iterator[Fault]:
    """Name events that begin while an earlier one is sure to run."""
    grid, known = calendar.grid, set[tuple[int, int]]()
    busy, by = now_seq, -1
    for one in calendar.events(now_seq, now_seq + grid.segments_for(_FORTNIGHT)):
        event = channel.events[one.event]
        if not (pool := material.event(event)).ids:
            continue
        if one.seq < busy and (by, one.event) not in known:
            known.add((by, one.event))
            at = f"{_local(calendar, one.seq)}"
            what = f"at {at} {channel.events[by].name!r} is still running: it begins after that, or is left out"
            yield f"events.{event.name}", what
        stop = max(busy, one.seq) + min(source.segments(grid) for source in pool.by_id.values())
        if stop > busy:
            busy, by = stop, one.event


def _unfilled(channel: model.Channel, material: Material) -> Iterator[Fault]:
    fixed = bool(channel.events) or any(block.exact for block in channel.blocks)
    if fixed and not material.fillers.ids:
        shortest = min(source.duration for source in material.programmes.by_id.values())
        if shortest > CARDS:
            what = f"the shortest programme lasts {_span(shortest)}: before what is fixed, part of one may have to air"
            yield "fillers", f"there are none, and {what}"


def _local(calendar: Calendar, seq: int) -> str:
    moment = datetime.fromtimestamp(calendar.grid.start_ns(seq) // NS, UTC).astimezone(calendar.zone)
    return f"{moment:%H:%M} on {moment:%a %d %b}"


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
