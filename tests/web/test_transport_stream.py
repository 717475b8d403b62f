import asyncio
import subprocess
import threading
from collections import defaultdict
from itertools import pairwise

import pytest
from aiohttp.test_utils import TestClient
from studio import GRID, NOW, Clip, StudioBroadcast, StudioClock, at

from tvd.media.tsmux import PACKET, TsMuxer, TsPiece, entries
from tvd.web.keys import LIVE
from tvd.web.streams import LiveStream

URL = "/live/late-night.ts"


def decoded(data: bytes) -> tuple[int, str]:
    """Return how many frames ffmpeg decodes, and what it complains of."""
    argv = ["ffmpeg", "-v", "warning", "-f", "mpegts", "-i", "pipe:0", "-map", "0:v", "-f", "framecrc", "pipe:1"]
    argv += ["-map", "0:a", "-f", "null", "-"]
    done = subprocess.run(argv, input=data, capture_output=True, check=True)
    frames = [line for line in done.stdout.splitlines() if line and not line.startswith(b"#")]
    return len(frames), done.stderr.decode()


def mux(clip: Clip, first: int, count: int) -> list[bytes]:
    muxer = TsMuxer("Late Night")
    made = []
    for seq in range(first, first + count):
        pieces = muxer.feed(seq, clip.head(), clip.segment(seq, "r").data)
        made += [piece.data for piece in pieces]
        assert sum(piece.entry for piece in pieces) == 1
    muxer.close()
    return made


def continuity_errors(data: bytes) -> int:
    """Return how often a packet does not continue its PID (13818-1, section 2.4.3.3)."""
    last: dict[int, int] = {}
    errors = 0
    for at_ in range(0, len(data), PACKET):
        assert data[at_] == 0x47
        pid = (data[at_ + 1] & 0x1F) << 8 | data[at_ + 2]
        if pid == 0x1FFF or not data[at_ + 3] & 0x10:
            continue
        counter = data[at_ + 3] & 0x0F
        errors += pid in last and counter != (last[pid] + 1) % 16
        last[pid] = counter
    return errors


def test_segments_become_one_continuous_stream(clip: Clip) -> None:
    data = b"".join(mux(clip, NOW, 6))
    frames, complaints = decoded(data)
    # The last frames wait in the muxer for the segment that follows.
    assert 6 * GRID.frames - 10 <= frames <= 6 * GRID.frames
    assert complaints == ""
    assert continuity_errors(data) == 0


def test_a_viewer_can_begin_at_every_entry(clip: Clip) -> None:
    pieces = mux(clip, NOW, 4)
    whole = b"".join(pieces)
    starts = sorted(entries(whole))
    assert len(starts) == 4
    for start in starts:
        assert decoded(whole[start:])[1] == ""


def test_program_clock_references_come_often_enough(clip: Clip) -> None:
    data = b"".join(mux(clip, NOW, 4))
    clocks = defaultdict(list)
    for at_ in range(0, len(data), PACKET):
        if data[at_ + 3] & 0x20 and data[at_ + 4] and data[at_ + 5] & 0x10:
            pid = (data[at_ + 1] & 0x1F) << 8 | data[at_ + 2]
            clocks[pid].append(int.from_bytes(data[at_ + 6 : at_ + 10]) << 1 | data[at_ + 10] >> 7)
    (references,) = clocks.values()
    gaps = [later - earlier for earlier, later in pairwise(references)]
    assert all(0 < gap <= 9_000 for gap in gaps), "13818-1 asks for one within 100 ms"


def test_timestamps_wrap_at_33_bits_without_a_break(clip: Clip) -> None:
    ticks = GRID.frames * 90_000 // GRID.fps
    wrap = -(-(NOW * ticks // 2**33 + 1) * 2**33 // ticks)
    data = b"".join(mux(clip, wrap - 3, 6))
    assert continuity_errors(data) == 0
    frames, _ = decoded(data)
    assert frames >= 6 * GRID.frames - 10


def test_a_gap_begins_a_multiplex_that_says_so(clip: Clip, other_clip: Clip) -> None:
    muxer = TsMuxer("x")
    before = b"".join(piece.data for piece in muxer.feed(NOW, clip.head(), clip.segment(NOW, "r").data))
    after = b"".join(piece.data for piece in muxer.feed(NOW + 1, other_clip.head(), other_clip.segment(NOW, "s").data))
    assert decoded(before)[0] > 40
    assert decoded(after)[0] > 40
    first = next(at_ for at_ in range(0, len(after), PACKET) if after[at_ + 1] & 0x1F == 1 and after[at_ + 2] == 0)
    assert after[first + 5] & 0x80, "discontinuity_indicator"


def test_a_segment_that_cannot_be_read_is_named_and_passed_over(clip: Clip) -> None:
    muxer = TsMuxer("x")
    muxer.feed(NOW, clip.head(), clip.segment(NOW, "r").data)
    with pytest.raises(ValueError, match=str(NOW + 1)):
        muxer.feed(NOW + 1, b"not a box", b"at all")
    assert any(piece.entry for piece in muxer.feed(NOW + 2, clip.head(), clip.segment(NOW + 2, "r").data))
    muxer.close()


async def test_the_last_segments_come_at_once_and_it_goes_on_with_the_clock(
    client: TestClient, clock: StudioClock
) -> None:
    async with client.get(URL) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "video/mp2t"
        data = bytearray()
        while decoded_enough(data, 2):
            data += await response.content.readany()
        assert client.server.app[LIVE].running == {"late-night"}
        clock.set(at(NOW + 2))
        while decoded_enough(data, 4):
            data += await response.content.readany()
    whole = bytes(data[: len(data) // PACKET * PACKET])
    frames, complaints = decoded(whole)
    assert frames > 3 * GRID.frames
    assert "Packet corrupt" not in complaints
    assert continuity_errors(whole) == 0


def decoded_enough(data: bytearray, wanted: int) -> bool:
    return len(entries(bytes(data[: len(data) // PACKET * PACKET]))) < wanted


async def test_it_is_muxed_once_and_only_while_watched(client: TestClient) -> None:
    live = client.server.app[LIVE]
    assert live.running == frozenset()
    async with client.get(URL) as first, client.get(URL) as second:
        assert await first.content.readexactly(PACKET)
        assert await second.content.readexactly(PACKET)
        assert live.running == {"late-night"}
        channels = await (await client.get("/api/channels")).json()
        assert channels[0]["viewers"] == 2
    async with asyncio.timeout(10):
        while live.running:
            await asyncio.sleep(0)


async def test_the_connection_survives_a_window_made_anew(
    client: TestClient, studio: StudioBroadcast, clock: StudioClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tvd.web.streams._SILENCE", 0.02)
    monkeypatch.setattr("tvd.web.streams._RETRY", 0.02)
    channel = studio.on[0]
    async with client.get(URL) as response:
        await response.content.readexactly(PACKET)
        channel.window.clear()
        clock.set(at(NOW + 20))
        seen = b""
        while b"\x47\x1f\xff\x10" not in seen[-10 * PACKET :]:
            seen += await response.content.readany()
        channel.fill()
        after = bytearray()
        while decoded_enough(after, 1):
            packet = await response.content.readexactly(PACKET)
            if packet[1:3] != b"\x1f\xff":
                after += packet


async def test_head_is_answered_without_muxing(client: TestClient) -> None:
    async with client.head(URL) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "video/mp2t"
    assert client.server.app[LIVE].running == frozenset()
    assert (await client.get("/live/nobody.ts")).status == 404


async def test_a_viewer_who_falls_off_the_ring_is_dropped(studio: StudioBroadcast, clock: StudioClock) -> None:
    channel = studio.on[0]
    stream = LiveStream(channel, clock)
    muxer = TsMuxer("x")
    clip = channel.clip

    def publish(seq: int) -> None:
        stream._publish(muxer.feed(seq, clip.head(), clip.segment(seq, "r").data))

    publish(NOW)
    pieces = stream.pieces()
    assert await anext(pieces)
    for seq in range(NOW + 1, NOW + 40):
        publish(seq)
    with pytest.raises(StopAsyncIteration):
        await anext(pieces)
    muxer.close()


async def test_a_muxer_is_not_closed_while_it_works(
    studio: StudioBroadcast, clock: StudioClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go, order = threading.Event(), threading.Event(), list[str]()

    class Slow(TsMuxer):
        def feed(self, seq: int, initialisation: bytes, segment: bytes) -> list[TsPiece]:
            begun.set()
            go.wait(10)
            order.append("muxed")
            return super().feed(seq, initialisation, segment)

        def close(self) -> None:
            order.append("closed")
            super().close()

    monkeypatch.setattr("tvd.web.streams.TsMuxer", Slow)
    task = asyncio.create_task(LiveStream(studio.on[0], clock).run())
    await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    await asyncio.wait({task}, timeout=0.05)
    assert not task.done()
    go.set()
    await asyncio.wait({task})
    assert order == ["muxed", "closed"]
