"""Pictures of channels for boxes that show one: the number, drawn once each."""

import asyncio
import io
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from tvd.web.answers import Content
from tvd.web.resources import folder

_SIDE: Final = 256
_FONT: Final = "vendor/fonts/nunito-latin-700-normal.woff2"


class Logos:
    """The pictures of channels, drawn once each."""

    def __init__(self) -> None:
        self._drawn: dict[int, Content] = {}

    async def get(self, number: int) -> Content:
        """Return the picture of channel ``number``."""
        if number not in self._drawn:
            body = await asyncio.to_thread(_draw, str(number))
            self._drawn[number] = Content.of(body, "image/png", "public, max-age=86400")
        return self._drawn[number]


def _draw(number: str) -> bytes:
    """Return a PNG of ``number`` in amber on dark wood, round at the corners."""
    # Drawn larger and made small, so that edges are soft.
    side = _SIDE * 2
    picture = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((0, 0, side - 1, side - 1), side // 6, fill="#1d140d", outline="#4a3722", width=6)
    font = ImageFont.truetype(str(folder("static") / _FONT), side * (0.62 if len(number) < 3 else 1.25 / len(number)))
    draw.text((side / 2, side / 2), number, font=font, anchor="mm", fill="#ffb65c")
    out = io.BytesIO()
    picture.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS).save(out, "PNG", optimize=True)
    return out.getvalue()
