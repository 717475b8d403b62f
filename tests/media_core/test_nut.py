"""The NUT stream into the live process: known numbers and checksums, and ffmpeg reading exact times for ever."""

from dataclasses import replace
from itertools import pairwise

import pytest
from gridded import NOW, Cuttings, frame_times, packets, shown, sound_times
from hypothesis import given
from hypothesis import strategies as st

from tvd.media import nut
from tvd.media.house import HOUSE_RATES, SAMPLE_RATE, Grid

YEAR_4000 = 64_060_588_800


@pytest.mark.parametrize(
    ("value", "coded"),
    [(0, "00"), (1, "01"), (127, "7f"), (128, "8100"), (300, "822c"), (16_383, "ff7f"), (16_384, "818000")],
)
def test_numbers_are_seven_bits_a_byte(value: int, coded: str) -> None:
    assert nut.number(value).hex() == coded


@pytest.mark.parametrize(("value", "coded"), [(0, 0), (1, 1), (-1, 2), (2, 3), (-2, 4), (64, 127)])
def test_signed_numbers_alternate(value: int, coded: int) -> None:
    assert nut.signed(value) == nut.number(coded)


@given(st.integers(0, 2**63))
def test_numbers_can_be_read_back(value: int) -> None:
    read = 0
    data = nut.number(value)
    for byte in data:
        read = read << 7 | byte & 0x7F
    assert read == value
    assert [byte >> 7 for byte in data] == [1] * (len(data) - 1) + [0]


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"", 0),
        (b"\0" * 16, 0),
        (b"\1", 0x04C11DB7),
        (b"123456789", 0x89A1897F),  # CRC-32/CKSUM before its length and inversion
    ],
)
def test_checksums(data: bytes, value: int) -> None:
    assert nut.checksum(data) == value


@given(st.binary(max_size=64))
def test_data_followed_by_its_checksum_sums_to_nothing(data: bytes) -> None:
    assert nut.checksum(data + nut.checksum(data).to_bytes(4, "big")) == 0


@pytest.mark.parametrize("seconds", [0, NOW * 64 // 30, YEAR_4000], ids=["1970", "today", "the year 4000"])
@pytest.mark.parametrize("fps", HOUSE_RATES)
def test_ffmpeg_reads_every_time_exactly(cuttings: Cuttings, fps: int, seconds: int) -> None:
    clip = cuttings.clip(fps)
    grid = clip.grid
    first = grid.seq_at(seconds * 1_000_000_000)
    data = nut.header(clip.initialisation, grid, first)
    for number in range(2):
        data += nut.segment(clip.fragments[number], first + number, grid)
    found = packets(data, "-f", "nut")
    assert shown(found, "video") == frame_times(grid, first, 2)
    assert shown(found, "audio") == sound_times(grid, first, 2)
    video = [packet for packet in found if packet["codec_type"] == "video"]
    assert [n for n, packet in enumerate(video) if "K" in packet["flags"]] == [0, grid.frames]
    fed = clip.fragments[:2]
    assert [int(packet["size"]) for packet in video] == [size for one in fed for size in one.video_sizes]


@pytest.mark.parametrize("fps", HOUSE_RATES)
def test_picture_and_sound_are_interleaved_within_an_aac_frame(cuttings: Cuttings, fps: int) -> None:
    clip = cuttings.clip(fps)
    grid = clip.grid
    data = nut.header(clip.initialisation, grid, 0) + nut.segment(clip.fragments[0], 0, grid)
    counts = {"video": 0, "audio": 0}
    for packet in packets(data, "-f", "nut"):
        counts[packet["codec_type"]] += 1
        apart = counts["video"] / fps - counts["audio"] * 1024 / SAMPLE_RATE
        assert abs(apart) <= 1.5 / min(fps, 46)


def test_frames_of_any_size_pass(cuttings: Cuttings) -> None:
    """Elsewhere than on a pipe a frame of more than 128 KiB needs a checksum; key frames can be as large."""
    clip = cuttings.clip()
    grid = clip.grid
    plain = clip.fragments[0]
    wanted = (131_072, 131_073, 400_000, 3_000_000)
    frames, at = [], 0
    for n, size in enumerate(plain.video_sizes):
        filler = wanted[n] - size - 4 if n < len(wanted) else 0
        # A NAL unit of filler data (H.264, 7.3.2.7) behind the picture's own.
        filling = filler.to_bytes(4, "big") + b"\x0c" + b"\xff" * (filler - 2) + b"\x80" if filler else b""
        frames.append(bytes(plain.video[at : at + size]) + filling)
        at += size
    sizes = tuple(map(len, frames))
    large = replace(plain, video=memoryview(b"".join(frames)), video_sizes=sizes)
    data = nut.header(clip.initialisation, grid, NOW)
    data += nut.segment(large, NOW, grid) + nut.segment(plain, NOW + 1, grid)
    found = packets(data, "-f", "nut")
    video = [packet for packet in found if packet["codec_type"] == "video"]
    assert [int(packet["size"]) for packet in video] == [*sizes, *plain.video_sizes]
    assert shown(found, "video") == frame_times(grid, NOW, 2)
    assert shown(found, "audio") == sound_times(grid, NOW, 2)


def test_a_segment_is_a_function_of_its_number_only(cuttings: Cuttings) -> None:
    clip = cuttings.clip()
    grid = clip.grid
    segments = [nut.segment(clip.fragments[0], seq, grid) for seq in (NOW, NOW, NOW + 1)]
    assert segments[0] == segments[1]
    assert len(segments[1]) == len(segments[2])
    overhead = len(segments[0]) - len(clip.fragments[0].video) - len(clip.fragments[0].audio)
    assert overhead == 11 * (grid.frames + grid.audio_frames)


@given(st.sampled_from(HOUSE_RATES), st.integers(0, 2**34))
def test_times_grow_by_the_segment(fps: int, seq: int) -> None:
    """The fixed-length numbers hold any time up to the year 4000 at every rate."""
    grid = Grid(fps)
    times = nut.np.array([(seq + n) * grid.frames for n in range(3)])
    read = []
    for row in nut._fixed(times, 6):
        value = 0
        for byte in row:
            value = value << 7 | int(byte) & 0x7F
        read.append(value)
    assert read == [time % 2**42 for time in times.tolist()]
    assert {b - a for a, b in pairwise(read)} <= {grid.frames, grid.frames - 2**42}
