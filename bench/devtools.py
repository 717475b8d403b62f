"""A page of Chromium over its DevTools protocol alone, where a driver's own habits would be measured along with it.

Playwright has every browser keep the bodies of all answers, for whoever may ask: memory that no viewer's browser holds.
"""

import asyncio
import contextlib
import itertools
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import aiohttp

from bench.browser import ARGS, program
from bench.server import BenchError
from tvd.media.process import child

_PATIENCE: Final = 30.0
_HEADLESS: Final = (
    "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--window-size=1280,720", "--remote-debugging-port=0",
)  # fmt: skip
_CODES: Final = {"PageDown": 34, "PageUp": 33, "Backspace": 8}
"""Virtual key codes."""


class Tab:
    """The one page of a browser of its own; ``pid`` is the browser's."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, pid: int) -> None:
        self.pid = pid
        self._socket = socket
        self._numbers = itertools.count(1)

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and return its result; events that come before it are passed over."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        async with asyncio.timeout(_PATIENCE):
            while (answer := await self._socket.receive_json()).get("id") != number:
                pass
        if "error" in answer:
            raise BenchError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    async def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression."""
        return (await self.send("Runtime.evaluate", expression=expression, returnByValue=True))["result"].get("value")

    async def open(self, url: str, script: str) -> None:
        """Go to ``url``, where ``script`` runs before the page's own."""
        await self.send("Page.enable")
        await self.send("Page.addScriptToEvaluateOnNewDocument", source=script)
        await self.send("Page.navigate", url=url)

    async def press(self, key: str) -> None:
        """Press and release ``key``."""
        for event in ("rawKeyDown", "keyUp"):
            await self.send("Input.dispatchKeyEvent", type=event, key=key, code=key, windowsVirtualKeyCode=_CODES[key])


@contextlib.asynccontextmanager
async def tab() -> AsyncIterator[Tab]:
    """Run a browser with one empty page for the length of the block."""
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        argv = [program(), *ARGS, *_HEADLESS, f"--user-data-dir={profile}", "about:blank"]
        async with child(argv) as browser, aiohttp.ClientSession() as session:
            port = await _port(Path(profile) / "DevToolsActivePort")
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [one for one in await answer.json() if one["type"] == "page"]
            async with session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                yield Tab(socket, browser.pid)


async def _port(file: Path) -> int:
    """Return the port that the browser chose, once it has written it down."""
    async with asyncio.timeout(_PATIENCE):
        while not (lines := await asyncio.to_thread(_lines, file)):
            await asyncio.sleep(0.05)
    return int(lines[0])


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []
