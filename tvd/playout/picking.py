"""What one pick of a block airs next: its order, with series in theirs, and nothing again too soon.

In a shuffle every source is a ticket in the bag; the ticket of an episode is good for the *next* episode of its series.
So a bag holds every episode once, and a series keeps its order. In the order ``series`` a whole series has one ticket.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final, Literal

import msgspec

from tvd.config.kinds import Order
from tvd.library.source import Source
from tvd.playout.catalogue import Pool
from tvd.playout.memory import Memory, Step
from tvd.playout.order import Random, Sequential, Shuffle, State

WINDOW: Final = 64
"""Sources looked at for one that fits."""
_TRIES: Final = 200
"""Sources passed over because they aired too lately, before the one that did longest ago is taken."""
_SALT: Final = 1 << 40

Barred = Callable[[str], bool]
"""Says of a source that it should not air now."""
Option = tuple[Source, Step]
_Groups = dict[str, list[tuple[str, Source]]]


class Picker:
    """One pick of a channel. ``key`` is what its places are remembered by, ``name`` what its shuffle is made from."""

    def __init__(self, name: str, key: str, order: Order, marathon: Literal["", "series", "season"] = "") -> None:
        self.key = key
        self._order = order
        self._marathon = marathon
        self._shuffle = Shuffle(name)
        self._random = Random(name)

    def choose(self, pool: Pool, memory: Memory, seq: int, barred: Barred) -> Option | None:
        """Return what comes next at ``seq`` and the step it makes; None out of an empty pool."""
        if not pool.ids:
            return None
        if self._marathon and (groups := self._groups(pool)):
            return self._next_of_marathon(pool, groups, memory, seq)
        tried = []
        if len(pool.ids) > _TRIES or not all(map(barred, pool.ids)):
            for option in self._in_turn(pool, memory, seq):
                if not barred(option[0].id):
                    return option
                tried.append(option[0].id)
        # Nothing else is left: what aired longest ago. Its order does not move.
        ids = [each for each in (tried or pool.ids) if each != memory.last] or pool.ids
        removed = memory.removed(seq)
        oldest = min(ids, key=lambda each: (each in removed, memory.aired.get(each, -1), each))
        return pool.by_id[oldest], Step()

    def options(self, pool: Pool, memory: Memory, seq: int, barred: Barred) -> list[Option]:
        """Return what may come at ``seq`` as well, what ``choose`` gives first: other sources, each once."""
        first = self.choose(pool, memory, seq, barred)
        if first is None:
            return []
        options, known = [first], {first[0].id}
        for option in self._besides(pool, memory, seq):
            if option[0].id not in known and option[0].id != memory.last and not barred(option[0].id):
                known.add(option[0].id)
                options.append(option)
        return options

    # In turn ----------------------------------------------------------------------------------------------------------

    def _state(self, memory: Memory) -> State:
        return msgspec.structs.replace(memory.places.get(self.key, State()), last=memory.last)

    def _in_turn(self, pool: Pool, memory: Memory, seq: int) -> Iterator[Option]:
        """Yield what comes next, and next when that is passed over: whatever is passed over had its turn."""
        tickets, state = self._tickets(pool), self._state(memory)
        if self._order == "series":
            state = msgspec.structs.replace(state, last=self._ticket_of(pool, memory.last))
        for attempt in range(min(2 * len(tickets.ids) + 1, _TRIES)):
            if self._order == "random":
                chosen = self._random.next(tickets, state, seq + attempt * _SALT)
            elif self._order == "sequential":
                chosen = Sequential().next(tickets, state, seq)
            else:
                chosen = self._shuffle.next(tickets, state, seq)
            if chosen is None:
                return
            ticket, state = chosen
            yield self._redeem(pool, memory, ticket, state)

    def _besides(self, pool: Pool, memory: Memory, seq: int) -> Iterator[Option]:
        """Yield what may be taken out of turn."""
        if self._order == "random":
            yield from islice(self._in_turn(pool, memory, seq + 1), WINDOW)
        if self._order in {"shuffle", "series"} and not self._marathon:
            tickets, state = self._tickets(pool), self._state(memory)
            for ticket in self._shuffle.ahead(tickets, state, WINDOW):
                yield self._redeem(pool, memory, tickets.by_id[ticket], self._shuffle.take(state, ticket))

    def _tickets(self, pool: Pool) -> Pool:
        return pool.titles if self._order == "series" else pool

    def _ticket_of(self, pool: Pool, source: str) -> str:
        """Return the ticket of the title that ``source`` is of."""
        known = pool.by_id.get(source)
        episodes = pool.series.get(known.metadata.series.casefold()) if known and known.metadata.series else None
        return episodes[0][1].id if episodes else source

    def _redeem(self, pool: Pool, memory: Memory, ticket: Source, state: State) -> Option:
        """Return what airs for a ticket: of an episode the next one of its series."""
        places = {self.key: msgspec.structs.replace(state, last="")}
        name = ticket.metadata.series.casefold()
        if self._order in {"shuffle", "series"} and name and (episodes := pool.series.get(name)):
            key, source = _following(episodes, memory.series.get(f"{self.key}/{name}"))
            return source, Step(places=places, series={f"{self.key}/{name}": key})
        return ticket, Step(places=places)

    # Marathons --------------------------------------------------------------------------------------------------------

    def _groups(self, pool: Pool) -> _Groups:
        return pool.series if self._marathon == "series" else pool.seasons

    def _next_of_marathon(self, pool: Pool, groups: _Groups, memory: Memory, seq: int) -> Option:
        """Return the next episode of the series (or season) that is on, when it is over the first one of another."""
        name = memory.marathons.get(self.key, "")
        at = f"{self.key}/{name}"
        if (episodes := groups.get(name)) is not None:
            last = memory.series.get(at, "")
            place = bisect_right(episodes, last, key=lambda each: each[0])
            if place < len(episodes):
                return episodes[place][1], Step(series={at: episodes[place][0]})
        chosen = self._shuffle.next(pool.leaders(groups), self._state(memory), seq)
        assert chosen is not None
        leader, state = chosen
        name = next(name for name, each in groups.items() if each[0][1] is leader)
        step = Step(
            places={self.key: msgspec.structs.replace(state, last="")},
            series={f"{self.key}/{name}": groups[name][0][0]},
            marathons={self.key: name},
        )
        return leader, step


def _following(episodes: list[tuple[str, Source]], last: str | None) -> tuple[str, Source]:
    """Return the episode behind the one with key ``last``, whether that still exists or not; the first after all."""
    place = bisect_right(episodes, last, key=lambda each: each[0]) if last is not None else 0
    return episodes[place % len(episodes)]
