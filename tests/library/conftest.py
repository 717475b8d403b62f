"""A library over a folder, with times that tests set and shorter waits; nothing here sleeps to wait for a result."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tvd.library.keeper import Timing
from tvd.library.library import Library
from tvd.library.source import Source

OLD = time.time() - 3600


class Stage:
    """A folder of films and the libraries over it."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "films"
        self.folder.mkdir()
        self.database = root / "data" / "library.db"

    def library(self, **how: Any) -> Library:
        timing = how.pop("timing", Timing(look=0.05))
        return Library(self.database, timing=timing, **how)

    def put(self, name: str, data: bytes, *, age: float = 3600) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (time.time() - age,) * 2)
        return path

    def by_name(self, library: Library) -> dict[str, Source]:
        return {str(it.path and it.path.relative_to(self.folder)): it for it in library.sources([self.folder])}

    async def until(self, library: Library, what: Callable[[dict[str, Source]], bool]) -> dict[str, Source]:
        """Return the sources by name once ``what`` is true of them."""
        version = 0
        async with asyncio.timeout(60):
            while not what(found := self.by_name(library)):
                version = await library.changed(version)
        return found


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)
