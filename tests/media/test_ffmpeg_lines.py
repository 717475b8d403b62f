from pathlib import Path

import pytest

from tvd.media.ffmpeg import FfmpegLine, FfmpegMissingError, find_ffmpeg, parse_line, parse_names, parse_version


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[error] Conversion failed!", FfmpegLine("error", "", "Conversion failed!")),
        (
            "[h264 @ 0x55cd7807c500] [warning] Increasing reorder buffer",
            FfmpegLine("warning", "h264", "Increasing reorder buffer"),
        ),
        (
            "[mov,mp4,m4a,3gp,3g2,mj2 @ 0x7fd8] [h264 @ 0x7fd9] [error] no frame!",
            FfmpegLine("error", "h264", "no frame!"),
        ),
        (
            "[in#0/mpegts @ 0x5593171d4400] [warning] Packet corrupt (stream = 0, dts = 302400).",
            FfmpegLine("warning", "in#0/mpegts", "Packet corrupt (stream = 0, dts = 302400)."),
        ),
        ("[info]     I:         -20.3 LUFS", FfmpegLine("info", "", "I:         -20.3 LUFS")),
        ("    Last message repeated 3 times", FfmpegLine("info", "", "Last message repeated 3 times")),
        ("[fatal] /films/[error] x: no", FfmpegLine("fatal", "", "/films/[error] x: no")),
        ("", FfmpegLine("info", "", "")),
    ],
)
def test_a_line_is_split_into_level_component_and_text(line: str, expected: FfmpegLine) -> None:
    assert parse_line(line) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ffmpeg version 5.1.9-0+deb12u1 Copyright (c)", ("5.1.9-0+deb12u1", (5, 1))),
        ("ffmpeg version n7.0.2 Copyright", ("n7.0.2", (7, 0))),
        ("ffmpeg version 9.0.2-static https://x", ("9.0.2-static", (9, 0))),
        ("ffmpeg version N-109542-g0b Copyright", ("N-109542-g0b", None)),
        ("something else", ("unknown", None)),
    ],
)
def test_version(text: str, expected: object) -> None:
    assert parse_version(text) == expected


def test_names_of_both_lists() -> None:
    filters = (
        " T.C alimiter          A->A       Audio\n ... aresample         A->A       Resample\n .S. tonemap  V->V x\n"
    )
    encoders = " V....D libx264              libx264 H.264\n A..... aac                  AAC (Advanced Audio Coding)\n"
    assert parse_names(filters) == {"alimiter", "aresample", "tonemap"}
    assert parse_names(encoders) == {"libx264", "aac"}


async def test_the_machine_has_a_usable_ffmpeg() -> None:
    found = await find_ffmpeg()
    assert found.path.startswith("/")
    assert {"libx264", "aac"} <= found.encoders
    assert {"scale", "fps", "tpad", "bwdif", "idet", "ebur128", "alimiter", "acrossfade"} <= found.filters


async def test_what_an_unusable_ffmpeg_lacks_is_named(tmp_path: Path) -> None:
    with pytest.raises(FfmpegMissingError, match=r"/nowhere/ffmpeg: not found"):
        await find_ffmpeg("/nowhere/ffmpeg")
    old = tmp_path / "ffmpeg"
    old.write_text("#!/bin/sh\necho ffmpeg version 4.4.2 Copyright\n")
    old.chmod(0o755)
    with pytest.raises(FfmpegMissingError, match=r"version 4\.4\.2 is older than 5\.1"):
        await find_ffmpeg(str(old))
    bare = tmp_path / "bare"
    bare.write_text("#!/bin/sh\necho ffmpeg version 6.1 Copyright\n")
    bare.chmod(0o755)
    with pytest.raises(FfmpegMissingError, match="lacks the encoder aac and libx264"):
        await find_ffmpeg(str(bare))
