"""Broken and hostile files with video names: refused with a reason, in the child, and nothing else happens."""

import os
import random
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tvd.errors import SourceRefusedError
from tvd.media.readers import Readers

if TYPE_CHECKING:
    from clips import Clips

NOT_MEDIA = "not a readable video or sound file"


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def patched(data: bytes, after: bytes, offset: int, new: bytes) -> bytes:
    at = data.index(after) + len(after) + offset
    return data[:at] + new + data[at + len(new) :]


async def refusal(path: Path) -> str:
    async with Readers(1) as readers:
        with pytest.raises(SourceRefusedError) as refused:
            await readers.probe(str(path))
        assert readers.replaced == 0
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("text.mp4", b"It was a dark and stormy night.\n" * 100),
        ("page.mkv", b"<!doctype html><script>alert(1)</script>"),
        ("hls.mp4", b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:9/x.ts\n"),
        ("concat.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n"),
        ("sdp.mp4", b"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n"),
        ("dash.mp4", b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>'),
        ("empty.avi", b""),
        ("noise.mpg", random.Random(1).randbytes(50_000)),
        ("zeros.ts", bytes(200_000)),
        ("png.mp4", b"\x89PNG\r\n\x1a\n" + bytes(1000)),
    ],
)
async def test_what_is_no_video(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    why = await refusal(tmp_path / name)
    assert why.startswith((NOT_MEDIA, "its format is not among", "has neither picture nor sound", "has no length"))


async def test_a_missing_moov(tmp_path: Path, clips: "Clips") -> None:
    data = clips.get("plain").read_bytes()
    (tmp_path / "a.mp4").write_bytes(data[: data.index(b"moov") - 4])
    assert NOT_MEDIA in await refusal(tmp_path / "a.mp4")


@pytest.mark.parametrize("size", [(0, 0), (65_535, 65_535)])
async def test_absurd_picture_sizes(tmp_path: Path, clips: "Clips", size: tuple[int, int]) -> None:
    film = clips.make("mpeg4", ".mp4", "-i", str(clips.get("silent")), "-c:v", "rawvideo", "-f", "mov").read_bytes()
    entry = film.index(b"raw ") + 4 if b"raw " in film else film.index(b"yuv2") + 4
    data = film[: entry + 24] + struct.pack(">HH", *size) + film[entry + 28 :]
    (tmp_path / "a.mov").write_bytes(data)
    why = await refusal(tmp_path / "a.mov")
    assert "picture" in why or NOT_MEDIA in why


async def test_a_length_of_thirty_years(tmp_path: Path, clips: "Clips") -> None:
    data = clips.get("silent").read_bytes()
    # Sixty samples of half a year each: time-scale 1 and their length (ISO/IEC 14496-12, 8.4.2 and 8.6.1.2).
    data = patched(patched(data, b"mdhd", 12, struct.pack(">I", 1)), b"stts", 12, struct.pack(">I", 16_000_000))
    (tmp_path / "a.mp4").write_bytes(data)
    assert "hours; at most 48 are possible" in await refusal(tmp_path / "a.mp4")


async def test_five_thousand_streams(tmp_path: Path) -> None:
    trak = box(b"trak", box(b"tkhd", bytes(84)), box(b"mdia", box(b"mdhd", bytes(24)), box(b"hdlr", bytes(24))))
    data = box(b"ftyp", b"isom\0\0\2\0isom") + box(b"moov", box(b"mvhd", bytes(100)), trak * 5000)
    (tmp_path / "a.mp4").write_bytes(data)
    assert "streams" in await refusal(tmp_path / "a.mp4")


async def test_an_avi_with_a_playlist_in_its_subtitles(tmp_path: Path, clips: "Clips") -> None:
    """The GAB2 trick: a playlist in a subtitle packet, opened by a demuxer inside the demuxer."""
    film = clips.make("gab2", ".avi", "-i", str(clips.get("plain")), "-c:v", "mpeg4", "-c:a", "pcm_s16le").read_bytes()
    playlist = b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1.0\nfile:///etc/passwd\n"
    gab2 = b"GAB2\0\2\0" + bytes(4) + b"\4\0" + struct.pack("<I", len(playlist)) + playlist
    gab2 += b"\0" * (len(gab2) % 2)
    at = film.index(b"movi") + 4
    (tmp_path / "a.avi").write_bytes(film[:at] + b"02sb" + struct.pack("<I", len(gab2)) + gab2 + film[at:])
    async with Readers(1) as readers:
        probe = await readers.probe(str(tmp_path / "a.avi"))
    assert probe.subtitles == ()
    assert [track.codec for track in probe.video] == ["mpeg4"]


async def test_fonts_and_subtitles_attached_are_left_alone(clips: "Clips") -> None:
    font = clips.folder / "evil.ttf"
    font.write_bytes(b"\0\1\0\0" + os.urandom(5000))
    how = ["-c", "copy", "-attach", str(font), "-metadata:s:t", "mimetype=application/x-truetype-font"]
    path = clips.make("attached", ".mkv", "-i", str(clips.get("plain")), *how)
    async with Readers(1) as readers:
        probe = await readers.probe(str(path))
    assert len(probe.video) == len(probe.audio) == 1


async def test_random_bit_flips_never_hurt_the_server(tmp_path: Path, clips: "Clips") -> None:
    rng = random.Random(7)
    path = tmp_path / "flipped"
    outcomes = set()
    async with Readers(1) as readers:
        for name in ("plain", "sound late", "start offset", "music", "mono 22050"):
            film = clips.get(name)
            for _ in range(6):
                data = bytearray(film.read_bytes())
                for _ in range(60):
                    data[rng.randrange(min(len(data), 20_000))] ^= 1 << rng.randrange(8)
                path = path.with_suffix(film.suffix)
                path.write_bytes(data)
                try:
                    probe = await readers.probe(str(path))
                    outcomes.add(0 < probe.duration <= 48 * 3600)
                except SourceRefusedError as refused:
                    outcomes.add(bool(str(refused)))
    assert outcomes == {True}


async def test_names_that_look_like_something_else(tmp_path: Path, clips: "Clips") -> None:
    data = clips.get("silent").read_bytes()
    async with Readers(1) as readers:
        for name in (b"-i.mp4", b"a:b.mp4", b"http:x.mp4", b"%03d.mp4", b'quo"te\n.mp4', b"caf\xe9.mp4", b"pipe:0.mp4"):
            path = tmp_path / os.fsdecode(name)
            path.write_bytes(data)
            assert (await readers.probe(str(path))).duration == pytest.approx(2.0, abs=0.05)
