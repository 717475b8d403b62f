"""Tasks that somebody owns: one that ends by a bug of ours is told of in the log, and ending one waits for its end."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from tvd import logs

_log = logs.get("tasks")


def started(work: Coroutine[Any, Any, None], name: str) -> "asyncio.Task[None]":
    """Return a task that does ``work``; to be kept by the caller, and ended with :func:`end`."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_tell)
    return task


def _tell(task: "asyncio.Task[None]") -> None:
    """Log a task that ended by a bug; nobody waits for it."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("task.failed", task=task.get_name(), exc_info=error)


async def end(*tasks: "asyncio.Task[None]") -> None:
    """Cancel ``tasks`` and wait until all have ended; how they did has been told."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
