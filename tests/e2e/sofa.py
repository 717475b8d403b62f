"""What a browser test needs: a server that can be unplugged, a viewer in front of the set."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web
from playwright.async_api import Browser, BrowserContext, Page
from studio import StudioBroadcast, config

from tvd.web.application import make_app

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
GESTURE = [*FLAGS[:-1], "--autoplay-policy=user-gesture-required"]
"""The same, but sound needs a gesture, as on most people's machines."""


@dataclass
class Station:
    """A server that can be taken off the network and put back at the same address."""

    broadcast: StudioBroadcast
    port: int = 0
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        """Begin to play the channels and to serve them."""
        self.tasks = [asyncio.create_task(channel.play()) for channel in self.broadcast.on]
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def start(self) -> None:
        self.runner = web.AppRunner(make_app(self.broadcast, config()), shutdown_timeout=0.1)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self.runner.addresses[0][1]

    async def aired(self, segments: int) -> None:
        """Wait until that many more segments have come on air."""
        channel = self.broadcast.on[0]
        last = channel.on_air() + segments
        while channel.on_air() < last:
            await channel.window.wait()

    def connections(self) -> list[object]:
        """Return the connections that are open now."""
        assert self.runner is not None
        assert self.runner.server is not None
        return list(self.runner.server.connections)

    async def stop(self) -> None:
        if self.runner is not None:
            await self.runner.cleanup()
            self.runner = None


@dataclass
class Viewer:
    """A page in front of the set, and everything it complained of."""

    page: Page
    complaints: list[str]

    async def plays(self, seconds: float = 0.5, within: float = 40.0) -> None:
        """Wait until the picture has moved on by ``seconds``."""
        await self.page.wait_for_function(MOVING, arg=seconds, timeout=within * 1000, polling=100)

    async def tuned(self, slug: str, within: float = 40.0) -> None:
        """Wait until ``slug`` is tuned and its picture is new and moves."""
        path = f"/watch/{slug}"
        script = "path => location.pathname === path && !document.body.classList.contains('tuning')"
        await self.page.wait_for_function(script, arg=path, timeout=within * 1000, polling=50)
        await self.plays()

    async def look(self, expression: str, arg: Any = None) -> Any:
        """Evaluate ``expression`` with the set as ``tv``: what the page knows and does not show."""
        return await self.page.evaluate(INSIDE % expression, arg)

    async def until(self, expression: str, within: float = 40.0) -> None:
        """Wait until ``expression`` of the set ``tv`` is true."""
        async with asyncio.timeout(within):
            while not await self.look(f"Boolean({expression})"):
                await asyncio.sleep(0.05)  # between two questions; never instead of one

    async def video(self, name: str) -> Any:
        """Return a property of the video element."""
        return await self.page.evaluate("name => document.getElementById('picture')[name]", name)


INSIDE = """async arg => {
  const { tv } = await import(document.querySelector("script[type=module]").src);
  return %s;
}"""

MOVING = """seconds => {
  const video = document.getElementById("picture");
  const key = "__from";
  if (video[key] === undefined || video.currentTime < video[key]) video[key] = video.currentTime;
  if (video.paused || video.readyState < 2 || video.currentTime < video[key] + seconds) return false;
  delete video[key];
  return true;
}"""


def noon() -> str:
    """Return a time zone in which it is about noon: what the page does at night is for tests that say so."""
    behind = time.gmtime().tm_hour - 12
    return f"Etc/GMT{behind:+d}" if behind else "Etc/UTC"


async def sit_down(browser: Browser, **options: Any) -> Viewer:
    """Open a fresh, remembering-nothing context with one page; ``options`` as for a Playwright context."""
    usual = {"viewport": {"width": 1440, "height": 900}, "timezone_id": noon()}
    context: BrowserContext = await browser.new_context(**(usual | options))
    page = await context.new_page()
    viewer = Viewer(page, [])
    page.on("console", lambda message: message.type in ("error", "warning") and viewer.complaints.append(message.text))
    page.on("pageerror", lambda error: viewer.complaints.append(str(error)))
    return viewer


Launch = Callable[..., Awaitable[Browser]]
Sit = Callable[..., Awaitable[Viewer]]
