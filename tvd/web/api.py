"""The JSON API: channels, schedule, status."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, Final

import msgspec
from aiohttp import hdrs, web

from tvd import __version__
from tvd.clock import NS, Clock
from tvd.hls.playlist import date_time
from tvd.web.answers import JSON_TYPE, Content, answer
from tvd.web.broadcast import Broadcast, ChannelView, Programme, art_url
from tvd.web.keys import AUDIENCE, BROADCAST
from tvd.web.viewers import Audience

_SPAN: Final = timedelta(days=8)
"""Most that one request for a schedule may cover."""
_DEFAULT_SPAN: Final = timedelta(hours=12)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_END: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""Nanoseconds until then fit into 64 bits, with room to look around."""


_WAIT: Final = 10.0
"""Seconds for which an answer is put off at most."""
_LOOK: Final = 0.03


async def channels(request: web.Request) -> web.Response:
    """Answer ``/api/channels``: every channel with what airs now and next.

    ``?wait=SLUG``: somebody waits for that channel; answered once it is in standby no more, at the latest after
    :data:`_WAIT`.
    """
    broadcast, audience = request.app[BROADCAST], request.app[AUDIENCE]
    if (awaited := request.query.get("wait")) is not None:
        await _settled(broadcast, awaited)
    return json(request, [_channel(channel, broadcast.clock, audience) for channel in broadcast.channels()])


async def _settled(broadcast: Broadcast, slug: str) -> None:
    until = monotonic() + _WAIT
    while broadcast.channel(slug).state() == "standby" and monotonic() < until:
        # What is waited for is prepared before what is not.
        broadcast.channel(slug).window.watch()
        await asyncio.sleep(_LOOK)


async def time(request: web.Request) -> web.Response:
    """Answer ``/api/time``: the clock that airs segments, in milliseconds since 1970 (NTP's T2 and T3 in one)."""
    now = request.app[BROADCAST].clock.now_ns() / 1_000_000
    body = msgspec.json.encode({"now": round(now, 3)})
    return web.Response(body=body, content_type=JSON_TYPE, headers={hdrs.CACHE_CONTROL: "no-store"})


async def schedule(request: web.Request) -> web.Response:
    """Answer ``/api/channels/SLUG/schedule?from=&to=``: what airs in that time, UTC; 400 for times that are none."""
    broadcast = request.app[BROADCAST]
    channel = broadcast.channel(request.match_info["slug"])
    from_, to = span(request.query, broadcast.clock)
    return json(request, [programme_json(programme) for programme in channel.listing(from_, to)])


async def status(request: web.Request) -> web.Response:
    """Answer ``/api/status``: what an operator wants to know of every channel and of the normaliser."""
    broadcast, audience = request.app[BROADCAST], request.app[AUDIENCE]
    now = broadcast.clock.now_ns()
    return json(
        request,
        {
            "version": __version__,
            "title": broadcast.title,
            "now": date_time(now),
            "channels": [
                {
                    "number": channel.number,
                    "slug": channel.slug,
                    "name": channel.name,
                    "state": channel.state(),
                    "fault": channel.fault(),
                    "viewers": audience.count(channel),
                    "on_air": channel.grid.seq_at(now),
                    **channel.status(),
                }
                for channel in broadcast.channels()
            ],
            "normaliser": broadcast.normaliser_status(),
        },
    )


def json(request: web.Request, value: Any) -> web.Response:
    """Answer with ``value`` as JSON; what JSON does not know is written as text."""
    return answer(request, Content.of(msgspec.json.encode(value, enc_hook=str), JSON_TYPE))


def _channel(channel: ChannelView, clock: Clock, audience: Audience) -> dict[str, Any]:
    now, next_ = now_next(channel, clock.now_ns())
    return {
        "number": channel.number,
        "slug": channel.slug,
        "name": channel.name,
        "state": channel.state(),
        "fault": channel.fault(),
        "viewers": audience.count(channel),
        "hls": f"/hls/{channel.slug}/master.m3u8",
        "live": f"/live/{channel.slug}.ts",
        "now": programme_json(now),
        "next": programme_json(next_),
    }


def now_next(channel: ChannelView, now_ns: int) -> tuple[Programme | None, Programme | None]:
    """Return what airs at ``now_ns`` and what follows it, None where nothing is known."""
    now = next(iter(channel.listing(now_ns, now_ns + 1)), None)
    if now is None:
        return None, None
    stop = channel.grid.start_ns(now.seq_stop)
    return now, next(iter(channel.listing(stop, stop + 1)), None)


def programme_json(programme: Programme | None) -> dict[str, Any] | None:
    """Return a programme as the API tells it, times in UTC to the millisecond."""
    if programme is None:
        return None
    return {
        "id": programme.id,
        "kind": programme.kind,
        "title": programme.title,
        "subtitle": programme.subtitle,
        "artist": programme.artist,
        "description": programme.description,
        "series": programme.series,
        "season": programme.season,
        "episode": programme.episode,
        "year": programme.year,
        "genres": programme.genres,
        "rating": programme.rating,
        "language": programme.language,
        "art": art_url(programme),
        "chapters": [{"start": chapter.start, "title": chapter.title} for chapter in programme.chapters],
        "start": programme.start,
        "stop": programme.stop,
        "source": programme.source,
        "seq_start": programme.seq_start,
        "seq_stop": programme.seq_stop,
    }


def span(
    query: Mapping[str, str], clock: Clock, *, most: timedelta = _SPAN, before: timedelta = timedelta()
) -> tuple[int, int]:
    """Return ``from`` and ``to`` of ``query`` in nanoseconds since 1970; by default the next twelve hours.

    ``before`` is how far in the past it begins by default, ``most`` how much it may cover. Raises 400 naming the
    parameter when one is no time, when they are the wrong way round, or too far apart.
    """
    now = _EPOCH + timedelta(microseconds=clock.now_ns() // 1000)
    from_ = _moment(query, "from") or now - before
    to = _moment(query, "to") or from_ + _DEFAULT_SPAN
    if to <= from_:
        raise web.HTTPBadRequest(text="to: must be later than from")
    if to - from_ > most:
        raise web.HTTPBadRequest(text=f"to: at most {most.days} days after from")
    return unix_ns(from_), unix_ns(to)


def _moment(query: Mapping[str, str], name: str) -> datetime | None:
    text = query.get(name)
    if not text:
        return None
    try:
        # A plus sign that was not percent-encoded arrives as a space.
        moment = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text.strip())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise web.HTTPBadRequest(text=f"{name}: not a time as in 2026-01-31T22:15:00Z (ISO 8601)") from None
    if not _EPOCH <= moment < _END:
        raise web.HTTPBadRequest(text=f"{name}: not between {_EPOCH.year} and {_END.year}")
    return moment


def unix_ns(moment: datetime) -> int:
    """Return nanoseconds since 1970 of an aware ``moment``, exactly."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * NS + since.microseconds * 1_000
