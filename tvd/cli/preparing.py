"""Commands that prepare assets: the services without the air, and progress while they work."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from tvd.cli.known import progress_bar
from tvd.config.model import Channel, Config
from tvd.library.progress import show_progress
from tvd.library.queue import Wanted
from tvd.services import Services

SETTLING: Final = 30.0
"""Seconds to wait for files that are being copied in; what takes longer is left out."""


@asynccontextmanager
async def services_for(config: Config, channels: Sequence[Channel]) -> AsyncIterator[Services]:
    """Run the services with the folders of ``channels`` read completely."""
    async with Services(config) as services:
        await services.follow(channels)
        with progress_bar("reading the library") as progress:
            services.library.guess()
            await services.library.scan(progress=progress)
        await _settled(services, channels)
        yield services


async def _settled(services: Services, channels: Sequence[Channel]) -> None:
    """Wait for files that were written just now, until it is clear that they are whole (or still grow)."""
    with suppress(TimeoutError):
        async with asyncio.timeout(SETTLING):
            while any(source.state == "waiting" for channel in channels for source in services.sources(channel)):
                await services.library.changed(services.library.version)


async def prepare(services: Services, wanted: Sequence[Wanted]) -> None:
    """Make what is wanted, in its order, showing progress; returns when everything is there or refused."""
    services.planned = {want.source.id: want.air_ns for want in wanted}
    services.normaliser.set_wanted(wanted)
    showing = asyncio.create_task(show_progress(services.normaliser))
    try:
        await services.normaliser.drained()
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)
