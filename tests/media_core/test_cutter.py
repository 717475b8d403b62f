"""The cutter on what real encodes write: exact segments at every rate, and nothing accepted that is off the grid."""

from dataclasses import replace
from itertools import pairwise

import pytest
from gridded import Cuttings, encode_argv, house, pieces, run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tvd.media.boxes import BoxReader
from tvd.media.cutter import SegmentCutter
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.fragment import Fragment, read_runs
from tvd.media.house import HOUSE_RATES, Grid


def cut(raw: bytes, grid: Grid, *, skip: int = 0) -> list[Fragment]:
    cutter = SegmentCutter(grid, skip=skip)
    return [*cutter.feed(raw), *cutter.finish()]


@pytest.mark.parametrize("fps", HOUSE_RATES)
def test_segments_are_exact_and_hold_every_sample_but_the_priming(cuttings: Cuttings, fps: int) -> None:
    clip = cuttings.clip(fps)
    assert len(clip.fragments) == 3
    video, audio = b"", []
    moof = b""
    for kind, whole in BoxReader().feed(clip.raw):
        if kind == b"moof":
            moof = whole
        elif kind == b"mdat":
            for made in read_runs(moof, whole):
                if made.track == clip.initialisation.video_id:
                    video += made.data
                else:
                    stops = [sum(made.sizes[:n]) for n in range(len(made.sizes) + 1)]
                    audio += [bytes(made.data[a:b]) for a, b in pairwise(stops)]
    for fragment in clip.fragments:
        fragment.check(clip.grid)
    assert b"".join(bytes(one.video) for one in clip.fragments) == video
    assert b"".join(bytes(one.audio) for one in clip.fragments) == b"".join(audio[1:])
    # The house's preset reorders frames, so that the order is worth keeping.
    assert clip.fragments[0].order != tuple(range(clip.grid.frames))


@given(size=st.integers(1, 5000))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pieces_of_any_size_give_the_same_segments(cuttings: Cuttings, size: int) -> None:
    clip = cuttings.clip()
    cutter = SegmentCutter(clip.grid)
    found = [one for piece in pieces(clip.raw, size) for one in cutter.feed(piece)]
    assert (*found, *cutter.finish()) == clip.fragments


def test_segments_come_as_soon_as_the_next_begins(cuttings: Cuttings) -> None:
    clip = cuttings.clip()
    cutter = SegmentCutter(clip.grid)
    assert cutter.feed(clip.raw) == list(clip.fragments[:2])
    assert cutter.finish() == list(clip.fragments[2:])
    assert cutter.finish() == []


@pytest.mark.parametrize("skip", [0, 1, 2, 3])
def test_the_pre_roll_is_skipped(cuttings: Cuttings, skip: int) -> None:
    clip = cuttings.clip()
    assert cut(clip.raw, clip.grid, skip=skip) == list(clip.fragments[skip:])


@pytest.mark.parametrize(
    ("frames", "samples", "left"),
    [
        pytest.param(1, 0, "left over at the end: 1 frames, 0 AAC", id="a frame too many"),
        pytest.param(0, 1024, "the sound has 1 AAC frames too many", id="an AAC frame too many"),
        pytest.param(-1, 0, "left over at the end: 63 frames, 100 AAC", id="a frame missing"),
        pytest.param(0, -1024, "left over at the end: 64 frames, 99 AAC", id="an AAC frame missing"),
    ],
)
def test_what_is_left_over_is_refused(ffmpeg: Ffmpeg, frames: int, samples: int, left: str) -> None:
    made = house()
    grid = made.grid
    argv = encode_argv(ffmpeg.path, made, 2 * grid.frames + frames, 2 * grid.samples + samples)
    raw, _ = run(*argv)
    cutter = SegmentCutter(grid)
    cutter.feed(raw)
    with pytest.raises(ValueError, match=f"{left}|a group of pictures is not"):
        cutter.finish()


def test_a_torn_box_is_left_over(cuttings: Cuttings) -> None:
    clip = cuttings.clip()
    with pytest.raises(ValueError, match="left over at the end"):
        cut(clip.raw + b"\0\0\1\0moof", clip.grid)
    with pytest.raises(ValueError, match="left over at the end"):
        cut(clip.raw[:-1], clip.grid)


@pytest.mark.parametrize("gop", [32, 63, 65, 128])
def test_key_frames_off_the_grid_are_refused(ffmpeg: Ffmpeg, gop: int) -> None:
    made = house()
    grid = made.grid
    argv = encode_argv(ffmpeg.path, made, 4 * grid.frames, 4 * grid.samples)
    at = argv.index("-af")
    raw, _ = run(*argv[:at], "-g", str(gop), "-keyint_min", str(gop // 2), *argv[at:])
    with pytest.raises(ValueError, match="a group of pictures is not 64 frames long"):
        cut(raw, grid)


def test_a_rate_off_the_grid_is_refused(cuttings: Cuttings) -> None:
    with pytest.raises(ValueError, match=r"do not divide into frames|do not make one closed segment|is not \d+ frames"):
        cut(cuttings.clip(25).raw, Grid(24))


def test_the_initialisation_is_the_encodes(cuttings: Cuttings) -> None:
    clip = cuttings.clip()
    head = clip.initialisation
    assert (head.width, head.height, head.reorder_frames) == (160, 90, 2)
    assert head.codecs == "avc1.64001E,mp4a.40.2"
    other = cuttings.clip(picture="smptebars", tone=330).initialisation
    assert other.fingerprint == head.fingerprint
    assert replace(head, asc=b"\x12\x10").fingerprint != head.fingerprint
    assert cuttings.clip(preset="ultrafast").initialisation.fingerprint != head.fingerprint
