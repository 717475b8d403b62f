"""A segment's samples survive being written and read, and what is not exactly one segment is refused."""

from dataclasses import replace

import pytest
from gridded import Cuttings
from hypothesis import given, settings
from hypothesis import strategies as st

from tvd.media.boxes import BoxReader, box
from tvd.media.fragment import Fragment, read_fragment, read_runs, write_fragment
from tvd.media.house import AAC_FRAME, HOUSE_RATES, Grid

GRID = Grid(25)


def orders(frames: int) -> st.SearchStrategy[tuple[int, ...]]:
    """Return decode orders that begin with the IDR, shuffled in small groups as B-frames are."""

    def shuffled(groups: list[list[int]]) -> tuple[int, ...]:
        order: list[int] = [0]
        for group in groups:
            left = list(range(len(order), min(len(order) + len(group), frames)))
            order += [left[i] for i in group if i < len(left)]
        return (*order, *range(len(order), frames))

    return st.lists(st.permutations(range(4)), min_size=frames // 4, max_size=frames // 4).map(shuffled)


@st.composite
def fragments(draw: st.DrawFn) -> tuple[Grid, Fragment]:
    grid = Grid(draw(st.sampled_from(HOUSE_RATES)))
    sizes = draw(st.lists(st.integers(0, 40), min_size=grid.frames, max_size=grid.frames))
    audio = draw(st.lists(st.integers(0, 9), min_size=grid.audio_frames, max_size=grid.audio_frames))
    order = draw(orders(grid.frames))
    video_data = bytes(n % 251 for n in range(sum(sizes)))
    audio_data = bytes(n % 241 for n in range(sum(audio)))
    return grid, Fragment(memoryview(video_data), tuple(sizes), order, memoryview(audio_data), tuple(audio))


def plain(grid: Grid = GRID) -> Fragment:
    """Return a segment of samples of one byte."""
    return Fragment(
        memoryview(bytes(grid.frames)),
        (1,) * grid.frames,
        tuple(range(grid.frames)),
        memoryview(bytes(grid.audio_frames)),
        (1,) * grid.audio_frames,
    )


@given(fragments(), st.integers(0, 2**31))
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read(made: tuple[Grid, Fragment], index: int) -> None:
    grid, fragment = made
    data = write_fragment(fragment, index, grid, 4)
    assert read_fragment(data, grid) == fragment
    assert read_fragment(box(b"styp", b"msdh") + data, grid) == fragment


@given(fragments(), st.integers(0, 2**20))
@settings(max_examples=30, deadline=None)
def test_the_general_reader_sees_the_same_samples_at_their_times(made: tuple[Grid, Fragment], index: int) -> None:
    grid, fragment = made
    (_, moof), (_, mdat) = BoxReader().feed(write_fragment(fragment, index, grid, 4))
    video, audio = read_runs(moof, mdat)
    assert (bytes(video.data), tuple(video.sizes)) == (bytes(fragment.video), fragment.video_sizes)
    assert (bytes(audio.data), tuple(audio.sizes)) == (bytes(fragment.audio), fragment.audio_sizes)
    # The reordering delay is in the times; the moov's edit list takes it off.
    assert video.times == [index * grid.frames + 4 + shown for shown in fragment.order]
    assert audio.times == [index * grid.samples + n * AAC_FRAME for n in range(grid.audio_frames)]
    assert video.sync == [True] + [False] * (grid.frames - 1)
    assert all(audio.sync)


def test_reordering_beyond_what_the_sps_says_is_refused() -> None:
    order = (0, 3, 1, 2, *range(4, GRID.frames))
    fragment = replace(plain(), order=order)
    assert read_fragment(write_fragment(fragment, 0, GRID, 1), GRID).order == order
    with pytest.raises(ValueError, match="reordered by 1, the SPS says 0"):
        write_fragment(fragment, 0, GRID, 0)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"video_sizes": (1,) * 47, "order": tuple(range(47))}, "47 frames", id="a frame less"),
        pytest.param({"video_sizes": (), "order": ()}, "0 frames", id="no frames"),
        pytest.param({"order": (1, 0, *range(2, 48))}, "closed segment", id="does not begin with its first frame"),
        pytest.param({"order": (0, 0, *range(2, 48))}, "closed segment", id="a frame twice"),
        pytest.param({"order": (*range(47), 48)}, "closed segment", id="a frame of the next segment"),
        pytest.param({"order": tuple(range(47))}, "closed segment", id="an order of fewer frames"),
        pytest.param({"audio_sizes": (1,) * 89}, "89 AAC frames instead of 90", id="an AAC frame less"),
        pytest.param({"audio_sizes": (1,) * 91}, "91 AAC frames instead of 90", id="an AAC frame more"),
        pytest.param({"video": memoryview(bytes(49))}, "add up", id="more picture than its sizes"),
        pytest.param({"audio": memoryview(bytes(89))}, "add up", id="less sound than its sizes"),
    ],
)
def test_what_is_not_exactly_one_segment_is_refused(change: dict[str, object], reason: str) -> None:
    plain().check(GRID)
    with pytest.raises(ValueError, match=reason):
        replace(plain(), **change).check(GRID)  # type: ignore[arg-type]  # any field


@pytest.mark.parametrize("fps", [24, 30, 50, 60])
def test_a_segment_of_another_grid_is_refused(fps: int) -> None:
    with pytest.raises(ValueError, match="do not make a segment"):
        read_fragment(write_fragment(plain(), 0, GRID, 0), Grid(fps))


def test_what_is_no_segment_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="no moof and mdat"):
        read_fragment(box(b"free", b"abc"), GRID)
    with pytest.raises(ValueError, match="0 tracks"):
        read_fragment(box(b"moof") + box(b"mdat"), GRID)


@pytest.mark.parametrize("fps", HOUSE_RATES)
def test_runs_of_a_real_ffmpeg_are_read(cuttings: Cuttings, fps: int) -> None:
    clip = cuttings.clip(fps)
    grid = clip.grid
    head = clip.initialisation
    sizes: dict[int, list[int]] = {head.video_id: [], head.audio_id: []}
    times: dict[int, list[int]] = {head.video_id: [], head.audio_id: []}
    keys = []
    moof = b""
    for kind, whole in BoxReader().feed(clip.raw):
        if kind == b"moof":
            moof = whole
        elif kind == b"mdat":
            for run in read_runs(moof, whole):
                assert len(run.data) == sum(run.sizes)
                keys += [len(sizes[run.track]) + n for n, sync in enumerate(run.sync) if sync and run.track == 1]
                sizes[run.track] += run.sizes
                times[run.track] += run.times
    assert len(sizes[head.video_id]) == 3 * grid.frames
    # One AAC frame of priming comes before the first sample.
    assert len(sizes[head.audio_id]) == 3 * grid.audio_frames + 1
    assert keys == [0, grid.frames, 2 * grid.frames]
    ticks = head.video_timescale // fps
    shown = sorted(times[head.video_id])
    assert [time - shown[0] for time in shown] == [n * ticks for n in range(3 * grid.frames)]
    steps = {b - a for a, b in zip(times[head.audio_id], times[head.audio_id][1:], strict=False)}
    assert steps == {AAC_FRAME}


@pytest.mark.parametrize("name", [b"tfdt", b"tfhd"])
def test_runs_without_track_or_time_are_refused(name: bytes) -> None:
    (_, moof), (_, mdat) = BoxReader().feed(write_fragment(plain(), 0, GRID, 0))
    with pytest.raises(ValueError, match="without tfhd or tfdt"):
        read_runs(moof.replace(name, b"free"), mdat)


def test_samples_beyond_their_mdat_are_refused() -> None:
    (_, moof), (_, mdat) = BoxReader().feed(write_fragment(plain(), 0, GRID, 0))
    with pytest.raises(ValueError, match="beyond their mdat"):
        read_runs(moof, mdat[:-1])
