"""What a channel says of itself between programmes: generated sources, asked for by the one who places them.

The programming engine decides where they go; whoever draws them decides what they are. ``None`` means that there is
none, and the place is left out (or taken by something else, where time must be filled).
"""

from typing import Final, Protocol

from tvd.library.source import Source
from tvd.playout.rundown import ScheduleItem


class Continuity(Protocol):
    """Generated sources of a channel. Every method is cheap, pure and called from any thread.

    The same question gets an equal source (the same ``id`` and ``duration``) in every process and at any time, so that
    two replicas plan the same; a source that is given is schedulable, though its asset may have to be prepared first.
    It may be cut short at any segment.
    """

    def ident(self, slug: str, seq: int) -> Source | None:
        """Return the channel's ident: its name, number and a chime, a few seconds, for the hour of segment ``seq``."""
        ...

    def up_next(self, slug: str, programme: ScheduleItem, source: Source) -> Source | None:
        """Return the card that says what follows; ``programme`` is the item as far as it is known, of ``source``.

        ``programme.seq_start`` is exact for a fixed-time event and the expected place otherwise, so do not make the
        card's identity depend on it unless the time is shown.
        """
        ...

    def sign_off(self, slug: str, until: int) -> Source | None:
        """Return what ends the day, before the night service; the next one begins with segment ``until``."""
        ...

    def night(self, slug: str) -> Source | None:
        """Return the night service: aired over and over until the day begins."""
        ...

    def sign_on(self, slug: str) -> Source | None:
        """Return what begins the day, after the night service; the ident will do."""
        ...


class Nothing:
    """A channel that generates nothing."""

    def ident(self, slug: str, seq: int) -> Source | None:
        """Return None."""

    def up_next(self, slug: str, programme: ScheduleItem, source: Source) -> Source | None:
        """Return None."""

    def sign_off(self, slug: str, until: int) -> Source | None:
        """Return None."""

    def night(self, slug: str) -> Source | None:
        """Return None."""

    def sign_on(self, slug: str) -> Source | None:
        """Return None."""


NOTHING: Final = Nothing()
