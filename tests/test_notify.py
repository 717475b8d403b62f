"""What systemd is told, over real sockets."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tvd.notify import Notifier


@pytest.fixture(params=["file", "abstract"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    name = str(tmp_path / "notify")
    abstract = "@tvd-test-" + tmp_path.name + request.param
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(name if request.param == "file" else "\0" + abstract[1:])
        bound.settimeout(5)
        yield bound, name if request.param == "file" else abstract


def test_systemd_hears_the_whole_life(listener: tuple[socket.socket, str]) -> None:
    bound, name = listener
    notifier = Notifier({"NOTIFY_SOCKET": name}, pid=1)
    notifier.ready("3 channels on air")
    notifier.status("2 of 3 channels on air")
    notifier.alive()
    notifier.stopping()
    notifier.close()
    assert [bound.recv(1000).decode() for _ in range(4)] == [
        "READY=1\nSTATUS=3 channels on air",
        "STATUS=2 of 3 channels on air",
        "WATCHDOG=1",
        "STOPPING=1",
    ]


def test_nobody_listening_does_not_matter(tmp_path: Path) -> None:
    for environ in ({}, {"NOTIFY_SOCKET": str(tmp_path / "nobody")}):
        notifier = Notifier(environ, pid=1)
        notifier.ready("on air")
        notifier.close()
        notifier.alive()


def test_a_listener_that_never_reads_does_not_matter(listener: tuple[socket.socket, str]) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": listener[1]}, pid=1)
    for _ in range(10_000):
        notifier.alive()
    notifier.close()


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_wants_a_word_twice_as_often_as_it_needs_one(
    environ: dict[str, str], seconds: float | None
) -> None:
    assert Notifier(environ, pid=7).watchdog_seconds == seconds
