"""Text subtitles from the bytes of a file: SubRip, WebVTT, ASS and SSA, in any encoding. Pure functions.

Parsers take what is there: a damaged cue is passed over, never a reason to refuse the rest. Runs in a child.
"""

import codecs
import re
from collections.abc import Iterator, Sequence
from typing import Final

from tvd.errors import SourceRefusedError
from tvd.media.cue import Cue, cue_text, ordered
from tvd.media.languages import base

LARGEST: Final = 8_000_000
"""Bytes of a subtitle file; a long film's has 200 kB."""
_TIME: Final = r"(-?)(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,:](\d{1,3})"
_TIMING: Final = re.compile(rf"\s*{_TIME}\s*-{{1,2}}>\s*{_TIME}(?:\s.*)?")
_ASS_TIME: Final = re.compile(r"\s*(-?)(\d{1,4}):(\d{1,2}):(\d{1,2})[.:](\d{1,3})\s*")
_ASS_OVERRIDE: Final = re.compile(r"\{([^{}]*)\}")
_ASS_STYLE: Final = re.compile(r"\\([ibu])(-?\d+)")
_ASS_DRAWING: Final = re.compile(r"\\p[1-9]")
_ASS_FORMAT: Final = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CODE_PAGES: Final = {
    **dict.fromkeys(("ru", "uk", "bg", "sr", "mk"), "cp1251"),
    **dict.fromkeys(("pl", "cs", "sk", "hu", "sl", "hr", "bs", "ro", "sq"), "cp1250"),
    **dict.fromkeys(("lt", "lv", "et"), "cp1257"),
    **dict.fromkeys(("ar", "fa", "ur"), "cp1256"),
    "el": "cp1253",
    "tr": "cp1254",
    "he": "cp1255",
    "vi": "cp1258",
    "th": "cp874",
    "zh": "gb18030",
    "ja": "cp932",
    "ko": "cp949",
}
"""What files without Unicode were written in, by language; cp1252 for all others."""


def decoded(data: bytes, language: str = "") -> str:
    """Return the text of a file: by its byte order mark, as UTF-8 or UTF-16, else by the code page of ``language``."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    sample = data[:4000]
    if sample.count(0) > len(sample) // 4:
        # Text in a Latin script: every other byte is zero.
        little = sample[1::2].count(0) >= sample[::2].count(0)
        return data.decode("utf-16-le" if little else "utf-16-be", errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(_CODE_PAGES.get(base(language), "cp1252"), errors="replace")


def parse(data: bytes, extension: str, language: str = "") -> list[Cue]:
    """Return the cues of a subtitle file; ``extension`` is ``srt``, ``vtt``, ``ass`` or ``ssa``.

    The content is believed where it says what it is. Raises :class:`SourceRefusedError` when it is none.
    """
    if len(data) > LARGEST:
        raise SourceRefusedError(f"larger than {LARGEST} bytes")
    text = decoded(data, language)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    head = text.lstrip()[:4000].casefold()
    if head.startswith("webvtt"):
        found = timed(lines, blocks=True)
    elif "[events]" in text.casefold() and (extension in {"ass", "ssa"} or head.startswith("[script info]")):
        found = dialogues(lines)
    else:
        found = timed(lines, blocks=extension == "vtt")
    cues = ordered(found)
    if not cues:
        raise SourceRefusedError("no cues in it")
    return cues


def timed(lines: Sequence[str], *, blocks: bool) -> Iterator[Cue]:
    """Yield the cues of SubRip or WebVTT. With ``blocks`` a blank line ends a cue (WebVTT), else the next cue does."""
    start = end = 0
    body: list[str] | None = None
    for line in lines:
        timing = _TIMING.fullmatch(line)
        if timing is None:
            if body is not None and (line.strip() or not blocks):
                body.append(line)
            elif body is not None:
                yield Cue(start, end, cue_text("\n".join(body)))
                body = None
            continue
        if body is not None:
            yield Cue(start, end, cue_text("\n".join(_uncounted(body))))
        start, end = _ms(*timing.groups()[:5]), _ms(*timing.groups()[5:])
        body = []
    if body is not None:
        yield Cue(start, end, cue_text("\n".join(body)))


def _uncounted(body: list[str]) -> list[str]:
    """Return the lines between two timings without the counter of the next cue."""
    while body and not body[-1].strip():
        body.pop()
    # A line of digits alone may be text; a counter stands behind an empty line, or is all there is.
    if body and body[-1].strip().isdecimal() and (len(body) == 1 or not body[-2].strip()):
        body.pop()
    return body


def dialogues(lines: Sequence[str]) -> Iterator[Cue]:
    """Yield the cues of ASS or SSA: the dialogue of its events, without styles, places and drawings."""
    fields: Sequence[str] = _ASS_FORMAT
    events = False
    for line in lines:
        stripped = line.strip()
        if stripped.startswith("["):
            events = stripped.casefold() == "[events]"
            continue
        kind, colon, rest = stripped.partition(":")
        if not events or not colon:
            continue
        if kind.casefold() == "format":
            fields = [name.strip().casefold() for name in rest.split(",")]
        elif kind.casefold() == "dialogue" and {"start", "end"} <= set(fields) and fields[-1] == "text":
            values = dict(zip(fields, rest.split(",", len(fields) - 1), strict=False))
            start, end = (_ASS_TIME.fullmatch(values.get(name, "")) for name in ("start", "end"))
            if start and end:
                yield Cue(_ms(*start.groups()), _ms(*end.groups()), ass_text(values.get("text", "")))


def ass_text(raw: str) -> str:
    """Return the text of an ASS event as cue text: italics, bold and underlining stay, all else goes."""
    shown: list[str] = []
    drawing = False
    at = 0
    for block in _ASS_OVERRIDE.finditer(raw):
        shown.append("" if drawing else _ass_plain(raw[at : block.start()]))
        at = block.end()
        if "\\p" in block[1] and re.search(r"\\p\d", block[1]):
            drawing = _ASS_DRAWING.search(block[1]) is not None
        # \b also takes a weight: 400 is the normal one.
        shown += [f"<{'' if _on(value) else '/'}{tag}>" for tag, value in _ASS_STYLE.findall(block[1])]
    shown.append("" if drawing else _ass_plain(raw[at:]))
    return cue_text("".join(shown))


def _on(value: str) -> bool:
    return int(value[:6]) == 1 or int(value[:6]) > 400


def _ass_plain(text: str) -> str:
    # What looks like markup is text in ASS.
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ")


def _ms(sign: str, hours: str | None, minutes: str, seconds: str, fraction: str) -> int:
    whole = (int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0"))
    return -whole if sign else whole
