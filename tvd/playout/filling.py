"""Filling a gap to the segment: which programmes leave least of it, which fillers take the rest. Pure arithmetic."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

_LONGEST: Final = 4096
"""Segments of a gap (about two and a half hours) that fillers are matched with exactly."""


def best_fit(lengths: Sequence[int], gap: int) -> int | None:
    """Return the index of the first of one or two ``lengths`` that fill ``gap`` best; None when none fits.

    Of those that leave the same, the earliest: ``lengths`` are in order of preference.
    """
    ranked = sorted((length, place) for place, length in enumerate(lengths) if 0 < length <= gap)
    if not ranked:
        return None
    best = max((length, -place) for length, place in ranked)
    chosen = -best[1]
    most, low, high = best[0], 0, len(ranked) - 1
    while low < high:
        total = ranked[low][0] + ranked[high][0]
        if total > gap:
            high -= 1
            continue
        first = min(ranked[low][1], ranked[high][1])
        if total > most or (total == most and first < chosen):
            most, chosen = total, first
        low += 1
    return chosen


@lru_cache(maxsize=256)
def _reachable(lengths: tuple[int, ...], gap: int) -> int:
    """Return the sums up to ``gap`` of any of ``lengths``, each as often as need be: bit ``n`` stands for ``n``."""
    mask = (1 << gap + 1) - 1
    reached = 1
    for length in lengths:
        step = length
        # Doubling: after k rounds up to 2**k - 1 of this length.
        while step <= gap:
            reached |= reached << step & mask
            step *= 2
    return reached


def fill(lengths: Sequence[int], gap: int) -> int | None:
    """Return the one of ``lengths`` with which the fillers leave least of ``gap``; None when none fits.

    Of those that leave the same, the longest.
    """
    fitting = tuple(sorted({length for length in lengths if 0 < length <= gap}))
    if not fitting:
        return None
    if gap > _LONGEST:
        return fitting[-1]
    reached = _reachable(fitting, gap)
    return max(fitting, key=lambda length: (length + _highest(reached, gap - length), length))


def _highest(reached: int, at_most: int) -> int:
    return (reached & (1 << at_most + 1) - 1).bit_length() - 1
