import asyncio
import re
import subprocess
from pathlib import Path

import m3u8
import pytest
from aiohttp.test_utils import TestClient
from studio import GRID, NOW, Connect, StudioBroadcast, StudioClock, StudioSubtitles, at

from tvd.hls.playlist import SubtitleRendition
from tvd.media.cue import Cue
from tvd.media.ffmpeg import Ffmpeg

PLAIN = {"Accept-Encoding": "identity"}
SUBS = "/hls/late-night/subs"


@pytest.fixture
async def client(connect: Connect, studio: StudioBroadcast) -> TestClient:
    offered = (
        SubtitleRendition("en", "en", "English"),
        SubtitleRendition("pt-BR", "pt-BR", 'Português "BR"'),
        SubtitleRendition("und", "", "Subtitles"),
        SubtitleRendition("en-forced", "en", "English (forced)", forced=True),
    )
    studio.on[0].subtitles = StudioSubtitles(offered, {"en": [Cue(0, 500, "first"), Cue(1500, 5000, "<i>long</i>")]})
    return await connect(studio)


async def text(client: TestClient, url: str) -> str:
    async with client.get(url, headers=PLAIN) as response:
        assert response.status == 200
        return await response.text()


async def test_the_multivariant_playlist_offers_the_languages(client: TestClient) -> None:
    read = m3u8.loads(await text(client, "/hls/late-night/master.m3u8"))
    told = [(it.type, it.group_id, it.name, it.language, it.default, it.autoselect, it.forced) for it in read.media]
    assert told == [
        ("SUBTITLES", "subs", "English", "en", "NO", "YES", "NO"),
        ("SUBTITLES", "subs", "Português 'BR'", "pt-BR", "NO", "YES", "NO"),
        ("SUBTITLES", "subs", "Subtitles", None, "NO", "YES", "NO"),
        ("SUBTITLES", "subs", "English (forced)", "en", "NO", "YES", "YES"),
    ]
    assert read.playlists[0].stream_info.subtitles == "subs"
    for media in read.media:
        assert (await client.get(f"/hls/late-night/{media.uri}")).status == 200
    assert "SUBTITLES" not in await text(client, "/hls/slow/master.m3u8")


async def test_the_playlist_has_the_numbers_and_times_of_the_pictures(client: TestClient) -> None:
    pictures = m3u8.loads(await text(client, "/hls/late-night/index.m3u8"))
    words = m3u8.loads(await text(client, f"{SUBS}/en/index.m3u8"))
    assert words.media_sequence == pictures.media_sequence == NOW - 7
    assert words.target_duration == pictures.target_duration
    seen = [(it.duration, it.program_date_time) for it in words.segments]
    assert seen == [(it.duration, it.program_date_time) for it in pictures.segments]
    assert [it.uri for it in words.segments] == [f"en-30/{seq}.vtt" for seq in range(NOW - 7, NOW + 1)]


async def test_a_cue_is_whole_in_every_segment_it_touches(client: TestClient) -> None:
    start = NOW // 10 * 10
    found = {}
    for seq in range(start, NOW + 1):
        found[seq - start] = await text(client, f"{SUBS}/en/en-30/{seq}.vtt")
    ticks = start * 192_000 % 2**33
    head = f"WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:{ticks},LOCAL:00:00:00.000\n"
    long = "\n00:00:01.500 --> 00:00:05.000\n<i>long</i>\n"
    first = "\n00:00:00.000 --> 00:00:00.500\nfirst\n"
    expected = [head + first + long, head + long, head + long]
    assert [found[place] for place in sorted(found)][:3] == expected[: len(found)]
    assert all(body == head for place, body in found.items() if place > 2)


async def test_segments_are_immutable_tagged_and_typed(client: TestClient) -> None:
    url = f"{SUBS}/en/en-30/{NOW}.vtt"
    async with client.get(url) as response:
        assert response.headers["Content-Type"] == "text/vtt; charset=utf-8"
        assert "immutable" in response.headers["Cache-Control"]
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        etag = response.headers["ETag"]
    assert (await client.get(url, headers={"If-None-Match": etag})).status == 304
    async with client.get(f"{SUBS}/en/index.m3u8") as response:
        assert response.headers["Content-Type"] == "application/vnd.apple.mpegurl"
        assert response.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "url",
    [
        "fr/index.m3u8",
        f"fr/en-30/{NOW}.vtt",
        f"en/en-30/{NOW + 1}.vtt",
        f"en/en-30/{NOW - 1000}.vtt",
        f"en/en-30/{10**14}.vtt",
        "../../nobody/subs/en/index.m3u8",
    ],
)
async def test_what_is_not_offered_or_not_on_air_is_404(client: TestClient, url: str) -> None:
    assert (await client.get(f"{SUBS}/{url}")).status == 404


async def test_blocking_reload_waits_for_subtitles_too(client: TestClient, clock: StudioClock) -> None:
    clock.run_from(at(NOW + 1) - 50_000_000)
    read = m3u8.loads(await text(client, f"{SUBS}/en/index.m3u8?_HLS_msn={NOW + 1}"))
    assert read.segments[-1].uri.endswith(f"/{NOW + 1}.vtt")
    assert (await client.get(f"{SUBS}/en/index.m3u8?_HLS_msn=x")).status == 400


async def test_discontinuities_are_where_the_pictures_have_them(
    client: TestClient, studio: StudioBroadcast, clock: StudioClock
) -> None:
    channel = studio.on[0]
    channel.change(channel.clip, "160x90p30-11111111")
    clock.set(at(NOW + 6))
    channel.fill()
    found = [await text(client, url) for url in (f"{SUBS}/en/index.m3u8", "/hls/late-night/index.m3u8")]
    breaks = [[it.discontinuity for it in m3u8.loads(each).segments] for each in found]
    assert breaks[0] == breaks[1]
    assert sum(breaks[0]) == 1


async def test_a_channel_with_nothing_on_air_says_so(connect: Connect, studio: StudioBroadcast) -> None:
    studio.on[0].window.clear()
    studio.on[0].subtitles = StudioSubtitles((SubtitleRendition("en", "en", "English"),))
    client = await connect(studio)
    assert (await client.get(f"{SUBS}/en/index.m3u8")).status == 503


async def test_the_page_offers_its_controls(client: TestClient) -> None:
    page = await text(client, "/")
    assert re.search(r'<button id="subtitles"[^>]* hidden>', page)
    assert GRID.duration * 90_000 == 192_000


async def test_others_read_a_segment_as_it_is_meant(client: TestClient, ffmpeg: Ffmpeg, tmp_path: Path) -> None:
    served = tmp_path / "segment.vtt"
    served.write_text(await text(client, f"{SUBS}/en/en-30/{NOW // 10 * 10}.vtt"))
    argv = [ffmpeg.path, "-v", "error", "-i", str(served), "-f", "srt", "pipe:1"]
    read = await asyncio.to_thread(subprocess.run, argv, capture_output=True, text=True, check=True)
    assert read.stdout.split("\n\n")[:2] == [
        "1\n00:00:00,000 --> 00:00:00,500\nfirst",
        "2\n00:00:01,500 --> 00:00:05,000\n<i>long</i>",
    ]
