"""The configuration as a whole: what is right is read, everything that is wrong is named at once."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tvd.config import channels, model
from tvd.config.fields import Reader
from tvd.config.load import SECTIONS, Loaded, load
from tvd.errors import ConfigError
from tvd.media import demo
from tvd.media.house import HOUSE_RATES

ROOT = Path(__file__).parents[2]
ONE = '[[channels]]\nnumber = 1\nname = "One"\ngenerator = "test-card"\n'

Load = Callable[..., Loaded]


@pytest.fixture
def config(tmp_path: Path) -> Load:
    """Load a text as ``config.toml`` of a fresh folder, with TVD_… variables given by keyword."""

    def load_text(text: str, **environ: str) -> Loaded:
        path = tmp_path / "config.toml"
        path.write_text(text)
        return load(path, environ)

    return load_text


def faults(call: Callable[..., Loaded], *args: str, **environ: str) -> dict[str, str]:
    """Return key → text of the faults that a call ends in."""
    with pytest.raises(ConfigError) as caught:
        call(*args, **environ)
    return {fault.key: fault.what for fault in caught.value.faults}


def test_the_shipped_file_works_with_no_media() -> None:
    loaded = load(ROOT / "config.toml", {})
    assert len(loaded.config.channels) >= 3
    assert all(channel.generator for channel in loaded.config.channels)
    assert not loaded.warnings
    house = loaded.config.house
    assert (house.width, house.height, house.fps) == (1280, 720, 30)


def test_everything_the_shipped_file_shows_commented_is_right_too(config: Load, tmp_path: Path) -> None:
    (tmp_path / "Videos/films").mkdir(parents=True)
    lines = (ROOT / "config.toml").read_text().replace("~/Videos", "Videos").splitlines()
    # A commented key looks like "# key = value" or "# [table]"; prose does not.
    shown = [line.removeprefix("# ") if msgspec_like(line) else line for line in lines if not line.startswith("#     ")]
    loaded = config("\n".join(shown))
    assert not loaded.warnings
    defaults = {name: kind() for name, kind in SECTIONS.items() if name != "storage"}
    assert {name: getattr(loaded.config, name) for name in defaults} == defaults
    late = loaded.config.channels[-1]
    assert (late.name, late.house.fit, late.order) == ("Late Night", "blur", "shuffle")
    assert "localtime" in late.ffmpeg.video_filter


def msgspec_like(line: str) -> bool:
    body = line.removeprefix("# ")
    return line.startswith("# ") and (body.startswith("[") or " = " in body.partition("#")[0])


def test_defaults_and_merging(config: Load, tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    loaded = config(
        """
        [house]
        fps = 25
        video_bitrate = "1.5M"
        [ffmpeg]
        loglevel = "error"
        [[channels]]
        number = 9
        name = "Late Night"
        folders = ["films"]
        order = "sequential"
        [channels.house]
        fit = "crop"
        [channels.ffmpeg]
        output_args = ["-tune", "film"]
        [[channels]]
        number = 2
        name = "Demo"
        generator = "patterns"
        """
    )
    demo, late = loaded.config.channels  # by number, whatever the order in the file
    assert (demo.slug, demo.house.fps, demo.house.fit) == ("demo", 25, "pad")
    assert late == model.Channel(
        number=9,
        name="Late Night",
        slug="late-night",
        folders=(tmp_path / "films",),
        order="sequential",
        house=model.House(fps=25, video_bitrate=1_500_000, fit="crop"),
        ffmpeg=model.Ffmpeg(loglevel="error", output_args=("-tune", "film")),
    )
    assert loaded.config.storage.data == tmp_path / "data"
    assert loaded.watch == (tmp_path / "config.toml", tmp_path / "data" / "channels.toml")


def test_home_and_relative_paths(config: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    (tmp_path / "me/films").mkdir(parents=True)
    channel = '[[channels]]\nnumber = 1\nname = "x"\nfolders = ["~/films"]\n'
    loaded = config(f'[storage]\ndata = "var/tvd"\n{channel}')
    assert loaded.config.storage.data == tmp_path / "var/tvd"
    assert loaded.config.channels[0].folders == (tmp_path / "me/films",)


@pytest.mark.parametrize(
    ("text", "key", "says"),
    [
        ("[server]\nprot = 1", "server.prot", 'did you mean "port"'),
        ("[servr]\nport = 1", "servr", 'did you mean "server"'),
        ("zzz = 1", "zzz", "known are"),
        ("server = 3", "server", "is not a table"),
        ('[server]\nport = "http"', "server.port", '"http" is not a port: a whole number from 1 to 65535'),
        ("[server]\nport = 0", "server.port", "0 is not a port"),
        ("[server]\nport = true", "server.port", "true is not a port"),
        ('[server]\ntitle = ""', "server.title", "1 to 100 characters"),
        ('[server]\ntitle = "a\\nb"', "server.title", "one line"),
        ('[server]\npublic_url = "tv.example.org"', "server.public_url", "https://tv.example.org"),
        ('[server]\npublic_url = "http://x:y/"', "server.public_url", "is no address"),
        ('[server]\ntrusted_proxies = ["127.0.0.1", "proxy"]', "server.trusted_proxies[2]", "10.0.0.0/8"),
        ("[server]\ntrusted_proxies = [3]", "server.trusted_proxies[1]", "3 is not text"),
        ('[server]\ntrusted_proxies = "::1"', "server.trusted_proxies", "is not a list"),
        ('[storage]\nassets_max = "lots"', "storage.assets_max", '"50GB"'),
        ("[storage]\nassets_max = -1", "storage.assets_max", "-1 is not a size"),
        ('[storage]\nprepare_ahead = "a while"', "storage.prepare_ahead", '"12h"'),
        ('[storage]\nprepare_ahead = "15d"', "storage.prepare_ahead", "up to 14 days"),
        ("[storage]\ndata = 3", "storage.data", "3 is not a path"),
        ('[storage]\ndata = ""', "storage.data", "is not a path"),
        ("[house]\nfps = 29.97", "house.fps", "29.97 is not on the grid; possible are 24, 25, 30, 50, 60"),
        ("[house]\nwidth = 1281", "house.width", "even"),
        ("[house]\nheight = 99999", "house.height", "64 to 7680"),
        ("[house]\nheight = 720.5", "house.height", "whole number"),
        ('[house]\nvideo_bitrate = "fast"', "house.video_bitrate", '"2500k"'),
        ("[house]\nloudness = nan", "house.loudness", "-40 to -5 LUFS"),
        ("[house]\nloudness = inf", "house.loudness", "-40 to -5 LUFS"),
        ('[house]\nfit = "stretch"', "house.fit", 'one of "pad", "crop", "blur"'),
        ('[house]\nencoder = "libx265"', "house.encoder", "H.264"),
        ('[house]\naudio_language = ["english"]', "house.audio_language[1]", '"en"'),
        ("[live]\nwindow = 2", "live.window", "from 6 to 1800"),
        ('[ffmpeg]\nbinary = "no-such-ffmpeg"', "ffmpeg.binary", "no program"),
        ('[ffmpeg]\nbinary = "./bin/ffmpeg"', "ffmpeg.binary", "no program"),
        ('[logging]\nlevel = "loud"', "logging.level", '"debug", "info", "warning", "error"'),
        ("channels = 3", "channels", "[[channels]]"),
        ("channels = [3]", "channels[1]", "is not a table"),
    ],
)
def test_one_fault_is_named(config: Load, text: str, key: str, says: str) -> None:
    found = faults(config, text)
    assert list(found) == [key] or (key.startswith("channels[1]") and key in found)
    assert says in found[key]


@pytest.mark.parametrize(
    ("change", "key", "says"),
    [
        ('slug = "../x"', "channels[1].slug", "late-night"),
        ('slug = ""', "channels[1].slug", "late-night"),
        ('slug = "a/b"', "channels[1].slug", "late-night"),
        ('slug = "a\\n"', "channels[1].slug", "late-night"),
        ('folders = ["."]', "channels[1]", "both folders and generator"),
        ('colour = "red"', "channels[1].colour", "unknown key"),
        ('order = "shufle"', "channels[1].order", '"shuffle", "sequential", "random"'),
        ("[channels.house]\nfps = 31", "channels[1].house.fps", "possible are 24, 25, 30, 50, 60"),
        ("[channels.house]\nhight = 720", "channels[1].house.hight", 'did you mean "height"'),
        ("[channels.ffmpeg]\nbinary = 'nope'", "channels[1].ffmpeg.binary", "no program"),
        ("[[channels]]\nnumber = 1\nname = 'Two'\ngenerator = 'patterns'", "channels[2].number", "2 is free"),
        ("[[channels]]\nnumber = 2\nname = 'ONE'\ngenerator = 'patterns'", "channels[2].slug", "another slug"),
        ("[[channels]]\nname = 'Two'\ngenerator = 'patterns'", "channels[2].number", "2 is free"),
        ("[[channels]]\nnumber = 2\ngenerator = 'patterns'", "channels[2].name", "is missing"),
        ("[[channels]]\nnumber = 2\nname = 'Two'", "channels[2]", "airs nothing"),
        ("[[channels]]\nnumber = 2\nname = 'Two'\nfolders = []", "channels[2]", "airs nothing"),
        ("[[channels]]\nnumber = 2\nname = 'Two'\ngenerator = 'night'", "channels[2].generator", '"night-sky"'),
        ("[[channels]]\nnumber = 2\nname = 'Two'\ngenerator = 'zzz'", "channels[2].generator", "aquarium, fireplace"),
        ("[[channels]]\nnumber = 2\nname = 'Two'\nfolders = 'films'", "channels[2].folders", "a list"),
    ],
)
def test_one_fault_of_a_channel_is_named(config: Load, change: str, key: str, says: str) -> None:
    found = faults(config, ONE + change)
    assert key in found
    assert says in found[key]
    assert len(found) <= 2


def test_all_faults_come_at_once_and_name_their_file(config: Load, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/channels.toml").write_text('[[channels]]\nslug = "one"\nnumber = "x"\n')
    with pytest.raises(ConfigError) as caught:
        config(f"[server]\nport = -1\n[house]\nfps = 1\n{ONE}", TVD_LIVE_LEAD="many")
    assert {(Path(fault.where).name, fault.key) for fault in caught.value.faults} == {
        ("config.toml", "server.port"),
        ("config.toml", "house.fps"),
        ("TVD_LIVE_LEAD", "live.lead"),
        ("channels.toml", "channels[1].number"),
    }
    assert all(str(fault) in str(caught.value) for fault in caught.value.faults)


def test_a_syntax_error_names_its_line(config: Load, tmp_path: Path) -> None:
    found = faults(config, "[server]\nport = 1\ntitle = tvd\n")
    assert [key for key in found if key.startswith(("at line 3", "line 3"))], found
    (tmp_path / "config.toml").write_bytes(b"[server]\n\ntitle = '\xff'\n")
    with pytest.raises(ConfigError, match="line 3: is not UTF-8"):
        load(tmp_path / "config.toml", {})


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--config"):
        load(tmp_path / "nope.toml", {})
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path, {})


def test_a_missing_folder_is_a_warning(config: Load, tmp_path: Path) -> None:
    channel = '[[channels]]\nnumber = 1\nname = "x"\nfolders = ["gone", "here"]\n'
    (tmp_path / "here").mkdir()
    loaded = config(channel)
    assert [warning.key for warning in loaded.warnings] == ["channels[1].folders[1]"]
    assert loaded.config.channels[0].folders == (tmp_path / "gone", tmp_path / "here")


def test_no_channels_is_a_warning(config: Load) -> None:
    assert [warning.key for warning in config("").warnings] == ["channels"]


def test_a_file_for_a_folder_is_a_fault(config: Load, tmp_path: Path) -> None:
    (tmp_path / "film.mp4").touch()
    assert (
        "is a file"
        in faults(config, '[[channels]]\nnumber = 1\nname = "x"\nfolders = ["film.mp4"]')["channels[1].folders[1]"]
    )


@pytest.mark.parametrize("folder", ["data", "data/films", ".", "link"])
def test_library_and_data_are_kept_apart(config: Load, tmp_path: Path, folder: str) -> None:
    (tmp_path / "data/films").mkdir(parents=True)
    (tmp_path / "link").symlink_to("data")
    found = faults(config, f'[[channels]]\nnumber = 1\nname = "x"\nfolders = ["{folder}"]')
    assert "data folder" in found["channels[1].folders[1]"]


def test_a_data_folder_that_cannot_be_written_is_a_fault(config: Load, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = faults(config, '[storage]\ndata = "file/data"')
    assert "cannot be written" in found["storage.data"]
    found = faults(config, "", TVD_STORAGE_DATA="/proc/tvd")
    assert "cannot be written" in found["storage.data"]


def test_checking_leaves_nothing_behind(config: Load, tmp_path: Path) -> None:
    config(ONE)
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_the_environment_goes_over_the_file(config: Load, tmp_path: Path) -> None:
    loaded = config(
        f"[server]\nport = 1000\n[house]\nfps = 24\n{ONE}",
        TVD_SERVER_PORT="9000",
        TVD_HOUSE_FPS="25",
        TVD_HOUSE_LOUDNESS="-20",
        TVD_HOUSE_VIDEO_BITRATE="1M",
        TVD_STORAGE_DATA="elsewhere",
        TVD_STORAGE_PREPARE_AHEAD="1h",
        TVD_LOGGING_FORMAT="json",
        TVD_CHECKOUT="not ours",
        PATH="x",
    )
    config_ = loaded.config
    assert (config_.server.port, config_.house.fps, config_.house.video_bitrate) == (9000, 25, 1_000_000)
    assert (config_.house.loudness, config_.logging.format) == (-20.0, "json")
    assert (config_.storage.data, config_.storage.prepare_ahead) == (tmp_path / "elsewhere", 3600.0)
    assert config_.channels[0].house.fps == 25
    assert not loaded.warnings


@pytest.mark.parametrize(
    ("variable", "value", "key", "says"),
    [
        ("TVD_SERVER_PROT", "1", "server.prot", 'did you mean "port"'),
        ("TVD_SERVER_PORT", "http", "server.port", "from 1 to 65535"),
        ("TVD_HOUSE_FPS", "29.97", "house.fps", "possible are"),
        ("TVD_HOUSE_FPS", "", "house.fps", "possible are"),
        ("TVD_HOUSE_LOUDNESS", "nan", "house.loudness", "LUFS"),
        ("TVD_FFMPEG_INPUT_ARGS", "-re", "ffmpeg.input_args", "in the file"),
        ("TVD_SERVER", "x", "server.", "unknown key"),
    ],
)
def test_faults_in_the_environment_name_the_variable(
    config: Load, variable: str, value: str, key: str, says: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        config(ONE, **{variable: value})
    [fault] = caught.value.faults
    assert (fault.where, fault.key) == (variable, key)
    assert says in fault.what


def test_a_mistyped_section_in_the_environment_is_a_warning(config: Load) -> None:
    [warning] = config(ONE, TVD_SERVR_PORT="1").warnings
    assert "TVD_SERVER_PORT" in warning.what


def test_channels_toml_goes_over_the_file_by_slug(config: Load, tmp_path: Path) -> None:
    data = tmp_path / "data"
    path = channels.write_overlay(
        data,
        [
            {"slug": "one", "name": "First", "house": {"fit": "crop"}},
            {"number": 2, "name": "Two", "generator": "patterns"},
        ],
    )
    assert path == data / "channels.toml"
    assert [entry.name for entry in data.iterdir()] == ["channels.toml"]
    loaded = config(f"{ONE}[channels.house]\nfps = 25\n")
    one, two = loaded.config.channels
    assert (one.name, one.slug, one.house.fit, one.house.fps, one.generator) == (
        "First",
        "one",
        "crop",
        25,
        "test-card",
    )
    assert (two.number, two.slug) == (2, "two")


def test_channels_toml_may_put_folders_in_the_place_of_a_generator(config: Load, tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    channels.write_overlay(tmp_path / "data", [{"slug": "one", "folders": ["films"]}])
    [one] = config(ONE).config.channels
    assert (one.generator, one.folders) == ("", (tmp_path / "films",))


def test_channels_toml_is_checked_as_strictly(config: Load, tmp_path: Path) -> None:
    channels.write_overlay(tmp_path / "data", [{"number": 1, "name": "Again", "generator": "patterns"}])
    path = tmp_path / "data/channels.toml"
    path.write_text(path.read_text() + "\n[server]\nport = 1\n")
    found = faults(config, ONE)
    assert "only [[channels]]" in found["server"]
    assert "2 is free" in found["channels[1].number"]
    path.write_text("][")
    assert any("is no TOML" in what for what in faults(config, ONE).values())


def test_a_failed_write_leaves_the_old_overlay(tmp_path: Path) -> None:
    path = channels.write_overlay(tmp_path, [{"slug": "one"}])
    before = path.read_bytes()
    with pytest.raises(TypeError):
        channels.write_overlay(tmp_path, [{"slug": object()}])
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["channels.toml"]


def test_the_rates_are_those_of_the_house() -> None:
    assert model.Fps.__args__ == HOUSE_RATES


def test_the_generators_are_those_of_the_demo_programmes() -> None:
    assert set(model.GENERATORS) == demo.GENERATORS.keys()


def test_every_default_would_be_accepted_in_the_file() -> None:
    for name, kind in SECTIONS.items():
        reader = Reader(base=Path())
        values = {key: plain(value) for key, value in msgspec.structs.asdict(kind()).items()}
        assert reader.table(kind, values, "", name) == msgspec.structs.asdict(kind())
        assert not reader.faults


def plain(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Path) else value
