"""What Plex, Jellyfin, Kodi and players ask, in the order they ask it."""

import asyncio
import io
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image
from studio import NOW, StudioBroadcast, StudioClock, at

from tvd.config.model import Config, Iptv, Storage
from tvd.guide.hdhomerun import is_valid
from tvd.media.tsmux import PACKET
from tvd.web import listings
from tvd.web.application import make_app
from tvd.web.keys import LIVE, TUNERS


@pytest.fixture
async def box(studio: StudioBroadcast, tmp_path: Path) -> AsyncIterator[TestClient]:
    config = Config(path=tmp_path / "config.toml", storage=Storage(data=tmp_path / "data"), iptv=Iptv(tuners=1))
    client = TestClient(TestServer(make_app(studio, config)))
    await client.start_server()
    yield client
    await client.close()


async def test_a_box_adds_us_as_a_tuner(box: TestClient, tmp_path: Path) -> None:
    base = str(box.make_url("/")).rstrip("/")
    found = await (await box.get("/discover.json")).json()
    assert is_valid(int(found["DeviceID"], 16))
    assert (found["BaseURL"], found["LineupURL"], found["TunerCount"]) == (base, f"{base}/lineup.json", 1)
    assert found["FriendlyName"] == "tvd"
    assert (await (await box.get("/discover.json")).json()) == found
    assert (await asyncio.to_thread((tmp_path / "data" / "device-id").read_text)).strip() == found["DeviceID"]
    status = await (await box.get("/lineup_status.json")).json()
    assert (status["ScanInProgress"], status["Source"] in status["SourceList"]) == (0, True)
    async with box.post("/lineup.post?scan=start") as response:
        assert (response.status, await response.text()) == (200, "")
    lineup = await (await box.get("/lineup.json")).json()
    assert [(one["GuideNumber"], one["GuideName"]) for one in lineup] == [("3", "Late Night"), ("7", "Slow & <quiet>")]
    assert [one["URL"] for one in lineup] == [f"{base}/auto/v3", f"{base}/auto/v7"]
    device = ET.fromstring(await (await box.get("/device.xml")).text())  # noqa: S314 - we wrote it
    spaces = {"u": "urn:schemas-upnp-org:device-1-0"}
    assert device.findtext("u:device/u:serialNumber", namespaces=spaces) == found["DeviceID"]
    assert device.findtext("u:URLBase", namespaces=spaces) == base


async def test_it_tunes_and_all_tuners_are_in_use(box: TestClient) -> None:
    app = box.server.app
    async with box.head("/auto/v3") as response:
        assert (response.status, response.headers["Content-Type"]) == (200, "video/mp2t")
    async with box.get("/auto/v3?transcode=none") as response:
        assert response.status == 200
        # The last segments come at once.
        data = await response.content.readexactly(PACKET * 200)
        assert all(data[place] == 0x47 for place in range(0, len(data), PACKET))
        assert app[TUNERS].used == 1
        for method in ("GET", "HEAD"):
            async with box.request(method, "/auto/v7") as other:
                assert other.status == 503
                assert other.headers["X-HDHomeRun-Error"] == "805 All Tuners In Use"
        # Whoever takes the stream by its name is no tuner.
        async with box.get("/live/slow.ts") as free:
            assert await free.content.readexactly(PACKET)
    async with asyncio.timeout(10):
        while app[TUNERS].used or app[LIVE].running:
            await asyncio.sleep(0)
    async with box.get("/auto/v7") as response:
        assert await response.content.readexactly(PACKET)
    async with box.get("/auto/v99") as response:
        assert (response.status, response.headers["X-HDHomeRun-Error"]) == (404, "801 Unknown Channel")


@pytest.mark.parametrize(
    ("query", "path"), [("", "/hls/late-night/master.m3u8"), ("?format=ts", "/live/late-night.ts")]
)
async def test_players_read_the_list(box: TestClient, query: str, path: str) -> None:
    base = str(box.make_url("/")).rstrip("/")
    async with box.get(f"/iptv/channels.m3u{query}") as response:
        assert response.headers["Content-Type"].startswith("audio/x-mpegurl")
        text, tag = await response.text(), response.headers["ETag"]
    urls = [line for line in text.splitlines() if not line.startswith("#")]
    assert (urls[0], len(urls)) == (f"{base}{path}", 2)
    assert 'tvg-id="C3.tvd.local" channel-id="C3.tvd.local" tvg-chno="3"' in text
    assert (await box.get(f"/iptv/channels.m3u{query}", headers={"If-None-Match": tag})).status == 304
    logo = text.partition('tvg-logo="')[2].partition('"')[0]
    picture = Image.open(io.BytesIO(await (await box.get(logo.removeprefix(base))).read()))
    assert (picture.format, picture.size) == ("PNG", (256, 256))
    assert (await box.get("/iptv/logo/8.png")).status == 404
    assert (await box.get("/iptv/channels.m3u?format=x")).status == 400


async def test_guide_xml_is_valid_whole_and_cheap(box: TestClient, tmp_path: Path) -> None:
    base = str(box.make_url("/")).rstrip("/")
    async with box.get("/iptv/guide.xml") as response:
        assert response.headers["Content-Encoding"] == "gzip"
        text, tag = await response.text(), response.headers["ETag"]
    path = tmp_path / "guide.xml"
    await asyncio.to_thread(path.write_text, text)
    argv = ["tv_validate_file", "--dtd-file", "/usr/share/xmltv/xmltv.dtd", str(path)]
    done = await asyncio.to_thread(subprocess.run, argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "Validated ok.\n")
    guide = ET.fromstring(text.split("\n", 2)[2])  # noqa: S314 - we wrote it
    assert [one.get("id") for one in guide.iter("channel")] == ["C3.tvd.local", "C7.tvd.local"]
    assert guide.find("channel/icon").get("src") == f"{base}/iptv/logo/3.png"  # type: ignore[union-attr]
    programmes = [one for one in guide.iter("programme") if one.get("channel") == "C3.tvd.local"]
    assert len(programmes) == listings.MOST
    assert all(earlier.get("stop") == later.get("start") for earlier, later in pairwise(programmes))
    again = await box.get("/iptv/guide.xml", headers={"If-None-Match": tag, "Accept-Encoding": "gzip"})
    assert again.status == 304
    # Another name of ours has other addresses; another plan is told soon.
    named = await (await box.get("/iptv/guide.xml", headers={"Host": "tv.lan"})).text()
    assert named == text.replace(base, "http://tv.lan")


async def test_guide_xml_follows_the_plan(
    box: TestClient, studio: StudioBroadcast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listings, "FRESH", 0.0)
    before = await (await box.get("/iptv/guide.xml")).text()
    studio.on[0].titles = ("Something else",)
    after = await (await box.get("/iptv/guide.xml")).text()
    assert "Night Train" in before
    assert "Night Train" not in after
    assert "Slow Water" not in after
    assert "Something else" in after


async def test_off_air_is_no_reason_to_hang_up(box: TestClient, studio: StudioBroadcast, clock: StudioClock) -> None:
    async with box.get("/auto/v3") as response:
        await response.content.readexactly(PACKET)
        studio.on[0].window.clear()
        clock.set(at(NOW + 20))
        seen = b""
        # Null packets keep it alive.
        while b"\x47\x1f\xff\x10" not in seen[-10 * PACKET :]:
            seen += await response.content.readany()
        assert not response.content.at_eof()
