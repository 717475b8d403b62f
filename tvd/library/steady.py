"""Sound that changes its channels or rate within a file, made one even stream first.

ffmpeg begins the filters of a sound, and their count of samples, again wherever that happens. Decoding it to plain
samples in a process of its own gets over such places: what comes out has one format and one clock.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tvd.errors import SourceRefusedError
from tvd.library.making import explain
from tvd.media.process import Limits, child
from tvd.media.sandbox import sandboxed

FILE: Final = "sound.nut"


async def make_steady(argv: Sequence[str], folder: Path, limits: Limits, seconds: float) -> None:
    """Run ``argv``, which writes :data:`FILE` into ``folder``; ``seconds`` is the longest it may take.

    Raises :class:`SourceRefusedError` or :class:`~tvd.library.making.JobFailedError` as encoding does.
    """
    try:
        async with asyncio.timeout(seconds), child(sandboxed(argv, writable=[folder]), limits=limits) as ffmpeg:
            failure = explain(await ffmpeg.wait())
    except TimeoutError:
        raise SourceRefusedError(f"reading the sound took longer than {seconds:.0f} s") from None
    if failure is not None:
        raise failure
