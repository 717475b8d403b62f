"""The "up next" card: what follows, in words of any script, over the channel's landscape dimmed."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from tvd.media.cards import tune
from tvd.media.cards.card import Card
from tvd.media.cards.look import Landscape, closed, lay
from tvd.media.cards.text import Block, block
from tvd.media.cards.words import words
from tvd.media.demo.programme import GraphInput
from tvd.media.demo.raster import Floats, canvas, coordinates, smooth
from tvd.media.demo.scene import Scene
from tvd.media.house import HouseFormat


def _dimmed(landscape: Landscape, house: HouseFormat) -> Floats:
    """Return the landscape as one still picture, darker where the words stand."""
    picture = landscape.sky()
    hills, cover, top = landscape.hills()
    picture[top:] += (hills - picture[top:]) * cover[..., None]
    x, y = coordinates(house.width, house.height)
    shade = 0.62 - 0.34 * smooth(0.35, 1.0, x) * smooth(0.0, 0.6, 1 - y * 0.6)
    out: Floats = (picture * (1 - shade)[..., None]).astype(np.float32)
    return out


def up_next(card: Card, house: HouseFormat, folder: Path) -> GraphInput:
    """Return the announcement of ``card`` as input for the normaliser."""
    seconds = card.length(house)
    scene = Scene(house, folder)
    landscape = Landscape(card, scene)
    layer = scene.still(_dimmed(landscape, house))
    accent = landscape.brand.accent
    w, h = house.width * 2, house.height * 2
    u = h / 720
    wide = w * 0.80
    title = block(card.title, wide, (86 * u, 74 * u, 62 * u, 52 * u), 3)
    detail = block(card.detail, wide, (36 * u, 30 * u), 1)
    head = block(words(card.language).up_next, wide * 0.6, (36 * u, 30 * u))
    time = block(card.time, wide * 0.4, (36 * u,))
    # The title decides on which side everything stands.
    leading = title or head
    to_right = leading is not None and leading.right_to_left
    side = w * (0.91 if to_right else 0.09)
    gap = 26 * u
    parts = [part for part in (head, title, detail) if part is not None]
    total = sum(part.height for part in parts) + gap * len(parts)
    y = (h - total) * 0.48
    first, pen = canvas(house.width, house.height)
    if head is not None:
        head.draw(pen, side, y, accent, right=to_right)
        _beside(pen, head, time, side, y, u, to_right=to_right)
        y += head.height
    bar = (side - 120 * u, side) if to_right else (side, side + 120 * u)
    pen.rounded_rectangle((bar[0], y + gap * 0.3, bar[1], y + gap * 0.3 + 5 * u), radius=2.5 * u, fill=accent)
    y += gap
    layer = lay(scene, layer, first, 0.3)
    second, pen = canvas(house.width, house.height)
    if title is not None:
        title.draw(pen, side, y, "#ffffff", right=to_right)
        y += title.height + gap * 0.4
    if detail is not None:
        detail.draw(pen, side, y, "#d9dde6", right=to_right)
    layer = lay(scene, layer, second, 0.7)
    layer = lay(scene, layer, _corner(card, house), 0.3)
    scene.sound(tune.murmur(card, seconds))
    return scene.finish(closed(scene, layer, seconds))


def _beside(
    pen: ImageDraw.ImageDraw, head: Block, time: Block | None, side: float, y: float, u: float, *, to_right: bool
) -> None:
    """Draw the time behind the heading."""
    if time is not None:
        away = head.width + 28 * u
        time.draw(pen, side - away if to_right else side + away, y, "#ffffff", right=to_right)


def _corner(card: Card, house: HouseFormat) -> Image.Image:
    """Return number and name of the channel, small, at the foot of the picture."""
    image, pen = canvas(house.width, house.height)
    w, h = image.size
    u = h / 720
    found = block(f"{card.number}  {card.name}", w * 0.6, (28 * u,))
    if found is not None:
        found.draw(pen, w * 0.09, h * 0.875, "#e8ebf2")
    return image
