"""Sizes as they are written, and every way to write one wrong."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tvd.config.load import Loaded, load
from tvd.config.model import House
from tvd.config.renditions import Size, bit_rate, faults, sizes
from tvd.errors import ConfigError

Load = Callable[[str], Loaded]


@pytest.fixture
def config(tmp_path: Path) -> Load:
    def load_text(text: str) -> Loaded:
        (tmp_path / "config.toml").write_text(text)
        return load(tmp_path / "config.toml", {})

    return load_text


def house(*renditions: str, **keys: object) -> House:
    return msgspec.convert({"renditions": list(renditions), **keys}, House)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (house(), ()),
        (house("720p"), ()),
        (house("360p"), (Size(640, 360, 880_000),)),
        (house("720p", "360p"), (Size(640, 360, 880_000),)),
        (house("240p", "480p@1M"), (Size(854, 480, 1_000_000), Size(426, 240, 480_000))),
        (house("360p", width=960, height=720), (Size(480, 360, 880_000),)),
        (house("640p", width=720, height=1280), (Size(360, 640, 880_000),)),
        (house("96p", width=320, height=180, video_bitrate=60_000), (Size(170, 96, 50_000),)),
        (house("576p", width=1024, height=578), (Size(1020, 576, 2_490_000),)),
    ],
)
def test_sizes_have_the_shape_of_the_house_and_their_share_of_its_bits(made: House, expected: tuple[Size, ...]) -> None:
    assert faults(made) == []
    assert sizes(made) == expected


@pytest.mark.parametrize(
    ("of", "lines"), [(House(), {540: 1620, 480: 1360, 360: 880, 240: 480}),
                      (House(width=1920, height=1080, video_bitrate=5_000_000), {720: 2720, 480: 1480, 360: 960})]
)  # fmt: skip
def test_the_bit_rates_of_the_documentation(of: House, lines: dict[int, int]) -> None:
    text = (Path(__file__).parents[2] / "docs/configuration.md").read_text()
    for height, kilobits in lines.items():
        assert bit_rate(of, round(height * 16 / 9 / 2) * 2, height) == kilobits * 1000
        assert f"{kilobits}k" in text


@pytest.mark.parametrize(
    ("made", "place", "says"),
    [
        (house("1080p"), 1, "larger than the house (1280x720)"),
        (house("720p", "722p"), 2, "larger than the house"),
        (house("360p", "480p", "360p@500k"), 3, "second size of 360 lines"),
        (house("720p", "720p"), 2, "second size of 720 lines"),
        (house("720p@3M"), 1, "house's own size: its bit rate is house.video_bitrate"),
        (house("361p"), 1, "would be 642x361: sizes are even"),
        (house("36p"), 1, "would be 64x36"),
        (house("360p@fast"), 1, '"fast" is no bit rate such as "800k"'),
        (house("360p@3M"), 1, 'from "50k" to that of the house (2500000 bit/s)'),
        (house("360p@1k"), 1, 'from "50k"'),
        (house("640p", "480p", "360p", "240p"), 4, "there are 5 sizes; at most 4"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(made: House, place: int, says: str) -> None:
    [(found, what)] = faults(made)
    assert found == place
    assert says in what


@pytest.mark.parametrize("text", ["360", "p", "0360p", "360P", "720x360", "360p@", "99999p", ""])
def test_what_is_no_size_is_refused_by_the_model(config: Load, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(f'[house]\nrenditions = ["{text}"]\n')
    assert [fault.key for fault in caught.value.faults] == ["house.renditions[1]"]
    assert 'a height in lines such as "360p"' in caught.value.faults[0].what


CHANNEL = '[[channels]]\nnumber = 1\nname = "One"\ngenerator = "test-card"\n'


def test_a_channel_has_its_own_or_those_of_the_house(config: Load) -> None:
    own = CHANNEL + '[channels.house]\nrenditions = ["240p"]\n'
    other = '[[channels]]\nnumber = 2\nname = "Two"\ngenerator = "test-card"\n[channels.house]\nfit = "crop"\n'
    loaded = config('[house]\nrenditions = ["360p"]\n' + own + other)
    assert [sizes(channel.house)[0].height for channel in loaded.config.channels] == [240, 360]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (CHANNEL + '[channels.house]\nrenditions = ["360p", "900p"]\n', "channels[1].house.renditions[2]"),
        # What the house has is too large for a smaller channel: that is where it must be written anew.
        (CHANNEL + "[channels.house]\nwidth = 640\nheight = 358\n", "channels[1].house.renditions"),
    ],
)
def test_faults_of_a_channel_are_named_there(config: Load, text: str, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config('[house]\nrenditions = ["360p"]\n' + text)
    assert [fault.key for fault in caught.value.faults] == [key]
    assert "larger than the house" in caught.value.faults[0].what


def test_a_fault_of_the_house_is_said_once(config: Load) -> None:
    with pytest.raises(ConfigError) as caught:
        config('[house]\nrenditions = ["1080p"]\n' + CHANNEL)
    assert [fault.key for fault in caught.value.faults] == ["house.renditions[1]"]
