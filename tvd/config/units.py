"""Sizes, durations and bit rates as people write them: ``"50GB"``, ``"90m"``, ``"2.5M"``. Pure."""

import re
from fractions import Fraction
from typing import Final

_QUANTITY: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z/]*)")
_DECIMAL: Final = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_BINARY: Final = {"ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
_SECONDS: Final = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


def _quantity(text: str, units: dict[str, int], endings: tuple[str, ...] = ("",)) -> Fraction:
    """Return ``text`` as a number of the base unit; each unit may carry one of ``endings``."""
    if not (match := _QUANTITY.fullmatch(text.strip())):
        raise ValueError(f"{text!r} is no number with a unit")
    number, unit = match[1], match[2].lower()
    for ending in endings:
        if unit.endswith(ending) and (factor := units.get(unit.removesuffix(ending))) is not None:
            return Fraction(number) * factor
    raise ValueError(f"{match[2]!r} is no unit of it")


def size(text: str) -> int:
    """Return the bytes ``text`` says: ``"50GB"`` (10⁹), ``"10GiB"`` (2³⁰), ``"1048576"``. Raises ``ValueError``."""
    return int(_quantity(text, _DECIMAL | _BINARY, ("b", "")))


def duration(text: str) -> float:
    """Return the seconds ``text`` says: ``"12h"``, ``"90m"``, ``"1.5d"``, ``"30"``. Raises ``ValueError``."""
    return float(_quantity(text, _SECONDS))


def bitrate(text: str) -> int:
    """Return the bits a second ``text`` says: ``"2500k"``, ``"2.5M"``, ``"2.5Mb/s"``. Raises ``ValueError``."""
    return int(_quantity(text, _DECIMAL, ("bit/s", "b/s", "bps", "")))
