"""XMLTV: the guide for Kodi, Jellyfin, Plex, TiviMate and all others that read a ``guide.xml``.

Elements stand in the order of the DTD (``xmltv.dtd`` 0.5); times are whole seconds, UTC, each programme's stop the next
one's start. A rendered channel holds :data:`BASE` wherever the address of tvd belongs, so that one rendering serves
clients who know tvd by different names.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from tvd.guide.entries import Entry
from tvd.media.house import NS

BASE: Final = "\0"
"""Stands for the absolute URL of tvd's root; no XML text can hold it otherwise."""
FILM: Final = 40 * 60 * NS
"""Nanoseconds from which on something of a known year that is no episode counts as a film."""
# What XML 1.0 cannot say (section 2.2), and halves of surrogate pairs.
_UNSAYABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL: Final = re.compile('[&<>"]|' + _UNSAYABLE.pattern)
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def channel_id(number: int) -> str:
    """Return the XMLTV id of a channel, also its ``tvg-id``: like a domain, since plain numbers confuse guides."""
    return f"C{number}.tvd.local"


def head(title: str) -> str:
    """Return the beginning of the document, up to the channels."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tv SYSTEM "xmltv.dtd">\n'
        f'<tv source-info-name="{text(title)}" generator-info-name="tvd">\n'
    )


TAIL: Final = "</tv>\n"


def channel(number: int, name: str, logo: str) -> str:
    """Return one ``channel`` element; ``logo`` is the path of its picture."""
    return (
        f'<channel id="{channel_id(number)}"><display-name>{text(name)}</display-name>'
        f"<display-name>{number}</display-name><display-name>{number} {text(name)}</display-name>"
        f'<icon src="{BASE}{text(logo)}"/></channel>\n'
    )


def programmes(number: int, entries: Sequence[Entry]) -> str:
    """Return the ``programme`` elements of one channel; those shorter than a second are left out."""
    return "".join(_programme(channel_id(number), entry) for entry in entries)


def _programme(channel: str, entry: Entry) -> str:
    start, stop = _time(entry.start_ns), _time(entry.stop_ns)
    if start == stop:
        return ""
    inside = "".join(_elements(entry))
    return f'<programme start="{start}" stop="{stop}" channel="{channel}">{inside}</programme>\n'


def _elements(entry: Entry) -> Iterable[str]:
    words = entry.words
    film = words.year is not None and not words.series and entry.stop_ns - entry.start_ns >= FILM
    yield f"<title>{text(entry.title) or '?'}</title>"
    if entry.subtitle:
        yield f"<sub-title>{text(entry.subtitle)}</sub-title>"
    if words.description:
        yield f"<desc>{text(words.description)}</desc>"
    if words.artist:
        role = "director" if film or words.series else "actor"
        yield f"<credits><{role}>{text(words.artist)}</{role}></credits>"
    if words.year is not None:
        yield f"<date>{words.year:04d}</date>"
    for category in _categories(entry, film=film):
        yield f'<category lang="en">{text(category)}</category>'
    if words.language:
        yield f"<language>{text(words.language)}</language>"
    if words.art:
        yield f'<icon src="{BASE}/art/{text(words.art)}"/>'
    onscreen, numbers = episode(entry)
    yield f'<episode-num system="onscreen">{onscreen}</episode-num>'
    yield f'<episode-num system="xmltv_ns">{numbers}</episode-num>'
    # All of it comes from somebody's shelf; "new" would have recorders keep every airing.
    yield "<previously-shown/>"
    if words.rating:
        yield f"<rating><value>{text(words.rating)}</value></rating>"


def _categories(entry: Entry, *, film: bool) -> Iterable[str]:
    if entry.words.series:
        yield "Series"
    elif film:
        yield "Movie"
    yield from entry.words.genres


def episode(entry: Entry) -> tuple[str, str]:
    """Return the episode number as shown (``S02E05``) and in the ``xmltv_ns`` system (from 0: ``1.4.``).

    Plex takes what has none for a film, so what has no number gets one of its date: year and month with day.
    """
    words = entry.words
    if words.episode is not None:
        # Specials are season 0, which xmltv_ns cannot count; it may leave the season out.
        season = 1 if words.season is None else words.season
        return f"S{season:02d}E{words.episode:02d}", f"{season - 1 if season else ''}.{max(0, words.episode - 1)}."
    day = datetime.fromtimestamp(entry.start_ns // NS, UTC)
    number = day.month * 100 + day.day
    return f"S{day.year}E{number:04d}", f"{day.year - 1}.{number - 1}."


@lru_cache(maxsize=2)  # each programme's stop is the next one's start
def _time(unix_ns: int) -> str:
    return f"{datetime.fromtimestamp(unix_ns // NS, UTC):%Y%m%d%H%M%S} +0000"


def text(raw: str) -> str:
    """Return ``raw`` as it may stand in an element or an attribute."""
    # Most words have nothing of the kind, and a guide has a hundred thousand of them.
    return raw if _SPECIAL.search(raw) is None else _UNSAYABLE.sub("", raw).translate(_ESCAPES)
