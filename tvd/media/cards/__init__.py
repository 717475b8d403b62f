"""Continuity: what a channel shows of itself between programmes, drawn by tvd.

A :class:`Card` is a value and its id says everything about it, so any process can draw what another one scheduled, also
after a restart, and nothing has to be remembered. The normaliser makes it an ordinary asset from a
:class:`~tvd.media.demo.programme.GraphInput`, as it does with the demo programmes; every channel has colours, hills and
a melody of its own, made from its slug.

``card`` holds the values, ``words`` what is written, ``text`` sets it in whatever fonts there are, ``look`` paints the
landscape, ``tune`` plays; ``ident``, ``upnext`` and ``night`` (sign-off, night service, sign-on) are
the kinds. Nothing here runs ffmpeg.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tvd.media.cards.card import Card, CardKind, Light, is_card
from tvd.media.cards.ident import ident
from tvd.media.cards.night import night_service, sign_off, sign_on
from tvd.media.cards.upnext import up_next
from tvd.media.demo.programme import GraphInput
from tvd.media.house import HouseFormat

__all__ = ["Card", "CardKind", "Light", "inputs", "is_card"]

_DRAWN: Final[Mapping[CardKind, Callable[[Card, HouseFormat, Path], GraphInput]]] = MappingProxyType(
    {"ident": ident, "next": up_next, "sign-off": sign_off, "night": night_service, "sign-on": sign_on}
)


def inputs(card_id: str, house: HouseFormat, folder: Path) -> GraphInput:
    """Draw a card into ``folder`` and return how ffmpeg makes it from that; as :func:`tvd.media.demo.inputs`.

    Takes a few tenths of a second of processor time: call it in a thread. Raises ``KeyError`` for an id that is none,
    ``OSError`` when the files cannot be written.
    """
    card = Card.parse(card_id)
    return _DRAWN[card.kind](card, house, folder)
