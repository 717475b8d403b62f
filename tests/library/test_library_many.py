"""Twenty thousand files: the loop stays free, and the first sources do not wait for the last."""

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

from tvd.library.keeper import Timing
from tvd.media.readers import Readers

MANY = 20_000
PRETENDER = """
from tvd.media import probe_child as real
from tvd.media import probing
from tvd.media.probe import Probe, VideoTrack
video = (VideoTrack(index=0, codec="h264", width=160, height=90),)
probing.probe = lambda path: Probe(container="x", duration=60.0, video=video, tags={"title": path[-12:]})
real.main()
"""


async def lag(worst: list[float]) -> None:
    """Note how long the loop works between two chances to do something else, in seconds.

    In processor time of its thread: what other processes of a busy machine take is no fault of the library.
    """
    while True:
        before = time.thread_time()
        await asyncio.sleep(0.005)
        worst.append(time.thread_time() - before)


def fill(folder: Path) -> None:
    for number in range(MANY):
        path = folder / f"{number % 100}" / f"Episode {number}.mkv"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(number.to_bytes(4, "big"))
        os.utime(path, (1e9, 1e9))


async def test_twenty_thousand_files(stage: Any, tmp_path: Path) -> None:
    """Files of a few bytes and a child that pretends to probe, so that what is measured is the library."""
    fill(stage.folder)
    script = tmp_path / "pretender.py"
    script.write_text(PRETENDER)

    async def session() -> tuple[int, list[float]]:
        readers = Readers(3, argv=[sys.executable, "-P", "-B", str(script)])
        worst: list[float] = []
        async with stage.library(readers=readers, timing=Timing()) as library:
            watching = asyncio.create_task(lag(worst))
            await library.set_folders([stage.folder])
            version = 0
            while not any(it.schedulable for it in library.sources([stage.folder])):
                version = await library.changed(version)
            first = len(library.sources([stage.folder]))
            report = await library.scan()
            watching.cancel()
            assert report.ready == MANY
            assert len(library.sources([stage.folder])) == MANY
            return first, sorted(worst)

    for known in (False, True):
        first, lags = await session()
        print(f"{first} sources at first, busy {lags[-1] * 1e3:.0f} ms at most")  # noqa: T201 - with -s
        assert known or first < MANY, "the first sources waited for the last"
        assert lags[int(len(lags) * 0.98)] < 0.05
