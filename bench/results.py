"""Rows of measurements, the table they are printed as, and the JSON they are kept as."""

import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
import psutil  # type: ignore[import-untyped]  # it ships no types
from rich import box
from rich.console import Console
from rich.table import Table

from tvd import __version__
from tvd.media.ffmpeg import find_ffmpeg

FORMAT: Final = 1
"""Version of the JSON; rises when a field changes its meaning."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement: ``value`` in ``unit``, and the same of a ``reference`` in the same unit when there is one.

    ``within`` is the target, with the sign that says on which side of it is good (``"<= 0.25"``); empty: none.
    """

    section: str
    what: str
    value: float
    unit: str
    reference: str = ""
    reference_value: float | None = None
    within: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times the reference it is; None without one."""
        return self.value / self.reference_value if self.reference_value else None

    @property
    def met(self) -> bool | None:
        """Whether the target was met; None without one."""
        if not self.within:
            return None
        sign, limit = self.within.split()
        return self.value <= float(limit) if sign == "<=" else self.value >= float(limit)


@dataclass(slots=True)
class Report:
    """All rows of a run, where and when it was made, and with which settings."""

    settings: dict[str, Any]
    machine: dict[str, Any]
    started: str = field(default_factory=lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    rows: list[Row] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def write(self, folder: Path) -> Path:
        """Write it as JSON named by its time into ``folder``, and as ``latest.json``; return the first."""
        folder.mkdir(parents=True, exist_ok=True)
        rows = [{**msgspec.to_builtins(row), "ratio": row.ratio, "met": row.met} for row in self.rows]
        whole = {
            "format": FORMAT,
            "tvd": __version__,
            "started": self.started,
            "machine": self.machine,
            "settings": self.settings,
            "rows": rows,
            "failures": self.failures,
        }
        data = msgspec.json.format(msgspec.json.encode(whole)) + b"\n"
        path = folder / f"{self.started.replace(':', '')}.json"
        for each in (path, folder / "latest.json"):
            each.write_bytes(data)
        return path


async def machine() -> dict[str, Any]:
    """Return what the numbers depend on: processor, cores, memory, versions, and how busy it was before."""
    ffmpeg = await find_ffmpeg()
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "ffmpeg": ffmpeg.version,
        "load_before": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def number(value: float | None) -> str:
    """Return ``value`` with about three figures."""
    if value is None:
        return ""
    size = abs(value)
    digits = 0 if size >= 100 or value == int(value) else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{value:,.{digits}f}"


def show(report: Report, console: Console) -> None:
    """Print all rows as one table, and what failed."""
    about = report.machine
    title = f"tvd {__version__} · {about['processor']}, {about['cores']} cores · ffmpeg {about['ffmpeg']}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("section", "what", "tvd", "unit", "reference", "its value", "ratio", "target", "note"):
        table.add_column(name, justify="right" if name in {"tvd", "its value", "ratio"} else "left")
    for row in report.rows:
        mark = {True: " ✓", False: " ✗", None: ""}[row.met]
        cells = (row.section, row.what, number(row.value), row.unit, row.reference, number(row.reference_value))
        table.add_row(*cells, number(row.ratio), row.within + mark, row.note)
    console.print(table)
    for failure in report.failures:
        console.print(f"[red]failed[/] {failure}")


def median(values: Sequence[float]) -> float:
    """Return the middle one of ``values``, the higher of two."""
    return sorted(values)[len(values) // 2]
