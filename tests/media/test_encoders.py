from dataclasses import replace

import pytest

from tvd.media.encoders import (
    CANDIDATES,
    _examine,
    audio_encode_args,
    device_args,
    encode_args,
    encoder_fault,
    level_for,
    upload_filter,
    working_encoder,
)
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.house import HOUSE_RATES, Grid, HouseFormat

SMALL = HouseFormat(width=160, height=90, video_bitrate=300_000)


@pytest.mark.parametrize(
    ("size", "fps", "bitrate", "level"),
    [
        ((320, 180), 30, 500_000, "3.0"),
        ((720, 576), 25, 2_000_000, "3.0"),
        ((1280, 720), 30, 2_500_000, "3.1"),
        ((1280, 720), 60, 4_000_000, "3.2"),
        ((1920, 1080), 30, 6_000_000, "4.0"),
        ((1920, 1080), 30, 40_000_000, "4.1"),
        ((1920, 1080), 60, 9_000_000, "4.2"),
        ((3840, 2160), 30, 20_000_000, "5.1"),
        ((3840, 2160), 60, 20_000_000, "5.2"),
    ],
)
def test_level_holds_size_rate_and_bit_rate(size: tuple[int, int], fps: int, bitrate: int, level: str) -> None:
    house = HouseFormat(grid=Grid(fps), width=size[0], height=size[1], video_bitrate=bitrate)
    assert level_for(house).name == level
    assert level_for(house).references >= 1


@pytest.mark.parametrize("encoder", CANDIDATES)
@pytest.mark.parametrize("fps", HOUSE_RATES)
def test_every_encoder_gets_one_closed_gop_a_segment(encoder: str, fps: int) -> None:
    house = HouseFormat(grid=Grid(fps), encoder=encoder)
    args = encode_args(house)
    options = dict(zip(args[::2], args[1::2], strict=True))
    assert options["-c:v"] == encoder
    assert options["-g"] == options["-keyint_min"] == str(house.grid.frames)
    assert options["-profile:v"] == "high"
    assert options["-maxrate:v"] == "2500000"
    assert "+cgop" in options["-flags:v"]
    assert ("-vaapi_device" in device_args(house)) == ("hwupload" in upload_filter(house)) == (encoder == "h264_vaapi")


def test_sound_is_the_same_for_every_house() -> None:
    assert audio_encode_args(SMALL)[:2] == ["-c:a", "aac"]
    assert audio_encode_args(SMALL) == audio_encode_args(replace(SMALL, width=1920))


@pytest.mark.parametrize("fps", HOUSE_RATES)
async def test_libx264_really_gives_exact_segments_at_every_house_rate(ffmpeg: Ffmpeg, fps: int) -> None:
    assert await encoder_fault(ffmpeg, replace(SMALL, grid=Grid(fps))) is None


async def test_an_encoder_that_does_not_work_is_replaced(ffmpeg: Ffmpeg) -> None:
    assert await working_encoder(ffmpeg, SMALL, "no_such_encoder") == "libx264"
    assert await working_encoder(ffmpeg, SMALL, "libx264") == "libx264"
    found = await working_encoder(ffmpeg, SMALL)
    assert found in CANDIDATES


async def test_an_encoder_that_fails_says_why(ffmpeg: Ffmpeg) -> None:
    fault = await encoder_fault(ffmpeg, replace(SMALL, encoder="no_such_encoder"))
    assert fault is not None
    assert "encoder" in fault.lower()


def test_output_off_the_grid_is_refused() -> None:
    fault = _examine(b"not a movie at all", SMALL)
    assert isinstance(fault, str)
    assert "cannot be read" in fault
