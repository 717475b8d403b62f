"""One run of a channel's live process: NUT in, fragments out, for as long as it lives.

:meth:`Pipeline.run` feeds by the clock, reads what comes out, checks each fragment's place on the time line, and puts
it into the window. It ends only by raising: :class:`PipelineFault` says why the process must be replaced.
"""

import asyncio
import struct
from collections.abc import Awaitable, Callable
from typing import Final, Literal, NoReturn

from tvd import metrics
from tvd.clock import NS, Clock, sleep_until
from tvd.errors import TvdError
from tvd.hls.segment import Segment
from tvd.hls.window import SegmentWindow
from tvd.media import nut
from tvd.media.boxes import BoxReader, children, find
from tvd.media.fragment import Fragment
from tvd.media.house import Grid
from tvd.media.initialisation import Initialisation
from tvd.media.process import Child

Reason = Literal["exited", "stalled", "off_grid"]
_READ: Final = 2**18
_BOX_HEADER: Final = 8
_START_GRACE: Final = 4.0
"""Seconds a new process has for what it is fed at once."""


class PipelineFault(TvdError):  # noqa: N818 - a fault is the field's word, and a state, not an error
    """The live process must be replaced. ``reason`` is the metric's label, the text says more."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason: Reason = reason


class Pipeline:
    """Feeds and reads one live process. ``first`` is the first segment it shall make; it is fed one earlier.

    ``fragment(seq)`` gives what to feed. ``lead`` segments beyond the one on air are kept made; ``stagger`` (0-1, of
    a segment) spreads the work of many channels. ``delay`` is how many more segments must be fed before one comes out.
    """

    def __init__(
        self,
        slug: str,
        child: Child,
        grid: Grid,
        initialisation: Initialisation,
        rendition: str,
        first: int,
        *,
        window: SegmentWindow,
        clock: Clock,
        lead: int,
        stagger: float,
        delay: int,
    ) -> None:
        self._slug = slug
        self._child = child
        self._grid = grid
        self._house = initialisation
        self._rendition = rendition
        self._first = first
        self._made = first - 1
        self._window = window
        self._clock = clock
        self._lead = lead
        self._ahead_ns = int(stagger * float(grid.duration) * NS)
        self._delay = delay
        self._timescale = 0
        self._fed: dict[int, Fragment] = {}
        self._encodes = delay > 1
        self.on_first: Callable[[Initialisation], None] = lambda _made: None

    async def run(self, fragment: Callable[[int], Awaitable[Fragment]]) -> NoReturn:
        """Feed and read until the process must be replaced. Raises :class:`PipelineFault`."""
        reading = asyncio.create_task(self._read(), name=f"read {self._child.pid}")
        feeding = asyncio.create_task(self._feed(fragment), name=f"feed {self._child.pid}")
        try:
            await asyncio.wait({reading, feeding}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (reading, feeding):
                task.cancel()
            results = await asyncio.gather(reading, feeding, return_exceptions=True)
        # The reader knows more: a broken pipe while feeding is only the shadow of an exit.
        faults = [result for result in results if isinstance(result, Exception)]
        raise next((fault for fault in faults if isinstance(fault, PipelineFault)), faults[0])

    # Feeding -------------------------------------------------------------------------------------------------------

    async def _feed(self, fragment: Callable[[int], Awaitable[Fragment]]) -> NoReturn:
        seq = self._first - 1
        await self._write(nut.header(self._house, self._grid, seq), _START_GRACE)
        patience = _START_GRACE
        while True:
            while seq > self._horizon():
                await self._await_output(seq - 1 - self._delay, patience)
                patience = float(self._grid.duration)
                await sleep_until(self._clock, self._due_ns(seq))
            coded = await fragment(seq)
            await self._write(await asyncio.to_thread(nut.segment, coded, seq, self._grid), patience)
            if coded.origin is not None and not self._encodes:
                self._fed[seq] = coded  # to find the pictures of what comes out in the asset again
            seq += 1

    def _horizon(self) -> int:
        """Return the last segment to feed now: the lead, and what must follow for its last segment to come out."""
        on_air = self._grid.seq_at(self._clock.now_ns() + self._ahead_ns)
        return on_air + self._lead + self._delay

    def _due_ns(self, seq: int) -> int:
        return self._grid.start_ns(seq - self._lead - self._delay) - self._ahead_ns

    async def _write(self, data: bytes, patience: float) -> None:
        stdin = self._child.stdin
        stdin.transport.set_write_buffer_limits(high=0)
        stdin.write(data)
        try:
            await asyncio.wait_for(stdin.drain(), patience)
        except TimeoutError:
            raise PipelineFault("stalled", f"took nothing for {patience:.1f} s") from None
        except (BrokenPipeError, ConnectionResetError):
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

    async def _read(self) -> NoReturn:
        reader = BoxReader()
        head = moof = b""
        expected = self._first - 1
        while data := await self._child.stdout.read(_READ):
            for kind, whole in reader.feed(data):
                if kind == b"moov":
                    self._take_initialisation(head + whole)
                elif kind == b"moof":
                    moof = whole
                elif kind == b"mdat":
                    self._take(expected, moof, whole)
                    expected += 1
                else:
                    head += whole
        ended = await self._child.wait()
        raise PipelineFault("exited", ended.describe())

    def _take_initialisation(self, data: bytes) -> None:
        made = Initialisation.parse(data)
        self._timescale = made.video_timescale
        self._window.put_initialisation(self._rendition, data)
        self.on_first(made)

    def _take(self, seq: int, moof: bytes, mdat: bytes) -> None:
        self._check(seq, moof)
        fed = self._fed.pop(seq, None)
        if seq < self._first:
            return  # the pre-roll: its sound begins in the middle of nowhere
        self._made = seq
        data = moof + mdat
        at = len(moof) + _BOX_HEADER
        same = fed is not None and fed.origin is not None and data.startswith(fed.video, at)
        origin = fed.origin if fed is not None and same else None
        self._window.put(Segment(seq, self._rendition, data, origin=origin, origin_at=at))

    def _check(self, seq: int, moof: bytes) -> None:
        """Raise :class:`PipelineFault` unless the fragment's decode time is the one of its number, and it is whole."""
        body = find(moof, b"moof")
        assert body is not None
        trafs = [payload for kind, payload in children(body) if kind == b"traf"]
        tfdt = find(trafs[0], b"tfdt")
        assert tfdt is not None
        time = struct.unpack_from(">Q" if tfdt[0] else ">I", tfdt, 4)[0]
        gap = time - seq * self._grid.frames * self._timescale // self._grid.fps
        metrics.join_gap_seconds.labels(self._slug).observe(abs(gap) / self._timescale)
        if gap:
            raise PipelineFault("off_grid", f"segment {seq} came {gap / self._timescale:+.3f} s off its time")
        # A process that ends in good order (SIGTERM, an error in what it reads) first writes out what it has.
        samples = [_samples(traf) for traf in trafs]
        whole = [self._grid.frames, self._grid.audio_frames][: len(samples)]
        if seq >= self._first and samples != whole:
            raise PipelineFault("off_grid", f"segment {seq} came with {samples} of {whole} frames")


def _samples(traf: memoryview) -> int:
    """Return how many samples a track fragment has."""
    return sum(struct.unpack_from(">I", payload, 4)[0] for kind, payload in children(traf) if kind == b"trun")
