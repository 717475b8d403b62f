"""A channel in several sizes: one live process, all windows in step, the same bytes after a death or a restart."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from gridded import Cuttings
from playhouse import Bench, Run, Shelf, TurnedClock

from bench.continuity import Continuity
from tvd.config import model
from tvd.library.subtitles import SubtitleStore
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.house import HouseFormat
from tvd.media.live import LiveSettings
from tvd.media.stream import Arrived
from tvd.playout import pipeline
from tvd.playout.channel import Channel
from tvd.playout.feeder import Choice
from tvd.playout.subtitles import ChannelSubtitles
from tvd.views import ChannelSeen

NAMES = ["160x90p30-00000000", "128x72p30-00000000", "96x54p30-00000000"]
AIRED = 6
LEAD = model.Live().lead


@pytest.fixture(name="many")
def _many(cuttings: Cuttings, ffmpeg: Ffmpeg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A bench over a shelf in three sizes, with programmes of 7 and 5 segments."""
    shelf = Shelf(tmp_path / "assets", cuttings.clip(picture="color=gray", tone=100, segments=2, smaller=2))
    for source, segments, picture in (("a", 7, "testsrc2"), ("b", 5, "smptebars")):
        shelf.put(source, cuttings.clip(picture=picture, smaller=2), segments)
    clock = TurnedClock()
    monkeypatch.setattr(pipeline, "sleep_until", clock.sleep_until)
    return Bench(shelf, ffmpeg, tmp_path / "channels", clock)


def held(channel: Channel) -> list[dict[int, bytes]]:
    """Return the segments in each window, read as a viewer would get them."""
    found = []
    for window in channel.windows:
        assert window.oldest is not None
        assert window.newest is not None
        numbers = range(window.oldest, window.newest + 1)
        found.append({seq: segment.data for seq in numbers if (segment := window.get(seq))})
    return found


def checked(run: Run) -> list[dict[int, bytes]]:
    """Return what is held after the independent checker has found nothing wrong with it in any size."""
    made = held(run.channel)
    assert len({tuple(one) for one in made}) == 1, "the windows are not in step"
    for one, window, name in zip(made, run.channel.windows, NAMES, strict=True):
        head = window.initialisation(name)
        assert head is not None
        follow = Continuity(head, run.channel.grid.duration)
        for seq, data in one.items():
            follow.add(data, seq)
        assert follow.findings == []
    return made


async def test_every_size_survives_the_death_of_the_process_and_a_restart(many: Bench) -> None:
    async with many.run() as run:
        await run.air(AIRED)
        before = checked(run)
        pid = run.pid
        os.kill(pid, signal.SIGKILL)
        many.clock.turn(2)
        assert run.channel.state == "on_air"
        await run.restarted(1)
        await run.made(run.channel.on_air_seq() + LEAD)
        await run.air(2)
        after = checked(run)
        assert not psutil.pid_exists(pid)
        assert run.channel.status().last_error == "killed by SIGKILL"
        assert len(psutil.Process(run.pid).children()) == 0
        # Nobody watches: the pictures of each size are read from the asset when asked for.
        newest = run.channel.window.newest
        assert newest is not None
        assert all(segment.is_light for window in run.channel.windows if (segment := window.get(newest)))
    for old, new in zip(before, after, strict=True):
        assert {seq: new[seq] for seq in old if seq in new} == {seq: data for seq, data in old.items() if seq in new}
    async with many.run() as again:
        made = checked(again)
    for old, new in zip(after, made, strict=True):
        common = old.keys() & new.keys()
        assert len(common) >= 8
        assert [seq for seq in sorted(common) if old[seq] != new[seq]] == []


async def test_the_windows_fill_together_or_not_at_all(many: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one size lags, no viewer is told of the segment in another."""
    real, held_up = pipeline.Pipeline._take, []

    def lag(self: pipeline.Pipeline, place: int, seq: int, arrived: Arrived) -> None:
        if place == 1 and not held_up and seq >= self._first:
            held_up.append((self, seq, replace(arrived, room=bytearray(arrived.room))))
            return
        if place == 1 and len(held_up) == 1 and seq == held_up[0][1] + 1:
            assert all((one.window.newest or 0) < held_up[0][1] for one in self._outlets)
            late, *what = held_up[0]
            held_up.append(())
            real(late, 1, *what)
        real(self, place, seq, arrived)

    monkeypatch.setattr(pipeline.Pipeline, "_take", lag)
    async with many.run() as run:
        assert len(held_up) == 2
        assert run.channel.status().restarts == 0
        checked(run)


async def test_what_web_sees_of_the_sizes(many: Bench, tmp_path: Path) -> None:
    async with many.run() as run:
        subtitles = ChannelSubtitles(
            run.channel.grid, (), aired=run.channel.asrun, shelf=many.shelf, store=SubtitleStore(tmp_path),
            sources=many.shelf.sources, keep=run.channel.window.keep,
        )  # fmt: skip
        seen = ChannelSeen(run.channel, lambda _id: None, subtitles)
        sizes = [seen.variant(), *(one.variant() for one in seen.renditions())]
        assert [(one.width, one.height) for one in sizes if one] == [(160, 90), (128, 72), (96, 54)]
        assert [one.name for one in seen.renditions()] == ["72p", "54p"]
        assert [one.window for one in seen.renditions()] == list(run.channel.windows[1:])
        rates = [one.average for one in sizes if one]
        assert rates == sorted(rates, reverse=True)
        assert seen.status()["sizes"] == ["90p", "72p", "54p"]


async def test_a_filter_makes_every_size_anew(many: Bench) -> None:
    async with many.run(LiveSettings(video_filter="negate")) as run:
        await run.air(3)
        names = [window.get(run.channel.on_air_seq()) for window in run.channel.windows]
        assert [one.rendition[: len(name)] for one, name in zip(names, NAMES, strict=True) if one] == NAMES
        assert len({one.rendition[len(name) :] for one, name in zip(names, NAMES, strict=True) if one}) == 1
        assert not any(one.is_light for one in names if one)


async def test_a_size_that_is_added_begins_with_what_comes(many: Bench) -> None:
    """The channel's own window goes on, a size it already had too, a new one begins with the next segment."""

    def without(house: HouseFormat, place: int) -> HouseFormat:
        return replace(house, renditions=house.renditions[:place])

    old = many.channel()
    old.output = replace(old.output, house=without(old.output.house, 1))
    old.windows = old.windows[:2]
    new = Channel(
        old.config, old.live, many.channel().output, clock=many.clock, ffmpeg=many.ffmpeg, promise=old.promise,
        assets=many.shelf, asrun=old.asrun, renditions=old.renditions, after=old,
    )  # fmt: skip
    assert new.windows[:2] == old.windows
    assert new.windows[2].newest is None
    assert isinstance(new.feeding, Choice | None)
