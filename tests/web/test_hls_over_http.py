import asyncio

import m3u8
import pytest
from aiohttp.test_utils import TestClient
from studio import GRID, NOW, Clip, Connect, StudioBroadcast, StudioClock, at

INDEX = "/hls/late-night/index.m3u8"
RENDITION = "160x90p30-00000000"


def segment_url(seq: int, rendition: str = RENDITION) -> str:
    return f"/hls/late-night/{rendition}/{seq}.m4s"


async def listed(client: TestClient, **query: str) -> m3u8.M3U8:
    async with client.get(INDEX, params=query, headers={"Accept-Encoding": "identity"}) as response:
        assert response.status == 200
        return m3u8.loads(await response.text())


async def test_the_newest_listed_segment_is_the_one_on_air(client: TestClient, clock: StudioClock) -> None:
    read = await listed(client)
    assert [segment.uri for segment in read.segments] == [f"{RENDITION}/{seq}.m4s" for seq in range(NOW - 7, NOW + 1)]
    clock.set(at(NOW + 1) - 1)
    assert (await listed(client)).media_sequence == NOW - 7
    clock.set(at(NOW + 1))
    assert (await listed(client)).media_sequence == NOW - 6


async def test_every_listed_url_is_there_and_decodes_on_the_time_line(client: TestClient) -> None:
    read = await listed(client)
    async with client.get(f"/hls/late-night/{read.segments[0].init_section.uri}") as response:
        assert response.status == 200
        assert (await response.read())[4:8] == b"ftyp"
    for segment in read.segments:
        async with client.get(f"/hls/late-night/{segment.uri}") as response:
            assert response.status == 200
            assert response.headers["Content-Type"] == "video/mp4"
            assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert (await response.read())[4:8] == b"moof"


async def test_what_lies_ahead_is_not_told_and_what_was_stays_a_while(
    client: TestClient, studio: StudioBroadcast, clock: StudioClock
) -> None:
    assert studio.on[0].window.get(NOW + 1) is not None
    assert (await client.get(segment_url(NOW + 1))).status == 404
    clock.set(at(NOW + 5))
    studio.on[0].fill()
    assert (await client.get(segment_url(NOW - 7))).status == 200
    clock.set(at(NOW + 40))
    studio.on[0].fill()
    assert (await client.get(segment_url(NOW - 7))).status == 404


@pytest.mark.parametrize(
    "url",
    [
        segment_url(NOW, "other"),
        "/hls/late-night/other/init.mp4",
        "/hls/nobody/index.m3u8",
        "/hls/nobody/master.m3u8",
        "/hls/late-night/../../etc/passwd",
        "/hls/late-night/%2e%2e/init.mp4",
        segment_url(10**15),
    ],
)
async def test_what_is_not_there_is_404_in_one_plain_line(client: TestClient, url: str) -> None:
    async with client.get(url) as response:
        assert response.status == 404
        assert response.headers["Cache-Control"] == "no-store"
        assert len((await response.text()).splitlines()) == 1


async def test_the_multivariant_playlist_leads_to_the_media_playlist(client: TestClient) -> None:
    async with client.get("/hls/late-night/master.m3u8", headers={"Accept-Encoding": "identity"}) as response:
        assert response.headers["Content-Type"] == "application/vnd.apple.mpegurl"
        (only,) = m3u8.loads(await response.text()).playlists
    assert only.uri == "index.m3u8"
    assert only.stream_info.codecs.startswith("avc1.6400")


async def test_playlists_are_compressed_tagged_and_revalidated(client: TestClient, clock: StudioClock) -> None:
    async with client.get(INDEX, headers={"Accept-Encoding": "gzip, br"}) as response:
        assert response.headers["Content-Encoding"] == "gzip"
        assert response.headers["Cache-Control"] == "no-cache"
        assert response.headers["Vary"] == "Accept-Encoding"
        text, etag = await response.read(), response.headers["ETag"]
        assert int(response.headers["Content-Length"]) < len(text)
    async with client.get(INDEX, headers={"Accept-Encoding": "gzip;q=0"}) as response:
        assert "Content-Encoding" not in response.headers
        assert await response.read() == text
        assert response.headers["ETag"] != etag
    same = {"Accept-Encoding": "gzip", "If-None-Match": f'"other", W/{etag}'}
    async with client.get(INDEX, headers=same) as response:
        assert response.status == 304
        assert response.headers["ETag"] == etag
        assert await response.read() == b""
    clock.set(at(NOW + 1))
    assert (await client.get(INDEX, headers=same)).status == 200


async def test_head_says_what_get_would(client: TestClient) -> None:
    for url in (INDEX, segment_url(NOW), "/api/channels", "/"):
        async with client.get(url) as got, client.head(url) as head:
            assert head.status == 200
            assert await head.read() == b""
            for name in ("Content-Type", "Content-Length", "ETag", "Cache-Control"):
                assert head.headers.get(name) == got.headers.get(name)


@pytest.mark.parametrize(
    ("wanted", "status", "part"),
    [
        ("bytes=0-99", 206, slice(0, 100)),
        ("bytes=100-", 206, slice(100, None)),
        ("bytes=-50", 206, slice(-50, None)),
        ("bytes=0-999999999", 206, slice(0, None)),
        ("bytes=999999999-", 416, None),
        ("bytes=5-4", 416, None),
        ("bytes=-0", 416, None),
        # What is no one range of bytes is ignored, another unit above all (RFC 9110, section 14.2).
        ("bytes=0-1,5-6", 200, slice(0, None)),
        ("bytes=" + ",".join(["0-"] * 90), 200, slice(0, None)),
        ("bytes=first", 200, slice(0, None)),
        ("lines=1-2", 200, slice(0, None)),
    ],
)
async def test_ranges_of_a_segment(client: TestClient, wanted: str, status: int, part: slice | None) -> None:
    whole = await (await client.get(segment_url(NOW))).read()
    async with client.get(segment_url(NOW), headers={"Range": wanted}) as response:
        assert response.status == status
        body = await response.read()
    if part is None:
        assert response.headers["Content-Range"] == f"bytes */{len(whole)}"
    elif status == 200:
        assert body == whole
        assert "Content-Range" not in response.headers
    else:
        assert body == whole[part]
        start = range(len(whole))[part].start
        assert response.headers["Content-Range"] == f"bytes {start}-{start + len(body) - 1}/{len(whole)}"


async def test_a_range_of_something_else_gets_everything(client: TestClient) -> None:
    async with client.get(segment_url(NOW), headers={"Range": "bytes=0-9", "If-Range": '"old"'}) as response:
        assert response.status == 200


async def test_any_page_may_read_and_ask_first(client: TestClient) -> None:
    for url in (INDEX, segment_url(NOW), "/api/channels", "/hls/nobody/index.m3u8"):
        async with client.get(url) as response:
            assert response.headers["Access-Control-Allow-Origin"] == "*"
        async with client.options(url, headers={"Access-Control-Request-Method": "GET"}) as response:
            assert response.status == 204
            assert "GET" in response.headers["Access-Control-Allow-Methods"]
            assert "Range" in response.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Origin" not in (await client.get("/livez")).headers


async def test_blocking_reload_answers_when_the_segment_comes_on_air(client: TestClient, clock: StudioClock) -> None:
    clock.run_from(at(NOW + 1) - 50_000_000)
    read = await listed(client, _HLS_msn=str(NOW + 1))
    assert read.segments[-1].uri.endswith(f"/{NOW + 1}.m4s")
    assert clock.now_ns() >= at(NOW + 1)


async def test_blocking_reload_for_what_is_listed_answers_at_once(client: TestClient) -> None:
    assert (await listed(client, _HLS_msn=str(NOW))).media_sequence == NOW - 7


async def test_blocking_reload_waits_for_a_late_segment(
    client: TestClient, studio: StudioBroadcast, clock: StudioClock
) -> None:
    clock.set(at(NOW + 5))
    waiting = asyncio.create_task(listed(client, _HLS_msn=str(NOW + 5)))
    async with client.get(INDEX) as response:
        assert response.status == 200
    assert not waiting.done()
    studio.on[0].fill()
    assert (await waiting).segments[-1].uri.endswith(f"/{NOW + 5}.m4s")


@pytest.mark.parametrize("query", [f"_HLS_msn={NOW + 3}", "_HLS_msn=x", "_HLS_msn=-1", "_HLS_msn=", "_HLS_part=1"])
async def test_blocking_reload_refuses_nonsense(client: TestClient, query: str) -> None:
    assert (await client.get(f"{INDEX}?{query}")).status == 400


async def test_blocking_reload_gives_up(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tvd.web.hls._PATIENCE", 0.01)
    async with client.get(INDEX, params={"_HLS_msn": str(NOW + 1)}) as response:
        assert response.status == 503
        assert "Retry-After" in response.headers


async def test_a_channel_with_nothing_to_show_says_why(connect: Connect, studio: StudioBroadcast) -> None:
    studio.on[0].window.clear()
    studio.on[0].broken = "ffmpeg: no such file"
    client = await connect(studio)
    for url in (INDEX, "/hls/late-night/master.m3u8"):
        async with client.get(url) as response:
            assert response.status == 503
            assert await response.text() == "ffmpeg: no such file\n"


async def test_late_segments_appear_as_soon_as_they_are_put(
    client: TestClient, studio: StudioBroadcast, clock: StudioClock
) -> None:
    clock.set(at(NOW + 6))
    assert len((await listed(client)).segments) == 6
    studio.on[0].fill()
    assert len((await listed(client)).segments) == 8


async def test_a_changed_rendition_is_one_discontinuity(
    client: TestClient, studio: StudioBroadcast, clock: StudioClock, other_clip: Clip
) -> None:
    channel = studio.on[0]
    channel.change(other_clip, "320x180p30-11111111")
    clock.set(at(NOW + 6))
    channel.fill()
    read = await listed(client)
    assert [segment.discontinuity for segment in read.segments].count(True) == 1
    assert read.discontinuity_sequence in (None, 0)
    assert len({segment.init_section.uri for segment in read.segments}) == 2
    clock.set(at(NOW + 12))
    channel.fill()
    read = await listed(client)
    assert read.discontinuity_sequence == 1
    assert not any(segment.discontinuity for segment in read.segments)


async def test_programmes_are_date_ranges(client: TestClient) -> None:
    async with client.get("/hls/slow/index.m3u8", headers={"Accept-Encoding": "identity"}) as response:
        text = await response.text()
    ranges = [line for line in text.splitlines() if line.startswith("#EXT-X-DATERANGE")]
    assert len(ranges) in (1, 2)
    assert all('CLASS="tvd.programme"' in line for line in ranges)
    assert any("X-TITLE=\"The 'quoted' one\"" in line or 'X-TITLE="<b>Water</b>"' in line for line in ranges)


def test_the_studio_is_on_the_grid(clip: Clip) -> None:
    assert len(clip.fragments) == 4
    assert GRID.seq_at(at(NOW)) == NOW
