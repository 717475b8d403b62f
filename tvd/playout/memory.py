"""What a channel remembers of what it aired, all that decides what comes next; and the small steps it changes by.

A rundown line carries the *step* its item makes; the steps of all lines, one after the other, are the memory. The first
line of a day's file carries the whole of it, so that older files are not needed.
"""

from typing import Final

import msgspec

from tvd.playout.order import State

AGE: Final = 62 * 86_400
"""Seconds after which it is forgotten when something aired; longer than any distance that can be configured."""


class Request(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A wish of the owner, made for segment ``seq``.

    ``source`` airs as soon as nothing fixed is in its way (``next``), at once (``now``), or not before segment
    ``until`` (``remove``). ``skip`` is noted for the record: it has done its work.
    """

    id: str
    action: str
    seq: int
    source: str = ""
    until: int = 0


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one item changes.

    ``places`` in their orders are by pick; ``series``, by pick and series, is the episode aired last; ``marathons``, by
    pick, the series it is in. ``marks`` notes with which segment something happened last, by its name. ``served`` is
    the request that the item grants.
    """

    places: dict[str, State] = {}
    series: dict[str, str] = {}
    marathons: dict[str, str] = {}
    marks: dict[str, int] = {}
    served: str = ""


class Memory(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The sum of all steps. ``aired`` says with which segment each source last began.

    ``requests`` are those not served yet. One owner changes it; copies are for looking ahead.
    """

    last: str = ""
    places: dict[str, State] = {}
    series: dict[str, str] = {}
    marathons: dict[str, str] = {}
    marks: dict[str, int] = {}
    aired: dict[str, int] = {}
    requests: tuple[Request, ...] = ()

    def copy(self) -> "Memory":
        """Return one that can be changed by itself."""
        return Memory(
            last=self.last,
            places=self.places.copy(),
            series=self.series.copy(),
            marathons=self.marathons.copy(),
            marks=self.marks.copy(),
            aired=self.aired.copy(),
            requests=self.requests,
        )

    def following(self, last: str) -> "Memory":
        """Return the same with another source aired last; to be looked at only, what is in it is shared."""
        return Memory(
            last=last,
            places=self.places,
            series=self.series,
            marathons=self.marathons,
            marks=self.marks,
            aired=self.aired,
            requests=self.requests,
        )

    def advance(self, source: str, seq: int, step: Step) -> None:
        """Take in that ``source`` airs from ``seq`` on, with what that changes."""
        self.last = source
        self.aired[source] = seq
        self.places.update(step.places)
        self.series.update(step.series)
        self.marathons.update(step.marathons)
        self.marks.update(step.marks)
        if step.served:
            self.requests = tuple(one for one in self.requests if one.id != step.served)

    def ask(self, request: Request) -> None:
        """Take in a wish."""
        if request.action != "skip":
            self.requests = (*(one for one in self.requests if one.id != request.id), request)

    def removed(self, seq: int) -> frozenset[str]:
        """Return the sources that are not to air at ``seq``."""
        return frozenset(one.source for one in self.requests if one.action == "remove" and seq < one.until)

    def pruned(self, before: int) -> "Memory":
        """Return it without what happened before segment ``before``."""
        kept = self.copy()
        kept.aired = {source: seq for source, seq in self.aired.items() if seq >= before}
        kept.requests = tuple(one for one in self.requests if max(one.seq, one.until) >= before)
        return kept
