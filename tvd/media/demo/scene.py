"""A scene: raw pictures and loops in files, put together by ffmpeg's own filters into one moving picture.

Python draws each thing once; what is repeated thirty times a second (moving, cropping, laying over, scaling) is
ffmpeg's work. A still is decoded once and then repeated by reference, so layers that do not move cost next to nothing.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from tvd.media.demo.programme import GraphInput
from tvd.media.demo.raster import Floats, planes
from tvd.media.demo.sound import Sound, write
from tvd.media.house import HouseFormat

TAGS = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv:field_mode=prog"


class Scene:
    """Collects inputs and filters; layers are the names of filter outputs."""

    def __init__(self, house: HouseFormat, folder: Path) -> None:
        self.house = house
        self.fps = house.grid.fps
        self.width, self.height = house.width, house.height
        self.unit = house.height / 720
        """Pixels of this house in one line of a 720-line picture."""
        self._folder = folder
        self._args: list[str] = []
        self._inputs = 0
        self._chains: list[str] = []
        self._audio = ""

    def _input(self, data: bytes, width: int, height: int, alpha: bool, rate: Fraction, *before: str) -> int:
        path = self._folder / f"layer-{self._inputs}.yuv"
        path.write_bytes(data)
        pixels = "yuva420p" if alpha else "yuv420p"
        size = f"{width}x{height}"
        # Everything about raw frames is said here; probing them would only cost time and warnings.
        args = (
            "-nofind_stream_info",
            "-f",
            "rawvideo",
            "-pixel_format",
            pixels,
            "-video_size",
            size,
            "-framerate",
            str(rate),
        )
        self._args += [*before, *args, "-i", f"file:{path}"]
        self._inputs += 1
        return self._inputs - 1

    def _layer(self, chain: str) -> str:
        name = f"[l{len(self._chains)}]"
        self._chains.append(chain + name)
        return name

    def still(self, picture: Floats) -> str:
        """Add a picture that stays, to lay others on."""
        height, width = picture.shape[:2]
        return self.planes(planes(picture), width, height)

    def planes(self, data: bytes, width: int, height: int, after: str = "") -> str:
        """Add one ready yuv420p picture that stays; ``after`` are filters for each frame of it (a crop that moves)."""
        number = self._input(data, width, height, alpha=False, rate=Fraction(self.fps))
        return self._repeated(number, after)

    def sheet(self, picture: Floats, alpha: Floats | None = None, after: str = "") -> str:
        """Add drawings beside each other from which ``after`` cuts the one of each frame."""
        height, width = picture.shape[:2]
        number = self._input(planes(picture, alpha), width, height, alpha is not None, Fraction(self.fps))
        return self._repeated(number, after)

    def sprite(self, picture: Floats, alpha: Floats) -> str:
        """Add a drawing only to be laid :meth:`over` something: it may move but not change.

        Given once, never repeated: ffmpeg then lays it in place, where a second stream would cost a copy of the frame.
        """
        height, width = picture.shape[:2]
        number = self._input(planes(picture, alpha), width, height, alpha=True, rate=Fraction(self.fps))
        return f"[{number}:v]"

    def _repeated(self, number: int, after: str) -> str:
        tail = f",{after}" if after else ""
        return self._layer(f"[{number}:v]loop=loop=-1:size=1,setpts=N/({self.fps}*TB){tail}")

    def rate(self, hold: int = 1) -> Fraction:
        """Return frames a second of a drawn loop each of whose frames stays for ``hold`` of a 30-frame house's.

        What moves slowly is drawn seldom: a frame that equals the last costs the encoder next to nothing.
        """
        return Fraction(self.fps, hold if self.fps <= 30 else 2 * hold)

    def loop(
        self, data: bytes, width: int, height: int, rate: Fraction, *, alpha: bool = False, after: str = ""
    ) -> str:
        """Add frames that repeat for ever, ``rate`` a second; ``after`` sees each before it is held."""
        number = self._input(data, width, height, alpha, rate, "-stream_loop", "-1")
        steps = [f"[{number}:v]setpts=N/({rate}*TB)"]
        if after:
            steps.append(after)
        if rate != self.fps:
            steps.append(f"fps={self.fps}")
        return self._layer(",".join(steps))

    def source(self, text: str) -> str:
        """Add a filter that makes pictures by itself (``life=…``)."""
        return self._layer(text)

    def filter(self, text: str, *layers: str) -> str:
        """Put ``layers`` through a filter."""
        return self._layer("".join(layers) + text)

    def split(self, layer: str, count: int) -> list[str]:
        """Return ``count`` layers that are all the same as ``layer``."""
        first = len(self._chains)
        names = [f"[l{first}c{number}]" for number in range(count)]
        self._chains.append(f"{layer}split={count}{''.join(names)}")
        return names

    def columns(self, layer: str, *edges: int) -> list[str]:
        """Cut ``layer`` from top to bottom at ``edges`` (even pixels from the left); :meth:`beside` joins them again.

        What is laid over a part costs as much as the part, not as the whole picture.
        """
        places = [0, *edges, self.width]
        parts = self.split(layer, len(places) - 1)
        spans = pairwise(places)
        return [self.filter(f"crop={b - a}:ih:{a}:0", part) for part, (a, b) in zip(parts, spans, strict=True)]

    def beside(self, layers: Sequence[str]) -> str:
        """Join parts of equal height from left to right."""
        return self.filter(f"hstack=inputs={len(layers)}", *layers)

    def bands(self, layer: str, *edges: int) -> list[str]:
        """Cut ``layer`` from left to right at ``edges`` (even pixels from the top); :meth:`below` joins them again."""
        places = [0, *edges, self.height]
        parts = self.split(layer, len(places) - 1)
        spans = pairwise(places)
        return [self.filter(f"crop=iw:{b - a}:0:{a}", part) for part, (a, b) in zip(parts, spans, strict=True)]

    def below(self, layers: Sequence[str]) -> str:
        """Join parts of equal width from top to bottom."""
        return self.filter(f"vstack=inputs={len(layers)}", *layers)

    def over(self, below: str, above: str, x: str | int, y: str | int, more: str = "") -> str:
        """Lay ``above`` on ``below``; ``x`` and ``y`` in pixels or expressions of ``n`` (frame) and ``t`` (seconds)."""
        moving = "" if isinstance(x, str) or isinstance(y, str) else ":eval=init"
        return self._layer(f"{below}{above}overlay=x='{x}':y='{y}'{moving}:format=yuv420{more}")

    def sound(self, sound: Sound) -> None:
        """Set the sound: a loop of whole samples that repeats for ever."""
        path = self._folder / "sound.wav"
        write(path, sound)
        self._args += ["-i", f"file:{path}"]
        self._audio = f"[{self._inputs}:a]aloop=loop=-1:size={len(sound)},asetpts=N/SR/TB"
        self._inputs += 1

    def finish(self, layer: str) -> GraphInput:
        """Return the whole: ``layer`` is the picture on top of everything."""
        video = ";".join([*self._chains, f"{layer}{TAGS}"])
        return GraphInput(tuple(self._args), video, self._audio)
