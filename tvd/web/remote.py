"""The phone as a remote control: ``/remote``, and the socket that passes what it presses on to a screen.

Both ends open ``/remote/socket`` and send JSON, one value a message (``docs/television.md`` has the table). The server
knows the names of what may be pressed and passes nothing else on; neither end learns anything of the other's machine.
"""

import time
from typing import Final, Literal

import msgspec
from aiohttp import WSMsgType, hdrs, web

from tvd.web.keys import ADDRESSES, RELAY, UNTIMED
from tvd.web.owner import our_origin
from tvd.web.pairing import Screen, TooManyTriesError
from tvd.web.relay import Relay
from tvd.web.render import page

_LARGEST: Final = 1024
"""Bytes of a message."""
_RATE, _BURST = 20.0, 40.0
"""Messages a second that one end may send, and how many at once."""
_SOCKETS: Final = 1000
_HEARTBEAT: Final = 25.0

Command = Literal[
    "up", "down", "last", "mute", "louder", "quieter", "volume", "digit", "tune", "guide", "info", "list", "settings",
    "night", "crt", "sleep", "subtitles", "quality", "close", "key",
]  # fmt: skip


class IsScreen(msgspec.Struct, tag_field="type", tag="screen"):
    """From a screen: here I am, with the token of before or ""."""

    token: str = ""


class WantsCode(msgspec.Struct, tag_field="type", tag="code"):
    """From a screen: a code to show."""


class State(msgspec.Struct, tag_field="type", tag="state"):
    """From a screen to its phones: what is on."""

    number: int
    name: str
    title: str
    volume: float
    muted: bool


class Forget(msgspec.Struct, tag_field="type", tag="forget"):
    """From a screen: all phones; from a phone: itself."""


class IsPhone(msgspec.Struct, tag_field="type", tag="phone"):
    """From a phone: here I am, with the token that a code once got me."""

    token: str


class Pair(msgspec.Struct, tag_field="type", tag="pair"):
    """From a phone: the code that a screen shows."""

    code: str


class Press(msgspec.Struct, tag_field="type", tag="command"):
    """From a phone to its screen."""

    name: Command
    arg: float | str | None = None


_decode: Final = msgspec.json.Decoder(IsScreen | WantsCode | State | Forget | IsPhone | Pair | Press).decode


class _End:
    """One connection: a screen or a phone, once it has said which."""

    def __init__(self, relay: Relay, socket: web.WebSocketResponse, address: str) -> None:
        self.relay, self.socket, self.address = relay, socket, address
        self.screen: Screen | None = None
        self.phone = ""

    async def hear(self, message: object) -> None:
        """Do what ``message`` asks, if this end may."""
        relay, screen = self.relay, self.screen
        match message:
            case IsScreen(token=token) if screen is None:
                await self._is_screen(token)
            case IsPhone(token=token) if screen is None:
                await self._is_phone(relay.pairings.of_phone(token), token)
            case Pair(code=code) if screen is None:
                await self._pair(code)
            case WantsCode() if screen is not None and not self.phone:
                await relay.tell(self.socket, {"type": "code", "code": relay.pairings.new_code(screen)})
            case State() if screen is not None and not self.phone:
                for token in screen.phones:
                    await relay.tell(relay.phones.get(token), message)
            case Press() if screen is not None and self.phone in screen.phones:
                await relay.tell(relay.screens.get(screen.token), message)
            case Forget() if screen is not None:
                await self._forget(screen)

    async def _is_screen(self, token: str) -> None:
        relay = self.relay
        self.screen = screen = relay.pairings.screen(token)
        if screen is None:
            await self.socket.close(code=1013)
            return
        before = relay.screens.get(screen.token)
        relay.screens[screen.token] = self.socket
        if before is not None:
            await before.close(code=4000)
        await relay.tell(self.socket, {"type": "screen", "token": screen.token})
        await relay.count(screen)
        for phone in screen.phones:
            await relay.tell(relay.phones.get(phone), {"type": "here", "here": True})

    async def _is_phone(self, screen: Screen | None, token: str) -> None:
        relay = self.relay
        if screen is None:
            await relay.tell(self.socket, {"type": "unknown"})
            return
        self.screen, self.phone = screen, token
        relay.phones[token] = self.socket
        await relay.tell(self.socket, {"type": "paired", "token": token})
        await relay.tell(self.socket, {"type": "here", "here": screen.token in relay.screens})
        await relay.count(screen)

    async def _pair(self, code: str) -> None:
        try:
            paired = self.relay.pairings.pair(code, self.address)
        except TooManyTriesError:
            await self.relay.tell(self.socket, {"type": "slow_down"})
            return
        if paired is None:
            await self.relay.tell(self.socket, {"type": "wrong"})
        else:
            await self._is_phone(*paired)

    async def _forget(self, screen: Screen) -> None:
        relay = self.relay
        gone = [self.phone] if self.phone else list(screen.phones)
        for token in gone:
            relay.pairings.leave(screen, token)
            await relay.tell(relay.phones.get(token), {"type": "unknown"})
        if not self.phone:
            relay.pairings.forget(screen)
        await relay.count(screen)

    async def gone(self) -> None:
        """Take this end out, and tell the other."""
        relay, screen = self.relay, self.screen
        if screen is None:
            return
        if self.phone and relay.phones.get(self.phone) is self.socket:
            del relay.phones[self.phone]
            await relay.count(screen)
        elif not self.phone and relay.screens.get(screen.token) is self.socket:
            del relay.screens[screen.token]
            relay.pairings.left(screen)
            for phone in screen.phones:
                await relay.tell(relay.phones.get(phone), {"type": "here", "here": False})


async def remote(request: web.Request) -> web.Response:
    """Answer ``/remote``: the page that turns a phone into a remote control."""
    return page(request, "remote.html", scripts=("remote.js",), says=("common", "remote"))


async def socket(request: web.Request) -> web.WebSocketResponse:
    """Answer ``/remote/socket``; 403 to pages of other sites, 503 when there are too many connections."""
    relay = request.app[RELAY]
    request[UNTIMED] = True
    if not our_origin(request):
        raise web.HTTPForbidden(text="from a page of another site")
    if len(relay.open) >= _SOCKETS:
        raise web.HTTPServiceUnavailable(text="too many connections", headers={hdrs.RETRY_AFTER: "30"})
    made = web.WebSocketResponse(heartbeat=_HEARTBEAT, max_msg_size=_LARGEST, compress=False)
    await made.prepare(request)
    relay.open.add(made)
    end = _End(relay, made, request.app[ADDRESSES].client(request))
    try:
        await _listen(made, end)
    finally:
        relay.open.discard(made)
        await end.gone()
    return made


async def _listen(made: web.WebSocketResponse, end: _End) -> None:
    left, before = _BURST, time.monotonic()
    async for message in made:
        now = time.monotonic()
        left, before = min(_BURST, left + (now - before) * _RATE), now
        if left < 1 or message.type is not WSMsgType.TEXT:
            await made.close(code=1008)
            return
        left -= 1
        try:
            heard = _decode(message.data)
        except (msgspec.ValidationError, msgspec.DecodeError):
            await made.close(code=1007)
            return
        await end.hear(heard)
