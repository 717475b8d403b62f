"""The open sockets of screens and phones (:mod:`tvd.web.remote` listens to them)."""

import asyncio
import contextlib
import time
from typing import Final

import msgspec
from aiohttp import web

from tvd.web.pairing import Pairings, Screen

_PATIENCE: Final = 5.0
"""Seconds an end may take to accept a message."""


class Relay:
    """The open sockets, by screen and by phone."""

    def __init__(self) -> None:
        self.pairings = Pairings(time.monotonic)
        self.screens: dict[str, web.WebSocketResponse] = {}
        self.phones: dict[str, web.WebSocketResponse] = {}
        self.open: set[web.WebSocketResponse] = set()

    async def tell(self, socket: web.WebSocketResponse | None, message: object) -> None:
        """Send ``message`` unless that end has gone, or takes nothing any more."""
        if socket is not None and not socket.closed:
            with contextlib.suppress(ConnectionError, RuntimeError, TimeoutError):
                async with asyncio.timeout(_PATIENCE):
                    await socket.send_str(msgspec.json.encode(message).decode())

    async def count(self, screen: Screen) -> None:
        """Tell a screen how many phones it has, and the phones whether it is there."""
        here = [token for token in screen.phones if token in self.phones]
        await self.tell(self.screens.get(screen.token), {"type": "phones", "n": len(here)})

    async def close(self) -> None:
        """End every connection."""
        for socket in list(self.open):
            await socket.close(code=1001)
