"""What airs between programmes: idents, bumpers and cards before them, fillers before an event, the night service."""

from collections.abc import Iterator
from typing import Final

from tvd.config import model
from tvd.config.programming import Block
from tvd.library.source import Source
from tvd.playout.catalogue import Pool
from tvd.playout.continuity import Continuity
from tvd.playout.filling import fill
from tvd.playout.memory import Step
from tvd.playout.picking import Picker
from tvd.playout.rundown import ItemKind, ScheduleItem
from tvd.playout.schedule import Planned
from tvd.playout.situation import Situation

CARDS: Final = 5 * 60
"""Seconds that idents and cards fill when there is nothing else; more than that would be tiresome."""
_TRIES: Final = 20
"""Sources whose assets are not there that are passed over."""


class Between:
    """The interstitials of one channel."""

    def __init__(self, channel: model.Channel, continuity: Continuity) -> None:
        self._channel = channel
        self._continuity = continuity
        # A generated programme is its own ident.
        self._generates = not channel.generator

    # Before a programme -----------------------------------------------------------------------------------------------

    def leads(self, here: Situation, programme: ScheduleItem, source: Source) -> list[Planned]:
        """Return what leads to ``programme``, which would begin at ``here``: now and then an ident, or a bumper."""
        if here.opening or not here.memory.last:
            return []
        every = here.grid.segments_for(self._channel.ident_every)
        if self._channel.ident_every and (since := here.since("ident")) is not None and since >= every:
            ident = self._resting(here, here.material.idents, "ident") or self._drawn(here, self._ident(here.seq))
            if ident is not None:
                first = Planned(item=ident, step=Step(marks={"ident": here.seq, "bumper": here.seq}))
                return [first, *self._announced(here, programme, source, ident.segments)]
        every = here.grid.segments_for(self._channel.bumper_every)
        if (since := here.since("bumper")) is None or since >= every:
            bumper = self._resting(here, here.material.bumpers, "bumper")
            if bumper is not None:
                return [Planned(item=bumper, step=Step(marks={"bumper": here.seq}))]
        return []

    def _announced(self, here: Situation, programme: ScheduleItem, source: Source, after: int) -> list[Planned]:
        """Return the card that says what comes, when it is sure to come."""
        card = self.card(programme, source)
        if card is None or not here.usable(programme):
            return []
        item = here.item(card, "card", after=after)
        return [Planned(item=item)] if here.usable(item) else []

    def card(self, programme: ScheduleItem, source: Source) -> Source | None:
        """Return the card that announces ``programme``."""
        return self._continuity.up_next(self._channel.slug, programme, source) if self._channel.up_next else None

    def _ident(self, seq: int) -> Source | None:
        return self._continuity.ident(self._channel.slug, seq) if self._generates else None

    def _drawn(self, here: Situation, source: Source | None) -> ScheduleItem | None:
        item = here.item(source, "ident") if source is not None else None
        return item if item is not None and here.usable(item) else None

    def _resting(self, here: Situation, pool: Pool, kind: ItemKind, most: int | None = None) -> ScheduleItem | None:
        """Return the one of ``pool`` that has rested longest and is there."""
        for source in self._rested(here, pool)[:_TRIES]:
            item = here.item(source, kind)
            if (most is None or item.segments <= most) and here.usable(item):
                return item
        return None

    def _rested(self, here: Situation, pool: Pool) -> list[Source]:
        aired = here.memory.aired
        return sorted(pool.by_id.values(), key=lambda source: (aired.get(source.id, -1), source.id))

    # Before something fixed -------------------------------------------------------------------------------------------

    def fill(self, here: Situation, coming: Source | None) -> Planned | None:
        """Return the next piece of what fills the gap of ``here``; None: nothing short is there.

        ``coming`` is what the event behind the gap airs; the card that announces it comes last.
        """
        assert here.gap is not None
        card = None
        if coming is not None:
            programme = here.item(coming, "programme", after=here.gap)
            card = self.card(programme, coming)
            if card is not None and not (here.usable(here.item(card, "card")) and here.usable(programme)):
                card = None
        reserved = card.segments(here.grid) if card is not None else 0
        inner = here.gap - reserved if reserved <= here.gap else here.gap
        if inner > 0 and (item := self._filler(here, inner)) is not None:
            return Planned(item=item)
        if inner > 0 and (item := self._cut(here, inner, card)) is not None:
            return Planned(item=item)
        if card is not None and inner == 0:
            return Planned(item=here.item(card, "card", most=here.gap))
        return None

    def _filler(self, here: Situation, gap: int) -> ScheduleItem | None:
        """Return the filler that leaves least of ``gap``, one that has rested when there is any."""
        pool, aired = here.material.fillers, here.memory.aired
        rest = here.grid.segments_for(self._channel.cooldown) if self._channel.cooldown else 0
        rested = [one for one in self._rested(here, pool) if here.seq - aired.get(one.id, here.seq - rest) >= rest]
        for sources in (rested, self._rested(here, pool)):
            lengths = [source.segments(here.grid) for source in sources]
            for _ in range(_TRIES):
                if (length := fill(lengths, gap)) is None:
                    break
                place = lengths.index(length)
                item = here.item(sources[place], self._kind(here, sources[place]))
                if here.usable(item):
                    return item
                lengths[place] = 0
        return None

    def _cut(self, here: Situation, gap: int, card: Source | None) -> ScheduleItem | None:
        """Return what is cut to ``gap``, or part of it when it is shorter."""
        for source in self._rested(here, here.material.fillers)[:_TRIES]:
            item = here.item(source, self._kind(here, source), most=gap)
            if here.usable(item):
                return item
        if gap > here.grid.segments_for(CARDS):
            return None
        for drawn, kind in ((self._ident(here.seq), "ident"), (card, "card")):
            if drawn is not None and here.usable(item := here.item(drawn, kind, most=gap)):  # type: ignore[arg-type]  # both are kinds
                return item
        return None

    def _kind(self, here: Situation, source: Source) -> ItemKind:
        if source.id in here.material.idents.by_id:
            return "ident"
        return "bumper" if source.id in here.material.bumpers.by_id else "filler"

    # At night ---------------------------------------------------------------------------------------------------------

    def night(self, here: Situation, block: Block, picker: Picker, end: int) -> Planned | None:
        """Return the next of sign-off, night service and sign-on, up to segment ``end``; None without a service."""
        left = end - here.seq if here.gap is None else min(end - here.seq, here.gap)
        mark = f"night {block.name}"
        slug, material = self._channel.slug, here.material
        services = list(self._services(here, block, picker, left))
        if not services:
            return None
        if here.memory.marks.get(mark, -1) < here.part.opened:
            step = Step(marks={mark: here.part.opened})
            off = self._either(here, material.sign_off(block), self._continuity.sign_off(slug, end), left)
            return Planned(item=off or services[0].item, step=_with(services[0].step, step) if off is None else step)
        on = self._either(here, material.sign_on(block), self._continuity.sign_on(slug), left)
        if on is None or on.segments >= left:
            return Planned(item=on) if on is not None else services[0]
        return next(self._services(here, block, picker, left - on.segments))

    def _services(self, here: Situation, block: Block, picker: Picker, left: int) -> Iterator[Planned]:
        if left <= 0:
            return
        option = picker.choose(here.material.night(block), here.memory, here.seq, here.barred)
        if option is not None and here.usable(item := here.item(option[0], "programme", most=left)):
            yield Planned(item=item, step=option[1])
        drawn = self._continuity.night(self._channel.slug) if self._generates else None
        if drawn is not None and here.usable(item := here.item(drawn, "card", most=left)):
            yield Planned(item=item)

    def _either(self, here: Situation, pool: Pool, drawn: Source | None, most: int) -> ScheduleItem | None:
        if (item := self._resting(here, pool, "card", most)) is not None:
            return item
        item = here.item(drawn, "card", most=most) if drawn is not None and self._generates else None
        return item if item is not None and here.usable(item) else None


def _with(step: Step, more: Step) -> Step:
    return Step(
        places=step.places | more.places,
        series=step.series | more.series,
        marathons=step.marathons | more.marathons,
        marks=step.marks | more.marks,
        served=step.served or more.served,
    )
