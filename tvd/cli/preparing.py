"""Commands that prepare assets: the services without the air, and progress while they work."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tvd.cli.known import progress_bar
from tvd.config.model import Channel, Config
from tvd.library.progress import show_progress
from tvd.library.queue import Wanted
from tvd.services import Services


@asynccontextmanager
async def services_for(config: Config, channels: Sequence[Channel]) -> AsyncIterator[Services]:
    """Run the services with the folders of ``channels`` read completely."""
    async with Services(config) as services:
        await services.follow(channels)
        with progress_bar("reading the library") as progress:
            await services.library.scan(progress=progress)
        yield services


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
