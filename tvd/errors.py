"""The errors tvd raises on purpose, one class per fact.

Everything a user can cause is a :class:`TvdError`: its text names what and why and can be shown as it is.
"""

from dataclasses import dataclass
from pathlib import Path


class TvdError(Exception):
    """Something named that a user can understand; never a bug."""


@dataclass(frozen=True, slots=True)
class ConfigFault:
    """One thing wrong in the configuration.

    ``where`` is the file or environment variable, ``key`` the dotted path (``channels[2].house.fps``), ``what`` says
    what is wrong and what would be right.
    """

    where: str
    key: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.key}: {self.what}"


class ConfigError(TvdError):
    """The configuration cannot be used; carries every fault found, not only the first."""

    def __init__(self, faults: tuple[ConfigFault, ...]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


class SourceRefusedError(TvdError):
    """A source cannot become an asset; the text is the reason shown to the operator."""


class AssetInvalidError(TvdError):
    """An asset file is not what it says it is: truncated, off the grid, or of other parameter sets."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


class ConflictError(TvdError):
    """What was asked for cannot be done as things are now."""


class NotFoundError(TvdError):
    """A channel, segment or programme that does not exist."""
