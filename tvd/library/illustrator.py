"""Making the pictures of what airs soon, one after another, in a child of its own that everything else comes before."""

import asyncio
import os
import time
from collections.abc import Callable, Iterable
from typing import Final, NoReturn

from tvd import logs, metrics
from tvd.errors import SourceRefusedError
from tvd.library.art import ArtStore, Candidate
from tvd.library.asset import Asset
from tvd.library.source import Source
from tvd.media.readers import Readers, UnreadableError

INTERVAL: Final = 5.0
"""Seconds between two looks at what airs soon."""
_AGAIN: Final = 600.0
"""Seconds before something that may pass is tried again."""
_MOST_PAUSE: Final = 2.0
_log = logs.get("art")


class Illustrator:
    """Fills ``art``. ``wanted`` gives the ids of sources, what airs first coming first; ``find`` a source by id.

    ``assets`` are those of the store: frames are taken from an asset where there is no file, or none that looks right.
    """

    def __init__(
        self,
        art: ArtStore,
        wanted: Callable[[], Iterable[str]],
        find: Callable[[str], Source | None],
        assets: Callable[[], Iterable[Asset]],
        *,
        readers: Readers | None = None,
    ) -> None:
        self._art = art
        self._wanted = wanted
        self._find = find
        self._assets = assets
        self._readers = readers or Readers(1)
        self._not_before: dict[str, float] = {}

    async def run(self) -> NoReturn:
        """Make pictures for ever."""
        async with self._readers:
            while True:
                await self.round()
                await asyncio.sleep(INTERVAL)

    async def round(self) -> None:
        """Go once over what is wanted; pauses as long as it works, so that it takes half a core at most."""
        made = {asset.source: asset for asset in self._assets() if not asset.growing and not asset.lost}
        for source_id in list(self._wanted()):
            if (source := self._find(source_id)) is not None:
                before = time.monotonic()
                if await self._illustrate(source, made.get(source_id)):
                    await asyncio.sleep(min(_MOST_PAUSE, time.monotonic() - before))

    async def _illustrate(self, source: Source, asset: Asset | None) -> bool:
        """Get ``source`` the best picture that can be had; return whether anything was tried."""
        tried = False
        for candidate in self._art.wanted(source):
            path = os.fsdecode(candidate.path) if candidate.path else str(asset.path) if asset else ""
            if not path or self._not_before.get(candidate.key, 0.0) > time.monotonic():
                continue
            tried = True
            if await self._make(candidate, path, source):
                break
        return tried

    async def _make(self, candidate: Candidate, path: str, source: Source) -> bool:
        try:
            try:
                await self._art.put(candidate.key, await self._readers.picture(path, candidate.kind))
            except (SourceRefusedError, ValueError) as refusal:
                metrics.art_pictures.labels("refused").inc()
                _log.warning("art.refused", source=source.id, path=path, kind=candidate.kind, reason=str(refusal))
                await self._art.refuse(candidate.key, str(refusal))
                return False
        except (UnreadableError, OSError) as error:
            now = time.monotonic()
            self._not_before = {key: until for key, until in self._not_before.items() if until > now}
            self._not_before[candidate.key] = now + _AGAIN
            _log.warning("art.put_off", source=source.id, path=path, kind=candidate.kind, reason=str(error))
            return False
        metrics.art_pictures.labels("made").inc()
        _log.debug("art.made", source=source.id, kind=candidate.kind, art=f"{candidate.key}.jpg")
        return True
