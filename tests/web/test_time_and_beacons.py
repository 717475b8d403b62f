from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from prometheus_client import REGISTRY
from studio import Connect, StudioBroadcast, StudioClock

from tvd.clock import NS
from tvd.web.limits import RateLimit

WATCHED = {"stalls": 2, "dropped": 3, "frames": 1800}


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"tvd_playback_{name}", labels) or 0.0


async def test_it_tells_the_time_that_airs(client: TestClient, clock: StudioClock) -> None:
    response = await client.get("/api/time")
    assert response.headers["Cache-Control"] == "no-store"
    assert abs((await response.json())["now"] - clock.now_ns() / 1e6) < 0.001
    clock.set(clock.now_ns() + 1_500_000)
    assert abs((await (await client.get("/api/time")).json())["now"] - clock.now_ns() / 1e6) < 0.001


async def test_beacons_are_counted(client: TestClient) -> None:
    zaps, stalls = metric("zap_seconds_count"), metric("stalls_total", channel="slow")
    quick = metric("zap_seconds_bucket", le="0.1")
    beacon = {"zaps": [42, 80.5, 1200], "channels": {"slow": WATCHED, "invented": WATCHED}}
    response = await client.post("/api/beacon", json=beacon)
    assert response.status == 204
    assert metric("zap_seconds_count") == zaps + 3
    assert metric("zap_seconds_bucket", le="0.1") == quick + 2
    assert metric("stalls_total", channel="slow") == stalls + 2
    assert metric("frames_total", channel="slow") >= metric("dropped_frames_total", channel="slow") >= 3
    text = await (await client.get("/metrics")).text()
    assert 'tvd_playback_stalls_total{channel="slow"}' in text
    assert "invented" not in text


@pytest.mark.parametrize("header", ["DNT", "Sec-GPC"])
async def test_who_wants_no_telemetry_is_not_counted(client: TestClient, header: str) -> None:
    before = metric("zap_seconds_count")
    assert (await client.post("/api/beacon", json={"zaps": [50]}, headers={header: "1"})).status == 204
    assert metric("zap_seconds_count") == before


@pytest.mark.parametrize(
    "beacon",
    [
        [],
        {"zaps": [-1]},
        {"zaps": [60_001]},
        {"zaps": ["50"]},
        {"zaps": [50] * 51},
        {"who": "me"},
        {"channels": {"slow": {**WATCHED, "stalls": -1}}},
        {"channels": {"slow": {**WATCHED, "frames": 10**9}}},
        {"channels": {"slow": {"stalls": 1}}},
        {"channels": {f"c{n}": WATCHED for n in range(13)}},
    ],
)
async def test_what_is_no_beacon_is_refused(client: TestClient, beacon: Any) -> None:
    before = metric("zap_seconds_count")
    assert (await client.post("/api/beacon", json=beacon)).status == 400
    assert metric("zap_seconds_count") == before


async def test_large_broken_and_foreign_beacons_are_refused(client: TestClient) -> None:
    assert (await client.post("/api/beacon", data=b"{" * 5000)).status == 413
    assert (await client.post("/api/beacon", data=b"{")).status == 400
    response = await client.post("/api/beacon", json={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status == 403
    assert (await client.get("/api/beacon")).status == 405


async def test_too_many_beacons_are_taken_but_not_counted(connect: Connect, studio: StudioBroadcast) -> None:
    client = await connect(studio)
    before = metric("zap_seconds_count")
    for _ in range(30):
        assert (await client.post("/api/beacon", json={"zaps": [50]})).status == 204
    assert metric("zap_seconds_count") == before + 20


def test_a_bucket_fills_again_and_clients_are_forgotten() -> None:
    clock = StudioClock(0)
    limit = RateLimit(clock, burst=2, a_minute=6)
    assert [limit.allows("one") for _ in range(3)] == [True, True, False]
    assert limit.allows("other")
    clock.set(10 * NS)
    assert [limit.allows("one") for _ in range(2)] == [True, False]
    for client in range(10_001):
        limit.allows(client)
    assert len(limit._buckets) == 10_000
