"""Endless MPEG transport streams, one per channel, muxed only while somebody watches.

One :class:`LiveStream` per watched channel follows the clock, muxes each segment once as it comes on air and keeps the
pieces in a bounded ring. Every viewer walks along that ring at its own pace; who falls off its end is dropped. The
first viewer starts it, the last one leaving stops it. While segments are missing (a pipeline is being replaced) the
connections stay open.
"""

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final

from tvd import logs
from tvd.clock import Clock, sleep_until
from tvd.hls.segment import Segment
from tvd.media.tsmux import NULL_PACKET, TsMuxer, TsPiece
from tvd.web.broadcast import ChannelView

_BEHIND: Final = 3
"""Segments a new viewer gets at once: enough to start without waiting, little enough to be live."""
_RING: Final = 32
"""Pieces kept: about twelve segments (each gives two or three); a viewer further behind is too slow."""
_SILENCE: Final = 1.0
"""Seconds without anything to send after which a null packet keeps the connection alive."""
_RETRY: Final = 0.5

_log = logs.get("live")


class LiveStream:
    """The transport stream of one channel, while it is watched."""

    def __init__(self, channel: ChannelView, clock: Clock) -> None:
        self._channel = channel
        self._clock = clock
        self._ring: deque[TsPiece] = deque(maxlen=_RING)
        self._made = 0
        self._changed = asyncio.Event()
        self.closed = False

    async def run(self) -> None:
        """Mux what comes on air, until cancelled."""
        muxer = TsMuxer(self._channel.name)
        try:
            seq = self._on_air() - _BEHIND + 1
            while True:
                self._channel.window.watch()
                segment = await self._next(seq)
                initialisation = self._channel.window.initialisation(segment.rendition)
                if initialisation is not None:
                    self._publish(await _muxed(muxer, segment, initialisation))
                seq = segment.seq + 1
        finally:
            muxer.close()
            self.closed = True
            self._wake()

    def _on_air(self) -> int:
        return self._channel.grid.seq_at(self._clock.now_ns())

    async def _next(self, seq: int) -> Segment:
        """Return segment ``seq`` once it is on air; a later one when it will not come any more."""
        window, grid = self._channel.window, self._channel.grid
        while True:
            await sleep_until(self._clock, grid.start_ns(seq))
            if (segment := window.get(seq)) is not None:
                return segment
            oldest = window.oldest
            if oldest is not None and seq < oldest <= self._on_air():
                seq = oldest
                continue
            with contextlib.suppress(TimeoutError):
                # With a limit: the window may also have been emptied, and then the clock goes on without it.
                async with asyncio.timeout(_RETRY):
                    await window.wait()
            if window.newest is None:
                seq = max(seq, self._on_air())

    def _publish(self, pieces: list[TsPiece]) -> None:
        self._ring.extend(pieces)
        self._made += len(pieces)
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Yield the stream from the last entries on; ends when the viewer is too slow or the stream is closed."""
        at = self._entry()
        while not self.closed:
            if at is None or at >= self._made:
                try:
                    async with asyncio.timeout(_SILENCE):
                        await self._changed.wait()
                except TimeoutError:
                    yield NULL_PACKET
                at = self._entry() if at is None else at
                continue
            oldest = self._made - len(self._ring)
            if at < oldest:
                _log.info("live.viewer_dropped", channel=self._channel.slug, reason="too slow")
                return
            yield self._ring[at - oldest].data
            at += 1

    def _entry(self) -> int | None:
        """Return the number of the piece to begin with, None while there is none."""
        oldest = self._made - len(self._ring)
        starts = [oldest + index for index, piece in enumerate(self._ring) if piece.entry]
        return starts[-min(_BEHIND, len(starts))] if starts else None


async def _muxed(muxer: TsMuxer, segment: Segment, initialisation: bytes) -> list[TsPiece]:
    """Mux in a thread; cancelled, it ends when the thread does: a muxer that is closed under it crashes the process."""
    working = asyncio.ensure_future(asyncio.to_thread(_mux, muxer, segment, initialisation))
    try:
        return await asyncio.shield(working)
    finally:
        await asyncio.wait({working})


def _mux(muxer: TsMuxer, segment: Segment, initialisation: bytes) -> list[TsPiece]:
    try:
        return muxer.feed(segment.seq, initialisation, segment.data)
    except (ValueError, OSError) as error:
        _log.warning("live.segment_unreadable", segment=segment.seq, error=str(error))
        return []


class LiveStreams:
    """The streams that are watched now, by slug."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._streams: dict[str, tuple[LiveStream, asyncio.Task[None]]] = {}
        self._watching: Counter[str] = Counter()

    @contextlib.asynccontextmanager
    async def watch(self, channel: ChannelView) -> AsyncIterator[LiveStream]:
        """Join the stream of ``channel`` for the length of the block, starting it when nobody watched."""
        slug = channel.slug
        running = self._streams.get(slug)
        if running is None or running[0].closed:
            stream = LiveStream(channel, self._clock)
            running = self._streams[slug] = (stream, asyncio.create_task(stream.run(), name=f"live {slug}"))
            self._watching[slug] = 0
        stream, task = running
        self._watching[slug] += 1
        try:
            yield stream
        finally:
            if self._streams.get(slug) == running:
                self._watching[slug] -= 1
                if not self._watching[slug]:
                    del self._streams[slug]
                    await _ended(task)

    @property
    def running(self) -> frozenset[str]:
        """Slugs of the channels being muxed now."""
        return frozenset(self._streams)

    async def close(self) -> None:
        """End every stream and with it every connection that reads it."""
        streams, self._streams = self._streams, {}
        for _, task in streams.values():
            await _ended(task)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    # A stream that broke says so in the log; whoever leaves it need not be told.
    await asyncio.wait({task})
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("live.failed", error=repr(error), exc_info=error)
