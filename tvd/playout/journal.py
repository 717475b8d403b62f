"""Append-only files of JSON lines, one a UTC day, that survive being torn and shared.

A batch of lines is one ``write`` to a descriptor opened for appending, then fsync: lines of two processes never mix,
and both read them in the same order. A crash or a full disk can leave half a line at the end; readers leave it alone,
and the next append closes it with a newline, after which it is either a whole line or no JSON and passed over.
"""

import errno
import os
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from tvd.media.house import NS, Grid

_DATED: Final = re.compile(r"-(\d{4}-\d\d-\d\d)\.jsonl")


def day_of(grid: Grid, seq: int) -> date:
    """Return the UTC day on which segment ``seq`` comes on air."""
    return datetime.fromtimestamp(grid.start_ns(seq) // NS, UTC).date()


def first_of(grid: Grid, day: date) -> int:
    """Return the first segment that comes on air on that UTC day."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return grid.seq_at(int(midnight.timestamp()) * NS - 1) + 1


def path_of(folder: Path, kind: str, day: date) -> Path:
    """Return the file of ``kind`` (``rundown``, ``asrun``) for ``day``."""
    return folder / f"{kind}-{day.isoformat()}.jsonl"


def days_in(folder: Path, kind: str) -> list[date]:
    """Return the days there are files of ``kind`` for, oldest first."""
    found = (_DATED.fullmatch(path.name.removeprefix(kind)) for path in folder.glob(f"{kind}-*.jsonl"))
    days = []
    for match in found:
        try:
            days.append(date.fromisoformat(match[1]) if match else None)
        except ValueError:
            continue
    return sorted(day for day in days if day)


def delete_before(folder: Path, kind: str, day: date) -> int:
    """Delete the files of ``kind`` for days before ``day``, but for the newest of them; return how many.

    What a file says last holds until a later one says otherwise, however long that takes.
    """
    old = [one for one in days_in(folder, kind) if one < day][:-1]
    for one in old:
        path_of(folder, kind, one).unlink(missing_ok=True)
    return len(old)


def append(path: Path, lines: Sequence[bytes]) -> None:
    """Append ``lines`` (without newlines) in one write and make them durable.

    Raises ``OSError`` when they could not be written whole; what was written of them is at most a torn last line and
    whole lines before it, which readers may already have seen.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        data = (b"\n" if torn else b"") + b"".join(line + b"\n" for line in lines)
        written = os.write(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if written != len(data):
        raise OSError(errno.ENOSPC, f"{written} of {len(data)} bytes written", str(path))
    if new:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(path: Path, offset: int = 0) -> tuple[list[bytes], int]:
    """Return the whole lines from byte ``offset`` on and the offset behind them; nothing when there is no file."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read()
    except FileNotFoundError:
        return [], offset
    end = data.rfind(b"\n") + 1
    return [line for line in data[:end].split(b"\n") if line], offset + end
