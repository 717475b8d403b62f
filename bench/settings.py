"""What a run is asked to do."""

from dataclasses import dataclass
from pathlib import Path

RESULTS = Path("bench-results")


@dataclass(frozen=True, slots=True)
class Settings:
    """``channels``: numbers of channels to run, each for ``seconds``. ``rounds`` of ``normalise``, ``zaps`` of ``zap``.

    ``hours`` of content and ``flat_channels`` channels for ``flat``; ``joins`` on one tape; ``minutes`` of ``surf``.
    """

    sections: tuple[str, ...] = ()
    channels: tuple[int, ...] = (1, 20, 100)
    seconds: float = 60.0
    rounds: int = 3
    zaps: int = 20
    hours: float = 24.0
    flat_channels: int = 1
    joins: int = 1000
    minutes: float = 5.0
    results: Path = RESULTS

    @property
    def cache(self) -> Path:
        """Where material is kept from run to run."""
        return (self.results / ".cache").absolute()
