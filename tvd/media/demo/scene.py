"""A scene: raw pictures and loops in files, put together by ffmpeg's own filters into one moving picture.

Python draws each thing once; what is repeated thirty times a second (moving, cropping, laying over, scaling) is
ffmpeg's work. A still is decoded once and then repeated by reference, so layers that do not move cost next to nothing.
"""

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

    @property
    def loop_rate(self) -> int:
        """Frames a second that drawn loops are worth: half the house's when it is a fast one."""
        return self.fps if self.fps <= 30 else self.fps // 2

    def _input(self, data: bytes, width: int, height: int, alpha: bool, rate: int, *before: str) -> int:
        path = self._folder / f"layer-{self._inputs}.yuv"
        path.write_bytes(data)
        pixels = "yuva420p" if alpha else "yuv420p"
        size = f"{width}x{height}"
        args = ("-f", "rawvideo", "-pixel_format", pixels, "-video_size", size, "-framerate", str(rate))
        self._args += [*before, *args, "-i", f"file:{path}"]
        self._inputs += 1
        return self._inputs - 1

    def _layer(self, chain: str) -> str:
        name = f"[l{len(self._chains)}]"
        self._chains.append(chain + name)
        return name

    def still(self, picture: Floats, alpha: Floats | None = None, *, after: str = "", data: bytes | None = None) -> str:
        """Add a picture that stays; ``after`` are filters for each frame of it (a crop that moves).

        ``data`` are ready planes to use instead of those of ``picture``.
        """
        height, width = picture.shape[:2]
        number = self._input(data or planes(picture, alpha), width, height, alpha is not None, self.fps)
        tail = f",{after}" if after else ""
        return self._layer(f"[{number}:v]loop=loop=-1:size=1,setpts=N/({self.fps}*TB){tail}")

    def loop(self, data: bytes, width: int, height: int, *, alpha: bool = False, rate: int = 0, after: str = "") -> str:
        """Add frames that repeat for ever, ``rate`` a second (default: :attr:`loop_rate`)."""
        rate = rate or self.loop_rate
        number = self._input(data, width, height, alpha, rate, "-stream_loop", "-1")
        steps = [f"setpts=N/({rate}*TB)"]
        if after:
            steps.append(after)
        if rate != self.fps:
            steps.append(f"fps={self.fps}")
        return self._layer(f"[{number}:v]{','.join(steps)}")

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
