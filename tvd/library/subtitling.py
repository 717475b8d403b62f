"""Finding and reading the subtitles of what airs soon, and again when a file beside it changes; one child at a time.

Independent of normalising: subtitles come later than the picture without harm, and a changed file costs no new picture.
"""

import asyncio
import hashlib
import os
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NoReturn

from tvd import logs
from tvd.clock import NS
from tvd.errors import TvdError
from tvd.library.source import Source
from tvd.library.subtitles import UNKNOWN, Read, SubtitleStore
from tvd.media.languages import language
from tvd.media.library_wire import Sidecar
from tvd.media.probe import SubtitleTrack
from tvd.media.sidecars import naming
from tvd.media.subtitle_wire import Extracted
from tvd.media.subtitles import UnextractedError, extract, text_tracks

NEAR: Final = 1800.0
"""Seconds before air from which on a source's folder is looked at often."""
_EVERY: Final = 15.0
_SELDOM: Final = 900.0
_AGAIN: Final = 600.0
"""Seconds before what failed is tried again."""
_BATCH: Final = 100
_BUSY: Final = 5.0
_READER: Final = 3
"""Raised when the parsers read more than before: everything is then read again."""
_ID: Final = re.compile(r"[0-9a-f]{16}")
_log = logs.get("subtitles")

FindSidecars = Callable[[Sequence[str]], Awaitable[Sequence[tuple[Sidecar, ...] | None]]]


class Subtitling:
    """Keeps ``store`` right for the sources that air: see :meth:`run`. ``find`` lists the files beside films."""

    def __init__(
        self,
        store: SubtitleStore,
        find: FindSidecars,
        source: Callable[[str], Source | None],
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._store = store
        self._find = find
        self._source = source
        self._now_ns = now_ns
        self._looked: dict[str, float] = {}
        self._failed: dict[str, tuple[str, float]] = {}
        self._touched: dict[str, float] = {}

    async def run(self, planned: Callable[[], Mapping[str, int]]) -> NoReturn:
        """Look after what ``planned`` names (source id -> UTC nanoseconds of its next airing), soonest first."""
        while True:
            try:
                await self._round(planned())
            except (TvdError, OSError) as error:
                _log.warning("subtitles.failed", reason=str(error))
            await asyncio.sleep(_EVERY / 3)

    async def _round(self, planned: Mapping[str, int]) -> None:
        for gone in self._looked.keys() - planned.keys():
            del self._looked[gone]
            self._failed.pop(gone, None)
            self._touched.pop(gone, None)
        now, moment = self._now_ns(), time.monotonic()
        due = [
            source
            for source_id, air_ns in sorted(planned.items(), key=lambda one: one[1])
            if moment - self._looked.get(source_id, -_SELDOM) >= (_EVERY if air_ns - now < NEAR * NS else _SELDOM)
            and (source := self._source(source_id)) is not None
        ]
        for start in range(0, len(due), _BATCH):
            await self.look(due[start : start + _BATCH])
            if time.monotonic() - moment > _BUSY:
                return  # what airs soon may have changed meanwhile

    async def look(self, sources: Sequence[Source]) -> None:
        """Look at the folders of ``sources`` and read what is new. Raises what ``find`` raises, and ``OSError``."""
        films = [it for it in sources if it.path is not None and it.probe is not None and _ID.fullmatch(it.id)]
        found = await self._find([str(film.path) for film in films]) if films else ()
        self._looked.update({source.id: time.monotonic() for source in sources})
        for film, beside in zip(films, found, strict=True):
            if beside is not None:
                await self._update(film, beside)

    async def _update(self, film: Source, beside: Sequence[Sidecar]) -> None:
        assert film.probe is not None
        tracks = text_tracks(film.probe.subtitles)
        signature, known = _signature(beside, tracks), self._store.signature(film.id)
        failed = self._failed.get(film.id)
        if signature == known:
            await self._touch(film.id)
            return
        if not beside and not tracks and known is None:
            return
        if failed is not None and failed[0] == signature and time.monotonic() - failed[1] < _AGAIN:
            return
        try:
            extracted = await extract(
                os.fsencode(str(film.path)), [track.index for track in tracks], [it.path for it in beside]
            )
        except UnextractedError as error:
            self._failed[film.id] = signature, time.monotonic()
            _log.warning("subtitles.failed", source=film.id, title=film.title, reason=str(error))
            return
        for one in extracted:
            if one.reason:
                _log.warning("subtitles.refused", source=film.id, origin=_origin(one), reason=one.reason)
        read = chosen(os.fsencode(str(film.path)), extracted, tracks)
        await self._store.put(film.id, signature, read)
        _log.info(
            "subtitles.ready",
            source=film.id,
            title=film.title,
            languages=[one.language + " forced" * one.forced for one in read],
        )

    async def _touch(self, source_id: str) -> None:
        # Once a day is enough; the round's own memory says whether it was today.
        if source_id not in self._touched or time.monotonic() - self._touched[source_id] > 86_400:
            self._touched[source_id] = time.monotonic()
            await self._store.touch(source_id)


def chosen(film: bytes, extracted: Sequence[Extracted], tracks: Sequence[SubtitleTrack]) -> list[Read]:
    """Return one track for each language, forced ones apart: a file goes before a stream, plain before sounds told."""
    by_index = {track.index: track for track in tracks}
    best: dict[tuple[str, bool], tuple[tuple[bool, bool], Read]] = {}
    for one in extracted:
        if one.reason:
            continue
        if isinstance(one.origin, int):
            track = by_index[one.origin]
            code, forced, rank = language(track.language), track.forced, (True, False)
        else:
            name = naming(one.origin, film)
            code, forced, rank = name.language, name.forced, (False, name.hearing)
        read = Read(code or UNKNOWN, forced, _origin(one), one.cues)
        key = (read.language, forced)
        if key not in best or rank < best[key][0]:
            best[key] = rank, read
    return [read for _, (_, read) in sorted(best.items(), key=lambda item: item[0])]


def _origin(one: Extracted) -> str:
    """Name file or stream for people; a name need not be valid UTF-8."""
    if isinstance(one.origin, int):
        return f"stream {one.origin}"
    return Path(os.fsdecode(one.origin)).name.encode(errors="surrogateescape").decode(errors="replace")


def _signature(beside: Sequence[Sidecar], tracks: Sequence[SubtitleTrack]) -> str:
    text = repr((_READER, [(it.path, it.size, it.mtime_ns) for it in beside], [(it.index, it.codec) for it in tracks]))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
