"""Asset files: readable while they grow, resumable, refused when damaged, and playable by anything."""

import gc
import os
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from gridded import Clip, Cuttings, frame_times, packets, run, shown, sound_times
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tvd.errors import AssetInvalidError
from tvd.media.asset_file import AssetFile, AssetFileWriter
from tvd.media.boxes import box
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.fragment import write_fragment
from tvd.media.house import HOUSE_RATES
from tvd.media.initialisation import Initialisation
from tvd.media.sound_file import SoundFileWriter


@pytest.fixture(name="clip")
def _clip(cuttings: Cuttings) -> Clip:
    return cuttings.clip()


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "asset.mp4"


def test_what_was_written_is_read(clip: Clip, path: Path) -> None:
    clip.write(path)
    with AssetFile(path, clip.grid) as file:
        assert file.segments == 3
        assert file.size == file.end(3) == path.stat().st_size
        for index in (2, 0, 1):
            assert file.fragment(index) == clip.fragments[index]
        assert file.initialisation.fingerprint == clip.initialisation.fingerprint
        assert file.initialisation.reorder_frames == clip.initialisation.reorder_frames
        for index in (3, -1):
            with pytest.raises(IndexError):
                file.fragment(index)


def test_a_growing_file_is_seen_segment_by_segment(clip: Clip, path: Path) -> None:
    writer = AssetFileWriter(path, clip.initialisation, clip.grid)
    with AssetFile(path, clip.grid) as file:
        assert file.segments == 0
        for index, fragment in enumerate(clip.fragments):
            with pytest.raises(IndexError):
                file.fragment(index)
            writer.append(fragment)
            assert file.segments == index
            # Asking for it is enough; refresh is for who wants the count.
            assert file.fragment(index) == fragment
            assert file.refresh() == writer.segments == index + 1
    writer.close()
    writer.close()


def test_half_a_segment_is_not_there_yet(clip: Clip, path: Path) -> None:
    clip.write(path, 1)
    whole = write_fragment(clip.fragments[1], 1, clip.grid, clip.initialisation.reorder_frames)
    with AssetFile(path, clip.grid) as file, path.open("ab", buffering=0) as growing:
        for at in range(0, len(whole), 997):
            growing.write(whole[at : at + 997])
            assert file.refresh() == (2 if at + 997 >= len(whole) else 1)
        assert file.fragment(1) == clip.fragments[1]


@given(cut=st.integers(0, 100_000))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_truncation_leaves_whole_segments_or_is_refused(clip: Clip, path: Path, cut: int) -> None:
    data = clip.write(path).read_bytes()
    with AssetFile(path, clip.grid) as file:
        ends = [file.end(n) for n in range(4)]
    length = cut % (len(data) + 1)
    path.write_bytes(data[:length])
    if length < ends[0]:
        with pytest.raises(AssetInvalidError):
            AssetFile(path, clip.grid)
        return
    with AssetFile(path, clip.grid) as file:
        assert file.segments == sum(end <= length for end in ends[1:])
        for index in range(file.segments):
            assert file.fragment(index) == clip.fragments[index]


def test_resuming_cuts_to_whole_segments_and_goes_on(clip: Clip, path: Path, tmp_path: Path) -> None:
    undisturbed = clip.write(tmp_path / "undisturbed.mp4").read_bytes()
    clip.write(path, 2)
    with path.open("ab") as torn:
        torn.write(undisturbed[-50:])
    writer = AssetFileWriter.resume(path, clip.grid)
    assert writer.segments == 2
    writer.append(clip.fragments[2])
    writer.sync()
    writer.close()
    assert path.read_bytes() == undisturbed


@pytest.mark.parametrize(("keep", "kept"), [(0, 0), (1, 1), (3, 3), (9, 3), (None, 3)])
def test_resuming_keeps_as_many_as_wanted(clip: Clip, path: Path, tmp_path: Path, keep: int | None, kept: int) -> None:
    whole = clip.write(path).read_bytes()
    writer = AssetFileWriter.resume(path, clip.grid, keep)
    assert writer.segments == kept
    assert path.read_bytes() == clip.write(tmp_path / "less.mp4", kept).read_bytes()
    for fragment in clip.fragments[kept:]:
        writer.append(fragment)
    writer.close(sync=False)
    assert path.read_bytes() == whole


def _put(data: bytes, at: int, number: int) -> bytes:
    return data[:at] + struct.pack(">I", number) + data[at + 4 :]


# What is done to the bytes of an asset; `at` and `end` are where its second segment begins and ends.
DAMAGES: dict[str, Callable[[bytes, int, int], bytes]] = {
    "empty": lambda _data, _at, _end: b"",
    "another format": lambda _data, _at, _end: b"RIFF" + bytes(100),
    "moov first": lambda data, _at, _end: box(b"moov") + data,
    "no H.264": lambda data, _at, _end: data.replace(b"avc1", b"hvc1"),
    "no AAC": lambda data, _at, _end: data.replace(b"mp4a", b"Opus"),
    "no tracks' headers": lambda data, _at, _end: data.replace(b"tkhd", b"free"),
    "another box between": lambda data, at, _end: data[:at] + box(b"free", bytes(20)) + data[at:],
    "zeroes": lambda data, at, end: data[:at] + bytes(end - at) + data[end:],
    "too long": lambda data, at, _end: _put(data, at, 0x7FFFFFFF),
    "a run of a wrong length": lambda data, at, _end: _put(data, data.index(b"trun", at) + 8, 65),
    "a size too large": lambda data, at, _end: _put(data, data.index(b"trun", at) + 20, 0xFFFFFFF),
    "an order that cannot be": lambda data, at, _end: _put(data, data.index(b"trun", at) + 24, 9),
}


def damaged(data: bytes, ends: list[int], how: str) -> bytes:
    """Return the bytes of an asset of three segments, damaged in the second or in its head."""
    return DAMAGES[how](data, ends[1], ends[2])


@pytest.fixture(name="ends")
def _ends(clip: Clip, tmp_path: Path) -> list[int]:
    with AssetFile(clip.write(tmp_path / "whole.mp4"), clip.grid) as file:
        return [file.end(n) for n in range(4)]


@pytest.mark.parametrize(
    "how",
    ["empty", "another format", "moov first", "no H.264", "no AAC", "no tracks' headers", "another box between"],
)
def test_a_file_that_is_no_asset_is_refused(clip: Clip, path: Path, ends: list[int], how: str) -> None:
    path.write_bytes(damaged(clip.write(path).read_bytes(), ends, how))
    with pytest.raises(AssetInvalidError, match=r"asset\.mp4: "):
        AssetFile(path, clip.grid)
    gc.collect()  # the descriptor of a refused file is closed: a leak would be a warning here


@pytest.mark.parametrize("how", ["zeroes", "too long"])
def test_nothing_is_read_behind_a_lost_segment(clip: Clip, path: Path, ends: list[int], how: str) -> None:
    path.write_bytes(damaged(clip.write(path).read_bytes(), ends, how))
    with AssetFile(path, clip.grid) as file:
        assert file.fragment(0) == clip.fragments[0]
        with pytest.raises(IndexError):
            file.fragment(1)


@pytest.mark.parametrize("how", ["a run of a wrong length", "a size too large", "an order that cannot be"])
def test_a_damaged_segment_is_named(clip: Clip, path: Path, ends: list[int], how: str) -> None:
    path.write_bytes(damaged(clip.write(path).read_bytes(), ends, how))
    with AssetFile(path, clip.grid) as file:
        assert file.fragment(0) == clip.fragments[0]
        with pytest.raises(AssetInvalidError, match="segment 1: "):
            file.fragment(1)
        assert file.fragment(2) == clip.fragments[2]


@given(flips=st.lists(st.tuples(st.integers(0, 2**20), st.integers(1, 255)), min_size=1, max_size=6))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_flipped_bytes_never_give_another_error(clip: Clip, path: Path, flips: list[tuple[int, int]]) -> None:
    """Damage in the boxes is found; damage in coded samples is the decoder's matter."""
    data = bytearray(clip.write(path).read_bytes())
    for at, flip in flips:
        # Mostly where the boxes are, not in the samples between them.
        data[at % (len(data) if at % 4 == 0 else 1400)] ^= flip
    path.write_bytes(data)
    try:
        with AssetFile(path, clip.grid) as file:
            for index in range(file.segments):
                file.fragment(index).check(clip.grid)
    except AssetInvalidError:
        pass


def test_an_asset_truncated_while_open_is_refused(clip: Clip, path: Path) -> None:
    clip.write(path)
    with AssetFile(path, clip.grid) as file:
        os.truncate(path, file.end(1) + 10)
        assert file.fragment(0) == clip.fragments[0]
        for index in (1, 2):
            with pytest.raises(AssetInvalidError, match=f"segment {index}: "):
                file.fragment(index)


def test_an_asset_deleted_while_open_can_still_be_read(clip: Clip, path: Path) -> None:
    clip.write(path)
    with AssetFile(path, clip.grid) as file:
        path.unlink()
        assert file.fragment(2) == clip.fragments[2]


def test_a_file_that_is_not_there(tmp_path: Path, clip: Clip) -> None:
    with pytest.raises(FileNotFoundError):
        AssetFile(tmp_path / "nothing.mp4", clip.grid)


@pytest.mark.parametrize(("fps", "preset"), [*((fps, "veryfast") for fps in HOUSE_RATES), (30, "ultrafast")])
def test_anything_plays_it_from_zero(cuttings: Cuttings, ffmpeg: Ffmpeg, path: Path, fps: int, preset: str) -> None:
    clip = cuttings.clip(fps, preset=preset)
    grid = clip.grid
    clip.write(path, 5)
    found = packets(path)
    assert shown(found, "video") == frame_times(grid, 0, 5)
    assert shown(found, "audio") == sound_times(grid, 0, 5)
    assert {packet["dts"] - shown_at for packet, shown_at in _decoding(found)} == {-clip.initialisation.reorder_frames}
    _, stderr = run(ffmpeg.path, "-v", "warning", "-i", str(path), "-f", "null", "-")
    assert not stderr
    moov = clip.initialisation.moov(grid)
    assert Initialisation.parse(moov).moov(grid) == moov


def _decoding(found: list[dict[str, object]]) -> list[tuple[dict[str, int], int]]:
    """Pair the video packets, in decode order, with the numbers 0, 1, 2 …: decode times in frames."""
    video = [packet for packet in found if packet["codec_type"] == "video"]
    return [(packet, number) for number, packet in enumerate(video)]  # type: ignore[misc]  # ffprobe's numbers


def test_one_second_of_it_can_be_sought(cuttings: Cuttings, ffmpeg: Ffmpeg, path: Path) -> None:
    clip = cuttings.clip()
    clip.write(path, 6)
    start = str(float(Fraction(4 * clip.grid.frames, clip.grid.fps)))
    out, stderr = run(
        *(ffmpeg.path, "-v", "warning", "-ss", start, "-i", str(path), "-frames:v", "1"),
        *("-f", "framemd5", "-map", "0:v", "-"),
    )
    whole, _ = run(ffmpeg.path, "-v", "error", "-i", str(path), "-f", "framemd5", "-map", "0:v", "-")
    sums = [line.split(b",")[-1] for line in whole.splitlines() if not line.startswith(b"#")]
    found = [line.split(b",")[-1] for line in out.splitlines() if not line.startswith(b"#")]
    assert found == [sums[4 * clip.grid.frames]]
    assert not stderr


def test_a_writer_whose_disk_is_full_from_the_beginning_leaves_no_file_open(clip: Clip) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for kind in (AssetFileWriter, SoundFileWriter):
        with pytest.raises(OSError, match="No space left"):
            kind(Path("/dev/full"), clip.initialisation, clip.grid)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
