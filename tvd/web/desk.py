"""What the owner's pages ask of everything below: declared here, by the one who uses it."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec


class Resources(msgspec.Struct, frozen=True, kw_only=True):
    """What tvd uses now. ``cpu`` of one core (1.0: a whole one) since the last look; everything else in bytes."""

    cpu: float
    cores: int
    memory: int
    children: int
    disk_free: int
    disk_total: int
    assets: int
    assets_max: int
    uptime: float
    """Seconds since tvd started."""


class SourceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One source in the list of the library; ``duration`` in seconds, ``folder`` as configured, ``path`` below it."""

    id: str
    title: str
    state: str
    reason: str
    duration: float
    size: int
    folder: str
    path: str
    channels: tuple[str, ...]
    """Slugs of the channels that air it."""
    prepared: bool
    """Whether there is an asset of it."""


class LibraryPage(msgspec.Struct, frozen=True, kw_only=True):
    """Part of the library: ``total`` sources match, ``counts`` tells all there are by state."""

    total: int
    counts: dict[str, int]
    folders: tuple["FolderRow", ...]
    sources: tuple[SourceRow, ...]


class FolderRow(msgspec.Struct, frozen=True, kw_only=True):
    """A folder of the library; ``trouble`` is why it cannot be listed, empty when it can."""

    path: str
    sources: int
    trouble: str


class ChannelSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of one channel. ``own`` are the keys changed here, ``values`` all of them as they are in use.

    ``version`` is another one whenever ``own`` is.
    ``handwritten``: it stands in the operator's own file, so that it can be changed here but not removed.
    """

    slug: str
    version: str
    handwritten: bool
    own: dict[str, Any]
    values: dict[str, Any]


class Desk(Protocol):
    """The owner's view of the television."""

    async def resources(self) -> Resources:
        """Return what is used now."""
        ...

    def library(self, *, state: str, channel: str, text: str, offset: int, limit: int) -> LibraryPage:
        """Return the sources of that state and channel with ``text`` in title, path or reason ("" is any)."""
        ...

    async def settings(self) -> Sequence[ChannelSettings]:
        """Return every channel's settings, ordered by number. Raises :class:`tvd.errors.ConfigError`."""
        ...

    def choices(self) -> Mapping[str, Sequence[str]]:
        """Return what may be chosen for ``order``, ``generator`` and ``fit``."""
        ...

    async def change(self, slug: str, table: Mapping[str, Any], version: str | None) -> None:
        """Let ``table`` be what is written of a channel here, a new one when there is none of that slug.

        ``version`` is the one it was made of, "" when there was no such channel, None for whatever it is. Nothing is
        changed when it raises: :class:`tvd.errors.ConflictError` for another version, :class:`tvd.errors.ConfigError`
        with every fault; ``OSError``.
        """
        ...

    async def reset(self, slug: str) -> None:
        """Forget what was written of a channel here. Raises :class:`tvd.errors.NotFoundError` when nothing was."""
        ...
