"""A server on loopback over a studio of two channels, at a time of our choosing."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

sys.path.insert(0, str(Path(__file__).parent))

from studio import NOW, Clip, Connect, StudioBroadcast, StudioChannel, StudioClock, at, config, make_clip

from tvd.web.application import make_app


@pytest.fixture(scope="session")
def clip() -> Clip:
    return make_clip("testsrc2", 440)


@pytest.fixture(scope="session")
def other_clip() -> Clip:
    return make_clip("smptebars", 330, size="320x180")


@pytest.fixture
def clock() -> StudioClock:
    return StudioClock(at(NOW, 0.5))


@pytest.fixture
def studio(clip: Clip, clock: StudioClock) -> StudioBroadcast:
    channels = [
        StudioChannel(3, "Late Night", "late-night", clip, clock),
        StudioChannel(7, "Slow & <quiet>", "slow", clip, clock, titles=('The "quoted"\none', "<b>Water</b>")),
    ]
    for channel in channels:
        channel.fill()
    return StudioBroadcast(clock, channels)


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    clients: list[TestClient] = []

    async def serve(broadcast: StudioBroadcast, **server: object) -> TestClient:
        client = TestClient(TestServer(make_app(broadcast, config(**server))))
        await client.start_server()
        clients.append(client)
        return client

    yield serve
    for client in clients:
        await client.close()


@pytest.fixture
async def client(connect: Connect, studio: StudioBroadcast) -> TestClient:
    return await connect(studio)
