"""The wheel is whole: installed in an environment of its own, far from the checkout, tvd checks, runs and serves."""

import os
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the wheel; what tvd depends on it takes from the environment of the tests."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = folder.glob("tvd-*.whl")
    venv.create(folder / "venv", with_pip=False)
    [packages] = (folder / "venv").glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "venv" / "bin" / "python"


def environment(**more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("TVD_", "PYTHON"))}
    return clean | more


def test_an_installed_tvd_is_the_wheels_and_finds_its_configuration(installed: Path, tmp_path: Path) -> None:
    where = [str(installed), "-c", "import tvd; print(tvd.__file__)"]
    found = subprocess.run(where, cwd=tmp_path, env=environment(), check=True, capture_output=True, text=True)
    assert Path(found.stdout.strip()).is_relative_to(installed.parents[1])
    check = subprocess.run(
        [str(installed), "-m", "tvd", "check"], cwd=tmp_path, env=environment(), check=False, capture_output=True
    )
    assert (check.returncode, check.stderr) == (0, b"")


def test_an_installed_tvd_serves_its_page(installed: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    small = environment(
        TVD_HOUSE_WIDTH="160", TVD_HOUSE_HEIGHT="90", TVD_HOUSE_PRESET="ultrafast", TVD_NORMALISER_JOBS="1"
    )
    run = [str(installed), "-m", "tvd", "run", "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(run, cwd=tmp_path, env=small, stderr=subprocess.PIPE) as tvd:
        try:
            page = _get(f"http://127.0.0.1:{port}/", tvd)
            script = page.partition('src="')[2].partition('"')[0]
            assert "import" in _get(f"http://127.0.0.1:{port}{script}", tvd)
        finally:
            tvd.send_signal(signal.SIGTERM)
            _, said = tvd.communicate(timeout=20)
    assert tvd.returncode == 0, said.decode()
    assert (tmp_path / "data").is_dir()


def _get(url: str, tvd: "subprocess.Popen[bytes]") -> str:
    """Return what a URL answers once there is an answer."""
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                text: str = answer.read().decode()
                return text
        except urllib.error.URLError:
            assert tvd.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)  # between two questions, as a browser would
