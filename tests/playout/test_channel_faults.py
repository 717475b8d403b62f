"""Channels with real live processes by a clock turned by hand: whatever is killed, stopped or broken, the time line
goes on without a gap, and the bytes are those of a run that nothing disturbed."""

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import structlog
from gridded import NOW, Cuttings, decode_times
from playhouse import GENERATION, SLUG, Bench, Run, Shelf, TurnedClock

from tvd.media.ffmpeg import Ffmpeg
from tvd.media.fragment import Fragment
from tvd.media.house import Grid
from tvd.media.live import LiveSettings
from tvd.media.process import child
from tvd.playout import channel as channel_module
from tvd.playout import pipeline
from tvd.playout.channel import LINES_A_MINUTE, STARTS_A_MINUTE
from tvd.playout.renditions import Renditions

LEAD, WINDOW = 4, 8
AIRED = 12
# Sources of 7, 5 and 9 segments, in order, from one segment before the clock on.
FIRST = NOW - 1


def planned(seq: int) -> str:
    """Return what the schedule says of a segment: its source and segment."""
    at = (seq - FIRST) % 21
    return f"a{at}" if at < 7 else f"b{at - 7}" if at < 12 else f"c{at - 12}"


_undisturbed: dict[int, bytes] = {}


@pytest.fixture(name="undisturbed")
async def _undisturbed_run(bench: Bench, cuttings: Cuttings, tmp_path: Path) -> dict[int, bytes]:
    """Return the segments of a run that nothing disturbs, made once."""
    if not _undisturbed:
        quiet = Bench(bench.shelf, bench.ffmpeg, tmp_path / "undisturbed", TurnedClock())
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pipeline, "sleep_until", quiet.clock.sleep_until)
            async with quiet.run() as run:
                await run.air(AIRED + 6)
                assert run.channel.status().restarts == 0
        _undisturbed.update(run.seen)
    assert cuttings.clip().house == bench.shelf.house
    return _undisturbed


def same(run: Run, undisturbed: dict[int, bytes]) -> None:
    """Assert that a run has no gap and the same bytes as one that nothing disturbed."""
    assert sorted(run.seen) == list(range(min(run.seen), max(run.seen) + 1))
    common = run.seen.keys() & undisturbed.keys()
    assert len(common) >= AIRED
    assert [seq for seq in sorted(common) if run.seen[seq] != undisturbed[seq]] == []


async def test_an_undisturbed_channel(undisturbed: dict[int, bytes], bench: Bench) -> None:
    assert min(undisturbed) == FIRST
    assert sorted(undisturbed) == list(range(FIRST, max(undisturbed) + 1))
    for seq, data in undisturbed.items():
        assert decode_times(data)[1] == seq * bench.shelf.grid.frames * 512
    async with bench.run() as run:
        assert run.channel.state == "on_air"
        assert LEAD <= run.channel.lead <= LEAD + 1
        assert run.channel.window.initialisation(GENERATION) is not None
        await run.air(AIRED)
        assert {seq: planned(seq) for seq in run.seen} == run.kinds
        status = run.channel.status()
        assert (status.restarts, status.last_error, status.ffmpeg) == (0, "", ())
        assert len(run.channel.window.published(WINDOW)) == WINDOW
        # Behind the clock twice the playlist stays, and no more.
        assert run.channel.window.oldest == max(FIRST, run.channel.on_air_seq() - 2 * WINDOW - 1)
        pid = run.pid
    assert not psutil.pid_exists(pid)
    same(run, undisturbed)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
async def test_a_killed_live_process_is_replaced_unnoticed(
    undisturbed: dict[int, bytes], bench: Bench, number: signal.Signals
) -> None:
    async with bench.run() as run:
        for restarts in range(1, 4):
            await run.air(4)
            pid = run.pid
            os.kill(pid, number)
            # Two segments pass before the replacement must be there again.
            bench.clock.turn(2)
            assert run.channel.state == "on_air"
            await run.restarted(restarts)
            await run.made(run.channel.on_air_seq() + LEAD)
            assert run.pid != pid
            assert not psutil.pid_exists(pid)
        error = run.channel.status().last_error
        # At SIGTERM ffmpeg writes out what it has: the beginning of a segment, which must not be published.
        assert "frames" in error if number is signal.SIGTERM else error == f"killed by {number.name}"
    same(run, undisturbed)


async def test_a_stopped_live_process_is_noticed_and_replaced(undisturbed: dict[int, bytes], bench: Bench) -> None:
    async with bench.run() as run:
        await run.air(6)
        pid = run.pid
        os.kill(pid, signal.SIGSTOP)
        bench.clock.turn()
        # Its lead is made by another before the clock needs it: in real time, within a few segments.
        loop = asyncio.get_running_loop()
        before = loop.time()
        await run.made(run.channel.on_air_seq() + LEAD)
        assert loop.time() - before < LEAD * float(bench.shelf.grid.duration)
        assert run.pid != pid
        assert not psutil.pid_exists(pid)
        assert "did not come" in run.channel.status().last_error
        await run.air(6)
    same(run, undisturbed)


async def test_a_channel_ends_while_its_process_is_stopped(bench: Bench) -> None:
    async with bench.run() as run:
        pid = run.pid
        os.kill(pid, signal.SIGSTOP)
    assert not psutil.pid_exists(pid)


async def test_segments_off_their_time_are_not_published(
    undisturbed: dict[int, bytes], bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A live process whose times are off is replaced; nothing with a wrong time reaches the window."""
    real, off = pipeline.nut.frames, []

    def late(coded: Fragment, seq: int, grid: Grid) -> list[bytes | memoryview]:
        if seq == NOW + 9 and not off:
            off.append(seq)
            coded = replace(coded, order=tuple(shown + 10 for shown in coded.order))
        return real(coded, seq, grid)

    monkeypatch.setattr(pipeline.nut, "frames", late)
    async with bench.run() as run:
        await run.air(AIRED)
        assert off
        assert run.channel.status().restarts == 1
        assert f"segment {NOW + 9} came" in run.channel.status().last_error
    same(run, undisturbed)


async def test_a_restarted_channel_makes_its_window_again(undisturbed: dict[int, bytes], bench: Bench) -> None:
    async with bench.run() as before:
        await before.air(8)
        on_air = before.channel.on_air_seq()
        head = before.channel.window.initialisation(GENERATION)
    bench.clock.turn()
    async with bench.run() as after:
        assert min(after.seen) == on_air + 1 - WINDOW + 1
        assert after.channel.window.initialisation(GENERATION) == head
        await after.air(4)
        assert after.kinds == {seq: planned(seq) for seq in after.seen}
    for run in (before, after):
        assert all(data == undisturbed[seq] for seq, data in run.seen.items())


async def test_a_broken_asset_is_a_slate_for_exactly_the_missing_segments(
    undisturbed: dict[int, bytes], bench: Bench, shelf: Shelf, cuttings: Cuttings
) -> None:
    async with bench.run() as run:
        broken = shelf.current["b"]
        # Fed ahead of air; "b" begins at FIRST + 7 and is broken from its third segment on.
        with shelf.open(broken) as file:
            os.truncate(broken.path, file.end(2))
        # What is missing is waited for as long as its air time allows.
        await run.air(11, lead=0)
        assert [key for key, _ in shelf.discarded] == [broken.key]
        await run.air(AIRED - 11)
        slates = [seq - FIRST for seq, kind in sorted(run.kinds.items()) if kind == "slate"]
        assert slates == [9, 10, 11]
    kinds = run.kinds
    assert {seq: kind for seq, kind in kinds.items() if kind != "slate"} == {
        seq: planned(seq) for seq in kinds if kinds[seq] != "slate"
    }
    for seq in run.seen:
        assert (run.seen[seq] == undisturbed[seq]) or seq - FIRST in range(8, 13)
    # A restart airs the slate again, byte for byte, although the asset is there again by now.
    shelf.put("b", cuttings.clip(picture="smptebars"), 5, key="b-again")
    async with bench.run() as again:
        again_slates = [seq for seq, kind in again.kinds.items() if kind == "slate"]
    assert again_slates == [seq for seq in sorted(again.seen) if seq - FIRST in range(9, 12)]
    assert all(data == run.seen[seq] for seq, data in again.seen.items() if seq in run.seen)


async def test_an_asset_that_comes_late_is_joined(bench: Bench, shelf: Shelf) -> None:
    kept = shelf.current.pop("b")
    async with bench.run(lead=0) as run:
        # Two of its segments had to be decided without it, and the next one is due.
        await run.air(7, lead=0)
        shelf.current["b"] = kept
        await run.air(4, lead=0)
        await run.air(1)
        kinds = [run.kinds[FIRST + n] for n in range(14)]
    slates = kinds.count("slate")
    assert slates in {2, 3}
    assert kinds == [planned(FIRST + n) if not 7 <= n < 7 + slates else "slate" for n in range(14)]
    assert not shelf.discarded


async def test_a_channel_without_anything_ready_opens_with_the_slate(
    bench: Bench, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits a little for its first programme, and then is on air all the same."""
    monkeypatch.setattr(channel_module, "OPENING_WAIT", 0.2)
    kept = dict(shelf.current)
    for source in "abc":
        del shelf.current[source]
    async with bench.run(lead=0) as run:
        assert run.channel.state == "on_air"
        assert set(run.kinds.values()) == {"slate"}
        shelf.current.update(kept)
        await run.air(3, lead=0)
        kinds = [kind for _, kind in sorted(run.kinds.items()) if kind != "slate"]
    # The first programme then begins at its beginning.
    assert kinds[:2] == ["a0", "a1"]


class Time:
    """What the channel's module knows of ``time``: a minute passes when somebody sleeps through it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'no such option' >&2; exit 1", "exit code 1: no such option"),
        ("exit 0", "exit code 0"),
        ("kill -SEGV $$", "killed by SIGSEGV"),
        ("head -c 1000 /dev/zero; exec cat >/dev/null", "box"),
        ("exec 0<&-; sleep 0.05; exit 3", "exit code 3"),
    ],
    ids=["refuses", "ends", "crashes", "writes nonsense", "reads nothing"],
)
async def test_a_live_process_that_always_fails_is_started_five_times_a_minute(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, said: str
) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    bench.ffmpeg = Ffmpeg(str(program), "5.1", frozenset(), frozenset())
    time, starts, real = Time(), [], asyncio.sleep
    enough = asyncio.Event()

    async def sleep(seconds: float) -> None:
        time.now += seconds
        await real(0)

    def counted(*args: object, **options: object) -> object:
        starts.append(time.now)
        if len(starts) >= 4 * STARTS_A_MINUTE:
            enough.set()
        return child(*args, **options)  # type: ignore[arg-type]  # handed through

    monkeypatch.setattr(channel_module, "time", time)
    monkeypatch.setattr(channel_module, "child", counted)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    channel = bench.channel()
    task = asyncio.create_task(channel.run())
    async with asyncio.timeout(30):
        await asyncio.wait({task, asyncio.create_task(enough.wait())}, return_when=asyncio.FIRST_COMPLETED)
    assert not task.done()
    assert channel.state == "fault"
    assert said in channel.fault
    assert channel.status().restarts >= 3 * STARTS_A_MINUTE
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    for n, start in enumerate(starts):
        assert sum(start - 60.0 < other <= start for other in starts[: n + 1]) <= STARTS_A_MINUTE


async def test_a_channel_recovers_when_its_slate_does(
    bench: Bench, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_module, "OPENING_WAIT", 0.0)
    slate = shelf.slate(shelf.house)
    assert slate is not None
    whole = slate.path.read_bytes()
    with shelf.open(slate) as file:
        os.truncate(slate.path, file.end(0))
    for source in "abc":
        del shelf.current[source]
    tried = asyncio.Event()
    real = channel_module.Channel._back_off

    async def back_off(self: channel_module.Channel) -> None:
        tried.set()
        slate.path.write_bytes(whole)
        await real(self)

    monkeypatch.setattr(channel_module.Channel, "_back_off", back_off)
    async with bench.run(lead=0) as run:
        assert tried.is_set()
        assert run.channel.state == "on_air"
        assert "the slate cannot be read" in run.channel.status().last_error
        assert run.channel.fault == ""


async def test_a_change_of_output_is_one_discontinuity_for_ever(bench: Bench) -> None:
    async with bench.run() as plain:
        await plain.air(WINDOW)
    other = LiveSettings(output_args=("-metadata", "title=night"))
    bench.clock.turn()
    async with bench.run(other) as changed:
        await changed.air(2)
        window, renditions = changed.channel.window, changed.channel.renditions
        name = f"{GENERATION}-{other.key}"
        begun = min(changed.seen)
        assert all(window.get(seq).rendition == name for seq in changed.seen if window.get(seq))  # type: ignore[union-attr]  # just asked
        assert [renditions.changes(seq) for seq in (begun - 1, begun, begun + 100)] == [0, 1, 1]
        assert (renditions.at(begun - 1), renditions.at(begun)) == (GENERATION, name)
    bench.clock.turn()
    async with bench.run(other) as again:
        assert again.channel.renditions.changes(max(again.seen)) == 1
    fresh = Renditions(bench.folder, SLUG)
    fresh.load()
    assert (fresh.changes(begun + 1000), fresh.at(begun + 1000)) == (1, name)
    assert len((bench.folder / SLUG / "renditions.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    "settings",
    [
        LiveSettings(video_filter="drawbox=w=20:h=20:color=white:t=fill"),
        LiveSettings(audio_filter="volume=0.5"),
        LiveSettings(video_filter="hue=s=0", audio_filter="aecho"),
    ],
    ids=["picture", "sound", "both"],
)
async def test_a_channel_that_encodes_makes_whole_segments(bench: Bench, settings: LiveSettings) -> None:
    async with bench.run(settings) as run:
        await run.air(6)
        assert run.channel.status().restarts == 0, run.channel.status().last_error
        os.kill(run.pid, signal.SIGKILL)
        await run.air(2)
        assert run.channel.status().restarts == 1, run.channel.status().last_error
    assert sorted(run.seen) == list(range(min(run.seen), max(run.seen) + 1))


async def test_a_flood_of_warnings_is_logged_in_part(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    time = Time()
    monkeypatch.setattr(channel_module, "time", time)
    channel = bench.channel()
    with structlog.testing.capture_logs() as logged:
        for _ in range(3):
            for n in range(10 * LINES_A_MINUTE):
                channel._ffmpeg_line(f"[warning] line {n}")
            time.now += 60.0
        channel._ffmpeg_line("[error] [mp4 @ 0x1] the last")
    events = [entry["event"] for entry in logged]
    assert events.count("ffmpeg") == 3 * LINES_A_MINUTE + 1
    assert [entry["lines"] for entry in logged if entry["event"] == "ffmpeg.unlogged"] == [9 * LINES_A_MINUTE] * 3
    assert logged[-1]["text"] == "the last"


async def test_a_live_process_that_cannot_be_started_is_tried_five_times_a_minute(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while a package manager replaces ffmpeg: what is not even started must not keep the loop busy for ever."""
    waiting = asyncio.Event()
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        if seconds > 30:
            waiting.set()
        await real(seconds)

    monkeypatch.setattr(channel_module.asyncio, "sleep", sleep)
    bench.ffmpeg = replace(bench.ffmpeg, path="/nowhere/ffmpeg")
    channel = bench.channel()
    airing = asyncio.create_task(channel.run())
    async with asyncio.timeout(5):
        await waiting.wait()
    assert channel.status().restarts == STARTS_A_MINUTE
    assert "/nowhere/ffmpeg" in channel.fault
    airing.cancel()
    await asyncio.gather(airing, return_exceptions=True)


async def test_a_channel_whose_files_cannot_be_read_airs_once_they_can(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A folder in the place of a file: unreadable for everybody, root included.
    in_the_way = bench.folder / SLUG / "renditions.jsonl"
    in_the_way.mkdir(parents=True)

    async def back_off(_: channel_module.Channel) -> None:
        in_the_way.rmdir()

    monkeypatch.setattr(channel_module.Channel, "_back_off", back_off)
    async with bench.run() as run:
        assert run.channel.state == "on_air"
        assert "renditions.jsonl" in run.channel.status().last_error
