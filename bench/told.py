"""What was told of a day beside what its tape shows: every disagreement, in words. Pure functions."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from bench import numbered
from bench.dayaired import GRID, SLUG, Asked, Day
from bench.numbered import Run
from tvd.clock import NS
from tvd.playout.promise import FREEZE_AHEAD

_BERLIN: Final = ZoneInfo("Europe/Berlin")
_PROGRAMMES: Final = ("films", "specials")
_KINDS: Final = {"programme": _PROGRAMMES, "filler": ("fillers",), "ident": ("idents",)}
_XML_PAST: Final = 3 * 3600 * NS
_ENTRY: Final = re.compile(r'<programme start="(\d{14}) \+0000" stop="(\d{14}) \+0000"[^>]*><title>([^<]*)</title>')

Part = tuple[int, int, str]
"""From which segment to before which, and the title."""


def faults(day: Day) -> list[str]:
    """Return everything in which somebody was told something else than the tape shows; empty is perfect."""
    return [
        *_whole(day),
        *_dates(day),
        *_events(day),
        *_wishes(day),
        *_as_it_was(day, day.asked[-1]),
        *(fault for asked in day.asked for fault in _as_told(day, asked)),
    ]


def _differing(what: str, told: Iterable[Any], shown: Iterable[Any]) -> Iterator[str]:
    told, shown = list(told), list(shown)
    if told != shown:
        wrong = [f"{one} instead of {two}" for one, two in zip(told, shown, strict=False) if one != two]
        yield f"{what}: {len(told)} instead of {len(shown)}, first {wrong[:1] or (told or shown)[-1:]}"


def parts(runs: Sequence[Run]) -> list[Part]:
    """Return ``runs`` as parts."""
    return [(run.start, run.stop, numbered.title(run.source)) for run in runs]


def _instant(seq: int) -> str:
    """Return when segment ``seq`` begins, in UTC to the millisecond: counted here, not taken from tvd."""
    milliseconds = round(Fraction(1000 * seq * GRID.frames, GRID.fps))
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03}Z"


# The tape by itself ---------------------------------------------------------------------------------------------------


def _whole(day: Day) -> Iterator[str]:
    """Look for what is missing: whatever no wish and no event cuts short airs from its first segment to its last."""
    yield from _differing("tvd tape", day.again, day.taped)
    if (day.taped[0].start, day.taped[-1].stop) != (day.start, day.stop):
        yield f"taped from {day.taped[0].start} to {day.taped[-1].stop} instead of {day.start} to {day.stop}"
    cut = {granted["seq"] for granted in day.granted} | {day.stop}
    events = {run.start for run in day.taped if day.kinds[run.source] == "specials"}
    for run in day.taped:
        # What fills the time before an event may be part of something.
        cut_here = run.stop in cut or (run.stop in events and day.kinds[run.source] != "specials")
        if run.first or (run.stop - run.start != day.lengths[run.source] and not cut_here):
            yield f"{numbered.title(run.source)} at {run.start} from {run.first} for {run.stop - run.start} segments"


def _events(day: Day) -> Iterator[str]:
    """Look for events: each begins with the first segment at or after its time, on each day once, and nowhere else."""
    expected = set()
    first = day.plan.begin.astimezone(_BERLIN).date()
    for number, at in zip(day.plan.folders()["specials"], day.plan.events, strict=True):
        for days in range(3):
            seq = _local(first + timedelta(days=days), at)
            if day.start <= seq < day.stop:
                expected.add((seq, number))
    aired = {(run.start, run.source) for run in day.taped if day.kinds[run.source] == "specials"}
    yield from _differing("events", sorted(aired), sorted(expected))


def _local(day: date, at: str) -> int:
    """Return the first segment at or after ``at`` in Berlin; of two such moments the first, of none the jump."""
    hour, minute = map(int, at.split(":"))
    moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=_BERLIN).astimezone(UTC)
    if moment.astimezone(_BERLIN).hour != hour:
        moment = moment.replace(minute=0)  # clocks in Berlin are put forward on the hour
    return -(-int(moment.timestamp()) * GRID.fps // GRID.frames)


def _wishes(day: Day) -> Iterator[str]:
    """Tell where what the owner was answered did not come true at that very segment."""
    starts = {run.start: run for run in day.taped}
    for granted in day.granted:
        item, seq = granted["item"], granted["seq"]
        if granted["effective"] != _instant(seq):
            yield f"{granted['action']} at {seq} told as {granted['effective']}"
        if granted["action"] == "remove":
            number = numbered.number_of(granted["title"])
            midnight = _local(
                datetime.fromtimestamp(GRID.start_ns(seq) // NS, _BERLIN).date() + timedelta(days=1), "00:00"
            )
            again = [run.start for run in day.taped if run.source == number and seq <= run.start < midnight]
            yield from _differing("removed", again, [])
        elif item["seq_start"] not in starts:
            yield f"{granted['action']}: nothing begins at {item['seq_start']}"
        elif numbered.title(starts[item["seq_start"]].source) != item["title"]:
            yield f"{granted['action']}: {starts[item['seq_start']]} instead of {item['title']}"
        if granted["action"] in {"skip", "now"} and seq not in starts:
            yield f"{granted['action']} at {seq}: nothing begins there"


# What was told --------------------------------------------------------------------------------------------------------


def _dates(day: Day) -> Iterator[str]:
    """Look at the playlist: PROGRAM-DATE-TIME of each segment, and a date range for each airing."""
    expected = [(seq, _instant(seq)) for seq in range(day.start, day.stop)]
    yield from _differing("dates", sorted(day.dates.items()), expected)
    shown = {f"{SLUG}-{run.start}": run for run in day.taped}
    # What begins where the tape ends may have been listed before the viewer stopped.
    told = [name for name, one in day.ranges.items() if one.get("START-DATE", "") < _instant(day.stop)]
    yield from _differing("date ranges", sorted(told), sorted(shown))
    for name, attributes in day.ranges.items():
        run = shown.get(name)
        says = (attributes.get("START-DATE"), attributes.get("X-TITLE"))
        if run is not None and says != (_instant(run.start), numbered.title(run.source)):
            yield f"date range {name}: {says}"


def _as_it_was(day: Day, last: Asked) -> Iterator[str]:
    """Look at the as-run log afterwards, as JSON and as CSV."""
    shown = parts(day.taped)
    # The channel was a little ahead of the viewer when the day was over.
    logged = [one for one in last.asrun if one["seq_start"] < day.stop]
    told = [(one["seq_start"], min(one["seq_stop"], day.stop), one["title"]) for one in logged]
    yield from _differing("as-run log", told, shown)
    yield from _differing("as-run log, firsts", (one["first"] for one in logged), (run.first for run in day.taped))
    yield from _differing("as-run log, times", _times(last.asrun), map(_both, last.asrun))
    rows = csv.DictReader(io.StringIO(last.csv))
    as_json = [[str(one[name]) for name in ("seq_start", "seq_stop", "first", "start", "title")] for one in last.asrun]
    as_csv = [[row[name] for name in ("seq_start", "seq_stop", "first", "start", "title")] for row in rows]
    yield from _differing("as-run log as CSV", as_csv, as_json)
    for one, run in zip(logged, day.taped, strict=False):
        if day.kinds[run.source] not in _KINDS.get(one["kind"], ()):
            yield f"as-run log: {one['title']} at {one['seq_start']} is no {one['kind']}"


def _as_told(day: Day, asked: Asked) -> Iterator[str]:
    """Look at what was told at one moment of the past, and promised for half an hour unless the owner wishes."""
    # How long the last airing on the tape went on the tape does not show.
    promised = min([asked.now + GRID.segments_for(FREEZE_AHEAD), day.taped[-1].start, *_later(day, asked.now)])
    what = f"told at {asked.now}:"
    yield from _differing(
        f"{what} schedule",
        _parts(asked.schedule, promised),
        [part for part in parts(day.taped) if part[1] <= promised],
    )
    yield from _differing(f"{what} schedule, times", _times(asked.schedule), map(_both, asked.schedule))
    shown = _folded(day, promised)
    yield from _differing(f"{what} guide", _parts(asked.guide, promised), shown)
    yield from _differing(f"{what} guide, times", _times(asked.guide), map(_both, asked.guide))
    since = GRID.start_ns(asked.newest) // (3600 * NS) * 3600 * NS - _XML_PAST
    entries = [(start, stop, title) for start, stop, title in _ENTRY.findall(asked.xmltv)]
    wanted = [(_seconds(a), _seconds(b), title) for a, b, title in shown if GRID.start_ns(b) > since]
    last = wanted[-1][1] if wanted else ""
    yield from _differing(f"{what} XMLTV", [entry for entry in entries if entry[1] <= last], wanted)


def _later(day: Day, now: int) -> list[int]:
    """Return the segments from which on wishes made after ``now`` changed the plan."""
    return [granted["seq"] for granted in day.granted if granted["seq"] > now]


def _both(one: Mapping[str, Any]) -> tuple[str, str]:
    return _instant(one["seq_start"]), _instant(one["seq_stop"])


def _times(told: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [(one["start"], one["stop"]) for one in told]


def _parts(told: Iterable[Mapping[str, Any]], promised: int) -> list[Part]:
    return [(one["seq_start"], one["seq_stop"], one["title"]) for one in told if one["seq_stop"] <= promised]


def _folded(day: Day, promised: int) -> list[Part]:
    """Return the day as a guide has it: each programme lasts until the next one begins."""
    programmes = [run for run in day.taped if day.kinds[run.source] in _PROGRAMMES]
    ends = [(run.start, after.start, numbered.title(run.source)) for run, after in pairwise(programmes)]
    return [part for part in ends if part[1] <= promised]


def _seconds(seq: int) -> str:
    return f"{datetime.fromtimestamp(seq * GRID.frames // GRID.fps, UTC):%Y%m%d%H%M%S}"
