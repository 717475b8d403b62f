"""Describing files: reads the NFO files beside them and guesses from their names. Runs in the library child."""

import os
from pathlib import PurePath
from typing import Final

import msgspec

from tvd.errors import SourceRefusedError
from tvd.media import nfo
from tvd.media.beside import Neighbours, PictureFile
from tvd.media.guessing import guess
from tvd.media.words import Words


class Description(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What is said of one file outside of it.

    ``nfo`` and ``name`` are the words of NFO files (``kind`` says what the file's own one is about, empty: it has
    none) and of its name; ``story`` is that of its series. ``pictures`` beside it, the best first. ``refused`` names
    NFO files that were not read, and why.
    """

    nfo: Words = Words()
    kind: str = ""
    name: Words = Words()
    story: str = ""
    pictures: tuple[PictureFile, ...] = ()
    refused: tuple[str, ...] = ()


NOTHING: Final = Description()


class Describing:
    """Describes files below ``root``, each NFO file read once. ``names``: guess from names as well (10 ms each)."""

    def __init__(self, root: bytes, *, names: bool = True) -> None:
        self._root = root.rstrip(b"/") or b"/"
        self._names = names
        self._read: dict[bytes, nfo.Nfo | str] = {}

    def describe(self, path: bytes, here: Neighbours) -> Description:
        """Return what is said of the file at ``path`` in the folder of ``here``."""
        name = os.path.basename(path)  # noqa: PTH119 - bytes path
        refused: list[str] = []
        own = self._nfo(here.nfo(name), refused)
        series = self._nfo(here.series_nfo(), refused)
        words, kind = (own.words, own.kind) if own is not None and own.kind != "series" else (Words(), "")
        story = ""
        if series is not None and series.kind == "series" and kind not in ("movie", "music"):
            words, story = _with_series(words, series.words), series.words.description
        guessed = guess(self._relative(path)) if self._names else Words()
        season = words.season if words.season is not None else guessed.season
        return Description(words, kind, guessed, story, here.pictures(name, season), tuple(refused))

    def _relative(self, path: bytes) -> str:
        # The root's own name may be that of the series.
        parts = (PurePath(os.fsdecode(self._root)).name, os.fsdecode(os.path.relpath(path, self._root)))
        return "/".join(filter(None, parts)).encode(errors="surrogateescape").decode(errors="replace")

    def _nfo(self, path: bytes | None, refused: list[str]) -> nfo.Nfo | None:
        """Return what the file at ``path`` says; one that cannot be read is named in ``refused``."""
        if path is None:
            return None
        if path not in self._read:
            try:
                self._read[path] = nfo.parse(_content(path))
            except SourceRefusedError as refusal:
                self._read[path] = str(refusal)
            except OSError as error:
                self._read[path] = (error.strerror or str(error)).lower()
        found = self._read[path]
        if isinstance(found, str):
            refused.append(f"{os.fsdecode(path).encode(errors='replace').decode()}: {found}")
            return None
        return found


def _with_series(words: Words, series: Words) -> Words:
    return msgspec.structs.replace(
        words,
        series=words.series or series.series,
        genres=words.genres or series.genres,
        rating=words.rating or series.rating,
        language=words.language or series.language,
    )


def _content(path: bytes) -> bytes:
    # Non-blocking and never through a link: what was a file a moment ago may be something else now.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as file:
        return file.read(nfo.LARGEST + 1)
