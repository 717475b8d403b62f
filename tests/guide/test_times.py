from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tvd.guide.times import parse_duration, parse_time

NS = 1_000_000_000
NOW = 1_790_000_000 * NS + 7
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90m", 5400),
        ("2h30m", 9000),
        ("2h 30min", 9000),
        ("45s", 45),
        ("1.5h", 5400),
        ("1d", 86400),
        ("60", 60),
        ("1w", 604800),
        (" 10S ", 10),
        ("0.5", 0.5),
        ("250ms", 0.25),
        ("0", 0),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds * NS


@pytest.mark.parametrize("text", ["", "h", "1x", "-5m", "2h!", "1h-2m", "soon", "1e9", "٣m"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration; write for example 90m"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", NOW),
        (" NOW ", NOW),
        ("-2h", NOW - 7200 * NS),
        ("+90m", NOW + 5400 * NS),
        ("now-30s", NOW - 30 * NS),
        ("now + 1d", NOW + 86400 * NS),
        ("2026-09-21T14:00:00Z", datetime(2026, 9, 21, 14, tzinfo=UTC)),
        ("2026-09-21T14:00:00+02:00", datetime(2026, 9, 21, 12, tzinfo=UTC)),
        ("2026-09-21T14:00", datetime(2026, 9, 21, 12, tzinfo=UTC)),
        ("2026-09-21 14:00:00.250", datetime(2026, 9, 21, 12, 0, 0, 250_000, tzinfo=UTC)),
        ("2026-01-21", datetime(2026, 1, 20, 23, tzinfo=UTC)),
    ],
)
def test_times(text: str, expected: int | datetime) -> None:
    wanted = expected if isinstance(expected, int) else round(expected.timestamp() * 1000) * 1_000_000
    assert parse_time(text, NOW, BERLIN) == wanted


def test_without_a_zone_the_system_decides() -> None:
    local = datetime(2026, 9, 21, 14).astimezone()
    assert parse_time("2026-09-21T14:00", NOW) == round(local.timestamp()) * NS


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01", "14:00", "--2h", "+", "nowish", "2026-09-21T14:00:99"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        parse_time(text, NOW, BERLIN)
