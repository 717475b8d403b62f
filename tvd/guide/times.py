"""Times and durations as people write them on the command line and in URLs."""

import re
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Final

from tvd.clock import NS

_UNITS: Final[dict[str, int]] = {
    "w": 604_800 * NS,
    "d": 86_400 * NS,
    "h": 3_600 * NS,
    "m": 60 * NS,
    "min": 60 * NS,
    "s": NS,
    "ms": NS // 1000,
}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(min|ms|w|d|h|m|s)\s*", re.ASCII)
_DURATION: Final = re.compile(rf"(?:{_PART.pattern})+", re.ASCII)
_PLAIN: Final = re.compile(r"\d+(?:\.\d+)?", re.ASCII)


def parse_duration(text: str) -> int:
    """Return nanoseconds: ``90m``, ``2h30m``, ``1.5h``, ``45s``, ``1d``, or a plain number of seconds.

    Raises ``ValueError`` that says what would be right.
    """
    wanted = text.strip().lower()
    if _PLAIN.fullmatch(wanted):
        return int(Decimal(wanted) * NS)
    if not _DURATION.fullmatch(wanted):
        raise ValueError(f"{text!r} is no duration; write for example 90m, 2h30m, 45s")
    return sum(int(Decimal(number) * _UNITS[unit]) for number, unit in _PART.findall(wanted))


def parse_time(text: str, now_ns: int, tz: tzinfo | None = None) -> int:
    """Return nanoseconds UTC since 1970: ``now``, ``-2h``, ``+90m``, ``now-2h`` or ISO 8601.

    ISO times without an offset are local to ``tz`` (None: the system's zone); a date alone is its midnight. Raises
    ``ValueError`` that says what would be right.
    """
    wanted = text.strip()
    relative = wanted.lower().removeprefix("now").strip()
    if not relative and wanted:
        return now_ns
    if relative[:1] in {"+", "-"}:
        distance = parse_duration(relative[1:])
        return now_ns + distance if relative[0] == "+" else now_ns - distance
    try:
        moment = datetime.fromisoformat(wanted)
        # Without a zone Python takes the system's, at the offset it had (will have) at that moment.
        moment = moment.replace(tzinfo=tz) if moment.tzinfo is None and tz is not None else moment
        return round(Decimal(str(moment.timestamp())) * NS)
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError(f"{text!r} is no time; write now, -2h, +90m or ISO 8601 as 2026-01-31T20:15") from error
