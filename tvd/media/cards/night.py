"""The end of a broadcasting day: sign-off, the night service that loops until morning, sign-on."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from tvd.media.cards import tune
from tvd.media.cards.card import Card
from tvd.media.cards.look import Landscape, closed, lay, random
from tvd.media.cards.text import block
from tvd.media.cards.words import words
from tvd.media.demo.programme import GraphInput
from tvd.media.demo.raster import Bytes, canvas, enlarge, even, gradient, noise, periodic, ramp, smooth
from tvd.media.demo.scene import Scene
from tvd.media.house import HouseFormat

_MIST: Final = 32
"""Seconds, about, in which the mist of the night service comes back to where it was."""
_MIST_RATE: Final = 4
_MIST_SIZE: Final = (128, 44)


def sign_off(card: Card, house: HouseFormat, folder: Path) -> GraphInput:
    """Return the good night, with the time at which programmes begin again when there is one."""
    said = words(card.language)
    back = f"{said.back} {card.time}" if card.time else ""
    return _greeting(replace(card, light="night"), house, folder, said.good_night, back)


def sign_on(card: Card, house: HouseFormat, folder: Path) -> GraphInput:
    """Return the good morning."""
    return _greeting(replace(card, light="morning"), house, folder, words(card.language).good_morning, "")


def _greeting(card: Card, house: HouseFormat, folder: Path, greeting: str, more: str) -> GraphInput:
    seconds = card.length(house)
    scene = Scene(house, folder)
    landscape = Landscape(card, scene)
    layer = landscape.paint(seconds)
    w, h = house.width * 2, house.height * 2
    u = h / 720
    left, y = w * 0.09, h * 0.27
    for start, text, size, fill in (
        (0.8, greeting, 92 * u, "#ffffff"),
        (1.8, f"{card.number}  {card.name}", 44 * u, landscape.brand.accent),
        (3.0, more, 34 * u, "#d9dde6"),
    ):
        found = block(text, w * 0.82, (size, size * 0.8, size * 0.64))
        if found is None:
            continue
        image, pen = canvas(house.width, house.height)
        found.draw(pen, left, y, fill)
        y += found.height + 14 * u
        layer = lay(scene, layer, image, start, fade=1.4)
    scene.sound(tune.farewell(card, seconds, morning=card.light == "morning"))
    return scene.finish(closed(scene, layer, seconds))


def night_service(card: Card, house: HouseFormat, folder: Path) -> GraphInput:
    """Return the long night: moon, mist and the channel's name, ending as it began."""
    card = replace(card, light="night")
    seconds = card.length(house)
    scene = Scene(house, folder)
    landscape = Landscape(card, scene)
    layer = landscape.paint(seconds, still=True)
    turn, times = _turn(card, house)
    w, h = _MIST_SIZE
    rate = scene.rate(hold=_MIST_RATE)
    mist = ramp(
        _mist(card, int(turn * rate)),
        gradient((0, "#8fa3cf"), (1, "#c3cee8")),
        np.linspace(0, 0.26, 256, dtype=np.float32),
    )
    band = even(house.height * 0.5)
    after = f"scale={house.width}:{band}:flags=bicubic"
    patch = scene.loop(mist, w, h, rate, alpha=True, after=after)
    layer = scene.over(layer, patch, 0, house.height - band)
    image, pen = canvas(house.width, house.height)
    u = image.height / 720
    name = block(f"{card.number}  {card.name}", image.width * 0.8, (34 * u, 28 * u))
    if name is not None:
        name.draw(pen, image.width * 0.09, image.height * 0.12, "#aeb8d0")
    layer = lay(scene, layer, image, -1)
    sound = turn * next(count for count in (3, 2, 1) if times % count == 0)
    scene.sound(tune.night_air(card, sound))
    return scene.finish(layer)


def _turn(card: Card, house: HouseFormat) -> tuple[Fraction, int]:
    """Return how long the mist takes, a whole number of segments, and how many times that is in the whole."""
    segments = house.grid.segments_for(card.seconds)
    wanted = _MIST / house.grid.duration
    length = min((n for n in range(1, segments + 1) if segments % n == 0), key=lambda n: abs(n - wanted))
    return length * house.grid.duration, segments // length


def _mist(card: Card, frames: int) -> Bytes:
    """Return mist that changes slowly from one shape to others and back."""
    w, h = _MIST_SIZE
    dice = random(card, 30)
    fields = [enlarge(noise(dice, w, h, 3, 1.2), w, h) for _ in range(4)]
    y = np.linspace(0, 1, h, dtype=np.float32)[:, None]
    here = smooth(0.0, 0.45, y) * smooth(1.15, 0.75, y)
    out = np.empty((frames, h, w), np.uint8)
    for number, angle in enumerate(periodic(frames)):
        shape = (
            fields[0] * np.cos(angle)
            + fields[1] * np.sin(angle)
            + 0.6 * fields[2] * np.cos(2 * angle)
            + fields[3] * 0.5
        )
        out[number] = 255 * np.clip(0.45 + 0.30 * shape, 0, 1) * here
    return out
