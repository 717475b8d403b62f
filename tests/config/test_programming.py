"""Blocks and events of the configuration: read as they are written, refused with the place and what would be right."""

from pathlib import Path

import pytest

from tvd.config.load import Loaded, load
from tvd.config.programming import Block, Event, Pick
from tvd.errors import ConfigError

CHANNEL = '[[channels]]\nnumber = 1\nname = "One"\nfolders = ["films"]\n'
BLOCK = '[[channels.blocks]]\nname = "Day"\n'
EVENT = '[[channels.events]]\nname = "Film"\nat = "21:00"\n'


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    for name in ("films", "idents", "night"):
        (tmp_path / name).mkdir()
    return tmp_path


def read(folder: Path, text: str) -> Loaded:
    (folder / "config.toml").write_text(CHANNEL + text)
    return load(folder / "config.toml", {})


def test_blocks_and_events_are_read(folder: Path) -> None:
    text = f"""
        idents = ["idents"]
        timezone = "Europe/Berlin"
        repeat = "7d"
        {BLOCK}
        from = "22:00"
        to = "02:00"
        days = ["fri", "sat"]
        dates = ["12-20..01-06"]
        marathon = "season"
        genres = ["crime*"]
        {BLOCK.replace("Day", "Mixed")}
        picks = [{{ years = "1960-", weight = 3 }}, {{ folders = ["night"], order = "series" }}]
        {EVENT}
        files = ["films/one.mkv"]
        """
    loaded = read(folder, text)
    [channel] = loaded.config.channels
    assert not loaded.warnings
    assert channel.repeat == 7 * 86_400
    day, mixed = channel.blocks
    assert day == Block(
        name="Day", from_="22:00", to="02:00", days=("fri", "sat"), dates=("12-20..01-06",), marathon="season",
        genres=("crime*",),
    )  # fmt: skip
    assert mixed.picks == (Pick(years="1960-", weight=3), Pick(folders=(folder / "night",), order="series"))
    assert channel.events == (Event(name="Film", at="21:00", files=(folder / "films/one.mkv",)),)
    assert channel.all_folders == (folder / "films", folder / "idents", folder / "night")


@pytest.mark.parametrize(
    ("text", "key", "says"),
    [
        (BLOCK + 'form = "20:00"', "blocks[1].form", 'did you mean "from"'),
        (BLOCK + 'from = "25:00"', "blocks[1].from", 'a time of day from "00:00" to "24:00"'),
        (BLOCK + 'from = "24:00"', "blocks[1].from", "no beginning"),
        (BLOCK + 'from = "20:00"\nto = "20:00"', "blocks[1].to", "covers nothing"),
        (BLOCK + 'days = ["monday"]', "blocks[1].days[1]", 'one of "mon", "tue"'),
        (BLOCK + 'dates = ["24-12..26-12"]', "blocks[1].dates[1]", '"12-01..12-26"'),
        (BLOCK + 'years = "1980-1970"', "blocks[1].years", '"1960-1979"'),
        (BLOCK + 'duration = "1h-20m"', "blocks[1].duration", '"20m-45m"'),
        (BLOCK + 'duration = "1x-"', "blocks[1].duration", '"20m-45m"'),
        (BLOCK + "weight = 0", "blocks[1].weight", "from 1 to 1000"),
        (BLOCK + 'genres = ["a"]\npicks = [{}]', "blocks[1].picks", "move genres into them"),
        (BLOCK + "picks = [{wieght = 3}]", "blocks[1].picks[1].wieght", 'did you mean "weight"'),
        (BLOCK + "picks = 3", "blocks[1].picks", "is not a list of tables: write [[channels.blocks.picks]]"),
        (BLOCK + 'sign_on = ["idents"]', "blocks[1].kind", 'kind = "night"'),
        (BLOCK + 'kind = "night"\nmarathon = "series"', "blocks[1].kind", "no picks or marathon"),
        (BLOCK + BLOCK, "blocks[2].name", '"Day" is already the name of channels[1].blocks[1]'),
        (BLOCK + EVENT.replace("Film", "day"), "events[1].name", "is already the name"),
        ("[[channels.blocks]]\n", "blocks[1].name", "is missing"),
        ('[[channels.events]]\nname = "x"', "events[1].at", "is missing: a time of day"),
        (EVENT.replace("21", "24"), "events[1].at", "no beginning"),
        (EVENT + 'folders = ["data/x"]', "events[1].folders[1]", "is in the data folder"),
        ('timezone = "Mars/Olympus"', "timezone", "is no time zone"),
        ('night = "23-6"', "night", '"23:00-06:00"'),
        ('order = "backwards"', "order", '"series"'),
        ('repeat = "61d"', "repeat", "up to 60 days"),
    ],
)
def test_what_is_wrong_is_named(folder: Path, text: str, key: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(folder, text)
    assert [fault.key for fault in caught.value.faults] == [f"channels[1].{key}"]
    assert says in caught.value.faults[0].what


def test_a_folder_that_is_not_there_is_a_warning(folder: Path) -> None:
    loaded = read(folder, BLOCK + 'folders = ["nowhere"]')
    assert [warning.key for warning in loaded.warnings] == ["channels[1].blocks[1].folders[1]"]
