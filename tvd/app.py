"""``tvd run``: everything together, from the configuration to viewers, and its orderly end.

``App`` owns the services, one task per channel, the planning and monitoring tasks and the web server. A reload changes
only the channels whose configuration changed. SIGTERM and SIGINT end it, SIGHUP reloads.
"""

import asyncio
import os
import platform
import signal
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Final

from aiohttp import web

from tvd import __version__, heap, logs, metrics, tasks
from tvd.clock import HouseClock
from tvd.config import model
from tvd.config.diff import describe, diff
from tvd.config.load import Loaded
from tvd.config.watch import changes
from tvd.desk import Overlay, OwnersDesk
from tvd.errors import ConfigError, TvdError
from tvd.guide.discovery import Discovery
from tvd.guide.history import History
from tvd.guide.recorder import Recorder
from tvd.library.illustrator import Illustrator
from tvd.library.progress import show_progress
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.house import Grid
from tvd.notify import Notifier
from tvd.playout.asrun import AsRunLog
from tvd.playout.calendar import Calendar
from tvd.playout.channel import Channel
from tvd.playout.monitor import Monitor
from tvd.playout.output import Output
from tvd.playout.planner import ChannelSchedule
from tvd.playout.planning import Planning, follow
from tvd.playout.preparation import Preparation
from tvd.playout.promise import OPENING, Promise
from tvd.playout.pruning import Pruning, days_kept
from tvd.playout.renditions import Renditions
from tvd.playout.subtitles import ChannelSubtitles
from tvd.services import Services
from tvd.views import ChannelSeen, Seen
from tvd.web.application import make_app
from tvd.web.keys import DEVICE

TAKE_OVER: Final = 600.0
"""Seconds a channel stays with its old house format while its programme is prepared in the new one."""
FIRST_PICTURES: Final = 20.0
"""Seconds in which the first pictures of all channels come before everything that can wait."""
AGAIN: Final = 30.0
"""Seconds before a channel that could not be put on air is tried again: what hindered it, a full disk, may pass."""
SHUTDOWN: Final = 2.0
"""Seconds open connections get when tvd ends."""


@dataclass(slots=True)
class _OnAir:
    """A configured channel with what belongs to it alone."""

    channel: Channel
    preparation: Preparation
    subtitles: ChannelSubtitles
    task: asyncio.Task[None]


class App:
    """The running television. ``reload`` reads the configuration again; it may raise :class:`ConfigError`.

    ``reload`` is given channels to try in the place of ``channels.toml``, None for what stands there.
    """

    def __init__(self, loaded: Loaded, reload: Callable[[Overlay | None], Loaded]) -> None:
        self.config = loaded.config
        self._started = loaded.config
        self._watch = loaded.watch
        self._read = reload
        self._clock = HouseClock()
        self._services = Services(self.config)
        self._desk = OwnersDesk(self._services, reload, self.reload, loaded.handwritten)
        self._on_air: dict[str, _OnAir] = {}
        self._coming: dict[str, tuple[Channel, Preparation]] = {}
        self._changing: dict[str, asyncio.Task[None]] = {}
        self._stack = AsyncExitStack()
        self._reloading = asyncio.Lock()
        self._log = logs.get("app")

    async def run(self) -> None:
        """Air until SIGTERM or SIGINT. Raises :class:`TvdError` when it cannot start."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        # Until there is something to reload, a request to do so must not end the process.
        loop.add_signal_handler(signal.SIGHUP, lambda: None)
        notifier = Notifier(os.environ, os.getpid())
        async with self._stack:
            self._stack.callback(notifier.close)
            await self._start()
            hung_up = asyncio.Event()
            loop.add_signal_handler(signal.SIGHUP, hung_up.set)
            self._keep("SIGHUP", self._follow(hung_up))
            notifier.ready(f"{len(self._on_air)} channels")
            self._keep("watchdog", _keep_alive(notifier))
            await stop.wait()
            notifier.stopping()
            self._log.info("app.stopping")
        self._log.info("app.stopped")

    # Starting --------------------------------------------------------------------------------------------------------

    async def _start(self) -> None:
        services = await self._stack.enter_async_context(self._services)
        metrics.build_info.labels(__version__, services.ffmpeg.version, platform.python_version()).set(1)
        history = History(self.config.storage.data / "asrun.sqlite", self.config.storage.asrun_days)
        self._stack.push_async_callback(history.close)
        self._seen = Seen(self._clock, self.config.server.title, services.normaliser, services.art, history)
        self._planning = Planning(self._prepared, services.normaliser, self.config.storage.prepare_ahead)
        self._stack.push_async_callback(self._end_channels)
        app = await self._serve()
        await services.follow(self.config.channels)
        for channel in self.config.channels:
            await self._bring(channel)
        recorder = Recorder(history, self._channels, services.source)
        monitor = Monitor(self._channels)
        self._keep("planning", self._planning.run())
        self._keep("library", follow(services.library.changed, self._planning))
        self._keep("monitor", monitor.run())
        self._keep("history", history.run())
        self._keep("recorder", recorder.run())
        self._keep("pruning", Pruning(self._channels, days_kept(self.config.storage.asrun_days)).run())
        if self.config.iptv.discovery:
            self._keep("discovery", Discovery(app[DEVICE], self.config.server).run())
        self._keep("store", services.store.run())
        self._keep("subtitles", services.subtitling.run(lambda: self._planning.planned))
        self._keep("progress", show_progress(services.normaliser))
        self._keep("configuration", self._follow_files())
        self._keep("illustrator", self._illustrate())

    async def _illustrate(self) -> None:
        """Guess names and make pictures, once every channel plays: until then they would be in the way."""
        services, begun = self._services, time.monotonic()
        while time.monotonic() < begun + FIRST_PICTURES:
            if self._on_air and all(one.channel.state == "on_air" for one in self._on_air.values()):
                break
            await asyncio.sleep(0.5)
        heap.settle()
        services.library.guess()
        # What airs first comes first.
        soon = lambda: sorted(self._planning.planned, key=self._planning.planned.__getitem__)  # noqa: E731 - a sentence
        await Illustrator(services.art, soon, services.source, lambda: services.store.assets).run()

    async def _serve(self) -> web.Application:
        app = make_app(self._seen, self.config, self._desk)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN, handler_cancellation=True)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        server = self.config.server
        try:
            await web.TCPSite(runner, server.host, server.port, backlog=1024).start()
        except OSError as error:
            raise TvdError(f"server.port: cannot listen on {server.host}:{server.port}: {error.strerror}") from error
        shown = "localhost" if server.host in {"0.0.0.0", "::", ""} else server.host  # noqa: S104 - compared, not bound
        self._log.info("app.listening", address=f"http://{shown}:{server.port}/", channels=len(self.config.channels))
        return app

    def _put_on_air(
        self, config: model.Channel, output: Output, ffmpeg: Ffmpeg, *, after: _OnAir | None = None
    ) -> None:
        """Build the channel and run it; ``after`` is the one whose window it goes on in."""
        services = self._services
        grid = Grid(config.house.fps)
        sources = partial(services.sources, config)
        schedule = ChannelSchedule(config, services.channels_folder, sources, services.continuity)
        quiet = Calendar(config).night
        preparation = Preparation(output, services.store, services.normaliser, services.source, quiet)
        channel = Channel(
            config,
            self.config.live,
            output,
            clock=self._clock,
            ffmpeg=ffmpeg,
            promise=Promise(schedule, preparation),
            assets=services.store,
            asrun=AsRunLog(services.channels_folder, config.slug, grid),
            renditions=Renditions(services.channels_folder, config.slug),
            after=after.channel if after else None,
        )
        subtitles = ChannelSubtitles(
            grid,
            config.house.subtitle_languages,
            aired=channel.asrun,
            shelf=services.store,
            store=services.subtitles,
            sources=partial(services.sources, config),
            keep=channel.window.keep,
            listed=after.subtitles.listed if after else None,
        )
        task = tasks.started(channel.run(), f"channel {config.slug}")
        self._on_air[config.slug] = _OnAir(channel, preparation, subtitles, task)
        self._show()
        self._planning.poke()

    def _show(self) -> None:
        shown = [
            ChannelSeen(one.channel, self._services.source, one.subtitles, self._planning.poke)
            for one in self._on_air.values()
        ]
        self._seen.show(shown)

    def _channels(self) -> list[Channel]:
        return [on_air.channel for on_air in self._on_air.values()]

    def _prepared(self) -> list[tuple[Channel, Preparation]]:
        self._services.planned = self._planning.planned
        return [*((one.channel, one.preparation) for one in self._on_air.values()), *self._coming.values()]

    def _keep(self, name: str, work: Coroutine[None, None, None]) -> None:
        self._stack.push_async_callback(tasks.end, tasks.started(work, name))

    async def _end_channels(self) -> None:
        await tasks.end(*self._changing.values())
        await tasks.end(*(one.task for one in self._on_air.values()))

    # Reloading -------------------------------------------------------------------------------------------------------

    async def _follow(self, hung_up: asyncio.Event) -> None:
        while True:
            await hung_up.wait()
            hung_up.clear()
            await self.reload("SIGHUP")

    async def _follow_files(self) -> None:
        async for _files in changes(self._watch):
            await self.reload("file changed")

    async def reload(self, why: str) -> None:
        """Read the configuration again and change what changed; a bad one is refused and the old one stays."""
        async with self._reloading:
            try:
                loaded = await asyncio.to_thread(self._read, None)
            except ConfigError as error:
                for fault in error.faults:
                    self._log.error("config.refused", where=fault.where, key=fault.key, reason=fault.what)
                return
            self._desk.handwritten = loaded.handwritten
            changed = diff(self.config, loaded.config)
            if not changed:
                return
            restart = diff(self._started, loaded.config).restart
            self._log.info("config.reloaded", why=why, **{**describe(changed), "restart_needed": list(restart)})
            lives, self.config = self.config.live != loaded.config.live, loaded.config
            await self._take_over(loaded.config)
            for config in changed.removed:
                await self._take_off_air(config.slug)
            new = {config.slug for config in (*changed.added, *(now for _, now in changed.changed))}
            for config in loaded.config.channels:
                old = self._on_air.get(config.slug)
                same_grid = old is None or old.channel.config.house.fps == config.house.fps
                if same_grid and (lives or config.slug in new):
                    earlier = self._changing.get(config.slug)
                    changing = self._bring(config, earlier)
                    self._changing[config.slug] = tasks.started(changing, f"change {config.slug}")
            self._show()
            self._planning.poke()

    async def _take_over(self, config: model.Config) -> None:
        """Let what is no channel go on with ``config``."""
        logs.set_level(config.logging.level)
        self._seen.title = config.server.title
        self._planning.prepare_ahead = config.storage.prepare_ahead
        await self._services.reconfigure(config)

    async def _take_off_air(self, slug: str) -> None:
        if slug in self._changing:
            await tasks.end(self._changing.pop(slug))
        if slug in self._on_air:
            await tasks.end(self._on_air.pop(slug).task)

    async def _bring(self, config: model.Channel, earlier: "asyncio.Task[None] | None" = None, known: str = "") -> None:
        """Put a channel on air, or over to its new settings; a fault is its own, and it is tried again.

        ``earlier`` is what this replaces, ``known`` why it was refused the last time.
        """
        if earlier is not None:
            await tasks.end(earlier)
        try:
            await self._change(config)
        except (TvdError, OSError) as error:
            if (reason := str(error)) != known:
                self._log.error("channel.refused", channel=config.slug, reason=reason)
            again = self._bring_later(config, reason)
            self._changing[config.slug] = tasks.started(again, f"again {config.slug}")
        finally:
            if self._changing.get(config.slug) is asyncio.current_task():
                del self._changing[config.slug]

    async def _bring_later(self, config: model.Channel, known: str) -> None:
        await asyncio.sleep(AGAIN)
        await self._bring(config, known=known)

    async def _change(self, new: model.Channel) -> None:
        """Go over to the new settings of a channel in its window, once its programme is there in the new house."""
        services = self._services
        old = self._on_air.get(new.slug)
        aired = old is not None or await asyncio.to_thread((services.channels_folder / new.slug).exists)
        output = await services.output(new, opening=not aired)
        ffmpeg = await services.live_ffmpeg(new)
        if old is None:
            self._put_on_air(new, output, ffmpeg)
            return
        if (output.house, output.treatment) != (old.preparation.output.house, old.preparation.output.treatment):
            quiet = Calendar(new).night
            coming = Preparation(output, services.store, services.normaliser, services.source, quiet)
            self._coming[new.slug] = (old.channel, coming)
            try:
                await self._await_programme(old.channel, coming)
            finally:
                del self._coming[new.slug]
        await tasks.end(old.task)
        if new.airs_otherwise(old.channel.config):
            await old.channel.promise.replan(old.channel.window.newest or old.channel.on_air_seq())
        self._put_on_air(new, output, ffmpeg, after=old)

    async def _await_programme(self, channel: Channel, coming: Preparation) -> None:
        """Wait until what ``channel`` airs next is there in the house it goes over to, at most ``TAKE_OVER``."""
        self._planning.poke()
        deadline = time.monotonic() + TAKE_OVER
        while time.monotonic() < deadline:
            seq = (channel.window.newest or channel.on_air_seq()) + 1
            item = channel.promise.schedule.item_at(seq)
            if item is None or coming.ready(item) >= min(item.segments, seq - item.seq_start + item.first + OPENING):
                return
            await asyncio.sleep(0.2)


async def _keep_alive(notifier: Notifier) -> None:
    """Tell systemd that the event loop runs, as often as it wants to hear."""
    while notifier.watchdog_seconds is not None:
        notifier.alive()
        await asyncio.sleep(notifier.watchdog_seconds)
