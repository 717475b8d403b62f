"""What gives way when the store is full: properties over any store and any plan."""

from hypothesis import given
from hypothesis import strategies as st

from tvd.library.eviction import GUARD_NS, REPLAY_NS, Candidate, victims
from tvd.media.house import NS

NOW = 1_800_000_000 * NS
DAY = 24 * 3600 * NS

times = st.integers(NOW - DAY, NOW)
candidates = st.lists(
    st.builds(
        Candidate,
        name=st.tuples(st.just("house"), st.uuids().map(str)),
        source=st.sampled_from("abcdefgh"),
        size=st.integers(1, 1000),
        aired_ns=st.just(0) | times,
        superseded=st.booleans(),
        pinned=st.booleans(),
    ),
    max_size=20,
    unique_by=lambda one: one.name,
)
plans = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(NOW - GUARD_NS, NOW + DAY), max_size=8)
needs = st.integers(0, 5000)
deadlines = st.none() | st.integers(NOW, NOW + DAY)


@given(candidates, plans, needs, deadlines)
def test_what_airs_soon_or_before_the_newcomer_stays(
    held: list[Candidate], plan: dict[str, int], need: int, before: int | None
) -> None:
    for one in victims(held, plan, need, NOW, before):
        assert not one.pinned
        assert one.aired_ns <= NOW - REPLAY_NS
        if not one.superseded and one.source in plan:
            assert plan[one.source] > max(NOW + GUARD_NS, before or 0)


@given(candidates, plans, needs, deadlines)
def test_enough_goes_and_not_one_more(
    held: list[Candidate], plan: dict[str, int], need: int, before: int | None
) -> None:
    gone = victims(held, plan, need, NOW, before)
    assert sum(one.size for one in gone[:-1]) < need or not gone
    if sum(one.size for one in gone) < need:
        assert victims(held, plan, 10**9, NOW, before) == gone


@given(candidates, plans)
def test_the_superseded_go_first_then_the_unplanned_then_the_farthest(
    held: list[Candidate], plan: dict[str, int]
) -> None:
    def rank(one: Candidate) -> tuple[int, int]:
        if one.superseded:
            return 0, one.aired_ns
        return (1, one.aired_ns) if one.source not in plan else (2, -plan[one.source])

    ranks = [rank(one) for one in victims(held, plan, 10**9, NOW)]
    assert ranks == sorted(ranks)
