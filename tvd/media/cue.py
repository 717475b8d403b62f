"""A subtitle cue as a value, and the only text one may have: whatever a file says goes through :func:`cue_text`.

The text of a cue is WebVTT cue text (W3C WebVTT, section 3.3) of which only ``<i>``, ``<b>`` and ``<u>`` are left,
closed in order; every other ``<``, ``>`` and ``&`` is escaped. So it can neither end its cue nor carry markup anywhere.
"""

import html
import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import accumulate, islice
from typing import Final

import msgspec

from tvd.errors import SourceRefusedError

MOST_CUES: Final = 20_000
"""A film has about 1,500; drawn effects of ASS come as tens of thousands and are no subtitles."""
MOST_TEXT: Final = 4_000_000
"""Characters in all cues of a track together."""
LONGEST_MS: Final = 10 * 60_000
"""What stands longer is cut: it would be repeated in hundreds of segments."""
MOST_AT_ONCE: Final = 60
"""Cues in one segment; nobody reads more."""
LATEST_MS: Final = 48 * 3_600_000
_LINES: Final = 8
_LINE: Final = 300
_TOO_LONG: Final = 20_000
"""Characters of one cue that are looked at."""

_TAG: Final = re.compile(r"<(/?)([a-z][a-z0-9]*)(?:[.\s][^<>]*)?/?>|<[0-9:.]+>", re.IGNORECASE)
_KEPT: Final = frozenset("ibu")
_OVERRIDE: Final = re.compile(r"\{\\[^{}]*\}")
_SAFE: Final = re.compile(r"(?:[^<>&\n\r\x00]|&(?:amp|lt|gt);|</?[ibu]>|\n(?=[^\n]))+")


class Cue(msgspec.Struct, frozen=True, array_like=True, gc=False, order=True):
    """``text`` shows from ``start`` until ``end``, milliseconds from the first frame of the programme."""

    start: int
    end: int
    text: str


def cue_text(raw: str) -> str:
    """Return the text of a cue of SubRip or WebVTT as cue text that can do no harm; empty when nothing is left."""
    raw = _OVERRIDE.sub("", raw[:_TOO_LONG]).replace("\r\n", "\n").replace("\r", "\n")
    out: list[str] = []
    open_: list[str] = []
    at = 0
    for tag in _TAG.finditer(raw):
        out.append(_escaped(raw[at : tag.start()]))
        at = tag.end()
        name = (tag[2] or "").lower()
        if name == "br":
            out.append("\n")
        elif name in _KEPT:
            out.append(_turn(name, bool(tag[1]), open_))
    out.append(_escaped(raw[at:]))
    return _tidy("".join(out), open_)


def _turn(name: str, closing: bool, open_: list[str]) -> str:
    """Return what a tag becomes: nothing when it opens what is open or closes what is not."""
    if not closing:
        if name in open_:
            return ""
        open_.append(name)
        return f"<{name}>"
    if name not in open_:
        return ""
    # Tags may cross in SubRip, not here: what was opened later is closed first and opened again.
    later = open_[open_.index(name) + 1 :]
    open_.remove(name)
    return "".join(f"</{tag}>" for tag in reversed(later)) + f"</{name}>" + "".join(f"<{tag}>" for tag in later)


def _escaped(text: str) -> str:
    text = "".join(it if it == "\n" or it.isprintable() or it in _JOINERS else " " for it in html.unescape(text))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_JOINERS: Final = frozenset("\u200c\u200d\u200e\u200f\xad")
"""Not printable by themselves, but some scripts need them."""


def _tidy(text: str, open_: Iterable[str]) -> str:
    lines = [" ".join(line.split()) for line in text.split("\n")]
    lines = [line for line in lines if re.sub(r"</?[ibu]>", "", line).strip()]
    kept = "\n".join(lines[:_LINES])
    if len(lines) > _LINES or any(len(line) > _LINE for line in lines) or _unbalanced(kept, open_):
        return _plain(lines)
    return kept + "".join(f"</{tag}>" for tag in reversed(list(open_)))


def _unbalanced(text: str, open_: Iterable[str]) -> bool:
    """Whether tags were lost with the empty lines they stood on."""
    return any(text.count(f"<{tag}>") - text.count(f"</{tag}>") != (tag in open_) for tag in _KEPT)


def _plain(lines: Iterable[str]) -> str:
    """Return the lines without any tags, cut to what a screen can hold."""
    words = (html.unescape(re.sub(r"</?[ibu]>", "", line))[:_LINE].strip() for line in lines)
    return "\n".join([_escaped(line) for line in words if line][:_LINES])


def is_safe(text: str) -> bool:
    """Whether ``text`` is cue text as :func:`cue_text` makes it: checked where it comes from another process."""
    return len(text) <= 2 * _TOO_LONG and _SAFE.fullmatch(text) is not None


def ordered(cues: Iterable[Cue]) -> list[Cue]:
    """Return the cues that can show, in order: none backwards, none before the programme, none twice.

    Raises :class:`SourceRefusedError` when there are too many to be subtitles.
    """
    found: set[Cue] = set()
    size = 0
    for cue in cues:
        start, end = max(0, cue.start), min(cue.end, max(0, cue.start) + LONGEST_MS)
        if end <= start or start > LATEST_MS or not cue.text:
            continue
        one = Cue(start, end, cue.text)
        if one in found:
            continue
        found.add(one)
        size += len(cue.text)
        if len(found) > MOST_CUES:
            raise SourceRefusedError(f"more than {MOST_CUES} cues")
        if size > MOST_TEXT:
            raise SourceRefusedError(f"more than {MOST_TEXT} characters of text")
    return sorted(found)


class CueSheet:
    """The cues of one track, found by time. ``cues`` are in order (:func:`ordered`)."""

    def __init__(self, cues: Sequence[Cue]) -> None:
        self._cues = cues
        self._starts = [cue.start for cue in cues]
        # The latest end so far: where it has not come, nothing before can still be showing.
        self._ends = list(accumulate((cue.end for cue in cues), max))

    def __len__(self) -> int:
        return len(self._cues)

    def between(self, start: Fraction, stop: Fraction) -> list[Cue]:
        """Return the cues that show somewhere in [``start``, ``stop``), seconds; at most :data:`MOST_AT_ONCE`."""
        first = bisect_right(self._ends, math.floor(start * 1000))
        last = bisect_left(self._starts, math.ceil(stop * 1000))
        showing = (cue for cue in self._cues[first:last] if cue.end > start * 1000)
        return list(islice(showing, MOST_AT_ONCE))
