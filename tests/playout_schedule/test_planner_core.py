from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from tvd.library.source import Source
from tvd.media.house import Grid
from tvd.playout.planner import ChannelSchedule


def yes(_item: object) -> bool:
    return True


def test_frozen_and_computed_are_one_line(tmp_path: Path, grid: Grid, now: int, source: Callable[..., Source]) -> None:
    sources = tuple(source(number, 300 + 7 * number) for number in range(7))
    schedule = ChannelSchedule("films", grid, "shuffle", tmp_path, lambda: sources)
    schedule.load(now)
    assert schedule.item_at(now) is None
    schedule.begin(now)
    plan = schedule.between(now, now + 5000)
    assert plan[0].seq_start == now
    frozen = schedule.freeze(now, now + 900, yes)
    assert tuple(frozen) == plan[: len(frozen)]
    assert frozen[-1].seq_start < now + 900 <= schedule.frozen_until
    assert schedule.between(now, now + 5000) == plan
    assert all(a.seq_stop == b.seq_start for a, b in pairwise(plan))

    again = ChannelSchedule("films", grid, "shuffle", tmp_path, lambda: sources)
    again.load(now + 100)
    assert again.begun
    assert again.between(now, now + 5000) == plan
