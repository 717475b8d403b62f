"""The folder an asset is built in: ``work/<key>-<token>/``, owned by one live process through a file lock.

It holds ``lock``, ``job.json`` (what is being made and how, enough to go on after a crash) and the growing
``asset.mp4``. The lock goes with the process that holds it, however that dies, so a folder that can be locked is a
leftover: to be resumed or removed. Everything here blocks: call it in a thread.
"""

import contextlib
import errno
import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

LOCK_FILE: Final = "lock"
JOB_FILE: Final = "job.json"
_NASCENT: Final = ".new-"
_NASCENT_FOR: Final = 60.0
"""Seconds after which a folder without its final name was left by a crash, not by a process just making it."""


class WorkFolder:
    """One locked work folder; :meth:`release` or :meth:`remove` ends it."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    @classmethod
    def create(cls, root: Path, key: str) -> "WorkFolder":
        """Make an empty one for ``key`` under ``root``."""
        name = f"{key}-{secrets.token_hex(4)}"
        nascent = root / f"{_NASCENT}{name}"
        nascent.mkdir(parents=True)
        lock = os.open(nascent / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Seen by others only once it is locked.
            nascent.rename(root / name)
        except OSError:
            os.close(lock)
            raise
        return cls(root / name, lock)

    @classmethod
    def adopt(cls, path: Path) -> "WorkFolder | None":
        """Take over a leftover; None when a living process owns it or it is none."""
        try:
            lock = os.open(path / LOCK_FILE, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            return None
        if not (path / LOCK_FILE).exists():  # published or removed by its owner between our two steps
            os.close(lock)
            return None
        return cls(path, lock)

    def publish(self, to: Path) -> bool:
        """Move it to ``to``, whole and durable or not at all; False when something is there already (it stays here)."""
        for file in self.path.iterdir():
            fsync(file)
        fsync(self.path)
        to.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.path.rename(to)
        except OSError as error:
            if error.errno in {errno.ENOTEMPTY, errno.EEXIST}:
                return False
            raise
        self.path = to
        fsync(to.parent)
        fsync(to.parent.parent)
        for name in (JOB_FILE, LOCK_FILE):
            (to / name).unlink(missing_ok=True)
        self.release()
        return True

    def release(self) -> None:
        """Give up the lock and leave the folder as it is, to be resumed by whoever comes."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def remove(self) -> None:
        """Remove the folder and all in it."""
        discard_tree(self.path)
        self.release()


def leftovers(root: Path) -> Iterator["WorkFolder"]:
    """Yield, locked, the folders under ``root`` whose owner is dead; release or remove each."""
    for path in root.iterdir():
        if not path.name.startswith(".") and (folder := WorkFolder.adopt(path)) is not None:
            yield folder


def sweep(root: Path) -> None:
    """Remove what a crash left half made or half removed under ``root``, but for jobs that can be gone on with."""
    for path in root.iterdir():
        if path.name.startswith("."):
            if not path.name.startswith(_NASCENT) or path.stat().st_mtime < time.time() - _NASCENT_FOR:
                shutil.rmtree(path, ignore_errors=True)
        elif (folder := WorkFolder.adopt(path)) is not None and not (path / JOB_FILE).exists():
            folder.remove()
        elif folder is not None:
            folder.release()
        elif not (path / LOCK_FILE).exists():
            discard_tree(path)


def discard_tree(path: Path, trash: Path | None = None) -> None:
    """Remove a folder so that it disappears at once and whole, also for a crash half-way.

    ``trash`` is where it is moved first (the same file system); by default beside it.
    """
    aside = (trash or path.parent) / f".old-{path.name}-{secrets.token_hex(4)}"
    with contextlib.suppress(FileNotFoundError):
        path.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)


def fsync(path: Path) -> None:
    """Make a file's or folder's content durable."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_durable(path: Path, data: bytes) -> None:
    """Write a small file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        aside.write_bytes(data)
        fsync(aside)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    fsync(path.parent)
