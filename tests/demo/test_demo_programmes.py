"""Every generated programme, through a real ffmpeg."""

import shutil
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from tvd.media import demo
from tvd.media.house import HOUSE_RATES, Grid, HouseFormat

SMALL = HouseFormat(Grid(25), 160, 90)
PROGRAMMES = [part.id for generator in demo.GENERATORS.values() for part in generator.programmes()]
ONE_OF_EACH = [generator.programmes()[0].id for generator in demo.GENERATORS.values()]


def test_a_machine_without_media_has_five_channels_of_six_different_programmes() -> None:
    assert set(demo.GENERATORS) == {"test-card", "night-sky", "fireplace", "aquarium", "patterns"}
    everything = [part for generator in demo.GENERATORS.values() for part in generator.programmes()]
    assert len({part.id for part in everything}) == len({part.title for part in everything}) == 30
    assert all(part.description and 120 <= part.duration <= 900 for part in everything)
    assert all(demo.programme(part.id) == part for part in everything)


@pytest.mark.parametrize(
    "wrong",
    [
        *("", "demo:", "demo:night-sky", "demo:night-sky:0", "demo:night-sky:7", "demo:x:1", "a:night-sky:1"),
        *("demo:night-sky:1:2", "demo:night-sky:-1", "demo:night-sky:²"),
    ],
)
def test_an_unknown_id_is_a_key_error(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        demo.programme(wrong)
    with pytest.raises(KeyError):
        demo.inputs(wrong, SMALL, tmp_path)


@pytest.mark.parametrize("programme_id", PROGRAMMES)
def test_it_moves_and_sounds_without_a_warning(programme_id: str, run: Callable, tmp_path: Path) -> None:
    made = run(demo.inputs(programme_id, SMALL, tmp_path), SMALL, 50)
    assert made.stderr == ""
    assert len(made.frames) == 50
    assert len(made.sound) == 96_000
    luma = made.frames[:, : 160 * 90].astype(int)
    assert np.abs(luma[49] - luma[0]).max() > 8, "nothing moves"
    assert np.abs(luma[1:] - luma[:-1]).mean() < 6, "not calm"
    assert luma.min() >= 14
    assert luma.max() <= 237
    assert luma[0].std() > 4, "nothing to see"
    peak, rms = np.abs(made.sound).max(), np.sqrt((made.sound**2).mean())
    assert peak < 0.9, "clipping"
    assert 10 ** (-50 / 20) < rms < 10 ** (-18 / 20)


@pytest.mark.parametrize("programme_id", ONE_OF_EACH)
def test_the_same_programme_is_the_same_frames(programme_id: str, run: Callable, tmp_path: Path) -> None:
    runs = []
    for turn in ("a", "b"):
        folder = tmp_path / turn
        folder.mkdir()
        runs.append(run(demo.inputs(programme_id, SMALL, folder), SMALL, 12))
    assert np.array_equal(runs[0].frames, runs[1].frames)
    assert np.array_equal(runs[0].sound, runs[1].sound)


@pytest.mark.parametrize("programme_id", ONE_OF_EACH)
@pytest.mark.parametrize(("fps", "width", "height"), [(24, 206, 90), (30, 90, 160), (50, 158, 86), (60, 120, 90)])
def test_every_house_rate_and_odd_shapes(
    programme_id: str, fps: int, width: int, height: int, run: Callable, tmp_path: Path
) -> None:
    house = HouseFormat(Grid(fps), width, height)
    made = run(demo.inputs(programme_id, house, tmp_path), house, 8)
    assert made.stderr == ""
    assert made.frames.shape == (8, width * height * 3 // 2)


@pytest.mark.parametrize("programme_id", ONE_OF_EACH)
def test_the_binary_of_the_wheel_makes_it_too(programme_id: str, run: Callable, tmp_path: Path) -> None:
    other = imageio_ffmpeg.get_ffmpeg_exe()
    made = run(demo.inputs(programme_id, SMALL, tmp_path), SMALL, 12, other)
    assert made.stderr == ""
    assert len(made.frames) == 12


def test_the_clock_of_the_test_card_ticks_each_frame_and_pips_with_its_flash(run: Callable, tmp_path: Path) -> None:
    house = HouseFormat(Grid(30), 320, 180)
    made = run(demo.inputs("demo:test-card:1", house, tmp_path), house, 75)
    luma = made.frames[:, : 320 * 180].reshape(-1, 180, 320).astype(int)
    assert all(np.abs(luma[k] - luma[k - 1]).max() > 30 for k in range(1, 75)), "a frame was not counted"
    dot = luma[:, 94:101, 105:120].max(axis=(1, 2))
    assert {k for k in range(75) if dot[k] > 200} == {0, 1, 30, 31, 60, 61}
    wave = np.exp(-2j * np.pi * 880 * np.arange(1_440) / 48_000)
    pip = [abs(np.vdot(wave.conj(), made.sound[at : at + 1_440, 0])) for at in (46_000, 48_000)]
    assert pip[1] > 4 * pip[0], "no pip on the second"


def test_disk_trouble_is_an_os_error(tmp_path: Path) -> None:
    shutil.rmtree(tmp_path)
    with pytest.raises(OSError, match="layer-0"):
        demo.inputs("demo:patterns:2", SMALL, tmp_path)


@pytest.mark.parametrize("grid", [Grid(fps) for fps in HOUSE_RATES])
def test_the_slate_is_whole_segments_and_ends_as_it_began(grid: Grid, run: Callable, tmp_path: Path) -> None:
    house = HouseFormat(grid, 160, 90)
    assert demo.slate_duration(grid) % grid.duration == 0
    frames = int(demo.slate_duration(grid) * grid.fps)
    made = run(demo.slate(house, tmp_path), house, frames + 2)
    assert made.stderr == ""
    assert np.array_equal(made.frames[frames], made.frames[0])
    assert not np.array_equal(made.frames[frames // 2], made.frames[0])
    samples = int(demo.slate_duration(grid) * 48_000)
    assert np.array_equal(made.sound[samples : samples + 1000], made.sound[:1000])
    rms = np.sqrt((made.sound**2).mean())
    assert 10 ** (-60 / 20) < rms < 10 ** (-36 / 20), "near silence, but not silence"


def test_the_slate_can_say_a_name(run: Callable, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    plain = run(demo.slate(SMALL, tmp_path / "a"), SMALL, 2)
    named = run(demo.slate(SMALL, tmp_path / "b", "Late Night"), SMALL, 2)
    assert not np.array_equal(plain.frames, named.frames)
