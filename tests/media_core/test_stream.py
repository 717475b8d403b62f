"""What comes out of a live process is cut into fragments, however it arrives."""

import asyncio
from collections.abc import Iterable
from typing import cast

import pytest
from gridded import NOW, Clip, Cuttings, live
from hypothesis import given
from hypothesis import strategies as st

from tvd.media import stream
from tvd.media.boxes import box
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.pipes import OutputPipe
from tvd.media.stream import FragmentStream


class Pieces:
    """A pipe that gives what it was told to, piece by piece; an empty piece is a moment without anything."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = list(pieces)

    async def ready(self) -> None:
        while self.pieces and not self.pieces[0]:
            self.pieces.pop(0)

    async def more(self) -> None:
        await asyncio.sleep(0)

    def take(self, room: memoryview) -> int | None:
        if not self.pieces:
            return 0
        piece = self.pieces.pop(0)
        if not piece:
            return None
        count = min(len(piece), len(room))
        room[:count] = piece[:count]
        if count < len(piece):
            self.pieces.insert(0, piece[count:])
        return count


def stream_of(*pieces: bytes) -> FragmentStream:
    return FragmentStream(cast("OutputPipe", Pieces(pieces)))


async def cut(*pieces: bytes) -> list[tuple[bytes, bytes]]:
    """Return ``moof`` and ``mdat`` of each fragment."""
    reading, found = stream_of(*pieces), []
    while (arrived := await reading.next()) is not None:
        assert arrived.has(memoryview(arrived.copy(arrived.payload, arrived.end)))
        found.append((bytes(arrived.moof), arrived.copy(arrived.payload, arrived.end)))
    return found


@given(st.data(), st.lists(st.integers(0, 150_000), max_size=4), st.lists(st.integers(0, 20), min_size=4, max_size=4))
def test_fragments_are_the_same_however_they_arrive(data: st.DataObject, sizes: list[int], others: list[int]) -> None:
    moofs = [box(b"moof", bytes([n]) * (40 + n)) for n in range(len(sizes))]
    medias = [bytes([n + 7]) * size for n, size in enumerate(sizes)]
    whole = b"".join(
        moof + box(b"mdat", media) + (box(b"free", bytes(other)) if other else b"")
        for moof, media, other in zip(moofs, medias, others, strict=False)
    )
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    pieces = [whole[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert asyncio.run(cut(*pieces)) == list(zip(moofs, medias, strict=True))


async def test_a_real_live_process_is_read(cuttings: Cuttings, ffmpeg: Ffmpeg) -> None:
    clip: Clip = cuttings.clip()
    made = live(ffmpeg.path, clip, clip.fragments, NOW)
    reading, found = stream_of(made.head + b"".join(made.fragments)), []
    while (arrived := await reading.next()) is not None:
        found.append(arrived.copy(arrived.begin, arrived.end))
        fed = clip.fragments[len(found) - 1]
        assert arrived.has(fed.video)
        assert not arrived.has(memoryview(bytes(fed.video)[:-1] + b"\0\0"))
        assert not arrived.has(memoryview(bytes(arrived.end - arrived.payload + 1)))
    assert found == list(made.fragments)
    assert reading.head == made.head
    assert reading.initialisation is not None
    assert reading.initialisation.fingerprint == made.initialisation.fingerprint


@pytest.mark.parametrize("end", [b"", b"\0\0", box(b"moof", bytes(30))[:-1], box(b"moof", bytes(30)) + b"\0\0\1\0mdat"])
async def test_what_is_torn_off_at_the_end_is_left_out(end: bytes) -> None:
    assert await cut(box(b"moof", b"a") + box(b"mdat", b"b"), end) == [(box(b"moof", b"a"), b"b")]


@pytest.mark.parametrize("size", [0, 1, 7, 2**31])
async def test_a_box_of_a_nonsensical_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"box b'moof' of {size} bytes"):
        await stream_of(size.to_bytes(4, "big") + b"moof" + bytes(100)).next()


async def test_streams_share_their_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_spares", [])
    fragment = box(b"moof", bytes(100)) + box(b"mdat", bytes(300_000))
    rooms = set()
    for reading in [stream_of(*[fragment[:50_000], fragment[50_000:]] * 2) for _ in range(5)]:
        for _ in range(2):
            arrived = await reading.next()
            assert arrived is not None
            rooms.add(id(arrived.room))
        assert await reading.next() is None
    assert len(rooms) == 1
    assert [len(room) for room in stream._spares] == [327_680]
