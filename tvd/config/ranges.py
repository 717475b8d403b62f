"""Times of day, days of the year and ranges as people write them. Pure; the forms are checked in the model."""

import math
from datetime import date
from typing import Final

from tvd.config import units
from tvd.config.programming import Block, Event

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SEASONS: Final = {"spring": (3, 4, 5), "summer": (6, 7, 8), "autumn": (9, 10, 11), "winter": (12, 1, 2)}


def minutes(text: str) -> int:
    """Return the minutes after midnight that ``"21:30"`` says; 1440 for ``"24:00"``."""
    hours, _, rest = text.partition(":")
    return int(hours) * 60 + int(rest)


def years(text: str) -> tuple[int, int]:
    """Return first and last year of ``"1960-1979"``, ``"1980-"``, ``"-1959"``, ``"1994"``."""
    first, dash, last = text.partition("-")
    if not dash:
        return int(first), int(first)
    return int(first or 0), int(last or 9999)


def lasts(text: str) -> tuple[float, float]:
    """Return least and most seconds of ``"20m-45m"``, ``"60m-"``, ``"-5m"``. Raises ``ValueError``."""
    least, _, most = text.partition("-")
    return units.duration(least) if least else 0.0, units.duration(most) if most else math.inf


def covers(when: Block | Event, day: date) -> bool:
    """Return whether ``day`` meets everything ``when`` says."""
    if when.days and _DAYS[day.weekday()] not in when.days:
        return False
    if when.months and _MONTHS[day.month - 1] not in when.months:
        return False
    if when.seasons and not any(day.month in _SEASONS[season] for season in when.seasons):
        return False
    return not when.dates or any(_within(dates, day) for dates in when.dates)


def _within(dates: str, day: date) -> bool:
    first, _, last = dates.partition("..")
    this = f"{day:%m-%d}"
    return first <= this <= last if first <= last else this >= first or this <= last
