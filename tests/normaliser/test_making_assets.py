"""Assets made for real: whole, while they air, provisional then proper, interrupted, from sources that lie."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import psutil
import pytest
from clips import X264, Clips, beeps, decoded, flashes
from studios import HOUSE, LONG, TREATMENT, Studio, coded, source_of, until

from tvd.library.source import Source
from tvd.media.house import NS

StudioIn = Callable[[Path], Awaitable[Studio]]


def encoders() -> list[psutil.Process]:
    """The ffmpeg processes of this test: those below this process, but not those of a whole tvd it runs as well."""
    ours = [child for child in psutil.Process().children() if not child.name().startswith("python")]
    below = [*ours, *(process for child in ours for process in child.children(recursive=True))]
    return [process for process in below if process.name() == "ffmpeg"]


async def test_a_source_becomes_an_asset_that_is_exactly_on_the_grid(studio: Studio, plain: Source) -> None:
    await studio.make(plain)
    asset = studio.find(plain)
    assert asset is not None
    assert not asset.growing
    assert not asset.provisional
    assert len(coded(asset.path)) == asset.segments == asset.ready == plain.segments(HOUSE.grid)
    assert asset.manifest.loudness == pytest.approx(TREATMENT.loudness, abs=1.0)
    assert asset.manifest.true_peak is not None
    assert asset.manifest.true_peak <= -1.0
    assert asset.path.stat().st_size == asset.size
    assert not any(studio.store.work.iterdir())
    assert studio.ready == [asset]


async def test_a_generated_programme_becomes_an_asset(studio: Studio) -> None:
    night = Source(id="demo:night-sky:1", title="Night", duration=10.0)
    await studio.make(night)
    asset = studio.find(night)
    assert asset is not None
    assert asset.segments == night.segments(HOUSE.grid)


async def test_the_slate_is_there_after_a_restart_without_being_made_again(studio_in: StudioIn, tmp_path: Path) -> None:
    first = await studio_in(tmp_path)
    await until(lambda: (slate := first.store.slate(HOUSE)) and not slate.growing)
    generation = first.store.generation(HOUSE)
    await until(lambda: any((tmp_path / "generations").glob("*.json")))
    await first.stop()
    second = await studio_in(tmp_path)
    assert second.store.generation(HOUSE) == generation
    slate = second.store.slate(HOUSE)
    assert slate is not None
    assert slate.ready == slate.segments


async def test_an_asset_can_be_read_while_it_is_written(studio: Studio, long_source: Source) -> None:
    studio.want(long_source, in_seconds=1.0)
    await until(lambda: (asset := studio.find(long_source)) and asset.ready > 2)
    asset = studio.find(long_source)
    assert asset is not None
    seen = [asset.ready]
    early = coded(asset.path, 2)
    while asset.growing:
        if asset.ready != seen[-1]:
            seen.append(asset.ready)
            studio.store.open(asset).fragment(asset.ready - 1).check(HOUSE.grid)
        await asyncio.sleep(0.002)
    assert len(seen) > 3
    assert seen == sorted(seen)
    assert asset.ready == asset.segments == long_source.segments(HOUSE.grid)
    assert coded(asset.path, 2) == early


async def test_a_provisional_asset_is_made_proper_with_the_same_picture(studio: Studio, long_source: Source) -> None:
    await studio.make(long_source, in_seconds=0.0)
    provisional, proper = studio.ready
    assert provisional.provisional
    assert not proper.provisional
    assert studio.find(long_source) is proper
    assert provisional.manifest.loudness == pytest.approx(TREATMENT.loudness, abs=2.0)
    assert proper.manifest.loudness == pytest.approx(TREATMENT.loudness, abs=1.0)
    for old, new in zip(coded(provisional.path), coded(proper.path), strict=True):
        assert new[:3] == old[:3]
    decoded(proper.path.read_bytes())


async def test_when_ffmpeg_is_killed_the_job_goes_on_where_it_was(studio: Studio, long_source: Source) -> None:
    studio.want(long_source, in_seconds=1.0)
    await until(lambda: (asset := studio.find(long_source)) and asset.ready > 31)
    asset = studio.find(long_source)
    assert asset is not None
    encoders()[0].send_signal(signal.SIGKILL)
    await until(lambda: studio.normaliser.status()[0].reason)
    assert "SIGKILL" in studio.normaliser.status()[0].reason or "137" in studio.normaliser.status()[0].reason
    kept = asset.ready
    before = coded(asset.path)[:kept]
    assert kept > 30
    await until(lambda: not asset.growing)
    assert studio.find(long_source) is asset
    assert coded(asset.path)[:kept] == before
    assert asset.segments == long_source.segments(HOUSE.grid)


async def test_a_cancelled_job_leaves_no_child_and_no_folder(studio: Studio, long_clip: Path) -> None:
    # It says that it is much longer, so the job is never so nearly done that it would be let finish.
    long_source = source_of(long_clip, name="endless", duration=3600.0)
    studio.want(long_source, in_seconds=1.0)
    await until(lambda: (asset := studio.find(long_source)) and asset.ready)
    studio.normaliser.set_wanted([])
    await until(lambda: not studio.normaliser.status())
    assert not encoders()
    left = list(studio.store.work.iterdir())
    growing = studio.find(long_source)
    assert growing is None or growing.ready > 30
    assert len(left) == (growing is not None)


async def test_a_source_that_ends_early_gives_an_asset_down_to_its_real_end(studio: Studio, clips: Clips) -> None:
    path = clips.make("ten-seconds", ".mkv", *flashes(seconds=10), *beeps(10), *X264, "-c:a", "aac")
    lying = source_of(path, name="lying", duration=LONG)
    await studio.make(lying)
    asset = studio.find(lying)
    assert asset is not None
    assert asset.segments == HOUSE.grid.segments_for(10) == len(coded(asset.path))
    assert studio.durations == [("lying", float(asset.segments * HOUSE.grid.duration))]
    assert asset.path.stat().st_size == asset.size


async def test_a_truncated_file_is_refused_or_shortened_never_padded(
    studio: Studio, clips: Clips, tmp_path: Path
) -> None:
    whole = clips.make("forty-seconds", ".ts", *flashes(seconds=40), *beeps(40), *X264, "-c:a", "mp2")
    cut = tmp_path / "cut.ts"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 4])
    source = source_of(cut, duration=40.0)
    await studio.make(source)
    asset = studio.find(source)
    assert asset is not None
    assert asset.segments < HOUSE.grid.segments_for(14)


@pytest.mark.parametrize("change", ["vanished", "changed", "not a film"])
async def test_a_source_that_is_not_what_was_probed_is_refused(
    studio: Studio, clips: Clips, tmp_path: Path, change: str
) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(clips.get("plain").read_bytes())
    source = source_of(path)
    if change == "vanished":
        path.unlink()
    elif change == "changed":
        path.write_bytes(b"short")
    else:
        path.write_bytes(bytes(source.size))
        os.utime(path, ns=(source.mtime_ns, source.mtime_ns))
    await studio.make(source)
    [(refused, reason)] = studio.refused
    assert refused == source.id
    assert reason
    assert studio.find(source) is None


async def test_an_asset_found_corrupt_is_made_again(studio: Studio, plain: Source) -> None:
    await studio.make(plain)
    broken = studio.find(plain)
    assert broken is not None
    folder = broken.folder
    broken.path.write_bytes(b"\0" * 100)
    studio.want(plain)
    await studio.store.discard(broken, "segment 0: nonsense")
    assert broken.lost
    assert not folder.exists()
    studio.want(plain)
    await until(lambda: (asset := studio.find(plain)) is not None and not asset.growing)
    again = studio.find(plain)
    assert again is not None
    assert again is not broken
    assert len(coded(again.path)) == again.segments


async def test_a_slate_found_corrupt_is_made_again(studio: Studio) -> None:
    await until(lambda: (slate := studio.store.slate(HOUSE)) and not slate.growing)
    old = studio.store.slate(HOUSE)
    assert old is not None
    await studio.store.discard(old, "segment 0: nonsense")
    await until(lambda: (slate := studio.store.slate(HOUSE)) and not slate.growing)
    new = studio.store.slate(HOUSE)
    assert new is not None
    assert new is not old
    assert len(coded(new.path)) == old.segments


async def test_a_source_that_ffmpeg_cannot_finish_in_time_is_refused(
    studio: Studio, long_source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tvd.library.job.Job._deadline", lambda _: 0.5)
    await studio.make(long_source)
    assert "longer than" in studio.refused[0][1]
    assert not encoders()


async def test_parameter_sets_of_another_house_are_refused(studio: Studio, plain: Source) -> None:
    generation = studio.store.generation(HOUSE)
    assert generation is not None
    studio.store.set_generation(msgspec.structs.replace(generation, fingerprint="0123456789abcdef"))
    await studio.make(plain)
    assert "parameter sets differ" in studio.refused[0][1]
    assert studio.find(plain) is None


async def test_the_estimate_of_when_it_can_air(studio: Studio, long_source: Source, plain: Source) -> None:
    now = studio.normaliser._now_ns()
    coming = studio.normaliser.expected_ready(long_source, HOUSE, TREATMENT)
    assert coming is not None
    assert now < coming < now + 60 * NS
    await studio.make(plain)
    there = studio.normaliser.expected_ready(plain, HOUSE, TREATMENT)
    assert there is not None
    assert there <= studio.normaliser._now_ns()


async def test_sound_that_changes_channels_and_rate_stays_in_time(studio: Studio, clips: Clips) -> None:
    """ffmpeg begins the sound's filters, and their count, again there."""
    parts = [
        clips.make(
            f"aac {channels} {rate}", ".ts", *flashes(seconds=2), *beeps(2, rate), *X264, "-c:a", "aac", "-ac", channels
        )
        for channels, rate in (("2", 48_000), ("6", 44_100))
    ]
    path = clips.make("changing", ".ts", "-i", "concat:" + "|".join(map(str, parts)), "-c", "copy")
    source = source_of(path)
    await studio.make(source)
    asset = studio.find(source)
    assert asset is not None
    assert asset.manifest.loudness == pytest.approx(TREATMENT.loudness, abs=1.0)
    # Of an asset no priming is to be dropped.
    beeped = [(at + 1024) / 48_000 for at in decoded(asset.path.read_bytes()).beeps()]
    assert [round(at) for at in beeped] == [0, 1, 2, 3]
    # Each encoder is 21 ms late by itself; where the parts meet their times overlap: good again by the next.
    late = [at - round(at) for at in beeped]
    assert all(-0.001 <= one < 0.03 for one in (late[0], late[1], late[3])), beeped
    assert abs(late[2]) < 0.06


async def test_a_job_that_fails_by_a_bug_leaves_nothing_behind(
    studio: Studio, plain: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> int:
        monkeypatch.undo()
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr("tvd.library.job.cut_blank_end", broken)
    studio.want(plain)
    await until(lambda: any("a bug of ours" in job.reason for job in studio.normaliser.status()))
    assert not any(studio.store.work.iterdir())
    assert studio.find(plain) is None


async def test_a_data_folder_that_is_away_is_waited_for(
    studio: Studio, plain: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a disk that is unplugged, or a share that is not mounted for a while."""
    monkeypatch.setattr("tvd.library.normaliser.FULL_PAUSE", 0)
    away = studio.store.root.with_name("away")
    studio.store.root.rename(away)
    studio.want(plain)
    await until(lambda: "does not answer" in studio.normaliser.paused)
    away.rename(studio.store.root)
    await until(lambda: (asset := studio.find(plain)) and not asset.growing)
    assert not studio.refused
