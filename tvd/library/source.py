"""A source: one file of the operator's (or one programme tvd generates itself) and what is known of it."""

from pathlib import Path
from typing import Literal

import msgspec

from tvd.library.metadata import Metadata
from tvd.media.beside import PictureFile
from tvd.media.house import Grid
from tvd.media.probe import Probe

SourceState = Literal["ready", "waiting", "refused", "missing"]
"""ready: can be scheduled; waiting: still being copied or not yet probed; refused: see ``reason``; missing: gone."""


class Source(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One file as the library knows it.

    ``id`` is made from the content (size and samples of it), so it survives renames and moves; 16 hexadecimal digits,
    or ``demo:NAME:PART`` for a generated programme, which has no ``path``. ``size`` in bytes, ``mtime_ns`` as the
    file system says. ``title`` is all of its title on one line (``Metadata.label``, of music with the artist).
    ``duration`` in seconds, exactly what is scheduled.
    """

    id: str
    path: Path | None = None
    size: int = 0
    mtime_ns: int = 0
    title: str = ""
    state: SourceState = "ready"
    reason: str = ""
    duration: float = 0.0
    probe: Probe | None = None
    metadata: Metadata = Metadata()
    pictures: tuple[PictureFile, ...] = ()
    """Pictures beside the file, the best first."""

    @property
    def schedulable(self) -> bool:
        """Whether it can be planned."""
        return self.state == "ready" and self.duration > 0

    def segments(self, grid: Grid) -> int:
        """Return how many segments it occupies on ``grid``."""
        return grid.segments_for(self.duration)
