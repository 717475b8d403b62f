"""Every nuisance through the real ffmpeg: the same parameter sets, exact counts, picture and sound together."""

from pathlib import Path

import numpy as np
import pytest
from clips import HLG, PQ, REAL, RECIPES, X264, Clips, Decoded, beeps, decoded, probe_of, source_beeps

from tvd.media.analysis import Analysis
from tvd.media.demo import GraphInput
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.house import Grid, HouseFormat
from tvd.media.normalise import SourceInput, normalise_argv, sound_argv
from tvd.media.probe import Probe
from tvd.media.process import child
from tvd.media.treatment import Treatment

HOUSE = HouseFormat(grid=Grid(30), width=160, height=90, video_bitrate=600_000)
PARAMETERS: set[tuple[bytes, ...]] = set()


async def run(argv: list[str]) -> bytes:
    async with child(argv, stdout=True) as process:
        data = await process.stdout.read()
        ended = await process.wait()
    assert ended.returncode == 0, ended.last_lines
    return data


async def normalised(
    ffmpeg: Ffmpeg,
    source: SourceInput,
    probe: Probe | None,
    *,
    segments: int = 2,
    treatment: Treatment | None = None,
    analysis: Analysis | None = None,
    house: HouseFormat = HOUSE,
) -> Decoded:
    """Normalise, and assert what holds for everything."""
    argv = normalise_argv(ffmpeg, source, probe, house, treatment or Treatment(), analysis or Analysis(), segments)
    out = decoded(await run(argv))
    assert out.frames == segments * house.grid.frames
    assert out.audio_packets == segments * house.grid.audio_frames + 1
    assert out.keys == tuple(n * house.grid.frames for n in range(segments))
    assert len(out.luma) == out.frames
    assert out.luma.shape[1:] == (house.height, house.width)
    if house == HOUSE:
        PARAMETERS.add(out.parameters)
        assert len(PARAMETERS) == 1, "parameter sets differ"
    return out


TOGETHER = [
    "plain", "mono 22050", "surround", "start offset", "odd size", "portrait", "anamorphic", "interlaced",
    "not interlaced", "variable rate", "pq", "hlg", "full range", "tagged",
    "sound late", "sound early",
]  # fmt: skip


@pytest.mark.parametrize("name", TOGETHER)
async def test_flash_and_beep_stay_together(ffmpeg: Ffmpeg, clips: Clips, name: str) -> None:
    path = clips.get(name)
    analysis = Analysis(interlaced=name == "interlaced", audio_start=0.5 if name == "sound late" else 0.0)
    out = await normalised(ffmpeg, path, probe_of(path), analysis=analysis)
    flashes, beeps = out.flashes(), out.beeps()
    seconds = [0, 1, 2, 3]
    # A picture of 8 frames a second shows its flash on its own next frame.
    slack = 2 if name == "odd size" else 1
    first_flash = 1 if name == "sound early" else 0
    assert len(flashes) >= 4 - first_flash
    for second in seconds[first_flash:]:
        assert min(abs(at - 30 * second) for at in flashes) <= slack, flashes
    # The source's own encoder may have delayed its beeps; nothing may be added to that.
    expected = source_beeps(path)
    assert len(beeps) == len(expected)
    for got, was in zip(beeps[1:], expected[1:], strict=True):
        assert abs(got / 48_000 - was) < 0.001
        assert abs(was - round(was)) < 0.012


@pytest.mark.parametrize("name", ["silent", "sound longer", "sound shorter", "one frame", "tiny sound", "music"])
async def test_what_is_missing_is_black_or_silence(ffmpeg: Ffmpeg, clips: Clips, name: str) -> None:
    path = clips.get(name)
    out = await normalised(ffmpeg, path, probe_of(path))
    after = out.sound[int(3.6 * 48_000) :] if name != "music" else np.zeros(1)
    assert np.abs(after).max() < 0.001
    if name == "one frame":
        assert out.luma[0].mean() > 190
        assert out.luma[10:].max() <= 17
    if name == "sound longer":
        assert out.luma[70:].max() <= 17
        assert [round(at / 48_000) for at in out.beeps()] == [0, 1, 2, 3]
    if name == "music":
        assert out.luma[30].std() > 3
        assert not np.array_equal(out.luma[35], out.luma[50])


async def test_a_turned_picture_is_turned(ffmpeg: Ffmpeg, clips: Clips) -> None:
    upright = await normalised(ffmpeg, clips.get("plain"), probe_of(clips.get("plain")))
    path = clips.rotated()
    turned = await normalised(ffmpeg, path, probe_of(path, rotation=90))
    # 160x90 turned is 90x160, which fits as 50x90 between black sides.
    assert turned.luma[20, :, :50].max() <= 20
    inside = np.rot90(upright.luma[20, :], k=-1)  # clockwise
    small = inside[np.linspace(0, 159, 90).astype(int)][:, np.linspace(0, 89, 50).astype(int)].astype(float)
    got = turned.luma[20, :, 55:105].astype(float)
    assert np.corrcoef(small.ravel(), got.ravel())[0, 1] > 0.8


@pytest.mark.parametrize(("name", "matrix", "rotation"), [("selfie", (-1, 0, 0, 1), 180), ("upside", (1, 0, 0, -1), 0)])
async def test_a_mirrored_picture_is_shown_as_players_do(
    ffmpeg: Ffmpeg, clips: Clips, name: str, matrix: tuple[int, int, int, int], rotation: int
) -> None:
    upright = await normalised(ffmpeg, clips.get("plain"), probe_of(clips.get("plain")))
    path = clips.shown(name, matrix)
    turned = await normalised(ffmpeg, path, probe_of(path, rotation=rotation, mirrored=True))
    expected = (np.fliplr if rotation else np.flipud)(upright.luma[20])
    assert np.corrcoef(expected.ravel(), turned.luma[20].ravel())[0, 1] > 0.98


async def test_a_change_of_size_in_the_file_is_followed(ffmpeg: Ffmpeg, clips: Clips) -> None:
    path = clips.resized()
    for fit in ("pad", "crop", "blur"):
        treatment = Treatment(fit=fit)  # type: ignore[arg-type]  # a loop over its literals
        out = await normalised(ffmpeg, path, probe_of(path), treatment=treatment)
        sides = out.luma[100, :, :20]
        if fit == "pad":
            assert out.luma[20, :, :20].std() > 5
            assert sides.max() <= 20
        else:
            assert sides.std() > 0.5


async def test_sound_that_switches_between_stereo_and_surround(ffmpeg: Ffmpeg, clips: Clips) -> None:
    path = clips.switching()
    out = await normalised(ffmpeg, path, probe_of(path))
    _, second, _, last = [at / 48_000 for at in out.beeps()]
    # Where the parts meet the file's own timestamps overlap by 32 ms, so the second half is a little earlier.
    assert (second, last) == pytest.approx((1.005, 2.989), abs=0.001)


async def test_a_small_jump_of_the_timestamps_does_not_move_the_sound(ffmpeg: Ffmpeg, clips: Clips) -> None:
    """libavformat writes Ogg with such a jump near the start; swresample began anew there and filled up again."""
    path = clips.make("jump", ".ogg", *beeps(4), "-c:a", "libvorbis")
    out = await normalised(ffmpeg, path, probe_of(path))
    assert [at / 48_000 for at in out.beeps()[1:]] == pytest.approx([1.0, 2.0, 3.0], abs=0.001)


async def test_other_shapes_are_padded_cropped_or_blurred(ffmpeg: Ffmpeg, clips: Clips) -> None:
    path = clips.get("portrait")
    for fit in ("pad", "crop", "blur"):
        treatment = Treatment(fit=fit)  # type: ignore[arg-type]  # a loop over its literals
        out = await normalised(ffmpeg, path, probe_of(path), segments=1, treatment=treatment)
        sides = out.luma[20, :, :40]
        assert (sides.max() <= 20) == (fit == "pad")


async def test_anamorphic_pixels_fill_the_width(ffmpeg: Ffmpeg, clips: Clips) -> None:
    path = clips.get("anamorphic")
    out = await normalised(ffmpeg, path, probe_of(path), segments=1)
    assert out.luma[0, :, :8].mean() > 190
    assert out.luma[0, :, -8:].mean() > 190


async def test_half_transparent_is_half_dark(ffmpeg: Ffmpeg, clips: Clips) -> None:
    path = clips.get("alpha")
    out = await normalised(ffmpeg, path, probe_of(path), segments=1)
    assert 110 < out.luma[0, 20:70, 40:120].mean() < 140


@pytest.mark.parametrize("how", ["zscale and tonemap", "table"])
async def test_white_of_hdr_becomes_white_not_grey(ffmpeg: Ffmpeg, clips: Clips, how: str) -> None:
    # Diffuse white, 203 cd/m², is code 0.58 in PQ and 0.75 in HLG (ITU-R BT.2408): about 85 % of SDR, not clipped.
    filters = ffmpeg.filters if how == "table" else ffmpeg.filters | {"zscale", "tonemap"}
    if how == "table":
        filters -= {"zscale", "tonemap"}
    this = Ffmpeg(ffmpeg.path, ffmpeg.version, frozenset(filters), ffmpeg.encoders)
    for name, tags, code in (("pq white", PQ, 64 + 876 * 0.58), ("hlg white", HLG, 64 + 876 * 0.75)):
        geq = f"format=yuv420p10le,geq=lum={code:.0f}:cb=512:cr=512,{tags}"
        path = clips.make(
            name, ".mkv", "-f", "lavfi", "-i", "color=size=64x36:rate=5:duration=1", "-vf", geq, "-c:v", "ffv1"
        )
        out = await normalised(this, path, probe_of(path), segments=1)
        assert 150 <= out.luma[2, 20:70, 40:120].mean() <= 225, name


async def test_cover_art_stands_over_a_moving_wave(ffmpeg: Ffmpeg, clips: Clips) -> None:
    path = clips.covered()
    out = await normalised(ffmpeg, path, probe_of(path))
    assert out.luma[10, 10:50, 70:90].mean() > 100
    assert not np.array_equal(out.luma[30, 60:], out.luma[50, 60:])


async def test_pictures_may_stand_for_minutes(ffmpeg: Ffmpeg, clips: Clips) -> None:
    """All sound until the second picture is one fragment, unless it waits; its index would not fit ffmpeg's buffer."""
    slides = "color=size=160x90:rate=1/100:duration=200,geq=lum='235-200*N':cb=128:cr=128"
    path = clips.make("slides", ".mp4", "-f", "lavfi", "-i", slides, *beeps(200), *X264, "-c:a", "aac")
    out = await normalised(ffmpeg, path, probe_of(path), segments=93)
    bright = out.luma.mean(axis=(1, 2))
    assert bright[:2990].min() > 220
    assert bright[3010:].max() < 50
    assert len(out.beeps()) == 199


@pytest.mark.parametrize("path", REAL)
async def test_real_clips(ffmpeg: Ffmpeg, path: str) -> None:
    out = await normalised(ffmpeg, Path(path), probe_of(path))
    assert out.luma[:60].std() > 10


async def test_the_wanted_language_is_heard(ffmpeg: Ffmpeg, clips: Clips) -> None:
    path = clips.get("two languages")
    loud = await normalised(ffmpeg, path, probe_of(path), segments=1, treatment=Treatment(audio_language=("en",)))
    soft = await normalised(ffmpeg, path, probe_of(path), segments=1, treatment=Treatment(audio_language=("de",)))
    assert loud.sound.max() > 3 * soft.sound.max()


async def test_generated_input(ffmpeg: Ffmpeg) -> None:
    args = ("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=30", "-f", "lavfi", "-i", "sine=sample_rate=48000")
    out = await normalised(ffmpeg, GraphInput(args, "[0:v]hue=h=10", "[1:a]volume=2dB"), None)
    assert np.abs(out.sound[-1]).max() < 0.001
    assert np.abs(out.sound[48_000:96_000]).max() > 0.05


@pytest.mark.parametrize("fps", [24, 25, 50, 60])
async def test_other_house_rates(ffmpeg: Ffmpeg, clips: Clips, fps: int) -> None:
    house = HouseFormat(grid=Grid(fps), width=160, height=90)
    path = clips.get("plain")
    out = await normalised(ffmpeg, path, probe_of(path), house=house)
    for second in (0, 1, 2, 3):
        assert min(abs(at - fps * second) for at in out.flashes()) <= 1


async def test_both_ends_of_the_sound_are_faded(ffmpeg: Ffmpeg, clips: Clips) -> None:
    tone = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=1.0")
    path = clips.make("tone", ".wav", *tone)
    out = await normalised(ffmpeg, path, probe_of(path), segments=1)
    level = np.abs(out.sound[:, 0])
    full = level[20_000:30_000].max()
    assert level[:96].max() < 0.15 * full
    assert level[48_000 - 96 : 48_000].max() < 0.15 * full
    assert level[48_200:].max() < 0.02 * full
    steps = np.abs(np.diff(out.sound[:, 0]))
    assert steps.max() <= steps[20_000:30_000].max() * 1.05, "a click"


async def test_a_resumed_run_gives_the_same_frames_and_samples(ffmpeg: Ffmpeg, clips: Clips) -> None:
    path = clips.get("long")

    async def raw(first: int) -> tuple[list[str], np.ndarray]:
        argv = normalise_argv(
            ffmpeg, path, probe_of(path), HOUSE, Treatment(), Analysis(gain_db=-2.0), 5, first_segment=first
        )
        head = argv[: argv.index("-map")]
        sums = await run([*head, "-map", "[v]", "-f", "framemd5", "pipe:1", "-map", "[a]", "-f", "null", "-"])
        sound = await run([*head, "-map", "[a]", "-f", "f32le", "pipe:1", "-map", "[v]", "-f", "null", "-"])
        lines = [line.split(",")[-1].strip() for line in sums.decode().splitlines() if not line.startswith("#")]
        return lines, np.frombuffer(sound, dtype="<f4").reshape(-1, 2)

    whole, whole_sound = await raw(0)
    assert len(whole) == 5 * 64
    for first in (2, 4):
        frames, sound = await raw(first)
        start = first - 1
        assert frames == whole[start * 64 :]
        expected = whole_sound[start * 102_400 :]
        assert sound.shape == expected.shape
        # The pre-roll's first moments may differ: decoder and limiter settle in them.
        assert np.abs(sound[102_400:] - expected[102_400:]).max() < 1e-4


async def test_new_sound_alone_is_on_the_same_grid(ffmpeg: Ffmpeg, clips: Clips) -> None:
    path = clips.get("plain")
    both = await normalised(ffmpeg, path, probe_of(path))
    alone = decoded(await run(sound_argv(ffmpeg, path, probe_of(path), HOUSE, Treatment(), Analysis(), 2)))
    assert alone.frames == 0
    assert alone.audio_packets == 201
    assert alone.parameters == both.parameters[1:]
    assert np.allclose(alone.sound, both.sound, atol=1e-4)


def test_every_recipe_is_used() -> None:
    """Clips nobody asks for are dead weight."""
    here = Path(__file__).read_text() + "".join(file.read_text() for file in Path(__file__).parent.glob("*analyse*"))
    assert [name for name in RECIPES if f'"{name}"' not in here] == []
