"""All channels in one answer, and what really aired: as JSON, and as CSV that no spreadsheet executes."""

import csv
import io
from datetime import timedelta
from itertools import pairwise

import pytest
from aiohttp.test_utils import TestClient
from studio import EPOCH, GRID, NOW, StudioBroadcast, at

from tvd.guide.history import Airing
from tvd.library.metadata import Metadata

NASTY = '=HYPERLINK("http://x")'


def moment(seq: int) -> str:
    return (EPOCH + timedelta(microseconds=at(seq) // 1000)).isoformat().replace("+00:00", "Z")


def aired(start: int, stop: int, title: str = "What was that?", kind: str = "programme") -> Airing:
    return Airing(
        channel="late-night",
        start_ns=GRID.start_ns(start),
        stop_ns=GRID.start_ns(stop),
        fps=30,
        seq_start=start,
        seq_stop=stop,
        item=f"late-night-{start}",
        kind=kind,  # type: ignore[arg-type]
        title=title,
        source="s",
        asset="g/k",
        first=3,
        words=Metadata(artist=NASTY, year=1971),
    )


async def test_all_channels_in_one_answer(client: TestClient, studio: StudioBroadcast) -> None:
    # The plan changed since: what aired is told as it was, up to what is on air.
    studio.history.airings += [aired(NOW - 60, NOW - 31), aired(NOW - 31, NOW - 25, kind="slate"), aired(NOW - 25, NOW)]
    query = {"from": moment(NOW - 50), "to": moment(NOW + 25)}
    async with client.get("/api/guide", params=query) as response:
        assert response.headers["Content-Encoding"] == "gzip"
        guide = await response.json()
        tag = response.headers["ETag"]
    first, second = guide["channels"]
    assert (first["number"], first["slug"], second["name"]) == (3, "late-night", "Slow & <quiet>")
    told = [(one["seq_start"] - NOW, one["seq_stop"] - NOW, one.get("aired", False)) for one in first["programmes"]]
    assert told == [(-60, -25, True), (-25, 0, True), (0, 10, False), (10, 20, False), (20, 30, False)]
    assert first["programmes"][0]["year"] == 1971
    assert all(one["stop"] == two["start"] for one, two in pairwise(first["programmes"]))
    # Of a channel whose past nobody knows only the plan is told.
    assert second["programmes"][0]["seq_start"] == NOW
    async with client.get("/api/guide", params=query, headers={"If-None-Match": tag}) as response:
        assert response.status == 304
    async with client.get("/api/guide") as response:
        assert response.status == 200
    for wrong in ({"from": "soon"}, {"from": moment(NOW), "to": moment(NOW + 90_000)}):
        assert (await client.get("/api/guide", params=wrong)).status == 400


async def test_what_aired_as_json(client: TestClient, studio: StudioBroadcast) -> None:
    studio.history.airings += [aired(NOW - 60, NOW - 20), aired(NOW - 20, NOW + 1)]
    async with client.get("/api/channels/late-night/asrun") as response:
        first, second = await response.json()
    assert (first["seq_start"], first["seq_stop"], first["kind"], first["first"]) == (
        NOW - 60,
        NOW - 20,
        "programme",
        3,
    )
    assert first["stop"] == second["start"]
    assert first["duration"] == pytest.approx(40 * 64 / 30)
    query = {"from": moment(NOW - 10), "to": moment(NOW)}
    assert len(await (await client.get("/api/channels/late-night/asrun", params=query)).json()) == 1
    assert (await client.get("/api/channels/nobody/asrun")).status == 404
    assert (await client.get("/api/channels/late-night/asrun?format=pdf")).status == 400


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])  # noqa: RUF001 - full width on purpose
async def test_what_aired_as_csv(client: TestClient, studio: StudioBroadcast, start: str) -> None:
    title = f'{start}1+1, "two"\nlines'
    studio.history.airings += [aired(NOW - 60, NOW - 20, title)]
    url = "/api/channels/late-night/asrun"
    texts = []
    for path, accept in ((f"{url}.csv", "*/*"), (f"{url}?format=csv", "*/*"), (url, "text/csv")):
        async with client.get(path, headers={"Accept": accept}) as response:
            assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
            assert response.headers["Content-Disposition"] == 'attachment; filename="asrun-late-night.csv"'
            texts.append((await response.read()).decode())
    assert len(set(texts)) == 1
    [row] = csv.DictReader(io.StringIO(texts[0], newline=""))
    assert row["title"] == f"'{title}"
    assert row["artist"] == f"'{NASTY}"
    assert (row["year"], row["channel"], row["seq_start"]) == ("1971", "late-night", str(NOW - 60))


async def test_the_page_is_locked_down_and_says_one_line_without_script(client: TestClient) -> None:
    async with client.get("/guide") as response:
        page = await response.text()
        assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert page.count("<noscript>") == 1
    assert " style=" not in page
    assert "<script>" not in page
