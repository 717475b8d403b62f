"""The sources of channels, read once for a command: folders scanned, demo programmes listed."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tvd.config.model import Channel, Config
from tvd.errors import NotFoundError
from tvd.library.library import Library, ScanReport
from tvd.library.source import Source
from tvd.media import demo
from tvd.services import demo_source

if TYPE_CHECKING:
    from collections.abc import Iterator


class Known:
    """What the library knows after one complete pass."""

    def __init__(self, library: Library, report: ScanReport) -> None:
        self.report = report
        self._library = library

    def sources(self, channel: Channel) -> tuple[Source, ...]:
        """Return what ``channel`` could air, refused files included."""
        if channel.generator:
            made = demo.GENERATORS[channel.generator].programmes()
            return tuple(map(demo_source, made))
        return self._library.sources(channel.folders)


@asynccontextmanager
async def known_sources(config: Config, channels: Iterable[Channel]) -> AsyncIterator[Known]:
    """Scan the folders of ``channels``, with a progress bar when stderr is a terminal."""
    folders = sorted({folder for channel in channels for folder in channel.folders})
    await asyncio.to_thread(config.storage.data.mkdir, parents=True, exist_ok=True)
    async with Library(config.storage.data / "library.sqlite") as library:
        await library.set_folders(folders)
        library.guess()
        with progress_bar("reading the library") as progress:
            report = await library.scan(progress=progress)
        yield Known(library, report)


def chosen(config: Config, slug: str | None) -> tuple[Channel, ...]:
    """Return the channel called ``slug``, all for None. Raises :class:`NotFoundError` that names those there are."""
    if slug is None:
        return config.channels
    found = tuple(channel for channel in config.channels if channel.slug == slug)
    if not found:
        known = ", ".join(channel.slug for channel in config.channels) or "none"
        raise NotFoundError(f"there is no channel {slug!r}; there are: {known}")
    return found


@contextmanager
def progress_bar(what: str) -> "Iterator[Callable[[int, int], None]]":
    """Show a bar on stderr while the block runs; the function it gives takes how many are done, of how many."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
