"""How fast this machine normalises, learnt from what it did, guessed before that."""

from typing import Final

from tvd.media.house import HouseFormat

_PIXELS: Final = 80e6
"""Pixels encoded a second by one job, before anything was measured: a slow core with x264 ``veryfast``."""
_SOUND: Final = 60.0
MEASURING: Final = 60.0
"""Seconds of sound measured a second."""
_WEIGHT: Final = 0.3


class Speeds:
    """Seconds of programme a second, of each kind of work; a moving average per house."""

    def __init__(self) -> None:
        self._encoding: dict[str, float] = {}
        self._sound = _SOUND

    def encoding(self, house: HouseFormat) -> float:
        """Return the speed of one job that makes picture and sound of ``house``."""
        pixels = sum(size.width * size.height for size in house.sizes)
        return self._encoding.get(house.key, _PIXELS / (pixels * house.grid.fps))

    def sound(self) -> float:
        """Return the speed of one job that makes only sound."""
        return self._sound

    def learn(self, house: HouseFormat, speed: float, *, sound_only: bool) -> None:
        """Take note of the speed a job had."""
        if speed <= 0:
            return
        if sound_only:
            self._sound += (speed - self._sound) * _WEIGHT
        else:
            old = self._encoding.get(house.key, speed)
            self._encoding[house.key] = old + (speed - old) * _WEIGHT
