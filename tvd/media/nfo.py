"""Kodi's NFO files: XML that says what a film, an episode or a music video is. Runs in the library child.

The files come from anywhere, so they are bounded in size, depth and number of elements, and a document type (the way
to entities, external ones included) is refused. What stood before a place that is not well-formed counts: many of them
end in a web address, hold several episodes one after another, or an ``&`` that nobody escaped.
"""

import re
from typing import Final, Literal
from xml.parsers import expat

import msgspec

from tvd.errors import SourceRefusedError
from tvd.media import clean
from tvd.media.words import Words

LARGEST: Final = 1_000_000
"""Bytes of a file that are read; longer ones are refused."""
_DEEPEST: Final = 20
_ELEMENTS: Final = 20_000
_VALUES: Final = 400
_VALUE: Final = 8_000
_DECLARATION: Final = re.compile(r"<\?xml[^>]*\?>")
_ENCODING: Final = re.compile(rb"""^\s*<\?xml[^>]{0,100}encoding=["']([A-Za-z0-9._-]{1,20})["']""")
_ENCODINGS: Final = frozenset({"utf-8", "utf8", "iso-8859-1", "latin-1", "windows-1252", "iso-8859-15", "us-ascii"})
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

Kind = Literal["movie", "episode", "music", "series"]
_KINDS: Final[dict[str, Kind]] = {
    "movie": "movie",
    "episodedetails": "episode",
    "musicvideo": "music",
    "tvshow": "series",
}


class Nfo(msgspec.Struct, frozen=True):
    """What an NFO file is about, and its words."""

    kind: Kind
    words: Words


class _Parser:
    """Collects the direct children of each known root: ``records`` of (kind, element name, text)."""

    def __init__(self) -> None:
        self.records: list[tuple[Kind, dict[str, list[str]]]] = []
        self._path: list[str] = []
        self._text: list[str] = []
        self._length = self._elements = self._values = 0
        self._parser = expat.ParserCreate("utf-8")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.EntityDeclHandler = self._doctype

    def parse(self, text: str) -> None:
        """Read a document, or several one after another; raises ``SourceRefusedError`` for what is hostile."""
        if re.search(r"<!(?:DOCTYPE|ENTITY)", text, re.IGNORECASE):
            self._doctype()
        # In one root of our own several documents, each with its declaration, are one.
        try:
            self._parser.Parse(f"<nfo>{_DECLARATION.sub('', text)}</nfo>".encode(errors="replace"), True)
        except expat.ExpatError:
            if not self.records:
                raise SourceRefusedError("is no XML") from None

    def _doctype(self, *_: object) -> None:
        raise SourceRefusedError("has a document type, which is not read")

    def _start(self, name: str, _attributes: object) -> None:
        self._elements += 1
        if self._elements > _ELEMENTS or len(self._path) > _DEEPEST:
            raise SourceRefusedError("is nested too deeply or has too many elements")
        self._path.append(name.lower())
        self._text, self._length = [], 0
        if len(self._path) == 2 and (kind := _KINDS.get(self._path[1])):
            self.records.append((kind, {}))

    def _data(self, text: str) -> None:
        if self._length < _VALUE:
            self._text.append(text)
            self._length += len(text)

    def _end(self, _name: str) -> None:
        # Direct children, and what some writers nest once more: <ratings>, <actor>, <set> and so on are not wanted.
        if len(self._path) == 3 and self._path[1] in _KINDS and self._values < _VALUES:
            self._values += 1
            if value := "".join(self._text).strip():
                self.records[-1][1].setdefault(self._path[2], []).append(value)
        self._path.pop()
        self._text, self._length = [], 0


def parse(data: bytes) -> Nfo:
    """Return what an NFO file says; of several episodes in it one that covers them all.

    Raises ``SourceRefusedError`` with the reason when it is hostile or nothing of ours.
    """
    if len(data) > LARGEST:
        raise SourceRefusedError(f"is larger than {LARGEST // 1000} kB")
    parser = _Parser()
    parser.parse(_decoded(data))
    if not parser.records:
        raise SourceRefusedError("is no Kodi NFO")
    kind = parser.records[0][0]
    records = [values for one, values in parser.records if one == kind]
    return Nfo(kind, _several([_words(kind, values) for values in records[:20]]))


def _decoded(data: bytes) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    declared = _ENCODING.match(data)
    encoding = declared[1].decode("ascii").lower() if declared else "utf-8"
    return data.decode(encoding if encoding in _ENCODINGS else "utf-8", "replace")


def _words(kind: Kind, values: dict[str, list[str]]) -> Words:
    def first(*names: str) -> str:
        return next((text for name in names for text in values.get(name, ()) if text), "")

    title = clean.line(first("title", "localtitle", "originaltitle"))
    people = clean.names(values.get("artist" if kind == "music" else "director", ()))
    episode = kind == "episode"
    return Words(
        title="" if kind == "series" else title,
        series=title if kind == "series" else clean.line(first("showtitle")) if episode else "",
        season=clean.number(first("season"), 9999) if episode else None,
        episode=clean.number(first("episode"), 99999) if episode else None,
        artist=clean.line(", ".join(people[:4])),
        # An episode's "year" is often that of its series.
        year=clean.year(first(*(("aired", "premiered", "year") if episode else ("year", "premiered", "releasedate")))),
        description=clean.prose(first("plot", "outline", "tagline", "review")),
        genres=clean.names(values.get("genre", ())),
        tags=clean.names([*values.get("tag", ()), *values.get("style", ())]),
        rating=clean.rating(first("mpaa", "certification")),
        language=language(first("language", "languages")),
    )


def language(text: str) -> str:
    """Return an ISO 639 code, empty when ``text`` is something else."""
    if not text:
        return ""
    code = re.split(r"[-_,/ ]", text.strip().lower())[0]
    return code if code.isascii() and code.isalpha() and 2 <= len(code) <= 3 and code != "und" else ""


def _several(all_: list[Words]) -> Words:
    """Return the first, with the titles and stories of the episodes after it."""
    first = all_[0]
    if len(all_) == 1:
        return first
    titles = dict.fromkeys(words.title for words in all_ if words.title)
    stories = dict.fromkeys(words.description for words in all_ if words.description)
    return msgspec.structs.replace(
        first, title=clean.line(" / ".join(titles)), description=clean.prose(" ".join(stories))
    )
