"""One house in several sizes: one file, one stream into the live process, one output each, all on the same grid."""

import asyncio
import os
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest
from gridded import NOW, SMALLER, Clip, Cuttings, frame_times, house, packets, run, shown, sound_times

from bench.continuity import Continuity
from tvd.errors import AssetInvalidError
from tvd.media import nut
from tvd.media.asset_file import AssetFile, AssetFileWriter
from tvd.media.boxes import BoxReader
from tvd.media.encoders import encode_args, sizes_args
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.fragment import read_fragment, read_runs, write_fragment
from tvd.media.graph import Cut, ending, outputs
from tvd.media.house import HOUSE_RATES, Grid, HouseFormat
from tvd.media.initialisation import Initialisation
from tvd.media.live import LiveSettings, feeds_all, live_argv
from tvd.media.pipes import OutputPipe, live_pipes
from tvd.media.process import child

SEGMENTS = 5


@pytest.fixture(name="clip", scope="session")
def _clip(cuttings: Cuttings) -> Clip:
    """Three segments in three sizes."""
    return cuttings.clip(smaller=2)


@pytest.mark.parametrize("change", ["width", "height", "video_bitrate"])
def test_other_renditions_are_another_house_and_none_is_the_old_one(change: str) -> None:
    one = HouseFormat()
    many = replace(one, renditions=SMALLER)
    assert one.key == "d011fef2", "a house of one size keeps its key: it names all assets there are"
    other = replace(many, renditions=(replace(SMALLER[0], **{change: 66_000}), SMALLER[1]))
    assert len({one.key, many.key, other.key, replace(one, renditions=SMALLER[:1]).key}) == 4
    assert [size.name for size in many.sizes] == ["720p", "72p", "54p"]
    assert many.sizes[0] == one
    assert many.bitrate == one.video_bitrate + one.audio_bitrate + 200_000


def test_an_encode_is_cut_into_the_same_segments_in_every_size(clip: Clip) -> None:
    assert [(one.width, one.height) for one in clip.initialisation.sizes] == [(160, 90), (128, 72), (96, 54)]
    assert len({one.fingerprint for one in clip.initialisation.sizes} | {clip.initialisation.fingerprint}) == 4
    assert [len(fragment.pictures) for fragment in clip.fragments] == [3, 3, 3]


def test_an_asset_has_every_size_in_one_file(clip: Clip, tmp_path: Path) -> None:
    path = clip.write(tmp_path / "asset.mp4")
    with AssetFile(path, clip.grid) as file:
        assert file.initialisation.fingerprint == clip.initialisation.fingerprint
        for index, wanted in enumerate(clip.fragments):
            fragment = file.fragment(index)
            assert fragment == wanted
            for picture in fragment.pictures:
                assert picture.origin is not None
                assert picture.origin.read() == picture.data
    found = packets(path)
    sizes = {packet["stream_index"] for packet in found if packet["codec_type"] == "video"}
    assert len(sizes) == 3
    for stream in sizes:
        one = [packet for packet in found if packet["stream_index"] == stream]
        assert shown(one, "video") == frame_times(clip.grid, 0, 3)
    assert shown(found, "audio") == sound_times(clip.grid, 0, 3)


def test_an_interrupted_file_is_gone_on_with_in_every_size(clip: Clip, tmp_path: Path) -> None:
    path, whole = clip.write(tmp_path / "asset.mp4"), (tmp_path / "asset.mp4").read_bytes()
    os.truncate(path, len(whole) - 100)
    writer = AssetFileWriter.resume(path, clip.grid)
    assert writer.segments == 2
    writer.append(clip.fragments[2])
    writer.close(sync=False)
    assert path.read_bytes() == whole


def test_a_segment_without_one_of_the_sizes_is_refused(clip: Clip, tmp_path: Path) -> None:
    path = tmp_path / "asset.mp4"
    data = clip.initialisation.moov(clip.grid)
    fragment = clip.fragments[0]
    path.write_bytes(data + write_fragment(fragment.alone(), 0, clip.grid, clip.initialisation.reorder_frames))
    with AssetFile(path, clip.grid) as file, pytest.raises(AssetInvalidError, match="0 smaller sizes instead of 2"):
        file.fragment(0)
    short = replace(fragment.others[0], sizes=fragment.others[0].sizes[:-1])
    with pytest.raises(ValueError, match="63 frames"):
        replace(fragment, others=(short,)).check(clip.grid)
    whole = write_fragment(fragment, 0, clip.grid, *clip.initialisation.delays)
    head, _, rest = whole.partition(b"mdat")
    longer = head[:-4] + (len(rest) + 9).to_bytes(4, "big") + b"mdat" + rest + b"\0"
    with pytest.raises(ValueError, match="do not add up"):
        read_fragment(longer, clip.grid)


@pytest.mark.parametrize("fps", HOUSE_RATES)
def test_ffmpeg_reads_every_time_of_every_size_exactly(cuttings: Cuttings, fps: int) -> None:
    clip = cuttings.clip(fps, 2, preset="ultrafast" if fps > 30 else "veryfast", smaller=1)
    grid = clip.grid
    first = grid.seq_at(NOW * 64 * 10**9 // 30)
    data = nut.header(clip.initialisation, grid, first)
    data += b"".join(nut.segment(one, first + n, grid) for n, one in enumerate(clip.fragments))
    found = packets(data, "-f", "nut")
    for stream, place in ((0, 0), (2, 1)):
        one = [packet for packet in found if packet["stream_index"] == stream]
        assert shown(one, "video") == frame_times(grid, first, 2)
        sizes = [size for fragment in clip.fragments for size in fragment.pictures[place].sizes]
        assert [int(packet["size"]) for packet in one] == sizes
        assert [n for n, packet in enumerate(one) if "K" in packet["flags"]] == [0, grid.frames]
    assert shown(found, "audio") == sound_times(grid, first, 2)


@dataclass(frozen=True)
class Outlet:
    """What came out of one outlet of a live process."""

    head: bytes
    fragments: tuple[bytes, ...]

    @property
    def made(self) -> Initialisation:
        return Initialisation.parse(self.head)

    def sound(self) -> list[tuple[list[int], bytes]]:
        """Return times and bytes of the sound of each fragment."""
        cut = [len(fragment) - len(fragment.partition(b"mdat")[2]) - 8 for fragment in self.fragments]
        pieces = [(fragment[:at], fragment[at:]) for fragment, at in zip(self.fragments, cut, strict=True)]
        runs = [run for moof, mdat in pieces for run in read_runs(moof, mdat) if run.track == self.made.audio_id]
        return [(list(run.times), bytes(run.data)) for run in runs]


async def live(ffmpeg: Ffmpeg, clip: Clip, first: int, settings: LiveSettings | None = None) -> list[Outlet]:
    """Feed :data:`SEGMENTS` segments to a real live process; return what comes out of each outlet."""
    settings = settings or LiveSettings()
    alone = not feeds_all(settings)
    start = clip.initialisation.sizes[0] if alone else clip.initialisation
    feed = [clip.fragments[(first + n) % len(clip.fragments)] for n in range(SEGMENTS)]
    with live_pipes(len(clip.house.sizes)) as (pipe, (own, *others)):
        argv = live_argv(ffmpeg.path, clip.house, settings, first, [other.number for other in others])
        async with asyncio.timeout(30), child(argv, stdin=pipe, stdout=own, pipes=others) as process:
            reading = [asyncio.create_task(_all(one)) for one in (own, *others)]
            await pipe.write([nut.header(start, clip.grid, first)], 30)
            for n, fragment in enumerate(feed):
                await pipe.write(nut.frames(fragment.alone() if alone else fragment, first + n, clip.grid), 30)
            pipe.close()
            outputs = await asyncio.gather(*reading)
            ended = await process.wait()
    assert (ended.returncode, ended.last_lines) == (0, ())
    return [_outlet(data) for data in outputs]


async def _all(pipe: OutputPipe) -> bytes:
    data, room = b"", memoryview(bytearray(2**20))
    await pipe.ready()
    while taken := pipe.take(room):
        data += room[:taken]
        await pipe.ready()
    return data


def _outlet(data: bytes) -> Outlet:
    boxes = BoxReader().feed(data)
    moofs, mdats = ([whole for kind, whole in boxes if kind == wanted] for wanted in (b"moof", b"mdat"))
    head = b"".join(whole for kind, whole in boxes if kind in {b"ftyp", b"moov"})
    return Outlet(head, tuple(moof + mdat for moof, mdat in zip(moofs, mdats, strict=True)))


async def test_every_size_comes_out_of_one_process_on_the_grid(clip: Clip, ffmpeg: Ffmpeg) -> None:
    outlets = await live(ffmpeg, clip, NOW)
    for outlet, size, place in zip(outlets, clip.house.sizes, range(3), strict=True):
        assert (outlet.made.width, outlet.made.height) == (size.width, size.height)
        checked = Continuity(outlet.head, clip.grid.duration)
        for n, fragment in enumerate(outlet.fragments):
            checked.add(fragment, NOW + n)
            picture = clip.fragments[(NOW + n) % 3].pictures[place]
            assert picture.data in fragment, "the pictures are the asset's, byte for byte"
        assert checked.findings == []
        assert checked.begin("vide") == checked.begin("soun") == NOW * clip.grid.duration
        found = packets(outlet.head + b"".join(outlet.fragments), "-f", "mp4")
        assert shown(found, "video") == frame_times(clip.grid, NOW, SEGMENTS)
        assert shown(found, "audio") == sound_times(clip.grid, NOW, SEGMENTS)
        _, said = run(ffmpeg.path, "-v", "warning", "-f", "mp4", "-i", "pipe:0", "-f", "null", "-",
                      stdin=outlet.head + b"".join(outlet.fragments))  # fmt: skip
        assert said == ""


async def test_sound_is_cut_at_the_same_places_in_every_size(clip: Clip, ffmpeg: Ffmpeg) -> None:
    """So a player that changes between two segments hears nothing of it: no frame twice, none missing."""
    first, *others = [outlet.sound() for outlet in await live(ffmpeg, clip, NOW)]
    assert others == [first, first]
    assert [len(times) for times, _ in first][:-1] == [97, *[100] * (SEGMENTS - 2)]
    times = [time for run_times, _ in first for time in run_times]
    assert {b - a for a, b in pairwise(times)} == {1024}


async def test_a_restart_with_pre_roll_makes_the_same_bytes_in_every_size(clip: Clip, ffmpeg: Ffmpeg) -> None:
    whole, again = await live(ffmpeg, clip, NOW), await live(ffmpeg, clip, NOW + 2)
    for one, other in zip(whole, again, strict=True):
        assert other.head == one.head
        assert other.fragments[1 : SEGMENTS - 3] == one.fragments[3 : SEGMENTS - 1]


async def test_its_own_size_is_what_a_house_of_one_size_has(clip: Clip, ffmpeg: Ffmpeg, cuttings: Cuttings) -> None:
    plain = replace(clip, house=house(), initialisation=clip.initialisation.sizes[0],
                    fragments=tuple(one.alone() for one in clip.fragments))  # fmt: skip
    assert cuttings.clip().fragments == plain.fragments
    [alone], [first, *_] = await live(ffmpeg, plain, NOW), await live(ffmpeg, clip, NOW)
    assert first.head == alone.head
    assert first.fragments == alone.fragments


async def test_a_filter_is_seen_in_every_size(clip: Clip, ffmpeg: Ffmpeg) -> None:
    settings = LiveSettings(video_filter="drawbox=t=fill:color=white")
    outlets = await live(ffmpeg, clip, NOW, settings)
    for outlet, size in zip(outlets, clip.house.sizes, strict=True):
        assert (outlet.made.width, outlet.made.height) == (size.width, size.height)
        checked = Continuity(outlet.head, clip.grid.duration)
        for n, fragment in enumerate(outlet.fragments):
            checked.add(fragment, NOW + n)
        assert checked.findings == []
        data = outlet.head + b"".join(outlet.fragments)
        raw, _ = run(ffmpeg.path, "-v", "error", "-f", "mp4", "-i", "pipe:0", "-frames:v", "1", "-f", "rawvideo",
                     "-pix_fmt", "gray", "pipe:1", stdin=data)  # fmt: skip
        assert len(raw) == size.width * size.height
        assert min(raw) > 230


@pytest.mark.parametrize(
    ("settings", "maps", "scaled"),
    [
        (LiveSettings(), ["0:v:0", "0:a", "0:v:1", "0:a", "0:v:2", "0:a"], []),
        (LiveSettings(audio_filter="volume=0.5"), ["0:v:0", "0:a", "0:v:1", "0:a", "0:v:2", "0:a"], []),
        (LiveSettings(video_filter="negate"), ["0:v:0", "0:a"] * 3, ["128x72", "96x54"]),
        (LiveSettings(output_args=("-c:v", "libx264")), ["0:v:0", "0:a"] * 3, ["128x72", "96x54"]),
    ],
)
def test_what_the_live_process_takes(settings: LiveSettings, maps: list[str], scaled: list[str]) -> None:
    argv = live_argv("ffmpeg", house(smaller=2), settings, NOW, (7, 9))
    assert [argv[n + 1] for n, word in enumerate(argv) if word == "-map"] == maps
    assert [argv[n + 1] for n, word in enumerate(argv) if word == "-s"] == scaled
    assert [word for word in argv if word.startswith("pipe:")] == ["pipe:0", "pipe:1", "pipe:7", "pipe:9"]
    assert live_argv("ffmpeg", house(smaller=2), settings, NOW) == live_argv("ffmpeg", house(), settings, NOW)


def test_a_segment_in_one_size_is_written_as_ever(cuttings: Cuttings) -> None:
    """The smaller sizes stand behind: what a house of one size writes does not change by a byte."""
    plain, both = cuttings.clip(), cuttings.clip(smaller=2)
    grid = Grid(30)
    written = [write_fragment(one, 3, grid, *plain.initialisation.delays) for one in plain.fragments]
    assert written == [write_fragment(one.alone(), 3, grid, 2) for one in both.fragments]
    assert plain.initialisation.fingerprint == both.initialisation.sizes[0].fingerprint


@pytest.mark.parametrize("encoder", ["libx264", "h264_nvenc", "h264_vaapi"])
def test_every_size_is_encoded_with_settings_of_its_own(encoder: str) -> None:
    made = replace(house(smaller=2), encoder=encoder)
    args = sizes_args(made)
    options = dict(zip(args[::2], args[1::2], strict=True))
    for place, size in enumerate(made.sizes):
        own = {name.removesuffix(f":{place}").removesuffix(":v"): value for name, value in options.items()
               if name.endswith(f":v:{place}")}  # fmt: skip
        plain = encode_args(size)
        wanted = {name.removesuffix(":v"): value for name, value in zip(plain[::2], plain[1::2], strict=True)}
        assert own == wanted
        assert own["-maxrate"] == str(size.video_bitrate)
    assert sizes_args(house()) == encode_args(house())


@pytest.mark.parametrize("encoder", ["libx264", "h264_vaapi"])
def test_every_size_is_scaled_of_the_finished_picture(encoder: str) -> None:
    made = replace(house(smaller=2), encoder=encoder)
    padded, own, first, second = ending(Cut(made, 0, 2)).split(";")
    assert padded.endswith("split=3[ofv][ofv1][ofv2]")
    assert own.endswith("[v]")
    for chain, label, size in ((first, "v1", "scale=128:72:"), (second, "v2", "scale=96:54:")):
        assert chain.startswith(f"[of{label}]{size}")
        assert chain.endswith(f"[{label}]")
        assert "setparams=color_primaries=bt709" in chain
        assert ("hwupload" in chain) == ("hwupload" in own) == (encoder == "h264_vaapi")
    assert outputs(made) == ["[v]", "[v1]", "[v2]"]
    assert "split" not in ending(Cut(house(), 0, 2))
