"""What the web side needs of everything below it: channels to list and segments to serve.

Declared here, by the one who uses it; the application hands in objects of these shapes.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from tvd.clock import Clock
from tvd.guide.entries import Entry
from tvd.guide.history import Airing
from tvd.hls.playlist import SubtitleRendition, Variant
from tvd.hls.window import SegmentWindow
from tvd.media.house import Grid

State = Literal["standby", "on_air", "fault"]
Action = Literal["next", "now", "skip", "remove"]


class Chapter(Protocol):
    """A chapter of a programme; ``start`` in UTC as of the programme."""

    @property
    def start(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102 - empty when it has none


class Programme(Protocol):
    """One entry of the guide; ``start`` and ``stop`` are UTC in ISO 8601, exact to the segment."""

    @property
    def id(self) -> str: ...  # noqa: D102 - unique in the channel for ever
    @property
    def kind(self) -> str: ...  # noqa: D102 - programme, rerun, filler, slate
    @property
    def title(self) -> str: ...  # noqa: D102 - of an episode: its series
    @property
    def subtitle(self) -> str: ...  # noqa: D102 - of an episode: its own title
    @property
    def artist(self) -> str: ...  # noqa: D102 - empty when unknown
    @property
    def description(self) -> str: ...  # noqa: D102 - empty when unknown
    @property
    def series(self) -> str: ...  # noqa: D102 - empty when it is no episode
    @property
    def season(self) -> int | None: ...  # noqa: D102 - 0: specials
    @property
    def episode(self) -> int | None: ...  # noqa: D102
    @property
    def year(self) -> int | None: ...  # noqa: D102
    @property
    def genres(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def rating(self) -> str: ...  # noqa: D102 - age rating as written
    @property
    def language(self) -> str: ...  # noqa: D102 - ISO 639
    @property
    def art(self) -> str: ...  # noqa: D102 - file name of its picture, empty when it has none
    @property
    def chapters(self) -> Sequence[Chapter]: ...  # noqa: D102
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


def art_url(programme: Programme) -> str:
    """Return the path of the picture of ``programme``, empty when it has none."""
    return f"/art/{programme.art}" if programme.art else ""


class SubtitleView(Protocol):
    """The subtitles of one channel."""

    def renditions(self) -> tuple[SubtitleRendition, ...]:
        """Return the languages it offers, whatever airs now."""
        ...

    def version(self, rendition: str, seq: int) -> str:
        """Return which version of its subtitles segment ``seq``, on air or aired, has: part of its URL."""
        ...

    async def segment(self, version: str, seq: int) -> bytes:
        """Return the WebVTT of one version of segment ``seq``; raises :class:`tvd.errors.NotFoundError`."""
        ...


class RenditionView(Protocol):
    """A smaller size of a channel."""

    @property
    def name(self) -> str:
        """What it is called in URLs, e.g. ``360p``."""
        ...

    @property
    def window(self) -> SegmentWindow:
        """The segments that can be had, in step with those of the channel's own size."""
        ...

    def variant(self) -> Variant | None:
        """Return what it is like; None before its first initialisation segment."""
        ...


class ChannelView(Protocol):
    """One channel as viewers see it; window and variant are those of its own size."""

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

    @property
    def subtitles(self) -> SubtitleView:
        """Its subtitles."""
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

    def renditions(self) -> Sequence[RenditionView]:
        """Return its smaller sizes, largest first."""
        ...

    def discontinuity_sequence(self, seq: int) -> int:
        """Return how often the rendition changed up to and including the start of segment ``seq``."""
        ...

    def listing(self, from_ns: int, to_ns: int) -> Sequence[Programme]:
        """Return what airs in [``from_ns``, ``to_ns``) (UTC since 1970), in order, the partly covered included."""
        ...

    async def request(self, action: Action, wanted: str) -> Mapping[str, Any]:
        """Do what the owner asks (``wanted`` names a source) and return what came of it.

        Raises :class:`tvd.errors.NotFoundError` or :class:`tvd.errors.ConflictError` when it cannot be.
        """
        ...

    def entries(self, from_ns: int, to_ns: int) -> Sequence[Entry]:
        """Return the same as entries for guides, each part by itself; may be asked from any thread."""
        ...

    def status(self) -> Mapping[str, Any]:
        """Return what an operator wants to know: pid, uptime, restarts, lead, last error ..."""
        ...


class History(Protocol):
    """What really aired."""

    async def between(self, channel: str, from_ns: int, to_ns: int) -> Sequence[Airing]:
        """Return what aired on ``channel`` (its slug) in [``from_ns``, ``to_ns``), in order, as far as it is known."""
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

    @property
    def history(self) -> History:
        """The as-run log of all channels."""
        ...

    def channels(self) -> Sequence[ChannelView]:
        """Return all channels, ordered by number."""
        ...

    def channel(self, slug: str) -> ChannelView:
        """Return one channel; raises :class:`tvd.errors.NotFoundError`."""
        ...

    async def picture(self, name: str) -> bytes:
        """Return a programme's picture, a JPEG, by its name; raises :class:`tvd.errors.NotFoundError`."""
        ...

    def normaliser_status(self) -> Any:
        """Return the normaliser's queue with progress, as JSON-like values or msgspec structs."""
        ...
