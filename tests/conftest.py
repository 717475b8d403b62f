"""Fixtures for every test: the ffmpeg that tvd would use, and real media made once per session."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tvd.media.ffmpeg import Ffmpeg, find_ffmpeg

# Tests are no package (import mode importlib): the helper module they share is found beside this file.
sys.path.insert(0, str(Path(__file__).parent))

from clips import Clips


@pytest.fixture(scope="session")
def ffmpeg() -> Ffmpeg:
    """Return the ffmpeg that tvd would use here, or the one that the configuration's variable names."""
    return asyncio.run(find_ffmpeg(os.environ.get("TVD_FFMPEG_BINARY", "auto")))


@pytest.fixture(scope="session")
def clips(ffmpeg: Ffmpeg, tmp_path_factory: pytest.TempPathFactory) -> Clips:
    """Return the maker of clips; each is made once per session."""
    return Clips(ffmpeg.path, tmp_path_factory.mktemp("clips"))
