"""Builds the aiohttp application; the server around it belongs to :mod:`tvd.app`."""

import logging

import aiohttp_jinja2
import jinja2
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from tvd.config.model import Config
from tvd.guide.device import OurDevice
from tvd.web import middleware
from tvd.web.addresses import Addresses
from tvd.web.broadcast import Broadcast
from tvd.web.desk import Desk
from tvd.web.keys import (
    ADDRESSES,
    AUDIENCE,
    BEACONS,
    BROADCAST,
    DESK,
    DEVICE,
    LANGUAGES,
    LISTINGS,
    LIVE,
    LOGOS,
    PLAYLISTS,
    RELAY,
    STATIC,
    SUBTITLES,
    THUMBS,
    TUNERS,
)
from tvd.web.languages import Languages
from tvd.web.limits import RateLimit
from tvd.web.listings import Listings
from tvd.web.logos import Logos
from tvd.web.playlists import Playlists
from tvd.web.relay import Relay
from tvd.web.resources import StaticFiles, folder
from tvd.web.routes import OWNER_ROUTES, ROUTES
from tvd.web.streams import LiveStreams
from tvd.web.subtitling import SubtitlePlaylists
from tvd.web.thumbs import Thumbs
from tvd.web.tuners import Tuners
from tvd.web.viewers import Audience


def make_app(broadcast: Broadcast, config: Config, desk: Desk | None = None) -> web.Application:
    """Return the application that shows ``broadcast``; its clean-up ends every open stream.

    ``desk`` is what owners look at and change; without it there are no owner's pages.
    """
    app = web.Application(middlewares=[middleware.timed, middleware.cross_origin, middleware.errors])
    app[BROADCAST] = broadcast
    app[PLAYLISTS] = Playlists(broadcast.clock)
    app[SUBTITLES] = SubtitlePlaylists()
    app[AUDIENCE] = Audience(broadcast.clock)
    app[ADDRESSES] = Addresses(config.server)
    app[LIVE] = LiveStreams(broadcast.clock)
    app[BEACONS] = RateLimit(broadcast.clock, burst=20, a_minute=10)
    app[STATIC] = StaticFiles(folder("static"))
    app[LISTINGS] = Listings(broadcast, config.iptv.guide_days)
    app[LOGOS] = Logos()
    app[DEVICE] = OurDevice(config.storage.data / "device-id", config.iptv.tuners, lambda: broadcast.title)
    app[TUNERS] = Tuners(config.iptv.tuners)
    app[THUMBS] = Thumbs(broadcast.clock, config.ffmpeg.binary)
    app[RELAY] = Relay()
    app[LANGUAGES] = Languages(folder("static") / "i18n")
    aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(folder("templates")),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    logging.getLogger("aiohttp.server").addFilter(_is_ours)
    app.on_response_prepare.append(middleware.common_headers)
    app.on_shutdown.append(_end_streams)
    app.add_routes(ROUTES)
    if desk is not None:
        app[DESK] = desk
        app.add_routes(OWNER_ROUTES)
    return app


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether ``record`` tells of an error here: who sends what is no HTTP is answered 400, and fills no log."""
    return record.exc_info is None or not isinstance(record.exc_info[1], HttpProcessingError)


async def _end_streams(app: web.Application) -> None:
    await app[LIVE].close()
    await app[RELAY].close()
