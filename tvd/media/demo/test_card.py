"""Test card: what a picture and its sound are judged by, with a running clock; its own design.

Flash and pip fall together on every whole second, so a player's lip sync shows at once; both are discreet enough to
leave it on all night.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import ImageDraw

from tvd.media.demo import sound as tone
from tvd.media.demo.programme import Generator, GraphInput, Part
from tvd.media.demo.raster import Floats, canvas, even, font, rgb, settle
from tvd.media.demo.scene import Scene
from tvd.media.house import HouseFormat

_BARS: Final = ("#bfbfbf", "#bfbf00", "#00bfbf", "#00bf00", "#bf00bf", "#bf0000", "#0000bf")
_GLASS: Final = "#15181c"
_CORNERS: Final = ((-1, -1), (-1, 1), (1, -1), (1, 1))
_PIPS: Final = 60
_CHORD_LENGTH: Final = 12.0


@dataclass(frozen=True, slots=True)
class _Card:
    """One part: its colours and what stands in the lower half of the circle."""

    ground: str
    line: str
    accent: str
    lower: str
    chord: tuple[float, ...]


_CARDS: Final = (
    _Card("#20262e", "#4a5563", "#ffc46b", "ramp", (110.0, 164.81, 220.0, 277.18)),
    _Card("#262330", "#564f68", "#ff9f8a", "wedges", (98.0, 146.83, 196.0, 246.94)),
    _Card("#1c2a2a", "#456060", "#8fe0c8", "steps", (103.83, 155.56, 207.65, 261.63)),
    _Card("#2b2622", "#635648", "#ffd98f", "colours", (92.5, 138.59, 185.0, 233.08)),
    _Card("#1d2433", "#465572", "#9cc4ff", "wedges", (116.54, 174.61, 233.08, 293.66)),
    _Card("#242424", "#555555", "#e8e8e8", "ramp", (87.31, 130.81, 174.61, 220.0)),
)


def _ground(pen: ImageDraw.ImageDraw, card: _Card, w: int, h: int, u: float) -> None:
    """Draw grid, border, safe areas."""
    cell = h / 12
    line = max(2, round(1.4 * u))
    across = int(w / 2 / cell) + 1
    for k in range(-across, across + 1):
        x = w / 2 + k * cell
        pen.line((x, 0, x, h), fill=card.line, width=line)
    for k in range(13):
        pen.line((0, k * cell, w, k * cell), fill=card.line, width=line)
    _castellations(pen, w, h, cell)
    for share, colour in ((0.035, card.accent), (0.05, "#8c96a3")):
        dx, dy, leg = w * share, h * share, cell * 0.7
        for sx, sy in _CORNERS:
            x, y = w / 2 + sx * (w / 2 - dx), h / 2 + sy * (h / 2 - dy)
            pen.line((x, y, x - sx * leg, y), fill=colour, width=line * 2)
            pen.line((x, y, x, y - sy * leg), fill=colour, width=line * 2)


def _castellations(pen: ImageDraw.ImageDraw, w: int, h: int, cell: float) -> None:
    """Draw the white teeth on the border: whoever sees all of them sees the whole picture."""
    edge = cell / 3
    across = int(w / 2 / cell) + 1
    for k in range(-2 * across, 2 * across + 1):
        if k % 2:
            x = w / 2 + k * cell / 2 - cell / 4
            for top in (0, h - edge):
                pen.rectangle((x, top, x + cell / 2, top + edge), fill="#d8d8d8")
    for k in range(24):
        if k % 2:
            y = k * cell / 2
            for left in (0, w - edge):
                pen.rectangle((left, y, left + edge, y + cell / 2), fill="#d8d8d8")


def _wedge(pen: ImageDraw.ImageDraw, box: tuple[float, float, float, float]) -> None:
    """Draw lines that converge, for reading off the resolution."""
    left, top, right, bottom = box
    count = 9
    for k in range(count):
        a = left + (right - left) * (k + 0.25) / count
        b = left + (right - left) * (k + 0.75) / count
        middle = (left + right) / 2
        near = 0.22
        pen.polygon(
            [(a, top), (b, top), (middle + (b - middle) * near, bottom), (middle + (a - middle) * near, bottom)],
            fill="#e6e6e6",
        )


def _lower(pen: ImageDraw.ImageDraw, card: _Card, cx: float, top: float, half: float, tall: float) -> None:
    left, right, bottom = cx - half, cx + half, top + tall
    if card.lower == "ramp":
        for k in range(256):
            x = left + 2 * half * k / 256
            pen.rectangle((x, top, x + half / 100, bottom), fill=(k, k, k))
    elif card.lower == "steps":
        for k in range(11):
            grey = round(k * 25.5)
            x = left + 2 * half * k / 11
            pen.rectangle((x, top, x + 2 * half / 11, bottom), fill=(grey, grey, grey))
    elif card.lower == "colours":
        for k in range(48):
            angle = 2 * np.pi * k / 48
            shade = tuple(round(128 + 80 * np.cos(angle + turn)) for turn in (0.0, -2.094, 2.094))
            x = left + 2 * half * k / 48
            pen.rectangle((x, top, x + 2 * half / 48 + 1, bottom), fill=shade)
    else:
        pen.rectangle((left, top, right, bottom), fill="#101214")
        for k in range(4):
            x = left + 2 * half * (k + 0.12) / 4
            _wedge(pen, (x, top + tall * 0.1, x + half * 0.38, bottom - tall * 0.1))


def _card(card: _Card, house: HouseFormat, title: str) -> Floats:
    """Return everything that stands still."""
    image, pen = canvas(house.width, house.height, card.ground)
    w, h = image.size
    u = h / 720
    _ground(pen, card, w, h, u)
    cx, cy, r = w / 2, h / 2, h * 0.43
    ring = max(2, round(4 * u))
    disc, disc_pen = canvas(house.width, house.height)
    disc_pen.rectangle((cx - r, cy - r, cx + r, cy + r), fill=_GLASS)
    for k, colour in enumerate(_BARS):
        x = cx - r + 2 * r * k / 7
        disc_pen.rectangle((x, cy - r, x + 2 * r / 7, cy - r * 0.28), fill=colour)
    # The same colours backwards, darker: what a display crushes shows here.
    for k, colour in enumerate(reversed(_BARS)):
        x = cx - r + 2 * r * k / 7
        shade = rgb(colour) * 0.3
        disc_pen.rectangle(
            (x, cy - r * 0.28, x + 2 * r / 7, cy - r * 0.2), fill=tuple(round(float(c) * 255) for c in shade)
        )
    _lower(disc_pen, card, cx, cy + r * 0.38, r, r * 0.27)
    disc_pen.rectangle((cx - r, cy + r * 0.65, cx + r, cy + r), fill="#2a3038")
    hole, hole_pen = canvas(house.width, house.height)
    hole_pen.ellipse((cx - r, cy - r, cx + r, cy + r), fill="#ffffff")
    image.paste(disc, (0, 0), hole.getchannel("A"))
    pen.ellipse((cx - r, cy - r, cx + r, cy + r), outline="#e9edf2", width=ring)
    # Small circles in the corners show a lens or a stretched picture.
    for sx in (-1, 1):
        for sy in (-1, 1):
            x, y, q = cx + sx * (w / 2 - h * 0.165), cy + sy * h * 0.333, h * 0.082
            pen.ellipse((x - q, y - q, x + q, y + q), outline="#aab3bf", width=ring // 2 or 1)
            pen.line((x - q, y, x + q, y), fill="#aab3bf", width=ring // 2 or 1)
            pen.line((x, y - q, x, y + q), fill="#aab3bf", width=ring // 2 or 1)
    pen.text((cx, cy + r * 0.745), "tvd", font=font(60 * u), fill=card.accent, anchor="mm")
    pen.text((cx, cy + r * 0.875), title, font=font(19 * u), fill="#c9d0d9", anchor="mm")
    for side, words in ((-1, f"{house.width} x {house.height}"), (1, f"{house.grid.fps} fps · 48 kHz")):
        x = cx + side * (r + (w / 2 - r) / 2)
        box = (x - 88 * u, cy - 20 * u, x + 88 * u, cy + 20 * u)
        if w / 2 - r > 190 * u:
            pen.rectangle(box, fill=card.ground)
            pen.text((x, cy), words, font=font(22 * u), fill="#c9d0d9", anchor="mm")
    picture, _ = settle(image)
    return picture


def _digits(size: float, colour: str, cell: tuple[int, int], drop: float) -> Floats:
    """Return the digits 0 to 9 one below the other, each in a ``cell`` (width, height), ``drop`` of it down."""
    width, height = cell
    image, pen = canvas(width, height * 10, _GLASS)
    for digit in range(10):
        middle = (digit + 0.5 + drop) * 2 * height
        pen.text((width, middle), str(digit), font=font(size * 2), fill=colour, anchor="mm")
    return settle(image)[0]


def _clock(scene: Scene, card: _Card, layer: str) -> str:
    """Lay the programme's time on the middle of the circle: the sweep, minutes, seconds, frame."""
    fps, big = scene.fps, 0.135 * scene.height
    width, height, small = even(big * 0.66), even(big * 1.16), even(big * 0.34)
    seconds = f"floor(n/{fps})"
    digits = [
        f"mod(floor({seconds}/600),6)",
        f"mod(floor({seconds}/60),10)",
        f"mod(floor({seconds}/10),6)",
        f"mod({seconds},10)",
    ]
    large = scene.split(scene.sheet(_digits(big, "#f4f1ea", (width, height), 0), None), 4)
    cells = [
        scene.filter(f"crop={width}:{height}:0:'{height}*{digit}'", copy)
        for digit, copy in zip(digits, large, strict=True)
    ]
    tick = scene.split(scene.sheet(_digits(big * 0.5, card.accent, (small, height), 0.13), None), 2)
    ticks = [
        scene.filter(f"crop={small}:{height}:0:'{height}*mod(floor(mod(n,{fps})/{place}),10)'", copy)
        for place, copy in zip((10, 1), tick, strict=True)
    ]
    colon = even(width * 0.5)
    image, pen = canvas(colon, height, _GLASS)
    for place in (0.36, 0.66):
        q = height * 0.06
        pen.ellipse((colon - q, 2 * height * place - q, colon + q, 2 * height * place + q), fill="#f4f1ea")
    dots = scene.still(settle(image)[0])
    gap = scene.still(np.broadcast_to(rgb(_GLASS), (height, even(width * 0.3), 3)).astype(np.float32))
    first, second = scene.split(gap, 2)
    panel = scene.beside([_sweep(scene, card, height), first, *cells[:2], dots, *cells[2:], second, *ticks])
    total = height + 4 * width + colon + 2 * even(width * 0.3) + 2 * small
    x = even(scene.width / 2 + 0.02 * scene.height - total / 2)
    return scene.over(layer, panel, x, even(scene.height * 0.543 - height / 2))


def _sweep(scene: Scene, card: _Card, height: int) -> str:
    """Return a hand that goes round once a second, and the dot that lights on the second: ``height`` square."""
    frames, d = scene.fps, height * 2
    image, pen = canvas(height, height * frames, _GLASS)
    ring = max(2, d // 40)
    for k in range(frames):
        box = (d * 0.2, k * d + d * 0.2, d * 0.8, k * d + d * 0.8)
        pen.ellipse(box, outline="#59636f", width=ring)
        start = -90 + 360 * k / frames
        pen.arc(box, start - 60, start, fill=card.accent, width=ring * 2)
        if k < 2:
            pen.ellipse((d * 0.39, k * d + d * 0.39, d * 0.61, k * d + d * 0.61), fill="#fff4dc")
    return scene.sheet(settle(image)[0], None, f"crop={height}:{height}:0:'{height}*mod(n,{frames})'")


def _runner(scene: Scene, card: _Card, layer: str) -> str:
    """Lay a bar that crosses the picture at a constant pace: judder and dropped frames show on it."""
    width, height = even(0.012 * scene.height), even(0.03 * scene.height)
    picture = np.broadcast_to(rgb(card.accent), (height, width, 3)).astype(np.float32)
    bar = scene.sprite(picture, np.ones((height, width), np.float32))
    step = max(1, round(4 * scene.unit * 30 / scene.fps))
    span = scene.width - width
    x = f"abs(mod(n*{step},{2 * span})-{span})"
    return scene.over(layer, bar, x, even(scene.height * 0.945))


def _sound(card: _Card, rng: np.random.Generator) -> tone.Sound:
    """Return a minute of a soft chord with a pip each second, a deeper one each ten, a small chime each minute."""
    length = tone.seconds(_CHORD_LENGTH)
    sides = []
    for side in (0.0, 0.5):
        pad = np.zeros(length, np.float32)
        for k, hertz in enumerate(card.chord):
            swell = 0.4 + 0.6 * tone.lfo(length, 1 + k % 3, side + float(rng.random()))
            pad += tone.drone(length, hertz + (side - 0.25) * 0.5, (1.0, 0.22, 0.08)) * swell * (0.028 / (1 + 0.25 * k))
        sides.append(pad)
    track = np.tile(tone.stereo(*sides), (round(_PIPS / _CHORD_LENGTH), 1))
    pip, ten, chime = (
        tone.note(880, 0.12, 0.004, 0.2),
        tone.note(587.33, 0.3, 0.004, 0.3),
        tone.note(440, 2.5, 0.006, 0.6),
    )
    for second in range(_PIPS):
        at = tone.seconds(second)
        if second == 0:
            tone.place(track, at, chime, 0.07)
        elif second % 10 == 0:
            tone.place(track, at, ten, 0.05)
        else:
            tone.place(track, at, pip, 0.034)
    return track


def _make(part: int, house: HouseFormat, folder: Path) -> GraphInput:
    card = _CARDS[part - 1]
    scene = Scene(house, folder)
    layer = scene.still(_card(card, house, TEST_CARD.parts[part - 1].title))
    layer = _clock(scene, card, layer)
    layer = _runner(scene, card, layer)
    scene.sound(_sound(card, np.random.default_rng([10, part])))
    return scene.finish(layer)


TEST_CARD: Final = Generator(
    "test-card",
    (
        Part("Grey ramp", "Colour bars and a ramp without steps. The dot lights exactly with each pip."),
        Part("Resolution", "Wedges for eyes and scalers: where do the lines run together?"),
        Part("Eleven steps", "Every one of the eleven greys should differ from its neighbours."),
        Part("Colour wheel", "All hues side by side, unrolled from the wheel."),
        Part("Fine lines", "The wedges again, on the blue of a late studio."),
        Part("After closedown", "Grey on grey, for those who are still here."),
    ),
    _make,
)
