"""Which assets give way when the store is full: a pure function over what is known of them.

Nothing that airs soon is ever given up, nor anything that airs before the thing room is made for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from tvd.media.house import NS

GUARD_NS: Final = 3600 * NS
"""What airs within this time is never evicted."""
REPLAY_NS: Final = 600 * NS
"""How long after it was last read an asset may still be wanted to re-make the window after a restart."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An asset as eviction sees it. ``superseded``: a better one of the same source can air instead."""

    name: tuple[str, str]
    source: str
    size: int
    aired_ns: int
    superseded: bool = False
    pinned: bool = False
    """Never evicted (slates, what is being written)."""
    fleeting: bool = False
    """Of hardly any use again once it has aired (a card announcing one programme)."""


def victims(
    candidates: Iterable[Candidate], planned: Mapping[str, int], need: int, now_ns: int, before_ns: int | None = None
) -> list[Candidate]:
    """Return what to remove, in this order, to free ``need`` bytes; less when there is not enough that may go.

    ``planned`` maps source ids to the time each airs next (UTC nanoseconds). ``before_ns`` is the air time of what
    room is made for: only what airs later gives way to it. First go the superseded, then what is not planned (least
    recently aired first), then what airs farthest from now.
    """
    earliest = max(now_ns + GUARD_NS, before_ns or 0)
    chosen: list[Candidate] = []
    freed = 0
    for candidate in sorted(_free_to_go(candidates, planned, now_ns, earliest), key=lambda one: _rank(one, planned)):
        if freed >= need:
            break
        chosen.append(candidate)
        freed += candidate.size
    return chosen


def outlived(candidates: Iterable[Candidate], planned: Mapping[str, int], now_ns: int) -> list[Candidate]:
    """Return what to remove although there is room: the fleeting that nothing plans any more, an hour after its use."""
    return [
        one
        for one in candidates
        if one.fleeting and not one.pinned and one.source not in planned and one.aired_ns < now_ns - GUARD_NS
    ]


def _free_to_go(
    candidates: Iterable[Candidate], planned: Mapping[str, int], now_ns: int, earliest: int
) -> Iterable[Candidate]:
    for one in candidates:
        if one.pinned or one.aired_ns > now_ns - REPLAY_NS:
            continue
        airs = planned.get(one.source)
        if one.superseded or airs is None or airs > earliest:
            yield one


def _rank(one: Candidate, planned: Mapping[str, int]) -> tuple[int, int, tuple[str, str]]:
    if one.superseded:
        return 0, one.aired_ns, one.name
    airs = planned.get(one.source)
    if airs is None:
        return 1, one.aired_ns, one.name
    return 2, -airs, one.name
