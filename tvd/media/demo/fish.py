"""Fish: drawn from a few curves, one drawing for each moment of a tail beat."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tvd.media.demo.raster import Floats, coordinates, even, mix, periodic, rgb, smooth

BEATS: Final = 12
"""Drawings in one tail beat."""


@dataclass(frozen=True, slots=True)
class Fish:
    """A kind of fish: body and stripe colours, length in picture heights, how high its body, how many swim by."""

    body: str
    back: str
    stripe: str
    length: float
    tall: float
    count: int
    stripes: int = 0
    pace: int = 2


CLOWN: Final = Fish("#f47b20", "#c9521a", "#fff6ea", 0.15, 0.44, 3, 3)
TANG: Final = Fish("#2f6de0", "#173a9c", "#ffd84a", 0.19, 0.58, 2, 0, 2)
ANGEL: Final = Fish("#e9e2c8", "#bba86a", "#3a3a44", 0.16, 0.80, 2, 3, 1)
NEON: Final = Fish("#52d6e8", "#2a6fae", "#e84a4a", 0.065, 0.30, 6, 0, 2)
GOLD: Final = Fish("#ffb347", "#e8742a", "#fff0c8", 0.17, 0.50, 3, 0, 1)
VIOLET: Final = Fish("#b58be8", "#6a46b4", "#ffe9a8", 0.12, 0.46, 3, 2, 2)
SILVER: Final = Fish("#c8d6e0", "#7d93a8", "#eef6ff", 0.10, 0.34, 5, 0, 2)


def fish_sheet(fish: Fish, length: int, left: bool) -> tuple[Floats, Floats, int, int]:
    """Return the drawings of one tail beat, one below the other, coverage, width and height of one."""
    width, height = even(length * 1.1), even(length * max(0.5, fish.tall) * 1.1)
    columns = max(width, 24)
    x, y = coordinates(columns * 2, round(columns * 2 * height / width))
    ratio = height / width
    sheets, covers = [], []
    for turn in periodic(BEATS):
        # Nose at the right; the body bends more towards the tail.
        u = (x - 0.5) * 2 * 1.05
        behind = np.clip(0.35 - u, 0, 2)
        v = (y - 0.5) * 2 * ratio - 0.045 * behind**1.7 * np.sin(turn - 2.2 * behind)
        b = u - 0.14
        tall = fish.tall * 0.86
        profile = tall * 0.5 * np.clip(1 - (b / 0.80) ** 2, 0, 1) ** 0.62 * (1 - 0.22 * b)
        body = smooth(0.02, -0.02, np.abs(v) - profile)
        squeeze = 1 - 0.28 * np.cos(turn)
        tail_x = (-0.52 - u) / 0.42
        tail = smooth(0.03, -0.03, np.abs(v) / squeeze - (0.06 + tall * 0.40 * np.clip(tail_x, 0, 1)))
        tail *= smooth(-0.08, 0.03, tail_x) * smooth(
            1.0, 0.9, tail_x + 0.35 * (1 - np.clip(np.abs(v) / (tall * 0.45), 0, 1))
        )
        fin_y = np.abs(v) - profile
        fin_edge = tall * 0.24 * np.clip(1 - ((u + 0.08) / 0.46) ** 2, 0, 1)
        fins = smooth(0.02, -0.02, fin_y - fin_edge) * smooth(0.52, 0.42, np.abs(u + 0.08))
        side = smooth(
            0.03,
            -0.03,
            np.hypot((u - 0.16) / 0.15, (v - 0.03 - 0.03 * np.sin(turn)) / (0.08 + 0.02 * np.cos(turn))) - 1,
        )
        belly = np.clip(0.5 + v / (tall + 1e-6) * 1.1, 0, 1)
        picture = mix(rgb(fish.back), rgb(fish.body), smooth(0.1, 0.6, belly))
        picture = picture * (1.08 - 0.35 * np.clip(belly - 0.6, 0, 1))[..., None]
        fin_colour = 0.55 * rgb(fish.stripe) + 0.45 * rgb(fish.back)
        whole = mix(np.broadcast_to(fin_colour, picture.shape), picture, body)
        if fish.stripes:
            for k in range(fish.stripes):
                at = 0.52 - 0.46 * k
                stripe = smooth(0.085, 0.055, np.abs(u - at + 0.10 * v * v)) * body
                whole = mix(whole, rgb(fish.stripe), stripe)
        else:
            band = smooth(0.10, 0.04, np.abs(v + 0.01)) * body * smooth(0.5, 0.1, u)
            whole = mix(whole, rgb(fish.stripe), band * 0.75)
        whole = mix(whole, rgb(fish.back) * 0.9, side * 0.6)
        eye = np.hypot(u - 0.70, v + tall * 0.07)
        big = 0.05 + 0.05 * fish.tall
        whole = mix(whole, rgb("#fdfaf0"), smooth(big, big * 0.8, eye) * body)
        whole = mix(whole, rgb("#14161a"), smooth(big * 0.68, big * 0.5, eye) * body)
        cover = np.clip(body + tail * 0.9 + fins * 0.8, 0, 1)
        if left:
            whole, cover = whole[:, ::-1], cover[:, ::-1]
        sheets.append(np.clip(whole, 0, 1))
        covers.append(cover)
    return _reduced(sheets, covers, width, height)


def _reduced(
    sheets: Sequence[Floats], covers: Sequence[Floats], width: int, height: int
) -> tuple[Floats, Floats, int, int]:
    """Average the drawings down to ``width`` and ``height``."""
    rows = np.linspace(0, covers[0].shape[0], height + 1).astype(int)[:-1]
    columns = np.linspace(0, covers[0].shape[1], width + 1).astype(int)[:-1]

    def down(a: Floats) -> Floats:
        return np.add.reduceat(np.add.reduceat(a, rows, axis=0), columns, axis=1)

    small_p, small_c = [], []
    ones = down(np.ones_like(covers[0]))
    for sheet, cover in zip(sheets, covers, strict=True):
        weight = down(cover)
        small_p.append(down(sheet * cover[..., None]) / np.maximum(weight, 1e-3)[..., None])
        small_c.append(weight / ones)
    return np.concatenate(small_p).astype(np.float32), np.concatenate(small_c).astype(np.float32), width, height


def draw_shoal(rng: np.random.Generator, fish: Fish, length: int, left: bool) -> tuple[Floats, Floats, int, int]:
    """Return like :func:`fish_sheet` a whole shoal, each fish at its own point of its tail beat."""
    one, cover, w, h = fish_sheet(fish, length, left)
    width, height = even(w * 4.6), even(h * 7.5)
    picture = np.empty((BEATS, height, width, 3), np.float32)
    picture[:] = rgb(fish.body)
    alpha = np.zeros((BEATS, height, width), np.float32)
    one, cover = one.reshape(BEATS, h, w, 3), cover.reshape(BEATS, h, w)
    for number in range(fish.count):
        x = round((width - w) * ((number * 0.618 + 0.1 * float(rng.random())) % 1))
        y = round((height - h) * (number + 0.6 * float(rng.random())) / fish.count)
        beat = (np.arange(BEATS) + int(rng.integers(0, BEATS))) % BEATS
        here = alpha[:, y : y + h, x : x + w]
        better = cover[beat] > here
        np.copyto(picture[:, y : y + h, x : x + w], one[beat], where=better[..., None])
        np.maximum(here, cover[beat], out=here)
    return picture.reshape(-1, width, 3), alpha.reshape(-1, width), width, height
