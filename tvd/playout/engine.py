"""What airs from some segment on: the channel's blocks, events and requests put into practice, one group at a time.

A *group* is a programme with what leads to it (an ident, the card that announces it), or one piece of what fills the
time before something fixed. It follows from configuration, sources, memory and segment number alone: nothing is drawn
by chance, no clock is read. Whatever the rules are, there is a group as long as there is any source.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from tvd.config import model
from tvd.config.programming import Event
from tvd.library.source import Source
from tvd.playout.between import Between
from tvd.playout.calendar import Calendar, Part
from tvd.playout.catalogue import Pool
from tvd.playout.continuity import NOTHING, Continuity
from tvd.playout.filling import best_fit
from tvd.playout.material import Material, picks_of
from tvd.playout.memory import Memory, Step
from tvd.playout.order import digest
from tvd.playout.picking import Option, Picker
from tvd.playout.rundown import ScheduleItem
from tvd.playout.schedule import Planned
from tvd.playout.situation import Situation, Usable

LATE: Final = 30 * 60
"""Seconds by which an event may begin late because something runs over it; after that it is left out."""
WAITING: Final = 86_400
"""Seconds after which a request that could not be granted is forgotten."""
_HORIZON: Final = 12 * 3600
"""Seconds before something fixed at which it begins to matter."""
_ROOM: Final = 2
"""Programmes of usual length that must still fit before something fixed, or else the rest of the time is planned."""


def anything(_item: ScheduleItem) -> bool:
    """Whatever is planned will be there: what is assumed of everything far away."""
    return True


class Engine:
    """The programming of one channel."""

    def __init__(self, channel: model.Channel, continuity: Continuity = NOTHING) -> None:
        self.channel = channel
        self.calendar = Calendar(channel)
        self.grid = self.calendar.grid
        self._between = Between(channel, continuity)
        self._timed = bool(channel.blocks or channel.events)
        self._pickers = {"": Picker(channel.slug, "", channel.order)}
        for block in channel.blocks:
            for key, pick in picks_of(block):
                order = pick.order or channel.order
                self._pickers[key] = Picker(f"{channel.slug}/{key}", key, order, block.marathon)
        for event in channel.events:
            order = event.order or channel.order
            self._pickers[event.name] = Picker(f"{channel.slug}/{event.name}", event.name, order)

    def lay_out(self, material: Material, memory: Memory, seq: int, *, opening: bool = False) -> Iterator[Planned]:
        """Yield what airs from ``seq`` on, without gap or overlap, for ever; nothing without any source.

        ``memory`` is moved along.
        """
        while group := self.group(material, memory, seq, opening=opening):
            for one in group:
                memory.advance(one.item.source, one.item.seq_start, one.step)
                yield one
            seq, opening = group[-1].item.seq_stop, False

    def group(
        self, material: Material, memory: Memory, seq: int, *, usable: Usable = anything, opening: bool = False
    ) -> list[Planned]:
        """Return what airs from ``seq`` on: one item, or several that belong together; [] without any source.

        Interstitials are only what is ``usable``; the programme, which is the last one, is what it is. ``memory`` stays
        as it is.
        """
        if not material.everything.ids:
            return []
        here = self._situation(material, memory, seq, usable, opening=opening)
        return (
            self._request(here, "now")
            or self._event(here)
            or self._request(here, "next")
            or self._night(here)
            or self._programme(here)
        )

    def _situation(
        self, material: Material, memory: Memory, seq: int, usable: Usable, *, opening: bool = False
    ) -> Situation:
        part = self.calendar.part_at(seq) if self._timed else Part(seq, seq + 1, -1, seq)
        block = self.calendar.block(part) if self._timed else None
        removed = memory.removed(seq)
        repeat = (block.repeat if block else 0.0) or self.channel.repeat
        distance = self.grid.segments_for(repeat) if repeat else 0
        aired = memory.aired

        def barred(source: str) -> bool:
            return source in removed or seq - aired.get(source, seq - distance) < distance

        gap, then = self._fixed(material, removed, seq) if self._timed else (None, -1)
        return Situation(
            self.channel.slug, self.grid, material, memory, seq, part, block.name if block else "", usable, opening,
            gap, then, barred,
        )  # fmt: skip

    def _fixed(self, material: Material, removed: frozenset[str], seq: int) -> tuple[int | None, int]:
        """Return how far the next fixed beginning is, and of which event (-1: of a block)."""
        horizon = seq + self.grid.segments_for(_HORIZON)
        for at, event in self.calendar.fixed_after(seq):
            if at > horizon:
                break
            if event < 0 or self._airs(material, removed, self.channel.events[event]):
                return at - seq, event
        return None, -1

    @staticmethod
    def _airs(material: Material, removed: frozenset[str], event: Event) -> bool:
        """Return whether there is anything for ``event``."""
        ids = material.event(event).ids
        return bool(ids) and not (removed and removed.issuperset(ids))

    # Requests and events ----------------------------------------------------------------------------------------------

    def _request(self, here: Situation, action: str) -> list[Planned]:
        """Return what the owner asked for, when it is time and (but for "now") nothing fixed is in its way."""
        for request in here.memory.requests:
            source = here.material.everything.by_id.get(request.source)
            late = here.seq - request.seq
            if request.action != action or source is None or late >= self.grid.segments_for(WAITING):
                continue
            item = here.item(source, "programme")
            if here.gap is None or item.segments <= here.gap or action == "now":
                return [Planned(item=item, step=Step(served=request.id))]
        return []

    def _event(self, here: Situation) -> list[Planned]:
        """Return the event that begins here, or is late."""
        if not self.channel.events:
            return []
        since = here.seq if here.opening or not here.memory.last else here.seq - self.grid.segments_for(LATE)
        removed = here.memory.removed(here.seq)
        for occurrence in self.calendar.events(since, here.seq + 1):
            event = self.calendar.event(occurrence)
            mark = f"event {event.name}"
            if here.memory.marks.get(mark, -1) >= occurrence.seq or not self._airs(here.material, removed, event):
                continue
            option = self._pickers[event.name].choose(here.material.event(event), here.memory, here.seq, here.barred)
            assert option is not None
            source, step = option
            item = msgspec.structs.replace(here.item(source, "programme"), block=event.name)
            return [Planned(item=item, step=msgspec.structs.replace(step, marks={mark: occurrence.seq}))]
        return []

    def _coming(self, here: Situation) -> Source | None:
        """Return what the event at the end of the gap will air."""
        if here.then < 0 or here.gap is None:
            return None
        event = self.channel.events[here.then]
        # As it will be then: what airs last is no programme, and what aired before is longer ago.
        memory = here.memory.following("")
        then = self._situation(here.material, memory, here.seq + here.gap, here.usable)
        option = self._choose(self._pickers[event.name], here.material.event(event), then)
        return option[0] if option else None

    # Programmes -------------------------------------------------------------------------------------------------------

    def _night(self, here: Situation) -> list[Planned]:
        block = self.calendar.block(here.part) if self._timed else None
        if block is None or block.kind != "night":
            return []
        planned = self._between.night(here, block, self._pickers[block.name], self.calendar.end_of(here.part))
        return [planned] if planned else []

    def _programme(self, here: Situation) -> list[Planned]:
        picks = self._picks(here)
        option = next(option for picker, pool in picks if (option := self._choose(picker, pool, here)) is not None)
        item = here.item(option[0], "programme")
        room = None if here.gap is None else here.gap - item.segments
        if room is not None and 0 != room < _ROOM * max(pool.typical(self.grid) for _, pool in picks):
            return self._last_before(here, picks)
        step = option[1]
        if "ident" not in here.memory.marks:
            step = msgspec.structs.replace(step, marks={**step.marks, "ident": here.seq})
        leads = self._between.leads(here, item, option[0]) if room != 0 else []
        shift = sum(lead.item.segments for lead in leads)
        if leads and (room is None or shift <= room):
            return [*leads, Planned(item=here.item(option[0], "programme", after=shift), step=step)]
        return [Planned(item=item, step=step)]

    def _picks(self, here: Situation) -> list[tuple[Picker, Pool]]:
        """Return the picks that have the moment, the one whose turn it is first."""
        number = here.part.block
        picks = here.material.picks(number) if number >= 0 and self._blocks_programmes(number) else ()
        if not picks:
            return [(self._pickers[""], here.material.programmes)]
        found = [(pick.weight, self._pickers[key], pool) for key, pick, pool in picks]
        draw = digest(self.channel.slug, "pick", here.seq) % sum(weight for weight, *_ in found)
        first = 0
        while draw >= found[first][0]:
            draw -= found[first][0]
            first += 1
        return [(picker, pool) for _, picker, pool in (*found[first:], *found[:first])]

    def _blocks_programmes(self, number: int) -> bool:
        return self.channel.blocks[number].kind == "programmes"

    def _choose(self, picker: Picker, pool: Pool, here: Situation) -> Option | None:
        return picker.choose(pool, here.memory, here.seq, here.barred)

    def _last_before(self, here: Situation, picks: list[tuple[Picker, Pool]]) -> list[Planned]:
        """Return what fits best before something fixed: programmes, then what is short, then part of a programme."""
        assert here.gap is not None
        options = [
            option for picker, pool in picks for option in picker.options(pool, here.memory, here.seq, here.barred)
        ]
        lengths = [source.segments(self.grid) for source, _ in options]
        if (place := best_fit(lengths, here.gap)) is not None:
            source, step = options[place]
            return [Planned(item=here.item(source, "programme"), step=step)]
        if (planned := self._between.fill(here, self._coming(here))) is not None:
            return [planned]
        # It does not count as aired: its turn comes, whole.
        source = options[lengths.index(min(lengths))][0]
        return [Planned(item=here.item(source, "filler", most=here.gap))]

    # In the place of what is not there --------------------------------------------------------------------------------

    def rerun(self, material: Material, memory: Memory, seq: int, prepared: Usable) -> Planned | None:
        """Return the prepared source that has not aired for longest (of those never aired, any) as a rerun.

        Of the block's own when there is one, and not longer than up to what is fixed; else cut there. The orders do not
        move, so the programme put off is still the next. None when nothing is prepared.
        """
        here = self._situation(material, memory, seq, prepared)
        cut = None
        for pool in (*(pool for _, pool in self._picks(here)), material.programmes):
            again = None
            aired = sorted(memory.aired.keys() & pool.by_id.keys(), key=lambda each: (memory.aired[each], each))
            for source in (*aired, *(each for each in pool.ids if each not in memory.aired)):
                item = here.item(pool.by_id[source], "rerun")
                if not prepared(item):
                    continue
                if here.gap is not None and item.segments > here.gap:
                    cut = cut or here.item(pool.by_id[source], "rerun", most=here.gap)
                    continue
                again = Planned(item=item)
                if source != memory.last:
                    return again
            if again is not None:
                return again
        return Planned(item=cut) if cut is not None else None
