"""Night sky: real constellations drifting over a dark horizon, stars that twinkle, now and then a meteor.

The sky is drawn once, wider than the picture and eight times a quarter of a pixel apart; cropping it further along
moves it smoothly at no cost. Stars twinkle because a pattern wanders over the picture that caps how bright a pixel
may be, which only the bright stars notice.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from tvd.media.demo import sound as tone
from tvd.media.demo.programme import Generator, GraphInput, Part
from tvd.media.demo.raster import (
    Floats,
    brightness,
    canvas,
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
from tvd.media.demo.stars import figure
from tvd.media.house import HouseFormat

_PHASES: Final = 8
_LOOP: Final = 24.0


@dataclass(frozen=True, slots=True)
class _Sky:
    """One part: which figure, where the Milky Way lies, the colours of air and horizon, how often a meteor falls."""

    figure: str
    centre: tuple[float, float]
    across: float
    way: tuple[float, float, float]
    """Milky Way: middle (picture heights from the middle), slope, strength."""
    air: tuple[str, str, str]
    """Colours at the top, in the middle, at the horizon."""
    meteors: tuple[int, ...] = (41, 67)
    """Seconds between meteors of each path."""
    drift: float = 1.2
    """Lines of a 720-line picture the sky moves in a second."""
    cabin: bool = False
    root: float = 55.0


_SKIES: Final = (
    _Sky("summer", (19.75, 27), 62, (0.02, -1.15, 1.0), ("#060a1a", "#0b1530", "#1d3350"), cabin=True),
    _Sky("orion", (5.55, 1), 58, (-0.1, 0.9, 0.45), ("#04060f", "#0a1228", "#22304a"), root=49.0),
    _Sky("bear", (11.6, 52), 60, (0.7, -0.3, 0.25), ("#050916", "#0a1a2e", "#1c4046"), root=58.27, cabin=True),
    _Sky(
        "cassiopeia",
        (1.4, 54),
        62,
        (0.0, -0.5, 0.8),
        ("#070718", "#120f30", "#33244e"),
        meteors=(13, 17, 29),
        root=51.9,
    ),
    _Sky("scorpius", (17.4, -29), 50, (-0.05, -1.5, 1.15), ("#05060f", "#0d1126", "#3a2433"), root=46.25),
    _Sky("cross", (12.9, -60), 46, (0.0, 0.35, 1.1), ("#030812", "#08182a", "#12383f"), root=61.74),
)


def _air(sky: _Sky, rng: np.random.Generator, width: int, height: int) -> Floats:
    """Return the sky without its single stars."""
    x, y = coordinates(width, height)
    top, middle, low = (rgb(colour) for colour in sky.air)
    y = np.broadcast_to(y, (height, width))
    picture = mix(top, middle, smooth(0.0, 0.6, y))
    picture = mix(picture, low, smooth(0.45, 1.0, y) ** 1.5)
    aspect = width / height
    place, slope, strength = sky.way
    across = ((y - 0.45 - place) - slope * (x - 0.5) * aspect * 0.6) / np.hypot(1, slope)
    cloud = noise(rng, width, height, 24, 1.3)
    fine = noise(rng, width, height, 90, 0.9)
    band = np.exp(-((across / 0.17) ** 2)) * (0.62 + 0.2 * cloud + 0.13 * fine)
    core = np.exp(-((across / 0.07) ** 2)) * (0.45 + 0.25 * fine)
    rift = np.exp(-(((across + 0.018 * cloud) / 0.028) ** 2)) * np.clip(
        0.7 + 0.5 * np.roll(cloud, height // 3, 0), 0, 1
    )
    glow = np.clip(band * (1 - 0.75 * rift) + core * (1 - 0.9 * rift), 0, None) * strength
    glow *= 1 - 0.85 * smooth(0.55, 1.0, y)
    warm = np.clip(0.5 + 0.35 * np.roll(cloud, width // 4, 1), 0, 1)
    colour = mix(rgb("#5d74a8"), rgb("#b08a78"), warm)
    out: Floats = picture + colour * glow[..., None] * np.float32(0.42)
    return out


def _stars(sky: _Sky, rng: np.random.Generator, width: int, view: int, height: int) -> tuple[Floats, ...]:
    """Return x, y, light (n, 3) and radius of every star, in pixels of the wide sky."""
    unit = height / 720
    count = round(2.6 * width * height / (2000 * unit**2 + 60))
    x = rng.random(count) * width
    y = rng.random(count) ** 1.1 * height
    magnitude = 6.6 - rng.exponential(0.75, count)
    fx, fy, fm = figure(sky.figure, sky.centre, sky.across)
    middle = (width + view) / 2 - view / 2
    x = np.concatenate([x, fx * view + middle]).astype(np.float32)
    y = np.concatenate([y, fy * view + height * 0.43]).astype(np.float32)
    magnitude = np.concatenate([np.maximum(magnitude, 3.2), fm])
    light = np.clip(1.9 * 10 ** (-0.17 * (magnitude - 1.0)), 0.12, 2.2)
    light *= 1 - 0.7 * smooth(0.5, 0.95, y / height)
    heat = rng.normal(0, 1, len(x)).astype(np.float32)
    tint = mix(rgb("#bfd4ff"), rgb("#ffdcb4"), smooth(-1.2, 1.6, heat))
    radius = np.clip((0.72 + 0.42 * np.maximum(0, 3.8 - magnitude)) * max(unit, 0.45), 0.5, 3.2)
    return x, y, (tint * light[:, None]).astype(np.float32), radius.astype(np.float32)


def _wide_sky(scene: Scene, sky: _Sky, rng: np.random.Generator, seconds: int) -> str:
    width, height, step = scene.width, scene.height, sky.drift * scene.unit
    wide = even(width + step * seconds + 4)
    phases = _PHASES if height <= 1080 else _PHASES // 2
    air = enlarge(_air(sky, rng, wide // 2, height // 2), wide, height)
    x, y, light, radius = _stars(sky, rng, wide, width, height)
    tinted = air.copy()
    _shine(tinted, x + 1, y, light, radius * 1.4)
    luma = wide * height
    ready = planes(tinted)
    # Colour is too coarse to move by less than the two pixels a crop of 4:2:0 can; light is drawn once for each step.
    base = brightness(air) + np.random.default_rng(1).random((height, wide), np.float32)
    sheets = []
    for phase in range(phases):
        sheet = base.copy()
        _shine(sheet, x + phase * 2 / phases, y, brightness(light) - 16, radius)
        sheets.append(np.clip(sheet, 16, 235).astype(np.uint8).tobytes())
    sheets += [ready[luma : luma * 5 // 4]] * phases + [ready[luma * 5 // 4 :]] * phases
    moved = f"(n*{step / scene.fps:.9f})"
    start = wide - width - 2
    crop = f"crop={width}:{height}:'max(0,{start}-2*floor({moved}/2))':'{height}*floor(mod({moved},2)*{phases / 2})'"
    return scene.planes(b"".join(sheets), wide, height * phases, crop)


def _shine(canvas_: Floats, x: Floats, y: Floats, light: Floats, radius: Floats) -> None:
    """Add the stars, the few big ones apart from the many small ones."""
    small = radius < 1.3 * float(np.median(radius))
    for which in (small, ~small):
        splat(canvas_, x[which], y[which], light[which], radius[which])


def _twinkle(scene: Scene, rng: np.random.Generator, layer: str) -> str:
    """Cap the picture's light with a wandering pattern."""
    width, height = even(scene.width * 1.5), even(scene.height * 1.5)
    cap = np.clip(0.86 + 0.24 * noise(rng, width, height, 56, 0.0), 0.45, 1.0)
    data = (16.5 + 219 * cap).astype(np.uint8).tobytes() + bytes([128]) * (width * height // 2)
    rx, ry = (width - scene.width) // 2, (height - scene.height) // 2
    wander = f"'{rx}+{rx}*sin(2*PI*t*0.031)':'{ry}+{ry}*sin(2*PI*t*0.043)'"
    mask = scene.planes(data, width, height, f"crop={scene.width}:{scene.height}:{wander}")
    return scene.filter("blend=c0_mode=darken", layer, mask)


def _meteor(scene: Scene, layer: str, rng: np.random.Generator, period: int) -> str:
    """Let a meteor fall every ``period`` seconds, at one place of several."""
    length = even(230 * scene.unit)
    drop = float(rng.uniform(0.3, 0.6))
    width, height = length, even(length * drop + 8)
    x, y = coordinates(width, height)
    along = x
    away = (y - x * 0.94 - 0.03) * height
    shape = np.exp(-((away / max(0.8, 1.15 * scene.unit)) ** 2)) * smooth(0.0, 0.95, along) ** 2.2
    head = np.exp(-(((x - 0.965) * width) ** 2 + away**2) / (2.2 * max(scene.unit, 0.4)) ** 2)
    light = np.clip(shape * 0.8 + head, 0, 1).astype(np.float32)
    frames = 12
    fade = np.sin(np.pi * (np.arange(frames) + 0.6) / frames) ** 0.7
    sheet = np.concatenate([light * f for f in fade], axis=0)
    picture = np.broadcast_to(rgb("#eaf2ff"), (*sheet.shape, 3))
    life = 0.75
    k = f"mod(n,{period * scene.fps})"
    first = int(rng.integers(3, period - 2)) * scene.fps
    age = f"(({k}-{first})/{life * scene.fps:.3f})"
    crop = f"crop={width}:{height}:0:'{height}*clip(floor({age}*{frames}),0,{frames - 1})'"
    sprite = scene.sheet(picture, sheet, crop)
    turn = f"floor(n/{period * scene.fps})"
    x0 = f"({scene.width}*(0.08+0.62*mod({turn}*0.618+{rng.random():.3f},1)))"
    y0 = f"({scene.height}*(0.04+0.3*mod({turn}*0.382+{rng.random():.3f},1)))"
    run = 260 * scene.unit
    return scene.over(
        layer, sprite, f"{x0}+{run:.2f}*{age}", f"{y0}+{run * drop:.2f}*{age}", f":enable='between({age},0,1)'"
    )


def _horizon(scene: Scene, sky: _Sky, rng: np.random.Generator, layer: str) -> str:
    """Lay hills and firs along the bottom, perhaps with a lit cabin."""
    width, height = scene.width, even(scene.height * 0.3)
    image, pen = canvas(width, height)
    w, h = width * 2, height * 2
    far, near = rgb(sky.air[2]) * 0.42, rgb(sky.air[2]) * 0.16

    def hue(colour: Floats) -> str:
        return "#" + "".join(f"{round(float(c) * 255):02x}" for c in colour)

    crest = h * (0.42 - 0.1 * ridge(rng, w, 3, 1.5))
    pen.polygon([(0, h), *((i, float(crest[i])) for i in range(0, w, 4)), (w, float(crest[-1])), (w, h)], fill=hue(far))
    ground = h * (0.78 - 0.045 * ridge(rng, w, 1, 1.6))
    pen.polygon(
        [(0, h), *((i, float(ground[i])) for i in range(0, w, 4)), (w, float(ground[-1])), (w, h)], fill=hue(near)
    )
    unit = 2 * scene.unit
    clearing = 0.68
    for x in np.sort(rng.random(90)) * w:
        if sky.cabin and abs(x / w - clearing) < 0.075:
            continue
        base = float(ground[min(w - 1, int(x))]) + 6 * unit
        tall = unit * float(rng.uniform(34, 92)) * (0.75 + 0.5 * abs(x / w - 0.5) * 2)
        wide = tall * 0.2
        for step in range(7):
            top = base - tall * (1 - step / 9)
            half = wide * (0.25 + step / 7)
            pen.polygon([(x, top), (x - half, top + tall * 0.24), (x + half, top + tall * 0.24)], fill=hue(near * 0.8))
        pen.rectangle((x - unit, base - tall * 0.1, x + unit, base + 8 * unit), fill=hue(near * 0.8))
    if sky.cabin:
        x = clearing * w
        base = float(ground[int(x)]) + 3 * unit
        dark = hue(near * 0.55)
        pen.rectangle((x - 30 * unit, base - 26 * unit, x + 30 * unit, base + 4 * unit), fill=dark)
        pen.polygon(
            [(x - 38 * unit, base - 24 * unit), (x, base - 50 * unit), (x + 38 * unit, base - 24 * unit)], fill=dark
        )
        pen.rectangle((x + 14 * unit, base - 54 * unit, x + 21 * unit, base - 36 * unit), fill=dark)
        for left in (-18, 6):
            pen.rectangle((x + left * unit, base - 18 * unit, x + (left + 10) * unit, base - 7 * unit), fill="#ffc46b")
            pen.rectangle(
                (x + (left + 4.5) * unit, base - 18 * unit, x + (left + 5.5) * unit, base - 7 * unit), fill=dark
            )
    picture, alpha = settle(image)
    return scene.over(layer, scene.sprite(picture, alpha), 0, scene.height - height)


def _sound(sky: _Sky, rng: np.random.Generator) -> tone.Sound:
    """Return a far drone, wind and crickets."""
    length = tone.seconds(_LOOP)
    sides = []
    for side in (0.0, 0.5):
        hum = sum(
            0.05
            / k**0.7
            * tone.drone(length, sky.root * ratio + side * 0.4)
            * (0.35 + 0.65 * tone.lfo(length, turns, side))
            for k, (ratio, turns) in enumerate(((1, 1), (1.5, 2), (2, 3), (3, 2), (4.5, 5)), start=1)
        )
        eighth = tone.coloured(rng, length // 3, 90, 700, 0.8)
        wind = np.tile(eighth, 3) * (0.3 + 0.7 * tone.lfo(length, 2, side * 0.6)) * 0.012
        sides.append((hum + wind).astype(np.float32))
    track = tone.stereo(*sides)
    for hertz, gap, gain, pan in ((4186, 1.6, 0.007, -0.6), (3729, 2.4, 0.006, 0.7), (4480, 4.0, 0.004, 0.1)):
        pulse = tone.note(hertz, 0.06, 0.012, 0.0)
        chirp = np.zeros(tone.seconds(0.32), np.float32)
        for k in range(4):
            at = tone.seconds(0.065 * k)
            chirp[at : at + len(pulse)] += pulse
        for k in range(round(_LOOP / gap)):
            if rng.random() < 0.8:
                tone.place(track, tone.seconds(k * gap + float(rng.uniform(0, 0.2))), chirp, gain, pan)
    return track


def _make(part: int, house: HouseFormat, folder: Path) -> GraphInput:
    sky = _SKIES[part - 1]
    rng = np.random.default_rng([20, part])
    scene = Scene(house, folder)
    layer = _wide_sky(scene, sky, rng, NIGHT_SKY.parts[part - 1].minutes * 60)
    layer = _twinkle(scene, rng, layer)
    for period in sky.meteors:
        layer = _meteor(scene, layer, rng, period)
    layer = _horizon(scene, sky, rng, layer)
    scene.sound(_sound(sky, rng))
    return scene.finish(layer)


NIGHT_SKY: Final = Generator(
    "night-sky",
    (
        Part("Summer triangle", "Vega, Deneb and Altair with the Milky Way between them, over a cabin in the woods."),
        Part("Orion and his dogs", "The hunter of winter with Sirius at his heel, the Pleiades before him.", 4),
        Part("The Great Bear", "The seven stars everybody knows, high over the firs.", 4),
        Part("August meteors", "Cassiopeia and Perseus on a night when it is worth counting.", 6),
        Part("Heart of the Milky Way", "Scorpius with red Antares and the clouds towards the middle of our galaxy."),
        Part("Southern Cross", "The sky of the other half of the world, with the two Pointers.", 4),
    ),
    _make,
)
