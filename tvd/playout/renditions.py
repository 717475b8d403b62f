"""Which rendition each segment of a channel belongs to, for ever: ``renditions.jsonl`` in the channel's folder.

A rendition is one initialisation segment: a house format as one ffmpeg makes it, and what the live process does to
it. It changes when the operator changes the house; each change is one discontinuity, counted from this file, so that
EXT-X-DISCONTINUITY-SEQUENCE goes on across restarts.
"""

from bisect import bisect_right
from pathlib import Path
from typing import Final

import msgspec

from tvd.playout import journal

FILE: Final = "renditions.jsonl"


class _Change(msgspec.Struct, frozen=True):
    seq: int
    rendition: str


_DECODER: Final = msgspec.json.Decoder(_Change)


class Renditions:
    """The changes of one channel, oldest first. ``load`` and ``begin`` block on the disk."""

    def __init__(self, folder: Path, slug: str) -> None:
        self._path = folder / slug / FILE
        self._starts: list[int] = []
        self._names: list[str] = []

    def load(self) -> None:
        """Read the file; what is torn is passed over."""
        self._starts, self._names = [], []
        for raw in journal.read(self._path)[0]:
            try:
                change = _DECODER.decode(raw)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                continue
            self._add(change)

    def begin(self, seq: int, rendition: str) -> None:
        """Let ``rendition`` begin at ``seq`` unless it is the one already there. Raises ``OSError``."""
        if self._names and self._names[-1] == rendition:
            return
        self._add(_Change(seq, rendition))
        journal.append(self._path, [msgspec.json.encode(_Change(seq, rendition))])

    def _add(self, change: _Change) -> None:
        # A restart makes the window again from before the last change when that was lately: it is taken back.
        while self._starts and self._starts[-1] >= change.seq:
            del self._starts[-1], self._names[-1]
        if not self._names or self._names[-1] != change.rendition:
            self._starts.append(change.seq)
            self._names.append(change.rendition)

    def at(self, seq: int) -> str | None:
        """Return the rendition of segment ``seq``, None before the first."""
        place = bisect_right(self._starts, seq) - 1
        return self._names[place] if place >= 0 else None

    def changes(self, seq: int) -> int:
        """Return how often the rendition changed up to and including the start of segment ``seq``."""
        return max(0, bisect_right(self._starts, seq) - 1)
