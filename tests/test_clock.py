"""The house clock under every mistreatment of the system's clock, by two fake clocks."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tvd.clock import JUMP, MAX_SLEW, NS, HouseClock, sleep_until

START = 1_790_000_000 * NS
HOUR = 3600 * NS


class Clocks:
    """UTC and a monotonic clock to turn by hand."""

    def __init__(self) -> None:
        self.utc = START
        self.monotonic = 5 * NS
        self.house = HouseClock(lambda: self.utc, lambda: self.monotonic)

    def run(self, seconds: float, every: float = 1.0) -> int:
        """Let both run on and look ``every`` seconds; return the house's time."""
        now = self.house.now_ns()
        for _ in range(round(seconds / every)):
            self.utc += int(every * NS)
            self.monotonic += int(every * NS)
            now = self.house.now_ns()
        return now

    @property
    def error(self) -> int:
        """UTC minus the house's time."""
        return self.utc - self.house.now_ns()


def test_it_is_utc_while_nothing_happens() -> None:
    clocks = Clocks()
    assert clocks.house.now_ns() == START
    assert clocks.run(100, 0.25) == START + 100 * NS
    assert clocks.house.jumps == 0


def test_an_hour_forward_is_one_jump() -> None:
    clocks = Clocks()
    clocks.run(10)
    clocks.utc += HOUR
    clocks.run(2)
    assert clocks.error == 0
    clocks.run(100)
    assert (clocks.error, clocks.house.jumps) == (0, 1)


def test_an_hour_back_is_slewed_and_never_falls() -> None:
    clocks = Clocks()
    before = clocks.run(10)
    clocks.utc -= HOUR
    after = clocks.run(1000)
    assert after - before == pytest.approx(1000 * NS * (1 - MAX_SLEW), abs=NS * MAX_SLEW * 3)
    assert clocks.house.jumps == 0
    assert clocks.error < 0


def test_a_small_step_forward_is_slewed_away() -> None:
    clocks = Clocks()
    clocks.run(10)
    clocks.utc += NS // 50
    clocks.run(30)
    assert 0 < clocks.error < NS // 50
    clocks.run(600)
    assert abs(clocks.error) < NS // 1000
    assert clocks.house.jumps == 0


def test_a_step_below_a_jump_takes_its_time() -> None:
    clocks = Clocks()
    clocks.utc += JUMP - NS
    clocks.run(100)
    assert clocks.house.jumps == 0
    assert clocks.error == pytest.approx(JUMP - NS - 100 * NS * MAX_SLEW, abs=NS * MAX_SLEW * 3)


def test_a_resumed_laptop_jumps_once() -> None:
    """The monotonic clock of Linux stands still while suspended; ten minutes of UTC are gone."""
    clocks = Clocks()
    clocks.run(5)
    clocks.utc += 600 * NS
    clocks.run(3)
    assert (clocks.error, clocks.house.jumps) == (0, 1)


def test_back_and_forth_again_ends_where_it_was() -> None:
    clocks = Clocks()
    clocks.utc -= HOUR
    clocks.run(20)
    clocks.utc += HOUR
    clocks.run(600)
    assert abs(clocks.error) < NS // 1000
    assert clocks.house.jumps == 0


steps = st.one_of(
    st.just(0), st.integers(-2 * HOUR, 2 * HOUR), st.integers(-NS, NS), st.sampled_from([-HOUR, HOUR, JUMP, -JUMP])
)


@given(st.lists(st.tuples(st.integers(0, 3 * NS), steps), max_size=60))
def test_it_never_falls_and_never_runs_faster_than_its_slew(moves: list[tuple[int, int]]) -> None:
    clocks = Clocks()
    last, jumps = clocks.house.now_ns(), 0
    for elapsed, step in moves:
        clocks.monotonic += elapsed
        clocks.utc = max(0, clocks.utc + elapsed + step)
        now = clocks.house.now_ns()
        assert now >= last
        if clocks.house.jumps == jumps:
            assert abs(now - last - elapsed) <= elapsed * MAX_SLEW + 2
        else:
            # It jumps to UTC and nowhere else, one jump at a time, and only far.
            assert now == clocks.utc
            assert clocks.house.jumps == jumps + 1
            assert now - last > JUMP - elapsed * MAX_SLEW
        last, jumps = now, clocks.house.jumps


class TurnedClock:
    """A clock that the loop's own sleeping turns: each look is ``step`` later."""

    def __init__(self, step: int) -> None:
        self.now = START
        self.step = step
        self.looks = 0

    def now_ns(self) -> int:
        self.looks += 1
        self.now += self.step
        return self.now


async def test_sleeping_ends_when_the_time_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    clock = TurnedClock(NS)
    await sleep_until(clock, START)
    assert slept == []
    # Long sleeps are cut, so that a jump of the clock is noticed; the last is as long as needed.
    clock = TurnedClock(2 * NS)
    await sleep_until(clock, START + 5 * NS + NS // 2)
    assert slept == [2.5, 1.5]
    clock = TurnedClock(NS // 4)
    await sleep_until(clock, START + NS // 2)
    assert slept[2:] == [0.25]
