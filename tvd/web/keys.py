"""What handlers find in the application, by type."""

from typing import Final

from aiohttp import web

from tvd.guide.device import OurDevice
from tvd.web.addresses import Addresses
from tvd.web.broadcast import Broadcast
from tvd.web.desk import Desk
from tvd.web.languages import Languages
from tvd.web.limits import RateLimit
from tvd.web.listings import Listings
from tvd.web.logos import Logos
from tvd.web.playlists import Playlists
from tvd.web.relay import Relay
from tvd.web.resources import StaticFiles
from tvd.web.streams import LiveStreams
from tvd.web.subtitling import SubtitlePlaylists
from tvd.web.thumbs import Thumbs
from tvd.web.tuners import Tuners
from tvd.web.viewers import Audience

BROADCAST: Final = web.AppKey("broadcast", Broadcast)
PLAYLISTS: Final = web.AppKey("playlists", Playlists)
SUBTITLES: Final = web.AppKey("subtitles", SubtitlePlaylists)
AUDIENCE: Final = web.AppKey("audience", Audience)
ADDRESSES: Final = web.AppKey("addresses", Addresses)
DESK: Final = web.AppKey[Desk]("desk", Desk)
LIVE: Final = web.AppKey("live", LiveStreams)
BEACONS: Final = web.AppKey("beacons", RateLimit)
STATIC: Final = web.AppKey("static", StaticFiles)
LISTINGS: Final = web.AppKey("listings", Listings)
LOGOS: Final = web.AppKey("logos", Logos)
DEVICE: Final = web.AppKey("device", OurDevice)
TUNERS: Final = web.AppKey("tuners", Tuners)
THUMBS: Final = web.AppKey("thumbs", Thumbs)
RELAY: Final = web.AppKey("relay", Relay)
LANGUAGES: Final = web.AppKey("languages", Languages)

UNTIMED: Final = web.RequestKey("untimed", bool)
"""Set on requests that wait on purpose: their duration says nothing about the server."""
