"""The ident: number and name of the channel over its landscape, with its melody."""

from pathlib import Path

from tvd.media.cards import tune
from tvd.media.cards.card import Card
from tvd.media.cards.look import Landscape, closed, lay
from tvd.media.cards.text import block
from tvd.media.demo.programme import GraphInput
from tvd.media.demo.raster import canvas
from tvd.media.demo.scene import Scene
from tvd.media.house import HouseFormat


def ident(card: Card, house: HouseFormat, folder: Path) -> GraphInput:
    """Return the ident of ``card`` as input for the normaliser."""
    seconds = card.length(house)
    scene = Scene(house, folder)
    landscape = Landscape(card, scene)
    layer = landscape.paint(seconds)
    w, h = house.width * 2, house.height * 2
    u = h / 720
    left, middle = w * 0.09, h * 0.40
    number, pen = canvas(house.width, house.height)
    digits = block(str(card.number), w * 0.4, (230 * u,))
    name = block(card.name, w * 0.80, (76 * u, 64 * u, 52 * u, 42 * u), 2)
    if digits is not None:
        digits.draw(pen, left, middle - digits.height * 0.72, "#ffffff")
    layer = lay(scene, layer, number, 0.5)
    words, pen = canvas(house.width, house.height)
    top = middle + 62 * u
    pen.rounded_rectangle(
        (left + 4 * u, top - 3 * u, left + 124 * u, top + 3 * u), radius=3 * u, fill=landscape.brand.accent
    )
    if name is not None:
        name.draw(pen, left, top + 20 * u, "#ffffff")
    layer = lay(scene, layer, words, 1.0)
    scene.sound(tune.chime(card, seconds))
    return scene.finish(closed(scene, layer, seconds))
