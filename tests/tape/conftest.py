"""One tape of everything, made and examined once per session."""

import asyncio
import sys
from pathlib import Path

import pytest

# Tests are no package: `bench`, which examines tapes, is found beside them.
sys.path.append(str(Path(__file__).parents[2]))

from clips import Clips
from zoo import everything

from bench.taping import Examined, fill, tape_folder
from tvd.media.ffmpeg import Ffmpeg


@pytest.fixture(scope="session")
def media(clips: Clips, ffmpeg: Ffmpeg) -> dict[str, Path]:
    """Return every clip there is, by name."""
    return everything(clips, ffmpeg)


@pytest.fixture(scope="session")
def tape(media: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Examined:
    """Return a tape of a channel over all of it, of more joins than there are clips."""
    work = tmp_path_factory.mktemp("tape")
    fill(work / "media", media.values())
    return asyncio.run(tape_folder(work, work / "media", len(media) + 10))
