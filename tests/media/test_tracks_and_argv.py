from pathlib import Path

import pytest

from tvd.errors import SourceRefusedError
from tvd.media import graph
from tvd.media.analysis import Analysis
from tvd.media.demo import GraphInput
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.graph import Cut, Level
from tvd.media.house import Grid, HouseFormat
from tvd.media.normalise import choose_tracks, input_args, normalise_argv, sound_argv
from tvd.media.probe import AudioTrack, Probe, VideoTrack
from tvd.media.treatment import Treatment

HOUSE = HouseFormat(grid=Grid(30), width=320, height=180)
FFMPEG = Ffmpeg("/usr/bin/ffmpeg", "5.1", frozenset({"zscale", "tonemap"}), frozenset({"libx264", "aac"}))
VIDEO = VideoTrack(index=0, codec="h264", width=640, height=480, frame_rate=25.0, pixel_format="yuv420p")


def sound(index: int, language: str = "", *, channels: int = 2, default: bool = False) -> AudioTrack:
    return AudioTrack(
        index=index, codec="aac", sample_rate=48_000, channels=channels, language=language, default=default
    )


def probe(*audio: AudioTrack, video: tuple[VideoTrack, ...] = (VIDEO,)) -> Probe:
    return Probe(container="matroska", duration=10.0, video=video, audio=audio)


@pytest.mark.parametrize(
    ("tracks", "languages", "index"),
    [
        ((sound(1, "eng"), sound(2, "ger")), (), 1),
        ((sound(1, "eng"), sound(2, "ger")), ("de",), 2),
        ((sound(1, "eng"), sound(2, "deu")), ("ger", "eng"), 2),
        ((sound(1, "eng", default=True), sound(2, "de-AT")), ("de",), 2),
        ((sound(1, "fre"), sound(2, "eng", default=True)), ("it",), 2),
        ((sound(1, "eng", channels=2), sound(2, "eng", channels=6)), ("en",), 2),
        ((sound(1, "jpn"), sound(2, "und")), ("en", "ja"), 1),
        ((sound(1, channels=0), sound(2)), (), 2),
    ],
)
def test_the_sound_track_follows_the_wish(
    tracks: tuple[AudioTrack, ...], languages: tuple[str, ...], index: int
) -> None:
    chosen = choose_tracks(probe(*tracks), Treatment(audio_language=languages))
    assert chosen.audio is not None
    assert chosen.audio.index == index


def test_cover_art_is_no_picture() -> None:
    cover = VideoTrack(index=1, codec="png", width=2000, height=2000, attached_picture=True)
    music = choose_tracks(probe(sound(0), video=(cover,)), Treatment())
    assert (music.video, music.cover) == (None, cover)
    film = choose_tracks(probe(sound(2), video=(VIDEO, cover)), Treatment())
    assert (film.video, film.cover) == (VIDEO, None)


def test_nothing_to_air_is_refused() -> None:
    cover = VideoTrack(index=1, codec="png", width=200, height=200, attached_picture=True)
    with pytest.raises(SourceRefusedError, match="neither"):
        choose_tracks(probe(video=()), Treatment())
    with pytest.raises(SourceRefusedError, match="still picture"):
        choose_tracks(probe(video=(cover,)), Treatment())


@pytest.mark.parametrize("name", ["-i.mp4", "a:b.mp4", "%03d.png", "http:x.mp4", "a'b\"c\n.mkv", "concat:x|y"])
def test_a_source_is_opened_as_a_local_file_only(name: str) -> None:
    args = input_args(Path("/films") / name)
    assert args[-2:] == ["-i", f"file:/films/{name}"]
    assert args[args.index("-protocol_whitelist") + 1] == "file"
    demuxers = args[args.index("-format_whitelist") + 1].split(",")
    decoders = args[args.index("-codec_whitelist") + 1].split(",")
    assert {"mov", "matroska", "mpegts"} <= set(demuxers)
    assert not {"concat", "hls", "dash", "image2", "lavfi", "sdp", "rtsp", "tty", "ffmetadata"} & set(demuxers)
    assert {"h264", "aac"} <= set(decoders)
    assert not {"ansi", "ass", "subrip", "text"} & set(decoders)
    assert input_args(Path(name))[-1] == f"file:{name}"


def test_a_resumed_job_reads_from_before_its_first_segment_and_keeps_the_source_times() -> None:
    argv = normalise_argv(FFMPEG, Path("/f.mkv"), probe(sound(1)), HOUSE, Treatment(), Analysis(), 9, first_segment=4)
    # Three segments of 64 frames at 30 a second are 6.4 s; one second before that is where reading begins.
    assert argv[argv.index("-ss") + 1] == "5.400000"
    assert "-copyts" in argv
    graphs = [argv[n + 1] for n, word in enumerate(argv) if word == "-filter_complex"]
    assert "start_time=6.400000,setpts=PTS-192" in graphs[0]
    assert "trim=end_frame=384" in graphs[0]
    assert "first_pts=307200" in graphs[1]
    assert "afade=t=in" not in graphs[1]
    whole = normalise_argv(FFMPEG, Path("/f.mkv"), probe(sound(1)), HOUSE, Treatment(), Analysis(), 9)
    assert "-ss" not in whole
    assert "-copyts" not in whole


@pytest.mark.parametrize(
    ("analysis", "expected", "absent"),
    [
        (Analysis(), "acrossfade", "volume"),
        (Analysis(gain_db=-4.5), "volume=-4.50dB", "alimiter"),
        (Analysis(gain_db=9.25, limiter=True), "aresample=192000,alimiter=limit=0.7", "nothing"),
        (Analysis(audio_start=0.5), "afade=t=in:st=0.500000:d=0.03", "nothing"),
        (Analysis(audible=False), "anullsrc", "[0:1]"),
    ],
)
def test_the_sound_is_treated_as_analysed(analysis: Analysis, expected: str, absent: str) -> None:
    argv = sound_argv(FFMPEG, Path("/f.mkv"), probe(sound(1)), HOUSE, Treatment(), analysis, 2)
    text = argv[argv.index("-filter_complex") + 1]
    assert expected in text
    assert absent not in text
    assert "-c:v" not in argv


def test_interlaced_pictures_are_woven_to_the_rate_of_the_house() -> None:
    tagged = VideoTrack(index=0, codec="h264", width=720, height=576, frame_rate=25.0, field_order="bb")
    for fps, mode in ((25, "send_frame"), (50, "send_field")):
        house = HouseFormat(grid=Grid(fps))
        text = graph.picture("0:0", tagged, Cut(house, 0, 1), Treatment(), frozenset(), interlaced=True)
        assert f"bwdif=mode={mode}:parity=bff:deint=all" in text
        assert "bwdif" not in graph.picture("0:0", tagged, Cut(house, 0, 1), Treatment(), frozenset(), interlaced=False)


@pytest.mark.parametrize(
    ("track", "matrix"),
    [
        ({"height": 480}, "auto"),
        ({"height": 720}, "bt709"),
        ({"height": 720, "color_space": "smpte170m"}, "auto"),
        ({"height": 1080, "pixel_format": "gbrp"}, "auto"),
    ],
)
def test_an_untagged_picture_is_read_as_its_size_says(track: dict[str, object], matrix: str) -> None:
    said = {"index": 0, "codec": "h264", "width": 640, "height": 480, "pixel_format": "yuv420p"} | track
    assert graph.input_matrix(VideoTrack(**said)) == matrix  # type: ignore[arg-type]  # a table of fields


def test_generated_input_may_read_the_pipe_and_goes_through_the_same_graph() -> None:
    made = GraphInput(("-f", "rawvideo", "-i", "pipe:0", "-f", "lavfi", "-i", "sine"), "[0:v]hue=h=9", "[1:a]anull")
    argv = normalise_argv(FFMPEG, made, None, HOUSE, Treatment(), Analysis(), 2)
    assert "pipe:0" in argv
    assert any(word.startswith("[0:v]hue=h=9[made];[made]") for word in argv)
    assert any(word.startswith("[1:a]anull[played];[played]") for word in argv)


def test_loudness_steps() -> None:
    assert graph.loudness(Level()) == []
    assert graph.loudness(Level(3.0)) == ["volume=3.00dB"]
    assert len(graph.loudness(Level(3.0, limiter=True))) == 5
