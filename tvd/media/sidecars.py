"""Subtitle files beside a film: which belong to it, and what their names tell. Touches folders: runs in a child.

``film.srt``, ``film.en.srt``, ``film.en.forced.srt``; the same in a folder ``Subs`` beside the film, or anything in it
when the film is alone in its folder, or in ``Subs/film/``.
"""

import os
import re
import stat
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from tvd.media.languages import named
from tvd.media.library_wire import Sidecar
from tvd.media.listing import EXTENSIONS

FORMATS: Final = ("srt", "vtt", "ass", "ssa")
_FOLDERS: Final = frozenset({"subs", "sub", "subtitles"})
_MOST: Final = 64
_MOST_ENTRIES: Final = 20_000
_WORDS: Final = re.compile(r"[^\w-]+|_")
_FORCED: Final = frozenset({"forced", "foreign"})
_HEARING: Final = frozenset({"sdh", "cc", "hearing"})


@dataclass(frozen=True, slots=True)
class Naming:
    """What a name tells: a language (empty: none), whether only foreign speech, whether sounds are told too."""

    language: str = ""
    forced: bool = False
    hearing: bool = False


def naming(path: bytes, source: bytes) -> Naming:
    """Return what the name of the sidecar at ``path`` tells beyond the name of its source."""
    name, stem = Path(os.fsdecode(path)).stem, Path(os.fsdecode(source)).stem
    rest = name[len(stem) :] if name.casefold().startswith(stem.casefold()) else name
    found, forced, hearing = "", False, False
    for word in _WORDS.split(rest):
        lower = word.casefold()
        if lower in _FORCED:
            forced = True
        elif lower in _HEARING or (lower == "hi" and found):  # behind a language: hearing impaired, not Hindi
            hearing = True
        elif word and not found:
            found = named(word)
    return Naming(found, forced, hearing)


def sidecars(source: bytes) -> tuple[Sidecar, ...]:
    """Return the subtitle files of the film at ``source``, by name. Blocks; raises ``OSError`` when its folder does."""
    film = Path(os.fsdecode(source))
    folder, stem = film.parent, film.stem.casefold()
    with os.scandir(folder) as entries:
        beside = [Path(entry.path) for entry in islice(entries, _MOST_ENTRIES)]
    films = {each.stem.casefold() for each in beside if each.suffix[1:].lower() in EXTENSIONS}
    found = list(_belonging(beside, stem, films))
    for subs in (each for each in beside if each.name.lower() in _FOLDERS):
        inside = _entries(subs)
        found += inside if len(films) == 1 else _belonging(inside, stem, films)
        for own in (each for each in inside if each.name.casefold() == stem):
            found += _entries(own)
    real = _real(found, os.path.realpath(folder))
    return tuple(islice(sorted(real, key=lambda sidecar: sidecar.path), _MOST))


def _belonging(paths: Iterable[Path], stem: str, films: Collection[str]) -> Iterator[Path]:
    """Yield the subtitle files whose names begin with ``stem`` and with no longer one of another film."""
    longer = [film for film in films if len(film) > len(stem) and _begins(film, stem)]
    for path in paths:
        own = path.stem.casefold()
        if _is_subtitle(path) and _begins(own, stem) and not any(_begins(own, film) for film in longer):
            yield path


def _begins(name: str, stem: str) -> bool:
    return name == stem or name.startswith(f"{stem}.")


def _is_subtitle(path: Path) -> bool:
    return path.suffix[1:].lower() in FORMATS and not path.name.startswith(".")


def _entries(folder: Path) -> list[Path]:
    """Return what is in a folder beside the film; nothing when it is none, or a link to elsewhere."""
    try:
        if not stat.S_ISDIR(folder.lstat().st_mode):
            return []
        with os.scandir(folder) as entries:
            return [Path(entry.path) for entry in islice(entries, _MOST_ENTRIES)]
    except OSError:
        return []


def _real(paths: Iterable[Path], root: str) -> Iterator[Sidecar]:
    """Yield the regular files below ``root`` among ``paths``; as with films, links do not lead out of it."""
    for path in filter(_is_subtitle, paths):
        try:
            if not os.path.realpath(path).startswith(root.rstrip("/") + "/"):
                continue
            status = path.stat()
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            yield Sidecar(os.fsencode(path), status.st_size, status.st_mtime_ns)
