"""What the probe says of real media with every nuisance; run in this process, since these files are ours."""

from typing import TYPE_CHECKING

import pytest

from tvd.media.probing import probe

if TYPE_CHECKING:
    from clips import Clips


def test_a_plain_clip(clips: "Clips") -> None:
    found = probe(str(clips.get("plain")))
    [video], [audio] = found.video, found.audio
    assert (video.codec, video.width, video.height, video.frame_rate) == ("h264", 160, 90, 30.0)
    assert (video.sar, video.rotation, video.field_order, video.attached_picture) == ((1, 1), 0, "progressive", False)
    assert (audio.codec, audio.sample_rate, audio.channels, audio.layout) == ("aac", 48_000, 1, "mono")
    assert found.duration == pytest.approx(4.0, abs=0.03)
    assert found.start == 0


@pytest.mark.parametrize(
    ("name", "duration", "start"),
    [
        ("silent", 2.0, 0.0),
        ("sound late", 4.0, 0.0),
        ("sound early", 4.0, 0.0),
        ("sound longer", 3.5, 0.0),
        ("sound shorter", 3.5, 0.0),
        ("one frame", 1 / 30, 0.0),
        ("music", 4.0, 0.025),
        ("variable rate", 4.0, 0.0),
    ],
)
def test_lengths(clips: "Clips", name: str, duration: float, start: float) -> None:
    found = probe(str(clips.get(name)))
    assert found.duration == pytest.approx(duration, abs=0.06)
    assert found.start == pytest.approx(start, abs=0.03)


def test_a_start_offset_is_no_length(clips: "Clips") -> None:
    found = probe(str(clips.get("start offset")))
    assert found.duration == pytest.approx(4.0, abs=0.1)
    assert found.start > 37


@pytest.mark.parametrize(
    ("name", "matrix", "shown"),
    [
        ("upside-down", (1, 0, 0, -1), (0, True)),
        ("selfie", (-1, 0, 0, 1), (180, True)),
        ("transposed", (0, 1, 1, 0), (90, True)),
        ("half-turn", (-1, 0, 0, -1), (180, False)),
    ],
)
def test_a_mirrored_picture_is_seen(
    clips: "Clips", name: str, matrix: tuple[int, int, int, int], shown: tuple[int, bool]
) -> None:
    video = probe(str(clips.shown(name, matrix))).video[0]
    assert (video.rotation, video.mirrored) == shown


def test_rotation_is_what_a_player_applies_clockwise(clips: "Clips") -> None:
    assert probe(str(clips.rotated())).video[0].rotation == 90


def test_shapes_and_colours(clips: "Clips") -> None:
    assert probe(str(clips.get("anamorphic"))).video[0].sar == (16, 9)
    pq = probe(str(clips.get("pq"))).video[0]
    assert (pq.color_primaries, pq.color_transfer, pq.color_space) == ("bt2020", "smpte2084", "bt2020nc")
    assert (pq.color_range, pq.pixel_format) == ("tv", "yuv420p10le")
    assert probe(str(clips.get("hlg"))).video[0].color_transfer == "arib-std-b67"
    assert probe(str(clips.get("full range"))).video[0].color_range == "pc"
    assert probe(str(clips.get("alpha"))).video[0].alpha
    assert not pq.alpha


def test_interlacing(clips: "Clips") -> None:
    assert probe(str(clips.get("interlaced"))).video[0].field_order == "tt"


def test_several_sound_tracks(clips: "Clips") -> None:
    found = probe(str(clips.get("two languages")))
    assert [track.language for track in found.audio] == ["eng", "ger"]
    assert [track.index for track in found.audio] == [1, 2]


def test_music_with_a_cover(clips: "Clips") -> None:
    found = probe(str(clips.covered()))
    assert [track.attached_picture for track in found.video] == [True]
    assert found.audio[0].codec == "mp3"


def test_chapters_tags_and_subtitles(clips: "Clips") -> None:
    words = clips.folder / "words.srt"
    words.write_text("1\n00:00:00,500 --> 00:00:01,000\nHello\n")
    meta = clips.folder / "meta.txt"
    meta.write_text(
        ";FFMETADATA1\ntitle=<b>Night</b>\ncomment=" + "x" * 3_000_000 + "\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=3000\ntitle=Middle\n"
    )
    inputs = ["-i", str(clips.get("plain")), "-i", str(words), "-i", str(meta)]
    how = ["-map", "0", "-map", "1", "-map_metadata", "2", "-map_chapters", "2", "-c", "copy", "-c:s", "srt"]
    path = clips.make("tagged-much", ".mkv", *inputs, *how, "-metadata:s:s:0", "language=fre")
    found = probe(str(path))
    assert found.tags["title"] == "<b>Night</b>"
    assert len(found.tags["comment"]) == 2000
    assert found.chapters == ((1.0, 3.0, "Middle"),)
    assert [(track.codec, track.language) for track in found.subtitles] == [("subrip", "fre")]


def test_a_bare_stream_is_measured(clips: "Clips") -> None:
    bare = clips.make("bare", ".aac", "-i", str(clips.get("plain")), "-vn", "-c", "copy")
    assert probe(str(bare)).duration == pytest.approx(4.0, abs=0.1)


def test_a_file_without_length_is_read_for_one(clips: "Clips") -> None:
    live = clips.make("live", ".mkv", "-i", str(clips.get("plain")), "-c", "copy", "-live", "1")
    assert probe(str(live)).duration == pytest.approx(4.0, abs=0.1)


@pytest.mark.parametrize("how", [["-movflags", "faststart"], []])
def test_a_cut_off_download_lasts_as_long_as_what_is_there(clips: "Clips", how: list[str]) -> None:
    suffix = ".mp4" if how else ".mkv"
    name = f"whole{len(how)}"
    whole = clips.make(name, suffix, "-i", str(clips.get("long")), "-c", "copy", *how).read_bytes()
    assert probe(str(clips.folder / (name + suffix))).duration == pytest.approx(9.0, abs=0.1)
    cut = clips.folder / ("cut" + suffix)
    cut.write_bytes(whole[: len(whole) * 6 // 10])
    assert 3.0 < probe(str(cut)).duration < 7.5


def test_channels_in_an_order_of_their_own(clips: "Clips") -> None:
    """7.1 in QuickTime: PyAV frees such a layout twice, which ended the child, and the file was refused."""
    surround = ["-c:a", "pcm_s16le", "-af", "aformat=channel_layouts=7.1"]
    path = clips.make("seven-one", ".mov", "-f", "lavfi", "-i", "sine=duration=1", *surround)
    for _ in range(20):
        (track,) = probe(str(path)).audio
        assert track.channels == 8
