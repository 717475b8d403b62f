"""A channel: one time line of segments, kept in its window by one live process after another.

``Channel.run`` is the channel's life. A fault of its process is a state, not an end: it is replaced and fed again
inside the lead, with back-off when it keeps failing, and never touches another channel. Segments are made without a
gap: what was missed during an outage is made as well, as far as the window reaches.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, NoReturn

from tvd import logs, metrics
from tvd.clock import NS, Clock
from tvd.config import model
from tvd.errors import TvdError
from tvd.hls.window import SegmentWindow
from tvd.media.ffmpeg import Ffmpeg, parse_line
from tvd.media.initialisation import Initialisation
from tvd.media.live import feeds_all, live_argv
from tvd.media.pipes import InputPipe, OutputPipe, live_pipes
from tvd.media.process import Child, child
from tvd.playout.asrun import AsRunLog
from tvd.playout.calendar import Calendar
from tvd.playout.feeder import Assets, Choice, Feeder
from tvd.playout.output import Output
from tvd.playout.pipeline import Outlet, Pipeline, PipelineFault
from tvd.playout.promise import Promise
from tvd.playout.renditions import Renditions
from tvd.playout.requests import Action, Granted, grant

State = Literal["standby", "on_air", "fault"]
STARTS_A_MINUTE: Final = 5
"""A live process that keeps failing is started no more often."""
OPENING_WAIT: Final = 8.0
"""Seconds a channel that never aired waits for its first programme before it shows the slate."""
DECIDED: Final = Fraction(5, 4)
"""Segments before air at which it is decided that a programme is not there and the slate airs in its place."""
LINES_A_MINUTE: Final = 100
"""Lines of a live process that are logged; one that floods its stderr must not keep the loop busy."""
GATHERED: Final = 8
"""Moments in a segment at which channels are fed: spread, but those that come together find the processor's caches warm
and wake it once. Of a hundred channels, each costs a fifth less."""
_LOOK: Final = 0.05


@dataclass(frozen=True, slots=True)
class Status:
    """The live process of a channel as an operator sees it. ``uptime`` in seconds, ``lead`` in segments."""

    pid: int | None
    uptime: float
    restarts: int
    lead: int
    last_error: str
    ffmpeg: tuple[str, ...]


class Channel:
    """One channel on air: built by the application, run as one task for as long as it is configured."""

    def __init__(
        self,
        config: model.Channel,
        live: model.Live,
        output: Output,
        *,
        clock: Clock,
        ffmpeg: Ffmpeg,
        promise: Promise,
        assets: Assets,
        asrun: AsRunLog,
        renditions: Renditions,
        after: "Channel | None" = None,
    ) -> None:
        self.config = config
        self.output = output
        self.live = live
        self.grid = output.house.grid
        self.promise = promise
        self.renditions = renditions
        self._clock = clock
        self.windows = self._windows(after)
        self.window = self.windows[0]
        self.initialisations: dict[int, Initialisation] = {}
        """What each size begins with, by its place in ``output.house.sizes``, as far as it has come."""
        self._ffmpeg = ffmpeg
        self._assets = assets
        self.asrun = asrun
        self._run = f"{clock.now_ns() // NS:x}"
        self._log = logs.get("channel").bind(channel=config.slug)
        self._child: Child | None = None
        self._child_since = 0.0
        self._feeder: Feeder | None = None
        self._starts: deque[float] = deque(maxlen=STARTS_A_MINUTE)
        self._restarts = 0
        self._fault = ""
        self._last_error = ""
        self._lines = 0
        self._lines_since = 0.0

    def _windows(self, after: "Channel | None") -> tuple[SegmentWindow, ...]:
        """Return a window for each size; a channel that takes over from one of other settings goes on in its ones."""
        keep = self.live.window * 2 + 1
        old: dict[str, SegmentWindow] = {}
        if after is not None:
            names = [size.name for size in after.output.house.sizes]
            old = dict(zip(names[1:], after.windows[1:], strict=True))
        sizes = self.output.house.sizes
        windows = [SegmentWindow(self.on_air_seq, keep) if after is None else after.windows[0]]
        windows += [old.get(size.name) or SegmentWindow(self.on_air_seq, keep) for size in sizes[1:]]
        for window in windows:
            window.keep = keep
            # One that is not in step was not made for a while: it begins anew.
            if window.newest != windows[0].newest:
                window.clear()
        return tuple(windows)

    # What others see -----------------------------------------------------------------------------------------------

    def on_air_seq(self) -> int:
        """Return the number of the segment on air now."""
        return self.grid.seq_at(self._clock.now_ns())

    @property
    def lead(self) -> int:
        """Segments made beyond the one on air; negative when behind."""
        newest = self.window.newest
        return 0 if newest is None else newest - self.on_air_seq()

    @property
    def state(self) -> State:
        """Whether the segment due now can be had, is being waited for, or failed."""
        if self.window.get(self.on_air_seq()) is not None:
            return "on_air"
        return "fault" if self._fault else "standby"

    @property
    def fault(self) -> str:
        """Why it is not on air; empty when it is or simply has not begun."""
        return self._fault if self.state == "fault" else ""

    @property
    def feeding(self) -> Choice | None:
        """What was fed last."""
        return self._feeder.now if self._feeder else None

    def status(self) -> Status:
        """Return what an operator wants to know."""
        alive = self._child
        return Status(
            pid=alive.pid if alive else None,
            uptime=time.monotonic() - self._child_since if alive else 0.0,
            restarts=self._restarts,
            lead=self.lead,
            last_error=self._last_error,
            ffmpeg=tuple(alive.last_lines) if alive else (),
        )

    async def request(self, action: Action, wanted: str) -> Granted:
        """Do what the owner asks from the first segment on that was not fed yet; see :func:`requests.grant`."""
        return await grant(self.promise, action, wanted, self.on_air_seq() + self.live.lead)

    # Its life ------------------------------------------------------------------------------------------------------

    async def run(self) -> NoReturn:
        """Air, for ever. Ends only by cancellation, and then leaves no process behind."""
        while True:
            # Counted before anything can fail: what cannot even be started must not be tried without end.
            self._starts.append(time.monotonic())
            try:
                if self._feeder is None:
                    feeder, first = await self._begin()
                else:
                    feeder, first = self._feeder, self._next_segment()
                await self._air(feeder, first)
            except PipelineFault as fault:
                self._note_fault(fault.reason, str(fault))
            except (TvdError, OSError, ValueError) as error:
                self._note_fault("exited", str(error) or type(error).__name__)
            except Exception as error:  # noqa: BLE001 - a bug of ours takes one channel off for a moment, not for ever
                self._log.exception("channel.crashed")
                self._note_fault("crashed", f"{type(error).__name__}: {error}")
            await self._back_off()

    async def _begin(self) -> tuple[Feeder, int]:
        """Read what aired and what is promised; return what feeds from now on, and the first segment to make."""
        await asyncio.to_thread(self._load)
        first = await self._first_segment()
        # Nothing before this moment was left undecided by an earlier run.
        self._feeder = self._make_feeder(self.on_air_seq() + self.live.lead + 2)
        return self._feeder, first

    def _load(self) -> None:
        seq = self.on_air_seq() - self.live.window
        self.promise.schedule.load(seq)
        self.asrun.load(seq)
        self.renditions.load()

    async def _first_segment(self) -> int:
        """Return where to begin: the whole window again when it aired before, else as soon as there is something."""
        if self.window.newest is not None:
            return self._next_segment()
        if self.promise.schedule.begun:
            return self._window_again()
        deadline = time.monotonic() + OPENING_WAIT
        while not self.promise.opens(self.on_air_seq()) and time.monotonic() < deadline:
            await asyncio.sleep(_LOOK)
        # One segment back: a player has something to begin with, and the programme's start is still to be seen.
        first = self.on_air_seq() - 1
        if self.promise.opens(first):
            await self.promise.begin(first)
        return first

    def _window_again(self) -> int:
        """Return the first segment of the window as an earlier run of tvd left it: nothing that never was on air."""
        now = self.on_air_seq()
        if self.renditions.at(now) not in {None, self.output.rendition(self._run)}:
            # What was aired cannot be made again in another rendition; the new one begins with what is to come.
            return now
        oldest = now - self.live.window + 1
        aired = self.asrun.between(oldest, now)
        # The first entry of all is the pre-roll of the first segment.
        return max(oldest, aired[0].seq + 1) if aired else oldest

    def _next_segment(self) -> int:
        """Return what comes after the last segment made; after an outage longer than the window, start a new one."""
        oldest = self.on_air_seq() - self.live.window + 1
        newest = self.window.newest
        if newest is None:
            return oldest
        if newest + 1 < oldest:
            for window in self.windows:
                window.clear()
            return oldest
        return newest + 1

    def _make_feeder(self, replay_before: int) -> Feeder:
        return Feeder(
            self.config.slug,
            self.output.house,
            self.output.treatment,
            plan=self.promise,
            assets=self._assets,
            asrun=self.asrun,
            replay_before=replay_before,
            due=self._due,
            quiet=Calendar(self.config).night,
        )

    def _due(self, seq: int) -> bool:
        """Return whether segment ``seq`` must be fed now: it comes out when the next one is fed, and is then on air."""
        margin = DECIDED * self.grid.duration * NS
        return self._clock.now_ns() >= self.grid.start_ns(seq) - int(margin)

    async def _air(self, feeder: Feeder, first: int) -> None:
        """Run one live process from segment ``first`` on, until it must be replaced."""
        output = self.output
        names = output.renditions(self._run)
        await asyncio.to_thread(self.renditions.begin, first, names[0])
        with live_pipes(len(names)) as (feed, pipes):
            numbers = [pipe.number for pipe in pipes[1:]]
            argv = live_argv(self._ffmpeg.path, output.house, output.settings, first - 1, numbers)
            await self._run_process(feeder, first, argv, names, feed, pipes)

    async def _run_process(
        self,
        feeder: Feeder,
        first: int,
        argv: Sequence[str],
        names: Sequence[str],
        feed: InputPipe,
        pipes: Sequence[OutputPipe],
    ) -> None:
        output = self.output
        own, *others = pipes
        async with child(argv, stdin=feed, stdout=own, on_line=self._ffmpeg_line, pipes=others) as process:
            self._child, self._child_since = process, time.monotonic()
            self._log.info("pipeline.started", pid=process.pid, seq=first, rendition=names[0])
            pipeline = Pipeline(
                self.config.slug,
                process,
                feed,
                self.grid,
                output.initialisation if feeds_all(output.settings) else output.initialisation.sizes[0],
                [Outlet(pipe, *to) for pipe, to in zip(pipes, zip(names, self.windows, strict=True), strict=True)],
                first,
                clock=self._clock,
                lead=self.live.lead,
                stagger=int(self.config.number * 0.618 % 1.0 * GATHERED) / GATHERED,
                delay=2 if output.settings.encodes_video else 1,
            )
            pipeline.on_first = self._on_first
            try:
                await pipeline.run(feeder.fragment)
            finally:
                self._child = None
                ended = await process.stop()
                self._log.info(
                    "pipeline.exited",
                    pid=process.pid,
                    returncode=ended.returncode,
                    signal=ended.signal_name,
                    asked=ended.asked,
                    out_of_memory=ended.out_of_memory,
                    stderr=list(ended.last_lines[-5:]),
                )

    def _on_first(self, place: int, initialisation: Initialisation) -> None:
        self.initialisations[place] = initialisation
        if place:
            return
        self._fault = ""
        self._log.info("channel.on_air", number=self.config.number, codecs=initialisation.codecs)

    def _note_fault(self, reason: str, text: str) -> None:
        self._fault = self._last_error = text
        self._restarts += 1
        metrics.pipeline_restarts.labels(self.config.slug, reason).inc()
        event = "pipeline.stalled" if reason == "stalled" else "pipeline.fault"
        self._log.warning(event, reason=text, lead=self.lead)

    async def _back_off(self) -> None:
        """Wait when there were too many starts in the last minute; a single fault is repaired at once."""
        if len(self._starts) == STARTS_A_MINUTE and (age := time.monotonic() - self._starts[0]) < 60.0:
            await asyncio.sleep(60.0 - age)

    def _ffmpeg_line(self, text: str) -> None:
        now = time.monotonic()
        if now - self._lines_since >= 60.0:
            if self._lines > LINES_A_MINUTE:
                self._log.warning("ffmpeg.unlogged", lines=self._lines - LINES_A_MINUTE)
            self._lines, self._lines_since = 0, now
        self._lines += 1
        if self._lines > LINES_A_MINUTE:
            return
        line = parse_line(text)
        self._log.log(30 if line.level == "warning" else 40, "ffmpeg", ffmpeg_level=line.level, text=line.text)
