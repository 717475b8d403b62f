"""A whole television, watched by viewers who complain of everything."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from clips import Clips

from tvd.media.ffmpeg import Ffmpeg

sys.path.insert(0, str(Path(__file__).parent))

from television import Television

Decode = Callable[[bytes], str]


@pytest.fixture(scope="session")
def videos(clips: Clips, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of three short clips, none like the other."""
    folder = tmp_path_factory.mktemp("videos")
    for name in ("plain", "mono 22050", "sound longer"):
        shutil.copy(clips.get(name), folder)
    return folder


@pytest.fixture(scope="session")
def more_videos(clips: Clips, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another folder of two short clips."""
    folder = tmp_path_factory.mktemp("more-videos")
    for name in ("long", "portrait"):
        shutil.copy(clips.get(name), folder)
    return folder


@pytest.fixture(scope="session")
def decode(ffmpeg: Ffmpeg) -> Decode:
    """Decode a file to the end and return everything ffmpeg had to say against it."""

    def run(data: bytes, kind: str = "mp4") -> str:
        argv = [ffmpeg.path, "-hide_banner", "-v", "warning", "-xerror", "-f", kind, "-i", "pipe:0", "-f", "null", "-"]
        done = subprocess.run(argv, input=data, check=False, capture_output=True, timeout=60)
        return done.stderr.decode(errors="replace") or ("" if done.returncode == 0 else f"exit {done.returncode}")

    return run


@pytest.fixture(scope="session")
def television(videos: Path, more_videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Television]:
    """One television for all tests that leave it as it was: two good channels."""
    channels = [
        {"number": 1, "name": "One", "slug": "one", "folders": [str(videos)]},
        {"number": 2, "name": "Two", "slug": "two", "folders": [str(more_videos)]},
    ]
    with Television(tmp_path_factory.mktemp("television"), channels).start() as running:
        yield running.ready()
