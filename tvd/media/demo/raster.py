"""Drawing with numpy: noise, splats, colours, and the 8-bit BT.709 planes that ffmpeg reads without converting.

Pictures are float32 arrays, 0 to 1, of shape ``(height, width, 3)`` (gamma-encoded RGB); coverage is ``(height,
width)``. Everything is periodic where it can be, so that loops have no seam.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Floats = NDArray[np.floating[Any]]
Bytes = NDArray[np.uint8]

_LUMA: Final = np.array([0.2126, 0.7152, 0.0722], np.float32)


def even(value: float) -> int:
    """Return the nearest even whole number of pixels, at least 2: what 4:2:0 planes can be cut to."""
    return max(2, 2 * round(value / 2))


def rgb(text: str) -> Floats:
    """Return ``#rrggbb`` as three floats."""
    return np.array([int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32)


def mix(a: Floats, b: Floats, amount: Floats) -> Floats:
    """Blend colours ``a`` and ``b`` (broadcast to ``(…, 3)``) by ``amount`` of shape ``(…)``."""
    out: Floats = np.asarray(b - a, np.float32) * amount[..., None]
    out += a
    return out


def smooth(edge0: float, edge1: float, x: Floats) -> Floats:
    """Return the smooth step from 0 at ``edge0`` to 1 at ``edge1``."""
    t = np.clip((x - edge0) / (edge1 - edge0), 0, 1)
    out: Floats = (t * t * (3 - 2 * t)).astype(np.float32)
    return out


def coordinates(width: int, height: int) -> tuple[Floats, Floats]:
    """Return x and y of pixel centres, 0 to 1, shaped to broadcast to ``(height, width)``."""
    x = (np.arange(width, dtype=np.float32) + 0.5) / width
    y = (np.arange(height, dtype=np.float32) + 0.5) / height
    return x[None, :], y[:, None]


def noise(
    rng: np.random.Generator, width: int, height: int, cells: float, slope: float = 1.0, stretch: float = 1.0
) -> Floats:
    """Return smooth noise, mean 0, deviation 1: features of about ``height / cells`` pixels and larger.

    ``slope`` weighs the octaves: 0 all alike, 1 cloudy, 2 only the broad ones; ``stretch`` makes them taller.
    Drawn no larger than its detail needs and scaled up; where it is not
    (``height < 6 * cells``, or stretched) it is periodic.
    """
    rows = max(2, min(height, round(cells * 3)))
    if rows * 2 > height or stretch != 1:
        rows = height
    columns = width if rows == height else max(2, round(width * rows / height))
    spectrum = np.fft.rfft2(rng.standard_normal((rows, columns), np.float32))
    fy = np.fft.fftfreq(rows)[:, None] * rows
    fx = np.fft.rfftfreq(columns)[None, :] * rows
    f = np.hypot(fy * stretch, fx)
    f[0, 0] = 1
    weight = np.exp(-((f / cells) ** 2)) / f**slope
    weight[0, 0] = 0
    field = np.fft.irfft2(spectrum * weight, s=(rows, columns))
    return enlarge((field / field.std()).astype(np.float32), width, height)


def enlarge(field: Floats, width: int, height: int) -> Floats:
    """Scale ``(rows, columns)`` or ``(rows, columns, 3)`` smoothly."""
    if field.shape[:2] == (height, width):
        return field
    if field.ndim == 3:
        return np.stack([enlarge(field[..., k], width, height) for k in range(field.shape[2])], axis=2)
    image = Image.fromarray(np.ascontiguousarray(field))
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC), np.float32)


def ridge(rng: np.random.Generator, width: int, cells: float, slope: float) -> Floats:
    """Return a line of hills: ``(width,)``, mean 0, deviation 1, about ``cells`` of them."""
    f = np.fft.rfftfreq(width) * width
    weight = np.where(f > 0, np.exp(-((f / (cells * 6)) ** 2)) / np.maximum(f, 1) ** slope, 0)
    weight *= f >= 1
    line = np.fft.irfft(weight * np.exp(2j * np.pi * rng.random(len(f))), width)
    out: Floats = (line / line.std()).astype(np.float32)
    return out


def splat(canvas: Floats, x: Floats, y: Floats, light: Floats, radius: Floats) -> None:
    """Add soft round dots to ``canvas`` (in place): ``light`` of shape ``(n,)`` or, for colour, ``(n, 3)``."""
    reach = int(np.ceil(float(radius.max(initial=0.5)) * 2.6))
    height, width = canvas.shape[:2]
    ix, iy = np.floor(x).astype(int), np.floor(y).astype(int)
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            px, py = ix + dx, iy + dy
            inside = (px >= 0) & (px < width) & (py >= 0) & (py < height)
            d2 = (px + 0.5 - x) ** 2 + (py + 0.5 - y) ** 2
            weight = np.exp(-d2 / (radius**2))
            keep = inside & (weight > 0.004)
            value = light[keep] * (weight[keep][:, None] if light.ndim == 2 else weight[keep])
            np.add.at(canvas, (py[keep], px[keep]), value.astype(np.float32))


def _halved(plane: Floats) -> Floats:
    return (plane[..., 0::2, 0::2] + plane[..., 1::2, 0::2] + plane[..., 0::2, 1::2] + plane[..., 1::2, 1::2]) / 4


def brightness(colours: Floats) -> Floats:
    """Return the luma of ``(…, 3)`` as it is coded: 16 black to 235 white, not yet rounded."""
    return np.asarray(colours @ _LUMA * 219 + 16, np.float32)


def planes(picture: Floats, alpha: Floats | None = None) -> bytes:
    """Return the planes of ``picture`` as yuv420p (yuva420p with ``alpha``), BT.709, limited range.

    Both sides of ``picture`` must be even.
    """
    luma = picture @ _LUMA
    blue = _halved((picture[..., 2] - luma) / 1.8556)
    red = _halved((picture[..., 0] - luma) / 1.5748)
    parts = [
        np.clip(luma * 219 + 16.5, 16, 235),
        np.clip(blue * 224 + 128.5, 16, 240),
        np.clip(red * 224 + 128.5, 16, 240),
    ]
    if alpha is not None:
        parts.append(np.clip(alpha * 255 + 0.5, 0, 255))
    return b"".join(part.astype(np.uint8).tobytes() for part in parts)


def ramp(field: Bytes, colours: Floats, alpha: Floats | None = None) -> bytes:
    """Return frames of yuv420p (yuva420p with ``alpha``) of ``field`` seen through a table of 256 colours.

    ``field`` has shape ``(frames, height, width)``; far cheaper than converting each picture.
    """
    luma = colours @ _LUMA
    tables = [
        luma * 219 + 16.5,
        (colours[:, 2] - luma) / 1.8556 * 224 + 128.5,
        (colours[:, 0] - luma) / 1.5748 * 224 + 128.5,
    ]
    y, u, v = (np.clip(table, 16, 240).astype(np.uint8) for table in tables)
    count = len(field)
    small = field[:, 0::2, 0::2]
    parts = [y[field], u[small], v[small]]
    if alpha is not None:
        parts.append(np.clip(alpha * 255 + 0.5, 0, 255).astype(np.uint8)[field])
    return np.concatenate([part.reshape(count, -1) for part in parts], axis=1).tobytes()


def gradient(*stops: tuple[float, str]) -> Floats:
    """Return a table of 256 colours through ``stops``: (place 0 to 1, ``#rrggbb``)."""
    places = np.linspace(0, 1, 256)
    colours = np.stack([rgb(colour) for _, colour in stops])
    at = [place for place, _ in stops]
    return np.stack([np.interp(places, at, colours[:, k]) for k in range(3)], axis=1).astype(np.float32)


def font(size: float) -> ImageFont.FreeTypeFont:
    """Return Pillow's own typeface at ``size`` pixels: nothing of the machine is needed."""
    loaded = ImageFont.load_default(max(6, round(size)))
    assert isinstance(loaded, ImageFont.FreeTypeFont)
    return loaded


def canvas(
    width: int, height: int, colour: str = "#00000000", scale: int = 2
) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Return a picture ``scale`` times too large, and its pen; :func:`settle` makes it smooth and the right size."""
    image = Image.new("RGBA", (width * scale, height * scale), colour)
    return image, ImageDraw.Draw(image)


def settle(image: Image.Image, scale: int = 2) -> tuple[Floats, Floats]:
    """Return the picture and the coverage of a :func:`canvas`, reduced to its real size."""
    # Reduced premultiplied, so that edges do not darken towards the transparent black around them.
    pixels = np.asarray(image.convert("RGBa").reduce(scale), np.float32) / 255
    alpha = pixels[..., 3]
    return pixels[..., :3] / np.maximum(alpha, 1e-3)[..., None], alpha


def periodic(count: int, turns: int = 1, phase: float = 0.0) -> Floats:
    """Return angles in radians of ``count`` frames going round ``turns`` whole times."""
    return (np.arange(count) / count * turns * 2 * np.pi + phase).astype(np.float32)
