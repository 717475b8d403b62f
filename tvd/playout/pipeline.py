"""One run of a channel's live process: NUT in, fragments out, for as long as it lives.

:meth:`Pipeline.run` feeds by the clock, reads what comes out of each of its outlets, checks each fragment's place on
the time line, and puts a segment into the windows once it has come in every size. It ends only by raising:
:class:`PipelineFault` says why the process must be replaced.
"""

import asyncio
import struct
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NoReturn

from tvd import metrics
from tvd.clock import NS, Clock, sleep_until
from tvd.errors import TvdError
from tvd.hls.segment import Segment
from tvd.hls.window import SegmentWindow
from tvd.media import nut
from tvd.media.boxes import children, find
from tvd.media.fragment import Fragment
from tvd.media.house import Grid
from tvd.media.initialisation import Initialisation
from tvd.media.pipes import Buffer, InputPipe, OutputPipe
from tvd.media.process import Child
from tvd.media.stream import Arrived, FragmentStream

Reason = Literal["exited", "stalled", "off_grid", "overtaken"]
_START_GRACE: Final = 4.0
"""Seconds a new process has for what it is fed at once."""


class PipelineFault(TvdError):  # noqa: N818 - a fault is the field's word, and a state, not an error
    """The live process must be replaced. ``reason`` is the metric's label, the text says more."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason: Reason = reason


@dataclass(slots=True)
class Outlet:
    """Where one size comes out of the live process, and the window it goes to as ``rendition``."""

    pipe: OutputPipe
    rendition: str
    window: SegmentWindow
    timescale: int = 0
    """Ticks a second of its picture, once known."""


class Pipeline:
    """Feeds and reads one live process. ``first`` is the first segment it shall make; one earlier is fed first.

    ``fragment(seq)`` gives what to feed; of several sizes all when ``initialisation`` has them. ``outlets`` are the
    sizes that come out, the house's own first. ``lead`` segments beyond the one on air are kept made; ``stagger``
    (0-1, of a segment) spreads the work of many channels. ``delay`` is how many more segments must be fed before one
    comes out.
    """

    def __init__(
        self,
        slug: str,
        child: Child,
        feed: InputPipe,
        grid: Grid,
        initialisation: Initialisation,
        outlets: Sequence[Outlet],
        first: int,
        *,
        clock: Clock,
        lead: int,
        stagger: float,
        delay: int,
    ) -> None:
        self._gaps = metrics.join_gap_seconds.labels(slug)
        self._child = child
        self._pipe = feed
        self._grid = grid
        self._house = initialisation
        self._outlets = tuple(outlets)
        self._first = first
        self._made = first - 1
        self._window = self._outlets[0].window
        self._arrived: dict[int, dict[int, Segment]] = {}
        self._clock = clock
        self._lead = lead
        self._ahead_ns = int(stagger * float(grid.duration) * NS)
        self._delay = delay
        self._fed: dict[int, Fragment] = {}
        self._encodes = delay > 1
        self.on_first: Callable[[int, Initialisation], None] = lambda _place, _made: None
        """Told the place of an outlet and what its output begins with."""

    async def run(self, fragment: Callable[[int], Awaitable[Fragment]]) -> NoReturn:
        """Feed and read until the process must be replaced. Raises :class:`PipelineFault`."""
        # Each outlet is read whatever the others do: one that is not read would hold up the process, and so all.
        tasks = [
            asyncio.create_task(self._read(place), name=f"read {self._child.pid}")
            for place in range(len(self._outlets))
        ]
        tasks.append(asyncio.create_task(self._feed(fragment), name=f"feed {self._child.pid}"))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        # The reader knows more: a broken pipe while feeding is only the shadow of an exit.
        faults = [result for result in results if isinstance(result, Exception)]
        raise next((fault for fault in faults if isinstance(fault, PipelineFault)), faults[0])

    # Feeding -------------------------------------------------------------------------------------------------------

    async def _feed(self, fragment: Callable[[int], Awaitable[Fragment]]) -> NoReturn:
        seq = self._first - 1
        await self._write([nut.header(self._house, self._grid, seq)], _START_GRACE)
        patience = _START_GRACE
        while True:
            while seq > self._horizon():
                await self._await_output(seq - 1 - self._delay, patience)
                patience = float(self._grid.duration)
                await sleep_until(self._clock, self._due_ns(seq))
            if seq < (on_air := self._grid.seq_at(self._clock.now_ns())) - self._window.keep:
                # The clock leapt, or all was held up for long: what comes out would be forgotten at once.
                raise PipelineFault("overtaken", f"segment {seq} was to be fed with {on_air} on air")
            self._hurry()
            coded = await fragment(seq)
            if not self._house.others:
                coded = coded.alone()
            await self._write(nut.frames(coded, seq, self._grid), patience)
            if coded.origin is not None and not self._encodes:
                self._fed[seq] = coded  # to find the pictures of what comes out in the asset again
            seq += 1

    def _hurry(self) -> None:
        """Lose no time while more is missing than the one segment whose time has come."""
        behind = self._made + 1 + self._delay < self._horizon()
        self._pipe.hurry(behind)
        for outlet in self._outlets:
            outlet.pipe.hurry(behind)

    def _horizon(self) -> int:
        """Return the last segment to feed now: the lead, and what must follow for its last segment to come out."""
        on_air = self._grid.seq_at(self._clock.now_ns() + self._ahead_ns)
        return on_air + self._lead + self._delay

    def _due_ns(self, seq: int) -> int:
        return self._grid.start_ns(seq - self._lead - self._delay) - self._ahead_ns

    async def _write(self, pieces: Sequence[Buffer], patience: float) -> None:
        try:
            await self._pipe.write(pieces, patience)
        except TimeoutError:
            raise PipelineFault("stalled", f"took nothing for {patience:.1f} s") from None
        except BrokenPipeError:
            # It is ending. The reader sees that too, after whatever was still written out.
            await asyncio.sleep(patience)
            ended = await self._child.stop()
            raise PipelineFault("exited", ended.describe()) from None

    async def _await_output(self, seq: int, patience: float) -> None:
        """Wait until segment ``seq`` has come out. Raises :class:`PipelineFault` after ``patience`` seconds."""
        try:
            async with asyncio.timeout(patience):
                while self._made < seq:
                    await self._window.wait()
        except TimeoutError:
            raise PipelineFault("stalled", f"segment {self._made + 1} did not come for {patience:.1f} s") from None

    # Reading -------------------------------------------------------------------------------------------------------

    async def _read(self, place: int) -> NoReturn:
        outlet = self._outlets[place]
        stream, expected = FragmentStream(outlet.pipe), self._first - 1
        while (arrived := await stream.next()) is not None:
            if not outlet.timescale:
                self._take_initialisation(place, stream)
            self._take(place, expected, arrived)
            expected += 1
        ended = await self._child.wait()
        raise PipelineFault("exited", ended.describe())

    def _take_initialisation(self, place: int, stream: FragmentStream) -> None:
        made, outlet = stream.initialisation, self._outlets[place]
        if made is None:
            raise PipelineFault("off_grid", "a segment came before what describes it")
        outlet.timescale = made.video_timescale
        outlet.window.put_initialisation(outlet.rendition, stream.head)
        self.on_first(place, made)

    def _take(self, place: int, seq: int, arrived: Arrived) -> None:
        self._check(seq, arrived.moof, self._outlets[place].timescale)
        if seq < self._first:
            return  # the pre-roll: its sound begins in the middle of nowhere
        in_sizes = self._arrived.setdefault(seq, {})
        in_sizes[place] = self._segment(place, seq, arrived)
        if len(in_sizes) == len(self._outlets):
            self._put(seq)

    def _segment(self, place: int, seq: int, arrived: Arrived) -> Segment:
        """Return what to serve: light when nobody watches and its pictures are those of the asset."""
        outlet, fed = self._outlets[place], self._fed.get(seq)
        if fed is not None and not outlet.window.watched:
            picture = fed.pictures[place]
            if picture.origin is not None and arrived.has(picture.data):
                head = arrived.copy(arrived.begin, arrived.payload)
                tail = arrived.copy(arrived.payload + len(picture.data), arrived.end)
                return Segment(seq, outlet.rendition, head, tail, picture.origin)
        return Segment(seq, outlet.rendition, arrived.copy(arrived.begin, arrived.end))

    def _put(self, seq: int) -> None:
        """Put a segment that has come in every size into the windows, all at once."""
        arrived = self._arrived.pop(seq)
        # What was fed before it, the pre-roll, is of no use any more either.
        self._fed = {later: fed for later, fed in self._fed.items() if later > seq}
        self._made = seq
        # The first window last: whoever waits for it finds the segment in all.
        for place in reversed(range(len(self._outlets))):
            self._outlets[place].window.put(arrived[place])

    def _check(self, seq: int, moof: memoryview, timescale: int) -> None:
        """Raise :class:`PipelineFault` unless the fragment's decode time is the one of its number, and it is whole."""
        body = find(moof, b"moof")
        assert body is not None
        trafs = [payload for kind, payload in children(body) if kind == b"traf"]
        tfdt = find(trafs[0], b"tfdt")
        assert tfdt is not None
        time = struct.unpack_from(">Q" if tfdt[0] else ">I", tfdt, 4)[0]
        gap = time - seq * self._grid.frames * timescale // self._grid.fps
        self._gaps.observe(abs(gap) / timescale)
        if gap:
            raise PipelineFault("off_grid", f"segment {seq} came {gap / timescale:+.3f} s off its time")
        # A process that ends in good order (SIGTERM, an error in what it reads) first writes out what it has.
        samples = [_samples(traf) for traf in trafs]
        whole = [self._grid.frames, self._grid.audio_frames][: len(samples)]
        if seq >= self._first and samples != whole:
            raise PipelineFault("off_grid", f"segment {seq} came with {samples} of {whole} frames")


def _samples(traf: memoryview) -> int:
    """Return how many samples a track fragment has."""
    return sum(struct.unpack_from(">I", payload, 4)[0] for kind, payload in children(traf) if kind == b"trun")
