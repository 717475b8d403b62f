"""Generated continuity as sources: what is asked, what is answered, and that an id is enough to find it again."""

from datetime import datetime
from pathlib import Path

import pytest

from tvd.config.model import Channel, House
from tvd.continuity import Generated, card_source, light_at
from tvd.library.eviction import GUARD_NS, Candidate, outlived
from tvd.library.metadata import Metadata
from tvd.library.source import Source
from tvd.media.cards import Card
from tvd.media.house import NS, Grid
from tvd.playout.rundown import ScheduleItem

GRID = Grid(30)
CHANNEL = Channel(number=3, name="Late Night", slug="late-night", folders=(Path("x"),))
GENERATED = Generated(lambda: [CHANNEL])


def seq_at(hour: int, minute: int = 0) -> int:
    """Return the first segment that begins at or after a local time."""
    return GRID.seq_at(int(datetime(2026, 3, 29, hour, minute).astimezone().timestamp()) * NS - 1) + 1


def item(source: Source) -> ScheduleItem:
    return ScheduleItem(
        id="late-night-1", kind="programme", source=source.id, title=source.title, seq_start=1, segments=9
    )


def answers() -> list[Source | None]:
    film = Source(id="abc", title="stalker.1979", metadata=Metadata(title="Stalker", artist="Tarkowski", year=1979))
    return [
        GENERATED.ident("late-night"),
        GENERATED.ident("late-night", seq_at(12)),
        GENERATED.up_next("late-night", item(film), film),
        GENERATED.sign_off("late-night"),
        GENERATED.sign_off("late-night", seq_at(6)),
        GENERATED.night("late-night"),
        GENERATED.sign_on("late-night"),
    ]


def test_every_answer_can_be_scheduled_and_found_by_its_id() -> None:
    found = answers()
    assert len({source.id for source in found if source}) == 7
    for source in found:
        assert source is not None
        assert source.schedulable
        assert source.title
        assert card_source(source.id) == source
    assert found == answers()


def test_a_channel_that_is_not_there_has_nothing_and_other_ids_are_no_cards() -> None:
    assert GENERATED.ident("gone") is None
    assert GENERATED.night("gone") is None
    assert card_source("demo:night-sky:1") is None
    assert card_source("0123456789abcdef") is None


def test_what_follows_is_told_in_words() -> None:
    episode = Source(
        id="e", title="x", metadata=Metadata(title="Pilot", series="Twin Peaks", season=1, episode=1, year=1990)
    )
    source = GENERATED.up_next("late-night", item(episode), episode)
    assert source is not None
    card = Card.parse(source.id)
    assert (card.title, card.detail, card.time) == ("Twin Peaks", "S01 E01 · Pilot · 1990", "")
    bare = Source(id="b", title="holiday\nfilm")
    source = GENERATED.up_next("late-night", item(bare), bare)
    assert source is not None
    assert (Card.parse(source.id).title, Card.parse(source.id).detail) == ("holiday film", "")


def test_the_morning_is_announced_by_the_clock() -> None:
    source = GENERATED.sign_off("late-night", seq_at(6))
    assert source is not None
    assert Card.parse(source.id).time == "06:00"


def test_words_are_in_the_language_of_the_house() -> None:
    channel = Channel(number=3, name="Spät", slug="s", folders=(Path("x"),), house=House(audio_language=("ger", "en")))
    source = Generated(lambda: [channel]).sign_on("s")
    assert source is not None
    assert Card.parse(source.id).language == "de"


@pytest.mark.parametrize(
    ("hour", "light"),
    [(0, "night"), (4, "night"), (5, "morning"), (9, "morning"), (10, "day"), (17, "evening"), (22, "night")],
)
def test_the_ident_follows_the_light(hour: int, light: str) -> None:
    assert light_at(GRID, seq_at(hour)) == light


def test_announcements_go_an_hour_after_their_use_and_nothing_else_does() -> None:
    now = 10 * GUARD_NS
    old, new = now - GUARD_NS - 1, now - GUARD_NS + NS
    candidates = [
        Candidate(("g", "old"), "card:next:1", 1, old, fleeting=True),
        Candidate(("g", "planned"), "card:next:2", 1, old, fleeting=True),
        Candidate(("g", "new"), "card:next:3", 1, new, fleeting=True),
        Candidate(("g", "pinned"), "card:next:4", 1, old, fleeting=True, pinned=True),
        Candidate(("g", "film"), "film", 1, old),
    ]
    assert [one.name[1] for one in outlived(candidates, {"card:next:2": now}, now)] == ["old"]
