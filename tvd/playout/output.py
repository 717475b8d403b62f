"""What comes out of a channel: one house format, one treatment of its sources, one set of live settings."""

from dataclasses import dataclass

from tvd.media.house import HouseFormat
from tvd.media.initialisation import Initialisation
from tvd.media.live import LiveSettings
from tvd.media.treatment import Treatment


@dataclass(frozen=True, slots=True)
class Output:
    """What a channel makes: its house format, how sources are treated for it, and what the live process adds.

    ``generation`` names the parameter sets of its assets, ``initialisation`` holds them.
    """

    house: HouseFormat
    treatment: Treatment
    settings: LiveSettings
    generation: str
    initialisation: Initialisation

    def rendition(self, run: str) -> str:
        """Return its name in URLs. A live process that encodes makes other bytes each time, so each ``run`` differs."""
        return self.renditions(run)[0]

    def renditions(self, run: str) -> tuple[str, ...]:
        """Return the name in URLs of each size, the house's own first. They change together or not at all."""
        suffix = self.settings.key + (run if self.settings.encodes else "")
        digits = self.generation.rpartition("-")[2]
        generations = (self.generation, *(f"{size.label}-{digits}" for size in self.house.sizes[1:]))
        return tuple(f"{name}-{suffix}" if suffix else name for name in generations)
