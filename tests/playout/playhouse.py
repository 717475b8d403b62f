"""A shelf of real assets, a clock to turn, and a bench on which channels run by that clock with real live processes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from gridded import NOW, Clip

from tvd.config import model
from tvd.library.asset import ASSET_FILE, Asset, Manifest
from tvd.library.source import Source
from tvd.media.asset_file import AssetFile
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.house import Grid, HouseFormat
from tvd.media.live import LiveSettings
from tvd.media.treatment import Treatment
from tvd.playout.asrun import AsRunLog
from tvd.playout.channel import Channel
from tvd.playout.output import Output
from tvd.playout.planner import ChannelSchedule
from tvd.playout.promise import Promise
from tvd.playout.renditions import Renditions
from tvd.playout.rundown import ScheduleItem

GENERATION = "160x90p30-00000000"
SLUG = "night"
TREATMENT = Treatment()


class Shelf:
    """Assets in a folder, by source; what the feeder needs of a store, and nothing else."""

    def __init__(self, folder: Path, slate: Clip) -> None:
        self.folder = folder
        self.grid = slate.grid
        self.house = slate.house
        self.initialisation = slate.initialisation
        self.by_key: dict[str, Asset] = {}
        self.current: dict[str, Asset] = {}
        self.discarded: list[tuple[str, str]] = []
        self.segments: dict[str, int] = {}
        self.open_files: dict[str, AssetFile] = {}
        self._slate: Asset | None = self.put("slate", slate, len(slate.fragments))

    def put(self, source: str, clip: Clip, segments: int, *, key: str = "", ready: int | None = None) -> Asset:
        """Put an asset of ``segments`` segments on the shelf; with ``ready`` it is still growing."""
        key = key or f"{source}-{len(self.by_key)}"
        folder = self.folder / key
        folder.mkdir(parents=True)
        clip.write(folder / ASSET_FILE, segments if ready is None else ready)
        manifest = Manifest(
            key=key,
            source=source,
            title=source,
            generation=GENERATION,
            house=clip.house.key,
            treatment=TREATMENT.key,
            fps=clip.grid.fps,
            segments=segments,
        )
        asset = Asset(manifest, folder, growing=ready is not None)
        asset.ready = segments if ready is None else ready
        self.by_key[key] = self.current[source] = asset
        self.segments.setdefault(source, segments)
        return asset

    def sources(self) -> tuple[Source, ...]:
        """Return the sources in the order of their names, each as long as its first asset."""
        names = sorted(self.segments.keys() - {"slate"})
        lasts = {name: float(self.segments[name] * self.grid.duration) for name in names}
        return tuple(
            Source(id=name, path=Path(f"/films/{name}.mp4"), title=name.upper(), duration=lasts[name] - 0.1)
            for name in names
        )

    def find(self, source_id: str, house: HouseFormat, treatment: Treatment) -> Asset | None:
        assert (house, treatment) == (self.house, TREATMENT)
        return self.current.get(source_id)

    def get(self, generation: str, key: str) -> Asset | None:
        assert generation == GENERATION
        return self.by_key.get(key)

    def slate(self, house: HouseFormat) -> Asset | None:
        assert house == self.house
        return self._slate

    def open(self, asset: Asset) -> AssetFile:
        self.open_files[asset.key] = file = AssetFile(asset.path, self.grid)
        return file

    def opened(self, asset: Asset) -> AssetFile | None:
        return self.open_files.get(asset.key)

    async def discard(self, asset: Asset, reason: str) -> None:
        self.discarded.append((asset.key, reason))
        asset.lost = reason
        self.open_files.pop(asset.key, None)
        if self.current.get(asset.source) is asset:
            del self.current[asset.source]

    # As the schedule's preparation ------------------------------------------------------------------------------------

    def ready(self, item: ScheduleItem) -> int:
        asset = self.current.get(item.source)
        return asset.ready if asset else 0

    def expected(self, item: ScheduleItem) -> bool:
        return bool(item)


class TurnedClock:
    """UTC that only a test turns; whoever sleeps until some time is woken by the turn that reaches it."""

    def __init__(self, seq: int = NOW, grid: Grid | None = None) -> None:
        self._grid = grid or Grid(30)
        self.at_ns = self._grid.start_ns(seq) + 1_000
        self._turned = asyncio.Event()

    def now_ns(self) -> int:
        return self.at_ns

    def turn(self, segments: int = 1) -> None:
        seq = self._grid.seq_at(self.at_ns)
        self.at_ns = self._grid.start_ns(seq + segments) + 1_000
        turned, self._turned = self._turned, asyncio.Event()
        turned.set()

    async def sleep_until(self, _clock: object, unix_ns: int) -> None:
        while self.at_ns < unix_ns:
            await self._turned.wait()


@dataclass
class Run:
    """A channel while it runs; ``seen`` is every segment it made, by number."""

    channel: Channel
    clock: TurnedClock
    seen: dict[int, bytes] = field(default_factory=dict)
    task: "asyncio.Task[None] | None" = None

    @property
    def pid(self) -> int:
        pid = self.channel.status().pid
        assert pid is not None
        return pid

    async def made(self, seq: int) -> None:
        """Wait until segment ``seq`` is in the window, and note all that came."""
        window = self.channel.window
        assert self.task is not None
        async with asyncio.timeout(60):
            while True:
                waiting = asyncio.ensure_future(window.wait())
                await asyncio.wait({waiting}, timeout=0)  # it waits before the look, so that nothing is missed
                if (window.newest or 0) >= seq:
                    waiting.cancel()
                    break
                await asyncio.wait({waiting, self.task}, return_when=asyncio.FIRST_COMPLETED)
                if self.task.done():
                    waiting.cancel()
                    self.task.result()
                self._note()
        self._note()

    def _note(self) -> None:
        window = self.channel.window
        assert window.oldest is not None
        assert window.newest is not None
        for seq in range(window.oldest, window.newest + 1):
            segment = window.get(seq)
            assert segment is not None, f"gap at {seq}"
            if seq not in self.seen:
                self.seen[seq] = segment.data

    async def restarted(self, times: int) -> None:
        """Wait until the live process was replaced so often and the new one runs."""
        async with asyncio.timeout(60):
            while self.channel.status().restarts < times or self.channel.status().pid is None:
                await asyncio.sleep(0.01)

    async def air(self, segments: int, lead: int | None = None) -> None:
        """Let ``segments`` segments pass, each with its lead made (or ``lead`` segments of it)."""
        for _ in range(segments):
            self.clock.turn()
            await self.made(self.channel.on_air_seq() + (self.channel.live.lead if lead is None else lead))

    @property
    def kinds(self) -> dict[int, str]:
        """What aired as each segment: the asset's source and its segment, ``slate`` for the slate."""
        found = {}
        for seq in self.seen:
            known = self.channel.asrun.at(seq)
            if known is not None:
                entry, index = known
                found[seq] = "slate" if entry.kind == "slate" else f"{entry.asset.partition('/')[2][0]}{index}"
        return found


@dataclass
class Bench:
    """Builds channels over one shelf; each :meth:`run` is like a start of tvd over the same data folder."""

    shelf: Shelf
    ffmpeg: Ffmpeg
    folder: Path
    clock: TurnedClock

    def channel(self, settings: LiveSettings | None = None) -> Channel:
        shelf = self.shelf
        output = Output(shelf.house, TREATMENT, settings or LiveSettings(), GENERATION, shelf.initialisation)
        house = model.House(fps=shelf.grid.fps)
        config = model.Channel(number=1, name="Night", slug=SLUG, order="sequential", house=house)
        schedule = ChannelSchedule(config, self.folder, shelf.sources)
        return Channel(
            config,
            model.Live(),
            output,
            clock=self.clock,
            ffmpeg=self.ffmpeg,
            promise=Promise(schedule, shelf),
            assets=shelf,
            asrun=AsRunLog(self.folder, SLUG, shelf.grid),
            renditions=Renditions(self.folder, SLUG),
        )

    @contextlib.asynccontextmanager
    async def run(self, settings: LiveSettings | None = None, lead: int | None = None) -> AsyncIterator[Run]:
        """Run a channel until the block ends; it begins with its lead (or ``lead`` segments of it) made."""
        channel = self.channel(settings)
        run = Run(channel, self.clock)
        run.task = asyncio.create_task(channel.run())
        try:
            await run.made(channel.on_air_seq() + (channel.live.lead if lead is None else lead))
            yield run
        finally:
            run.task.cancel()
            await asyncio.gather(run.task, return_exceptions=True)
