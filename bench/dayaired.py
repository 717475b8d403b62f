"""A day of one channel with fixed events, fillers, a clock change and the owner's wishes, taped as a viewer gets it.

One channel airs at full speed: schedule, normalised assets, feeder, ffmpeg and window are those of the air, but for the
clock, which follows the segments. A viewer takes every segment over HTTP, as the playlist lists them. Now and then he
stops, asks everything that tells of programmes, and is answered while the channel waits. What he was told is then held
beside what his tape shows: :mod:`bench.told`.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final

import aiohttp
from aiohttp import web

from bench import numbered
from bench.numbered import Run
from bench.server import configuration, free_port
from bench.soak import SegmentClock, channel_of
from bench.taping import HOUSE, fill
from tvd.cli.preparing import prepare, services_for
from tvd.cli.tape import record
from tvd.clock import NS
from tvd.config.load import load
from tvd.guide.history import History
from tvd.guide.recorder import Recorder
from tvd.hls.playlist import date_time
from tvd.library.queue import Wanted
from tvd.media.ffmpeg import find_ffmpeg
from tvd.media.house import Grid
from tvd.playout.channel import Channel
from tvd.playout.planner import ChannelSchedule
from tvd.playout.planning import REMEMBERED
from tvd.playout.preparation import Preparation
from tvd.playout.promise import Promise
from tvd.playout.rundown import ScheduleItem
from tvd.playout.subtitles import ChannelSubtitles
from tvd.services import Services
from tvd.views import ChannelSeen, Seen
from tvd.web.application import make_app

GRID: Final = Grid(30)
SLUG: Final = "day"
_LOW: Final = {**HOUSE, "video_bitrate": "200k", "audio_bitrate": "32k"}
_AHEAD: Final = 8
"""Segments the channel may be fed beyond those the viewer has: fewer than stay in the window."""
_LOOK_EVERY: Final = 32
_PATIENCE: Final = 60.0
_FAR: Final = 7 * 86_400 * NS


@dataclass(frozen=True, slots=True)
class Plan:
    """A day: from ``begin`` (UTC) for ``hours`` hours.

    ``films``, ``specials``, ``fillers`` and ``idents`` are how many segments each of these sources has; ``events`` give
    each special its local time, and ``asks`` what the owner wants when so many minutes are over: an action and, unless
    it is ``skip``, the number of a source. ``every`` minutes the viewer asks what is told.
    """

    begin: datetime
    hours: float
    films: Sequence[int]
    specials: Sequence[int]
    fillers: Sequence[int]
    idents: Sequence[int]
    events: Sequence[str]
    asks: Mapping[int, tuple[str, int]]
    every: int

    @property
    def start(self) -> int:
        """First segment."""
        return GRID.seq_at(int(self.begin.timestamp()) * NS - 1) + 1

    @property
    def stop(self) -> int:
        """First segment behind the day."""
        return self.start + GRID.segments_for(self.hours * 3600)

    def folders(self) -> dict[str, dict[int, int]]:
        """Return the sources: folder, number, segments."""
        kinds = {"films": self.films, "specials": self.specials, "fillers": self.fillers, "idents": self.idents}
        return {
            name: {50 * place + n: segments for n, segments in enumerate(each, 1)}
            for place, (name, each) in enumerate(kinds.items())
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """What everything said when segment ``now`` was the newest the viewer had, and ``newest`` the newest there was.

    Times are in UTC as they were told.
    """

    now: int
    newest: int
    guide: Sequence[Mapping[str, Any]]
    schedule: Sequence[Mapping[str, Any]]
    asrun: Sequence[Mapping[str, Any]]
    csv: str
    xmltv: str


@dataclass(slots=True)
class Day:
    """A day that was aired: what the viewer was told, and what his tape shows."""

    plan: Plan
    start: int
    stop: int
    lengths: dict[int, int]
    """Segments of each source, by number."""
    kinds: dict[int, str]
    """The folder of each source, by number."""
    taped: list[Run] = field(default_factory=list)
    """What the viewer's tape shows."""
    again: list[Run] = field(default_factory=list)
    """What ``tvd tape`` shows of the same time afterwards."""
    asked: list[Asked] = field(default_factory=list)
    granted: list[dict[str, Any]] = field(default_factory=list)
    """What the owner's wishes were answered, in their order."""
    dates: dict[int, str] = field(default_factory=dict)
    """PROGRAM-DATE-TIME of each segment."""
    ranges: dict[str, dict[str, str]] = field(default_factory=dict)
    """Attributes of each EXT-X-DATERANGE, as told last."""
    seconds: float = 0.0
    """How long it took to air."""


async def air(work: Path, plan: Plan) -> Day:
    """Air the day of ``plan`` with data in ``work``, tape and examine it."""
    config = (await asyncio.to_thread(load, await _set_up(work, plan), {})).config
    every = plan.folders()
    lengths = {number: segments for sources in every.values() for number, segments in sources.items()}
    kinds = {number: name for name, sources in every.items() for number in sources}
    async with services_for(config, config.channels) as services:
        await _prepare(services)
        day = await _aired(services, plan, Day(plan, plan.start, plan.stop, lengths, kinds), work / "viewer.mp4")
        from_ns, to_ns = GRID.start_ns(day.start), GRID.start_ns(day.stop)
        made = await record(services, config.channels[0], from_ns, to_ns - from_ns, work / "tape.mp4")
    day.taped = await asyncio.to_thread(numbered.runs, work / "viewer.mp4", GRID)
    day.again = await asyncio.to_thread(numbered.runs, work / "tape.mp4", GRID, made.start, made.taped.offset)
    return day


async def _set_up(work: Path, plan: Plan) -> Path:
    """Make the sources and a configuration that airs them, and return it."""
    ffmpeg = (await find_ffmpeg()).path
    for folder, sources in plan.folders().items():
        await asyncio.to_thread((work / folder).mkdir, parents=True)
        making = (
            asyncio.to_thread(numbered.make, work / folder / f"{number}.mkv", number, segments, GRID, ffmpeg)
            for number, segments in sources.items()
        )
        fill(work / folder, await asyncio.gather(*making))
    channel = {
        "number": 5,
        "name": "Day",
        "slug": SLUG,
        "folders": ["films"],
        "fillers": ["fillers"],
        "idents": ["idents"],
        "timezone": "Europe/Berlin",
        "ident_every": "45m",
        # What is drawn for its moment cannot be drawn a thousand times as fast as it airs.
        "up_next": False,
        "events": [
            {"name": f"At {at}", "at": at, "folders": ["specials"], "title": [numbered.title(number)]}
            for at, number in zip(plan.events, plan.folders()["specials"], strict=True)
        ],
    }
    return configuration(work, work / "data", [channel], house=_LOW, normaliser={"jobs": 2})


async def _prepare(services: Services) -> None:
    channel = services.config.channels[0]
    output = await services.output(channel)
    await prepare(
        services,
        [Wanted(source, output.house, output.treatment, _FAR) for source in services.sources(channel)],
    )


# On air ---------------------------------------------------------------------------------------------------------------


class _Paced(Promise):
    """A channel's promise; nothing is fed that the viewer is not near. ``taken`` is the newest segment he has."""

    def __init__(self, schedule: ChannelSchedule, preparation: Preparation, *, taken: int) -> None:
        super().__init__(schedule, preparation)
        self.taken = taken
        self._more = asyncio.Event()

    async def item_at(self, seq: int) -> ScheduleItem | None:
        while seq > self.taken + _AHEAD:
            self._more.clear()
            await self._more.wait()
        return await super().item_at(seq)

    def take(self, seq: int) -> None:
        """Go on: the viewer has all segments up to ``seq``."""
        self.taken = seq
        self._more.set()


@dataclass(slots=True)
class _Air:
    """A channel on air, what records it, and where it can be asked."""

    channel: Channel
    promise: _Paced
    recorder: Recorder
    history: History
    session: aiohttp.ClientSession
    url: str

    async def text(self, path: str, **query: str) -> str:
        async with self.session.get(self.url + path, params=query) as answer:
            answer.raise_for_status()
            return await answer.text()

    async def json(self, path: str, **query: str) -> Any:
        async with self.session.get(self.url + path, params=query) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def made(self, seq: int) -> None:
        """Wait until segment ``seq`` can be had."""
        window = self.channel.window
        async with asyncio.timeout(_PATIENCE):
            while (window.newest or 0) < seq:
                await window.wait()

    async def look(self) -> None:
        """Do what the application does every few seconds."""
        now = self.channel.on_air_seq()
        await self.promise.plan(now)
        self.channel.asrun.forget_before(now - GRID.segments_for(REMEMBERED))


@asynccontextmanager
async def _on_air(services: Services, plan: Plan) -> AsyncIterator[_Air]:
    config = services.config.channels[0]
    clock = SegmentClock(GRID, GRID.start_ns(plan.start) + 1)
    # No further than the viewer's first look needs: it is to see the very first segment listed.
    channel, promise = await channel_of(services, config, clock, partial(_Paced, taken=plan.start + 2 - _AHEAD))
    history = History(services.config.storage.data / "asrun.sqlite", 0)
    seen = Seen(clock, "tvd", services.normaliser, services.art, history)
    subtitles = ChannelSubtitles(
        GRID,
        (),
        aired=channel.asrun,
        shelf=services.store,
        store=services.subtitles,
        sources=partial(services.sources, config),
        keep=channel.window.keep,
    )
    seen.show([ChannelSeen(channel, services.source, subtitles)])
    runner = web.AppRunner(make_app(seen, services.config), access_log=None)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    recorder = Recorder(history, lambda: [channel], services.source)
    await recorder.resume(channel)
    task = asyncio.create_task(channel.run())
    try:
        async with aiohttp.ClientSession() as session:
            yield _Air(channel, promise, recorder, history, session, f"http://127.0.0.1:{port}")
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await runner.cleanup()
        await history.close()


# The viewer -----------------------------------------------------------------------------------------------------------

_SEGMENT: Final = re.compile(r"(\S+)/(\d+)\.m4s")


async def _aired(services: Services, plan: Plan, day: Day, to: Path) -> Day:
    """Air the day, and write down what its viewer gets and is told."""
    asks = {plan.start + GRID.segments_for(minutes * 60): ask for minutes, ask in plan.asks.items()}
    every = GRID.segments_for(plan.every * 60)
    began = time.monotonic()
    async with _on_air(services, plan) as air:
        await air.made(plan.start)
        looked = asked = taken = plan.start
        with to.open("wb") as tape:
            # Up to a wish, then one by one: where it is granted does not depend on how fast the machine is.
            while taken + 1 < plan.stop:
                due = next(iter(asks), plan.stop)
                taken = await _take(air, day, tape, min(max(due, taken + 1) + 1, plan.stop))
                if taken >= looked + _LOOK_EVERY:
                    looked = taken
                    await air.look()
                if taken >= asked + every:
                    asked = taken
                    day.asked.append(await _ask(air, plan, taken))
                if due <= taken and await _goes_on(air, taken):
                    day.granted.append(await _wish(air, *asks.pop(due)))
        day.seconds = time.monotonic() - began
        day.start = min(day.dates)
        day.asked.append(await _ask(air, plan, taken))
    return day


async def _take(air: _Air, day: Day, tape: BinaryIO, stop: int) -> int:
    """Take what is listed and not on the ``tape`` yet, as players do; return the newest segment there now."""
    taken = max(day.dates, default=0)
    await air.made(taken + 1)
    date = ""
    for line in (await air.text(f"/hls/{SLUG}/index.m3u8")).splitlines():
        if line.startswith("#EXT-X-PROGRAM-DATE-TIME:"):
            date = line.partition(":")[2]
        elif line.startswith("#EXT-X-DATERANGE:"):
            attributes = dict(re.findall(r'([A-Z-]+)="([^"]*)"', line))
            day.ranges[attributes["ID"]] = attributes
        elif (match := _SEGMENT.fullmatch(line)) and taken < (seq := int(match[2])) < stop:
            if not taken:
                tape.write(await _bytes(air, f"/hls/{SLUG}/{match[1]}/init.mp4"))
            tape.write(await _bytes(air, f"/hls/{SLUG}/{line}"))
            taken, day.dates[seq] = seq, date
    air.recorder.look(air.channel)
    air.promise.take(taken)
    return taken


async def _bytes(air: _Air, path: str) -> bytes:
    async with air.session.get(air.url + path) as answer:
        answer.raise_for_status()
        return await answer.read()


async def _ask(air: _Air, plan: Plan, now: int) -> Asked:
    """Ask everything that tells of programmes, of the day until now and of the hours to come, while nothing moves."""
    await air.made(now + _AHEAD - 1)
    air.recorder.look(air.channel)
    await air.history.flush()
    begin = plan.begin - timedelta(minutes=1)
    until = datetime.fromtimestamp(GRID.start_ns(now) // NS, UTC) + timedelta(hours=12)
    span = {"from": begin.isoformat(), "to": until.isoformat()}
    guide = await air.json("/api/guide", **span)
    return Asked(
        now=now,
        newest=air.channel.on_air_seq(),
        guide=guide["channels"][0]["programmes"],
        schedule=await air.json(f"/api/channels/{SLUG}/schedule", **span),
        asrun=await air.json(f"/api/channels/{SLUG}/asrun", **span),
        csv=await air.text(f"/api/channels/{SLUG}/asrun.csv", **span),
        xmltv=await air.text("/iptv/guide.xml"),
    )


async def _goes_on(air: _Air, now: int) -> bool:
    """Return, while nothing moves, whether what airs goes on for a while: the owner does not skip what is ending."""
    await air.made(now + _AHEAD - 1)
    first = date_time(GRID.start_ns(now + _AHEAD))
    last = date_time(GRID.start_ns(now + 2 * _AHEAD))
    parts = await air.json(f"/api/channels/{SLUG}/schedule", **{"from": first, "to": last})
    return len(parts) == 1 and parts[0]["kind"] == "programme"


async def _wish(air: _Air, action: str, number: int) -> dict[str, Any]:
    body = {"action": action, **({"source": numbered.title(number)} if number else {})}
    async with air.session.post(f"{air.url}/api/channels/{SLUG}/requests", json=body) as answer:
        answer.raise_for_status()
        granted: dict[str, Any] = await answer.json()
    return granted
