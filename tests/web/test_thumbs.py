"""``/thumbs/SLUG.jpg``: small pictures of channels, made rarely and never twice."""

import asyncio
from email.utils import parsedate_to_datetime
from io import BytesIO

import pytest
from aiohttp.test_utils import TestClient
from PIL import Image
from studio import GRID, NOW, StudioBroadcast, StudioClock, at

from tvd.errors import NotFoundError
from tvd.media.ffmpeg import find_ffmpeg
from tvd.media.thumbnail import ThumbnailError, thumbnail
from tvd.web.keys import THUMBS
from tvd.web.thumbs import Thumbs


async def test_it_is_the_picture_on_air(client: TestClient) -> None:
    async with client.get("/thumbs/late-night.jpg") as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "image/jpeg"
        assert response.headers["Cache-Control"] == "public, max-age=30"
        taken = parsedate_to_datetime(response.headers["Last-Modified"]).timestamp()
        assert int(taken) == GRID.start_ns(NOW) // 1_000_000_000
        etag, body = response.headers["ETag"], await response.read()
    picture = Image.open(BytesIO(body))
    assert picture.size == (192, 108)
    assert len(body) < 20_000
    # The test picture has colours; a picture of nothing has one.
    assert len(picture.convert("RGB").getcolors(1 << 16) or []) > 100
    async with client.get("/thumbs/late-night.jpg", headers={"If-None-Match": etag}) as response:
        assert response.status == 304


async def test_one_a_minute_however_many_ask(studio: StudioBroadcast, clock: StudioClock) -> None:
    thumbs, [channel, other] = Thumbs(clock, "auto"), studio.on
    many = await asyncio.gather(*(thumbs.picture(channel) for _ in range(20)))
    assert thumbs.made == 1
    assert len({picture.content.tag for picture in many}) == 1
    await thumbs.picture(other)
    assert thumbs.made == 2
    clock.set(at(NOW + 29, 0.5))  # the next minute
    for each in studio.on:
        each.fill()
    assert (await thumbs.picture(channel)).taken > many[0].taken
    assert thumbs.made == 3


async def test_what_is_taken_away_is_forgotten(studio: StudioBroadcast, clock: StudioClock) -> None:
    thumbs, [channel, other] = Thumbs(clock, "auto"), studio.on
    await thumbs.picture(channel)
    thumbs.keep(frozenset({other.slug}))
    await thumbs.picture(channel)
    assert thumbs.made == 2


async def test_no_picture_where_there_is_none(client: TestClient, studio: StudioBroadcast) -> None:
    assert (await client.get("/thumbs/nowhere.jpg")).status == 404
    studio.on[0].window.clear()
    assert (await client.get("/thumbs/late-night.jpg")).status == 404


async def test_asking_is_not_watching(client: TestClient) -> None:
    await client.get("/thumbs/late-night.jpg")
    channels = await (await client.get("/api/channels")).json()
    assert channels[0]["viewers"] == 0


async def test_what_is_no_segment_is_refused(studio: StudioBroadcast, clock: StudioClock) -> None:
    ffmpeg = (await find_ffmpeg()).path
    for data in (b"", b"no video at all", studio.on[0].clip.head()):
        with pytest.raises(ThumbnailError):
            await thumbnail(ffmpeg, data, b"")
    with pytest.raises(NotFoundError):
        await Thumbs(clock, "/nowhere/ffmpeg").picture(studio.on[0])


async def test_the_page_uses_the_one_of_the_application(client: TestClient) -> None:
    await client.get("/thumbs/slow.jpg")
    assert client.app is not None
    assert client.app[THUMBS].made == 1
