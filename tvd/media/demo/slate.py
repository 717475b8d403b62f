"""The slate: what airs when nothing else is ready. tvd's mark over slowly breathing light, almost silent.

It lasts five segments and ends as it began, so it can air for as long as it must without a visible seam.
"""

from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from tvd.media.demo import sound as tone
from tvd.media.demo.programme import GraphInput
from tvd.media.demo.raster import Floats, canvas, coordinates, even, font, gradient, periodic, ramp, settle
from tvd.media.demo.scene import Scene
from tvd.media.house import SAMPLE_RATE, Grid, HouseFormat

SEGMENTS: Final = 5


def duration(grid: Grid) -> Fraction:
    """Return how many seconds the slate lasts before it repeats."""
    return grid.duration * SEGMENTS


def _light(frames: int, width: int, height: int) -> Floats:
    """Return warm light moving behind the mark, 0 to 1."""
    x, y = coordinates(width, height)
    px = (x - 0.5) * width / height
    out = np.empty((frames, height, width), np.float32)
    for k, angle in enumerate(periodic(frames)):
        low = np.exp(-(((px - 0.30 * np.sin(angle)) / 0.85) ** 2) - ((y - 0.62 - 0.03 * np.cos(angle)) / 0.42) ** 2)
        high = np.exp(-(((px + 0.42 * np.cos(angle)) / 0.5) ** 2) - ((y - 0.3 - 0.05 * np.sin(angle)) / 0.3) ** 2)
        out[k] = 0.62 * low + 0.30 * high + 0.06 * (1 - y)
    return np.clip(out, 0, 1)


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
    rate = scene.loop_rate
    frames = house.grid.frames * SEGMENTS * rate // house.grid.fps
    height = 36
    width = even(height * house.width / house.height)
    light = (_light(frames, width, height) * 255).astype(np.uint8)
    colours = gradient((0, "#120d16"), (0.25, "#2a1a24"), (0.55, "#6d3a2c"), (0.8, "#b8693a"), (1, "#e8a45c"))
    glow = scene.loop(ramp(light, colours), width, height, after=f"scale={house.width}:{house.height}:flags=bicubic")
    picture, alpha = _mark(house, text)
    layer = scene.over(glow, scene.still(picture, alpha), 0, 0)
    scene.sound(_sound(int(duration(house.grid) * SAMPLE_RATE)))
    return scene.finish(layer)
