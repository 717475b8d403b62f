"""What owners ask of a channel: through HTTP, and through the commands that send it to the tvd of this machine."""

from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from msgspec.structs import replace
from studio import StudioBroadcast, config

from tvd.cli import control
from tvd.config import model
from tvd.errors import NotFoundError, TvdError

URL = "/api/channels/late-night/requests"


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ({"action": "next", "source": "Night Train"}, ("next", "Night Train")),
        ({"action": "now", "source": "Slow Water"}, ("now", "Slow Water")),
        ({"action": "remove", "source": "Slow Water"}, ("remove", "Slow Water")),
        ({"action": "skip"}, ("skip", "")),
    ],
)
async def test_a_request_reaches_the_channel(
    client: TestClient, studio: StudioBroadcast, body: dict[str, Any], asked: tuple[str, str]
) -> None:
    answer = await client.post(URL, json=body)
    assert answer.status == 200
    assert (await answer.json())["item"]["title"]
    assert studio.on[0].asked == [asked]


@pytest.mark.parametrize(
    ("url", "body", "status", "says"),
    [
        (URL, b'{"action": "next", "source": "Casablanca"}', 404, "nothing on late-night is called 'Casablanca'"),
        ("/api/channels/none/requests", b'{"action": "skip"}', 404, "no channel none"),
        (URL, b'{"action": "next"}', 400, "say what to next"),
        (URL, b'{"action": "rewind"}', 400, "not a request"),
        (URL, b'{"action": "skip", "force": true}', 400, "not a request"),
        (URL, b"\xff", 400, "not a request"),
        (URL, b"[]", 400, "not a request"),
        (URL, b'{"action": "skip", "source": "' + b"x" * 5000 + b'"}', 413, "Maximum request body size"),
    ],
)
async def test_what_cannot_be_is_told(client: TestClient, url: str, body: bytes, status: int, says: str) -> None:
    answer = await client.post(url, data=body)
    assert answer.status == status
    assert says in (await answer.json())["error"]


async def test_nothing_to_do_it_to_is_a_conflict(client: TestClient, studio: StudioBroadcast) -> None:
    studio.on[0].broken = "no picture"
    answer = await client.post(URL, json={"action": "skip"})
    assert (answer.status, await answer.json()) == (409, {"error": "late-night is not on air yet"})


async def test_only_the_owner_may_ask(client: TestClient, studio: StudioBroadcast) -> None:
    for headers in ({"Origin": "https://elsewhere.example"}, {"Host": "tv.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = await client.post(URL, json={"action": "skip"}, headers=headers)
        assert answer.status == 403
    assert (await client.get(URL)).status == 405
    assert studio.on[0].asked == []


async def test_the_commands_say_what_came_of_it(
    client: TestClient, studio: StudioBroadcast, capsys: pytest.CaptureFixture[str]
) -> None:
    channel = model.Channel(number=3, name="Late Night", slug="late-night", folders=(Path("/films"),))
    here = replace(config(port=client.port), channels=(channel,))
    ask = {"config": here, "args": Namespace(slug="late-night", what="Slow Water", now=False)}
    assert await control.play(**ask) == 0
    ask["args"].now = True
    assert await control.play(**ask) == 0
    assert await control.skip(**ask) == 0
    assert await control.remove(**ask) == 0
    assert [action for action, _ in studio.on[0].asked] == ["next", "now", "skip", "remove"]
    told = capsys.readouterr().out.splitlines()
    words = ("Slow Water airs at", "Slow Water airs at", "", "Slow Water does not air again today")
    assert all(line.startswith(word) for line, word in zip(told, words, strict=True))
    assert " ends at " in told[2]
    assert told[3].endswith("(it would have, 2 times)")
    ask["args"].what = "Casablanca"
    with pytest.raises(NotFoundError, match="Casablanca"):
        await control.remove(**ask)
    ask["args"].slug = "nowhere"
    with pytest.raises(NotFoundError, match="there is no channel 'nowhere'"):
        await control.skip(**ask)


async def test_a_command_without_a_server_says_so(unused_tcp_port: int) -> None:
    channel = model.Channel(number=3, name="Late Night", slug="late-night")
    here = replace(config(port=unused_tcp_port), channels=(channel,))
    with pytest.raises(TvdError, match="is it running"):
        await control.skip(here, Namespace(slug="late-night"))
