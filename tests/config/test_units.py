"""Sizes, durations and bit rates as people write them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tvd.config import units


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("50GB", 50 * 10**9),
        ("50 gb", 50 * 10**9),
        ("50G", 50 * 10**9),
        ("10GiB", 10 * 2**30),
        ("10Gi", 10 * 2**30),
        ("1.5MB", 1_500_000),
        ("1048576", 2**20),
        ("0", 0),
        ("7b", 7),
    ],
)
def test_sizes(text: str, value: int) -> None:
    assert units.size(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("12h", 43200.0), ("90m", 5400.0), ("90min", 5400.0), ("1.5d", 129600.0), ("30", 30.0), ("8 s", 8.0)],
)
def test_durations(text: str, value: float) -> None:
    assert units.duration(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("2500k", 2_500_000), ("2.5M", 2_500_000), ("2.5Mb/s", 2_500_000), ("2.5 Mbit/s", 2_500_000), ("64000", 64_000)],
)
def test_bit_rates(text: str, value: int) -> None:
    assert units.bitrate(text) == value


@pytest.mark.parametrize("text", ["", "GB", "-1GB", "1e9", "ten", "10 bananas", "10GBB", "1,5M", "0x10", "٣GB", "nan"])
@pytest.mark.parametrize("parse", [units.size, units.duration, units.bitrate])
def test_what_is_no_quantity_is_refused(parse: object, text: str) -> None:
    assert callable(parse)
    with pytest.raises(ValueError, match="no "):
        parse(text)


@given(st.integers(0, 10**15))
def test_plain_numbers_mean_the_base_unit_exactly(number: int) -> None:
    assert units.size(str(number)) == units.bitrate(str(number)) == number
    assert units.size(f"{number}k") == number * 1000


@given(st.text())
def test_any_text_is_a_number_or_a_value_error(text: str) -> None:
    for parse in (units.size, units.duration, units.bitrate):
        with contextlib.suppress(ValueError):
            assert parse(text) >= 0
