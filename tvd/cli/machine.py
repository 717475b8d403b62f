"""Doctor's look at the machine: cores, memory, disk, permissions, open files, time, ports. Blocking."""

import os
import resource
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]  # it ships no types

import tvd
from tvd.cli.finding import Finding
from tvd.cli.table import size
from tvd.config.model import Config, Server, Storage

_FILES_WANTED: Final = 4096
_CHANNEL_BYTES: Final = 20_000_000
_BUILT: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""No right clock shows an earlier time than when this was written."""


def examine(config: Config) -> Iterator[Finding]:
    """Yield what the machine offers ``config``."""
    yield _system(config)
    yield from _storage(config.storage)
    yield from _folders(config)
    yield _open_files()
    yield _time()
    yield _port(config.server)


def _system(config: Config) -> Finding:
    python = ".".join(map(str, sys.version_info[:3]))
    memory = psutil.virtual_memory().available
    text = f"tvd {tvd.__version__}, Python {python}, {sys.platform}, {os.cpu_count()} cores, {size(memory)} memory free"
    needed = len(config.channels) * _CHANNEL_BYTES
    if memory < needed:
        return Finding("warn", "machine", f"{text}; {len(config.channels)} channels take about {size(needed)}")
    return Finding("ok", "machine", text)


def _storage(storage: Storage) -> Iterator[Finding]:
    folder = storage.data
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0" * 4096)
            os.fsync(file.fileno())
    except OSError as error:
        yield Finding("fail", "data", f"{folder} cannot be written: {error.strerror}")
    else:
        yield Finding("ok", "data", f"{storage.data} can be {'written' if folder == storage.data else 'made'}")
    free = shutil.disk_usage(folder).free
    text = f"{size(free)} free for {storage.data}"
    if free < storage.source_min_free:
        yield Finding(
            "fail",
            "disk",
            f"{text}: less than storage.source_min_free ({size(storage.source_min_free)}), nothing is prepared",
        )
    elif free < storage.assets_max:
        yield Finding("warn", "disk", f"{text}: less than storage.assets_max ({size(storage.assets_max)})")
    else:
        yield Finding("ok", "disk", text)


def _folders(config: Config) -> Iterator[Finding]:
    """Library folders are read like tvd reads them: by this user."""
    for folder in sorted({folder for channel in config.channels for folder in channel.all_folders}):
        try:
            with os.scandir(folder) as entries:
                empty = next(entries, None) is None
        except OSError as error:
            yield Finding("warn", "folder", f"{folder}: {error.strerror}")
        else:
            yield Finding("warn" if empty else "ok", "folder", f"{folder} {'is empty' if empty else 'can be read'}")


def _open_files() -> Finding:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = hard if hard != resource.RLIM_INFINITY else max(soft, _FILES_WANTED)
    text = f"{soft} at once, may be raised to {most}"
    return Finding("ok" if most >= _FILES_WANTED else "warn", "open files", text)


def _time() -> Finding:
    now = datetime.now(UTC)
    local = now.astimezone()
    zone = os.environ.get("TZ") or _zone_name() or local.tzname()
    text = f"{zone} (UTC{local:%z}), now {local:%Y-%m-%d %H:%M:%S}"
    if now < _BUILT:
        return Finding("fail", "time", f"{text}: the clock is wrong, and the clock decides what airs")
    return Finding("ok", "time", text)


def _zone_name() -> str | None:
    """Return the name that ``/etc/localtime`` links to, such as ``Europe/Berlin``."""
    _, found, name = str(Path("/etc/localtime").resolve()).partition("/zoneinfo/")
    return name if found else None


def _port(server: Server) -> Finding:
    where = f"{server.host} port {server.port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            server.host, server.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as tried:
            # As a server does: ports that lately closed connections linger on count as free.
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        return Finding("warn", "port", f"{where} cannot be had: {error.strerror} (is tvd running already?)")
    return Finding("ok", "port", f"{where} is free")
