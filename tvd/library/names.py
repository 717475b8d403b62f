"""What a file's name tells: its place in an order a person would put it in, and a title."""

import re
from pathlib import PurePath
from typing import Final

_DIGITS: Final = re.compile(r"[0-9]+")
_BRACKETS: Final = re.compile(r"\[[^\]]*\]|\{[^}]*\}")
_RELEASE: Final = re.compile(
    r"\b(2160p|1080[pi]|720p|576[pi]|480[pi]|4k|uhd|blu-?ray|bdrip|brrip|web-?dl|web-?rip|hdtv|dvdrip|dvd|remux"
    r"|[xh]\.?26[45]|hevc|xvid|divx|av1|10bit|proper|repack)\b.*$",
    re.IGNORECASE,
)
_LINK: Final = re.compile(r"https?:|www\.|\.(com|net|org)\b", re.IGNORECASE)
_LONGEST: Final = 150
_MEANINGLESS: Final = frozenset({"", "untitled", "unknown", "title", "video", "audio", "movie", "track", "no title"})


def natural_key(path: PurePath | str) -> str:
    """Return a sort key under which ``Episode 2`` comes before ``Episode 10``, folder by folder."""
    # A run of digits is preceded by its length; the separator sorts before everything a name may contain.
    return _DIGITS.sub(_measured, str(path).casefold()).replace("/", "\0")


def _measured(digits: re.Match[str]) -> str:
    number = digits[0].lstrip("0")
    # Length as a character between "0" and what follows "9": numbers keep their place before letters.
    return f"0{chr(0x30 + min(len(number), 60))}{number}"


def sensible_title(text: str) -> str:
    """Return a title that a tag gives, empty when it says nothing: a placeholder, an address, a release's name."""
    title = text.strip()
    meaningless = title.casefold() in _MEANINGLESS or _LINK.search(title)
    return "" if meaningless or (" " not in title and _RELEASE.search(title)) else title[:_LONGEST]


def title_from_name(path: PurePath, year: int | None = None) -> str:
    """Return the file's name as a title: no extension, separators as spaces, no release jargon, always something.

    ``year`` is left out where it stands after the title.
    """
    # A name need not be valid UTF-8; what is not becomes a replacement character here.
    stem = path.stem.encode(errors="surrogateescape").decode(errors="replace")
    text = "".join(it if it.isprintable() else " " for it in stem).replace("_", " ")
    if " " not in text.strip():
        text = text.replace(".", " ")
    short = _RELEASE.sub("", _BRACKETS.sub(" ", text)).strip(" -.,([")
    title = " ".join((short or text).split())
    if year is not None:
        title = re.sub(rf"(?<=\S)\s+[(\[]?{year}\b[)\]]?", "", title).strip(" -.,([") or title
    return title[:_LONGEST] or "Untitled"
