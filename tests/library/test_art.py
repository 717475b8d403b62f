"""Pictures of programmes: out of real media, kept in the store, made for what airs soon."""

import asyncio
import io
import os
import shutil
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import structlog
from PIL import Image

from tvd.errors import NotFoundError, SourceRefusedError
from tvd.library.art import ArtStore, candidates
from tvd.library.asset import ASSET_FILE, Asset, Manifest
from tvd.library.illustrator import Illustrator
from tvd.library.metadata import Metadata
from tvd.library.source import Source
from tvd.media.beside import PictureFile
from tvd.media.picturing import WIDTH, picture
from tvd.media.probe import Probe, VideoTrack
from tvd.media.probing import probe
from tvd.media.readers import Readers

if TYPE_CHECKING:
    from clips import Clips

SMALL = ["-c:v", "libx264", "-preset", "ultrafast"]


def shown(jpeg: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(jpeg))
    assert image.format == "JPEG"
    image.load()
    return image


def looks(jpeg: bytes) -> tuple[float, float]:
    """Return brightness and contrast."""
    grey = np.asarray(shown(jpeg).convert("L"), dtype=float)
    return grey.mean(), grey.std()


@pytest.fixture(scope="session")
def dark(clips: "Clips") -> Path:
    """Three seconds of black, one of a picture; a single key frame, the black one."""
    black, scene = "color=black:s=160x90:r=10:d=3", "testsrc2=s=160x90:r=10:d=1"
    graph = ["-filter_complex", "[0][1]concat=n=2:v=1"]
    return clips.make("dark", ".mp4", "-f", "lavfi", "-i", black, "-f", "lavfi", "-i", scene, *graph, *SMALL)


def test_a_frame_is_never_black(dark: Path) -> None:
    brightness, contrast = looks(picture(str(dark), "frame"))
    assert brightness > 20
    assert contrast > 20


@pytest.mark.parametrize("colour", ["black", "white", "gray"])
def test_no_frame_is_better_than_a_plain_one(clips: "Clips", colour: str) -> None:
    path = clips.make(f"all-{colour}", ".mp4", "-f", "lavfi", "-i", f"color={colour}:s=96x64:r=5:d=1", *SMALL)
    with pytest.raises(SourceRefusedError, match="black or of one colour"):
        picture(str(path), "frame")


def test_a_frame_is_upright_in_square_pixels_and_small(clips: "Clips") -> None:
    large = clips.make("large", ".mp4", "-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=5:d=1", *SMALL)
    assert shown(picture(str(large), "frame")).size == (853, 480)
    plain = clips.make("to-turn", ".mp4", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=5:d=1", *SMALL)
    turned = clips.make("turned", ".mp4", "-i", str(plain), "-c", "copy", "-metadata:s:v", "rotate=90")
    assert shown(picture(str(turned), "frame")).size == (90, 160)
    wide = clips.get("anamorphic")
    width, height = shown(picture(str(wide), "frame")).size
    assert width / height == pytest.approx(16 / 9, abs=0.03)


def test_a_frame_of_what_cannot_be_sought_in(clips: "Clips", tmp_path: Path) -> None:
    cut = tmp_path / "cut.ts"
    cut.write_bytes(clips.get("start offset").read_bytes()[:60_000])
    assert looks(picture(str(cut), "frame"))[1] > 10


@pytest.fixture(scope="session")
def poster(clips: "Clips") -> Path:
    path = clips.folder / "poster.png"
    Image.effect_mandelbrot((600, 900), (-2, -1, 1, 1), 50).convert("RGB").save(path)
    return path


@pytest.fixture
def cover(poster: Path) -> bytes:
    return poster.read_bytes()


def test_the_cover_in_a_file(clips: "Clips", poster: Path) -> None:
    inputs = ["-i", str(clips.get("plain")), "-i", str(poster), "-map", "0", "-map", "1", "-c", "copy"]
    film = clips.make("covered", ".mp4", *inputs, "-disposition:v:1", "attached_pic")
    assert shown(picture(str(film), "cover")).size == (320, 480)
    song = clips.make("covered-song", ".mp3", "-i", str(clips.get("music")), *inputs[2:4], "-map", "0", "-map", "1",
                      "-c", "copy", "-disposition:v:0", "attached_pic")  # fmt: skip
    assert shown(picture(str(song), "cover")).size == (320, 480)
    assert [it.kind for it in candidates(Source(id="s", path=song, probe=probe(str(song))))] == ["cover"]
    assert [it.kind for it in candidates(Source(id="f", path=film, probe=probe(str(film))))] == ["cover", "frame"]
    with pytest.raises(SourceRefusedError, match="no cover"):
        picture(str(clips.get("plain")), "cover")


@pytest.mark.parametrize(
    ("mode", "suffix"),
    [("RGBA", "png"), ("P", "gif"), ("L", "jpg"), ("CMYK", "jpg"), ("RGB", "webp"), ("I;16", "png"), ("1", "bmp")],
)
def test_kinds_of_pictures(tmp_path: Path, mode: str, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    image = Image.new("L", (1000, 100), 90)
    (Image.new(mode, image.size) if mode == "I;16" else image.convert(mode)).save(path)
    assert shown(picture(str(path), "file")).size == (WIDTH, 85)


def test_a_picture_is_turned_as_its_camera_was(tmp_path: Path) -> None:
    image = Image.new("RGB", (40, 80))
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(tmp_path / "a.jpg", exif=exif)
    assert shown(picture(str(tmp_path / "a.jpg"), "file")).size == (80, 40)


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(10**6))) + chunk(b"IEND", b"")
    )


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no picture"),
        (b"<html><script>alert(1)</script>", "no picture"),
        (SVG, "no picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n", "no picture"),
        (png(50_000, 50_000), "too large"),
        (png(9_000, 9_000), "too large"),
        (png(16, 2000), "too small"),
        (png(100, 100)[:60], "no picture"),
        (b"\xff\xd8\xff\xe0" + bytes(1000), "no picture"),
        (b"x" * 30_000_001, "larger"),
    ],
)
def test_hostile_pictures_are_refused(tmp_path: Path, data: bytes, why: str) -> None:
    path = tmp_path / "poster.jpg"
    path.write_bytes(data)
    with pytest.raises(SourceRefusedError, match=why):
        picture(str(path), "file")


def test_a_link_is_no_picture(tmp_path: Path, poster: Path) -> None:
    (tmp_path / "poster.jpg").symlink_to(poster)
    with pytest.raises(OSError, match="symbolic"):
        picture(str(tmp_path / "poster.jpg"), "file")


# The store -----------------------------------------------------------------------------------------------------------

JPEG = b"\xff\xd8\xff" + bytes(997)
FILM = Source(
    id="f" * 16,
    path=Path("/films/a.mkv"),
    metadata=Metadata(title="A"),
    pictures=(PictureFile(b"/films/a.jpg", 5, 7),),
    probe=Probe(container="x", duration=1.0, video=(VideoTrack(index=0, codec="h264", width=16, height=16),)),
)


async def test_what_is_stored_is_found_again_the_best_first(tmp_path: Path) -> None:
    art = ArtStore(tmp_path / "art")
    await art.load()
    beside, frame = candidates(FILM)
    assert (beside.kind, frame.kind) == ("file", "frame")
    assert art.illustrated(FILM) is FILM
    await art.put(frame.key, JPEG)
    assert art.illustrated(FILM).metadata == Metadata(title="A", art=f"{frame.key}.jpg")
    assert list(art.wanted(FILM)) == [beside]
    await art.refuse(beside.key, "is no picture")
    assert list(art.wanted(FILM)) == []
    again = ArtStore(tmp_path / "art")
    await again.load()
    assert again.illustrated(FILM).metadata.art == f"{frame.key}.jpg"
    assert list(again.wanted(FILM)) == []
    await again.put(beside.key, JPEG)
    assert again.illustrated(FILM).metadata.art == f"{beside.key}.jpg"
    assert await again.read(f"{beside.key}.jpg") == JPEG
    # Another picture at that place has another name.
    changed = FILM.__class__(id=FILM.id, path=FILM.path, pictures=(PictureFile(b"/films/a.jpg", 6, 7),))
    assert next(candidates(changed)).key != beside.key


async def test_the_oldest_go_first_and_nothing_but_names_is_read(tmp_path: Path) -> None:
    art = ArtStore(tmp_path / "art", most_bytes=2500)
    await art.load()
    for key in ("a", "b", "c"):
        await art.put(key * 16, JPEG)
    assert sorted(path.name[0] for path in art.folder.iterdir()) == ["b", "c"]
    assert art.size == 2000
    (tmp_path / "secret.jpg").write_bytes(JPEG)
    for name in ("a" * 16 + ".jpg", "../secret.jpg", "b" * 16 + ".refused", "b" * 16, ""):
        with pytest.raises(NotFoundError):
            await art.read(name)
    for bad in (b"<html>", b"", JPEG * 2000):
        with pytest.raises(ValueError, match="no small JPEG"):
            await art.put("d" * 16, bad)


async def test_a_full_disk_and_a_folder_that_is_none_are_survived(tmp_path: Path) -> None:
    art = ArtStore(tmp_path / "art", free_min=2**60)
    await art.load()
    with pytest.raises(OSError, match="free"):
        await art.put("a" * 16, JPEG)
    assert list(art.folder.iterdir()) == []
    (tmp_path / "file").write_text("no folder")
    await ArtStore(tmp_path / "file").load()


async def test_a_torn_picture_is_none(tmp_path: Path) -> None:
    (tmp_path / ("a" * 16 + ".jpg")).write_bytes(b"")
    (tmp_path / ("b" * 16 + ".jpg.0123.new")).write_bytes(JPEG)
    art = ArtStore(tmp_path)
    await art.load()
    assert art.size == 0
    assert not await asyncio.to_thread(lambda: list(tmp_path.glob("*.new")))


# Making them ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def source(clips: "Clips", tmp_path: Path) -> Iterator[Any]:
    """Return a maker of sources with picture files beside them."""
    film = clips.get("plain")

    def made(name: str, *pictures: bytes) -> Source:
        files = []
        for number, data in enumerate(pictures):
            path = tmp_path / f"{name}-{number}.jpg"
            path.write_bytes(data)
            files.append(PictureFile(os.fsencode(path), len(data), 1))
        return Source(id=name, path=film, probe=probe(str(film)), pictures=tuple(files))

    return made


def prepared(source_id: str, folder: Path) -> Asset:
    """Return a whole asset of a source in ``folder``."""
    manifest = Manifest(
        key="k", source=source_id, title="", generation="g", house="h", treatment="t", fps=30, segments=2
    )
    return Asset(manifest, folder)


async def test_pictures_of_what_airs_soon(source: Any, cover: bytes, tmp_path: Path) -> None:
    known = {
        one.id: one
        for one in (
            source("framed"),
            source("posted", cover),
            source("hostile", b"<html>", b"\xff\xd8\xff"),
            Source(id="demo:sky:1", title="Sky"),
        )
    }
    art = ArtStore(tmp_path / "art")
    await art.load()
    assets: list[Asset] = []
    wanted = ["posted", "nobody", "hostile", "demo:sky:1", "framed"]
    made = Illustrator(art, lambda: wanted, known.get, lambda: assets, readers=Readers(1))
    with structlog.testing.capture_logs() as logs:
        async with made._readers:
            await made.round()
            names = {name: art.illustrated(one).metadata.art for name, one in known.items()}
            assert shown(await art.read(names["posted"])).size == (320, 480)
            assert shown(await art.read(names["framed"])).size == (160, 90)
            assert shown(await art.read(names["hostile"])).size == (160, 90)
            assert names["demo:sky:1"] == ""
            shutil.copy(known["framed"].path, tmp_path / ASSET_FILE)
            # What tvd generates has no file: its prepared programme is looked at, once there is one.
            assets.append(prepared("demo:sky:1", tmp_path))
            await made.round()
            assert art.illustrated(known["demo:sky:1"]).metadata.art
    refused = [line["reason"] for line in logs if line["event"] == "art.refused"]
    assert len(refused) == 2
    assert all(reason.startswith("is no picture") for reason in refused)


async def test_a_file_that_is_gone_is_asked_again_later(tmp_path: Path) -> None:
    art = ArtStore(tmp_path / "art")
    await art.load()
    made = Illustrator(art, lambda: [FILM.id], {FILM.id: FILM}.get, list, readers=Readers(1))
    with structlog.testing.capture_logs() as logs:
        async with made._readers:
            await made.round()
            await made.round()
    assert [line["event"] for line in logs] == ["art.put_off", "art.put_off"]
    assert {line["kind"] for line in logs} == {"file", "frame"}
    assert not list(art.folder.iterdir())
