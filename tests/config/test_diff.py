"""What a reload changes, and what of it needs a restart."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tvd.config.diff import Changes, describe, diff
from tvd.config.model import Channel, Config, House, Iptv, Live, Logging, Normaliser, Server, Storage

ONE = Channel(number=1, name="One", slug="one", generator="test-card")
TWO = Channel(number=2, name="Two", slug="two", generator="patterns")
OLD = Config(path=Path("/etc/tvd/config.toml"), channels=(ONE, TWO))


def test_nothing_changed() -> None:
    assert diff(OLD, OLD) == Changes()
    assert not diff(OLD, replace(OLD, channels=(TWO, ONE)))


def test_channels_come_go_and_change() -> None:
    three = Channel(number=3, name="Three", slug="three", generator="aquarium")
    now = replace(ONE, name="Uno", order="random")
    changes = diff(OLD, replace(OLD, channels=(now, three)))
    assert changes == Changes(added=(three,), removed=(TWO,), changed=((ONE, now),))
    assert describe(changes) == {
        "added": ["three"],
        "removed": ["two"],
        "changed": ["one: order, name"],
        "sections": [],
        "restart_needed": [],
    }


def test_another_slug_is_another_channel() -> None:
    now = replace(ONE, slug="uno")
    changes = diff(OLD, replace(OLD, channels=(now, TWO)))
    assert (changes.added, changes.removed, changes.changed) == ((now,), (ONE,), ())


@pytest.mark.parametrize(
    ("section", "value", "restart"),
    [
        ("server", Server(title="Home"), ()),
        ("server", Server(port=9000), ("server.port",)),
        ("server", Server(host="127.0.0.1", port=9000), ("server.host", "server.port")),
        ("server", Server(public_url="https://tv.example.org"), ("server.public_url",)),
        ("storage", Storage(assets_max=1, source_min_free=1, prepare_ahead=1.0), ()),
        ("normaliser", Normaliser(jobs=2), ()),
        ("normaliser", Normaliser(nice=0), ("normaliser.nice",)),
        ("logging", Logging(level="debug"), ()),
        ("logging", Logging(format="json"), ("logging.format",)),
        ("storage", Storage(data=Path("/srv")), ("storage.data",)),
        ("live", Live(lead=6), ()),
        ("storage", Storage(asrun_days=30), ("storage.asrun_days",)),
        ("iptv", Iptv(tuners=2), ("iptv.tuners",)),
        ("iptv", Iptv(discovery=True, guide_days=3), ("iptv.guide_days", "iptv.discovery")),
    ],
)
def test_sections_and_what_needs_a_restart(section: str, value: object, restart: tuple[str, ...]) -> None:
    changes = diff(OLD, replace(OLD, **{section: value}))
    assert changes.sections == {section}
    assert changes.restart == restart


def test_a_house_may_change_while_running_but_for_its_frame_rate() -> None:
    small = replace(ONE, house=House(width=640, height=360))
    assert diff(OLD, replace(OLD, channels=(small, TWO))).restart == ()
    cinema = replace(ONE, house=House(fps=24))
    assert diff(OLD, replace(OLD, channels=(cinema, TWO))).restart == ("channels.one.house.fps",)
