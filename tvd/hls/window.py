"""The segments of one channel that can be had: a bounded window in RAM with a wake-up."""

import asyncio
from collections.abc import Callable
from typing import Final

from tvd.hls.segment import Segment

WATCHED: Final = 30
"""Segments a channel counts as watched after the last time a viewer asked for something."""


class SegmentWindow:
    """Segments by number, contiguous, the oldest forgotten.

    A segment nobody is likely to ask for should be light: its pictures are in the asset on the disk (and in the
    system's cache) and are put in again when asked for. So a hundred channels cost little more than the few that are
    watched.

    ``keep`` is how many numbers behind ``now()`` (the segment on air) stay: the playlist's window and, as RFC 8216bis,
    section 6.2.2 asks, a segment's and the longest playlist's duration more.
    """

    def __init__(self, now: Callable[[], int], keep: int) -> None:
        self._now = now
        self.keep = keep
        self._segments: dict[int, Segment] = {}
        self._initialisations: dict[str, bytes] = {}
        self._changed = asyncio.Event()
        self._watched_until = 0
        self._first = 0

    def watch(self) -> None:
        """Say that somebody watches: for a while every new segment should be held in memory whole."""
        self._watched_until = self._now() + WATCHED

    @property
    def watched(self) -> bool:
        """Whether somebody asked for something of late."""
        return self._now() <= self._watched_until

    @property
    def newest(self) -> int | None:
        """Highest number held (usually ahead of air), None while empty."""
        return next(reversed(self._segments), None)

    @property
    def oldest(self) -> int | None:
        """Lowest number held, None while empty."""
        return next(iter(self._segments), None)

    def get(self, seq: int) -> Segment | None:
        """Return segment ``seq`` when it is held, aired or not."""
        return self._segments.get(seq)

    def initialisation(self, rendition: str) -> bytes | None:
        """Return the initialisation segment (``ftyp moov``) of a rendition still in use."""
        return self._initialisations.get(rendition)

    def put_initialisation(self, rendition: str, data: bytes) -> None:
        """Hold the initialisation segment of ``rendition``; segments of it may follow."""
        self._initialisations[rendition] = data

    def put(self, segment: Segment) -> None:
        """Append ``segment``, which must follow the newest (or start an empty window), and forget what is old.

        Raises ``ValueError`` when it would leave a gap or change what was held.
        """
        if self.newest is not None and segment.seq != self.newest + 1:
            raise ValueError(f"segment {segment.seq} after {self.newest}")
        if segment.rendition not in self._initialisations:
            raise ValueError(f"segment {segment.seq} of unknown rendition {segment.rendition}")
        self._segments[segment.seq] = segment
        self._forget(self._now() - self.keep, segment.rendition)
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def _forget(self, before: int, current: str) -> None:
        while self._segments and (oldest := next(iter(self._segments))) < before:
            del self._segments[oldest]
        # The current rendition stays even when its segments came too late to be kept: more of it follows.
        used = {segment.rendition for segment in self._segments.values()} | {current}
        for rendition in self._initialisations.keys() - used:
            del self._initialisations[rendition]

    def clear(self) -> None:
        """Forget everything (the channel starts anew elsewhere on the time line)."""
        self._segments.clear()
        self._initialisations.clear()
        self._first = 0

    def published(self, size: int) -> tuple[Segment, ...]:
        """Return the segments that have come on air, the newest ``size`` of them, oldest first.

        What left the list does not come back into it when ``size`` grows: a media sequence never falls.
        """
        on_air = self._now()
        self._first = max(self._first, on_air - size + 1)
        return tuple(segment for seq in range(self._first, on_air + 1) if (segment := self._segments.get(seq)))

    async def wait(self) -> None:
        """Wait until the next segment is put."""
        await self._changed.wait()
