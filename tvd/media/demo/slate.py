"""The slate: what airs when nothing else is ready. tvd's mark over slowly breathing light, almost silent.

It lasts three segments and ends as it began, so it can air for as long as it must without a visible seam.
"""

from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from tvd.media.demo import sound as tone
from tvd.media.demo.programme import GraphInput
from tvd.media.demo.raster import (
    Bytes,
    Floats,
    canvas,
    coordinates,
    enlarge,
    even,
    font,
    gradient,
    mix,
    periodic,
    ramp,
    settle,
    smooth,
)
from tvd.media.demo.scene import Scene
from tvd.media.house import SAMPLE_RATE, Grid, HouseFormat

SEGMENTS: Final = 3


def duration(grid: Grid) -> Fraction:
    """Return how many seconds the slate lasts before it repeats."""
    return grid.duration * SEGMENTS


_GLOW: Final = (0.66, 0.5)
"""Width and height, in picture heights, of what moves: the less, the sooner the slate is made."""


def _ground(house: HouseFormat) -> Floats:
    """Return still warm light, as of one lamp in a dark room."""
    x, y = coordinates(even(house.width / 4), even(house.height / 4))
    px = (x - 0.5) * house.width / house.height
    lamp = np.exp(-((px / 0.80) ** 2) - ((y - 0.62) / 0.40) ** 2) * 0.55
    window = np.exp(-(((px + 0.5) / 0.5) ** 2) - ((y - 0.25) / 0.32) ** 2) * 0.22
    table = gradient((0, "#120d16"), (0.25, "#2a1a24"), (0.55, "#6d3a2c"), (0.8, "#b8693a"), (1, "#e8a45c"))
    level = np.clip(lamp + window + 0.06 * (1 - y), 0, 1) * 255
    low = np.clip(level.astype(int), 0, 254)
    return enlarge(mix(table[low], table[low + 1], (level - low).astype(np.float32)), house.width, house.height)


def _glow(frames: int, width: int, height: int) -> Bytes:
    """Return light that breathes behind the mark, fading out to all sides."""
    x, y = coordinates(width, height)
    px, py = (x - 0.5) * 2, (y - 0.5) * 2
    edge = smooth(1.0, 0.35, np.hypot(px, py))
    out = np.empty((frames, height, width), np.uint8)
    for k, angle in enumerate(periodic(frames)):
        spot = np.exp(-(((px - 0.30 * np.sin(angle)) / 0.75) ** 2) - ((py - 0.18 * np.cos(angle)) / 0.7) ** 2)
        out[k] = 255 * np.clip(spot * edge * (0.62 + 0.30 * np.cos(angle)), 0, 1)
    return out


def _mark(house: HouseFormat, text: str) -> tuple[Floats, Floats]:
    """Return tvd's mark: a screen with rounded corners, three bars and a moon, and ``text`` below."""
    image, pen = canvas(house.width, house.height)
    w, h = image.size
    cx, cy, r = w / 2, h * (0.44 if text else 0.48), h * 0.15
    half = r * 1.36
    line = max(2, round(h * 0.011))
    pen.rounded_rectangle((cx - half, cy - r, cx + half, cy + r), radius=r * 0.42, outline="#ffe9c7", width=line)
    pen.line((cx - r * 0.5, cy + r * 1.28, cx + r * 0.5, cy + r * 1.28), fill="#ffe9c7", width=line)
    q = r * 0.42
    mx, my = cx, cy - r * 0.02
    moon, moon_pen = canvas(house.width, house.height)
    moon_pen.ellipse((mx - q, my - q, mx + q, my + q), fill="#ffd48a")
    moon_pen.ellipse((mx - q * 0.42, my - q * 1.18, mx + q * 1.5, my + q * 0.74), fill="#00000000")
    image.alpha_composite(moon)
    for dx, dy, s in ((-0.86, 0.34, 0.06), (0.82, -0.42, 0.07), (0.62, 0.46, 0.045), (-0.72, -0.48, 0.05)):
        x, y, a = cx + dx * r, cy + dy * r, s * r
        pen.polygon([(x, y - 2 * a), (x + a * 0.5, y - a * 0.5), (x + 2 * a, y), (x + a * 0.5, y + a * 0.5),
                     (x, y + 2 * a), (x - a * 0.5, y + a * 0.5), (x - 2 * a, y), (x - a * 0.5, y - a * 0.5)],
                    fill="#fff3df")  # fmt: skip
    if text:
        pen.text((cx, cy + r * 1.95), text, font=font(h * 0.045), fill="#ffe9c7", anchor="mm")
    return settle(image)


def _sound(samples: int) -> tone.Sound:
    """Return two soft tones, breathing, far below speech."""
    sides = [
        sum(
            tone.drone(samples, hertz) * (0.3 + 0.7 * tone.lfo(samples, turns, side)) * 0.0045
            for hertz, turns in ((110.0, 1), (164.8, 2), (220.0, 3), (277.2, 2))
        )
        for side in (0.0, 0.35)
    ]
    return tone.stereo(np.asarray(sides[0], np.float32), np.asarray(sides[1], np.float32))


def slate(house: HouseFormat, folder: Path, text: str = "") -> GraphInput:
    """Return the slate of ``house`` as input for the normaliser; cut it to ``duration(house.grid)``.

    ``folder`` must exist and be this slate's own. ``text`` stands below the mark; without it one slate serves all.
    """
    scene = Scene(house, folder)
    layer = scene.still(_ground(house))
    rate = scene.rate(hold=2)
    w, h = (even(share * house.height) for share in _GLOW)
    w = min(w, even(house.width - 2))
    glow = _glow(int(duration(house.grid) * rate), 48, 36)
    data = ramp(glow, gradient((0, "#ffb066"), (1, "#ffc88a")), np.linspace(0, 0.5, 256).astype(np.float32))
    left = even((house.width - w) / 2)
    parts = scene.columns(layer, left, left + w)
    patch = scene.loop(data, 48, 36, rate, alpha=True, after=f"scale={w}:{h}:flags=bicubic")
    parts[1] = scene.over(parts[1], patch, 0, round(house.height * (0.44 if text else 0.48) - h / 2))
    layer = scene.beside(parts)
    picture, alpha = _mark(house, text)
    layer = scene.over(layer, scene.sprite(picture, alpha), 0, 0)
    scene.sound(_sound(int(duration(house.grid) * SAMPLE_RATE)))
    return scene.finish(layer)
