"""Everything tvd draws itself, demo programmes and continuity cards, behind one function for the normaliser."""

from pathlib import Path

from tvd.media import cards, demo
from tvd.media.demo.programme import GraphInput
from tvd.media.house import HouseFormat


def inputs(source_id: str, house: HouseFormat, folder: Path) -> GraphInput:
    """Draw a generated source into ``folder`` and return how ffmpeg makes it from that; call it in a thread.

    Raises ``KeyError`` for an unknown id, ``OSError`` when the files cannot be written.
    """
    make = cards.inputs if cards.is_card(source_id) else demo.inputs
    return make(source_id, house, folder)
