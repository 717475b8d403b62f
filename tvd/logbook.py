"""The last lines of the log, in memory: what the admin page shows without reading files.

:data:`LOGBOOK` is the process's own; :mod:`tvd.logs` writes every event into it, below whatever is printed.
"""

from collections import deque
from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

import msgspec

from tvd.text import writable

LINES: Final = 2_000
"""Lines kept: some hours of a healthy day, about a megabyte."""
_LONGEST: Final = 2_000
"""Characters of a value kept."""
LEVELS: Final = ("debug", "info", "warning", "error", "critical")


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One event. ``number`` counts from 1 since tvd started; ``timestamp`` is as it was logged; ``fields`` the rest."""

    number: int
    timestamp: str
    level: str
    event: str
    channel: str
    fields: dict[str, Any]


class Logbook:
    """Remembers the newest lines. ``note`` is a structlog processor."""

    def __init__(self, lines: int = LINES) -> None:
        self._lines: deque[LogLine] = deque(maxlen=lines)
        self._count = 0

    def note(self, _logger: object, method: str, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """Remember ``event`` and hand it on as it is."""
        fields = {str(key): _plain(value) for key, value in event.items() if not str(key).startswith("_")}
        self._count += 1
        line = LogLine(
            number=self._count,
            timestamp=str(fields.pop("timestamp", "")),
            level=str(fields.pop("level", method)),
            event=str(fields.pop("event", "")),
            channel=str(fields.pop("channel", "")),
            fields=fields,
        )
        self._lines.append(line)
        return event

    def after(
        self, number: int, *, level: str = "debug", channel: str = "", text: str = "", most: int = 500
    ) -> tuple[int, list[LogLine]]:
        """Return the number of the newest line, and of those behind ``number`` the newest ``most`` that are asked for.

        ``level`` is the least severe one wanted; ``channel`` and ``text`` (anywhere in the line, any case) narrow it.
        """
        wanted = LEVELS[LEVELS.index(level) :] if level in LEVELS else LEVELS
        sought = text.casefold()
        found = (
            line
            for line in reversed(self._lines)
            if line.number > number
            and line.level in wanted
            and (not channel or line.channel == channel)
            and (not sought or sought in f"{line.event} {line.channel} {line.fields}".casefold())
        )
        return self._count, list(islice(found, most))[::-1]


def _plain(value: object) -> Any:
    """Return ``value`` as JSON and UTF-8 know it, long texts shortened."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value[:50]]
    text = writable(str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


LOGBOOK: Final = Logbook()
"""What this process logged lately."""
