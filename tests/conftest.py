"""Fixtures for every test: the ffmpeg that tvd would use, and real media made once per session."""

import asyncio
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tvd.media.ffmpeg import Ffmpeg, find_ffmpeg

# Tests are no package (import mode importlib): the one helper module they share is made importable here.
if "clips" not in sys.modules:
    _spec = importlib.util.spec_from_file_location("clips", Path(__file__).with_name("clips.py"))
    assert _spec is not None
    assert _spec.loader is not None
    sys.modules["clips"] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules["clips"])

if TYPE_CHECKING:
    from clips import Clips


@pytest.fixture(scope="session")
def ffmpeg() -> Ffmpeg:
    """Return the ffmpeg of this machine."""
    return asyncio.run(find_ffmpeg())


@pytest.fixture(scope="session")
def clips(ffmpeg: Ffmpeg, tmp_path_factory: pytest.TempPathFactory) -> "Clips":
    """Return the maker of clips; each is made once per session."""
    from clips import Clips

    return Clips(ffmpeg.path, tmp_path_factory.mktemp("clips"))
