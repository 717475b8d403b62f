"""Aquarium: fish that swim past at their own pace, swaying plants, bubbles, light from above.

Water and light are one small loop scaled up; sand and plants stand in front of it; every fish is a strip of drawings
of one tail beat, cropped to the right one and laid where its path says.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from tvd.media.demo import sound as tone
from tvd.media.demo.fish import ANGEL, BEATS, CLOWN, GOLD, NEON, SILVER, TANG, VIOLET, Fish, draw_shoal, fish_sheet
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
from tvd.media.house import SAMPLE_RATE, HouseFormat

_LIGHT_LOOP: Final = 16
_SOUND: Final = 20.0


@dataclass(frozen=True, slots=True)
class _Tank:
    """One part: colours of the water from deep to light, sand, plants, its fish."""

    water: tuple[str, str, str, str]
    sand: str
    plants: tuple[str, ...]
    fish: tuple[Fish, ...]
    rays: float = 1.0
    root: float = 82.4


_TANKS: Final = (
    _Tank(
        ("#04222f", "#0a4a63", "#15809a", "#7fdcd8"),
        "#b79f78",
        ("#1e6b3a", "#2f8a4a", "#7a2f46"),
        (CLOWN, TANG, NEON),
    ),
    _Tank(
        ("#0c1f16", "#17452f", "#2c7650", "#b7dc94"),
        "#8d7850",
        ("#2a6b2a", "#4f8f36", "#3a7a3f"),
        (ANGEL, NEON),
        root=77.8,
    ),
    _Tank(
        ("#02101f", "#06294a", "#0d4c7d", "#5aa9d6"),
        "#77808c",
        ("#205a52", "#33507e", "#205a52"),
        (SILVER, TANG),
        0.8,
        73.4,
    ),
    _Tank(
        ("#10122e", "#25205a", "#46388a", "#c08fd8"),
        "#8a6f86",
        ("#3a3f8a", "#6a3f8a", "#2f6a6a"),
        (VIOLET, NEON),
        0.7,
        69.3,
    ),
    _Tank(
        ("#052a2a", "#0d5450", "#1f8c78", "#c8efb0"),
        "#c2ab7c",
        ("#2f7a3a", "#5a9a3a", "#2f7a5a"),
        (GOLD, SILVER),
        1.1,
        87.3,
    ),
    _Tank(
        ("#010a16", "#041a33", "#082f55", "#2f6a96"),
        "#3f4a58",
        ("#143f42", "#1c3358", "#143f42"),
        (ANGEL, VIOLET, NEON),
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
        rays = np.clip(beam, 0, 2) * np.exp(-y * 1.7) * smooth(0.72, 0.3, y) * (1 - 0.35 * np.sin(px * 1.7))
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
    frames = 2 * BEATS
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


def _swim(
    scene: Scene, rng: np.random.Generator, bands: list[str], fish: Fish, lanes: tuple[int, ...], *, left: bool
) -> None:
    """Let a kind of fish swim by in one direction, one in each of ``lanes``: numbers of ``bands``, changed in place."""
    shoal = fish.count > 4
    length = even(fish.length * scene.height)
    picture, alpha, width, height = draw_shoal(rng, fish, length, left) if shoal else fish_sheet(fish, length, left)
    strip = scene.sheet(picture, alpha)
    # Whole pixels a frame, or the eye sees them stumble.
    step = max(1, round(fish.pace * scene.unit * 30 / scene.fps))
    edges = (0, *_edges(scene), even(scene.height * 0.74))
    for number, (lane, copy) in enumerate(zip(lanes, scene.split(strip, len(lanes)), strict=True)):
        beat = float(rng.uniform(7, 10)) * (1.5 if shoal else 1.0)
        frame = f"mod(floor(t*{beat:.3f}+{rng.uniform(0, 12):.2f}),{BEATS})"
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
        t = np.arange(tone.seconds(size), dtype=np.float32) / SAMPLE_RATE
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
    rate = scene.rate(hold=3)
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
