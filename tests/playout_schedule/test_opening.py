"""What a channel begins with: chosen once, and opened with as soon as there is enough of it."""

from pathlib import Path

import pytest
from broadcasts import DAY, GRID, channel, film

from tvd.library.source import Source
from tvd.playout.planner import ChannelSchedule
from tvd.playout.promise import OPENING, Promise
from tvd.playout.rundown import ScheduleItem

NOON = GRID.seq_at(1_790_000_000 * 10**9)


class Library:
    """A library that is still being read, and how many segments of each source there are; none is whole."""

    def __init__(self, folder: Path) -> None:
        self.sources: list[Source] = []
        self.made: dict[str, int] = {}
        self.schedule = ChannelSchedule(channel(), folder, lambda: self.sources)
        self.schedule.load(NOON)
        self.promise = Promise(self.schedule, self)
        self.told = 0
        self.promise.on_begun = self._begun

    def _begun(self) -> None:
        self.told += 1

    def ready(self, item: ScheduleItem) -> int:
        return self.made.get(item.source, 0)

    def expected(self, _item: ScheduleItem) -> bool:
        return False

    async def wanted(self, seq: int = NOON) -> list[str]:
        return [item.source for item in await self.promise.plan(seq, seq + DAY)]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path)


async def test_it_begins_with_what_was_chosen_first(library: Library) -> None:
    assert await library.wanted() == []
    assert not library.promise.opening
    library.sources = [film(7, 10)]
    (first,) = await library.wanted()
    # With all of these another would have been the first.
    library.sources = [film(number, 10 + number) for number in range(8)]
    assert library.schedule.opening(NOON) != first
    library.schedule.look_ahead(NOON)
    chosen = library.schedule.opening(NOON)
    assert chosen is not None
    assert chosen.source != first
    assert await library.wanted(NOON + 2) == [first]
    library.made[first] = OPENING - 1
    assert await library.promise.item_at(NOON + 3) is None
    library.made[first] = OPENING
    assert library.promise.opens(NOON + 4)
    item = await library.promise.item_at(NOON + 4)
    assert item is not None
    assert (item.source, item.seq_start, item.kind) == (first, NOON + 4, "programme")
    assert library.told == 1
    # What would have been first without it follows.
    library.made[chosen.source] = 1000
    following = await library.promise.item_at(item.seq_stop)
    assert following is not None
    assert following.source == chosen.source


async def test_what_is_taken_away_is_not_waited_for(library: Library) -> None:
    library.sources = [film(7, 10)]
    (first,) = await library.wanted()
    library.sources = [film(2, 12)]
    (second,) = await library.wanted()
    assert second != first
    library.made[first] = OPENING
    assert not library.promise.opens(NOON)
    library.made[second] = OPENING
    assert library.promise.opens(NOON)


async def test_only_the_beginning_may_air_before_it_is_expected(library: Library) -> None:
    library.sources = [film(2, 12), film(3, 12)]
    (first,) = await library.wanted()
    library.made = {source.id: OPENING for source in library.sources}
    item = await library.promise.item_at(NOON)
    assert item is not None
    assert (item.source, item.kind) == (first, "programme")
    assert library.schedule.frozen_until == item.seq_stop
    # Nothing else is promised as if it were there.
    assert not library.promise._usable(item)
