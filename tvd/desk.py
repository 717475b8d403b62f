"""The owner's view of the running television, as :class:`tvd.web.desk.Desk` wants it."""

import asyncio
import contextlib
import hashlib
import os
import shutil
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, get_args

import msgspec
import psutil  # type: ignore[import-untyped]  # it ships no types

from tvd.config import model
from tvd.config.channels import read_overlay, write_overlay
from tvd.config.kinds import Order
from tvd.config.load import Loaded
from tvd.errors import ConflictError, NotFoundError
from tvd.library.source import Source
from tvd.services import Services
from tvd.text import writable
from tvd.web.desk import ChannelSettings, FolderRow, LibraryPage, Resources, SourceRow

Overlay = Sequence[Mapping[str, Any]]
_GLOBAL: Final = frozenset({"binary", "encoder"})
"""Keys of a channel's tables that are not told: paths and programs of this machine."""


class OwnersDesk:
    """Reads the services and changes ``channels.toml``. ``read`` loads the configuration, with an overlay on trial."""

    def __init__(
        self,
        services: Services,
        read: Callable[[Overlay | None], Loaded],
        reload: Callable[[str], Awaitable[None]],
        handwritten: frozenset[str],
    ) -> None:
        self.handwritten = handwritten
        self._services = services
        self._read = read
        self._reload = reload
        self._writing = asyncio.Lock()
        self._usage = _Usage()

    # Looking ---------------------------------------------------------------------------------------------------------

    async def resources(self) -> Resources:
        """Return what is used now."""
        storage, store = self._services.config.storage, self._services.store
        return await asyncio.to_thread(self._usage.look, storage.data, store.size, store.max_bytes)

    def library(self, *, state: str, channel: str, text: str, offset: int, limit: int) -> LibraryPage:
        """Return the sources of that state and channel with ``text`` in title, path or reason ("" is any)."""
        airing: dict[str, list[str]] = {}
        known: dict[tuple[str, Path | None], Source] = {}
        for one in self._services.config.channels:
            for source in self._services.sources(one):
                airing.setdefault(source.id, []).append(one.slug)
                known.setdefault((source.id, source.path), source)
        prepared = {asset.source for asset in self._services.store.assets if not asset.growing}
        sought = text.casefold()
        found = [
            source
            for source in known.values()
            if (not state or source.state == state)
            and (not channel or channel in airing[source.id])
            and (not sought or sought in f"{source.title} {source.path or ''} {source.reason}".casefold())
        ]
        # What needs a look comes first: that is what this list is opened for.
        found.sort(key=lambda source: (source.state == "ready", source.title.casefold(), source.id))
        folders = sorted({folder for one in self._services.config.channels for folder in one.folders})
        return LibraryPage(
            total=len(found),
            counts=dict(Counter(source.state for source in known.values())),
            folders=tuple(self._folder(folder) for folder in folders),
            sources=tuple(
                _row(source, folders, tuple(airing[source.id]), prepared=source.id in prepared)
                for source in found[offset : offset + limit]
            ),
        )

    def _folder(self, folder: Path) -> FolderRow:
        library = self._services.library
        return FolderRow(
            path=writable(str(folder)), sources=len(library.sources((folder,))), trouble=library.trouble(folder)
        )

    # Changing --------------------------------------------------------------------------------------------------------

    async def settings(self) -> Sequence[ChannelSettings]:
        """Return every channel's settings, ordered by number. Raises :class:`tvd.errors.ConfigError`."""
        own = {one.get("slug"): one for one in await self._written()}
        return [
            ChannelSettings(
                slug=channel.slug,
                version=_version(own.get(channel.slug, {})),
                handwritten=channel.slug in self.handwritten,
                own=own.get(channel.slug, {}),
                values=_values(channel),
            )
            for channel in self._services.config.channels
        ]

    def choices(self) -> Mapping[str, Sequence[str]]:
        """Return what may be chosen for ``order``, ``generator`` and ``fit``."""
        return {"order": get_args(Order), "generator": model.GENERATORS, "fit": get_args(model.Fit)}

    async def change(self, slug: str, table: Mapping[str, Any], version: str | None) -> None:
        """Let ``table`` be what is written of a channel here, as :class:`tvd.web.desk.Desk` has it."""
        async with self._writing:
            own = await self._written()
            there = any(channel.slug == slug for channel in self._services.config.channels)
            if version == "" and there:
                raise ConflictError(f"there is a channel {slug!r} already: give this one another name")
            if version and version != _version(next((one for one in own if one.get("slug") == slug), {})):
                raise ConflictError("changed in another window meanwhile: load the page again and look at it")
            others = [one for one in own if one.get("slug") != slug]
            await self._write([*others, {**table, "slug": slug}])

    async def reset(self, slug: str) -> None:
        """Forget what was written of a channel here. Raises :class:`tvd.errors.NotFoundError` when nothing was."""
        async with self._writing:
            own = await self._written()
            others = [one for one in own if one.get("slug") != slug]
            if len(others) == len(own):
                raise NotFoundError(f"nothing was changed here of a channel {slug!r}")
            await self._write(others)

    async def _write(self, overlay: Overlay) -> None:
        # Tried as a whole before it is written: a bad one never reaches the disk.
        await asyncio.to_thread(self._read, overlay)
        await asyncio.to_thread(write_overlay, self._data, overlay)
        await self._reload("changed by the owner")

    async def _written(self) -> list[dict[str, Any]]:
        return await asyncio.to_thread(read_overlay, self._data)

    @property
    def _data(self) -> Path:
        return self._services.config.storage.data


class _Usage:
    """Processor time between two looks, and what there is now."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._last = time.monotonic(), self._spent([])

    def look(self, data: Path, assets: int, assets_max: int) -> Resources:
        """Return what is used now. Blocks for some milliseconds."""
        children = self._process.children(recursive=True)
        now, spent = time.monotonic(), self._spent(children)
        (before, spent_before), self._last = self._last, (now, spent)
        # A child that ended took its time along.
        cpu = max(0.0, spent - spent_before) / max(0.001, now - before)
        disk = shutil.disk_usage(data)
        return Resources(
            cpu=round(cpu, 3),
            cores=os.cpu_count() or 1,
            memory=sum(_resident(process) for process in [self._process, *children]),
            children=len(children),
            disk_free=disk.free,
            disk_total=disk.total,
            assets=assets,
            assets_max=assets_max,
            uptime=round(time.time() - self._process.create_time(), 1),
        )

    def _spent(self, children: Sequence[psutil.Process]) -> float:
        total = 0.0
        for process in [self._process, *children]:
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system
        return total


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def _row(source: Source, folders: Sequence[Path], channels: tuple[str, ...], *, prepared: bool) -> SourceRow:
    path = source.path
    folder = None if path is None else next((one for one in folders if path.is_relative_to(one)), None)
    below = "" if path is None else writable(str(path.relative_to(folder) if folder else path))
    return SourceRow(
        id=source.id,
        title=source.title,
        state=source.state,
        reason=source.reason,
        duration=source.duration,
        size=source.size,
        folder="" if folder is None else writable(str(folder)),
        path=below,
        channels=channels,
        prepared=prepared,
    )


def _values(channel: model.Channel) -> dict[str, Any]:
    values: dict[str, Any] = msgspec.to_builtins(channel, enc_hook=str)
    for table in ("house", "ffmpeg"):
        values[table] = {key: value for key, value in values[table].items() if key not in _GLOBAL}
    return values


def _version(own: Mapping[str, Any]) -> str:
    """Return what stands for the keys written of a channel here."""
    return hashlib.blake2b(msgspec.json.encode(own, order="deterministic", enc_hook=str), digest_size=9).hexdigest()
