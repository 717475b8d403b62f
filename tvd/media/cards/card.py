"""What a card says, as a value whose id holds it all: ``card:ident:late-night?name=Late Night&number=3&light=day``."""

import re
import unicodedata
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Final, Literal, get_args
from urllib.parse import quote, unquote

from tvd.media.house import HouseFormat

CardKind = Literal["ident", "next", "sign-off", "night", "sign-on"]
"""ident: who is speaking; next: what follows; sign-off, night and sign-on: the end, the pause and the beginning of a
broadcasting day."""
Light = Literal["morning", "day", "evening", "night"]
"""The time of day a card is painted for."""

LONGEST: Final = 120
"""Characters of a text that are kept; more do not fit a screen."""
_SECONDS: Final[dict[CardKind, int]] = {"ident": 6, "next": 6, "sign-off": 12, "night": 288, "sign-on": 10}
_SCHEME: Final = "card:"
_ESCAPED: Final = re.compile(r"[%&=?#]")
_ID: Final = re.compile(r"card:([a-z-]+):([a-z0-9-]+)\?(.*)", re.DOTALL)


def is_card(source_id: str) -> bool:
    """Return whether an id is one of a card."""
    return source_id.startswith(_SCHEME)


def plain(text: str) -> str:
    """Return one line of printable text, at most :data:`LONGEST` characters, shortened with an ellipsis."""
    letters = "".join(
        # Zero-width joiners shape Persian and Indic words; other format and control characters only do harm.
        each if unicodedata.category(each) not in {"Cc", "Cs", "Co", "Cn", "Cf"} or each in "\u200c\u200d" else " "
        for each in unicodedata.normalize("NFC", text[: 4 * LONGEST])
    )
    line = " ".join(letters.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class Card:
    """One card. ``slug``, ``name`` and ``number`` are the channel's, ``language`` that of its words (ISO 639).

    ``title``, ``detail`` (series and episode, artist, year) and ``time`` (of the wall clock, as it is shown) tell of
    what comes; they are plain text of any script.
    """

    kind: CardKind
    slug: str
    name: str
    number: int
    light: Light = "evening"
    language: str = "en"
    title: str = ""
    detail: str = ""
    time: str = ""

    @property
    def id(self) -> str:
        """Source id; two cards with the same id are the same pictures and sound."""
        values = ((field.name, getattr(self, field.name)) for field in fields(self)[2:])
        pairs = (f"{name}={_escape(str(value))}" for name, value in values if value != "")
        return f"{_SCHEME}{self.kind}:{self.slug}?{'&'.join(pairs)}"

    @classmethod
    def parse(cls, card_id: str) -> "Card":
        """Return the card with that id. Raises ``KeyError`` when it is not exactly what :attr:`id` gives."""
        found = _ID.fullmatch(card_id)
        if found is None:
            raise KeyError(card_id)
        kind, slug, query = found.groups()
        pairs = dict(pair.partition("=")[::2] for pair in query.split("&"))
        values = {name: unquote(value) for name, value in pairs.items()}
        try:
            card = cls(kind=kind, slug=slug, number=int(values.pop("number")), **values)  # type: ignore[arg-type]
        except (KeyError, TypeError, ValueError):
            raise KeyError(card_id) from None
        if card.kind not in _SECONDS or card.light not in get_args(Light) or card.id != card_id:
            raise KeyError(card_id)
        return card

    @property
    def seconds(self) -> Fraction:
        """How long it airs at least; the normaliser draws it up to the end of its last segment."""
        return Fraction(_SECONDS[self.kind])

    def length(self, house: HouseFormat) -> Fraction:
        """Return how many seconds it really lasts in ``house``: whole segments."""
        return house.grid.segments_for(self.seconds) * house.grid.duration


def _escape(text: str) -> str:
    return _ESCAPED.sub(lambda found: quote(found[0]), text)
