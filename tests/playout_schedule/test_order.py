from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tvd.config.kinds import Order
from tvd.library.source import Source
from tvd.playout.order import Catalogue, Shuffle, State, place_key, sequencer

MakeSource = Callable[..., Source]
sizes = st.integers(2, 12)

SHUFFLED = [5, 3, 4, 2, 1, 0, 1, 0, 2, 3, 4, 5]
DRAWN = [0, 1, 2, 4, 2, 1, 2, 1]


def film(number: int) -> Source:
    return Source(id=f"{number:016x}", path=Path(f"/films/{number}.mp4"), title=str(number), duration=60)


def films(numbers: Sequence[int]) -> Catalogue:
    return Catalogue([film(number) for number in numbers])


def play(order: Order, catalogue: Catalogue, count: int, state: State | None = None) -> tuple[list[int], State]:
    """Return which films air and the state behind them."""
    state, aired = state or State(), []
    pick = sequencer(order, "late-night")
    for seq in range(count):
        chosen = pick.next(catalogue, state, seq * 10)
        assert chosen is not None
        source, state = chosen
        aired.append(int(source.id, 16))
    return aired, state


@given(size=sizes, rounds=st.integers(1, 6))
def test_a_bag_is_emptied_before_anything_repeats(size: int, rounds: int) -> None:
    aired, _ = play("shuffle", films(range(size)), size * rounds)
    for start in range(0, size * rounds, size):
        assert sorted(aired[start : start + size]) == list(range(size))
    assert all(a != b for a, b in pairwise(aired))


def test_bags_differ_from_each_other_and_between_channels() -> None:
    catalogue = films(range(30))
    aired, _ = play("shuffle", catalogue, 60)
    assert aired[:30] != aired[30:]
    other = Shuffle("mornings").next(catalogue, State(), 0)
    first = [Shuffle(f"channel-{number}").next(catalogue, State(), 0) for number in range(30)]
    assert other is not None
    assert len({chosen[0].id for chosen in first if chosen}) > 5


@given(st.data())
def test_additions_and_removals_keep_the_bag_fair(data: st.DataObject) -> None:
    """Whoever is there during a whole bag airs in it exactly once; nothing airs twice in one bag or in a row."""
    present = set(range(data.draw(st.integers(2, 8))))
    catalogue, state, pick = films(sorted(present)), State(), Shuffle("films")
    here_all_along, aired, last = set(present), [], None
    for step in range(data.draw(st.integers(1, 60))):
        change = data.draw(st.sampled_from(["none", "none", "none", "add", "remove"]))
        if change == "add":
            present.add(data.draw(st.integers(0, 40)))
            catalogue = films(sorted(present))
        elif change == "remove" and len(present) > 2:
            present.remove(data.draw(st.sampled_from(sorted(present))))
            catalogue = films(sorted(present))
        here_all_along &= present
        bag_before = state.bag
        chosen = pick.next(catalogue, state, step)
        assert chosen is not None
        number, state = int(chosen[0].id, 16), chosen[1]
        assert number in present
        assert number != last
        if state.bag != bag_before:
            assert here_all_along <= set(aired)
            here_all_along, aired = set(present), []
        assert number not in aired
        aired.append(number)
        last = number


def test_what_is_added_joins_this_bag_when_its_place_is_still_to_come() -> None:
    first, state = play("shuffle", films(range(10)), 5)
    rest, _ = play("shuffle", films(range(10)), 5, state)
    joined, passed = set(), set()
    for new in range(10, 60):
        with_new, _ = play("shuffle", films([*range(10), new]), 6, state)
        if new in with_new[:6]:
            joined.add(new)
            assert [number for number in with_new if number != new] == rest
        else:
            passed.add(new)
            assert with_new[:5] == rest
    assert joined
    assert passed
    assert not set(first) & set(rest)


@pytest.mark.parametrize("order", ["shuffle", "sequential", "random"])
def test_a_single_source_repeats_and_none_gives_nothing(order: Order) -> None:
    assert play(order, films([7]), 5)[0] == [7] * 5
    assert sequencer(order, "x").next(films([]), State(), 0) is None


@pytest.mark.parametrize("order", ["shuffle", "random"])
def test_a_rerun_before_is_not_repeated(order: Order) -> None:
    for last in range(3):
        state = State(last=film(last).id)
        assert play(order, films(range(3)), 1, state)[0] != [last]


def test_a_programme_passed_over_comes_next() -> None:
    catalogue = films(range(5))
    plan, _ = play("shuffle", catalogue, 5)
    aired, _ = play("shuffle", catalogue, 5, State(last=film(plan[0]).id))
    assert aired == [plan[1], plan[0], *plan[2:]]


def test_left_alone_in_the_bag_a_rerun_counts_as_its_turn() -> None:
    catalogue = films(range(4))
    plan, _ = play("shuffle", catalogue, 4)
    _, state = play("shuffle", catalogue, 3)
    aired, after = play("shuffle", catalogue, 4, State(bag=state.bag, cursor=state.cursor, last=film(plan[3]).id))
    assert after.bag == 1
    assert sorted(aired) == list(range(4))
    assert aired[0] != plan[3]


def test_sequential_goes_on_behind_what_aired_last_even_when_it_is_gone() -> None:
    assert play("sequential", films([1, 2, 10]), 7)[0] == [1, 2, 10, 1, 2, 10, 1]
    _, state = play("sequential", films([1, 2, 10]), 2)
    assert play("sequential", films([1, 3, 10]), 3, state)[0] == [3, 10, 1]
    assert play("sequential", films([1]), 1, state)[0] == [1]


def test_natural_order() -> None:
    paths = [
        "/a/part 10.mp4",
        "/a/Part 2.mp4",
        "/a b/1.mp4",
        "/a/part 02b.mp4",
        "/A/x.mp4",
        "/a/9999999999999999999.mp4",
    ]
    assert sorted(paths, key=place_key) == [
        "/a/9999999999999999999.mp4",
        "/a/Part 2.mp4",
        "/a/part 02b.mp4",
        "/a/part 10.mp4",
        "/A/x.mp4",
        "/a b/1.mp4",
    ]


@given(st.lists(st.text(), max_size=20))
def test_natural_order_tells_every_two_paths_apart(paths: list[str]) -> None:
    assert len({place_key(path) for path in paths}) == len(set(paths))


@given(size=sizes)
def test_random_never_repeats_at_once_and_uses_everything(size: int) -> None:
    aired, _ = play("random", films(range(size)), 60 * size)
    assert all(a != b for a, b in pairwise(aired))
    assert set(aired) == set(range(size))


def test_the_plan_is_the_same_on_every_machine() -> None:
    """Golden values: a change here changes what airs on every channel there is."""
    assert play("shuffle", films(range(6)), 12)[0] == SHUFFLED
    assert play("random", films(range(6)), 8)[0] == DRAWN


def test_sources_in_any_order_give_the_same_plan() -> None:
    assert play("shuffle", films(range(9)), 20) == play("shuffle", films(range(8, -1, -1)), 20)


def test_only_what_can_be_planned_is() -> None:
    broken = Source(id="b" * 16, state="refused", reason="no picture", duration=60)
    empty = Source(id="c" * 16)
    assert Catalogue([broken, empty, film(1)]).ids == [film(1).id]


def test_undecodable_file_names_can_be_written_down() -> None:
    source = Source(id="a" * 16, path=Path("/films/\udcff 1.mp4"), duration=60)
    chosen = sequencer("sequential", "x").next(Catalogue([source]), State(), 0)
    assert chosen is not None
    assert chosen[1].after.encode() == rb"/films/\udcff 1.mp4"
