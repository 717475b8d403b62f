"""Running a generated input through a real ffmpeg, to decoded frames and samples."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from tvd.media.demo import GraphInput
from tvd.media.house import HouseFormat


@dataclass(frozen=True)
class Run:
    """What came out: frames as raw yuv420p ``(n, bytes)``, sound ``(samples, 2)`` 0 to 1, ffmpeg's warnings."""

    frames: NDArray[np.uint8]
    sound: NDArray[np.float64]
    stderr: str


Runner = Callable[[GraphInput, HouseFormat, int], Run]


@pytest.fixture(scope="session")
def binary() -> str:
    return shutil.which("ffmpeg") or imageio_ffmpeg.get_ffmpeg_exe()


@pytest.fixture
def run(tmp_path: Path, binary: str) -> Runner:
    def runner(made: GraphInput, house: HouseFormat, frames: int, ffmpeg: str = binary) -> Run:
        samples = frames * 48_000 // house.grid.fps
        video, audio = tmp_path / "out.yuv", tmp_path / "out.pcm"
        argv = [
            *(ffmpeg, "-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning", "-y", *made.args),
            *("-filter_complex", f"{made.video},trim=end_frame={frames},format=yuv420p[v]"),
            *("-filter_complex", f"{made.audio},atrim=end_sample={samples}[a]"),
            *("-map", "[v]", "-fps_mode", "passthrough", "-f", "rawvideo", str(video)),
            *("-map", "[a]", "-f", "s16le", str(audio)),
        ]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        size = house.width * house.height * 3 // 2
        return Run(
            np.fromfile(video, np.uint8).reshape(-1, size),
            np.fromfile(audio, "<i2").reshape(-1, 2) / 32768,
            done.stderr,
        )

    return runner
