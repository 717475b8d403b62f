"""Aquarium: fish that swim past at their own pace, swaying plants, bubbles, light from above.

Water and light are one small loop scaled up; sand and plants stand in front of it; every fish is a strip of drawings
of one tail beat, cropped to the right one and laid where its path says.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from tvd.media.demo import sound as tone
from tvd.media.demo.programme import Generator, GraphInput, Part
from tvd.media.demo.raster import (
    Floats,
    canvas,
    coordinates,
    even,
    gradient,
    mix,
    noise,
    periodic,
    ramp,
    rgb,
    ridge,
    settle,
    smooth,
)
from tvd.media.demo.scene import Scene
from tvd.media.house import HouseFormat

_LIGHT_LOOP: Final = 16
_SOUND: Final = 20.0
_BEATS: Final = 12


@dataclass(frozen=True, slots=True)
class _Fish:
    """A kind of fish: body and stripe colours, length in picture heights, how high its body, how many swim by."""

    body: str
    back: str
    stripe: str
    length: float
    tall: float
    count: int
    stripes: int = 0
    pace: int = 2


@dataclass(frozen=True, slots=True)
class _Tank:
    """One part: colours of the water from deep to light, sand, plants, its fish."""

    water: tuple[str, str, str, str]
    sand: str
    plants: tuple[str, ...]
    fish: tuple[_Fish, ...]
    rays: float = 1.0
    root: float = 82.4


_CLOWN: Final = _Fish("#f47b20", "#c9521a", "#fff6ea", 0.15, 0.44, 3, 3)
_TANG: Final = _Fish("#2f6de0", "#173a9c", "#ffd84a", 0.19, 0.58, 2, 0, 2)
_ANGEL: Final = _Fish("#e9e2c8", "#bba86a", "#3a3a44", 0.16, 0.80, 2, 3, 1)
_NEON: Final = _Fish("#52d6e8", "#2a6fae", "#e84a4a", 0.065, 0.30, 6, 0, 2)
_GOLD: Final = _Fish("#ffb347", "#e8742a", "#fff0c8", 0.17, 0.50, 3, 0, 1)
_VIOLET: Final = _Fish("#b58be8", "#6a46b4", "#ffe9a8", 0.12, 0.46, 3, 2, 2)
_SILVER: Final = _Fish("#c8d6e0", "#7d93a8", "#eef6ff", 0.10, 0.34, 5, 0, 2)

_TANKS: Final = (
    _Tank(
        ("#04222f", "#0a4a63", "#15809a", "#7fdcd8"),
        "#b79f78",
        ("#1e6b3a", "#2f8a4a", "#7a2f46"),
        (_CLOWN, _TANG, _NEON),
    ),
    _Tank(
        ("#0c1f16", "#17452f", "#2c7650", "#b7dc94"),
        "#8d7850",
        ("#2a6b2a", "#4f8f36", "#3a7a3f"),
        (_ANGEL, _NEON),
        root=77.8,
    ),
    _Tank(
        ("#02101f", "#06294a", "#0d4c7d", "#5aa9d6"),
        "#77808c",
        ("#205a52", "#33507e", "#205a52"),
        (_SILVER, _TANG),
        0.8,
        73.4,
    ),
    _Tank(
        ("#10122e", "#25205a", "#46388a", "#c08fd8"),
        "#8a6f86",
        ("#3a3f8a", "#6a3f8a", "#2f6a6a"),
        (_VIOLET, _NEON),
        0.7,
        69.3,
    ),
    _Tank(
        ("#052a2a", "#0d5450", "#1f8c78", "#c8efb0"),
        "#c2ab7c",
        ("#2f7a3a", "#5a9a3a", "#2f7a5a"),
        (_GOLD, _SILVER),
        1.1,
        87.3,
    ),
    _Tank(
        ("#010a16", "#041a33", "#082f55", "#2f6a96"),
        "#3f4a58",
        ("#143f42", "#1c3358", "#143f42"),
        (_ANGEL, _VIOLET, _NEON),
        0.55,
        65.4,
    ),
)


def _water(tank: _Tank, rng: np.random.Generator, frames: int, width: int, height: int) -> Floats:
    """Return ``(frames, height, width)`` of light in the water: slanting rays that come and go."""
    x, y = coordinates(width, height)
    px = x * width / height
    slant = px + 0.30 * y
    depth = 0.80 * (1 - y) ** 1.25 + 0.06
    out = np.empty((frames, height, width), np.float32)
    waves = [
        (
            float(rng.uniform(5, 26)),
            float(rng.uniform(0, 6.28)),
            int(rng.choice([-2, -1, 1, 2])),
            float(rng.uniform(0.4, 1)),
        )
        for _ in range(7)
    ]
    for frame in range(frames):
        turn = 2 * np.pi * frame / frames
        beam = sum(a * np.sin(f * slant + p + k * turn) for f, p, k, a in waves) / 2.2
        rays = np.clip(beam, 0, 2) * np.exp(-y * 1.7) * (1 - 0.35 * np.sin(px * 1.7))
        out[frame] = depth + 0.16 * tank.rays * rays
    return np.clip(out, 0, 1)


def _bottom(scene: Scene, tank: _Tank, rng: np.random.Generator, layer: str) -> str:
    """Lay rocks and sand along the bottom of ``layer``."""
    width, height = scene.width, even(scene.height * 0.28)
    x, y = coordinates(width, height)
    aspect = width / height
    grain = noise(rng, width, height, 40, 0.25)
    dunes = ridge(rng, width, 1.2, 2.0)[None, :]
    crest = 0.60 - 0.07 * dunes
    sand, depth = rgb(tank.sand), rgb(tank.water[1])
    under = (y - crest) / 0.4
    ripple = np.sin(np.maximum(0, under) ** 0.6 * 26 + 2.2 * dunes + 5 * x)
    shade = 0.66 + 0.03 * grain + 0.035 * ripple * smooth(0.0, 0.4, under) + 0.16 * smooth(1.0, 0.0, under)
    picture = mix(depth, (sand * shade[..., None]).astype(np.float32), 0.35 + 0.5 * smooth(0.0, 0.9, under))
    alpha = smooth(-0.012, 0.03, y - crest)
    for _ in range(7):
        cx, size = float(rng.uniform(0, 1)), float(rng.uniform(0.16, 0.46))
        cy = 0.74 + 0.1 * float(rng.random())
        dx, dy = (x - cx) * aspect / size, (y - cy) / (size * 0.8)
        outline = 0.09 * ridge(rng, 512, 2.5, 1.1)
        angle = ((np.arctan2(dy, dx) / (2 * np.pi) + 0.5) * 511).astype(int)
        body = smooth(1.0, 0.96, np.hypot(dx, dy) - outline[angle]) * smooth(0.03, -0.03, y - 0.92)
        lit = np.clip(0.55 - 0.5 * dy - 0.2 * dx + 0.06 * grain, 0.05, 1)
        rock = mix(depth * 0.4, (sand + depth) * 0.42, lit)
        picture = mix(picture, rock, body)
        alpha = np.maximum(alpha, body)
    low = scene.height - _edges(scene)[-1]
    return scene.over(layer, scene.sprite(np.clip(picture, 0, 1), alpha), 0, low - height)


def _edges(scene: Scene) -> tuple[int, ...]:
    """Return where the lanes of the fish divide, in lines from the top."""
    return tuple(even(scene.height * share) for share in (0.22, 0.44))


def _plant(scene: Scene, rng: np.random.Generator, layer: str, colour: str, place: float, size: float) -> str:
    """Lay one bunch of leaves swaying; ``place`` and ``size`` in picture heights."""
    width, height = even(size * 0.62 * scene.height), even(size * scene.height)
    image, pen = canvas(width, height)
    w, h = image.size
    tint = rgb(colour)
    for number in range(9):
        foot = w * (0.5 + 0.12 * float(rng.uniform(-1, 1)))
        tall, lean = h * float(rng.uniform(0.55, 0.98)), w * float(rng.uniform(-0.24, 0.24))
        thick = w * float(rng.uniform(0.03, 0.05))
        t = np.linspace(0, 1, 26)
        cx = foot + lean * t**1.6 + w * 0.02 * np.sin(t * 7 + number)
        cy = h - tall * t
        half = thick * np.sqrt(np.clip(1 - t, 0, 1)) * (0.6 + 0.4 * np.sin(t * np.pi)) + 0.5
        shade = tint * float(rng.uniform(0.45, 1.05))
        left = list(zip(cx - half, cy, strict=True))
        right = list(zip(cx + half, cy, strict=True))[::-1]
        pen.polygon(
            [(float(a), float(b)) for a, b in left + right], fill=tuple(round(min(1.0, float(c)) * 255) for c in shade)
        )
    picture, alpha = settle(image)
    frames = 2 * _BEATS
    rows = np.arange(height)
    up = 1 - rows / height
    columns = np.arange(width)
    sheets, covers = [], []
    for turn in periodic(frames):
        shift = np.rint(0.075 * width * up**1.6 * np.sin(turn + 2.2 * up)).astype(int)
        source = columns[None, :] - shift[:, None]
        valid = (source >= 0) & (source < width)
        source = np.clip(source, 0, width - 1)
        sheets.append(picture[rows[:, None], source])
        covers.append(alpha[rows[:, None], source] * valid)
    period = float(rng.uniform(5.5, 8.0))
    after = f"crop={width}:{height}:0:'{height}*mod(floor(t*{frames / period:.4f}),{frames})'"
    sprite = scene.sheet(np.concatenate(sheets), np.concatenate(covers).astype(np.float32), after)
    foot = round(scene.height * 0.95) - _edges(scene)[-1]
    return scene.over(layer, sprite, round(place * scene.height - width / 2), foot - height)


def _fish_sheet(fish: _Fish, length: int, left: bool) -> tuple[Floats, Floats, int, int]:
    """Return the drawings of one tail beat, one below the other, coverage, width and height of one."""
    width, height = even(length * 1.1), even(length * max(0.5, fish.tall) * 1.1)
    columns = max(width, 24)
    x, y = coordinates(columns * 2, round(columns * 2 * height / width))
    ratio = height / width
    sheets, covers = [], []
    for turn in periodic(_BEATS):
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
        fin_colour = mix(rgb(fish.stripe), rgb(fish.back), np.float32(0.45))
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


def _reduced(sheets: list[Floats], covers: list[Floats], width: int, height: int) -> tuple[Floats, Floats, int, int]:
    """Average the drawings down to ``width`` and ``height``."""
    rows = np.linspace(0, covers[0].shape[0], height + 1).astype(int)[:-1]
    columns = np.linspace(0, covers[0].shape[1], width + 1).astype(int)[:-1]

    def down(a: Floats) -> Floats:
        a = np.add.reduceat(np.add.reduceat(a, rows, axis=0), columns, axis=1)
        return a

    small_p, small_c = [], []
    ones = down(np.ones_like(covers[0]))
    for sheet, cover in zip(sheets, covers, strict=True):
        weight = down(cover)
        small_p.append(down(sheet * cover[..., None]) / np.maximum(weight, 1e-3)[..., None])
        small_c.append(weight / ones)
    return np.concatenate(small_p).astype(np.float32), np.concatenate(small_c).astype(np.float32), width, height


def _shoal(rng: np.random.Generator, fish: _Fish, length: int, left: bool) -> tuple[Floats, Floats, int, int]:
    """Return like :func:`_fish_sheet` a whole shoal, each fish at its own point of its tail beat."""
    one, cover, w, h = _fish_sheet(fish, length, left)
    width, height = even(w * 4.6), even(h * 7.5)
    picture = np.empty((_BEATS, height, width, 3), np.float32)
    picture[:] = rgb(fish.body)
    alpha = np.zeros((_BEATS, height, width), np.float32)
    one, cover = one.reshape(_BEATS, h, w, 3), cover.reshape(_BEATS, h, w)
    for number in range(fish.count):
        x = round((width - w) * ((number * 0.618 + 0.1 * float(rng.random())) % 1))
        y = round((height - h) * (number + 0.6 * float(rng.random())) / fish.count)
        beat = (np.arange(_BEATS) + int(rng.integers(0, _BEATS))) % _BEATS
        here = alpha[:, y : y + h, x : x + w]
        better = cover[beat] > here
        np.copyto(picture[:, y : y + h, x : x + w], one[beat], where=better[..., None])
        np.maximum(here, cover[beat], out=here)
    return picture.reshape(-1, width, 3), alpha.reshape(-1, width), width, height


def _swim(
    scene: Scene, rng: np.random.Generator, bands: list[str], fish: _Fish, lanes: tuple[int, ...], *, left: bool
) -> None:
    """Let a kind of fish swim by in one direction, one in each of ``lanes``: numbers of ``bands``, changed in place."""
    shoal = fish.count > 4
    length = even(fish.length * scene.height)
    picture, alpha, width, height = _shoal(rng, fish, length, left) if shoal else _fish_sheet(fish, length, left)
    strip = scene.sheet(picture, alpha)
    # Whole pixels a frame, or the eye sees them stumble.
    step = max(1, round(fish.pace * scene.unit * 30 / scene.fps))
    edges = (0, *_edges(scene), even(scene.height * 0.74))
    for number, (lane, copy) in enumerate(zip(lanes, scene.split(strip, len(lanes)), strict=True)):
        beat = float(rng.uniform(7, 10)) * (1.5 if shoal else 1.0)
        frame = f"mod(floor(t*{beat:.3f}+{rng.uniform(0, 12):.2f}),{_BEATS})"
        cut = scene.filter(f"crop={width}:{height}:0:'{height}*{frame}'", copy)
        span = scene.width + width + int(rng.uniform(0.15, 0.8) * scene.width)
        start = int((number / len(lanes) + float(rng.uniform(0.1, 0.5))) * span)
        x = f"mod(n*{step}+{start},{span})-{width}"
        if left:
            x = f"{scene.width}-mod(n*{step}+{start},{span})"
        room = max(0.0, edges[lane + 1] - edges[lane] - height)
        y = f"{room / 2:.1f}+{room / 2:.2f}*sin(t*{rng.uniform(0.11, 0.3):.3f}+{rng.uniform(0, 6):.2f})"
        bands[lane] = scene.over(bands[lane], cut, x, y)


def _bubbles(scene: Scene, rng: np.random.Generator, layer: str, place: float) -> str:
    """Let bubbles rise in a column for ever."""
    width, height = even(0.09 * scene.height), even(0.62 * scene.height)
    cover = np.zeros((height, width), np.float32)
    yy, xx = np.mgrid[0:height, 0:width].astype(np.float32)
    for _ in range(9):
        r = float(rng.uniform(0.004, 0.013)) * scene.height
        cx, cy = float(rng.uniform(0.2, 0.8)) * width, float(rng.uniform(0, 1)) * height
        dy = (yy - cy + height / 2) % height - height / 2
        d = np.hypot(xx - cx, dy)
        rim = np.exp(-(((d - r) / max(0.8, r * 0.22)) ** 2))
        shine = np.exp(-((xx - cx + r * 0.35) ** 2 + (dy + r * 0.35) ** 2) / (0.3 * r + 0.3) ** 2)
        cover = np.maximum(cover, 0.55 * rim + 0.8 * shine + 0.10 * (d < r))
    cover = np.clip(cover, 0, 0.8)
    tall = np.concatenate([cover, cover])
    picture = np.broadcast_to(rgb("#e6fbff"), (*tall.shape, 3))
    step = max(1, round(2 * scene.unit * 30 / scene.fps))
    column = scene.sheet(picture, tall, f"crop={width}:{height}:0:'mod(n*{step},{height})'")
    return scene.over(layer, column, round(place * scene.height), round(scene.height * 0.2))


def _sound(tank: _Tank, rng: np.random.Generator) -> tone.Sound:
    """Return water, bubbles and a low bell-like chord."""
    length = tone.seconds(_SOUND)
    sides = []
    for side in (0.0, 0.4):
        water = np.tile(tone.coloured(rng, length // 4, 60, 900, 1.0), 4)
        hum = sum(
            tone.drone(length, tank.root * ratio + side) * (0.25 + 0.75 * tone.lfo(length, turns, side)) * gain
            for ratio, turns, gain in ((1, 1, 0.05), (1.5, 2, 0.03), (2.5, 3, 0.016))
        )
        sides.append((water * (0.7 + 0.3 * tone.lfo(length, 3, side)) * 0.016 + hum).astype(np.float32))
    track = tone.stereo(*sides)
    for _ in range(26):
        size = float(rng.uniform(0.04, 0.11))
        t = np.arange(tone.seconds(size), dtype=np.float32) / tone.SAMPLE_RATE
        hertz = float(rng.uniform(320, 900))
        # A bubble's tone rises as it nears the surface.
        blip = (
            np.sin(2 * np.pi * hertz * (t + 3.2 * t * t)) * np.minimum(1, t / 0.006) * np.clip(1 - t / size, 0, 1) ** 2
        )
        at = int(rng.integers(0, length))
        tone.place(track, at, blip.astype(np.float32), float(rng.uniform(0.006, 0.022)), float(rng.uniform(-0.7, 0.7)))
    return track


def _make(part: int, house: HouseFormat, folder: Path) -> GraphInput:
    tank = _TANKS[part - 1]
    rng = np.random.default_rng([40, part])
    scene = Scene(house, folder)
    small = 54
    width = even(small * house.width / house.height)
    rate = scene.rate(hold=2)
    light = _water(tank, rng, int(_LIGHT_LOOP * rate), width, small)
    colours = gradient((0, tank.water[0]), (0.3, tank.water[1]), (0.65, tank.water[2]), (1, tank.water[3]))
    data = ramp((light * 255).astype(np.uint8), colours)
    after = f"scale={house.width}:{house.height}:flags=bilinear"
    bands = scene.bands(scene.loop(data, width, small, rate, after=after), *_edges(scene))
    first, second, *others = tank.fish
    lanes = ((1, 2), (0, 2), (1,))
    for kind, where in zip((second, *others), lanes[1:], strict=False):
        _swim(scene, rng, bands, kind, where[: kind.count], left=True)
    low = bands[-1]
    side = even(house.width * 0.24)
    parts = scene.columns(low, side, house.width - side)
    across = side / house.height
    parts[0] = _plant(scene, rng, parts[0], tank.plants[0], 0.42 * across, 0.46)
    parts[2] = _plant(scene, rng, parts[2], tank.plants[1], 0.55 * across, 0.52)
    bands[-1] = _bottom(scene, tank, rng, scene.beside(parts))
    _swim(scene, rng, bands, first, lanes[0], left=False)
    parts = scene.columns(bands[-1], side * 2, house.width - side)
    parts[0] = _plant(scene, rng, parts[0], tank.plants[2], 1.35 * across, 0.26)
    bands[-1] = scene.beside(parts)
    tank_wide = scene.columns(scene.below(bands), house.width - side * 2, house.width - even(side * 1.6))
    tank_wide[1] = _bubbles(scene, rng, tank_wide[1], 0.02)
    scene.sound(_sound(tank, rng))
    return scene.finish(scene.beside(tank_wide))


AQUARIUM: Final = Generator(
    "aquarium",
    "Aquarium",
    "Fish with nowhere to be.",
    (
        Part("The reef", "Clownfish, a surgeonfish or two, and a shoal that goes the other way.", 6),
        Part("The river", "Angelfish between green stems.", 6),
        Part("Open water", "Silver in the blue.", 5),
        Part("Dusk", "Violet water, late light.", 5),
        Part("The garden pond", "Goldfish, in no hurry at all.", 6),
        Part("The deep", "Where little light comes down.", 5),
    ),
    _make,
)
