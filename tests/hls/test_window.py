"""The window: contiguous, bounded behind the clock, published by the clock, and awake when something is put."""

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tvd.hls.segment import Segment
from tvd.hls.window import SegmentWindow


@dataclass
class OnAir:
    """The number of the segment on air, turned by hand."""

    seq: int = 100

    def __call__(self) -> int:
        return self.seq


def segment(seq: int, rendition: str = "a") -> Segment:
    return Segment(seq, rendition, b"%d" % seq)


def window(on_air: OnAir, keep: int = 5, *renditions: str) -> SegmentWindow:
    made = SegmentWindow(on_air, keep)
    for rendition in renditions or ("a",):
        made.put_initialisation(rendition, rendition.encode())
    return made


def held(one: SegmentWindow) -> list[int]:
    if one.oldest is None or one.newest is None:
        return []
    found = [seq for seq in range(one.oldest - 3, one.newest + 4) if one.get(seq) is not None]
    assert found == list(range(one.oldest, one.newest + 1))
    return found


def test_an_empty_window() -> None:
    made = SegmentWindow(OnAir(), 5)
    assert (made.newest, made.oldest, made.get(100), made.published(8)) == (None, None, None, ())
    assert made.initialisation("a") is None


@pytest.mark.parametrize("seq", [95, 97, 98, 100, 101])
def test_nothing_may_leave_a_gap_or_change_what_is_held(seq: int) -> None:
    made = window(OnAir())
    for one in (96, 97, 98):
        made.put(segment(one))
    with pytest.raises(ValueError, match=f"segment {seq} after 98"):
        made.put(segment(seq))
    assert held(made) == [96, 97, 98]


def test_a_segment_of_an_unknown_rendition_is_refused() -> None:
    made = window(OnAir())
    with pytest.raises(ValueError, match="unknown rendition b"):
        made.put(segment(100, "b"))
    assert held(made) == []


@given(
    keep=st.integers(0, 20),
    first=st.integers(80, 104),
    steps=st.lists(st.integers(0, 3), max_size=60),
    size=st.integers(1, 12),
)
def test_it_holds_what_the_clock_and_its_length_say(keep: int, first: int, steps: list[int], size: int) -> None:
    on_air = OnAir()
    made = window(on_air, keep)
    for n, step in enumerate(steps):
        on_air.seq += step
        made.put(segment(first + n))
        newest = first + n
        assert held(made) == list(range(max(first, on_air.seq - keep), newest + 1))
        published = [one.seq for one in made.published(size)]
        # Never ahead of the clock, at most `size`, nothing missing of what is held.
        assert published == [seq for seq in range(on_air.seq - size + 1, on_air.seq + 1) if seq in held(made)]


def test_published_follows_the_clock_without_anything_put() -> None:
    on_air = OnAir()
    made = window(on_air)
    for seq in range(96, 105):
        made.put(segment(seq))
    assert [one.seq for one in made.published(3)] == [98, 99, 100]
    on_air.seq = 103
    assert [one.seq for one in made.published(3)] == [101, 102, 103]
    on_air.seq = 106  # the maker is late: what was last stays published as long as it is in the window
    assert [one.seq for one in made.published(3)] == [104]
    on_air.seq = 110
    assert made.published(3) == ()


def test_a_longer_list_begins_no_earlier_than_the_shorter_one_did() -> None:
    on_air = OnAir()
    made = window(on_air)
    for seq in range(94, 106):
        made.put(segment(seq))
    lists = []
    for on_air.seq, size in ((100, 3), (100, 5), (101, 5), (102, 5), (103, 5), (104, 2), (105, 4)):
        lists.append([one.seq for one in made.published(size)])
    assert lists == [
        [98, 99, 100],
        [98, 99, 100],
        [98, 99, 100, 101],
        [98, 99, 100, 101, 102],
        [99, 100, 101, 102, 103],
        [103, 104],
        [103, 104, 105],
    ]


def test_initialisations_go_with_their_last_segment() -> None:
    on_air = OnAir()
    made = window(on_air, 3, "a", "b")
    for seq in (98, 99):
        made.put(segment(seq, "a"))
    assert made.initialisation("b") is None  # announced, but segments of the other followed
    made.put_initialisation("b", b"b")
    made.put(segment(100, "b"))
    assert (made.initialisation("a"), made.initialisation("b")) == (b"a", b"b")
    on_air.seq = 103
    made.put(segment(101, "b"))
    assert made.initialisation("a") is None
    assert held(made) == [100, 101]


def test_the_current_initialisation_stays_when_its_segments_came_too_late() -> None:
    on_air = OnAir()
    made = window(on_air, 2)
    on_air.seq = 200
    made.put(segment(100))
    assert held(made) == []
    made.put(segment(199))
    assert made.initialisation("a") == b"a"


def test_clearing_forgets_everything() -> None:
    made = window(OnAir())
    made.put(segment(100))
    made.clear()
    assert (made.newest, made.initialisation("a")) == (None, None)
    made.put_initialisation("a", b"a")
    made.put(segment(300))
    assert made.newest == 300


async def test_everyone_who_waits_is_woken_by_each_segment() -> None:
    made = window(OnAir())
    waiting = [asyncio.create_task(made.wait()) for _ in range(3)]
    await asyncio.wait(waiting, timeout=0)
    assert not any(task.done() for task in waiting)
    made.put(segment(100))
    await asyncio.gather(*waiting)
    again = asyncio.create_task(made.wait())
    done, _ = await asyncio.wait({again}, timeout=0)
    assert not done
    made.put(segment(101))
    await again
