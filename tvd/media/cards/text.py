"""Setting text of any language with the fonts there are: Pillow's own typeface, else one of the machine's.

A line is set in one font that has all of its characters, else in several. What no font on the machine can write is left
out rather than shown as boxes. Right-to-left text is ordered and shaped by Pillow's layout engine where it has one.
"""

import os
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from PIL import ImageDraw, ImageFont, features

from tvd.media.demo.raster import font as own_font

_FOLDERS: Final = (
    *("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts"),
    *("/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts"),
)
_LIKED: Final = (
    "notosans-regular",
    "notosans",
    "dejavusans.",
    "arial unicode",
    "droidsansfallback",
    "hiragino",
    "pingfang",
)
"""Beginnings of file names that are tried before all others, in this order."""
_DISLIKED: Final = ("mono", "bold", "italic", "oblique", "condensed", "serif", "symbol", "emoji", "math")
_MOST_FONTS: Final = 2000
_PROBE_SIZE: Final = 24
_ENOUGH: Final = 0.6
"""Share of the letters a font must have for the line to be shown at all."""
_SHAPED: Final = features.check("raqm")
_SPACELESS: Final = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")
"""First words of the names of characters between which a line may be broken without a space."""


@dataclass(frozen=True, slots=True)
class Face:
    """A font file, None: Pillow's own."""

    path: str | None
    index: int = 0

    def at(self, size: float) -> ImageFont.FreeTypeFont:
        """Return it at ``size`` pixels."""
        if self.path is None:
            return own_font(size)
        return ImageFont.truetype(self.path, max(6, round(size)), index=self.index)


_OWN: Final = Face(None)


@cache
def _machine_fonts() -> tuple[Face, ...]:
    """Return the fonts of this machine, those that read well on a screen first. Reads folders: once."""
    paths: list[str] = []
    for folder in _FOLDERS:
        for root, _, names in os.walk(Path(folder).expanduser()):
            paths += [f"{root}/{name}" for name in names if name.lower().endswith((".ttf", ".otf", ".ttc"))]
            if len(paths) > _MOST_FONTS:
                break
    return tuple(Face(path) for path in sorted(paths, key=_taste))


def _taste(path: str) -> tuple[int, int, str]:
    name = Path(path).name.lower()
    liked = next((place for place, start in enumerate(_LIKED) if name.startswith(start)), len(_LIKED))
    return sum(word in name for word in _DISLIKED), liked, path


@lru_cache(maxsize=64)
def _probe(face: Face) -> tuple[ImageFont.FreeTypeFont, bytes] | None:
    """Return a font to ask for its characters, and how it draws one it does not have."""
    try:
        if face.path is None:
            loaded = own_font(_PROBE_SIZE)
        else:
            loaded = ImageFont.truetype(face.path, _PROBE_SIZE, layout_engine=ImageFont.Layout.BASIC)
        return loaded, bytes(loaded.getmask("\U000effff"))
    except (OSError, ValueError):
        return None


@lru_cache(maxsize=8192)
def _has(face: Face, letter: str) -> bool:
    probe = _probe(face)
    if probe is None:
        return False
    loaded, missing = probe
    drawn = bytes(loaded.getmask(letter))
    return drawn != missing and any(drawn)


def _letters(text: str) -> list[str]:
    return [each for each in text if not each.isspace() and unicodedata.category(each) not in {"Cf", "Mn"}]


@lru_cache(maxsize=256)
def faces_for(text: str) -> tuple[tuple[Face, ...], str] | None:
    """Return the fonts to set ``text`` in, the first for as much as it has, and what of the text can be set.

    One font where one has it all. None when too little can be set to make sense.
    """
    letters = set(_letters(text))
    if not letters:
        return None
    missing, chosen = set(letters), []
    for face in (_OWN, *_machine_fonts()):
        had = {letter for letter in letters if _has(face, letter)}
        if had == letters:
            return (face,), text
        if had & missing:
            chosen.append(face)
            missing -= had
    if is_right_to_left(text):  # its runs depend on each other: one font, the one that has most
        chosen = sorted(chosen, key=lambda face: -sum(_has(face, letter) for letter in letters))[:1]
    kept = "".join(each for each in text if each not in letters or any(_has(face, each) for face in chosen))
    shown = " ".join(kept.split())
    return (tuple(chosen), shown) if len(_letters(shown)) >= _ENOUGH * len(_letters(text)) else None


def is_right_to_left(text: str) -> bool:
    """Return whether a paragraph runs from right to left: its first strong character says so (UAX 9, P2)."""
    strong = (unicodedata.bidirectional(each) for each in text)
    return next((kind != "L" for kind in strong if kind in {"L", "R", "AL"}), False)


def _ordered(line: str) -> str:
    """Return ``line`` in the order it is drawn where no layout engine does that: runs turned, numbers not."""
    if _SHAPED or not is_right_to_left(line):
        return line
    words = (
        word if all(unicodedata.bidirectional(c) in {"L", "EN"} for c in word) else word[::-1] for word in line.split()
    )
    return " ".join(reversed(list(words)))


@dataclass(frozen=True, slots=True)
class Type:
    """Fonts at one size, each for what those before it do not have."""

    faces: tuple[Face, ...]
    size: float

    def runs(self, line: str) -> Iterable[tuple[ImageFont.FreeTypeFont, str]]:
        """Yield a line cut into parts of one font each."""
        if len(self.faces) == 1:
            yield self.faces[0].at(self.size), line
            return
        using, part = self.faces[0], ""
        for letter in line:
            face = using
            if _letters(letter) and not _has(using, letter):
                face = next((one for one in self.faces if _has(one, letter)), using)
            if face != using and part:
                yield using.at(self.size), part
                part = ""
            using = face
            part += letter
        yield using.at(self.size), part

    def length(self, line: str) -> float:
        """Return the width of a line in pixels."""
        return sum(font.getlength(part) for font, part in self.runs(line))


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of text as they will be set: ``height`` of all of them in pixels, ``width`` of the widest."""

    lines: tuple[str, ...]
    type: Type
    right_to_left: bool

    @property
    def leading(self) -> float:
        """Pixels from one line to the next."""
        return self.type.size * 1.22

    @property
    def height(self) -> float:
        """Pixels from the top of the first line to the bottom of the last."""
        return self.leading * len(self.lines)

    @property
    def width(self) -> float:
        """Pixels of the widest line."""
        return max(map(self.type.length, self.lines), default=0.0)

    def draw(self, pen: ImageDraw.ImageDraw, x: float, y: float, fill: str, *, right: bool = False) -> None:
        """Draw it with its top at ``y`` and its left side at ``x``, or with ``right`` its right one."""
        for number, line in enumerate(self.lines):
            base = y + self.leading * (number + 0.5) + self.type.size * 0.35
            at = x - self.type.length(line) if right else x
            for font, part in self.type.runs(line):
                pen.text((at, base), part, font=font, fill=fill, anchor="ls")
                at += font.getlength(part)


def block(text: str, width: float, sizes: Sequence[float], most: int = 1) -> Block | None:
    """Return ``text`` in at most ``most`` lines of ``width`` pixels, in the first of ``sizes`` (pixels) that fits.

    In the last size what does not fit is left off behind an ellipsis. None when there is nothing that can be shown.
    """
    found = faces_for(text)
    if found is None:
        return None
    faces, shown = found
    for size in sizes:
        kind = Type(faces, size)
        lines = _wrapped(shown, kind, width)
        if len(lines) <= most:
            break
    else:
        lines = [*lines[: most - 1], _shortened(" ".join(lines[most - 1 :]), kind, width)]
    return Block(tuple(map(_ordered, lines)), kind, is_right_to_left(shown))


def _pieces(text: str) -> Iterable[str]:
    """Yield what a line may be broken after: words with their space, single characters of scripts without spaces."""
    piece = ""
    for letter in text:
        name = unicodedata.name(letter, "").split(" ")[0].split("-")[0]
        if name in _SPACELESS and not unicodedata.combining(letter) and unicodedata.category(letter)[0] == "L":
            if piece:
                yield piece
            piece = letter
        else:
            piece += letter
            if letter == " ":
                yield piece
                piece = ""
    if piece:
        yield piece


def _wrapped(text: str, kind: Type, width: float) -> list[str]:
    lines = [""]
    for piece in _pieces(text):
        if lines[-1] and kind.length((lines[-1] + piece).rstrip()) > width:
            lines.append("")
        lines[-1] += piece
        while kind.length(lines[-1].rstrip()) > width and len(lines[-1]) > 1:
            # A word longer than the line is broken anywhere.
            cut = len(lines[-1]) - 1
            while cut > 1 and kind.length(lines[-1][:cut]) > width:
                cut -= 1
            lines[-1:] = [lines[-1][:cut], lines[-1][cut:]]
    return [line.strip() for line in lines if line.strip()]


def _shortened(text: str, kind: Type, width: float) -> str:
    dots = "…" if any(_has(face, "…") for face in kind.faces) else "..."
    while text and kind.length(text + dots) > width:
        text = text[:-1].rstrip()
    return text + dots
