"""Loudness, true peak and interlacing, measured and then heard again in what the normaliser made of them."""

from pathlib import Path

import pytest
from clips import Clips, probe_of

from tvd.media.analyse import (
    GAIN_MAX,
    Measured,
    _Report,
    analyse,
    corrected,
    interlacing_plausible,
    level_for,
)
from tvd.media.analysis import Analysis
from tvd.media.examine import Loudness, loudness
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.graph import Level
from tvd.media.house import Grid, HouseFormat
from tvd.media.normalise import sound_argv
from tvd.media.probe import Probe, VideoTrack
from tvd.media.process import Limits, child
from tvd.media.treatment import Treatment

HOUSE = HouseFormat(grid=Grid(30), width=160, height=90)
INF = float("inf")


@pytest.mark.parametrize(
    ("input_loudness", "peak", "gain", "limiter"),
    [
        (-23.0, -10.0, 5.0, False),
        (-23.0, -7.0, 5.0, False),
        (-23.0, -6.9, 5.0, True),
        (-8.0, 0.5, -10.0, False),
        (-45.0, -30.0, GAIN_MAX, False),
        (-60.0, -50.0, 0.0, False),
        (-70.0, -70.0, 0.0, False),
        (-INF, -INF, 0.0, False),
    ],
)
def test_gain_and_limiter(input_loudness: float, peak: float, gain: float, limiter: bool) -> None:
    assert level_for(Measured(input_loudness, peak), -18.0) == Level(gain, limiter)


@pytest.mark.parametrize(
    ("made", "peak", "gain", "limiter"),
    [(-19.5, -6.0, 6.5, False), (-19.5, -2.0, 6.5, True), (-17.0, -6.0, 4.0, False), (-17.0, None, 4.0, False)],
)
def test_a_finished_asset_shows_what_was_missing(made: float, peak: float | None, gain: float, limiter: bool) -> None:
    better = corrected(Analysis(gain_db=5.0), Loudness(made, peak), made + 18.0)
    assert (better.gain_db, better.limiter) == (gain, limiter)


def test_what_the_filters_say() -> None:
    report = _Report()
    for line in (
        "[Parsed_ashowinfo_3 @ 0x55] [info] n:0 pts:24000 pts_time:0.5 fmt:fltp channels:2",
        "[Parsed_ashowinfo_3 @ 0x55] [info] n:1 pts:25024 pts_time:0.52 fmt:fltp channels:2",
        "[Parsed_ebur128_7 @ 0x55] [info] Summary:",
        "    I:         -20.3 LUFS",
        "    Peak:      -inf dBFS",
        "[Parsed_idet_0 @ 0x5] [info] Multi frame detection: TFF:    75 BFF:     2 Progressive:     3 Undetermined: 0",
    ):
        report.line(line)
    assert report.values == {"I": -20.3, "Peak": -INF}
    assert report.tags == {"start": 0.5}
    assert report.interlaced


@pytest.mark.parametrize(
    ("codec", "height", "rate", "order", "plausible"),
    [
        ("mpeg2video", 576, 25.0, "", True),
        ("h264", 1080, 29.97, "unknown", True),
        ("h264", 1080, 25.0, "progressive", False),
        ("h264", 1080, 25.0, "tt", True),
        ("h264", 720, 25.0, "", False),
        ("mpeg2video", 576, 50.0, "", False),
        ("vp9", 1080, 25.0, "", False),
    ],
)
def test_only_what_may_be_interlaced_is_looked_at(
    codec: str, height: int, rate: float, order: str, plausible: bool
) -> None:
    track = VideoTrack(index=0, codec=codec, width=720, height=height, frame_rate=rate, field_order=order)
    assert interlacing_plausible(track) == plausible


@pytest.mark.parametrize(
    ("name", "tagged", "expected"),
    [("interlaced", "tt", True), ("not interlaced", "tt", False), ("plain", "progressive", False)],
)
async def test_interlacing_is_decided_by_looking(
    ffmpeg: Ffmpeg, clips: Clips, name: str, tagged: str, expected: bool
) -> None:
    path = clips.get(name)
    found = await analyse(ffmpeg, path, probe_of(path, field_order=tagged), Treatment(), excerpts=False)
    assert found.interlaced == expected


# Sound that is hard to bring to -18 LUFS: (name, lavfi source, seconds)
QUIET_WITH_BANGS = "aevalsrc='(random(0)-0.5)*(0.02+0.9*lt(mod(t,3),0.1))|(random(1)-0.5)*(0.02+0.9*lt(mod(t,3),0.1))'"
HARD = [
    ("clipped noise", "aevalsrc='1.2*(random(0)-0.5)*2|1.2*(random(1)-0.5)*2'", 8),
    ("bangs", QUIET_WITH_BANGS, 12),
    ("speech like", "aevalsrc='0.3*sin(2*PI*180*t)*pow(abs(sin(2*PI*1.3*t)),4)+0.02*(random(0)-0.5)'", 10),
    ("clicks", "aevalsrc='0.03*sin(2*PI*300*t)+0.95*sin(2*PI*997*t)*lt(mod(t,1),0.001)'", 10),
    ("very peaky", "aevalsrc='0.01*sin(2*PI*300*t)+0.6*sin(2*PI*3997*t)*lt(mod(t,0.9),0.0005)'", 10),
    ("soft", "aevalsrc='0.004*sin(2*PI*400*t)'", 6),
    ("square", "aevalsrc='0.99*(2*gt(sin(2*PI*997*t),0)-1)*lt(mod(t,2),0.3)'", 8),
]


async def aired(ffmpeg: Ffmpeg, path: Path, probe: Probe, analysis: Analysis, folder: Path) -> Loudness:
    """Return loudness and true peak of the sound as it airs, decoded from its AAC."""
    argv = sound_argv(ffmpeg, path, probe, HOUSE, Treatment(), analysis, HOUSE.grid.segments_for(probe.duration))
    async with child(argv, stdout=True) as process:
        data = await process.stdout.read()
        assert (await process.wait()).returncode == 0
    made = folder / f"{path.stem}.aired.mp4"
    made.write_bytes(data)
    return await loudness(ffmpeg, made, Limits())


@pytest.mark.parametrize(("name", "source", "seconds"), HARD)
async def test_loudness_is_met_and_true_peak_kept_after_encoding(
    ffmpeg: Ffmpeg, clips: Clips, name: str, source: str, seconds: int
) -> None:
    arguments = ("-f", "lavfi", "-i", f"{source}:s=48000:d={seconds}", "-ac", "2", "-c:a", "pcm_f32le")
    path = clips.make(name, ".wav", *arguments)
    probe = probe_of(path)
    found = await analyse(ffmpeg, path, probe, Treatment(), excerpts=False)
    heard = await aired(ffmpeg, path, probe, found, clips.folder)
    assert found.input_loudness is not None
    wanted = min(-18.0, found.input_loudness + GAIN_MAX)
    if name == "bangs":
        # The encoder swallows some of such noise; what was made is measured before it is published, and made again.
        assert heard.integrated == pytest.approx(wanted, abs=2.0)
        better = corrected(found, heard, heard.integrated - wanted)
        heard = await aired(ffmpeg, path, probe, better, clips.folder)
    assert heard.integrated == pytest.approx(wanted, abs=0.8)
    assert heard.true_peak is not None
    assert heard.true_peak <= -1.0


async def test_silence_is_left_alone_and_late_sound_is_seen(ffmpeg: Ffmpeg, clips: Clips) -> None:
    silence = clips.make("digital silence", ".wav", "-f", "lavfi", "-i", "anullsrc=r=44100:d=2")
    found = await analyse(ffmpeg, silence, probe_of(silence), Treatment(), excerpts=False)
    assert (found.gain_db, found.limiter, found.input_loudness) == (0.0, False, None)
    late = clips.get("sound late")
    found = await analyse(ffmpeg, late, probe_of(late), Treatment(), excerpts=False)
    assert found.audio_start == pytest.approx(0.5, abs=0.001)
    assert found.audio_end == pytest.approx(4.0, abs=0.01)
    mute = clips.get("silent")
    found = await analyse(ffmpeg, mute, probe_of(mute), Treatment(), excerpts=False)
    assert not found.audible


async def test_excerpts_are_near_the_truth(ffmpeg: Ffmpeg, clips: Clips) -> None:
    source = "aevalsrc='(0.05+0.1*pow(sin(2*PI*t/47),2))*(random(0)-0.5)':s=16000:d=300"
    path = clips.make("five minutes", ".wav", "-f", "lavfi", "-i", source)
    exact = await analyse(ffmpeg, path, probe_of(path), Treatment(), excerpts=False)
    quick = await analyse(ffmpeg, path, probe_of(path), Treatment(), excerpts=True)
    assert quick.provisional
    assert quick.limiter
    assert not exact.provisional
    assert quick.gain_db == pytest.approx(exact.gain_db, abs=2.0)


async def test_a_file_that_cannot_be_heard_airs_silent(ffmpeg: Ffmpeg, clips: Clips) -> None:
    path = clips.folder / "noise.wav"
    path.write_bytes(b"RIFF" + bytes(2000))
    found = await analyse(ffmpeg, path, probe_of(clips.get("music")), Treatment(), excerpts=False)
    assert not found.audible
