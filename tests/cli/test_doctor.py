"""Doctor on this very machine: it looks for real, so do its tests."""

import socket
from argparse import Namespace
from pathlib import Path

import pytest
from msgspec.structs import replace

from tvd.cli import doctor, machine, tools
from tvd.cli.finding import Finding
from tvd.config.model import Channel, Config, Ffmpeg, House, Server, Storage

SMALL = House(width=160, height=90)


def about(findings: list[Finding], what: str) -> list[Finding]:
    return [finding for finding in findings if finding.about == what]


async def test_a_machine_that_runs_tvd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.toml").write_text(
        "[house]\nwidth = 160\nheight = 90\n"
        '[[channels]]\nnumber = 1\nname = "One"\ngenerator = "test-card"\n'
        '[[channels]]\nnumber = 2\nname = "Two"\nfolders = ["gone"]\n'
    )
    monkeypatch.chdir(tmp_path)
    assert await doctor.main(Namespace(config=None)) == 0
    lines = capsys.readouterr().out.splitlines()
    seen = {line[6:20].strip(): line for line in lines}
    assert {"configuration", "ffmpeg", "encoder", "sandbox", "machine", "data", "disk", "time", "port"} <= seen.keys()
    assert any(line.startswith("ok") and "libx264 works at 160x90" in line for line in lines)
    assert any(line.startswith("warn") and "gone" in line for line in lines)


async def test_a_wrong_configuration_does_not_keep_it_from_looking(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[house]\nfps = 31\n")
    assert await doctor.main(Namespace(config=path)) == 2
    text = capsys.readouterr().out
    assert "house.fps" in text
    assert "libx264 works" in text


async def test_no_ffmpeg_is_a_failure(tmp_path: Path) -> None:
    fake = tmp_path / "ffmpeg"
    fake.write_text("#!/bin/sh\necho 'ffmpeg version 4.4.1 Copyright'\n")
    fake.chmod(0o755)
    config = Config(path=Path(), ffmpeg=Ffmpeg(binary=str(fake)))
    findings = [finding async for finding in tools.examine(config)]
    [failed] = about(findings, "ffmpeg")
    assert failed.state == "fail"
    assert "older than 5.1" in failed.text


async def test_a_wanted_encoder_that_does_not_work_is_a_warning() -> None:
    config = Config(path=Path(), house=replace(SMALL, encoder="h264_imagined"))
    findings = [finding async for finding in tools.examine(config)]
    [wanted] = [finding for finding in about(findings, "encoder") if "imagined" in finding.text]
    assert wanted.state == "warn"
    assert "libx264 is used" in wanted.text


def test_a_taken_port_is_a_warning() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = Config(path=Path(), server=Server(host="127.0.0.1", port=port), storage=Storage(data=Path.cwd()))
        [finding] = about(list(machine.examine(config)), "port")
    assert finding.state == "warn"
    assert "already" in finding.text


def test_storage_and_folders(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "film").touch()
    channel = Channel(number=1, name="x", slug="x", folders=(tmp_path / "empty", tmp_path / "gone", tmp_path))
    storage = Storage(data=tmp_path / "film/data", assets_max=10**18, source_min_free=10**17)
    findings = list(machine.examine(Config(path=Path(), storage=storage, channels=(channel,))))
    assert [finding.state for finding in about(findings, "folder")] == ["ok", "warn", "warn"]
    [disk] = about(findings, "disk")
    assert (disk.state, "source_min_free" in disk.text) == ("fail", True)
    [roomy] = about(list(machine.examine(Config(path=Path(), storage=replace(storage, source_min_free=0)))), "disk")
    assert (roomy.state, "assets_max" in roomy.text) == ("warn", True)
