"""What airs when, as values: the items of a rundown."""

from typing import Final, Literal

import msgspec

ItemKind = Literal["programme", "rerun", "filler", "ident", "bumper", "card", "slate"]
"""programme: what the order chose, or an event; rerun: prepared, in the place of what is not; ident and bumper: the
channel's own few seconds between programmes; card: generated for its place (up next, sign-off, night service);
filler: what fills the time before a fixed event; slate: nothing could air."""

INTERSTITIAL: Final[frozenset[ItemKind]] = frozenset({"filler", "ident", "bumper", "card", "slate"})
"""What airs between programmes: told in schedules and logs, but no programme of its own in a guide."""


class ScheduleItem(msgspec.Struct, frozen=True, kw_only=True):
    """One programme at its place: ``source`` airs from segment ``seq_start`` for ``segments`` segments.

    ``id`` is unique in the channel for ever (slug and first segment). ``first`` is the segment of the asset that airs
    first (0 unless joined late on purpose). ``block`` names the day part it was chosen for, empty: none.
    """

    id: str
    kind: ItemKind
    source: str
    title: str
    seq_start: int
    segments: int
    first: int = 0
    block: str = ""

    @property
    def seq_stop(self) -> int:
        """First segment after it."""
        return self.seq_start + self.segments
