"""``scan`` and ``guide`` on a real library."""

import itertools
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tvd.cli import main, table
from tvd.media.demo import GENERATORS


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration with a library of one film and one file that is none, and a demo channel."""
    folder = tmp_path / "films"
    folder.mkdir()
    picture = ["-f", "lavfi", "-i", "testsrc2=s=64x64:r=10:d=2", "-c:v", "libx264", "-preset", "ultrafast"]
    film = folder / "A film\twith a tab.mp4"
    subprocess.run(
        [str(shutil.which("ffmpeg")), "-v", "error", *picture, f"file:{film}"], check=True, stdin=subprocess.DEVNULL
    )
    (folder / "notes.mkv").write_text("no film at all")
    for path in folder.iterdir():
        os.utime(path, (1e9, 1e9))  # long settled, not being copied in
    path = tmp_path / "config.toml"
    path.write_text(
        '[[channels]]\nnumber = 1\nname = "Films"\nfolders = ["films"]\n'
        '[[channels]]\nnumber = 2\nname = "Sky"\ngenerator = "night-sky"\n'
    )
    return path


def test_scan_lists_every_source(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["scan", "--config", str(config)]) == 0
    captured = capsys.readouterr()
    head, *lines = captured.out.splitlines()
    assert head.split() == ["state", "duration", "size", "codec", "title", "series", "year", "genre", "file", "reason"]
    [film] = [line for line in lines if line.startswith("ready") and "h264" in line]
    assert "0:00:02" in film
    assert r"A film\twith a tab.mp4" in film
    [refused] = [line for line in lines if line.startswith("refused")]
    assert "notes.mkv" in refused
    assert "not a readable" in refused
    assert any("demo:night-sky:1" in line for line in lines)
    assert "2 files: 1 ready, 1 refused" in captured.err


def test_guide_as_json_goes_on_without_a_gap(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["guide", "--config", str(config), "--hours", "1", "--json"]) == 0
    films, sky = json.loads(capsys.readouterr().out)
    assert (films["slug"], sky["number"]) == ("films", 2)
    for channel in (films, sky):
        programmes = channel["programmes"]
        assert len(programmes) > 3
        assert all(a["seq_stop"] == b["seq_start"] for a, b in itertools.pairwise(programmes))
        assert all(a["stop"] == b["start"] for a, b in itertools.pairwise(programmes))
    assert films["programmes"][0]["title"].startswith("A film")


def test_guide_for_people(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["guide", "--config", str(config), "--channel", "sky", "--from", "-1h", "--hours", "2"]) == 0
    name, day, *programmes = capsys.readouterr().out.splitlines()
    assert name == "2 Sky"
    assert day.startswith("  ")
    titles = [programme.title for programme in GENERATORS["night-sky"].programmes()]
    assert any(title in line for title in titles for line in programmes)


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--channel", "news"], "there are: films, sky"),
        (["--from", "tomorrow"], "-2h"),
        (["--hours", "0"], "above 0"),
        (["--hours", "many"], "above 0"),
    ],
)
def test_wrong_words_are_explained(
    config: Path, argv: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["guide", "--config", str(config), *argv]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert says in captured.err


def test_tables_align_wide_characters_and_show_control_characters() -> None:
    lines = list(table.table(("a", "b"), [("日本", "x"), ("\x1b[31m", "y"), ("\udcff", "")]))
    assert lines == ["a         b", "日本      x", r"\x1b[31m  y", r"\udcff"]


@pytest.mark.parametrize(("count", "text"), [(0, "0 B"), (999, "999 B"), (1340, "1.34 kB"), (5e13, "50 TB")])
def test_sizes(count: float, text: str) -> None:
    assert table.size(count) == text


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0:00:00"), (59.6, "0:01:00"), (3723, "1:02:03")])
def test_durations(seconds: float, text: str) -> None:
    assert table.clock(seconds) == text


def test_check_names_rules_that_cannot_hold(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = '[[channels.events]]\nname = "Opera"\nat = "20:00"\ngenres = ["opera"]\n'
    rules += '[[channels.blocks]]\nname = "Films"\ntitle = ["a film*"]\n'
    text = config.read_text()
    config.write_text(text.replace('folders = ["films"]\n', f'folders = ["films"]\nrepeat = "1h"\n{rules}'))
    assert main.run(["check", "--config", str(config)]) == 0
    *named, good = capsys.readouterr().out.splitlines()
    assert [line.removeprefix(f"{config}: ") for line in named] == [
        "channels.films.events.Opera: warning: nothing is selected by it: it is left out",
        "channels.films.repeat: warning: all programmes together last 0 min: what aired longest ago airs again sooner",
    ]
    assert "good, 2 channels" in good
    assert not (config.parent / "data").exists()
