"""What the name of a file and of the folders it is in tells, guessed by ``guessit``. Runs in the library child.

guessit always finds something, so a guess counts only with evidence: an episode needs to be written as one (``S02E05``,
``2x05``, ``Season 2/05``, ``Title - 05``), a year must not be the beginning of the name.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from tvd.media import clean
from tvd.media.words import Words

_PARTS: Final = 4
_LONGEST: Final = 200
_EXPLICIT: Final = re.compile(
    r"\bs\d{1,4}[ ._-]*e\d{1,4}|(?<![0-9a-z])\d{1,2}x\d{2,3}(?![0-9])|\bep(?:isode)?[ ._-]*\d"
    r"|\b(?:season|series|saison|staffel|temporada|stagione|seizoen)[ ._-]*\d",
    re.IGNORECASE | re.ASCII,
)
_LETTERS: Final = re.compile(r"[\W_]+")
_NUMBERED: Final = re.compile(r"[ ._](?:-[ ._]*|#|ep?)\d{1,4}(?:v\d)?(?:[ ._]|$)", re.IGNORECASE | re.ASCII)
_TITLE_YEAR: Final = re.compile(r"^(.*\S)[ ._]*[(\[](\d{4})[)\]][^/]*$", re.ASCII)


def guess(path: str) -> Words:
    """Return what ``path`` (of a file, relative to the folder that holds the library's) tells; never raises."""
    parts = [clean.line(part, _LONGEST) for part in path.split("/")[-_PARTS:]]
    parts = [part for part in parts if part]
    if not parts:
        return Words()
    stem = parts[-1].rpartition(".")[0] or parts[-1]
    found = _guessed("/".join(parts))
    words = _episode(found, stem, parts[:-1])
    return words if words is not None else Words(year=_year(found, stem, parts[:-1]))


def _guessed(path: str) -> Mapping[str, Any]:
    from guessit.api import GuessitException, guessit  # noqa: PLC0415 - takes 0.3 s

    try:
        found: Mapping[str, Any] = guessit(path)
    except GuessitException:
        return {}
    return found


def _episode(found: Mapping[str, Any], stem: str, folders: list[str]) -> Words | None:
    """Return the words of an episode, None when it is none for sure."""
    series = clean.line(str(found.get("title", "")))
    if found.get("type") != "episode" or not series:
        return None
    own = _plain(series) in _plain(stem)
    season, episode = _first(found.get("season")), _first(found.get("episode"))
    title = clean.line(str(found.get("episode_title", "")))
    if (date := found.get("date")) is not None and episode is None:
        # A daily programme: what stands before the date is its name.
        if not own or not _plain(stem).startswith(_plain(series)) or not clean.sane_year(date.year):
            return None
        return Words(series=series, title=title or date.isoformat(), year=date.year)
    if episode is None:
        return None
    explicit = _EXPLICIT.search("/".join([*folders[-2:], stem])) is not None
    if not explicit and not (own and season is None and _NUMBERED.search(stem)):
        return None
    found_year = _first(found.get("year"))
    year = found_year if found_year is not None and clean.sane_year(found_year) else None
    # The year in a series' name tells it from another of that name; it is not when this episode was made.
    return Words(series=series, title=title, season=season, episode=episode, year=year if season is None else None)


def _year(found: Mapping[str, Any], stem: str, folders: list[str]) -> int | None:
    """Return the year of a film, named by its file or by the folder it has for itself."""
    year = _first(found.get("year"))
    at = stem.find(str(year)) if year is not None else -1
    if year is not None and clean.sane_year(year) and at > 0 and any(map(str.isalnum, stem[:at])):
        return year
    folder = _TITLE_YEAR.match(folders[-1]) if folders else None
    if folder and _plain(stem).startswith(_plain(folder[1])) and clean.sane_year(int(folder[2])):
        return int(folder[2])
    return None


def _first(value: Any) -> int | None:
    """Return a number; of several (a double episode) the first."""
    one = value[0] if isinstance(value, list) and value else value
    return one if isinstance(one, int) and 0 <= one <= 99999 else None


def _plain(text: str) -> str:
    return _LETTERS.sub("", text).casefold()
