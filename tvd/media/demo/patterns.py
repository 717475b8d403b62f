"""Patterns: mathematics that moves slowly, with music that composes itself.

Most are drawn small as one seamless loop of brightness, seen through a table of colours and scaled up; what must be
sharp is laid over in full size.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from tvd.media.demo import sound as tone
from tvd.media.demo.programme import Generator, GraphInput, Part
from tvd.media.demo.raster import Floats, canvas, coordinates, even, gradient, noise, periodic, ramp, settle
from tvd.media.demo.scene import Scene
from tvd.media.house import HouseFormat

_LOOP: Final = 12

Stops = tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One part: what draws it, its colours, the mood of its music (root in hertz, seconds between notes)."""

    draw: Callable[[Scene, "_Pattern", np.random.Generator], str]
    stops: Stops
    root: float
    pace: float


def _upscaled(scene: Scene, field: Floats, stops: Stops, hold: int) -> str:
    """Add a loop of ``(frames, height, width)``, 0 to 1, filling the picture."""
    data = ramp((np.clip(field, 0, 1) * 255).astype(np.uint8), gradient(*stops))
    height, width = field.shape[1:]
    after = f"scale={scene.width}:{scene.height}:flags=bicubic:param0=0.33:param1=0.33"
    return scene.loop(data, width, height, scene.rate(hold), after=after)


def _small(scene: Scene, height: int, seconds: int, hold: int) -> tuple[int, int, int]:
    """Return width, height and number of frames of a loop."""
    return even(height * scene.width / scene.height), height, int(seconds * scene.rate(hold))


def _lissajous(scene: Scene, pattern: _Pattern, rng: np.random.Generator) -> str:
    """Draw glowing threads through x = sin(at), y = sin(bt) whose phase turns slowly."""
    del rng
    width, height, frames = _small(scene, 144, 18, 2)
    t = np.linspace(0, 2 * np.pi, 2100, dtype=np.float32)
    out = np.empty((frames, height, width), np.float32)
    for k, phase in enumerate(periodic(frames)):
        places, weights = [], []
        for a, b, offset, gain in ((3, 2, 0.0, 1.2), (5, 4, 0.7, 0.75)):
            x = width / 2 + height * 0.62 * np.sin(a * t + phase + offset)
            y = height / 2 + height * 0.40 * np.sin(b * t + offset)
            ix, iy = np.clip(x.astype(int), 0, width - 2), np.clip(y.astype(int), 0, height - 2)
            fx, fy = x - ix, y - iy
            for dy, wy in ((0, 1 - fy), (1, fy)):
                for dx, wx in ((0, 1 - fx), (1, fx)):
                    places.append((iy + dy) * width + ix + dx)
                    weights.append(wx * wy * gain)
        field = np.bincount(np.concatenate(places), np.concatenate(weights), minlength=width * height)
        line = np.tanh(field.astype(np.float32) * 0.8).reshape(height, width)
        glow = line
        for axis in (0, 1):
            for reach in (2, 4):
                glow = (glow + np.roll(glow, reach, axis) + np.roll(glow, -reach, axis)) / 3
        out[k] = 0.62 * line + 0.9 * glow
    return _upscaled(scene, out, pattern.stops, 2)


def _plasma(scene: Scene, pattern: _Pattern, rng: np.random.Generator) -> str:
    """Draw slow weather of sines."""
    width, height, frames = _small(scene, 54, 24, 3)
    x, y = coordinates(width, height)
    px = x * width / height
    waves = [
        (*(float(v) for v in rng.uniform(-4.2, 4.2, 2)), float(rng.uniform(0, 6.28)), int(rng.choice([-2, -1, 1, 2])))
        for _ in range(6)
    ]
    out = np.empty((frames, height, width), np.float32)
    for k, turn in enumerate(periodic(frames)):
        total = sum(np.sin(a * px + b * y + p + n * turn) for a, b, p, n in waves)
        out[k] = 0.5 + 0.5 * np.sin(total * 0.9)
    return _upscaled(scene, out, pattern.stops, 3)


def _truchet(scene: Scene, pattern: _Pattern, rng: np.random.Generator) -> str:
    """Draw arcs in tiles, dark lead on slowly changing glass."""
    layer = _plasma(scene, pattern, rng)
    image, pen = canvas(scene.width, scene.height)
    cell = 2 * scene.height / 9
    thick = max(2, round(cell * 0.085))
    for row in range(-1, 10):
        for column in range(-1, int(2 * scene.width / cell) + 2):
            x, y = column * cell, row * cell
            if rng.random() < 0.5:
                arcs = ((x, y, 0), (x + cell, y + cell, 180))
            else:
                arcs = ((x + cell, y, 90), (x, y + cell, 270))
            for cx, cy, start in arcs:
                for radius in (cell / 2,):
                    box = (
                        cx - radius - thick / 2,
                        cy - radius - thick / 2,
                        cx + radius + thick / 2,
                        cy + radius + thick / 2,
                    )
                    pen.arc(box, start, start + 90, fill="#0b0d14", width=thick)
    picture, alpha = settle(image)
    return scene.over(layer, scene.sprite(picture, alpha), 0, 0)


def _life(scene: Scene, pattern: _Pattern, rng: np.random.Generator) -> str:
    """Play Conway's game, its cells fading slowly behind it."""
    height = 54
    width = even(height * scene.width / scene.height)
    bright, dark, trail = pattern.stops[-1][1], pattern.stops[0][1], pattern.stops[1][1]
    seed = int(rng.integers(1, 2**30))
    size = f"{scene.width}:{scene.height}:flags=bicubic:param0=1:param1=0"
    return scene.source(
        f"life=size={width}x{height}:rate=6:seed={seed}:random_fill_ratio=0.18:stitch=1:mold=9"
        f":life_color={bright}:death_color={trail}:mold_color={dark},format=gbrp,fps={scene.rate(2)},"
        f"tmix=frames={int(scene.rate(2)) // 3},scale={size}:out_color_matrix=bt709:out_range=tv,"
        f"format=yuv420p,fps={scene.fps}"
    )


def _julia(scene: Scene, pattern: _Pattern, rng: np.random.Generator) -> str:
    """Draw Julia sets of a parameter that walks to and fro."""
    del rng
    width, height, frames = _small(scene, 120, 16, 8)
    x, y = coordinates(width, height)
    z0 = ((x - 0.5) * 3.0 * width / height / 1.25 + 1j * (y - 0.5) * 2.4).astype(np.complex64)
    out = np.empty((frames, height, width), np.float32)
    for k, turn in enumerate(periodic(frames)):
        c = np.complex64(0.7885 * np.exp(1j * (2.35 + 0.25 * np.sin(turn))))
        z = z0.copy()
        light = np.zeros(z.shape, np.float32)
        for _ in range(18):
            z *= z
            z += c
            size = np.minimum(z.real * z.real + z.imag * z.imag, 40)
            light += 1 / (1 + size * size)
            z[size >= 40] = 6
        out[k] = (light / 14) ** 0.8
    smooth_steps = 4
    following = np.roll(out, -1, axis=0)
    between = [out + (following - out) * (k / smooth_steps) for k in range(smooth_steps)]
    return _upscaled(scene, np.stack(between, axis=1).reshape(-1, height, width), pattern.stops, 2)


def _dunes(scene: Scene, pattern: _Pattern, rng: np.random.Generator) -> str:
    """Draw contour lines of hills that never stand still."""
    width, height, frames = _small(scene, 108, 24, 2)
    fields = [noise(rng, width, height, 2.6, 0.6) for _ in range(3)]
    out = np.empty((frames, height, width), np.float32)
    for k, turn in enumerate(periodic(frames)):
        total = sum(field * np.cos(turn + 2 * np.pi * i / 3) for i, field in enumerate(fields))
        level = (total * 1.5) % 1
        out[k] = 0.18 + 0.10 * total + 0.72 * np.exp(-(((level - 0.5) / 0.13) ** 2))
    return _upscaled(scene, out, pattern.stops, 2)


_PATTERNS: Final = (
    _Pattern(_lissajous, ((0, "#070a14"), (0.25, "#1b2a5c"), (0.6, "#4fb6c8"), (1, "#fdf3d0")), 110.0, 0.75),
    _Pattern(_plasma, ((0, "#1a1033"), (0.35, "#5a2a6a"), (0.7, "#d0655a"), (1, "#ffd08a")), 98.0, 1.0),
    _Pattern(_truchet, ((0, "#0e2a40"), (0.4, "#1f7a7a"), (0.7, "#e0a94a"), (1, "#f4e3b0")), 130.81, 0.5),
    _Pattern(_life, ((0, "#0a0f1c"), (0.5, "#205a6a"), (1, "#ffe2a0")), 123.47, 0.5),
    _Pattern(
        _julia,
        (
            (0, "#06070f"),
            (0.35, "#2a2060"),
            (0.6, "#b0487a"),
            (0.8, "#ffb070"),
            (0.9, "#fff4d8"),
            (0.97, "#6a3a78"),
            (1, "#1c1440"),
        ),
        87.31,
        1.5,
    ),
    _Pattern(_dunes, ((0, "#0b1418"), (0.3, "#16343a"), (0.6, "#3f8a72"), (1, "#e8f0c0")), 103.83, 1.0),
)


def _music(pattern: _Pattern, rng: np.random.Generator) -> tone.Sound:
    """Return notes that wander over five tones, an echo, and a chord below."""
    steps = 32
    length = tone.seconds(pattern.pace * steps * (2 if pattern.pace < 0.8 else 1))
    steps = round(length / tone.seconds(pattern.pace))
    track = np.zeros((length, 2), np.float32)
    place = 7
    for step in range(steps):
        if step % 4 and rng.random() < 0.42:
            continue
        place = int(np.clip(place + rng.choice([-2, -1, -1, 1, 1, 2, 3]), 3, 15))
        hold = pattern.pace * float(rng.choice([3, 4, 6]))
        voice = tone.note(tone.pitch(pattern.root, place), hold, 0.02, float(rng.uniform(0.15, 0.7)))
        tone.place(
            track,
            tone.seconds(step * pattern.pace),
            voice,
            float(rng.uniform(0.05, 0.085)),
            float(rng.uniform(-0.7, 0.7)),
        )
    tone.echo(track, pattern.pace * 1.5, 0.42, 3)
    sides = []
    for side in (0.0, 0.5):
        chord = sum(
            tone.drone(length, pattern.root * ratio / 2 + side * 0.3, (1.0, 0.3))
            * tone.lfo(length, turns, side)
            * 0.028
            for ratio, turns in ((1, 2), (1.5, 3), (2, 5))
        )
        sides.append(np.asarray(chord, np.float32))
    return track + tone.stereo(*sides)


def _make(part: int, house: HouseFormat, folder: Path) -> GraphInput:
    pattern = _PATTERNS[part - 1]
    rng = np.random.default_rng([50, part])
    scene = Scene(house, folder)
    layer = pattern.draw(scene, pattern, rng)
    scene.sound(_music(pattern, rng))
    return scene.finish(layer)


PATTERNS: Final = Generator(
    "patterns",
    (
        Part("Lissajous", "Two threads of light, each the meeting of two swings.", 5),
        Part("Plasma", "Slow weather made of six waves.", 5),
        Part("Stained glass", "Truchet tiles: quarter circles that happen to meet.", 5),
        Part("Life", "Conway's game, left to itself.", 4),
        Part("Julia", "One number walks along a line, a whole plane follows.", 5),
        Part("Contours", "The map of a country that never stands still.", 5),
    ),
    _make,
)
