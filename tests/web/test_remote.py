"""A phone as the remote control of a screen: who may press what, and what is passed on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError
from aiohttp.test_utils import TestClient

from tvd.web.pairing import ALL_TRIES, CODE_LIFE, IDLE_LIFE, PHONES, SCREENS, TRIES, Pairings, TooManyTriesError


class Now:
    """A clock to turn."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def pairings(now: Now) -> Pairings:
    return Pairings(now)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_code_pairs_once_and_not_for_ever(pairings: Pairings, now: Now) -> None:
    screen = pairings.screen("")
    assert screen is not None
    code = pairings.new_code(screen)
    assert len(code) == 6
    assert code.isdecimal()
    paired = pairings.pair(code, "phone")
    assert paired is not None
    assert paired[0] is screen
    assert pairings.of_phone(paired[1]) is screen
    assert pairings.pair(code, "other") is None
    code = pairings.new_code(screen)
    now.seconds += CODE_LIFE + 1
    assert pairings.pair(code, "other") is None
    pairings.forget(screen)
    assert pairings.of_phone(paired[1]) is None


def test_guessing_leads_nowhere(pairings: Pairings, now: Now) -> None:
    screen = pairings.screen("")
    assert screen is not None
    code = pairings.new_code(screen)
    for _ in range(TRIES):
        assert pairings.pair(wrong(code), "guesser") is None
    with pytest.raises(TooManyTriesError):
        pairings.pair(code, "guesser")
    for number in range(ALL_TRIES - TRIES):
        assert pairings.pair(wrong(code), f"guesser {number}") is None
    with pytest.raises(TooManyTriesError):
        pairings.pair(code, "somebody else")
    now.seconds += 61
    assert pairings.pair(code, "guesser") is not None


def test_nothing_grows(pairings: Pairings, now: Now) -> None:
    screens = [pairings.screen("") for _ in range(SCREENS)]
    assert None not in screens
    assert pairings.screen("") is None
    first = screens[0]
    assert first is not None
    tokens = []
    for _ in range(PHONES + 1):
        paired = pairings.pair(pairings.new_code(first), "phone")
        assert paired is not None
        tokens.append(paired[1])
    assert pairings.of_phone(tokens[0]) is None
    assert pairings.of_phone(tokens[-1]) is first
    now.seconds += IDLE_LIFE + 1
    assert pairings.screen(first.token) is first, "one that is here is not forgotten"
    second = screens[1]
    assert second is not None
    pairings.left(first)
    pairings.left(second)
    assert pairings.screen("") is not None
    assert pairings.screen(second.token) is None, "who went without a phone made room"
    now.seconds += IDLE_LIFE + 1
    assert pairings.screen(first.token) is not first


def test_a_television_that_is_on_for_days_can_be_paired(pairings: Pairings, now: Now) -> None:
    screen = pairings.screen("")
    assert screen is not None
    now.seconds += 3 * IDLE_LIFE
    assert pairings.screen("") is not screen
    paired = pairings.pair(pairings.new_code(screen), "phone")
    assert paired is not None
    assert paired[0] is screen


@contextlib.asynccontextmanager
async def end(client: TestClient) -> AsyncIterator[ClientWebSocketResponse]:
    origin = str(client.make_url("/")).rstrip("/")
    async with client.ws_connect("/remote/socket", headers={"Origin": origin}) as socket:
        yield socket


async def told(socket: ClientWebSocketResponse) -> dict[str, Any]:
    async with asyncio.timeout(5):
        return await socket.receive_json()  # type: ignore[no-any-return]


async def paired(screen: ClientWebSocketResponse, phone: ClientWebSocketResponse) -> tuple[str, str]:
    """Pair the two and return both tokens."""
    await screen.send_json({"type": "screen", "token": ""})
    token = (await told(screen))["token"]
    assert await told(screen) == {"type": "phones", "n": 0}
    await screen.send_json({"type": "code"})
    await phone.send_json({"type": "pair", "code": (await told(screen))["code"]})
    mine = await told(phone)
    assert mine["type"] == "paired"
    assert await told(phone) == {"type": "here", "here": True}
    assert await told(screen) == {"type": "phones", "n": 1}
    return token, mine["token"]


async def test_presses_go_one_way_and_what_is_on_the_other(client: TestClient) -> None:
    async with end(client) as screen, end(client) as phone:
        await paired(screen, phone)
        await phone.send_json({"type": "command", "name": "volume", "arg": 0.5})
        assert await told(screen) == {"type": "command", "name": "volume", "arg": 0.5}
        state = {"type": "state", "number": 3, "name": "Late Night", "title": "<b>", "volume": 0.5, "muted": False}
        await screen.send_json(state)
        assert await told(phone) == state


async def test_both_ends_may_leave_and_return(client: TestClient) -> None:
    async with end(client) as phone:
        async with end(client) as screen:
            token, mine = await paired(screen, phone)
        assert await told(phone) == {"type": "here", "here": False}
        async with end(client) as screen:
            await screen.send_json({"type": "screen", "token": token})
            assert (await told(screen))["token"] == token
            assert await told(screen) == {"type": "phones", "n": 1}
            assert await told(phone) == {"type": "here", "here": True}
            await phone.close()
            assert await told(screen) == {"type": "phones", "n": 0}
            async with end(client) as again:
                await again.send_json({"type": "phone", "token": mine})
                assert (await told(again))["type"] == "paired"
                assert await told(screen) == {"type": "phones", "n": 1}
                await told(again)
                await screen.send_json({"type": "forget"})
                assert await told(again) == {"type": "unknown"}
                await again.send_json({"type": "command", "name": "up", "arg": None})
                assert await told(screen) == {"type": "phones", "n": 0}
                await screen.send_json({"type": "code"})
                assert (await told(screen))["type"] == "code", "nothing of the forgotten phone came before it"


async def test_a_stranger_controls_nothing(client: TestClient) -> None:
    async with end(client) as stranger:
        await stranger.send_json({"type": "command", "name": "up", "arg": None})
        await stranger.send_json({"type": "code"})
        await stranger.send_json({"type": "phone", "token": "guessed"})
        assert await told(stranger) == {"type": "unknown"}
        await stranger.send_json({"type": "pair", "code": "000000"})
        assert await told(stranger) == {"type": "wrong"}


@pytest.mark.parametrize(
    "message",
    ["no json", '{"type":"command","name":"format_disk","arg":null}', '{"type":"nothing"}', '"' + "x" * 2000 + '"'],
)
async def test_what_is_not_understood_ends_the_connection(client: TestClient, message: str) -> None:
    async with end(client) as socket:
        await socket.send_str(message)
        async with asyncio.timeout(5):
            assert (await socket.receive()).type in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING}


async def test_a_flood_ends_the_connection(client: TestClient) -> None:
    async with end(client) as socket:
        with contextlib.suppress(ConnectionError):
            for _ in range(200):
                await socket.send_json({"type": "code"})
        async with asyncio.timeout(5):
            assert (await socket.receive()).type in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING}


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://[", None])
async def test_pages_of_other_sites_are_refused(client: TestClient, origin: str | None) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await client.ws_connect("/remote/socket", headers={"Origin": origin} if origin else {})
    assert refused.value.status == 403
