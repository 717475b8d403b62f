"""``[[channels.blocks]]`` and ``[[channels.events]]``: what a channel airs when.

Times and ranges stay text here, checked for their form; :mod:`tvd.config.ranges` reads them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tvd.config.kinds import Duration, Folder, Line, Order

TimeOfDay = Annotated[
    str, Meta(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)\Z", description='a time of day from "00:00" to "24:00"')
]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Month = Literal["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
Season = Literal["spring", "summer", "autumn", "winter"]
Dates = Annotated[
    str,
    Meta(
        pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\.\.(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\Z",
        description='days of the year such as "12-01..12-26", both included',
    ),
]
Glob = Annotated[
    str,
    Meta(
        pattern=r"^[^\x00-\x1f\x7f]+\Z",
        max_length=200,
        description='a name, "*" for any text in it and "?" for any character',
    ),
]
Years = Annotated[
    str,
    Meta(pattern=r"^(\d{4}(-(\d{4})?)?|-\d{4}|)\Z", description='years such as "1994", "1960-1979", "1980-", "-1959"'),
]
Lasts = Annotated[
    str,
    Meta(
        pattern=r"^([0-9.]+ ?[A-Za-z]*)?-([0-9.]+ ?[A-Za-z]*)?\Z|^\Z",
        description='from how long to how long, such as "20m-45m", "60m-" or "-5m"',
    ),
]
Distance = Annotated[
    float,
    Meta(
        ge=0,
        le=60 * 86400,
        extra={"unit": "duration"},
        description='a duration up to 60 days such as "7d", "12h" or seconds',
    ),
]
NightHours = Annotated[
    str,
    Meta(pattern=r"^(([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)?\Z", description='hours such as "23:00-06:00"'),
]


class Selection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which sources of a channel: those that meet everything given. Lists: any of them. Case does not matter."""

    folders: tuple[Folder, ...] = ()
    """With all folders inside them; none: those of the channel."""
    files: tuple[Folder, ...] = ()
    title: tuple[Glob, ...] = ()
    series: tuple[Glob, ...] = ()
    genres: tuple[Glob, ...] = ()
    tags: tuple[Glob, ...] = ()
    years: Years = ""
    duration: Lasts = ""


class Pick(Selection, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the things a block is mixed from."""

    order: Literal["", "shuffle", "sequential", "random", "series"] = ""
    """Empty: the channel's."""
    weight: Annotated[int, Meta(ge=1, le=1000, description="a whole number from 1 to 1000")] = 1


class Block(Pick, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """One ``[[channels.blocks]]``: what airs at some time of the days that meet everything given.

    The first block that covers a moment has it.
    """

    name: Line
    days: tuple[Day, ...] = ()
    months: tuple[Month, ...] = ()
    seasons: tuple[Season, ...] = ()
    dates: tuple[Dates, ...] = ()
    from_: TimeOfDay = "00:00"
    to: TimeOfDay = "24:00"
    """At or before ``from_``: on the next day."""
    kind: Literal["programmes", "night"] = "programmes"
    picks: tuple[Pick, ...] = ()
    """Several, mixed by weight; instead of the block's own folders and filters."""
    repeat: Distance = 0.0
    """Nothing again within so many seconds; 0: as the channel."""
    marathon: Literal["", "series", "season"] = ""
    exact: bool = False
    """Begins to the segment, like an event, and not when the programme before it has ended."""
    sign_off: tuple[Folder, ...] = ()
    sign_on: tuple[Folder, ...] = ()


class Event(Selection, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One ``[[channels.events]]``: a programme at a fixed time of the days that meet everything given."""

    name: Line
    days: tuple[Day, ...] = ()
    months: tuple[Month, ...] = ()
    seasons: tuple[Season, ...] = ()
    dates: tuple[Dates, ...] = ()
    at: TimeOfDay
    order: Literal["", "shuffle", "sequential", "random", "series"] = ""


class Programming(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a channel's own keys say about its programmes; part of :class:`tvd.config.model.Channel`."""

    order: Order = "shuffle"
    repeat: Distance = 0.0
    """Nothing again within so many seconds, as far as there is anything else."""
    timezone: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9_+/-]*\Z", description='a time zone such as "Europe/Berlin"')
    ] = ""
    """Empty: the system's."""
    night: NightHours = ""
    idents: tuple[Folder, ...] = ()
    ident_every: Duration = 2700.0
    bumpers: tuple[Folder, ...] = ()
    bumper_every: Duration = 900.0
    fillers: tuple[Folder, ...] = ()
    cooldown: Duration = 3600.0
    """Seconds in which no ident, bumper or filler airs again while there is another."""
    up_next: bool = True
    blocks: tuple[Block, ...] = ()
    events: tuple[Event, ...] = ()

    def further_folders(self) -> Iterator[Path]:
        """Yield the folders named for anything but the channel as a whole."""
        yield from (*self.idents, *self.bumpers, *self.fillers)
        for block in self.blocks:
            yield from (*block.folders, *block.sign_off, *block.sign_on)
            for pick in block.picks:
                yield from pick.folders
        for event in self.events:
            yield from event.folders
