"""The join itself: alternating assets through the real live process, exact to the tick, the same after a restart."""

import pytest
from gridded import (
    NOW,
    Clip,
    Cuttings,
    Made,
    decode_times,
    frame_times,
    live,
    number_of,
    packets,
    run,
    shown,
    sound_times,
)

from tvd.media.ffmpeg import Ffmpeg
from tvd.media.fragment import Fragment
from tvd.media.house import HOUSE_RATES, SAMPLE_RATE
from tvd.media.live import LiveSettings, live_argv

JOINS = 40


def alternating(one: Clip, other: Clip, segments: int, start: int = 0) -> list[Fragment]:
    """Return ``segments`` segments from number ``start`` on of a programme whose asset changes with each."""
    return [(one, other)[n % 2].fragments[n % 3] for n in range(start, start + segments)]


@pytest.fixture(name="joined", scope="session")
def _joined(cuttings: Cuttings, ffmpeg: Ffmpeg) -> Made:
    one, other = cuttings.clip(), cuttings.clip(picture="smptebars", tone=330)
    return live(ffmpeg.path, one, alternating(one, other, JOINS), NOW - 1)


def test_every_join_is_exact_and_silent(joined: Made, cuttings: Cuttings) -> None:
    grid = cuttings.clip().grid
    assert joined.stderr == ""
    assert len(joined.fragments) == JOINS
    ticks = joined.initialisation.video_timescale // grid.fps
    video_id, audio_id = joined.initialisation.video_id, joined.initialisation.audio_id
    for n, fragment in enumerate(joined.fragments):
        times = decode_times(fragment)
        assert times[video_id] == (NOW - 1 + n) * grid.frames * ticks
        # Sound lags the cut by the reordering delay, the same in every segment but the pre-roll.
        assert 0 <= (NOW - 1 + n) * grid.samples - times[audio_id] <= (4096 if n else 0)
        assert number_of(fragment) == NOW - 1 + n
    lags = {(NOW - 1 + n) * grid.samples - decode_times(one)[audio_id] for n, one in enumerate(joined.fragments) if n}
    assert len(lags) == 1


def test_a_player_sees_every_frame_and_sample_at_its_time(joined: Made, cuttings: Cuttings, ffmpeg: Ffmpeg) -> None:
    grid = cuttings.clip().grid
    data = joined.head + b"".join(joined.fragments)
    found = packets(data, "-f", "mp4")
    assert shown(found, "video") == frame_times(grid, NOW - 1, JOINS)
    assert shown(found, "audio") == sound_times(grid, NOW - 1, JOINS)
    _, stderr = run(ffmpeg.path, "-v", "warning", "-f", "mp4", "-i", "pipe:0", "-f", "null", "-", stdin=data)
    assert not stderr


@pytest.mark.parametrize("later", [1, 2, 7, 38])
def test_a_restart_with_pre_roll_makes_the_same_bytes(
    joined: Made, cuttings: Cuttings, ffmpeg: Ffmpeg, later: int
) -> None:
    one, other = cuttings.clip(), cuttings.clip(picture="smptebars", tone=330)
    again = live(ffmpeg.path, one, alternating(one, other, JOINS - later, later), NOW - 1 + later)
    assert again.head == joined.head
    assert again.stderr == ""
    # The pre-roll's own sound begins in the middle of nowhere; everything behind it is the same, mfhd included.
    assert again.fragments[0] != joined.fragments[later]
    assert again.fragments[1:] == joined.fragments[later + 1 :]


@pytest.mark.parametrize("fps", HOUSE_RATES)
def test_every_house_rate_joins_exactly(cuttings: Cuttings, ffmpeg: Ffmpeg, fps: int) -> None:
    one, other = cuttings.clip(fps), cuttings.clip(fps, picture="smptebars", tone=330)
    grid = one.grid
    first = grid.seq_at(1_790_000_000 * 1_000_000_000)
    made = live(ffmpeg.path, one, alternating(one, other, 5), first)
    assert made.stderr == ""
    ticks = made.initialisation.video_timescale
    assert [decode_times(fragment)[made.initialisation.video_id] for fragment in made.fragments] == [
        (first + n) * grid.frames * ticks // fps for n in range(5)
    ]
    found = packets(made.head + b"".join(made.fragments), "-f", "mp4")
    assert shown(found, "video") == frame_times(grid, first, 5)
    assert shown(found, "audio") == sound_times(grid, first, 5)
    again = live(ffmpeg.path, one, alternating(one, other, 3, 2), first + 2)
    assert again.fragments[1:] == made.fragments[3:]


def test_assets_without_reordering_join_exactly(cuttings: Cuttings, ffmpeg: Ffmpeg) -> None:
    one = cuttings.clip(preset="ultrafast")
    grid = one.grid
    made = live(ffmpeg.path, one, one.fragments * 3, NOW)
    assert made.stderr == ""
    found = packets(made.head + b"".join(made.fragments), "-f", "mp4")
    assert shown(found, "video") == frame_times(grid, NOW, 9)
    assert shown(found, "audio") == sound_times(grid, NOW, 9)


def test_pictures_encoded_on_air_stay_on_the_grid(cuttings: Cuttings, ffmpeg: Ffmpeg) -> None:
    one = cuttings.clip()
    grid = one.grid
    settings = LiveSettings(video_filter="drawbox=w=20:h=20:color=white:t=fill")
    made = live(ffmpeg.path, one, one.fragments * 2, NOW, settings)
    ticks = made.initialisation.video_timescale // grid.fps
    assert [decode_times(fragment)[made.initialisation.video_id] for fragment in made.fragments] == [
        (NOW + n) * grid.frames * ticks for n in range(6)
    ]
    found = packets(made.head + b"".join(made.fragments), "-f", "mp4")
    assert shown(found, "video") == frame_times(grid, NOW, 6)
    assert [n for n, one in enumerate(p for p in found if p["codec_type"] == "video") if "K" in one["flags"]] == [
        n * grid.frames for n in range(6)
    ]


def test_no_time_wraps_for_a_thousand_years(cuttings: Cuttings, ffmpeg: Ffmpeg) -> None:
    one = cuttings.clip()
    first = one.grid.seq_at(32_503_680_000 * 1_000_000_000)  # the year 3000
    made = live(ffmpeg.path, one, one.fragments, first)
    found = packets(made.head + b"".join(made.fragments), "-f", "mp4")
    assert shown(found, "video") == frame_times(one.grid, first, 3)
    assert shown(found, "audio") == sound_times(one.grid, first, 3)
    assert made.initialisation.audio_timescale == SAMPLE_RATE


@pytest.mark.parametrize(
    ("settings", "encodes", "named"),
    [
        (LiveSettings(), (False, False), False),
        (LiveSettings(loglevel="debug"), (False, False), False),
        (LiveSettings(video_filter="hue=s=0"), (True, False), True),
        (LiveSettings(audio_filter="volume=0.5"), (False, True), True),
        (LiveSettings(output_args=("-c:v", "libx264")), (True, False), True),
        (LiveSettings(output_args=("-c:a", "copy")), (False, False), True),
        (LiveSettings(input_args=("-fflags", "+genpts")), (False, False), True),
        (LiveSettings(output_args=("-acodec", "aac")), (False, True), True),
    ],
)
def test_what_an_operator_adds_is_in_the_name(
    cuttings: Cuttings, settings: LiveSettings, encodes: tuple[bool, bool], named: bool
) -> None:
    assert (settings.encodes_video, settings.encodes_audio) == encodes
    assert settings.encodes == any(encodes)
    assert bool(settings.key) == named
    argv = live_argv("ffmpeg", cuttings.clip().house, settings, 7)
    assert (argv[argv.index("-c:v") + 1] != "copy", argv[argv.index("-c:a") + 1] != "copy")[1] == encodes[1] or (
        "-acodec" in argv
    )
    assert argv[argv.index("-fragment_index") + 1] == "7"
