"""What the web side needs of everything below it: channels to list and segments to serve.

Declared here, by the one who uses it; the application hands in objects of these shapes.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from tvd.clock import Clock
from tvd.hls.playlist import Variant
from tvd.hls.window import SegmentWindow
from tvd.media.house import Grid

State = Literal["standby", "on_air", "fault"]


class Programme(Protocol):
    """One entry of the guide; ``start`` and ``stop`` are UTC in ISO 8601, exact to the segment."""

    @property
    def id(self) -> str: ...  # noqa: D102 - unique in the channel for ever
    @property
    def kind(self) -> str: ...  # noqa: D102 - programme, rerun, filler, slate
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def artist(self) -> str: ...  # noqa: D102 - empty when unknown
    @property
    def description(self) -> str: ...  # noqa: D102 - empty when unknown
    @property
    def start(self) -> str: ...  # noqa: D102
    @property
    def stop(self) -> str: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102 - identity of what airs
    @property
    def seq_start(self) -> int: ...  # noqa: D102
    @property
    def seq_stop(self) -> int: ...  # noqa: D102 - first segment after it


class ChannelView(Protocol):
    """One channel as viewers see it."""

    @property
    def number(self) -> int:
        """What a viewer dials."""
        ...

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def slug(self) -> str:
        """Its name in URLs."""
        ...

    @property
    def order(self) -> str:
        """How its programmes follow one another: shuffle, sequential, random."""
        ...

    @property
    def grid(self) -> Grid:
        """Its time line."""
        ...

    @property
    def window(self) -> SegmentWindow:
        """The segments that can be had."""
        ...

    @property
    def window_size(self) -> int:
        """Segments in its playlist."""
        ...

    def state(self) -> State:
        """Whether it plays."""
        ...

    def fault(self) -> str:
        """Return why it does not play, or "" when all is well."""
        ...

    def variant(self) -> Variant | None:
        """Return what the rendition on air is like; None before the first initialisation segment."""
        ...

    def discontinuity_sequence(self, seq: int) -> int:
        """Return how often the rendition changed up to and including the start of segment ``seq``."""
        ...

    def listing(self, from_ns: int, to_ns: int) -> Sequence[Programme]:
        """Return what airs in [``from_ns``, ``to_ns``) (UTC since 1970), in order, the partly covered included."""
        ...

    def status(self) -> Mapping[str, Any]:
        """Return what an operator wants to know: pid, uptime, restarts, lead, last error ..."""
        ...


class Broadcast(Protocol):
    """Everything on air."""

    @property
    def clock(self) -> Clock:
        """The clock that airs segments."""
        ...

    @property
    def title(self) -> str:
        """What this television calls itself."""
        ...

    def channels(self) -> Sequence[ChannelView]:
        """Return all channels, ordered by number."""
        ...

    def channel(self, slug: str) -> ChannelView:
        """Return one channel; raises :class:`tvd.errors.NotFoundError`."""
        ...

    def normaliser_status(self) -> Any:
        """Return the normaliser's queue with progress, as JSON-like values or msgspec structs."""
        ...
