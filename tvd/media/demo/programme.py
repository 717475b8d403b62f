"""The values of the generated programmes: what a part is, what a generator offers, what ffmpeg is told to make it."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from tvd.media.house import HouseFormat


@dataclass(frozen=True, slots=True)
class GraphInput:
    """What goes between ``ffmpeg`` and the encoder settings.

    ``args`` are the input arguments; ``video`` and ``audio`` are filter graphs reading those inputs (``[0:v]…``), each
    with exactly one open output, so that ``video + ",fps=30[v]"`` goes on. Both never end: trim them.
    """

    args: tuple[str, ...]
    video: str
    audio: str


@dataclass(frozen=True, slots=True)
class DemoProgramme:
    """One part of a generator, aired as a programme of its own; ``duration`` in seconds.

    ``id`` is ``demo:GENERATOR:PART``, parts counted from 1.
    """

    id: str
    title: str
    description: str
    duration: Fraction


@dataclass(frozen=True, slots=True)
class Part:
    """Title, description and length in minutes of one part, before it has an id."""

    title: str
    description: str
    minutes: int = 5


@dataclass(frozen=True, slots=True)
class Generator:
    """A family of programmes that a channel can be made of: ``generator = "night-sky"``.

    ``make(part, house, folder)`` writes what part number ``part`` (from 1) needs into ``folder``; see
    :func:`tvd.media.demo.inputs`.
    """

    name: str
    parts: tuple[Part, ...]
    make: Callable[[int, HouseFormat, Path], GraphInput]

    def programmes(self) -> tuple[DemoProgramme, ...]:
        """Return its parts in their natural order."""
        return tuple(
            DemoProgramme(
                id=f"demo:{self.name}:{number}",
                title=part.title,
                description=part.description,
                duration=Fraction(part.minutes * 60),
            )
            for number, part in enumerate(self.parts, start=1)
        )
