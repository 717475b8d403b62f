"""Subtitles burnt into the picture: which track, and that it is to be seen at its time and in its place."""

import asyncio
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clips import Clips, decoded, probe_of

from tvd.media import burn
from tvd.media.analysis import Analysis
from tvd.media.burn import Burn
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.house import Grid, HouseFormat
from tvd.media.normalise import normalise_argv
from tvd.media.probe import SubtitleTrack, VideoTrack
from tvd.media.treatment import Treatment

HOUSE = HouseFormat(Grid(30), 160, 90, video_bitrate=600_000, preset="ultrafast")
SECONDS = 6.4
GREY = [
    "-f",
    "lavfi",
    "-i",
    f"color=0x404040:s=160x90:r=30:d={SECONDS}",
    "-f",
    "lavfi",
    "-i",
    "anullsrc=r=48000:cl=stereo",
]
CODED = ["-t", str(SECONDS), "-c:v", "ffv1", "-c:a", "pcm_s16le"]
SIZE = (1920, 1080)
BOX = (640, 900, 640, 96)
"""Left, top, width and height of the white box that stands for words, on a canvas of :data:`SIZE`."""


def pgs(*shows: tuple[float, float]) -> bytes:
    """Return a PGS stream (Blu-ray subtitles, ``.sup``) that shows a white box from each first to second time."""
    x, y, w, h = BOX
    line = struct.pack(">BBBB", 0, 0xC0 | w >> 8, w & 0xFF, 1) + b"\0\0"
    data = struct.pack(">HH", w, h) + line * h
    out = b""
    for number, (begin, end) in enumerate(shows):
        head = struct.pack(">HHBH", *SIZE, 0x10, 2 * number)
        window = struct.pack(">BBHHHH", 1, 0, x, y, w, h)
        sets = [
            (begin, 0x16, head + struct.pack(">BBBBHBBHH", 0x80, 0, 0, 1, 0, 0, 0, x, y)),
            (begin, 0x17, window),
            (begin, 0x14, bytes((0, 0, 1, 235, 128, 128, 255))),
            (begin, 0x15, struct.pack(">HBB", 0, 0, 0xC0) + struct.pack(">I", len(data))[1:] + data),
            (begin, 0x80, b""),
            (end, 0x16, struct.pack(">HHBH", *SIZE, 0x10, 2 * number + 1) + bytes((0, 0, 0, 0))),
            (end, 0x17, window),
            (end, 0x80, b""),
        ]
        for at, kind, payload in sets:
            out += b"PG" + struct.pack(">IIBH", int(at * 90_000), 0, kind, len(payload)) + payload
    return out


@pytest.fixture(scope="session")
def blu_ray(clips: Clips) -> Path:
    """Return a grey film with Blu-ray subtitles from 1.0 to 3.0 and from 5.0 to 6.0 seconds."""
    sup = clips.folder / "box.sup"
    sup.write_bytes(pgs((1.0, 3.0), (5.0, 6.0)))
    maps = ["-map", "0:v", "-map", "1:a", "-map", "2:s", "-c:s", "copy", "-bsf:s", "pgs_frame_merge"]
    return clips.make("blu-ray", ".mkv", "-copyts", *GREY, "-i", str(sup), *maps, *CODED)


async def normalised(
    ffmpeg: Ffmpeg, path: Path, track: SubtitleTrack, folder: Path, treatment: Treatment, *, first: int = 0
) -> Any:
    """Return the luma of what comes out: segments ``first - 1`` or 0 to the end."""
    found = await burn.prepared(ffmpeg, path, track, folder, None)
    assert found is not None
    argv = normalise_argv(
        ffmpeg, path, probe_of(path), HOUSE, treatment, Analysis(audible=False), 3, first_segment=first, burnt=found
    )
    process = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert process.returncode == 0
    return decoded(out).luma.astype(int)


def box_of(luma: Any) -> Any:
    """Return the middle of where the box is, for each frame."""
    x, y, w, h = (round(edge * 160 / SIZE[0]) for edge in BOX)
    return luma[:, y + 2 : y + h - 2, x + 4 : x + w - 4].mean(axis=(1, 2))


async def test_pictures_of_a_blu_ray_stand_at_their_time_in_their_place(
    ffmpeg: Ffmpeg, blu_ray: Path, tmp_path: Path
) -> None:
    track = SubtitleTrack(index=2, codec="hdmv_pgs_subtitle")
    luma = await normalised(ffmpeg, blu_ray, track, tmp_path, Treatment(subtitles="burn"))
    bright = box_of(luma) > 200
    assert len(bright) == 192
    shown = [*range(30, 90), *range(150, 180)]
    # Within a frame of its time.
    assert set(np.flatnonzero(bright)) >= set(range(31, 90)) | set(range(151, 180))
    assert set(np.flatnonzero(bright)) <= {*shown, 90, 180}
    assert luma[:, :60].max() < 90, "nothing above it"
    # Gone on with from the middle of a subtitle: the same pictures.
    again = await normalised(ffmpeg, blu_ray, track, tmp_path, Treatment(subtitles="burn"), first=2)
    assert len(again) == 128
    assert np.abs(box_of(again) - box_of(luma[64:])).max() < 3


async def test_the_canvas_is_what_the_track_says(ffmpeg: Ffmpeg, blu_ray: Path, tmp_path: Path) -> None:
    track = SubtitleTrack(index=2, codec="hdmv_pgs_subtitle")
    assert await burn.prepared(ffmpeg, blu_ray, track, tmp_path, None) == Burn(2, "pgssub", SIZE)


@pytest.mark.parametrize("codec", ["dvd_subtitle", "dvb_subtitle"])
async def test_pictures_of_a_dvd_and_of_a_broadcast(
    codec: str, ffmpeg: Ffmpeg, clips: Clips, blu_ray: Path, tmp_path: Path
) -> None:
    encoder = {"dvd_subtitle": "dvdsub", "dvb_subtitle": "dvbsub"}[codec]
    path = clips.make(
        encoder, ".mkv", "-fix_sub_duration", "-i", str(blu_ray), "-map", "0", "-c", "copy", "-c:s", encoder
    )
    luma = await normalised(ffmpeg, path, SubtitleTrack(index=2, codec=codec), tmp_path, Treatment(subtitles="burn"))
    bright = box_of(luma)
    assert bright[40:85].min() > 180
    assert bright[:28].max() < 90
    assert bright[100:140].max() < 90


async def test_forced_text_is_drawn_from_a_folder_of_any_name(ffmpeg: Ffmpeg, clips: Clips, tmp_path: Path) -> None:
    srt = clips.folder / "signs.srt"
    srt.write_text("1\n00:00:01,000 --> 00:00:03,000\nWWWWWWWW\nWWWWWWWW\n")
    maps = ["-map", "0:v", "-map", "1:a", "-map", "2:s", "-c:s", "srt", "-disposition:s:0", "forced"]
    path = clips.make("forced", ".mkv", *GREY, "-i", str(srt), *maps, *CODED)
    folder = tmp_path / "it's, [odd]; a:b\\c %d"
    folder.mkdir()
    luma = await normalised(
        ffmpeg, path, SubtitleTrack(index=2, codec="subrip", forced=True), folder, Treatment(subtitles="forced")
    )
    lower = luma[:, 50:].max(axis=(1, 2))
    assert lower[35:85].min() > 150
    assert lower[:28].max() < 90
    assert lower[95:].max() < 90
    again = await normalised(
        ffmpeg,
        path,
        SubtitleTrack(index=2, codec="subrip", forced=True),
        folder,
        Treatment(subtitles="forced"),
        first=2,
    )
    assert np.abs(again[:20] - luma[64:84]).mean() < 2


async def test_what_cannot_be_read_is_not_burnt(ffmpeg: Ffmpeg, clips: Clips, tmp_path: Path) -> None:
    assert (
        await burn.prepared(ffmpeg, clips.get("plain"), SubtitleTrack(index=7, codec="subrip"), tmp_path, None) is None
    )
    bare = replace(ffmpeg, filters=frozenset())
    assert await burn.prepared(bare, clips.get("plain"), SubtitleTrack(index=7, codec="subrip"), tmp_path, None) is None


PGS_DE = SubtitleTrack(index=3, codec="hdmv_pgs_subtitle", language="ger")
PGS_EN = SubtitleTrack(index=4, codec="hdmv_pgs_subtitle", language="eng")
PGS_FORCED = SubtitleTrack(index=5, codec="hdmv_pgs_subtitle", language="eng", forced=True)
TEXT = SubtitleTrack(index=6, codec="subrip", language="eng")
TEXT_FORCED = SubtitleTrack(index=7, codec="ass", language="de", forced=True)
UNTAGGED_FORCED = SubtitleTrack(index=8, codec="subrip", forced=True)
UNKNOWN = SubtitleTrack(index=9, codec="arib_caption", forced=True)
ALL = (PGS_DE, PGS_EN, PGS_FORCED, TEXT, TEXT_FORCED)


@pytest.mark.parametrize(
    ("tracks", "subtitles", "languages", "audio", "spoken", "expected"),
    [
        (ALL, "off", (), (), "eng", None),
        (ALL, "forced", (), (), "eng", PGS_FORCED),
        (ALL, "forced", (), (), "ger", TEXT_FORCED),
        (ALL, "forced", (), (), "fre", None),
        (ALL, "forced", (), (), "", PGS_FORCED),
        ((TEXT, UNTAGGED_FORCED), "forced", (), (), "fre", UNTAGGED_FORCED),
        ((UNKNOWN, TEXT), "forced", (), (), "", None),
        (ALL, "burn", ("en",), (), "ger", PGS_EN),
        (ALL, "burn", ("fr", "pt-BR", "de"), (), "eng", PGS_DE),
        (ALL, "burn", (), ("en",), "eng", PGS_EN),
        (ALL, "burn", (), (), "eng", PGS_DE),
        (ALL, "burn", ("fr",), (), "ger", TEXT_FORCED),
        ((TEXT,), "burn", ("en",), (), "eng", None),
        ((), "burn", (), (), "", None),
    ],
)
def test_which_track_is_burnt_in(
    tracks: tuple[SubtitleTrack, ...],
    subtitles: Any,
    languages: tuple[str, ...],
    audio: tuple[str, ...],
    spoken: str,
    expected: SubtitleTrack | None,
) -> None:
    treatment = Treatment(audio_language=audio, subtitles=subtitles, subtitle_languages=languages)
    assert burn.choose(tracks, treatment, spoken) == expected


def test_another_choice_is_another_treatment_but_none_leaves_the_old_assets() -> None:
    keys = {
        Treatment(subtitles=subtitles, subtitle_languages=languages).key  # type: ignore[arg-type]
        for subtitles in ("off", "forced", "burn")
        for languages in ((), ("en",))
    }
    assert len(keys) == 4  # languages matter to "burn" alone
    assert Treatment(subtitles="off", subtitle_languages=("en",)).key == Treatment().key == "dbebd22f"


@pytest.mark.parametrize(
    ("size", "sar", "rotation", "expected"),
    [
        ((1920, 1080), (1, 1), 0, (160, 90)),
        ((1920, 800), (1, 1), 0, (160, 66)),
        ((720, 576), (16, 15), 0, (120, 90)),
        ((1080, 1920), (1, 1), 0, (50, 90)),
        ((1080, 1920), (1, 1), 90, (160, 90)),
    ],
)
def test_subtitles_are_scaled_with_the_film(
    size: tuple[int, int], sar: tuple[int, int], rotation: int, expected: tuple[int, int]
) -> None:
    track = VideoTrack(index=0, codec="h264", width=size[0], height=size[1], sar=sar, rotation=rotation)
    assert burn.shown(track, HOUSE) == expected
