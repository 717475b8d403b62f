"""One thing that doctor found out."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """``ok``: as it should be; ``note``: good to know; ``warn``: works, but not as wanted; ``fail``: tvd cannot run."""

    state: Literal["ok", "note", "warn", "fail"]
    about: str
    text: str
