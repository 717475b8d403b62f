"""What the terminal shows of the queue."""

import asyncio
import io

import pytest
from rich.console import Console

from tvd.library.jobstatus import JobStatus
from tvd.library.progress import Bars, show_progress


def job(source: str, state: str = "encoding", progress: float = 0.5) -> JobStatus:
    return JobStatus(source, f"Title of {source} [bold]", state, progress, 4.2, 0, sound_only=False, reason="")  # type: ignore[arg-type] - a literal in each test


class Queue:
    def __init__(self, *jobs: JobStatus) -> None:
        self.jobs = list(jobs)

    def status(self) -> list[JobStatus]:
        return self.jobs


def test_a_bar_for_each_running_job_and_none_for_what_waits() -> None:
    output = io.StringIO()
    bars = Bars(Console(file=output, force_terminal=True, width=120))
    bars.update([job("a"), job("b", "measuring", 0.0), job("c", "waiting")])
    bars.progress.refresh()
    assert [task.description for task in bars.progress.tasks] == ["Title of a [bold]", "Title of b [bold]"]
    bars.update([job("b", progress=1.0)])
    assert [task.completed for task in bars.progress.tasks] == [1.0]


async def test_without_a_terminal_there_are_log_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tvd.library.progress._LINE_EVERY", 0.0)
    showing = asyncio.create_task(show_progress(Queue(job("a")), terminal=False))
    said = ""
    async with asyncio.timeout(5):
        while "normaliser.progress" not in said:
            await asyncio.sleep(0)
            said += "".join(capsys.readouterr())
    showing.cancel()
    await asyncio.gather(showing, return_exceptions=True)
