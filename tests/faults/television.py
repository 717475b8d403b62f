"""A whole tvd as its owner starts it: ``python -m tvd`` in a process of its own, with its log and its children.

Everything waits on what can be seen from outside (HTTP, the log, the process table), with a deadline.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import psutil

ROOT: Final = Path(__file__).parents[2]
HOUSE: Final = {"width": 160, "height": 90, "fps": 30, "preset": "ultrafast", "video_bitrate": "400k"}
PATIENCE: Final = 40.0
"""Seconds a loaded machine may take for what usually takes a few."""
T = TypeVar("T")
Event = dict[str, Any]


def until(what: Callable[[], T], within: float = PATIENCE, *, why: Callable[[], object] = str) -> T:
    """Ask again and again until the answer is true, and return it. Fails after ``within`` seconds, telling ``why``."""
    deadline = time.monotonic() + within
    while not (answer := what()):
        assert time.monotonic() < deadline, f"not within {within:g} s: {why()}"
        time.sleep(0.05)  # between two questions; never instead of one
    return answer


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@dataclass
class Television:
    """One tvd over ``folder``. Change ``house``, ``channels`` and so on, and :meth:`write` for it to notice.

    ``channels`` are the tables of ``[[channels]]``; ``runner`` is put before the command.
    """

    folder: Path
    channels: list[dict[str, Any]]
    house: dict[str, Any] = field(default_factory=lambda: dict(HOUSE))
    storage: dict[str, Any] = field(default_factory=lambda: {"source_min_free": "1MB"})
    live: dict[str, Any] = field(default_factory=dict)
    runner: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.log: list[Event] = []
        self._said = threading.Condition()
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    # The process -----------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def data(self) -> Path:
        return Path(self.storage.get("data", self.folder / "data"))

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def write(self, *, extra: str = "") -> None:
        """Write the configuration, as an editor does: a new file in the place of the old one."""
        tables = {
            "server": {"host": "127.0.0.1", "port": self.port},
            "storage": {"data": str(self.data), **self.storage},
            "house": self.house,
            "normaliser": {"jobs": 1, "nice": 0},
            "live": self.live,
        }
        text = "".join(_table(f"[{name}]", table) for name, table in tables.items())
        for channel in self.channels:
            own = {key: value for key, value in channel.items() if not isinstance(value, dict)}
            text += _table("[[channels]]", own)
            for key in channel.keys() - own.keys():
                text += _table(f"[channels.{key}]", channel[key])
        coming = self.folder / "config.toml.new"
        coming.write_text(text + extra)
        coming.replace(self.folder / "config.toml")

    def start(self) -> Self:
        """Start it and return at once."""
        self.write()
        argv = [*self.runner, sys.executable, "-m", "tvd", "run", "--config", str(self.folder / "config.toml")]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TVD_")}
        self._process = subprocess.Popen(
            argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment
        )
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()
        return self

    def ready(self, *slugs: str) -> Self:
        """Wait until these channels (or else all) are on air with something that is no slate."""
        wanted = slugs or tuple(channel["slug"] for channel in self.channels)
        until(lambda: all(self._plays(slug) for slug in wanted), 60, why=self.tail)
        return self

    def _plays(self, slug: str) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"it has ended: {self.tail()}"
        with contextlib.suppress(OSError, StopIteration):
            feeding = self.status(slug)["feeding"]
            return self.state(slug) == "on_air" and bool(feeding) and feeding["kind"] != "slate"
        return False

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stderr is not None
        with process.stderr:
            for line in process.stderr:
                try:
                    event = json.loads(line)
                except ValueError:
                    event = {"event": "not json", "text": line}
                with self._said:
                    self.log.append(event)
                    self._said.notify_all()

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def end(self, number: signal.Signals = signal.SIGTERM, within: float = 10.0) -> int:
        """Send a signal and wait for the end; return the exit code (negative: signal)."""
        assert self._process is not None
        assert self._reader is not None
        self._process.send_signal(number)
        try:
            return self._process.wait(within)
        finally:
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            self._reader.join(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self.end()

    def children(self) -> list[psutil.Process]:
        """Return every process below it now."""
        return psutil.Process(self.pid).children(recursive=True)

    # What it says ----------------------------------------------------------------------------------------------------

    def get(self, path: str) -> bytes:
        """Return what a URL answers; raises ``urllib.error.HTTPError`` for any status but 200."""
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            body: bytes = answer.read()
            return body

    def ask(self, path: str) -> tuple[int, str]:
        """Return status and text of a URL."""
        try:
            return 200, self.get(path).decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def api(self, path: str) -> Any:
        return json.loads(self.get(path))

    def status(self, slug: str) -> dict[str, Any]:
        found: dict[str, Any] = next(one for one in self.api("/api/status")["channels"] if one["slug"] == slug)
        return found

    def state(self, slug: str) -> str:
        state: str = self.status(slug)["state"]
        return state

    def ffmpeg(self, slug: str) -> int:
        """Return the pid of a channel's ffmpeg once it has one."""
        pid: int = until(lambda: self.status(slug)["pid"], why=self.tail)
        return pid

    def metric(self, name: str, **labels: str) -> float:
        """Return the sum of the samples of a metric that carry ``labels``."""
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        lines = [line for line in self.get("/metrics").decode().splitlines() if line.split("{")[0].split()[0] == name]
        return sum(float(line.rsplit(maxsplit=1)[1]) for line in lines if all(one in line for one in wanted))

    @property
    def mark(self) -> int:
        """A place in the log, to look only at what is said from now on."""
        return len(self.log)

    def events(self, name: str, since: int = 0, **fields: object) -> list[Event]:
        return [event for event in self.log[since:] if event.get("event") == name and _has(event, fields)]

    def event(self, name: str, since: int = 0, within: float = PATIENCE, **fields: object) -> Event:
        """Wait for an event of the log with these fields and return it."""
        with self._said:
            found = self._said.wait_for(lambda: self.events(name, since, **fields), within)
        assert found, f"no {name} {fields} within {within:g} s: {self.tail()}"
        return found[0]

    def tail(self, lines: int = 25) -> str:
        return "\n".join(map(json.dumps, self.log[-lines:]))


def _has(event: Event, fields: Mapping[str, object]) -> bool:
    return all(event.get(name) == value for name, value in fields.items())


def _table(head: str, values: Mapping[str, Any]) -> str:
    # JSON's strings, numbers and lists of strings are TOML's.
    return "\n".join([head, *(f"{key} = {json.dumps(value)}" for key, value in values.items())]) + "\n\n"


def zombies(television: Television) -> list[psutil.Process]:
    """Return the children that have ended and were not waited for."""
    found = []
    for child in television.children():
        with contextlib.suppress(psutil.NoSuchProcess):
            found += [child] if child.status() == psutil.STATUS_ZOMBIE else []
    return found


def gone(process: psutil.Process) -> bool:
    """Whether a process has ended (a zombie that nobody waits for in a container has)."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
