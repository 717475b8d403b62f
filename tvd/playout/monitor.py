"""Watches the clock for all channels: what came due and was there, who is how far ahead, how late the loop is."""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final, NoReturn

import psutil  # type: ignore[import-untyped]  # it ships no types

from tvd import logs, metrics
from tvd.playout.channel import Channel
from tvd.playout.drift import Drift

INTERVAL: Final = 0.5
"""Seconds between two looks: several in each segment, so that none comes due unseen."""
_PROCESSES_EVERY: Final = 20
_log = logs.get("monitor")


class _Account:
    """What is told of one channel."""

    def __init__(self, slug: str) -> None:
        self._slug = slug
        self._seen: int | None = None
        self._drift = Drift()
        self._on_air = metrics.channel_on_air.labels(slug)
        self._lead = metrics.channel_lead_segments.labels(slug)
        self._off = metrics.guide_drift_seconds.labels(slug)
        self._published = metrics.segments_published.labels(slug)
        self._late = metrics.segments_late.labels(slug)

    def look(self, channel: Channel) -> None:
        """Account for what came due since the last look."""
        now = channel.on_air_seq()
        self._on_air.set(channel.state == "on_air")
        self._lead.set(channel.lead)
        if now == self._seen:
            return
        if self._seen is not None:
            # What the clock leapt over never came due, and may be years of segments.
            for seq in range(max(self._seen + 1, now - channel.window.keep), now + 1):
                self._count(channel, seq)
        # A channel is not late before it was first on air.
        if self._seen is not None or channel.window.newest is not None:
            self._seen = now
        item = channel.promise.schedule.item_at(now)
        self._off.set(self._drift.look(now, item, channel.asrun, channel.window, channel.grid))

    def _count(self, channel: Channel, seq: int) -> None:
        if channel.window.get(seq) is not None:
            self._published.inc()
        else:
            self._late.inc()
            _log.warning("segment.late", channel=self._slug, seq=seq, reason=channel.status().last_error)


class Monitor:
    """One task for all channels, so that accounting costs the same small amount for any number of them."""

    def __init__(self, channels: Callable[[], Iterable[Channel]]) -> None:
        self._channels = channels
        self._accounts: dict[str, _Account] = {}
        self._cpu: dict[int, float] = {}

    async def run(self) -> NoReturn:
        """Look for ever."""
        looks = 0
        while True:
            before = time.monotonic()
            await asyncio.sleep(INTERVAL)
            metrics.event_loop_lag_seconds.observe(max(0.0, time.monotonic() - before - INTERVAL))
            self.look()
            if looks % _PROCESSES_EVERY == 0:
                await asyncio.to_thread(self._measure, [(c.config.slug, c.status().pid) for c in self._channels()])
            looks += 1

    def look(self) -> None:
        """Account for every channel since the last look; let go of those that are no more."""
        channels = list(self._channels())
        for slug in self._accounts.keys() - {channel.config.slug for channel in channels}:
            del self._accounts[slug]
            metrics.forget_channel(slug)
        for channel in channels:
            slug = channel.config.slug
            if slug not in self._accounts:
                self._accounts[slug] = _Account(slug)
            self._accounts[slug].look(channel)

    def _measure(self, pids: list[tuple[str, int | None]]) -> None:
        states: dict[str, int] = {}
        for process in psutil.Process().children(recursive=True):
            try:
                status = process.status()
            except psutil.NoSuchProcess:
                continue
            states[status] = states.get(status, 0) + 1
        for state in {*states, psutil.STATUS_RUNNING, psutil.STATUS_SLEEPING, psutil.STATUS_ZOMBIE}:
            metrics.child_processes.labels(state).set(states.get(state, 0))
        for slug, pid in pids:
            if pid is not None:
                self._measure_one(slug, pid)
        self._cpu = {pid: cpu for pid, cpu in self._cpu.items() if pid in {pid for _, pid in pids}}

    def _measure_one(self, slug: str, pid: int) -> None:
        try:
            process = psutil.Process(pid)
            times, memory = process.cpu_times(), process.memory_info().rss
        except psutil.NoSuchProcess:
            return
        cpu = times.user + times.system
        metrics.pipeline_cpu_seconds.labels(slug).inc(max(0.0, cpu - self._cpu.get(pid, 0.0)))
        metrics.pipeline_resident_memory.labels(slug).set(memory)
        self._cpu[pid] = cpu
