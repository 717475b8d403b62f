"""Encoders that stand still so that others keep up: for real, with nothing lost and no deadline missed by it."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from studios import HOUSE, TREATMENT, Studio, coded, source_of, until
from test_making_assets import encoders

from tvd.library.job import Job
from tvd.library.making import Output, Turn, encode
from tvd.library.source import Source
from tvd.media.analysis import Analysis
from tvd.media.asset_file import AssetFileWriter
from tvd.media.cutter import SegmentCutter
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.initialisation import Initialisation
from tvd.media.normalise import normalise_argv
from tvd.media.process import Limits


async def test_a_deadline_does_not_run_while_it_is_held() -> None:
    turn = Turn()
    turn.hold(True)
    meanwhile: list[float | None] = []
    async with asyncio.timeout(60) as limit:
        before = limit.when()
        asyncio.get_running_loop().call_later(0.1, lambda: (meanwhile.append(limit.when()), turn.hold(False)))
        await turn.wait(limit)
    assert before is not None
    assert turn.held >= 0.1
    assert meanwhile == [None]
    assert limit.when() == before + turn.held


async def test_an_encoder_that_is_held_stands_still_and_then_goes_on(
    ffmpeg: Ffmpeg, long_source: Source, tmp_path: Path
) -> None:
    written, segments = 0, long_source.segments(HOUSE.grid)

    def on_written(ready: int, _size: int) -> None:
        nonlocal written
        written = ready
        turn.hold(ready >= 3 and not turn.held)

    turn = Turn()
    making = asyncio.create_task(_encode(ffmpeg, long_source, tmp_path / "asset.mp4", on_written, Limits(), turn))
    await until(lambda: turn.held)
    (encoder,) = encoders()
    before = written
    await _stands_still(encoder)
    assert encoder.is_running()
    assert 3 <= written == before < segments
    turn.hold(False)
    await making
    assert len(coded(tmp_path / "asset.mp4")) == segments


async def test_of_two_that_air_now_one_keeps_up_at_the_cost_of_the_other(studio: Studio, long_clip: Path) -> None:
    """The clips say that they last for an hour, so that both go on making."""
    first, second = (source_of(long_clip, name=name, duration=3600.0) for name in ("first", "second"))
    studio.normaliser.cores = 2
    studio.want(first, second, in_seconds=0.0)
    await until(lambda: all((asset := studio.find(one)) and asset.ready for one in (first, second)))
    jobs = [entry.job for entry in studio.normaliser._backlog.entries.values() if isinstance(entry.job, Job)]
    # Much later all that was made has aired: both are short of time from then on.
    studio.normaliser._now_ns = lambda: time.time_ns() + 10**15
    await until(lambda: len(encoders()) == 2 and sum(not job.turn.going for job in jobs) == 1)


async def test_what_airs_soon_steps_back_for_nobody_until_it_is_ahead(
    ffmpeg: Ffmpeg, long_source: Source, tmp_path: Path
) -> None:
    turn, usual = Turn(), os.nice(0)
    seen: list[int] = []

    def on_written(ready: int, _size: int) -> None:
        if turn.pressed:
            (encoder,) = encoders()
            # Every thread of it, not only the first.
            seen.extend(os.getpriority(os.PRIO_PROCESS, thread.id) for thread in encoder.threads())
        turn.pressed = ready < 2
        turn.hold(ready >= 2 and not turn.held)

    turn.pressed = True
    making = asyncio.create_task(_encode(ffmpeg, long_source, tmp_path / "asset.mp4", on_written, Limits(nice=7), turn))
    await until(lambda: turn.held)
    assert set(seen) == {usual}
    (encoder,) = encoders()
    turn.hold(False)
    await until(lambda: {os.getpriority(os.PRIO_PROCESS, thread.id) for thread in encoder.threads()} == {usual + 7})
    await making
    assert len(coded(tmp_path / "asset.mp4")) == long_source.segments(HOUSE.grid)


async def _encode(
    ffmpeg: Ffmpeg, source: Source, to: Path, on_written: Callable[[int, int], None], limits: Limits, turn: Turn
) -> None:
    segments = source.segments(HOUSE.grid)
    assert source.path is not None
    argv = normalise_argv(ffmpeg, source.path, source.probe, HOUSE, TREATMENT, Analysis(), segments)

    def open_writer(initialisation: Initialisation) -> AssetFileWriter:
        return AssetFileWriter(to, initialisation, HOUSE.grid)

    await encode(argv, SegmentCutter(HOUSE.grid), Output(HOUSE, open_writer, on_written), limits, 60.0, turn=turn)


async def _stands_still(process: psutil.Process) -> None:
    """Wait until ``process`` uses no processor time any more."""
    spent = None
    async with asyncio.timeout(30):
        while spent != (spent := process.cpu_times()):
            await asyncio.sleep(0.3)
