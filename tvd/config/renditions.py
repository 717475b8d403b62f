"""``house.renditions``: the sizes that everything is made in, from ``"360p"`` to width, height and bit rate. Pure."""

from dataclasses import dataclass
from typing import Final

from tvd.config import units
from tvd.config.model import House

MOST: Final = 4
"""Sizes, the house's own included: each is encoded, stored and kept in memory."""
LEAST_PIXELS: Final = 64
LEAST_RATE: Final = 50_000
_POWER: Final = 0.75
"""A smaller picture needs more bits for each of its pixels: it has the same things in it."""


@dataclass(frozen=True, slots=True)
class Size:
    """One size: pixels, and bits a second at most."""

    width: int
    height: int
    video_bitrate: int


def sizes(house: House) -> tuple[Size, ...]:
    """Return the sizes beside the house's own, largest first, of a house without :func:`faults`."""
    found = (_size(house, text) for text in house.renditions if not _own(house, text))
    return tuple(sorted(found, key=lambda size: -size.height))


def faults(house: House) -> list[tuple[int, str]]:
    """Return place (from 1) and text of everything wrong with ``house.renditions``."""
    found: list[tuple[int, str]] = []
    seen: set[int] = set()
    for place, text in enumerate(house.renditions, 1):
        what = _fault(house, text)
        if not what and _height(text) in seen:
            what = f'"{text}" is a second size of {_height(text)} lines'
        if not what:
            seen.add(_height(text))
        else:
            found.append((place, what))
    if not found and len(seen | {house.height}) > MOST:
        found.append((len(house.renditions), f"there are {len(seen | {house.height})} sizes; at most {MOST} are made"))
    return found


def bit_rate(house: House, width: int, height: int) -> int:
    """Return the bits a second for a size that names none, in steps of 10,000: see ``docs/configuration.md``."""
    share: float = (width * height / (house.width * house.height)) ** _POWER
    return max(LEAST_RATE, round(house.video_bitrate * share / 10_000) * 10_000)


def _fault(house: House, text: str) -> str:
    """Return what is wrong with one size, "" when it is right."""
    height, rate = _height(text), text.partition("@")[2]
    house_size = f"{house.width}x{house.height}"
    if height > house.height:
        return f'"{text}" is larger than the house ({house_size}): nothing is made larger than house.height'
    if height == house.height:
        return f'"{text}" is the house\'s own size: its bit rate is house.video_bitrate' if rate else ""
    width = _width(house, height)
    if height % 2 or min(width, height) < LEAST_PIXELS:
        return f'"{text}" would be {width}x{height}: sizes are even and at least {LEAST_PIXELS} pixels'
    return _rate_fault(house, text, rate) if rate else ""


def _rate_fault(house: House, text: str, rate: str) -> str:
    try:
        bits = units.bitrate(rate)
    except ValueError:
        return f'"{text}": "{rate}" is no bit rate such as "800k"'
    if LEAST_RATE <= bits <= house.video_bitrate:
        return ""
    return f'"{text}": its bit rate must be from "50k" to that of the house ({house.video_bitrate} bit/s)'


def _size(house: House, text: str) -> Size:
    height, rate = _height(text), text.partition("@")[2]
    width = _width(house, height)
    return Size(width, height, units.bitrate(rate) if rate else bit_rate(house, width, height))


def _own(house: House, text: str) -> bool:
    return _height(text) == house.height


def _height(text: str) -> int:
    return int(text.partition("p")[0])


def _width(house: House, height: int) -> int:
    """Return the even width nearest to the house's shape."""
    return round(height * house.width / house.height / 2) * 2
