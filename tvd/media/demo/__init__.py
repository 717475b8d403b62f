"""Generated programmes and the slate: television for a machine without a single video.

A *generator* is a family of programmes (:data:`GENERATORS`); each programme is made into an ordinary asset by the
normaliser, from a :class:`GraphInput` instead of a file. numpy and Pillow draw every thing once into small raw files;
ffmpeg's filters move, crop, scale and lay them over each other, which costs little beside the encoder. Everything is
seeded: the same programme of the same house is the same picture and sound, always.

``programme`` holds the values, ``raster`` and ``sound`` the drawing and sounding, ``scene`` puts layers together; one
module each makes a family. Nothing here runs ffmpeg or keeps anything alive.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tvd.media.demo.aquarium import AQUARIUM
from tvd.media.demo.fireplace import FIREPLACE
from tvd.media.demo.night_sky import NIGHT_SKY
from tvd.media.demo.patterns import PATTERNS
from tvd.media.demo.programme import DemoProgramme, Generator, GraphInput
from tvd.media.demo.slate import duration as slate_duration
from tvd.media.demo.slate import slate
from tvd.media.demo.test_card import TEST_CARD
from tvd.media.house import HouseFormat

__all__ = [
    "GENERATORS",
    "DemoProgramme",
    "Generator",
    "GraphInput",
    "inputs",
    "programme",
    "slate",
    "slate_duration",
]

GENERATORS: Final[Mapping[str, Generator]] = MappingProxyType(
    {generator.name: generator for generator in (TEST_CARD, NIGHT_SKY, FIREPLACE, AQUARIUM, PATTERNS)}
)
"""By the name an operator writes in the config."""


def _find(programme_id: str) -> tuple[Generator, int]:
    scheme, _, rest = programme_id.partition(":")
    name, _, number = rest.partition(":")
    generator = GENERATORS.get(name)
    if scheme != "demo" or generator is None or not number.isascii() or not number.isdigit():
        raise KeyError(programme_id)
    part = int(number)
    if not 1 <= part <= len(generator.parts):
        raise KeyError(programme_id)
    return generator, part


def programme(programme_id: str) -> DemoProgramme:
    """Return the programme with that id; raises ``KeyError`` when there is none."""
    generator, part = _find(programme_id)
    return generator.programmes()[part - 1]


def inputs(programme_id: str, house: HouseFormat, folder: Path) -> GraphInput:
    """Draw what a programme needs into ``folder`` and return how ffmpeg makes it from that.

    Takes a few tenths of a second of processor time: call it in a thread. ``folder`` must exist, be this job's own,
    and stay until ffmpeg has ended. Picture and sound never end. Raises ``KeyError`` for an unknown id, ``OSError``
    when the files cannot be written.
    """
    generator, part = _find(programme_id)
    return generator.make(part, house, folder)
