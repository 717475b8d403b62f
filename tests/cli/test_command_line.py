"""The command line: usage, exit codes, and that every failure is one friendly line."""

import argparse
import asyncio
import os
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tvd
from tvd.cli import command, main
from tvd.cli.command import Command, configured
from tvd.config.model import Config
from tvd.errors import SourceRefusedError

GOOD = '[[channels]]\nnumber = 1\nname = "One"\ngenerator = "test-card"\n'


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Commands say how their process waits for its children; the tests that come after in it do not mean that."""
    yield
    if sys.version_info < (3, 12):
        asyncio.set_child_watcher(None)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder and an environment without TVD_… variables."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("TVD_")]:
        monkeypatch.delenv(name)
    return tmp_path


def nothing(_parser: ArgumentParser) -> None:
    pass


def raising(error: BaseException) -> tuple[Command, ...]:
    async def fail(_args: Namespace) -> int:
        raise error

    return (Command("fail", "fail", nothing, fail),)


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["--version"]) == 0
    assert capsys.readouterr().out == f"tvd {tvd.__version__}\n"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["--help"]) == 0
    text = capsys.readouterr().out
    for each in main.COMMANDS:
        assert f"\n    {each.name} " in text
        assert main.run([each.name, "--help"]) == 0


@pytest.mark.parametrize("argv", [["chekc"], ["check", "--colour"], ["check", "--config"], ["check", "more"]])
def test_wrong_usage_is_exit_code_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(argv) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "error:" in captured.err


def test_check_says_what_is_good(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "config.toml").write_text(GOOD)
    assert main.run(["check"]) == 0
    assert capsys.readouterr().out == f"{here}/config.toml: good, 1 channel: 1 one\n"


def test_check_without_a_file_uses_the_one_that_came_with_tvd(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["check"]) == 0
    assert "test-card" in capsys.readouterr().out
    assert command.load_for(Namespace(config=None)).config.storage.data == here / "data"


@pytest.mark.parametrize("argv", [["check", "--config", "my.toml"], ["--config", "my.toml", "check"]])
def test_config_may_stand_before_or_after_the_command(
    here: Path, argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "my.toml").write_text(GOOD)
    assert main.run(argv) == 0
    assert "my.toml: good" in capsys.readouterr().out


def test_check_prints_one_line_for_each_fault(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "config.toml").write_text(f"[server]\nprot = 1\n[house]\nfps = 29.97\n{GOOD}")
    assert main.run(["check"]) == 2
    port, fps = capsys.readouterr().out.splitlines()
    assert port.startswith(f"{here}/config.toml: server.prot: ")
    assert "24, 25, 30, 50, 60" in fps


def test_check_warns_of_missing_folders_and_is_content(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "config.toml").write_text(GOOD.replace('generator = "test-card"', 'folders = ["gone"]'))
    assert main.run(["check"]) == 0
    warning, good = capsys.readouterr().out.splitlines()
    assert "channels[1].folders[1]: warning: " in warning
    assert "good" in good


async def test_the_command_line_goes_over_everything(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "config.toml").write_text(f"[server]\nport = 1000\n{GOOD}")
    monkeypatch.setenv("TVD_SERVER_PORT", "2000")
    loaded = command.load_for(Namespace(config=None, host="127.0.0.1", port=3000))
    assert (loaded.config.server.host, loaded.config.server.port) == ("127.0.0.1", 3000)
    assert command.load_for(Namespace(config=None)).config.server.port == 2000


def listen(parser: ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=argparse.SUPPRESS)


@pytest.mark.parametrize("argv", [["--port", "9"], ["run", "--port", "9"], ["--port", "9", "run"]])
def test_the_default_command_needs_no_name(here: Path, argv: list[str]) -> None:
    seen: list[int] = []

    async def serve(config: Config, _args: Namespace) -> int:
        seen.append(config.server.port)
        return 0

    (here / "config.toml").write_text(GOOD)
    commands = (Command("run", "serve", listen, configured(serve)), *raising(AssertionError()))
    assert main.run(argv, commands) == 0
    assert seen == [9]


def test_a_configured_command_is_not_run_with_a_wrong_configuration(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def serve(_config: Config, _args: Namespace) -> int:
        raise AssertionError

    (here / "config.toml").write_text("[server]\nport = 0")
    assert main.run([], (Command("run", "serve", listen, configured(serve)),)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "server.port" in captured.err


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (SourceRefusedError("film.mp4 has no picture"), "tvd fail: film.mp4 has no picture"),
        (PermissionError(13, "Permission denied", "out.mp4"), "Permission denied: 'out.mp4'"),
        (KeyboardInterrupt(), "tvd fail: interrupted"),
    ],
)
def test_failures_are_one_line(error: BaseException, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["fail"], raising(error)) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert says in captured.err
    assert len(captured.err.splitlines()) == 1


def test_a_bug_is_a_log_event(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["fail"], raising(ZeroDivisionError("oh"))) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "crashed" in captured.err


def program(*argv: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run ``python -m tvd`` as a user would, from the current folder."""
    environ = os.environ | {"PYTHONPATH": str(Path(tvd.__file__).parents[1])}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.run([sys.executable, "-m", "tvd", *argv], env=environ, text=True, check=False, **pipes)


def test_it_runs_as_a_program(here: Path) -> None:
    (here / "config.toml").write_text(GOOD)
    done = program("check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("1 one\n")


def test_a_reader_that_has_had_enough_is_no_failure(here: Path) -> None:
    (here / "config.toml").write_text(GOOD)
    reading, writing = os.pipe()
    os.close(reading)
    done = program("check", stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_result_that_cannot_be_written_is_a_failure(here: Path) -> None:
    (here / "config.toml").write_text(GOOD)
    with Path("/dev/full").open("w") as full:
        done = program("check", stdout=full)
    assert done.returncode == 1
    assert done.stderr == "tvd check: [Errno 28] No space left on device\n"
