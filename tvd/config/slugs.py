"""Slugs: the names of channels in URLs, file names, metrics and logs."""

import re
import unicodedata
from typing import Final

# Letters that Unicode does not take apart into a Latin letter and an accent.
_LATIN: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "&": " and "}
)
_LONGEST: Final = 63


def slug_of(name: str, number: int) -> str:
    """Return the slug of a channel called ``name``; ``channel-NUMBER`` when nothing of it can be written in ASCII."""
    latin = unicodedata.normalize("NFKD", name.casefold().translate(_LATIN)).encode("ascii", "ignore").decode()
    latin = latin.replace("'", "")
    slug = re.sub(r"[^a-z0-9]+", "-", latin)[:_LONGEST].strip("-")
    return slug or f"channel-{number}"
