"""Small encodes on the grid, shared by the tests of everything that cuts, stores, carries and joins segments."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from gridded import Cuttings

from tvd.media.ffmpeg import Ffmpeg


@pytest.fixture(scope="session")
def cuttings(ffmpeg: Ffmpeg) -> Cuttings:
    """Return the maker of clips; each is made once per session."""
    return Cuttings(ffmpeg.path)
