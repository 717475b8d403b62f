"""Notice that a configuration file was written."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from pathlib import Path
from typing import Final

import watchfiles

DEBOUNCE_MS: Final = 300
"""Editors write in several steps; changes closer together than this are one."""


async def changes(paths: Iterable[Path], stop: asyncio.Event | None = None) -> AsyncGenerator[frozenset[Path]]:
    """Yield which of ``paths`` were written, made or removed, each time that happens, until ``stop`` is set.

    Their folders are watched, not the files: editors put a new file in the place of the old one. Folders that do not
    exist are left out. Content is not compared; :func:`tvd.config.diff.diff` tells whether anything changed.
    """
    wanted = {str(path): path for path in map(Path.absolute, paths)}
    folders = {path.parent for path in wanted.values() if path.parent.is_dir()}
    if not folders:
        return
    async for batch in watchfiles.awatch(
        *folders,
        watch_filter=lambda _change, name: name in wanted,
        debounce=DEBOUNCE_MS,
        step=min(50, DEBOUNCE_MS),
        recursive=False,
        stop_event=stop,
    ):
        yield frozenset(wanted[name] for _change, name in batch)
