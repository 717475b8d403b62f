"""The guide page and what it shows: all channels in one answer, and what really aired, as JSON or CSV."""

import asyncio
import csv
import io
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec
from aiohttp import hdrs, web

from tvd.clock import NS
from tvd.guide.entries import Entry
from tvd.guide.history import Airing, titles_of
from tvd.hls.playlist import date_time
from tvd.web import render
from tvd.web.answers import JSON_TYPE, Content, answer
from tvd.web.api import span
from tvd.web.broadcast import ChannelView
from tvd.web.keys import BROADCAST, LISTINGS

CSV_TYPE: Final = "text/csv; charset=utf-8"
_MOST: Final = timedelta(days=2)
_MOST_AIRED: Final = timedelta(days=31)
_BEFORE: Final = timedelta(hours=12)
_DESCRIPTION: Final = 600
"""Characters of a description in the answer for all channels; that of one channel has the rest."""
# What a spreadsheet takes for a formula at the beginning of a cell, full-width forms too.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - these very characters


async def page(request: web.Request) -> web.Response:
    """Answer ``/guide``."""
    return render.page(request, "guide.html", scripts=("guide/main.js",), says=("common", "guide"))


async def guide(request: web.Request) -> web.Response:
    """Answer ``/api/guide?from=&to=``: what aired and is planned on all channels, two days at most."""
    broadcast = request.app[BROADCAST]
    from_ns, to_ns = span(request.query, broadcast.clock, most=_MOST)

    def written(channels: list[tuple[ChannelView, list[Entry]]]) -> Content:
        value = {"from": date_time(from_ns), "to": date_time(to_ns), "channels": [_channel(*one) for one in channels]}
        return Content.of(msgspec.json.encode(value), JSON_TYPE)

    return answer(request, await request.app[LISTINGS].span(from_ns, to_ns, written))


def _channel(channel: ChannelView, entries: Sequence[Entry]) -> dict[str, Any]:
    return {
        "number": channel.number,
        "slug": channel.slug,
        "name": channel.name,
        "programmes": [_entry(entry) for entry in entries],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    """Return an entry of the guide; words that are not known are left out."""
    words = entry.words
    known = {
        "subtitle": entry.subtitle,
        "artist": words.artist,
        "description": _short(words.description),
        "year": words.year,
        "season": words.season,
        "episode": words.episode,
        "genres": words.genres,
        "rating": words.rating,
        "art": words.art and f"/art/{words.art}",
        "aired": entry.aired,
    }
    return {
        "id": entry.id,
        "kind": entry.kind,
        "title": entry.title,
        "start": date_time(entry.start_ns),
        "stop": date_time(entry.stop_ns),
        "seq_start": entry.seq_start,
        "seq_stop": entry.seq_stop,
        **{name: value for name, value in known.items() if value not in ("", None, (), False)},
    }


def _short(text: str) -> str:
    return text if len(text) <= _DESCRIPTION else text[: _DESCRIPTION - 1].rstrip() + "…"


async def asrun(request: web.Request) -> web.Response:
    """Answer ``/api/channels/SLUG/asrun?from=&to=``, by default the last twelve hours; ``format=csv`` for CSV."""
    wanted = request.query.get("format", "")
    if wanted not in {"", "json", "csv"}:
        raise web.HTTPBadRequest(text='format: "json" or "csv"')
    if wanted == "csv" or (not wanted and request.headers.get(hdrs.ACCEPT, "").startswith("text/csv")):
        return await asrun_csv(request)
    airings = await _airings(request)
    # A month of clips is written in a thread: nobody's segment waits for it.
    return answer(request, await asyncio.to_thread(_as_json, airings))


async def asrun_csv(request: web.Request) -> web.Response:
    """Answer ``/api/channels/SLUG/asrun.csv?from=&to=``."""
    airings = await _airings(request)
    content = await asyncio.to_thread(lambda: Content.of(as_csv(airings).encode(), CSV_TYPE))
    response = answer(request, content)
    name = f"asrun-{request.match_info['slug']}.csv"
    response.headers[hdrs.CONTENT_DISPOSITION] = f'attachment; filename="{name}"'
    return response


async def _airings(request: web.Request) -> Sequence[Airing]:
    broadcast = request.app[BROADCAST]
    channel = broadcast.channel(request.match_info["slug"])
    from_ns, to_ns = span(request.query, broadcast.clock, most=_MOST_AIRED, before=_BEFORE)
    return await broadcast.history.between(channel.slug, from_ns, to_ns)


def _as_json(airings: Sequence[Airing]) -> Content:
    return Content.of(msgspec.json.encode([_airing(airing) for airing in airings]), JSON_TYPE)


def _airing(airing: Airing) -> dict[str, Any]:
    title, subtitle = titles_of(airing)
    words = airing.words
    return {
        "id": airing.item,
        "kind": airing.kind,
        "title": title,
        "subtitle": subtitle,
        "artist": words.artist,
        "series": words.series,
        "season": words.season,
        "episode": words.episode,
        "year": words.year,
        "start": date_time(airing.start_ns),
        "stop": date_time(airing.stop_ns),
        "duration": (airing.stop_ns - airing.start_ns) / NS,
        "seq_start": airing.seq_start,
        "seq_stop": airing.seq_stop,
        "source": airing.source,
        "asset": airing.asset,
        "first": airing.first,
    }


_COLUMNS: Final = (
    "channel", "start", "stop", "duration", "kind", "title", "subtitle", "artist", "series", "season", "episode",
    "year", "id", "source", "asset", "first", "seq_start", "seq_stop",
)  # fmt: skip


def as_csv(airings: Sequence[Airing]) -> str:
    """Return ``airings`` as CSV (RFC 4180); no cell of it is a formula to a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for airing in airings:
        values = {"channel": airing.channel, **_airing(airing)}
        writer.writerow([_cell(values[column]) for column in _COLUMNS])
    return out.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
