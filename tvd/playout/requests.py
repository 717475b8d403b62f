"""What the owner asks of a channel: play something next or now, skip what airs, leave something out today.

A request makes a revision of the rundown from the first segment that was not fed yet, and is written down with it: a
restart knows of it. What it means for the schedule is up to :mod:`tvd.playout.engine`.
"""

import asyncio
import secrets
from typing import Final, Literal

import msgspec

from tvd import logs, metrics
from tvd.errors import ConflictError, NotFoundError
from tvd.library.source import Source
from tvd.playout.memory import Request
from tvd.playout.planner import ChannelSchedule
from tvd.playout.promise import Promise
from tvd.playout.rundown import INTERSTITIAL, ScheduleItem
from tvd.playout.schedule import item_of, title_of

Action = Literal["next", "now", "skip", "remove"]
_SHOWN: Final = 5
_DAY: Final = 86_400
_log = logs.get("schedule")


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a request: from segment ``seq`` on the schedule is another one.

    ``item`` is where the source airs now (next, now), what airs instead (skip), or what was left out first (remove);
    None when it does not within a day. ``count`` airings were left out.
    """

    id: str
    action: Action
    seq: int
    title: str
    item: ScheduleItem | None
    count: int = 0


def find(schedule: ChannelSchedule, wanted: str) -> Source:
    """Return the source of the channel that ``wanted`` names: its identity, its title, or a part of only one title.

    Raises :class:`NotFoundError` when there is none, :class:`ConflictError` when there are several.
    """
    sources = schedule.sources()
    if (source := sources.get(wanted)) is not None:
        return source
    sought = wanted.strip().casefold()
    titled = [(title_of(source).casefold(), source) for source in sources.values()]
    found = [source for title, source in titled if title == sought] or [
        source for title, source in titled if sought and sought in title
    ]
    if not found:
        raise NotFoundError(f"nothing on {schedule.slug} is called {wanted!r}")
    if len(found) > 1:
        found.sort(key=lambda source: (title_of(source), source.id))
        named = ", ".join(f"{title_of(source)} ({source.id})" for source in found[:_SHOWN])
        raise ConflictError(f"{len(found)} are called {wanted!r}: {named}{' …' * (len(found) > _SHOWN)}; name one")
    return found[0]


async def grant(promise: Promise, action: Action, wanted: str, committed: int) -> Granted:
    """Do what the owner asks; segments up to ``committed`` are fed, or as good as.

    Raises :class:`NotFoundError` for a source that is not there, :class:`ConflictError` when there is nothing to do it
    to, ``OSError`` when it cannot be written down (then nothing changed).
    """
    schedule = promise.schedule
    source = None if action == "skip" else await asyncio.to_thread(find, schedule, wanted)
    async with promise.changing() as asked:
        first = max(asked, committed) + 1
        on_air = schedule.item_at(first)
        if on_air is None:
            raise ConflictError(f"{schedule.slug} is not on air yet")
        if action == "now" and source is not None:
            wish = item_of(source, schedule.grid, schedule.slug, first)
            if not promise.expected(wish):
                raise ConflictError(f"{wish.title} is not prepared yet: ask for it next, and it comes when it is")
        at, until, left_out = _place(schedule, action, source, first, on_air)
        identity = secrets.token_hex(4)
        request = Request(id=identity, action=action, seq=at, source=source.id if source else "", until=until)
        await asyncio.to_thread(schedule.revise, at, request)
    await promise.plan(first)
    title = title_of(source) if source is not None else on_air.title
    metrics.schedule_requests.labels(schedule.slug, action).inc()
    _log.info("schedule.request", channel=schedule.slug, action=action, request=identity, title=title, seq=at)
    item = left_out[0] if left_out else _airing(schedule, source, at)
    return Granted(id=identity, action=action, seq=at, title=title, item=item, count=len(left_out))


def _place(
    schedule: ChannelSchedule, action: Action, source: Source | None, first: int, on_air: ScheduleItem
) -> tuple[int, int, list[ScheduleItem]]:
    """Return from which segment on the plan is void, until when a source is left out, and the airings this concerns."""
    if action == "now":
        return first, 0, []
    if action == "next":
        return (first if on_air.seq_start == first else on_air.seq_stop), 0, []
    if action == "skip":
        if on_air.seq_start == first:
            raise ConflictError(f"nothing to skip: what airs on {schedule.slug} is just ending")
        return first, 0, []
    assert source is not None
    until = schedule.midnight_after(first)
    today = [item for item in schedule.between(first, until) if item.seq_start >= first]
    places = [place for place, item in enumerate(today) if item.source == source.id]
    if not places:
        return on_air.seq_stop, until, []
    # What leads to it says that it comes.
    place = places[0]
    while place > 0 and today[place - 1].kind in INTERSTITIAL:
        place -= 1
    return today[place].seq_start, until, [today[each] for each in places]


def _airing(schedule: ChannelSchedule, source: Source | None, seq: int) -> ScheduleItem | None:
    """Return where ``source`` airs (None: what airs) from ``seq`` on, within a day."""
    if source is None:
        return schedule.item_at(seq)
    items = schedule.between(seq, seq + schedule.grid.segments_for(_DAY))
    return next((item for item in items if item.source == source.id and item.seq_start >= seq), None)
