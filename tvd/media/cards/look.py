"""A channel's own landscape: hills under a wide sky, in colours of its own, at four times of the day."""

import colorsys
import hashlib
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
from PIL import Image, ImageFilter

from tvd.media.cards.card import Card, Light
from tvd.media.demo.raster import (
    Floats,
    coordinates,
    enlarge,
    even,
    mix,
    noise,
    planes,
    rgb,
    ridge,
    settle,
    smooth,
    splat,
)
from tvd.media.demo.scene import Scene

FADE_IN: Final = 0.7
FADE_OUT: Final = 0.9
"""Seconds from black and to black: programmes begin and end as they like, cards do so softly."""
_DISC_RATE: Final = 2
"""Each drawing of the disc stays for so many frames of a 30-frame house."""
_LAYERS: Final = 3


@dataclass(frozen=True, slots=True)
class _Hour:
    """One time of the day: saturation and value of the sky at its top, middle and horizon, and how far the hue turns.

    ``warm`` mixes an evening colour into the horizon; ``disc`` is sun's or moon's colour, its height at the beginning
    and end (0 horizon to 1 top), its size; ``hills`` the value of the nearest hill, ``stars`` how many.
    """

    top: tuple[float, float]
    middle: tuple[float, float]
    horizon: tuple[float, float]
    warm: float
    glow: str
    disc: tuple[str, float, float, float]
    hills: tuple[float, float]
    stars: int


_HOURS: Final[dict[Light, _Hour]] = {
    "morning": _Hour(
        (0.42, 0.46), (0.34, 0.66), (0.22, 0.86), 0.55, "#ffd9a8", ("#fff3d6", 0.02, 0.20, 0.075), (0.55, 0.16), 0
    ),
    "day": _Hour(
        (0.62, 0.44), (0.48, 0.62), (0.26, 0.80), 0.12, "#fff1d0", ("#fffbe9", 0.52, 0.58, 0.060), (0.58, 0.20), 0
    ),
    "evening": _Hour(
        (0.66, 0.17), (0.58, 0.36), (0.46, 0.62), 0.72, "#ff9a5c", ("#ffd9a0", 0.15, 0.04, 0.085), (0.34, 0.07), 26
    ),
    "night": _Hour(
        (0.72, 0.055), (0.66, 0.10), (0.55, 0.19), 0.05, "#9fb4e8", ("#e9ecf6", 0.60, 0.63, 0.055), (0.16, 0.04), 150
    ),
}


@dataclass(frozen=True, slots=True)
class Brand:
    """What a channel always has: its hue (0 to 1), that of its sky, and the seed of its hills, stars and melody."""

    hue: float
    sky: float
    seed: int

    def colour(self, saturation: float, value: float, turn: float = 0.0) -> Floats:
        """Return a colour of its landscape."""
        return np.array(colorsys.hsv_to_rgb((self.sky + turn) % 1, saturation, value), np.float32)

    @property
    def accent(self) -> str:
        """Its signal colour, bright enough on any of its skies, as ``#rrggbb``."""
        red, green, blue = (round(part * 255) for part in colorsys.hsv_to_rgb(self.hue, 0.42, 1.0))
        return f"#{red:02x}{green:02x}{blue:02x}"


def brand(slug: str) -> Brand:
    """Return what belongs to the channel of that slug, for ever."""
    digest = hashlib.blake2b(slug.encode(), digest_size=8).digest()
    # Teal over blue and violet to rose: any other sky looks ill.
    return Brand(digest[0] / 256, 0.46 + 0.47 * digest[1] / 256, int.from_bytes(digest[2:], "big"))


def random(card: Card, what: int) -> np.random.Generator:
    """Return the channel's own dice for one purpose, always the same."""
    return np.random.default_rng([brand(card.slug).seed, what])


class Landscape:
    """Paints into ``scene`` what is behind the words of ``card``; ``calm``: the disc stands still (night service)."""

    def __init__(self, card: Card, scene: Scene) -> None:
        self.card, self.scene = card, scene
        self.brand = brand(card.slug)
        self._hour = _HOURS[card.light]
        self._width, self._height = scene.width, scene.height
        place = float(random(card, 1).random())
        self._disc_x = 0.60 + 0.24 * place
        self._horizon = 0.74

    def sky(self) -> Floats:
        """Return the sky with its stars, without the disc."""
        w, h = even(self._width / 4), even(self._height / 4)
        x, y = coordinates(w, h)
        hour, own = self._hour, self.brand
        low = mix(own.colour(*hour.horizon, 0.05), rgb(hour.glow), np.array(hour.warm, np.float32))
        stops = np.stack([own.colour(*hour.top, 0.02), own.colour(*hour.middle), low])
        height = np.clip(y / self._horizon, 0, 1)
        column = np.stack([np.interp(height[:, 0], (0, 0.55, 1), stops[:, k]) for k in range(3)], axis=1)
        picture = np.broadcast_to(column[:, None, :].astype(np.float32), (h, w, 3)).copy()
        distance = np.hypot((x - self._disc_x) * self._width / self._height, y - self._disc_y(0.5))
        picture += (rgb(hour.glow) - picture) * (0.42 * np.exp(-((distance / 0.42) ** 2)))[..., None]
        # Thin cloud, and enough of it that the gradient shows no steps.
        veil = noise(random(self.card, 2), w, h, 5, 1.4)
        picture *= (1 + 0.028 * veil * (0.3 + height))[..., None]
        picture = np.clip(enlarge(picture, self._width, self._height), 0, 1)
        self._stars(picture)
        grain = random(self.card, 3).standard_normal((self._height, self._width), np.float32)
        return np.asarray(np.clip(picture + 0.0045 * grain[..., None], 0, 1), np.float32)

    def _stars(self, picture: Floats) -> None:
        count = self._hour.stars
        if not count:
            return
        dice = random(self.card, 4)
        x, y = dice.random(count) * self._width, dice.random(count) ** 1.5 * self._horizon * 0.9 * self._height
        light = (0.25 + 0.6 * dice.random(count) ** 3)[:, None] * np.array([1, 0.98, 0.92])
        radius = (0.55 + 0.7 * dice.random(count) ** 2) * self.scene.unit + 0.25
        splat(picture, x, y, light.astype(np.float32), radius.astype(np.float32))
        np.clip(picture, 0, 1, out=picture)

    def _disc_y(self, progress: float) -> float:
        """Return where the disc's middle is, in picture heights from the top."""
        _, start, stop, _ = self._hour.disc
        eased = progress * progress * (3 - 2 * progress)
        return self._horizon * (1 - (start + (stop - start) * eased))

    def disc(self, layer: str, seconds: Fraction, *, still: bool = False) -> str:
        """Lay sun or moon on ``layer``, rising or setting slowly in ``seconds``."""
        scene = self.scene
        colour, start, stop, size = self._hour.disc
        rate = scene.rate(hold=_DISC_RATE)
        frames = 1 if still else max(1, int(seconds * rate))
        # Drawn small and scaled up: so it can move by parts of a pixel, which whole pixels laid over cannot.
        shrink = max(1, round(2 * scene.unit))
        tall = abs(stop - start) * self._horizon + 4.4 * size
        wide = 4.4 * size
        w, h = even(wide * self._height / shrink), even(tall * self._height / shrink)
        top = min(self._disc_y(0), self._disc_y(1)) - 2.2 * size
        x, y = coordinates(w, h)
        px, py = (x - 0.5) * wide, y * tall
        out = []
        for number in range(frames):
            progress = 0.5 if still else number / max(1, frames - 1)
            out.append(self._drawn(px, py - (self._disc_y(progress) - top), size, h))
        picture = np.broadcast_to(rgb(colour), (h, w, 3)).astype(np.float32)
        full_w, full_h = w * shrink, h * shrink
        data = b"".join(planes(picture, alpha) for alpha in out)
        patch = scene.loop(data, w, h, rate, alpha=True, after=f"scale={full_w}:{full_h}:flags=bicubic")
        return scene.over(layer, patch, even(self._disc_x * self._width - full_w / 2), even(top * self._height))

    def _drawn(self, px: Floats, py: Floats, size: float, h: int) -> Floats:
        distance = np.hypot(px, py)
        edge = 1.6 / h * size * 4
        body = smooth(size + edge, size - edge, distance)
        if self.card.light == "night":  # a waning moon: the shadow of another disc
            shade = smooth(size * 0.92 - edge, size * 0.92 + edge, np.hypot(px - 0.42 * size, py + 0.20 * size))
            body *= 0.10 + 0.90 * shade
        halo = 0.30 * np.exp(-((distance / (1.25 * size)) ** 2)) * smooth(2.15 * size, 1.2 * size, distance)
        return np.asarray(np.clip(body + halo * (1 - body), 0, 1), np.float32)

    def hills(self) -> tuple[Floats, Floats, int]:
        """Return the hills in front of everything, their coverage, and how far down the picture they begin (pixels)."""
        top = even(self._height * (self._horizon - 0.16))
        w, h = self._width, self._height - top
        y = (np.arange(h, dtype=np.float32)[:, None] + top) / self._height
        dice = random(self.card, 5)
        far, near = self._hour.hills
        haze = mix(
            self.brand.colour(*self._hour.horizon, 0.05),
            rgb(self._hour.glow),
            np.array(self._hour.warm * 0.7, np.float32),
        )
        picture, alpha = np.zeros((h, w, 3), np.float32), np.zeros((h, w), np.float32)
        for number in range(_LAYERS):
            depth = number / (_LAYERS - 1)
            line = ridge(dice, w, 1.6 + 1.4 * number, 1.9) * (0.030 + 0.012 * depth)
            crest = self._horizon - 0.015 + 0.085 * number + line[None, :]
            cover = np.clip((y - crest) * self._height + 0.5, 0, 1)
            value = far + (near - far) * depth
            body = mix(self.brand.colour(0.55, value, -0.03), haze, np.array(0.42 * (1 - depth), np.float32))
            # A little light along the crests, lost further down.
            lit = body * (1 + 0.35 * np.exp(-np.maximum(y - crest, 0) / 0.035))[..., None]
            # Laid over with its own coverage, so that no black shines through at the crests.
            total = cover + alpha * (1 - cover)
            picture += (lit - picture) * (cover / np.maximum(total, 1e-4))[..., None]
            alpha = total.astype(np.float32)
        return np.clip(picture, 0, 1), alpha, top

    def paint(self, seconds: Fraction, *, still: bool = False) -> str:
        """Return the layer of the whole landscape."""
        layer = self.scene.still(self.sky())
        layer = self.disc(layer, seconds, still=still)
        picture, alpha, top = self.hills()
        return self.scene.over(layer, self.scene.sprite(picture, alpha), 0, top)


def shadowed(image: Image.Image, unit: float) -> tuple[Floats, Floats]:
    """Return a canvas of words, settled, on a soft shadow that keeps them readable on a bright sky."""
    shade = Image.new("RGBA", image.size, "#000000")
    # Blurred small: a wide blur at twice the size of the house would take longer than everything else.
    small = image.getchannel("A").reduce(4).filter(ImageFilter.GaussianBlur(5 * unit / 2))
    shade.putalpha(small.resize(image.size, Image.Resampling.BILINEAR).point(lambda value: round(value * 0.5)))
    shade.alpha_composite(image)
    return settle(shade)


def lay(scene: Scene, layer: str, words: Image.Image, start: float, *, fade: float = 0.9) -> str:
    """Lay a canvas of words on ``layer``; they appear softly ``start`` seconds after the beginning, or are there."""
    box = words.getbbox()
    if box is None:
        return layer
    margin = round(24 * scene.unit) * 2
    left, top = (max(0, (edge - margin) // 4 * 4) for edge in box[:2])
    right = min(words.width, -(-(box[2] + margin) // 4) * 4)
    bottom = min(words.height, -(-(box[3] + margin) // 4) * 4)
    picture, alpha = shadowed(words.crop((left, top, right, bottom)), scene.unit)
    if start < 0:
        return scene.over(layer, scene.sprite(picture, alpha), left // 2, top // 2)
    sheet = scene.sheet(picture, alpha, f"fade=t=in:st={start}:d={fade}:alpha=1")
    return scene.over(layer, sheet, left // 2, top // 2)


def closed(scene: Scene, layer: str, seconds: Fraction) -> str:
    """Return ``layer`` coming out of black and going back into it at the end of ``seconds``."""
    out = float(seconds) - FADE_OUT - 0.1  # the last frames are black
    return scene.filter(f"fade=t=in:st=0:d={FADE_IN},fade=t=out:st={out:.3f}:d={FADE_OUT}", layer)
