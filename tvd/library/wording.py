"""What a source is about, out of all that speaks of it: NFO files, then its tags, then its name. Pure functions."""

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Final, TypeVar

from tvd.library.metadata import Metadata
from tvd.library.names import sensible_title, title_from_name
from tvd.media import clean
from tvd.media.describing import Description
from tvd.media.nfo import language
from tvd.media.probe import Probe
from tvd.media.words import Words

_EPISODE_IN_TITLE: Final = re.compile(r"\bs\d{1,3}[ ._-]*e\d{1,3}", re.IGNORECASE | re.ASCII)
# Names of tags in lower case, the best first. "collection/title" and its like are Matroska's tags of a higher level.
_ARTIST: Final = ("artist", "album_artist", "performer", "director", "composer", "author")
_SERIES: Final = ("show", "tvshow", "collection/title", "series")
_SEASON: Final = ("season_number", "season/part_number", "season")
_EPISODE: Final = ("episode_sort", "episode", "episode_number", "part_number")
_DATE: Final = ("date", "date_released", "year", "originaldate", "date_recorded")
_STORY: Final = ("description", "synopsis", "summary", "comment")
_RATING: Final = ("law_rating", "content_rating", "contentrating", "mpaa")
_T = TypeVar("_T")


def metadata(path: PurePath, probe: Probe | None, said: Description) -> Metadata:
    """Return what the file at ``path`` is about; each field from whom it is trusted most to know it."""
    tags = tag_words(probe) if probe else Words()
    nfo, name = said.nfo, said.name
    film = said.kind in ("movie", "music")
    series = "" if film else nfo.series or tags.series or name.series
    own = tags.title if not series or _of_episode(tags.title, series) else ""
    title = nfo.title or own or (name.title if series else title_from_name(path, name.year))
    if series and name.series == "" and not title:
        title = title_from_name(path, name.year)
    return Metadata(
        title=title,
        artist=nfo.artist or tags.artist,
        year=nfo.year or tags.year or name.year,
        description=nfo.description or tags.description or said.story,
        series=series,
        season=_first(nfo.season, tags.season, name.season) if series else None,
        episode=_first(nfo.episode, tags.episode, name.episode) if series else None,
        genres=nfo.genres or tags.genres,
        tags=nfo.tags or tags.tags,
        rating=nfo.rating or tags.rating,
        language=nfo.language or tags.language,
    )


def label(words: Metadata, probe: Probe | None, kind: str) -> str:
    """Return the title of a source on one line; of music with the artist."""
    music = kind == "music" or (probe is not None and not any(not it.attached_picture for it in probe.video))
    if music and words.artist and not words.episodic:
        return clean.line(f"{words.artist} – {words.title}")  # noqa: RUF001 - a dash between names
    return clean.line(words.label)


def tag_words(probe: Probe) -> Words:
    """Return what the tags of a file say; containers disagree about upper case and about names."""
    tags = {name.lower(): value for name, value in probe.tags.items()}
    series = clean.line(_tag(tags, _SERIES))
    story = _tag(tags, _STORY)
    spoken = next((track.language for track in probe.audio if track.language), "")
    return Words(
        title=clean.line(sensible_title(tags.get("title", ""))),
        artist=clean.line(_tag(tags, _ARTIST)),
        year=clean.year(_tag(tags, _DATE)),
        description="" if sensible_title(story) == "" else clean.prose(story),
        series=series,
        season=clean.number(_tag(tags, _SEASON), 9999) if series else None,
        episode=clean.number(_tag(tags, _EPISODE), 99999) if series else None,
        genres=clean.names([tags.get("genre", "")]),
        tags=clean.names([tags.get("keywords", "")]),
        rating=clean.rating(_tag(tags, _RATING)),
        language=language(tags.get("language", "")) or spoken,
    )


def _tag(tags: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((value for name in names if (value := tags.get(name, "").strip())), "")


def _of_episode(title: str, series: str) -> bool:
    """Whether a tag's title is that of an episode, not the series' or the file's name once more."""
    return bool(title) and title.casefold() != series.casefold() and not _EPISODE_IN_TITLE.search(title)


def _first(*values: _T | None) -> _T | None:
    return next((value for value in values if value is not None), None)
