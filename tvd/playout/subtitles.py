"""The subtitles of a channel: which languages it offers, and what shows during which segment.

What aired as a segment is told by the as-run log, never by the schedule, so its subtitles are those of the picture
that was fed. The version of a segment names cues that never change; once listed, a segment keeps it while it is listed.
"""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from tvd.errors import NotFoundError
from tvd.hls.playlist import SubtitleRendition
from tvd.hls.subtitles import render_segment
from tvd.library.asset import Asset
from tvd.library.source import Source
from tvd.library.subtitles import UNKNOWN, SubtitleStore, SubtitleTrack
from tvd.media import languages
from tvd.media.house import Grid
from tvd.media.subtitles import text_tracks
from tvd.playout.asrun import AsRun

MOST: Final = 8
"""Languages a channel offers by itself: players built on ffmpeg open every one of them before they begin."""
NOTHING: Final = "none"
_FORCED: Final = "-forced"
_RECOUNT: Final = 30.0


class Aired(Protocol):
    """What is asked of the as-run log."""

    def at(self, seq: int) -> tuple[AsRun, int] | None:
        """Return what was fed as ``seq`` and which segment of it."""
        ...


class Shelf(Protocol):
    """What is asked of the asset store."""

    def get(self, generation: str, key: str) -> Asset | None:
        """Return one asset by its names."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Segment ``index`` of ``source`` aired, which has ``segments`` of them."""

    source: str
    index: int
    segments: int


class ChannelSubtitles:
    """Subtitles of one channel. ``wanted`` are the languages it offers, most wanted first; empty: those it has.

    ``sources`` gives what the channel can air; ``keep`` is how many listed segments are remembered.
    """

    def __init__(
        self,
        grid: Grid,
        wanted: Sequence[str],
        *,
        aired: Aired,
        shelf: Shelf,
        store: SubtitleStore,
        sources: Callable[[], Sequence[Source]],
        keep: int,
        listed: dict[tuple[str, int], str] | None = None,
    ) -> None:
        self._grid = grid
        self._wanted = tuple(languages.language(code) for code in wanted)
        self._aired = aired
        self._shelf = shelf
        self._store = store
        self._sources = sources
        self._keep = keep
        self.listed: dict[tuple[str, int], str] = {} if listed is None else listed
        """Versions by rendition and segment; handed on to the channel that goes on in the same window."""
        self._counted: tuple[Sequence[Source], int, float] | None = None
        self._renditions: tuple[SubtitleRendition, ...] = ()

    # Languages -----------------------------------------------------------------------------------------------------

    def renditions(self) -> tuple[SubtitleRendition, ...]:
        """Return the languages the channel offers, whatever airs now: counted anew at most twice a minute."""
        sources, moment = self._sources(), time.monotonic()
        if self._counted is not None:
            old, version, at = self._counted
            if (old is sources and version == self._store.version) or moment - at < _RECOUNT:
                return self._renditions
        self._counted = sources, self._store.version, moment
        self._renditions = self._count(sources)
        return self._renditions

    def _count(self, sources: Sequence[Source]) -> tuple[SubtitleRendition, ...]:
        plain: Counter[str] = Counter()
        forced: Counter[str] = Counter()
        for source in sources:
            for code, only_forced in self._has(source):
                (forced if only_forced else plain)[code] += 1
        if self._wanted:
            # Whether there is anything in a wanted language today makes no difference to what is offered.
            codes = list(self._wanted) if plain or forced else []
        else:
            most = sorted(plain | forced, key=lambda code: (-plain[code] - forced[code], code))[:MOST]
            codes = sorted(most, key=lambda code: (code == UNKNOWN, code))
        offered = [_rendition(code, forced=False) for code in codes]
        return (*offered, *(_rendition(code, forced=True) for code in codes if forced[code]))

    def _has(self, source: Source) -> set[tuple[str, bool]]:
        """Return the languages of a source: what was read of it, or what its container promises until then."""
        if self._store.signature(source.id) is not None:
            return {(track.language, track.forced) for track in self._store.tracks(source.id)}
        if source.probe is None:
            return set()
        tracks = text_tracks(source.probe.subtitles)
        return {(languages.language(track.language) or UNKNOWN, track.forced) for track in tracks}

    # Segments ------------------------------------------------------------------------------------------------------

    def version(self, rendition: str, seq: int) -> str:
        """Return which version of its subtitles segment ``seq``, on air or aired, has in a rendition."""
        known = self.listed.get((rendition, seq))
        if known is None:
            track = self._track(rendition, seq)
            known = f"{track.version if track else NOTHING}-{self._grid.fps}"
            self.listed[rendition, seq] = known
            for key in [key for key in self.listed if key[1] < seq - self._keep]:
                del self.listed[key]
        return known

    def where(self, seq: int) -> Place | None:
        """Return the source that aired as ``seq`` and which segment of it; None for a slate."""
        known = self._aired.at(seq)
        if known is None or known[0].kind == "slate":
            return None
        entry, index = known
        generation, _, key = entry.asset.partition("/")
        asset = self._shelf.get(generation, key)
        if asset is None or index >= asset.segments:
            return None
        return Place(asset.source, index, asset.segments)

    async def segment(self, version: str, seq: int) -> bytes:
        """Return the WebVTT of segment ``seq``, always the same for the same ``version``.

        Raises :class:`NotFoundError` when it never had that version, or the cues are gone.
        """
        return await asyncio.to_thread(self._segment, version, seq, self.where(seq))

    def _segment(self, version: str, seq: int, place: Place | None) -> bytes:
        name, _, fps = version.rpartition("-")
        if fps != str(self._grid.fps):
            raise NotFoundError(f"no subtitles {version} here")
        if name == NOTHING:
            return render_segment(self._grid, seq, ()).encode()
        if place is None:
            raise NotFoundError(f"no subtitles {version} for segment {seq}")
        duration = self._grid.duration
        cues = self._store.sheet(place.source, name).between(place.index * duration, (place.index + 1) * duration)
        # Nothing of a programme shows over the next one.
        last = math.floor(place.segments * duration * 1000)
        cues = [msgspec.structs.replace(cue, end=min(cue.end, last)) for cue in cues if cue.start < last]
        return render_segment(self._grid, seq - place.index, cues).encode()

    def _track(self, rendition: str, seq: int) -> SubtitleTrack | None:
        place = self.where(seq)
        if place is None:
            return None
        forced = rendition.endswith(_FORCED)
        wanted = rendition.removesuffix(_FORCED)
        tracks = [track for track in self._store.tracks(place.source) if track.forced == forced]
        same = [track for track in tracks if track.language == wanted]
        akin = [track for track in tracks if languages.base(track.language) == languages.base(wanted) != ""]
        # What does not say its language is in the one that is wanted most.
        untold = [track for track in tracks if track.language == UNKNOWN and self._wanted[:1] == (wanted,)]
        return next(iter((*same, *akin, *untold)), None)


def _rendition(code: str, *, forced: bool) -> SubtitleRendition:
    name = "Subtitles" if code == UNKNOWN else languages.own_name(code)
    return SubtitleRendition(
        id=code + _FORCED * forced,
        language="" if code == UNKNOWN else code,
        name=f"{name} (forced)" if forced else name,
        forced=forced,
    )
