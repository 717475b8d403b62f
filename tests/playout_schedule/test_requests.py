"""Requests: from the first segment not fed yet, written down, known after a restart, honest about what cannot be."""

from pathlib import Path

import pytest
from broadcasts import DAY, FILMS, GRID, Drawn, channel, contiguous, film

from tvd.config.programming import Event
from tvd.errors import ConflictError, NotFoundError
from tvd.library.source import Source
from tvd.playout.planner import ChannelSchedule
from tvd.playout.promise import Promise
from tvd.playout.requests import find, grant
from tvd.playout.rundown import ScheduleItem

NOON = GRID.seq_at(1_790_000_000 * 10**9)
LEAD = 5


class Studio:
    """One channel whose assets are all there, but for those named ``missing``; restarted at will."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sources = [film(number, 10 + number) for number in range(8)]
        self.channel = channel(events=(Event(name="Film", at="20:00", files=(FILMS / "7.mkv",)),))
        self.missing: set[str] = set()
        self.restart(NOON)

    def restart(self, now: int) -> None:
        self.schedule = ChannelSchedule(self.channel, self.folder, lambda: self.sources)
        self.schedule.load(now)
        self.promise = Promise(self.schedule, self)

    def ready(self, item: ScheduleItem) -> int:
        return 0 if item.source in self.missing else item.segments

    def expected(self, item: ScheduleItem) -> bool:
        return item.source not in self.missing

    def plan(self, start: int = NOON) -> list[ScheduleItem]:
        return list(self.schedule.between(start, NOON + DAY))


@pytest.fixture(name="studio")
async def _studio(tmp_path: Path) -> Studio:
    studio = Studio(tmp_path)
    await studio.promise.begin(NOON)
    await studio.promise.plan(NOON)
    return studio


async def test_play_next_comes_behind_what_airs(studio: Studio) -> None:
    on_air, following = studio.plan()[:2]
    wanted = next(source for source in studio.sources if source.id not in {on_air.source, following.source})
    granted = await grant(studio.promise, "next", wanted.id, NOON + LEAD)
    assert granted.item is not None
    assert (granted.item.source, granted.item.seq_start) == (wanted.id, on_air.seq_stop)
    now, then, after = studio.plan()[:3]
    assert (now, then, after.source) == (on_air, granted.item, following.source)
    assert contiguous(studio.plan())
    # Promised and written down: the same after a restart, and granted once.
    plan = studio.plan()
    studio.restart(NOON + LEAD)
    assert studio.plan() == plan
    assert studio.schedule.frozen_until > granted.item.seq_start


async def test_several_wishes_come_in_their_order(studio: Studio) -> None:
    on_air, *_ = studio.plan()
    wishes = [source.id for source in studio.sources if source.id != on_air.source][:3]
    for wish in wishes:
        await grant(studio.promise, "next", wish, NOON + LEAD)
    assert [item.source for item in studio.plan()[1:4]] == wishes


async def test_a_wish_comes_sooner_when_what_airs_is_skipped(studio: Studio) -> None:
    on_air, following = studio.plan()[:2]
    wanted = next(source for source in studio.sources if source.id not in {on_air.source, following.source})
    await grant(studio.promise, "next", wanted.id, NOON + LEAD)
    await grant(studio.promise, "skip", "", NOON + LEAD)
    assert [item.source for item in studio.plan()[:3]] == [on_air.source, wanted.id, following.source]


async def test_play_now_ends_what_airs_at_the_first_segment_not_fed(studio: Studio) -> None:
    on_air, following = studio.plan()[:2]
    fed = NOON + LEAD + 3
    assert await studio.promise.item_at(fed) == on_air
    wanted = studio.sources[int(following.source, 16) - 1]
    granted = await grant(studio.promise, "now", wanted.title.upper(), NOON + LEAD)
    assert granted.seq == fed + 1
    cut, now = studio.plan()[:2]
    assert (cut.id, cut.seq_stop) == (on_air.id, fed + 1)
    assert (now.source, now.seq_start) == (wanted.id, fed + 1)
    assert await studio.promise.item_at(fed) == cut


async def test_skip_goes_on_with_what_would_have_followed(studio: Studio) -> None:
    on_air, following = studio.plan()[:2]
    granted = await grant(studio.promise, "skip", "", NOON + LEAD)
    assert granted.title == on_air.title
    cut, now = studio.plan()[:2]
    assert (cut.seq_stop, now.seq_start, now.source) == (NOON + LEAD + 1, NOON + LEAD + 1, following.source)
    assert granted.item == now
    with pytest.raises(ConflictError, match="nothing to skip"):
        await grant(studio.promise, "skip", "", NOON + LEAD)


async def test_what_is_removed_is_gone_for_the_day_and_back_on_the_next(studio: Studio) -> None:
    before = studio.plan()
    source = before[1].source
    midnight = studio.schedule.midnight_after(NOON)
    granted = await grant(studio.promise, "remove", source, NOON + LEAD)
    assert granted.item == before[1]
    assert granted.count == sum(item.source == source and item.seq_start < midnight for item in before)
    left = [item.seq_start for item in studio.plan() if item.source == source]
    assert left
    assert left[0] >= midnight
    studio.restart(NOON + LEAD)
    assert [item.seq_start for item in studio.plan() if item.source == source] == left
    assert contiguous(studio.plan())


async def test_what_is_asked_for_is_pending_until_it_came(studio: Studio) -> None:
    on_air, following, *_ = studio.plan()
    wanted, removed = [one.id for one in studio.sources if one.id not in {on_air.source, following.source}][:2]
    midnight = studio.schedule.midnight_after(NOON)
    assert studio.schedule.pending(NOON) == []
    studio.missing = {wanted}
    await grant(studio.promise, "next", wanted, NOON + LEAD)
    await grant(studio.promise, "remove", removed, NOON + LEAD)
    await grant(studio.promise, "skip", "", NOON + LEAD)
    assert [(one.action, one.source, item) for one, item in studio.schedule.pending(NOON)] == [
        ("next", wanted, None),
        ("remove", removed, None),
    ]
    studio.missing = set()
    await studio.promise.plan(NOON + LEAD + 1)
    for _ in range(2):
        (_, item), (kept, _) = studio.schedule.pending(NOON)
        assert item is not None
        assert (item.source, kept.until) == (wanted, midnight)
        assert [one.action for one, _ in studio.schedule.pending(item.seq_start)] == ["remove"]
        studio.restart(NOON + LEAD)
    assert studio.schedule.pending(midnight) == []
    # Granted and gone from memory is not asked for again.
    later = item.seq_stop + GRID.segments_for(3 * 3600)
    await studio.promise.plan(later)
    assert item not in studio.schedule.between(NOON, later)
    assert [one.action for one, _ in studio.schedule.pending(later)] == (["remove"] if later < midnight else [])


async def test_an_event_is_hit_after_any_request(studio: Studio) -> None:
    at = next(item.seq_start for item in studio.plan() if item.block == "Film")
    for step, action in enumerate(("skip", "next", "now", "remove")):
        await grant(studio.promise, action, "" if action == "skip" else "film 3", NOON + LEAD + 100 * step)
    assert next(item.seq_start for item in studio.plan() if item.block == "Film") == at


async def test_a_wish_that_is_not_prepared_is_granted_when_it_is(studio: Studio) -> None:
    on_air = studio.plan()[0]
    wanted = next(source for source in studio.sources if source.id != on_air.source)
    studio.missing = {wanted.id}
    granted = await grant(studio.promise, "next", wanted.id, NOON + LEAD)
    # It is left open as long as it may still be in time; then something prepared takes its place and it stays next.
    assert granted.item is not None
    assert granted.item.seq_start == on_air.seq_stop
    await studio.promise.plan(on_air.seq_stop - 10)
    rerun = studio.schedule.item_at(on_air.seq_stop)
    assert rerun is not None
    assert rerun.kind == "rerun"
    studio.missing = set()
    await studio.promise.plan(NOON)
    following = studio.schedule.item_at(rerun.seq_stop)
    assert following is not None
    assert following.source == wanted.id


async def test_two_replicas_follow_one_request(studio: Studio) -> None:
    other = Studio(studio.folder)
    await other.promise.plan(NOON)
    assert other.plan() == studio.plan()
    await grant(studio.promise, "now", "film 5", NOON + LEAD)
    await other.promise.plan(NOON + 1)
    assert other.plan() == studio.plan()


async def test_what_cannot_be_asked(studio: Studio, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="nothing on one is called 'Casablanca'"):
        await grant(studio.promise, "next", "Casablanca", NOON + LEAD)
    with pytest.raises(ConflictError, match=r"8 are called 'film': Film 0 \(0{16}\), .* …; name one"):
        await grant(studio.promise, "next", "film", NOON + LEAD)
    assert find(studio.schedule, "m 3").title == "Film 3"
    studio.missing = {studio.sources[3].id}
    with pytest.raises(ConflictError, match="Film 3 is not prepared yet"):
        await grant(studio.promise, "now", "film 3", NOON + LEAD)
    idle = Studio(tmp_path / "other")
    with pytest.raises(ConflictError, match="not on air yet"):
        await grant(idle.promise, "skip", "", NOON + LEAD)


async def test_a_changed_programming_is_planned_anew_behind_what_airs(studio: Studio) -> None:
    on_air = studio.plan()[0]
    await studio.promise.replan(NOON + LEAD)
    assert studio.schedule.frozen_until == on_air.seq_stop
    studio.channel = channel(order="sequential")
    studio.restart(NOON + LEAD)
    assert [item.title for item in studio.plan()[1:4]] == ["Film 0", "Film 1", "Film 2"]


async def test_looking_ahead_serves_everyone_who_asks(studio: Studio) -> None:
    """Nothing is computed by whoever asks: a changed library shows with the next look ahead, the promise at once."""
    plan = studio.plan()
    studio.sources = [*studio.sources[:2], Source(id="f" * 16, path=FILMS / "new.mkv", title="New", duration=900)]
    assert studio.plan() == plan
    await studio.promise.plan(NOON)
    changed = studio.plan()
    assert changed != plan
    promised = [item for item in plan if item.seq_stop <= studio.schedule.frozen_until]
    assert changed[: len(promised)] == promised
    assert contiguous(changed)


async def test_idents_are_promised_only_when_they_are_there(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    for missing in ({"drawn:ident one"}, set[str]()):
        studio.missing = missing
        studio.schedule = ChannelSchedule(channel(), tmp_path / str(len(missing)), lambda: studio.sources, Drawn())
        promise = Promise(studio.schedule, studio)
        await promise.begin(NOON)
        for at in range(NOON, NOON + 5000, 500):
            await promise.plan(at)
        frozen = studio.schedule.between(NOON, studio.schedule.frozen_until)
        assert ("ident" in {item.kind for item in frozen}) is not bool(missing)
        assert ("card" in {item.kind for item in frozen}) is not bool(missing)
        assert contiguous(frozen)
