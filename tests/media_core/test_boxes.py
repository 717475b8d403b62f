"""Boxes: the same for every way a stream arrives in pieces, and nothing accepted that cannot be one."""

import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tvd.media.boxes import MAX_BOX, BoxReader, box, children, find, full_box

kinds = st.sampled_from([b"ftyp", b"moov", b"moof", b"mdat", b"free"])
boxes = st.lists(st.tuples(kinds, st.binary(max_size=200), st.booleans()), max_size=8)


def large(kind: bytes, payload: bytes) -> bytes:
    """Return a box whose size is written in 64 bits."""
    return struct.pack(">I4sQ", 1, kind, 16 + len(payload)) + payload


@given(boxes, st.lists(st.integers(0, 2000), max_size=30), st.binary(max_size=7))
def test_any_split_of_a_stream_gives_the_same_boxes(
    content: list[tuple[bytes, bytes, bool]], cuts: list[int], rest: bytes
) -> None:
    whole = [(kind, large(kind, payload) if wide else box(kind, payload)) for kind, payload, wide in content]
    stream = b"".join(data for _, data in whole) + rest
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    reader = BoxReader()
    found = [one for start, stop in pairwise(edges) for one in reader.feed(stream[start:stop])]
    assert found == whole
    assert reader.pending == len(rest)


def test_byte_by_byte_gives_the_same_boxes() -> None:
    stream = box(b"moof", b"x" * 30) + large(b"mdat", b"y" * 30) + box(b"free")
    reader = BoxReader()
    found = [one for byte in stream for one in reader.feed(bytes((byte,)))]
    assert [kind for kind, _ in found] == [b"moof", b"mdat", b"free"]
    assert b"".join(data for _, data in found) == stream
    assert reader.pending == 0


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(struct.pack(">I4s", 7, b"mdat"), id="smaller than its header"),
        pytest.param(struct.pack(">I4s", 2, b"mdat"), id="two bytes"),
        pytest.param(struct.pack(">I4s", MAX_BOX + 1, b"mdat"), id="too large"),
        pytest.param(struct.pack(">I4s", 0xFFFFFFFF, b"mdat"), id="4 GiB"),
        pytest.param(struct.pack(">I4sQ", 1, b"mdat", 15), id="64 bits, smaller than its header"),
        pytest.param(struct.pack(">I4sQ", 1, b"mdat", 2**63), id="64 bits, too large"),
        pytest.param(struct.pack(">I4s", 0, b"mdat"), id="to the end of a file that has none"),
        pytest.param(struct.pack(">I4sQ", 1, b"mdat", 0), id="64 bits, nothing"),
    ],
)
@pytest.mark.parametrize("before", [b"", box(b"free", b"abc")])
def test_nonsense_sizes_are_refused(head: bytes, before: bytes) -> None:
    with pytest.raises(ValueError, match="mdat"):
        BoxReader().feed(before + head)
    with pytest.raises(ValueError, match="mdat"):
        list(children(before + head))


@pytest.mark.parametrize("cut", range(1, 20))
def test_a_truncated_sequence_is_refused(cut: int) -> None:
    data = box(b"free", b"abc") + box(b"mdat", b"0123456789")
    with pytest.raises(ValueError, match="does not fit"):
        list(children(data[:-cut] if cut != 18 else data[:13]))


def test_children_gives_types_and_payloads_in_order() -> None:
    data = box(b"free") + large(b"mdat", b"abc") + full_box(b"mfhd", 1, 0x020304, b"de")
    assert [(kind, bytes(payload)) for kind, payload in children(data)] == [
        (b"free", b""),
        (b"mdat", b"abc"),
        (b"mfhd", b"\x01\x02\x03\x04de"),
    ]
    assert list(children(b"")) == []


@pytest.mark.parametrize(
    ("path", "payload"),
    [
        ((b"moov", b"trak", b"tkhd"), b"first"),
        ((b"moov", b"mvhd"), b"head"),
        ((b"moov", b"trak", b"mdia"), None),
        ((b"moof",), None),
        ((b"moof", b"traf"), None),
    ],
)
def test_find_follows_the_first_of_each_name(path: tuple[bytes, ...], payload: bytes | None) -> None:
    trak = box(b"trak", box(b"tkhd", b"first"), box(b"tkhd", b"second"))
    data = box(b"ftyp", b"iso6") + box(b"moov", box(b"mvhd", b"head"), trak, box(b"trak", box(b"mdia", b"other")))
    found = find(data, *path)
    assert (None if found is None else bytes(found)) == payload
