"""What airs when, as values: the items of a rundown."""

from typing import Literal

import msgspec

ItemKind = Literal["programme", "rerun", "filler", "slate"]


class ScheduleItem(msgspec.Struct, frozen=True, kw_only=True):
    """One programme at its place: ``source`` airs from segment ``seq_start`` for ``segments`` segments.

    ``id`` is unique in the channel for ever (slug and first segment). ``first`` is the segment of the asset that airs
    first (0 unless joined late on purpose).
    """

    id: str
    kind: ItemKind
    source: str
    title: str
    seq_start: int
    segments: int
    first: int = 0

    @property
    def seq_stop(self) -> int:
        """First segment after it."""
        return self.seq_start + self.segments
