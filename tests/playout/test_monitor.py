"""What is counted of channels: what came due, no more than that, and nothing of channels that are no more."""

import structlog
from playhouse import SLUG, Bench
from prometheus_client import REGISTRY

from tvd.playout.monitor import Monitor


def told(name: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"channel": SLUG})


async def test_what_came_due_is_counted_and_a_channel_that_is_gone_is_forgotten(bench: Bench) -> None:
    async with bench.run() as run:
        on_air = [run.channel]
        monitor = Monitor(lambda: on_air)
        monitor.look()
        before = told("tvd_segments_published_total") or 0.0
        await run.air(3)
        monitor.look()
        assert told("tvd_segments_published_total") == before + 3
        assert told("tvd_channel_on_air") == 1
        on_air.clear()
        monitor.look()
        assert told("tvd_channel_on_air") is None
        assert told("tvd_segments_published_total") is None
        # Configured again much later: nothing came due meanwhile.
        await run.air(3)
        on_air.append(run.channel)
        with structlog.testing.capture_logs() as said:
            monitor.look()
            run.clock.turn(20)
            monitor.look()
        late = [line["seq"] for line in said if line["event"] == "segment.late"]
        assert late == [run.channel.on_air_seq() - n for n in reversed(range(len(late)))]
        assert len(late) <= 20


async def test_a_clock_that_leaps_over_weeks_is_no_outage_of_weeks(bench: Bench) -> None:
    """A small computer without a clock of its own begins long ago, until the network tells the time."""
    async with bench.run() as run:
        monitor = Monitor(lambda: [run.channel])
        monitor.look()
        run.clock.turn(1_000_000)
        with structlog.testing.capture_logs() as said:
            monitor.look()
        assert 0 < len([line for line in said if line["event"] == "segment.late"]) < 100
        # Nothing of those weeks is made; the channel goes on where the clock is.
        run.seen.clear()
        await run.made(run.channel.on_air_seq() + run.channel.live.lead)
        assert run.channel.status().restarts == 1
        assert run.channel.window.oldest == run.channel.on_air_seq() - run.channel.live.window + 1
