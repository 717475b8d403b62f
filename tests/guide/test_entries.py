"""What airs between programmes is folded into them; starts of programmes stay exact, nothing is lost or doubled."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tvd.guide.entries import LONG, Entry, contiguous, entry_of, readable
from tvd.library.metadata import Metadata
from tvd.library.source import Source
from tvd.media.house import NS, Grid
from tvd.playout.rundown import INTERSTITIAL, ItemKind, ScheduleItem

GRID = Grid(30)
SEQ = 836_000_000


def row(*parts: tuple[ItemKind, int] | None) -> list[Entry]:
    """Return entries back to back, of kind and seconds; None leaves a hole of a minute."""
    made: list[Entry] = []
    at = 0
    for part in parts:
        if part is None:
            at += 60
            continue
        kind, seconds = part
        made.append(
            Entry(
                id=f"x-{at}",
                kind=kind,
                title=f"{kind} {at}",
                seq_start=at,
                seq_stop=at + seconds,
                start_ns=at * NS,
                stop_ns=(at + seconds) * NS,
            )
        )
        at += seconds
    return made


def told(entries: list[Entry]) -> list[tuple[str, int, int]]:
    return [(one.title, one.start_ns // NS, one.stop_ns // NS) for one in entries]


def test_what_is_between_belongs_to_the_programme_before_it() -> None:
    entries = row(("programme", 1800), ("ident", 5), ("bumper", 30), ("card", 10), ("rerun", 900), ("ident", 5))
    assert told(readable(entries)) == [("programme 0", 0, 1845), ("rerun 1845", 1845, 2750)]


def test_with_nothing_before_it_belongs_to_the_programme_behind_it() -> None:
    entries = row(("ident", 5), ("programme", 60), None, ("ident", 5), ("programme", 60))
    assert told(readable(entries)) == [("programme 5", 0, 65), ("programme 130", 125, 190)]


def test_a_long_stretch_is_an_entry_of_its_own_called_after_its_longest_part() -> None:
    entries = row(("programme", 60), ("ident", 5), ("card", 3600), ("ident", 5), ("programme", 60), ("filler", 599))
    assert told(readable(entries)) == [("programme 0", 0, 60), ("card 65", 60, 3670), ("programme 3670", 3670, 4329)]


def test_a_channel_of_nothing_else_is_told_as_well() -> None:
    assert told(readable(row(("filler", 20), ("filler", 30)))) == [("filler 20", 0, 50)]
    assert readable([]) == []


def test_parts_of_one_programme_around_a_fault_are_one_entry() -> None:
    entries = row(("programme", 60), ("slate", 4), ("programme", 60))
    entries[2] = Entry(
        id="x-0", kind="programme", title="again", seq_start=64, seq_stop=124, start_ns=64 * NS, stop_ns=124 * NS
    )
    assert told(readable(entries)) == [("programme 0", 0, 124)]


KINDS: tuple[ItemKind, ...] = ("programme", "rerun", "filler", "ident", "bumper", "card", "slate")


@given(st.lists(st.one_of(st.none(), st.tuples(st.sampled_from(KINDS), st.integers(1, 2000))), max_size=30))
def test_nothing_is_lost_or_doubled(parts: list[tuple[ItemKind, int] | None]) -> None:
    entries = row(*parts)
    folded = readable(entries)
    assert sum(one.stop_ns - one.start_ns for one in folded) == sum(one.stop_ns - one.start_ns for one in entries)
    for earlier, later in pairwise(folded):
        assert earlier.stop_ns <= later.start_ns
    shown = {one.id for one in folded}
    assert shown >= {one.id for one in entries if one.kind not in INTERSTITIAL}
    exact = {one.id: one.start_ns for one in entries}
    before = {one.stop_ns for one in folded}
    for one in folded:
        # A programme begins early only where nothing airs before what it takes in.
        assert one.start_ns == exact[one.id] or one.start_ns not in before or one.kind in INTERSTITIAL
    assert (
        all(one.stop_ns - one.start_ns >= LONG for one in folded if one.kind in INTERSTITIAL)
        or len(folded) < len(entries)
        or folded == entries
    )
    whole = contiguous(folded, "X")
    assert all(earlier.stop_ns == later.start_ns for earlier, later in pairwise(whole))


def test_an_episode_is_told_by_its_series() -> None:
    item = ScheduleItem(id="a-1", kind="programme", source="s", title="The Gift", seq_start=SEQ, segments=10)
    words = Metadata(title="The Gift", series="Fargo", season=2, episode=5)
    one = entry_of(item, Source(id="s", metadata=words), GRID)
    assert (one.title, one.subtitle, one.words) == ("Fargo", "The Gift", words)
    assert (one.start_ns, one.stop_ns) == (GRID.start_ns(SEQ), GRID.start_ns(SEQ + 10))
    assert entry_of(item, None, GRID).title == "The Gift"
