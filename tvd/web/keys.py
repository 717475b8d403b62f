"""What handlers find in the application, by type."""

from typing import Final

from aiohttp import web

from tvd.web.addresses import Addresses
from tvd.web.broadcast import Broadcast
from tvd.web.desk import Desk
from tvd.web.languages import Languages
from tvd.web.playlists import Playlists
from tvd.web.resources import StaticFiles
from tvd.web.streams import LiveStreams
from tvd.web.viewers import Audience

BROADCAST: Final = web.AppKey("broadcast", Broadcast)
PLAYLISTS: Final = web.AppKey("playlists", Playlists)
AUDIENCE: Final = web.AppKey("audience", Audience)
ADDRESSES: Final = web.AppKey("addresses", Addresses)
DESK: Final = web.AppKey[Desk]("desk", Desk)
LIVE: Final = web.AppKey("live", LiveStreams)
STATIC: Final = web.AppKey("static", StaticFiles)
LANGUAGES: Final = web.AppKey("languages", Languages)

UNTIMED: Final = web.RequestKey("untimed", bool)
"""Set on requests that wait on purpose: their duration says nothing about the server."""
