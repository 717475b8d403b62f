"""Several sizes over HTTP: the multivariant playlist leads to each, and each to its own segments."""

import m3u8
import pytest
from aiohttp.test_utils import TestClient
from studio import NOW, Clip, Connect, StudioBroadcast, StudioChannel, StudioClock, at

OWN, SMALL = "320x180p30-00000000", "160x90p30-00000000"
INDEX = "/hls/late-night/90p/index.m3u8"


@pytest.fixture
def studio(clip: Clip, other_clip: Clip, clock: StudioClock) -> StudioBroadcast:
    small = StudioChannel(3, "90p", "", clip, clock, rendition=SMALL)
    channel = StudioChannel(3, "Late Night", "late-night", other_clip, clock, rendition=OWN, smaller=[small])
    channel.fill()
    return StudioBroadcast(clock, [channel])


@pytest.fixture
async def client(connect: Connect, studio: StudioBroadcast) -> TestClient:
    return await connect(studio)


async def text(client: TestClient, url: str, **query: str) -> str:
    async with client.get(url, params=query, headers={"Accept-Encoding": "identity"}) as response:
        assert response.status == 200
        return await response.text()


async def test_each_variant_leads_to_its_own_segments_of_the_same_numbers(client: TestClient) -> None:
    master = m3u8.loads(await text(client, "/hls/late-night/master.m3u8"))
    assert [one.uri for one in master.playlists] == ["index.m3u8", "90p/index.m3u8"]
    assert [one.stream_info.resolution for one in master.playlists] == [(320, 180), (160, 90)]
    numbers, bodies = [], []
    for one in master.playlists:
        url = f"/hls/late-night/{one.uri}"
        read = m3u8.loads(await text(client, url))
        numbers.append((read.media_sequence, [segment.program_date_time for segment in read.segments]))
        folder = url.rsplit("/", 1)[0]
        newest = read.segments[-1]
        for uri in (newest.init_section.uri, newest.uri):
            async with client.get(f"{folder}/{uri}") as response:
                assert response.status == 200
                assert response.headers["Cache-Control"].endswith("immutable")
                bodies.append(await response.read())
    assert numbers[0] == numbers[1]
    assert len(set(bodies)) == 4


async def test_a_reload_waits_in_every_size(client: TestClient, studio: StudioBroadcast, clock: StudioClock) -> None:
    clock.run_from(at(NOW + 1) - 200_000_000)
    read = m3u8.loads(await text(client, INDEX, _HLS_msn=str(NOW + 1)))
    assert read.media_sequence + len(read.segments) - 1 == NOW + 1
    assert studio.on[0].on_air() == NOW + 1
    async with client.get(INDEX, params={"_HLS_msn": str(NOW + 9)}) as response:
        assert response.status == 400


async def test_only_what_is_watched_stays_in_memory(client: TestClient, studio: StudioBroadcast) -> None:
    [channel] = studio.on
    async with client.get(f"/hls/late-night/{SMALL}/{NOW}.m4s") as response:
        assert response.status == 200
    assert channel.smaller[0].window._watched_until > NOW
    assert channel.window._watched_until == 0


async def test_a_size_with_nothing_on_air_is_not_offered_yet(
    client: TestClient, studio: StudioBroadcast, clip: Clip, clock: StudioClock
) -> None:
    [channel] = studio.on
    new = StudioChannel(3, "60p", "", clip, clock, rendition="106x60p30-00000000")
    new.window.put_initialisation(new.rendition, clip.head())
    new.window.put(clip.segment(NOW + 1, new.rendition))
    channel.smaller.append(new)
    assert "60p/" not in await text(client, "/hls/late-night/master.m3u8")
    assert (await client.get("/hls/late-night/60p/index.m3u8")).status == 503
    assert (await client.get("/hls/late-night/106x60p30-00000000/init.mp4")).status == 200
    clock.set(at(NOW + 1))
    assert "60p/index.m3u8" in await text(client, "/hls/late-night/master.m3u8")
    assert (await client.get("/hls/late-night/60p/index.m3u8")).status == 200


@pytest.mark.parametrize(
    "url",
    ["/hls/late-night/180p/index.m3u8", "/hls/late-night/91p/index.m3u8", f"/hls/late-night/{SMALL}/index.m3u8",
     f"/hls/late-night/90p/{NOW}.m4s", f"/hls/late-night/{SMALL}/{NOW + 1}.m4s", "/hls/late-night/90p/init.mp4"],
)  # fmt: skip
async def test_what_is_no_smaller_size_is_404(client: TestClient, url: str) -> None:
    assert (await client.get(url)).status == 404
