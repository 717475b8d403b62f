"""Logging: one JSON object a line, and a level that changes for the loggers there are already."""

import json

import msgspec
import pytest

from tvd import logs
from tvd.logbook import Logbook


@pytest.fixture(autouse=True)
def _restored() -> object:
    yield
    logs.setup()


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_event_is_one_object_with_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    logs.setup("info", "json")
    log = logs.get("channel").bind(channel="one")
    log.info("channel.on_air", number=1)
    log.debug("unheard")
    [event] = said(capsys)
    assert str(event.pop("timestamp")).endswith("Z")
    assert event == {
        "event": "channel.on_air", "level": "info", "component": "channel", "channel": "one", "number": 1,
    }  # fmt: skip


def test_the_level_changes_for_loggers_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    logs.setup("warning", "json")
    log = logs.get("channel").bind(channel="one")
    heard = []
    for level in ("warning", "debug", "error"):
        logs.set_level(level)
        log.debug("a")
        log.log(30, "b")
        log.error("c", exc_info=False)
        heard.append([event["event"] for event in said(capsys)])
    assert heard == [["b", "c"], ["a", "b", "c"], ["c"]]


def test_a_name_that_is_no_utf_8_can_be_shown_in_the_browser() -> None:
    book = Logbook()
    book.note(None, "warning", {"event": "source.refused", "path": "/films/caf\udce9.mkv", "many": ["\udcff"]})
    _, [line] = book.after(0)
    assert msgspec.json.decode(msgspec.json.encode(line))["fields"] == {
        "path": "/films/caf\\udce9.mkv",
        "many": ["\\udcff"],
    }
