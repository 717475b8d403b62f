"""Text from files made fit to show: plain, of one line, of bounded length; lists split, years sane. Pure."""

import re
from collections.abc import Iterable
from typing import Final

LONGEST_LINE: Final = 200
LONGEST_TEXT: Final = 2_000
_MOST_NAMES: Final = 12
_SPLIT: Final = re.compile(r"\s*[;|\0\n]\s*|\s+/\s+|,\s+")
_SLASH: Final = re.compile(r"\s*/\s*")
_YEAR: Final = re.compile(r"(?<!\d)(\d{4})(?!\d)", re.ASCII)
_EARLIEST: Final = 1870
_LATEST: Final = 2100


def line(text: str, most: int = LONGEST_LINE) -> str:
    """Return ``text`` as one line of at most ``most`` characters, without anything that is no character to look at."""
    if len(text) <= most and text.isprintable() and "  " not in text:
        return text.strip()  # as most are
    # Cut first: a tag can be megabytes. What is not printable includes line ends, controls and lone surrogates.
    words = "".join(char if char.isprintable() else " " for char in text[: 4 * most]).split()
    whole = " ".join(words)
    return whole if len(whole) <= most else whole[: most - 1].rstrip() + "…"


def prose(text: str) -> str:
    """Return ``text`` as a description: one line of at most 2,000 characters."""
    return line(text, LONGEST_TEXT)


def names(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the names in ``texts``, lists such as ``Drama / Crime; Thriller`` split, each once, at most twelve."""
    found: dict[str, str] = {}
    for text in filter(None, texts):
        for part in _SPLIT.split(text[:LONGEST_TEXT]):
            # "Drama/Crime", but not "Sci-Fi/" or "24/7": words on both sides.
            pieces = _SLASH.split(part) if re.search(r"[^\W\d]{3}/[^\W\d]{3}", part) else [part]
            for name in filter(None, (line(piece, 60).strip(" ,;/") for piece in pieces)):
                if len(found) < _MOST_NAMES:
                    found.setdefault(name.casefold(), name)
    return tuple(found.values())


def year(text: str) -> int | None:
    """Return the first sane year in ``text`` (``1968``, ``1968-04-03``, ``03.04.1968``), None when there is none."""
    if not text:
        return None
    years = (int(match[1]) for match in _YEAR.finditer(text[:LONGEST_LINE]))
    return next((it for it in years if sane_year(it)), None)


def sane_year(number: int) -> bool:
    """Whether something may have been made in that year."""
    return _EARLIEST <= number <= _LATEST


def number(text: str, most: int) -> int | None:
    """Return a whole number from 0 to ``most`` (``5``, ``05/12``, ``5.0``), None when ``text`` is none."""
    if not text:
        return None
    match = re.match(r"\s*(\d{1,6})(?:\.0*)?\s*(?:/|$)", text[:40], re.ASCII)
    return int(match[1]) if match and int(match[1]) <= most else None


def rating(text: str) -> str:
    """Return an age rating as people write it: ``Rated PG-13 for …`` and ``US:PG-13`` both as ``PG-13``."""
    if not text:
        return ""
    plain = line(text, 60).split(" / ")[0]
    plain = re.sub(r"(?i)^rated\s+", "", plain)
    plain = re.sub(r"(?i)\s+for\s+.*$", "", plain)
    plain = re.sub(r"^[A-Z]{2}:\s*", "", plain)
    return "" if plain.casefold() in {"", "not rated", "unrated", "nr", "none", "0", "n/a"} else plain[:20].strip()
