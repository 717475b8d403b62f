"""The words of the pages, by language: one flat JSON file each in ``static/i18n``, its name the language's code.

A viewer gets what the page's own setting says (a cookie), else what their browser asks for, else English. Adding a
language is adding its file; a test holds all of them to the same keys and placeholders.
"""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

import msgspec
from aiohttp import hdrs, web

from tvd.errors import TvdError

COOKIE: Final = "tvd-lang"
DEFAULT: Final = "en"
NAME: Final = "language"
"""The key under which each file says what its language calls itself."""
_PLACE: Final = re.compile(r"\{(\w+)\}")
_LONGEST: Final = 200
"""Characters of an Accept-Language that are read."""


class Language:
    """One language: its ``code`` (BCP 47), its own ``name``, and all texts by key."""

    def __init__(self, code: str, texts: Mapping[str, str]) -> None:
        self.code = code
        self.name = texts[NAME]
        self.texts = texts

    def text(self, key: str, **values: object) -> str:
        """Return the text of ``key``, each ``{name}`` in it replaced; raises ``KeyError`` for one that is not there."""
        return _PLACE.sub(lambda place: str(values[place[1]]), self.texts[key])

    def part(self, pages: Collection[str]) -> dict[str, str]:
        """Return the texts whose key begins with one of ``pages`` and a dot: what one page's script needs."""
        return {key: text for key, text in self.texts.items() if key.partition(".")[0] in pages}


class Languages:
    """Every language there is; ``choose`` picks the one for a request."""

    def __init__(self, root: Path) -> None:
        decode = msgspec.json.Decoder(dict[str, str]).decode
        self.all = {path.stem: Language(path.stem, decode(path.read_bytes())) for path in sorted(root.glob("*.json"))}
        if DEFAULT not in self.all:
            raise TvdError(f"the texts of the pages are missing from this installation of tvd ({root})")

    def choose(self, request: web.Request) -> Language:
        """Return the language for whoever asks."""
        set_to = self.all.get(request.cookies.get(COOKIE, ""))
        return set_to or self.accepted(request.headers.get(hdrs.ACCEPT_LANGUAGE, ""))

    def accepted(self, header: str) -> Language:
        """Return the best language for an ``Accept-Language`` header (RFC 9110, section 12.5.4; RFC 4647 lookup)."""
        wanted: list[tuple[float, str]] = []
        for item in header[:_LONGEST].lower().split(","):
            tag, _, parameter = item.strip().partition(";")
            name, _, weight = parameter.replace(" ", "").partition("=")
            try:
                quality = float(weight) if name == "q" else 1.0
            except ValueError:
                continue
            if quality > 0:
                wanted.append((-quality, tag.strip()))
        for _, tag in sorted(wanted, key=lambda pair: pair[0]):
            # "pt-br" is served by "pt" when there is no "pt-br".
            while tag:
                if tag in self.all:
                    return self.all[tag]
                tag = tag.rpartition("-")[0]
        return self.all[DEFAULT]
