"""``play``, ``skip`` and ``remove``: what the owner asks of a channel of the tvd that runs on this machine."""

import asyncio
import http.client
from argparse import ArgumentParser, Namespace
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import msgspec

from tvd.cli.command import DONE, say
from tvd.cli.known import chosen
from tvd.cli.table import visible
from tvd.config.model import Config, Server
from tvd.errors import NotFoundError, TvdError

PLAY: Final = "play something next on a channel, or now"
SKIP: Final = "end what airs on a channel"
REMOVE: Final = "leave something out on a channel for the rest of the day"
_PATIENCE: Final = 30.0
_ANYWHERE: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared, not bound


def _channel(parser: ArgumentParser) -> None:
    parser.add_argument("slug", metavar="SLUG", help="the channel")


def _what(parser: ArgumentParser) -> None:
    parser.add_argument("what", metavar="WHAT", help="a title, part of one, or the identity that scan prints")


def play_arguments(parser: ArgumentParser) -> None:
    """Declare the channel, the programme and ``--now``."""
    _channel(parser)
    _what(parser)
    parser.add_argument("--now", action="store_true", help="end what airs; else it comes when that is over")


def skip_arguments(parser: ArgumentParser) -> None:
    """Declare the channel."""
    _channel(parser)


def remove_arguments(parser: ArgumentParser) -> None:
    """Declare the channel and the programme."""
    _channel(parser)
    _what(parser)


async def play(config: Config, args: Namespace) -> int:
    """Ask for a programme."""
    answer = await _ask(config, args.slug, "now" if args.now else "next", args.what)
    item = answer["item"]
    when = f"airs at {_local(item['start'])}" if item else "airs as soon as nothing fixed is in its way"
    say(f"{visible(answer['title'])} {when}")
    return DONE


async def skip(config: Config, args: Namespace) -> int:
    """Ask for the next programme."""
    answer = await _ask(config, args.slug, "skip")
    follows = f", {visible(answer['item']['title'])} follows" if answer["item"] else ""
    say(f"{visible(answer['title'])} ends at {_local(answer['effective'])}{follows}")
    return DONE


async def remove(config: Config, args: Namespace) -> int:
    """Ask not to see a programme again today."""
    answer = await _ask(config, args.slug, "remove", args.what)
    times = answer["left_out"]
    say(f"{visible(answer['title'])} does not air again today" + f" (it would have, {times} times)" * (times > 0))
    return DONE


def _local(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone():%H:%M:%S}"


async def _ask(config: Config, slug: str, action: str, source: str = "") -> dict[str, Any]:
    chosen(config, slug)
    return await asyncio.to_thread(_post, config.server, f"/api/channels/{quote(slug)}/requests", action, source)


def _post(server: Server, path: str, action: str, source: str) -> dict[str, Any]:
    """Send one request to the tvd that runs here. Raises :class:`TvdError` with what it says when it does not."""
    host = "127.0.0.1" if server.host in _ANYWHERE else server.host
    body = msgspec.json.encode({"action": action, "source": source} if source else {"action": action})
    connection = http.client.HTTPConnection(host, server.port, timeout=_PATIENCE)
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = msgspec.json.decode(response.read())
    except (OSError, http.client.HTTPException) as error:
        raise TvdError(f"no tvd answers on {host}:{server.port}: {error}; is it running?") from error
    except msgspec.MsgspecError as error:
        raise TvdError(f"what answers on {host}:{server.port} is no tvd") from error
    finally:
        connection.close()
    if response.status == 404:
        raise NotFoundError(str(answer.get("error", answer)))
    if response.status != 200:
        raise TvdError(str(answer.get("error", answer)))
    assert isinstance(answer, dict)
    return answer
