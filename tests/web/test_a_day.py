"""A day with events, fillers, a skip, a fault and a clock change: plan, guides and as-run log say the same."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

from studio import StudioClock

from tvd.clock import NS
from tvd.config.model import Channel
from tvd.config.programming import Event
from tvd.guide.entries import Entry, entry_of
from tvd.guide.history import History
from tvd.guide.recorder import Recorder
from tvd.hls.segment import Segment
from tvd.hls.window import SegmentWindow
from tvd.library.source import Source
from tvd.media.house import Grid
from tvd.playout.asrun import AsRun, AsRunLog
from tvd.playout.planner import ChannelSchedule
from tvd.playout.rundown import INTERSTITIAL, ScheduleItem
from tvd.web import listings
from tvd.web.listings import Listings

GRID = Grid(30)
# The last Sunday of October: in Berlin the hour from two to three comes twice.
BEGIN = GRID.seq_at(int(datetime(2026, 10, 24, 20, tzinfo=UTC).timestamp()) * NS)
HOUR = GRID.segments_for(3600)
SKIP, FAULT = BEGIN + 5 * HOUR + 17, BEGIN + 9 * HOUR
FILMS, FILLERS = Path("/f/films"), Path("/f/fillers")
SOURCES = (
    *(Source(id=f"{n:016x}", path=FILMS / f"{n}.mp4", title=f"Film {n}", duration=300.0 + 113 * n) for n in range(40)),
    *(Source(id=f"{n:016x}", path=FILLERS / f"{n}.mp4", title=f"Filler {n}", duration=11.0 * n) for n in range(50, 56)),
)
CHANNEL = Channel(
    number=5,
    name="Five",
    slug="five",
    folders=(FILMS,),
    fillers=(FILLERS,),
    timezone="Europe/Berlin",
    ident_every=0.0,
    events=(
        Event(name="In the hour that comes twice", at="02:30", title=("Film 7",)),
        Event(name="At one", at="13:00", title=("Film 9",)),
    ),
)
EVENTS = {datetime(2026, 10, 25, 0, 30, tzinfo=UTC): "Film 7", datetime(2026, 10, 25, 12, tzinfo=UTC): "Film 9"}
BY_ID = {source.id: source for source in SOURCES}


@dataclass
class Day:
    """A channel that airs what its schedule says, without a picture; it is both what is recorded and what is asked."""

    schedule: ChannelSchedule
    asrun: AsRunLog
    clock: StudioClock
    number: int = 5
    name: str = "Five"
    slug: str = "five"
    grid: Grid = GRID

    def __post_init__(self) -> None:
        self.config = SimpleNamespace(slug=self.slug)
        self.promise = SimpleNamespace(schedule=self.schedule)
        self.window = SegmentWindow(self.on_air_seq, 17)
        self.window.put_initialisation("r", b"")

    def on_air_seq(self) -> int:
        return GRID.seq_at(self.clock.now_ns())

    def entries(self, from_ns: int, to_ns: int) -> Sequence[Entry]:
        items = self.schedule.between(GRID.seq_at(from_ns), GRID.seq_at(to_ns - 1) + 1)
        return [entry_of(item, BY_ID.get(item.source), GRID) for item in items]

    def air(self, seq: int) -> ScheduleItem:
        self.clock.set(GRID.start_ns(seq) + 1)
        if seq == SKIP:
            self.schedule.revise(seq)
        if seq % 20 == 0 or seq in {BEGIN, SKIP}:
            self.schedule.freeze(seq, seq + 50, lambda _: True)
        item = self.schedule.item_at(seq)
        assert item is not None
        slate = FAULT <= seq < FAULT + 4
        index = item.first + seq - item.seq_start
        fed = AsRun(
            seq=seq,
            asset="g/slate" if slate else f"g/{item.source}",
            index=0 if slate else index,
            item=item.id,
            kind="slate" if slate else item.kind,
            title=item.title,
        )
        known = self.asrun.at(seq)
        if known is None or (known[0].item, known[0].kind) != (fed.item, fed.kind):
            self.asrun._accept(fed)
        self.window.put(Segment(seq, "r", b""))
        return item


async def test_everything_says_the_same_of_a_day(tmp_path: Path) -> None:
    clock = StudioClock(GRID.start_ns(BEGIN) + 1)
    schedule = ChannelSchedule(CHANNEL, tmp_path / "channels", lambda: SOURCES)
    schedule.load(BEGIN)
    schedule.begin(BEGIN)
    day = Day(schedule, AsRunLog(tmp_path / "channels", "five", GRID), clock)
    history = History(tmp_path / "asrun.sqlite", 0)
    recorder = Recorder(history, lambda: [day], BY_ID.get)  # type: ignore[arg-type, list-item]
    await recorder.resume(day)  # type: ignore[arg-type]
    planned: dict[str, ScheduleItem] = {}
    stop = BEGIN + 24 * HOUR
    for seq in range(BEGIN, stop):
        item = day.air(seq)
        planned[item.id] = item
        recorder.look(day)  # type: ignore[arg-type]
        if seq % 1000 == 0:
            await history.flush()
    aired = await history.between("five", GRID.start_ns(BEGIN), GRID.start_ns(stop))
    for moment, title in EVENTS.items():
        begins = GRID.seq_at(int(moment.timestamp()) * NS - 1) + 1
        assert [one.title for one in aired if one.seq_start == begins] == [title]
    assert any(one.kind == "filler" for one in aired)
    assert (aired[0].seq_start, aired[-1].seq_stop) == (BEGIN, stop)
    assert all(one.seq_stop == two.seq_start for one, two in pairwise(aired))
    cut = next(one for one in aired if one.seq_stop == SKIP)
    assert planned[cut.item].seq_stop > SKIP or planned[cut.item].segments < GRID.segments_for(300)
    # Every row is the plan's, but where the slate stepped in; every segment of it the one the plan says.
    slates = [(one.seq_start, one.seq_stop) for one in aired if one.kind == "slate"]
    assert slates == [(FAULT, FAULT + 4)]
    for one in aired:
        item = planned[one.item]
        assert one.kind == "slate" or one.first == one.seq_start - item.seq_start
        assert one.seq_start >= item.seq_start
    guide = Listings(SimpleNamespace(clock=clock, history=history, title="tvd", channels=lambda: [day]), 1)  # type: ignore[arg-type]
    from_ns, to_ns = GRID.start_ns(BEGIN), GRID.start_ns(stop + 2 * HOUR)
    told = await guide.entries(day, from_ns, to_ns)  # type: ignore[arg-type]
    assert all(one.stop_ns == two.start_ns for one, two in pairwise(told))
    assert [(one.id, one.seq_start) for one in told if one.aired] == [
        (item, min(one.seq_start for one in aired if one.item == item))
        for item in dict.fromkeys(one.item for one in aired if planned[one.item].kind not in INTERSTITIAL)
        if item != told[sum(one.aired for one in told)].id
    ]
    text = (await guide.xmltv("http://tv")).body.decode()
    starts = re.findall(r'<programme start="(\d{14}) \+0000"', text)
    since = GRID.start_ns(stop - 1) // (3600 * NS) * 3600 * NS - listings._PAST
    expected = [one for one in await guide.entries(day, since, to_ns) if one.start_ns >= since]  # type: ignore[arg-type]
    wanted = [f"{datetime.fromtimestamp(one.start_ns // NS, UTC):%Y%m%d%H%M%S}" for one in expected]
    assert wanted == starts[1 : len(wanted) + 1] or wanted == starts[: len(wanted)]
    await history.close()
