import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tvd.media.house import Grid
from tvd.playout import journal
from tvd.playout.memory import Memory, Request, Step
from tvd.playout.order import State
from tvd.playout.rundown import ScheduleItem
from tvd.playout.rundown_file import Line, RundownFiles, replay
from tvd.playout.schedule import Planned

DAY = 40_500
"""Segments in a day at 30 frames a second."""


def planned(start: int, segments: int, source: str = "a") -> Planned:
    item = ScheduleItem(
        id=f"films-{start}", kind="programme", source=source, title="A film", seq_start=start, segments=segments
    )
    return Planned(item=item, step=Step(places={"": State(bag=1, cursor=start)}, series={"wire": str(start)}))


def line(start: int, segments: int, *, fps: int = 30, begin: bool = False) -> Line:
    one = planned(start, segments)
    return Line(v=2, fps=fps, item=one.item, step=one.step, begin=begin)


def revision(seq: int) -> Line:
    return Line(v=2, fps=30, revise=seq)


def spans(items: list[Planned]) -> list[tuple[int, int]]:
    return [(one.item.seq_start, one.item.seq_stop) for one in items]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line(10, 5), line(15, 5)], [(10, 15), (15, 20)]),
        ([line(10, 5), line(10, 7), line(15, 5)], [(10, 15), (15, 20)]),
        ([line(10, 5), line(12, 5)], [(10, 15)]),
        ([line(10, 5), line(17, 5)], [(10, 15)]),
        ([line(10, 5), line(17, 5, begin=True)], [(10, 15), (17, 22)]),
        ([line(10, 5), line(12, 5, begin=True)], [(10, 15)]),
        ([line(10, 5), line(15, 5, fps=25), line(15, 2)], [(10, 15), (15, 17)]),
        ([line(10, 5), line(15, 0), line(15, 2)], [(10, 15), (15, 17)]),
        ([line(10, 5), line(15, 5), revision(15), line(15, 2)], [(10, 15), (15, 17)]),
        ([line(10, 5), line(15, 5), revision(13), line(13, 2)], [(10, 13), (13, 15)]),
        ([line(10, 5), revision(15), revision(20)], [(10, 15)]),
        ([line(10, 5), revision(10), line(10, 3)], [(10, 13)]),
    ],
)
def test_which_lines_count(lines: list[Line], expected: list[tuple[int, int]]) -> None:
    items: list[Planned] = []
    replay(lines, 30, items)
    assert spans(items) == expected


def test_a_cut_programme_keeps_the_step_it_makes() -> None:
    items: list[Planned] = []
    replay([line(10, 5), line(15, 5), revision(13)], 30, items)
    assert items[-1].step == planned(10, 5).step


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8), st.booleans(), st.integers(0, 5))))
def test_whatever_is_written_nothing_overlaps(rows: list[tuple[int, int, bool, int]]) -> None:
    items: list[Planned] = []
    replay([line(s, n, begin=b) if k else revision(s) for s, n, b, k in rows], 30, items)
    ends = [0] + [stop for _, stop in spans(items)]
    assert all(start >= end for (start, _), end in zip(spans(items), ends, strict=False))


def test_one_file_a_day_of_lines_people_can_read(tmp_path: Path, grid: Grid, now: int) -> None:
    files = RundownFiles(tmp_path, grid)
    files.append([planned(now, 10), planned(now + 10, 20)])
    files.append([planned(now + 30, 5)])
    assert [path.name for path in tmp_path.iterdir()] == ["rundown-2026-09-21.jsonl"]
    rows = [json.loads(row) for row in (tmp_path / "rundown-2026-09-21.jsonl").read_text().splitlines()]
    assert [row["item"]["seq_start"] for row in rows] == [now, now + 10, now + 30]
    assert rows[0]["fps"] == 30
    assert rows[0]["step"] == {"places": {"": {"bag": 1, "cursor": now}}, "series": {"wire": str(now)}}
    assert [row.get("memory") for row in rows] == [{}, None, None]


def test_a_torn_last_line_is_left_alone_and_closed_by_the_next_append(tmp_path: Path, grid: Grid, now: int) -> None:
    RundownFiles(tmp_path, grid).append([planned(now, 10), planned(now + 10, 20)])
    path = tmp_path / "rundown-2026-09-21.jsonl"
    for cut in (1, 5, 60):
        whole = path.read_bytes()
        path.write_bytes(whole[:-cut])
        files = RundownFiles(tmp_path, grid)
        files.load(now)
        assert spans(files.planned) == [(now, now + 10)]
        files.append([planned(now + 10, 7)])
        # Only the newline was missing: then the line was whole after all, and it was first.
        assert spans(files.planned)[1:] == [(now + 10, now + 30 if cut == 1 else now + 17)]
        again = RundownFiles(tmp_path, grid)
        again.load(now)
        assert again.planned == files.planned
        path.write_bytes(whole)


@given(damage=st.binary(max_size=80), place=st.integers(0, 3))
def test_damaged_lines_are_passed_over(
    tmp_path_factory: pytest.TempPathFactory, grid: Grid, now: int, damage: bytes, place: int
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    RundownFiles(folder, grid).append([planned(now, 10), planned(now + 10, 20), planned(now + 30, 5)])
    path = folder / "rundown-2026-09-21.jsonl"
    rows = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*rows[:place], damage, b"\n", *rows[place:]]))
    files = RundownFiles(folder, grid)
    files.load(now)
    assert spans(files.planned) == [(now, now + 10), (now + 10, now + 30), (now + 30, now + 35)]


def test_what_another_version_wrote_is_passed_over(tmp_path: Path, grid: Grid, now: int) -> None:
    files = RundownFiles(tmp_path, grid)
    files.append([planned(now, 10)])
    later = msgspec.json.encode({"v": 3, "fps": 30, "item": "something else"})
    also = msgspec.json.encode({"v": 2, "fps": 30, "vote": {"new": True}})
    older = msgspec.json.encode({"v": 1, "fps": 30, "item": msgspec.to_builtins(planned(now + 10, 9).item)})
    journal.append(tmp_path / "rundown-2026-09-21.jsonl", [later, also, older])
    files.append([planned(now + 10, 5)])
    assert spans(files.planned) == [(now, now + 10), (now + 10, now + 15)]


def test_only_the_days_needed_are_read(tmp_path: Path, grid: Grid, now: int) -> None:
    files = RundownFiles(tmp_path, grid)
    for day in range(9):
        files.append([planned(now + day * DAY, DAY)])
    today = now + 6 * DAY
    files.load(today)
    assert spans(files.planned)[0] == (now + 4 * DAY, now + 5 * DAY)
    assert spans(files.planned)[-1] == (now + 8 * DAY, now + 9 * DAY)
    long_after = now + 100 * DAY
    files.load(long_after)
    assert spans(files.planned) == [(now + 8 * DAY, now + 9 * DAY)]
    assert files.memory.places == planned(now + 8 * DAY, DAY).step.places
    assert files.memory.aired == {"a": now + 8 * DAY}
    assert journal.delete_before(tmp_path, "rundown", date(2026, 9, 21) + timedelta(days=8)) == 7
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rundown-2026-09-28.jsonl", "rundown-2026-09-29.jsonl"]


def test_another_grid_leaves_what_is_remembered_only(tmp_path: Path, grid: Grid, now: int) -> None:
    files = RundownFiles(tmp_path, grid)
    files.append([planned(now, 10)])
    other = RundownFiles(tmp_path, Grid(25))
    other.load(Grid(25).seq_at(grid.start_ns(now)))
    assert other.planned == []
    assert (other.memory.last, other.memory.series) == ("a", {"wire": str(now)})
    assert other.memory.aired == {}
    other.append([planned(Grid(25).seq_at(grid.start_ns(now)), 10)])
    assert len(other.planned) == 1
    files.refresh()
    assert spans(files.planned) == [(now, now + 10)]


def test_a_revision_reaches_over_midnight(tmp_path: Path, grid: Grid, now: int) -> None:
    files, other = RundownFiles(tmp_path, grid), RundownFiles(tmp_path, grid)
    other.load(now)
    files.append([planned(now, DAY)])
    files.append([planned(now + DAY, DAY)])
    files.append([planned(now + 2 * DAY, DAY)])
    other.refresh()
    files.revise(now + DAY + 5)
    files.append([planned(now + DAY + 5, DAY)])
    expected = [(now, now + DAY), (now + DAY, now + DAY + 5), (now + DAY + 5, now + 2 * DAY + 5)]
    assert spans(files.planned) == expected
    other.refresh()
    assert spans(other.planned) == expected


def test_a_deleted_file_is_noticed(tmp_path: Path, grid: Grid, now: int) -> None:
    files = RundownFiles(tmp_path, grid)
    files.append([planned(now, 10)])
    next(tmp_path.iterdir()).unlink()
    assert files.refresh()
    assert files.planned == []
    files.append([planned(now + 3, 10)])
    assert spans(files.planned) == [(now + 3, now + 13)]


def memory_of(folder: Path, grid: Grid, now: int) -> Memory:
    files = RundownFiles(folder, grid)
    files.load(now)
    return files.memory


def test_the_first_line_of_a_day_remembers_all_before_it(tmp_path: Path, grid: Grid, now: int) -> None:
    files = RundownFiles(tmp_path, grid)
    for day in range(5):
        files.append([planned(now + day * DAY, DAY, source=f"film {day}")])
    assert sorted(files.memory.aired) == [f"film {day}" for day in range(5)]
    for path in sorted(tmp_path.iterdir())[:-1]:
        path.unlink()
    assert memory_of(tmp_path, grid, now + 4 * DAY) == files.memory
    files.forget_before(now + 4 * DAY)
    assert len(files.memory.aired) == 5


def test_what_aired_is_forgotten_and_the_files_have_it(tmp_path: Path, grid: Grid, now: int) -> None:
    files = RundownFiles(tmp_path, grid)
    most = 0
    for start in range(now, now + 3 * DAY, DAY // 100):
        files.append([planned(start, DAY // 100)])
        files.forget_before(start)
        most = max(most, len(files.planned))
    # What ended just then, and what follows it.
    assert most == 1
    assert files.memory.aired == {"a": files.planned[-1].item.seq_start}
    again = RundownFiles(tmp_path, grid)
    again.load(now + 3 * DAY)
    assert again.memory == files.memory
    assert len(again.planned) > 100
    again.forget_before(now + 3 * DAY)
    assert again.planned == files.planned


def test_what_began_yesterday_outlives_a_revision(tmp_path: Path, grid: Grid, now: int) -> None:
    files = RundownFiles(tmp_path, grid)
    files.append([planned(now, 10), planned(now + 10, DAY)])
    files.append([planned(now + 10 + DAY, 20)])
    files.forget_before(now + DAY)
    assert spans(files.planned) == [(now + 10, now + 10 + DAY), (now + 10 + DAY, now + 30 + DAY)]
    files.revise(now + DAY + 5)
    files.append([planned(now + DAY + 5, 7)])
    files.forget_before(now + DAY)
    assert spans(files.planned) == [(now + 10, now + DAY + 5), (now + DAY + 5, now + DAY + 12)]


def test_a_day_remembers_no_more_than_what_is_recent(tmp_path: Path, grid: Grid, now: int) -> None:
    files = RundownFiles(tmp_path, grid)
    for day in range(70):
        files.append([planned(now + day * DAY, DAY, source=f"film {day}")])
        files.forget_before(now + day * DAY)
    assert list(files.memory.aired) == [f"film {day}" for day in range(7, 70)]


def test_a_torn_first_line_costs_no_more_than_older_days(tmp_path: Path, grid: Grid, now: int) -> None:
    files = RundownFiles(tmp_path, grid)
    files.append([planned(now, DAY, "old"), planned(now + DAY, 5, "older")][:1])
    files.append([planned(now + DAY, 10, "one"), planned(now + DAY + 10, 10, "two")])
    first, second = sorted(tmp_path.iterdir())
    second.write_bytes(b"torn" + second.read_bytes())
    first.unlink()
    assert sorted(memory_of(tmp_path, grid, now + DAY).aired) == ["two"]


def test_a_request_is_remembered_until_it_is_granted(tmp_path: Path, grid: Grid, now: int) -> None:
    """It stands on every revision line it made, counts once, and comes back when its grant is voided."""
    files = RundownFiles(tmp_path, grid)
    files.append([planned(now, DAY + 20)])
    request = Request(id="1", action="next", seq=now + 10, source="film")
    files.revise(now + 10, request)
    assert files.memory.requests == (request,)
    assert memory_of(tmp_path, grid, now) == files.memory
    granted = planned(now + 10, 30, "film")
    files.append([Planned(item=granted.item, step=Step(served="1"))])
    assert files.memory.requests == ()
    files.revise(now + 10)
    assert files.memory.requests == (request,)
    files.append([Planned(item=granted.item, step=Step(served="1"))])
    files.revise(now + 15, Request(id="2", action="skip", seq=now + 15))
    assert memory_of(tmp_path, grid, now).requests == ()


WRITER = """
import sys
from pathlib import Path
from tvd.media.house import Grid
from tvd.playout.rundown import ScheduleItem
from tvd.playout.rundown_file import RundownFiles
from tvd.playout.schedule import Planned

folder, name, now = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
files = RundownFiles(folder, Grid(30))
files.load(now)
print("ready", flush=True)
sys.stdin.readline()
length = 3 if name == "one" else 5
while (end := files.planned[-1].item.seq_stop if files.planned else now) < now + 1500:
    batch = []
    for _ in range(4):
        item = ScheduleItem(id=f"x-{end}", kind="programme", source=name, title=name, seq_start=end, segments=length)
        batch.append(Planned(item=item))
        end = item.seq_stop
    files.append(batch)
    # Stepped by the parent for a while, so that both are surely at it together; then a free race.
    if end < now + 400:
        print("step", flush=True)
        sys.stdin.readline()
print(" ".join(f"{one.item.source}:{one.item.seq_start}" for one in files.planned if one.item.seq_start < now + 1500))
"""


def test_two_processes_write_one_rundown(tmp_path: Path, now: int) -> None:
    """Real processes race for every place; both, and a third that reads later, see one plan without gap or overlap."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), name, str(now)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        for name in ("one", "two")
    ]
    plans: dict[int, str] = {}
    while len(plans) < 2:
        waiting = [number for number in range(2) if number not in plans]
        for number in waiting:
            stdout = writers[number].stdout
            assert stdout is not None
            said = stdout.readline().strip()
            if said not in {"ready", "step"}:
                plans[number] = said
        for number in waiting:
            stdin = writers[number].stdin
            if number not in plans and stdin is not None:
                stdin.write("\n")
                stdin.flush()
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    assert plans[0] == plans[1]
    files = RundownFiles(tmp_path, Grid(30))
    files.load(now)
    ends = [now] + [one.item.seq_stop for one in files.planned]
    assert [one.item.seq_start for one in files.planned] == ends[:-1]
    read = " ".join(f"{one.item.source}:{one.item.seq_start}" for one in files.planned)
    assert read.startswith(plans[0])
