"""The subtitles of sources, as files: what was read once is found again; a version stays while it may be listed.

::

    <root>/<source>/tracks.json       what the source has now, and from which files that was made
    <root>/<source>/<version>.json    the cues of one track; ``version`` is made from them, so it never changes

They belong to the source, not to an asset: times count from the first frame, whatever the house format.
:meth:`SubtitleStore.load` reads every ``tracks.json`` once; from then on finding is a look-up.
"""

import asyncio
import hashlib
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from tvd import logs
from tvd.errors import NotFoundError
from tvd.library.workdir import discard_tree, write_durable
from tvd.media.cue import Cue, CueSheet

UNKNOWN: Final = "und"
"""The language of what does not say (ISO 639-2)."""
TRACKS_FILE: Final = "tracks.json"
_FORMAT: Final = 1
_SHEETS: Final = 48
_KEEP_S: Final = 90 * 86_400
_SOURCE: Final = re.compile(r"[0-9a-f]{16}")
_VERSION: Final = re.compile(r"[0-9a-f]{12}")
_log = logs.get("subtitles")


class SubtitleTrack(msgspec.Struct, frozen=True, kw_only=True):
    """One language of a source: ``forced`` for foreign speech only. ``origin`` names file or stream for people."""

    language: str
    version: str
    forced: bool = False
    cues: int = 0
    origin: str = ""


class _Tracks(msgspec.Struct, frozen=True, kw_only=True):
    v: int
    signature: str
    tracks: tuple[SubtitleTrack, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of one track."""

    language: str
    forced: bool
    origin: str
    cues: Sequence[Cue]


class SubtitleStore:
    """The subtitles below ``root``. What blocks runs in threads; :meth:`sheet` blocks and may be called in any."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, _Tracks] = {}
        self._sheets: dict[tuple[str, str], CueSheet] = {}
        self.version = 0
        """Rises when any source's tracks change."""

    async def load(self) -> None:
        """Read what is there; what was not looked at for months is removed."""
        self._known = await asyncio.to_thread(self._read)
        self.version += 1

    def _read(self) -> dict[str, _Tracks]:
        found: dict[str, _Tracks] = {}
        oldest = time.time() - _KEEP_S
        for folder in self._root.glob("*") if self._root.is_dir() else ():
            path = folder / TRACKS_FILE
            try:
                if path.stat().st_mtime < oldest:
                    discard_tree(folder)
                    continue
                known = msgspec.json.decode(path.read_bytes(), type=_Tracks)
            except (OSError, msgspec.DecodeError):
                continue
            if known.v == _FORMAT:
                found[folder.name] = known
        return found

    def tracks(self, source_id: str) -> tuple[SubtitleTrack, ...]:
        """Return what a source has; nothing when it was never looked at."""
        known = self._known.get(source_id)
        return known.tracks if known else ()

    def signature(self, source_id: str) -> str | None:
        """Return what the tracks of a source were made from; None when it was never looked at."""
        known = self._known.get(source_id)
        return known.signature if known else None

    def sheet(self, source_id: str, version: str) -> CueSheet:
        """Return the cues of one version of one track. Blocks; raises :class:`NotFoundError`."""
        key = (source_id, version)
        if (sheet := self._sheets.get(key)) is None:
            if not (_SOURCE.fullmatch(source_id) and _VERSION.fullmatch(version)):
                raise NotFoundError(f"no subtitles {version}")
            try:
                data = (self._root / source_id / f"{version}.json").read_bytes()
                sheet = CueSheet(msgspec.json.decode(data, type=list[Cue]))
            except (OSError, msgspec.DecodeError) as error:
                raise NotFoundError(f"no subtitles {version} of {source_id}") from error
            self._sheets[key] = sheet
            while len(self._sheets) > _SHEETS:
                self._sheets.pop(next(iter(self._sheets)), None)
        return sheet

    async def put(self, source_id: str, signature: str, found: Sequence[Read]) -> None:
        """Make ``found`` the tracks of a source, durably: the cues first, then the list of them. Raises ``OSError``."""
        if not _SOURCE.fullmatch(source_id):
            raise ValueError(source_id)
        before = {track.version for track in self.tracks(source_id)}
        known = await asyncio.to_thread(self._write, self._root / source_id, signature, found, before)
        changed = known.tracks != self.tracks(source_id)
        self._known[source_id] = known
        if changed:
            self.version += 1

    @staticmethod
    def _write(folder: Path, signature: str, found: Sequence[Read], before: set[str]) -> _Tracks:
        tracks = []
        for read in found:
            data = msgspec.json.encode(read.cues)
            version = hashlib.blake2b(data, digest_size=6).hexdigest()
            path = folder / f"{version}.json"
            if not path.exists():
                write_durable(path, data)
            tracks.append(
                SubtitleTrack(
                    language=read.language, forced=read.forced, version=version, cues=len(read.cues), origin=read.origin
                )
            )
        known = _Tracks(v=_FORMAT, signature=signature, tracks=tuple(tracks))
        write_durable(folder / TRACKS_FILE, msgspec.json.format(msgspec.json.encode(known)) + b"\n")
        # What was current until now may still be listed in playlists; what was so before that is not.
        keep = before | {track.version for track in tracks}
        for path in folder.glob("*.json"):
            if path.name != TRACKS_FILE and path.stem not in keep:
                path.unlink(missing_ok=True)
        return known

    async def touch(self, source_id: str) -> None:
        """Note that a source's subtitles are still of use."""
        path = self._root / source_id / TRACKS_FILE
        try:
            await asyncio.to_thread(os.utime, path)
        except OSError as error:
            _log.debug("subtitles.untouched", source=source_id, reason=str(error))
