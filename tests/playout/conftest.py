"""Real small assets on a shelf, and channels that air them by a clock turned by hand."""

import sys
from pathlib import Path

import pytest

sys.path += [str(Path(__file__).parents[1] / "media_core"), str(Path(__file__).parent)]

from gridded import Cuttings
from playhouse import Bench, Shelf, TurnedClock

from tvd.media.ffmpeg import Ffmpeg
from tvd.playout import pipeline


@pytest.fixture(scope="session")
def cuttings(ffmpeg: Ffmpeg) -> Cuttings:
    """Return the maker of clips; each is made once per session."""
    return Cuttings(ffmpeg.path)


@pytest.fixture(name="shelf")
def _shelf(cuttings: Cuttings, tmp_path: Path) -> Shelf:
    """Return a shelf with a slate and three sources: of 7, 5 and 9 segments."""
    shelf = Shelf(tmp_path / "assets", cuttings.clip(picture="color=gray", tone=100, segments=2))
    for source, segments, picture in (("a", 7, "testsrc2"), ("b", 5, "smptebars"), ("c", 9, "rgbtestsrc")):
        shelf.put(source, cuttings.clip(picture=picture), segments)
    return shelf


@pytest.fixture(name="bench")
def _bench(shelf: Shelf, ffmpeg: Ffmpeg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    clock = TurnedClock()
    monkeypatch.setattr(pipeline, "sleep_until", clock.sleep_until)
    return Bench(shelf, ffmpeg, tmp_path / "channels", clock)
