import asyncio
import re
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from aiohttp.test_utils import TestClient
from studio import EPOCH, NOW, Connect, StudioBroadcast, StudioClock, at

from tvd.guide.listing import Chapter
from tvd.web import api


def moment(seq: int) -> str:
    return (EPOCH + timedelta(microseconds=at(seq) // 1000)).isoformat()


async def test_channels_tell_now_and_next(client: TestClient) -> None:
    async with client.get("/api/channels") as response:
        assert response.headers["Content-Type"] == "application/json"
        first, second = await response.json()
    assert (first["number"], first["slug"], first["name"], first["state"]) == (3, "late-night", "Late Night", "on_air")
    assert first["hls"] == "/hls/late-night/master.m3u8"
    assert first["now"]["seq_start"] <= NOW < first["now"]["seq_stop"] == first["next"]["seq_start"]
    assert first["now"]["stop"] == first["next"]["start"]
    assert datetime.fromisoformat(first["now"]["start"]).utcoffset() == timedelta(0)
    assert {"id", "kind", "title", "artist", "description", "start", "stop"} <= first["now"].keys()
    assert second["name"] == "Slow & <quiet>"


async def test_whoever_waits_for_a_channel_is_answered_when_it_is_there(
    client: TestClient, studio: StudioBroadcast
) -> None:
    assert (await client.get("/api/channels?wait=nobody")).status == 404
    channel = studio.channel("late-night")
    async with client.get("/api/channels?wait=late-night") as response:
        assert next(one["state"] for one in await response.json()) == "on_air"
    assert not channel.window.watched
    channel.window.clear()
    asked = asyncio.create_task(client.get("/api/channels?wait=late-night"))
    async with asyncio.timeout(5):
        while not channel.window.watched:
            await asyncio.sleep(0.01)
        async with client.get("/api/channels") as response:
            assert next(one["state"] for one in await response.json()) == "standby"
        assert not asked.done()
        channel.fill()
        assert next(one["state"] for one in await (await asked).json()) == "on_air"


async def test_nobody_waits_for_ever(
    client: TestClient, studio: StudioBroadcast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "_WAIT", 0.1)
    studio.channel("late-night").window.clear()
    async with client.get("/api/channels?wait=late-night") as response:
        assert next(one["state"] for one in await response.json()) == "standby"


async def test_a_programme_tells_all_that_is_known_of_it(
    client: TestClient, studio: StudioBroadcast, clock: StudioClock
) -> None:
    [now, *_] = await (await client.get("/api/channels/late-night/schedule")).json()
    nothing = {name: now[name] for name in ("subtitle", "series", "season", "episode", "year", "genres", "art")}
    assert nothing == {
        "subtitle": "", "series": "", "season": None, "episode": None, "year": None, "genres": [], "art": ""
    }  # fmt: skip
    words = {
        "series": "<b>Fargo</b>", "subtitle": 'The "Gift"\nof Magi', "season": 2, "episode": 5, "year": 2015,
        "genres": ("Crime", "Drama"), "rating": "16", "language": "eng", "description": "word " * 100,
        "art": "0123456789abcdef.jpg", "chapters": (Chapter("2026-07-01T00:00:00.000Z", "One"),),
    }  # fmt: skip
    channel = studio.channel("late-night")
    channel.words = words
    [now, *_] = await (await client.get("/api/channels/late-night/schedule")).json()
    assert now | words | {"genres": ["Crime", "Drama"], "art": "", "chapters": []} == now | {"art": "", "chapters": []}
    assert now["art"] == "/art/0123456789abcdef.jpg"
    assert now["chapters"] == [{"start": "2026-07-01T00:00:00.000Z", "title": "One"}]

    playlist = await (await client.get("/hls/late-night/index.m3u8")).text()
    [line, *_] = [line for line in playlist.splitlines() if line.startswith("#EXT-X-DATERANGE")]
    for attribute in (
        'X-SERIES="<b>Fargo</b>"', "X-SUBTITLE=\"The 'Gift' of Magi\"", 'X-SEASON="2"', 'X-EPISODE="5"',
        'X-YEAR="2015"', 'X-GENRE="Crime, Drama"', 'X-RATING="16"', 'X-ART="/art/0123456789abcdef.jpg"',
    ):  # fmt: skip
        assert f",{attribute}" in line
    [description] = re.findall(r'X-DESCRIPTION="([^"]*)"', line)
    assert description.endswith("word…")
    assert len(description) <= 160

    # Of a programme in the playlist nothing may change any more; what was not known may be added.
    channel.words = {**words, "series": "Changed", "artist": "Known by now"}
    clock.set(at(NOW + 1))
    channel.fill()
    later = await (await client.get("/hls/late-night/index.m3u8")).text()
    first, *_, last = [line for line in later.splitlines() if line.startswith("#EXT-X-DATERANGE")]
    assert later != playlist
    for line in (first, last):
        assert 'X-SERIES="<b>Fargo</b>"' in line
        assert 'X-ARTIST="Known by now"' in line


async def test_pictures_of_programmes(client: TestClient) -> None:
    url = "/art/0123456789abcdef.jpg"
    async with client.get(url) as response:
        assert (response.status, response.content_type) == (200, "image/jpeg")
        assert "immutable" in response.headers["Cache-Control"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert len(await response.read()) == 1003
        tag = response.headers["ETag"]
    async with client.get(url, headers={"If-None-Match": tag}) as response:
        assert response.status == 304
    async with client.head(url) as response:
        assert response.status == 200
    for other in ("/art/0123456789abcde0.jpg", "/art/x.jpg", "/art/..%2Flibrary.sqlite", f"{url}.png"):
        async with client.get(other) as response:
            assert response.status == 404
            assert "immutable" not in response.headers.get("Cache-Control", "")


async def test_viewers_are_counted_while_they_watch(client: TestClient, clock: StudioClock) -> None:
    async def viewers() -> int:
        return (await (await client.get("/api/channels")).json())[0]["viewers"]

    assert await viewers() == 0
    index = "/hls/late-night/index.m3u8"
    await client.get(index)
    await client.get(index)
    assert await viewers() == 1
    await client.get(index, headers={"User-Agent": "another"})
    await client.get(index, params={"player": "tablet"})
    assert await viewers() == 3
    assert 'tvd_viewers{channel="late-night"} 3.0' in await (await client.get("/metrics")).text()
    clock.set(at(NOW + 4))
    assert await viewers() == 0


async def test_the_schedule_covers_what_was_asked(client: TestClient) -> None:
    url = "/api/channels/late-night/schedule"
    async with client.get(url, params={"from": moment(NOW), "to": moment(NOW + 25)}) as response:
        items = await response.json()
    assert items[0]["seq_start"] <= NOW
    assert items[-1]["seq_stop"] >= NOW + 25
    for earlier, later in pairwise(items):
        assert earlier["seq_stop"] == later["seq_start"]
    async with client.get(url) as response:
        assert (await response.json())[0]["seq_start"] <= NOW
    async with client.get(f"{url}?from=2026-07-01T00:00:00+00:00&to=2026-07-01T02:00:00%2B01:00") as response:
        assert response.status == 200


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("from=yesterday", "from"),
        ("to=12", "to"),
        ("from=2026-07-02T00:00:00Z&to=2026-07-01T00:00:00Z", "to"),
        ("from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z", "to"),
        ("from=1969-01-01T00:00:00Z", "from"),
        ("from=9999-12-31T23:00:00Z", "from"),
        ("from=2262-04-12T00:00:00Z", "from"),
        ("from=0001-01-01T00:00:00%2B12:00", "from"),
    ],
)
async def test_times_that_are_none_are_refused_by_name(client: TestClient, query: str, names: str) -> None:
    async with client.get(f"/api/channels/late-night/schedule?{query}") as response:
        assert response.status == 400
        assert (await response.json())["error"].startswith(f"{names}: ")


async def test_api_errors_are_json(client: TestClient) -> None:
    for url, status in (("/api/nothing", 404), ("/api/channels/nobody/schedule", 404)):
        async with client.get(url) as response:
            assert response.status == status
            assert (await response.json())["error"]
    async with client.post("/api/channels") as response:
        assert response.status == 405
        assert "GET" in response.headers["Allow"]


async def test_people_get_a_page_and_machines_a_line_where_there_is_nothing(client: TestClient) -> None:
    for url, why in (("/nowhere", "nothing at this address"), ("/watch/nobody", "no channel nobody")):
        async with client.get(url, headers={"Accept": "text/html,*/*;q=0.8", "Accept-Language": "pt"}) as response:
            assert (response.status, response.content_type) == (404, "text/html")
            assert "script-src 'self'" in response.headers["Content-Security-Policy"]
            text = await response.text()
            assert "Sem sinal" in text
            assert why in text
        async with client.get(url) as response:
            assert (response.status, response.content_type) == (404, "text/plain")
            assert why in await response.text()


@pytest.mark.parametrize("host", ["tv\xff", 'tv"<b>', "[::1", "tv:port", "tv/x"])
async def test_a_host_that_is_none_is_refused(client: TestClient, host: str) -> None:
    async with client.get("/iptv/channels.m3u", headers={"Host": host}) as response:
        assert response.status == 400
        assert "Host" in await response.text()


async def test_what_is_no_http_is_answered_and_fills_no_log(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    for sent in (b"\x16\x03\x01 hello\r\n\r\n", b"GET /api/guide?from=\xc3\xa9 HTTP/1.1\r\nHost: tv\r\n\r\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(sent)
        assert (await reader.readline()).split()[1] == b"400"
        writer.close()
        await writer.wait_closed()
    assert caplog.records == []


async def test_a_bug_is_told_without_its_inside(connect: Connect, studio: StudioBroadcast) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    studio.on[0].listing = broken  # type: ignore[method-assign]
    client = await connect(studio)
    async with client.get("/api/channels") as response:
        assert response.status == 500
        assert "secret" not in await response.text()


async def test_status(client: TestClient) -> None:
    status = await (await client.get("/api/status")).json()
    assert status["channels"][0] | {"pid": 1, "restarts": 0, "lead": 4} == status["channels"][0]
    assert status["normaliser"] == {"queue": []}


async def test_ready_names_the_channels_that_are_not(connect: Connect, studio: StudioBroadcast) -> None:
    client = await connect(studio)
    assert (await client.get("/livez")).status == 200
    assert (await client.get("/readyz")).status == 200
    studio.on[1].window.clear()
    studio.on[1].broken = "no ffmpeg"
    async with client.get("/readyz") as response:
        assert response.status == 503
        assert "slow: no ffmpeg" in await response.text()
        assert "late-night" not in await response.text()


async def test_metrics_are_by_route_never_by_url(client: TestClient) -> None:
    await client.get("/watch/late-night")
    await client.get("/no/such/page/1")
    await client.request("PROPFIND", "/livez")
    text = await (await client.get("/metrics")).text()
    assert 'route="/watch/{slug}"' in text
    assert "such" not in text
    assert "PROPFIND" not in text


async def test_pages_are_locked_down(client: TestClient) -> None:
    async with client.get("/") as response:
        policy = response.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "python" not in response.headers["Server"].lower()
        page = await response.text()
    assert "<quiet>" not in page
    assert "<script>" not in page
    assert " style=" not in page


async def test_names_are_escaped_on_the_page(client: TestClient) -> None:
    async with client.get("/watch/slow", headers={"Accept-Encoding": "identity"}) as response:
        assert "Slow &amp; &lt;quiet&gt;" in await response.text()
    assert (await client.get("/watch/nobody")).status == 404
