import os
from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tvd.library.names import natural_key, sensible_title, title_from_name


@pytest.mark.parametrize(
    "ordered",
    [
        ["Episode 2", "Episode 10", "episode 11"],
        ["1", "2", "10", "a"],
        ["a", "a1", "a2", "a10", "ab"],
        ["s1/e2", "s1/e10", "s2/e1", "s10/e1"],
        ["show/9", "show 2/1"],
        ["x 007", "x 8", "x 0100"],
    ],
)
def test_natural_order(ordered: list[str]) -> None:
    backwards = list(reversed(ordered))
    assert sorted(backwards, key=natural_key) == ordered


@given(st.lists(st.integers(0, 10**30)))
def test_numbers_sort_by_value(numbers: list[int]) -> None:
    by_name = sorted((f"part {number}.mkv" for number in numbers), key=natural_key)
    assert by_name == [f"part {number}.mkv" for number in sorted(numbers)]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("The.Night.Train.1936.1080p.BluRay.x264-GRP.mkv", "The Night Train 1936"),
        ("holiday_in_spain.mp4", "holiday in spain"),
        ("Dr. Who - 01.mp4", "Dr. Who - 01"),
        ("[Group] Quiet Sea [ABCD1234].mkv", "Quiet Sea"),
        ("1080p.mkv", "1080p"),
        ("line\nbreak\x1b.mp4", "line break"),
        ("-i.mp4", "i"),
    ],
)
def test_title_from_name(name: str, title: str) -> None:
    assert title_from_name(PurePath(name)) == title


def test_a_title_can_always_be_encoded() -> None:
    assert title_from_name(PurePath(os.fsdecode(b"caf\xe9.mp4"))) == "caf\ufffd"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (" Moon ", "Moon"),
        ("www.example.com", ""),
        ("Untitled", ""),
        ("Night.Train.1936.1080p.WEB-DL.x264-GRP", ""),
        ("A DVD of mine", "A DVD of mine"),
    ],
)
def test_a_title_in_a_tag_must_say_something(text: str, title: str) -> None:
    assert sensible_title(text) == title


@pytest.mark.parametrize(
    ("name", "year", "title"),
    [
        ("The.Night.Train.1936.1080p.mkv", 1936, "The Night Train"),
        ("Night Train (1936).mkv", 1936, "Night Train"),
        ("2001 A Space Odyssey (1968).mkv", 1968, "2001 A Space Odyssey"),
        ("Film.2010.Part1.mkv", 2010, "Film Part1"),
        ("1984.mkv", 1984, "1984"),
    ],
)
def test_the_year_is_no_part_of_the_title(name: str, year: int, title: str) -> None:
    assert title_from_name(PurePath(name), year) == title
