"""Fireplace: flames of scrolling noise, drawn small and scaled up, on a hearth drawn once in full size.

Every term of the flames goes a whole number of times round its own period, so the loop has no seam.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from tvd.media.demo import sound as tone
from tvd.media.demo.programme import Generator, GraphInput, Part
from tvd.media.demo.raster import Floats, coordinates, even, gradient, mix, noise, ramp, rgb, smooth, splat
from tvd.media.demo.scene import Scene
from tvd.media.house import HouseFormat

_COLUMNS, _ROWS = 160, 100
_LOOP: Final = 8
_SOUND: Final = 24.0


@dataclass(frozen=True, slots=True)
class _Fire:
    """One part: how high and lively it burns, the colours, how often it crackles (a second)."""

    height: float
    speed: int
    colours: tuple[tuple[float, str], ...]
    stone: str
    crackles: float
    embers: int = 3


_WARM: Final = (
    (0.0, "#3a0a02"),
    (0.25, "#a02405"),
    (0.5, "#f0660d"),
    (0.72, "#ffae2e"),
    (0.9, "#ffe07a"),
    (1.0, "#fff4c8"),
)
_DEEP: Final = ((0.0, "#2a0502"), (0.3, "#7a1404"), (0.55, "#d04208"), (0.8, "#ff8a20"), (1.0, "#ffd070"))
_GOLD: Final = ((0.0, "#3a1402"), (0.25, "#a84a06"), (0.5, "#f4900f"), (0.75, "#ffc84a"), (1.0, "#fff6cf"))
_DRIFTWOOD: Final = (
    (0.0, "#06102a"),
    (0.2, "#153a78"),
    (0.42, "#3f7f8c"),
    (0.6, "#f0863a"),
    (0.82, "#ffc05a"),
    (1.0, "#fff0c0"),
)

_FIRES: Final = (
    _Fire(0.80, 4, _WARM, "#6b5646", 3.0),
    _Fire(0.52, 3, _DEEP, "#5d4a44", 1.6, 2),
    _Fire(0.92, 5, _GOLD, "#6d5f50", 4.5, 4),
    _Fire(0.70, 4, _DRIFTWOOD, "#4e5258", 2.4),
    _Fire(0.40, 2, _DEEP, "#54423c", 1.0, 2),
    _Fire(0.75, 4, _WARM, "#735846", 3.4, 4),
)


def _flames(fire: _Fire, rng: np.random.Generator, frames: int) -> Floats:
    """Return ``(frames, rows, columns)`` of heat, 0 to 1."""
    # Twice as fine as drawn, so that it can rise and sway by half steps; tall and narrow, as flames are.
    tall, wide = _ROWS * 4, _COLUMNS * 2
    fine = noise(rng, wide // 2, tall, 52, 0.3, 3.0).repeat(2, axis=1)
    broad = noise(rng, wide // 2, tall, 24, 0.2, 4.5).repeat(2, axis=1)
    sway = noise(rng, wide // 2, tall, 14, 0.3, 1.6).repeat(2, axis=1)
    x, y = coordinates(_COLUMNS, _ROWS)
    up = (1 - y) / 0.92
    rows, columns = np.arange(_ROWS) * 2, np.arange(_COLUMNS) * 2
    reach = fire.height * np.clip(1.06 - (np.abs(x - 0.5) / 0.43) ** 2.4, 0.02, 1)
    rise = up / reach
    body = 1.0 - rise * 0.98 - smooth(0.32, 0.47, np.abs(x - 0.5)) * 0.8
    lively = 0.12 + 0.30 * np.clip(rise, 0, 1.1)
    heat = np.empty((frames, _ROWS, _COLUMNS), np.float32)
    for frame in range(frames):
        climb = frame / frames * tall
        slow = (rows + round(climb * fire.speed)) % tall
        fast = (rows + round(climb * (fire.speed + 2))) % tall
        lean = (rows + round(climb * max(1, fire.speed - 1))) % tall
        bend = (sway[lean[:, None], columns[None, :]] * (1.5 + 9 * up)).astype(np.int32)
        source = (columns[None, :] + bend) % wide
        tongues = broad[slow[:, None], source] * 0.75 + fine[fast[:, None], source] * 0.5
        heat[frame] = body + tongues * lively
    # The lowest rows hide behind the logs; every side fades, so that no edge shows.
    heat *= smooth(0, 0.08, y) * smooth(0.0, 0.05, x) * smooth(0.0, 0.05, 1 - x) * (1 - 0.5 * smooth(0.9, 1.0, y))
    return np.clip(heat, 0, 1)


def _room(scene: Scene, fire: _Fire, rng: np.random.Generator) -> Floats:
    """Return the hearth: stones around a dark opening, warm from within."""
    width, height = scene.width, scene.height
    x, y = coordinates(width, height)
    aspect = width / height
    px, py = (x - 0.5) * aspect, y
    stone = rgb(fire.stone)
    rough = noise(rng, width, height, 110, 0.35)
    # Stones in courses, every other one shifted by half a stone.
    course = 0.115
    row = np.floor(py / course)
    offset = (row % 2) * 0.12 + np.sin(row * 12.9898) * 0.03
    cell = np.floor((px + offset + 10) / 0.24)
    fx = np.abs((px + offset + 10) / 0.24 - cell - 0.5) * 2
    fy = np.abs(py / course - row - 0.5) * 2
    joint = np.maximum(
        smooth(0.93, 0.985, fx + 0.01 * rough), smooth(0.86, 0.97, np.broadcast_to(fy, rough.shape) + 0.015 * rough)
    )
    tone_ = np.sin(cell * 78.233 + row * 37.719) * 0.5 + np.sin(cell * 12.1 + row * 5.3) * 0.5
    shade = 0.62 + 0.16 * tone_ + 0.07 * rough - 0.18 * (fy**2) * 0.6
    wall = stone * (shade * (1 - 0.62 * joint))[..., None]
    # The opening, an arch.
    half, top, bottom = 0.56, 0.20, 0.86
    arch = top + 0.10 * (px / half) ** 2
    inside = (
        smooth(half + 0.006, half - 0.006, np.abs(px))
        * smooth(0, 0.012, py - arch)
        * smooth(0.006, -0.006, py - bottom)
    )
    back = mix(rgb("#24120b"), rgb("#7a3216"), np.exp(-((px / 0.36) ** 2) - ((py - 0.75) / 0.26) ** 2))
    back *= (0.8 + 0.14 * np.roll(rough, width // 3, axis=1) - 0.25 * joint)[..., None]
    light = 0.26 + 1.25 * np.exp(-((px / 0.75) ** 2) - (np.maximum(0, 0.62 - py) / 0.5) ** 2) * (
        0.45 + 0.55 * smooth(1.0, 0.4, np.abs(px))
    )
    warm = mix(rgb("#5a6078"), rgb("#ffb070"), np.clip(light, 0, 1))
    picture = wall * warm * np.clip(light, 0.2, 1.25)[..., None]
    picture = mix(picture.astype(np.float32), back.astype(np.float32), inside)
    # The hearth stone in front reflects.
    floor = smooth(-0.004, 0.004, py - bottom)
    sheen = np.exp(-((px / 0.5) ** 2) - ((py - bottom) / 0.10) ** 2) * (0.8 + 0.12 * rough)
    slab = mix(rgb("#14100e"), rgb("#9a5426"), np.clip(sheen * 0.9, 0, 1))
    picture = mix(picture, slab, np.broadcast_to(floor, sheen.shape))
    return np.clip(picture, 0, 1)


def _log(length: int, thick: int, rng: np.random.Generator, glow: float) -> tuple[Floats, Floats]:
    """Return a log lying level, ember-edged, with its coverage."""
    x, y = coordinates(length, thick)
    bark = noise(rng, length, thick, 9, 0.5)
    bark = 0.6 * bark + 0.4 * noise(rng, length, thick, 3, 0.2)
    edge = np.abs(y - 0.5) * 2 + 0.05 * bark
    ends = np.maximum(smooth(0.02, 0.0, x), smooth(0.98, 1.0, x))
    alpha = smooth(1.0, 0.93, edge) * (1 - ends)
    round_ = np.sqrt(np.clip(1 - ((y - 0.5) * 2) ** 2, 0, 1))
    wood = mix(rgb("#0d0705"), rgb("#3d2314"), np.clip(0.25 + 0.6 * round_ * (1 - y) + 0.14 * bark, 0, 1))
    crack = smooth(0.55, 1.3, -bark) * smooth(0.2, 0.75, np.broadcast_to(y, bark.shape) + 0.1 * bark)
    ember = mix(rgb("#8a1c04"), rgb("#ff9a35"), np.clip(crack * 0.8, 0, 1))
    return mix(wood, ember, np.clip(crack * glow, 0, 1)), alpha.astype(np.float32)


def _logs(scene: Scene, rng: np.random.Generator, layer: str, place: tuple[float, float, float, float]) -> str:
    """Lay one log; ``place``: middle x and y, length, thickness in picture heights; x from the middle of ``layer``."""
    cx, cy, long, thick = place
    w, h = even(long * scene.height), even(thick * scene.height)
    picture, alpha = _log(w, h, rng, 0.9)
    x = round(_inner(scene) / 2 + cx * scene.height - w / 2)
    return scene.over(layer, scene.sprite(picture, alpha), x, round(cy * scene.height - h / 2))


def _inner(scene: Scene) -> int:
    """Return the width of the middle part, the only one where anything moves."""
    return min(scene.width - 4, even(1.04 * scene.height))


def _sparks(scene: Scene, rng: np.random.Generator, layer: str, period: float) -> str:
    """Let a few sparks rise every ``period`` seconds."""
    side = even(120 * scene.unit)
    alpha = np.zeros((side, side), np.float32)
    count = 4
    spots = rng.random((2, count)).astype(np.float32) * side * 0.9 + side * 0.05
    splat(
        alpha,
        spots[0],
        spots[1],
        rng.uniform(0.5, 1.0, count).astype(np.float32),
        np.full(count, max(0.7, 1.3 * scene.unit), np.float32),
    )
    fade = np.clip(1 - np.arange(10) / 10, 0, 1)
    sheet = np.concatenate([np.clip(alpha * f, 0, 1) for f in fade]).astype(np.float32)
    picture = np.broadcast_to(rgb("#ffb45a"), (*sheet.shape, 3))
    life = 2.2
    age = f"(mod(t+{rng.uniform(0, period):.3f},{period})/{life})"
    crop = f"crop={side}:{side}:0:'{side}*clip(floor({age}*10),0,9)'"
    drift = f"{scene.unit * 26:.2f}*sin({age}*4+{rng.uniform(0, 6):.2f})"
    x = f"{_inner(scene) / 2 - side / 2 + rng.uniform(-0.2, 0.2) * scene.height:.1f}+{drift}"
    y = f"{0.56 * scene.height:.1f}-{0.34 * scene.height:.1f}*{age}"
    return scene.over(layer, scene.sheet(picture, sheet, crop), x, y, f":enable='lt({age},1)'")


def _sound(fire: _Fire, rng: np.random.Generator) -> tone.Sound:
    """Return the breath of the fire, and its crackle."""
    length = tone.seconds(_SOUND)
    sides = []
    for side in (0.0, 0.3):
        brown = np.tile(tone.coloured(rng, length // 3, 30, 420, 1.0), 3)
        sides.append(
            brown * (0.75 + 0.25 * tone.lfo(length, 5, side)) * (0.8 + 0.2 * tone.lfo(length, 11, side)) * 0.03
        )
    track = tone.stereo(*sides)
    grains = []
    for _ in range(14):
        size = tone.seconds(float(rng.uniform(0.003, 0.03)))
        grain = rng.standard_normal(size).astype(np.float32)
        # Some pop deeper than others.
        width = int(rng.integers(1, 9))
        grain = np.convolve(grain, np.ones(width, np.float32) / width**0.5, "same")
        t = np.arange(size, dtype=np.float32) / size
        grains.append((grain * np.minimum(1, t * 12) * np.exp(-t * 6) * (1 - t)).astype(np.float32))
    for _ in range(round(fire.crackles * _SOUND)):
        at = int(rng.integers(0, length))
        for _ in range(1 + int(rng.geometric(0.55))):
            gain = float(np.clip(rng.lognormal(-3.6, 0.7), 0.005, 0.11))
            tone.place(track, at, grains[int(rng.integers(0, len(grains)))], gain, float(rng.uniform(-0.6, 0.6)))
            at += tone.seconds(float(rng.exponential(0.06)))
    return track


def _make(part: int, house: HouseFormat, folder: Path) -> GraphInput:
    fire = _FIRES[part - 1]
    rng = np.random.default_rng([30, part])
    scene = Scene(house, folder)
    inner, height = _inner(scene), house.height
    left = even((house.width - inner) / 2)
    sides = scene.columns(scene.still(_room(scene, fire, rng)), left, left + inner)
    layer = sides[1]
    for place in ((-0.04, 0.775, 0.74, 0.085), (0.10, 0.72, 0.56, 0.075)):
        layer = _logs(scene, rng, layer, place)
    rate = scene.rate(hold=1)
    heat = (_flames(fire, rng, int(_LOOP * rate)) * 255).astype(np.uint8)
    alpha = np.clip(np.linspace(-0.08, 2.1, 256), 0, 0.96).astype(np.float32) ** 1.3
    w, h = even(0.94 * height), even(0.62 * height)
    w = min(w, inner)
    data = ramp(heat, gradient(*fire.colours), alpha)
    flames = scene.loop(data, _COLUMNS, _ROWS, rate, alpha=True, after=f"scale={w}:{h}:flags=bicubic:param0=1:param1=0")
    layer = scene.over(layer, flames, round((inner - w) / 2), round(0.82 * height - h))
    layer = _logs(scene, rng, layer, (-0.12, 0.83, 0.42, 0.06))
    layer = _logs(scene, rng, layer, (0.2, 0.835, 0.36, 0.055))
    for number in range(fire.embers):
        layer = _sparks(scene, rng, layer, (5.3, 7.9, 11.3, 3.7)[number])
    layer = scene.beside([sides[0], layer, sides[2]])
    scene.sound(_sound(fire, rng))
    return scene.finish(layer)


FIREPLACE: Final = Generator(
    "fireplace",
    (
        Part("Evening", "Three logs and all the time in the world.", 8),
        Part("After midnight", "It burns lower now, and so does everybody else.", 8),
        Part("Birch", "Bright flames and a good deal of crackling.", 6),
        Part("Driftwood", "Salt in the wood turns the tips of the flames blue.", 6),
        Part("Embers", "What is left of a long evening.", 8),
        Part("Oak", "Slow wood, steady flames.", 6),
    ),
    _make,
)
