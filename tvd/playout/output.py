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
        suffix = self.settings.key + (run if self.settings.encodes else "")
        return f"{self.generation}-{suffix}" if suffix else self.generation
