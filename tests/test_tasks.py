"""Tasks with an owner: a bug in one is told of, ending one waits for it."""

import asyncio

import structlog

from tvd import tasks


async def test_a_task_that_ends_by_a_bug_is_told_of() -> None:
    async def broken() -> None:
        raise ValueError("no")

    with structlog.testing.capture_logs() as said:
        task = tasks.started(broken(), "a part")
        await asyncio.wait({task})
        await asyncio.sleep(0)
    assert [(line["event"], line["task"], str(line["exc_info"])) for line in said] == [("task.failed", "a part", "no")]


async def test_ending_waits_and_says_nothing() -> None:
    ended = []

    async def slow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append(1)

    with structlog.testing.capture_logs() as said:
        both = [tasks.started(slow(), "one"), tasks.started(slow(), "two")]
        await asyncio.sleep(0)
        await tasks.end(*both)
    assert ended == [1, 1]
    assert said == []
