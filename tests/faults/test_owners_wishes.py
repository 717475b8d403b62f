"""What the owner asks of a running tvd over HTTP is on air, and in the guide, from the first segment not fed yet."""

import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from clips import PCM, X264, Clips, beeps, flashes
from television import Television, until


@pytest.fixture(scope="module")
def wished(clips: Clips, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Television]:
    folder = tmp_path_factory.mktemp("wishes")
    films = folder / "films"
    films.mkdir()
    for name in ("first film", "second film", "third film"):
        made = clips.make(name, ".mkv", *flashes(rate="15", seconds=60), *beeps(60), *X264, *PCM)
        (films / f"{name}.mkv").hardlink_to(made)
    channel = {"number": 1, "name": "One", "slug": "one", "folders": [str(films)], "order": "sequential"}
    # Somewhere it is noon: what is removed from today is not back at a midnight an hour from now.
    east = 12 - datetime.now(UTC).hour
    quiet = {"ident_every": 0, "up_next": False, "timezone": f"Etc/GMT{-east:+d}"}
    with Television(folder, [channel | quiet], runner=("env", "TVD_LIVE_LEAD=2")).start() as running:
        yield running.ready()


def _ask(television: Television, action: str, source: str = "") -> dict[str, Any]:
    body = {"action": action, **({"source": source} if source else {})}
    asked = urllib.request.Request(f"{television.url}/api/channels/one/requests", json.dumps(body).encode())
    with urllib.request.urlopen(asked, timeout=10) as answer:
        granted: dict[str, Any] = json.load(answer)
    return granted


def _plan(television: Television, hours: float = 1) -> list[dict[str, Any]]:
    to = datetime.now(UTC) + timedelta(hours=hours)
    plan: list[dict[str, Any]] = television.api(f"/api/channels/one/schedule?to={to:%Y-%m-%dT%H:%M:%SZ}")
    return plan


def _guide(television: Television) -> dict[int, str]:
    """Return what the guide says begins at which segment."""
    now = datetime.now(UTC)
    span = (
        f"from={now:%Y-%m-%dT%H:%M:%SZ}&to={now + timedelta(hours=1, seconds=now.microsecond % 60):%Y-%m-%dT%H:%M:%SZ}"
    )
    programmes = television.api(f"/api/guide?{span}")["channels"][0]["programmes"]
    return {one["seq_start"]: one["title"] for one in programmes}


def _aired(television: Television, seq: int) -> dict[str, Any]:
    """Wait until segment ``seq`` was on air, and return the row of the record that has it."""

    def row() -> dict[str, Any] | None:
        rows = television.api("/api/channels/one/asrun")
        return next((one for one in rows if one["seq_start"] <= seq < one["seq_stop"]), None)

    return until(row, why=television.tail)


def test_wishes_hold_from_the_first_segment_not_fed(wished: Television) -> None:
    for title in ("first film", "second film", "third film"):
        wished.event("asset.ready", title=title)
    until(lambda: [one["kind"] for one in _plan(wished)[1:5]] == ["programme"] * 4, why=wished.tail)
    before = _plan(wished)
    airing, following = before[0]["title"], before[1]["title"]
    (other,) = {"first film", "second film", "third film"} - {airing, following}
    # Next: behind what airs, in the guide at once, and pending until it comes.
    granted = _ask(wished, "next", other)
    assert granted["seq"] == granted["item"]["seq_start"] == before[0]["seq_stop"]
    assert _guide(wished)[granted["seq"]] == other
    (pending,) = wished.status("one")["requests"]
    assert (pending["action"], pending["title"], pending["start"]) == ("next", other, granted["effective"])
    # Skip: what airs ends some segments from now, and what was asked for comes there.
    on_air = wished.status("one")["on_air"]
    skipped = _ask(wished, "skip")
    assert on_air < skipped["seq"] <= wished.status("one")["on_air"] + 8
    assert (skipped["title"], skipped["item"]["title"]) == (airing, other)
    assert _guide(wished)[skipped["seq"]] == other
    # Not again today, and nowhere in the plan.
    removed = _ask(wished, "remove", following)
    assert removed["left_out"] >= 1
    assert following not in {one["title"] for one in _plan(wished)}
    # Now: at once, as soon as that is fed.
    until(lambda: wished.status("one")["feeding"]["item"] == f"one-{skipped['seq']}", why=wished.tail)
    now = _ask(wished, "now", airing)
    assert skipped["seq"] < now["seq"] == now["item"]["seq_start"]
    assert _guide(wished)[now["seq"]] == airing
    # To the segment: the record of what aired has the cuts, and what came instead from its first segment on.
    assert _aired(wished, skipped["seq"] - 1)["title"] == airing
    came = _aired(wished, skipped["seq"])
    assert (came["title"], came["seq_start"], came["first"], came["kind"]) == (other, skipped["seq"], 0, "programme")
    came = _aired(wished, now["seq"])
    assert (came["title"], came["seq_start"], came["first"]) == (airing, now["seq"], 0)
    assert [one["action"] for one in wished.status("one")["requests"]] == ["remove"]
    playlist = wished.get("/hls/one/index.m3u8").decode()
    assert f'ID="one-{now["seq"]}"' in playlist
    assert wished.metric("tvd_segments_late_total") == 0
