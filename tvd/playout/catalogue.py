"""The sources of a channel at one moment, and the pools its programming draws from; derived once and kept.

Channels over the same sources share one ``Index``: what a filter finds is found once for all of them.
"""

import fnmatch
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final
from weakref import WeakValueDictionary

from tvd.config import ranges
from tvd.config.programming import Selection
from tvd.library.source import Source
from tvd.media.house import Grid
from tvd.playout.order import Catalogue, place_key, place_of

_indices: "Final[WeakValueDictionary[int, Index]]" = WeakValueDictionary()


def episode_key(source: Source) -> str:
    """Return what the episodes of a series are sorted by; it says which episode it is, not where it stands.

    Specials (season 0) come last, as do episodes without a number, in the order of their files.
    """
    about = source.metadata
    if about.episode is None:
        return f"{about.season or 9999:04}+{place_key(place_of(source))}"
    return f"{about.season or 9998:04}-{about.episode:05} {source.id}"


class Pool(Catalogue):
    """Some of a channel's sources, with the series among them."""

    def __init__(self, sources: Sequence[Source] = ()) -> None:
        super().__init__(sources)
        self._typical: dict[int, int] = {}

    @cached_property
    def series(self) -> dict[str, list[tuple[str, Source]]]:
        """Episodes with their keys in order, by series; only of series with more than one."""
        return self._grouped(lambda source: source.metadata.series.casefold())

    @cached_property
    def seasons(self) -> dict[str, list[tuple[str, Source]]]:
        """The same by series and season."""
        return self._grouped(_season)

    def _grouped(self, of: Callable[[Source], str]) -> dict[str, list[tuple[str, Source]]]:
        found: dict[str, list[tuple[str, Source]]] = defaultdict(list)
        for source in self.by_id.values():
            if source.metadata.series and (name := of(source)):
                found[name].append((episode_key(source), source))
        return {name: sorted(found[name], key=lambda pair: pair[0]) for name in sorted(found) if len(found[name]) > 1}

    @cached_property
    def titles(self) -> "Pool":
        """One source for each title: films as they are, of each series its first episode."""
        episodes = {source.id for each in self.series.values() for _, source in each[1:]}
        return Pool([source for source in self.by_id.values() if source.id not in episodes])

    def leaders(self, groups: dict[str, list[tuple[str, Source]]]) -> "Pool":
        """Return the first episode of each of ``groups`` (``series`` or ``seasons``)."""
        kept = self._leaders.get(id(groups))
        if kept is None:
            kept = self._leaders[id(groups)] = Pool([each[0][1] for each in groups.values()])
        return kept

    @cached_property
    def _leaders(self) -> "dict[int, Pool]":
        return {}

    def typical(self, grid: Grid) -> int:
        """Return how many segments a source has, half of them more and half of them fewer."""
        if grid.fps not in self._typical:
            lengths = sorted(source.duration for source in self.by_id.values())
            self._typical[grid.fps] = grid.segments_for(lengths[len(lengths) // 2]) if lengths else 0
        return self._typical[grid.fps]


def _season(source: Source) -> str:
    about = source.metadata
    return f"{about.series.casefold()}/{about.season}" if about.season is not None else ""


class Index:
    """All sources, found by what is said of them. ``of`` gives the same one for the same tuple of sources."""

    def __init__(self, sources: tuple[Source, ...]) -> None:
        self.sources = sources
        self._usable = [source for source in sources if source.schedulable]
        self._paths = [str(source.path) if source.path else "" for source in self._usable]
        self._pools: dict[tuple[object, ...], Pool] = {}
        self._found: dict[tuple[str, str], frozenset[int]] = {}

    @staticmethod
    def of(sources: tuple[Source, ...]) -> "Index":
        """Return the index of ``sources``."""
        index = _indices.get(id(sources))
        if index is None:
            index = _indices[id(sources)] = Index(sources)
        return index

    def pool(self, selection: Selection, folders: Sequence[Path], without: Sequence[Path] = ()) -> Pool:
        """Return what ``selection`` selects, by default out of ``folders`` (none: everything); ``without`` these."""
        inside = selection.folders or tuple(folders)
        key = (
            inside, tuple(without), selection.files, selection.title, selection.series, selection.genres,
            selection.tags, selection.years, selection.duration,
        )  # fmt: skip
        if (known := self._pools.get(key)) is None:
            known = self._pools[key] = Pool([self._usable[place] for place in self._select(selection, inside, without)])
        return known

    def _select(self, selection: Selection, inside: Sequence[Path], without: Sequence[Path]) -> Iterable[int]:
        conditions = [self._under(inside)] if inside else []
        if selection.files:
            wanted = {str(path) for path in selection.files}
            conditions.append(frozenset(place for place, path in enumerate(self._paths) if path in wanted))
        conditions += [
            frozenset().union(*(self._matching(name, glob.casefold()) for glob in globs))
            for name in ("title", "series", "genres", "tags")
            if (globs := getattr(selection, name))
        ]
        if selection.years:
            first, last = ranges.years(selection.years)
            years = ((place, source.metadata.year) for place, source in enumerate(self._usable))
            conditions.append(frozenset(place for place, year in years if year and first <= year <= last))
        if selection.duration:
            least, most = ranges.lasts(selection.duration)
            lasts = ((place, source.duration) for place, source in enumerate(self._usable))
            conditions.append(frozenset(place for place, seconds in lasts if least <= seconds <= most))
        found = frozenset.intersection(*conditions) if conditions else frozenset(range(len(self._usable)))
        return sorted(found - self._under(without) if without else found)

    def _under(self, folders: Sequence[Path]) -> frozenset[int]:
        places: frozenset[int] = frozenset()
        for folder in folders:
            # As the library names its files: without "..", symbolic links as they are.
            start = os.path.abspath(folder) + "/"  # noqa: PTH100 - Path.absolute keeps ".."
            if (known := self._found.get(key := ("folder", start))) is None:
                known = frozenset(place for place, path in enumerate(self._paths) if path.startswith(start))
                self._found[key] = known
            places |= known
        return places

    def _matching(self, name: str, glob: str) -> frozenset[int]:
        if (known := self._found.get((name, glob))) is None:
            # Only "*" and "?" mean anything; fnmatch's expression takes no more than linear time.
            matches = re.compile(fnmatch.translate(glob.replace("[", "[[]"))).match
            if name == "title":
                known = frozenset(
                    place
                    for place, source in enumerate(self._usable)
                    if matches(source.title.casefold()) or matches(source.metadata.title.casefold())
                )
            else:
                words = self._words[name]
                known = frozenset().union(*(places for word, places in words.items() if matches(word)))
            self._found[name, glob] = known
        return known

    @cached_property
    def _words(self) -> dict[str, dict[str, set[int]]]:
        """What is said of many sources, without case: kind of word → word → places."""
        words: dict[str, dict[str, set[int]]] = {name: defaultdict(set) for name in ("series", "genres", "tags")}
        for place, source in enumerate(self._usable):
            about = source.metadata
            if about.series:
                words["series"][about.series.casefold()].add(place)
            for genre in about.genres:
                words["genres"][genre.casefold()].add(place)
            for tag in about.tags:
                words["tags"][tag.casefold()].add(place)
        return words
