"""Sound for the night: made beside the asset of the day, measured, and aired with its pictures."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from clips import X264, Clips, flashes
from studios import HOUSE, TREATMENT, Studio, source_of, until

from tvd.errors import AssetInvalidError
from tvd.library.asset import ASSET_FILE
from tvd.library.queue import Wanted
from tvd.library.source import Source
from tvd.library.store import AssetStore
from tvd.media import night
from tvd.media.asset_file import AssetFile
from tvd.media.examine import loudness
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.house import NS
from tvd.media.process import Limits
from tvd.media.sound_file import SoundFile
from tvd.playout.asrun import AsRunLog
from tvd.playout.feeder import Feeder
from tvd.playout.rundown import ScheduleItem

GRID = HOUSE.grid
SECONDS = 40
NOW = 800_000_000


@pytest.fixture(scope="session")
def lively(clips: Clips) -> Source:
    """Return a programme that whispers and shouts by turns, eight seconds each, with a bang now and then."""
    level = "if(lt(mod(t,16),8),0.035,0.25)+0.7*lt(mod(t,16),0.02)"
    sound = f"aevalsrc='({level})*sin(2*PI*330*t)*(0.6+0.4*sin(2*PI*1.7*t))':s=48000:d={SECONDS}"
    return source_of(
        clips.make("lively", ".mkv", *flashes(seconds=SECONDS), "-f", "lavfi", "-i", sound, *X264, "-c:a", "flac")
    )


async def make_night(studio: Studio, *sources: Source) -> None:
    """Want day and night sound of ``sources`` and wait until nothing is left to do."""
    air = time.time_ns() + 3600 * NS
    wanted = [Wanted(source, HOUSE, TREATMENT, air, night=quiet) for source in sources for quiet in (False, True)]
    studio.normaliser.set_wanted(wanted)
    async with asyncio.timeout(60):
        await studio.normaliser.drained()


class Plan:
    """One programme from :data:`NOW` on, and the same once more behind it."""

    opening = False

    def __init__(self, source: str, segments: int) -> None:
        self.items = [
            ScheduleItem(
                id=f"n-{NOW + at}", kind="programme", source=source, title="", seq_start=NOW + at, segments=segments
            )
            for at in (0, segments)
        ]

    async def item_at(self, seq: int) -> ScheduleItem | None:
        return next((item for item in self.items if item.seq_start <= seq < item.seq_stop), None)


def feeder_over(
    store: AssetStore, plan: Plan, folder: Path, *, quiet: Callable[[int], bool], before: int = 0
) -> Feeder:
    asrun = AsRunLog(folder, "n", GRID)
    asrun.load(NOW)
    return Feeder("n", HOUSE, TREATMENT, plan=plan, assets=store, asrun=asrun, replay_before=before, quiet=quiet)


async def found_again_after_a_restart(store: AssetStore, source: Source) -> None:
    """A new store finds the night sound, keeps it as long as its day, and gives it up first when that is gone."""
    again = AssetStore(store.root, 10**9, 0)
    await again.load()
    generation = store.generation(HOUSE)
    assert generation is not None
    again.set_generation(generation)
    day, dark = again.find(source.id, HOUSE, TREATMENT), again.night(source.id, HOUSE, TREATMENT)
    assert day is not None
    assert dark is not None
    assert (day.manifest.night, dark.manifest.night) == (False, True)
    assert not any(one.superseded for one in again._candidates({}))
    del again._assets[day.generation, day.key]
    assert [one.name[1] for one in again._candidates({}) if one.superseded] == [dark.key]
    again.close()


async def test_the_night_is_narrower_and_softer_and_has_the_pictures_of_the_day(
    studio: Studio, lively: Source, ffmpeg: Ffmpeg, tmp_path: Path
) -> None:
    await make_night(studio, lively)
    store = studio.store
    day, dark = studio.find(lively), store.night(lively.id, HOUSE, TREATMENT)
    assert day is not None
    assert dark is not None
    assert not studio.refused

    by_day, by_night = [await loudness(ffmpeg, one.path, Limits(memory=4 * 2**30)) for one in (day, dark)]
    assert by_day.range is not None
    assert by_day.range > 12
    assert by_night.range is not None
    assert by_night.range < min(night.RANGE + 1, by_day.range - 5)
    assert by_day.integrated == pytest.approx(-18, abs=1)
    assert by_night.integrated == pytest.approx(-18 - night.SOFTER, abs=1)
    assert by_night.true_peak is not None
    assert by_day.true_peak is not None
    assert by_night.true_peak < by_day.true_peak - 3
    manifest = dark.manifest
    assert (manifest.loudness, manifest.loudness_range) == (by_night.integrated, by_night.range)
    # No second copy of the pictures.
    assert dark.path.stat().st_size < day.path.stat().st_size / 2
    assert (dark.segments, dark.generation) == (day.segments, day.generation)

    await found_again_after_a_restart(store, lively)

    plan, folder = Plan(lively.id, day.segments), tmp_path / "asrun"
    feeder = feeder_over(store, plan, folder, quiet=lambda seq: seq >= NOW + day.segments)
    aired = {seq: await feeder.fragment(seq) for seq in range(NOW, NOW + 2 * day.segments)}
    with AssetFile(day.path, GRID) as pictures, SoundFile(dark.path, GRID) as sound:
        for index in range(day.segments):
            own, soft = pictures.fragment(index), sound.fragment(index)
            first, second = aired[NOW + index], aired[NOW + day.segments + index]
            assert first == own
            assert (second.video, second.video_sizes, second.order) == (own.video, own.video_sizes, own.order)
            assert (second.audio, second.audio_sizes) == (soft.audio, soft.audio_sizes)
            assert second.audio != own.audio
            # What the live process gives back is found in the asset again: segments stay light.
            assert second.origin is not None
            assert second.origin.read() == bytes(own.video)

    # Started again in the middle of the night, in whatever hours: the same bytes, to the programme's end.
    middle = NOW + day.segments + 5
    again = feeder_over(store, plan, folder, quiet=lambda _seq: False, before=middle + 3)
    assert [await again.fragment(seq) for seq in range(middle, middle + 9)] == [
        aired[seq] for seq in range(middle, middle + 9)
    ]

    # Its file spoilt: the sound of the day, without a gap, and made again.
    lost: list[str] = []
    store.on_lost = lambda asset: lost.append(asset.key)
    store._shut(dark)
    os.truncate(dark.folder / ASSET_FILE, 4000)
    third = feeder_over(store, plan, tmp_path / "third", quiet=lambda _seq: True)
    with AssetFile(day.path, GRID) as pictures:
        assert [await third.fragment(NOW + index) for index in range(4)] == [
            pictures.fragment(index) for index in range(4)
        ]
    assert lost == [dark.key]


async def test_what_is_calm_already_airs_as_it_is(studio: Studio, plain: Source) -> None:
    await studio.make(plain)
    day = studio.find(plain)
    assert day is not None
    day.manifest = msgspec.structs.replace(day.manifest, loudness_range=3.0, true_peak=-9.0)
    await make_night(studio, plain)
    assert studio.store.night(plain.id, HOUSE, TREATMENT) is None
    assert studio.ready == [day]


async def test_one_stopped_half_way_leaves_nothing(studio: Studio, lively: Source) -> None:
    await studio.make(lively)
    air = time.time_ns() + 3600 * NS
    studio.normaliser.set_wanted([Wanted(lively, HOUSE, TREATMENT, air, night=True)])
    await until(lambda: any(job.state == "measuring" and job.sound_only for job in studio.normaliser.status()))
    await studio.stop()
    assert studio.store.night(lively.id, HOUSE, TREATMENT) is None
    assert not list(studio.store.work.iterdir())
    day = studio.find(lively)
    assert day is not None
    assert not day.held


def test_a_sound_file_is_read_only_when_it_is_one(studio: Studio) -> None:
    slate = studio.store.slate(HOUSE)
    assert slate is not None
    with SoundFile(slate.path, GRID) as file, pytest.raises(AssetInvalidError, match="2 tracks"):
        file.fragment(0)
    with SoundFile(slate.path, GRID) as file, pytest.raises(IndexError):
        file.fragment(99)


@pytest.mark.parametrize(
    ("loudness", "peak", "wide", "needed"),
    [
        (None, None, None, False),
        (-18.0, -8.0, 5.0, False),
        (-18.0, -8.0, 9.0, True),
        (-18.0, -2.0, 5.0, True),
        (-18.0, -8.0, None, True),
    ],
)
def test_what_needs_it(loudness: float | None, peak: float | None, wide: float | None, needed: bool) -> None:
    assert night.is_needed(loudness, peak, wide) is needed


def test_the_wider_the_stronger() -> None:
    strengths = [night.RATIOS[night.first_ratio(wide)] for wide in (7.5, 14.0, 20.0, 30.0, 90.0)]
    assert strengths == sorted(strengths)
    assert strengths[0] == night.RATIOS[0]
    assert strengths[-1] == night.RATIOS[-1]
