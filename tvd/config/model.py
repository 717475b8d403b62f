"""The configuration as frozen structs, one per table of ``config.toml``; defaults are the documented ones.

Every field here is a key of the file. ``docs/configuration.md`` describes each; a test keeps the two together.
"""

from pathlib import Path
from typing import Literal

import msgspec

Fit = Literal["pad", "crop", "blur"]
Order = Literal["shuffle", "sequential", "random"]


class Server(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[server]``: where tvd listens and what it calls itself."""

    host: str = "0.0.0.0"  # noqa: S104 - a television is for the whole house; owners' pages are guarded elsewhere
    port: int = 8080
    title: str = "tvd"
    public_url: str = ""
    """Absolute URL under which viewers reach tvd; empty: taken from each request."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks whose X-Forwarded-* headers are believed."""


class Storage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[storage]``: the data folder and its limits."""

    data: Path = Path("data")
    assets_max: int = 50_000_000_000
    """Bytes the asset store may hold (``"50GB"`` in the file)."""
    prepare_ahead: float = 12 * 3600.0
    """Seconds of schedule prepared ahead of air (``"12h"`` in the file)."""
    free_min: int = 1_000_000_000
    """Bytes that must stay free on the data disk: below it nothing new is normalised."""


class House(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[house]`` and ``[channels.house]``: the format everything is normalised to."""

    width: int = 1280
    height: int = 720
    fps: int = 30
    video_bitrate: int = 2_500_000
    """Bits a second at most (``"2500k"`` in the file)."""
    audio_bitrate: int = 160_000
    preset: str = "veryfast"
    encoder: str = "auto"
    loudness: float = -18.0
    """Integrated loudness of every programme, LUFS (EBU R128)."""
    fit: Fit = "pad"
    audio_language: tuple[str, ...] = ()
    """Preferred sound tracks, ISO 639 codes, most wanted first."""


class Normaliser(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[normaliser]``: how much of the machine preparing may take."""

    jobs: int = 0
    """Files normalised at once; 0: one for every two cores, at least one."""
    nice: int = 10
    timeout_factor: float = 20.0
    """A job may take this many times the duration of its source (and at least ten minutes)."""


class Live(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[live]``: sizes of the window, in segments."""

    window: int = 8
    """Segments in the playlist."""
    lead: int = 4
    """Segments made ahead of the clock."""


class Ffmpeg(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[ffmpeg]`` and ``[channels.ffmpeg]``: the live process of each channel."""

    binary: str = "auto"
    loglevel: str = "warning"
    input_args: tuple[str, ...] = ()
    output_args: tuple[str, ...] = ()
    video_filter: str = ""
    """A filter graph for the picture (a logo, a clock); makes the live process encode again."""
    audio_filter: str = ""


class Logging(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[logging]``: what is logged and how."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "console"] = "auto"


class Channel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One ``[[channels]]``: what airs on it. ``house`` and ``ffmpeg`` are already merged over the global tables."""

    number: int
    name: str
    slug: str
    folders: tuple[Path, ...] = ()
    generator: str = ""
    """Name of a demo programme that tvd makes itself; instead of ``folders``."""
    order: Order = "shuffle"
    house: House = House()
    ffmpeg: Ffmpeg = Ffmpeg()


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything the operator wrote, complete and checked; ``path`` is the file it came from."""

    path: Path
    server: Server = Server()
    storage: Storage = Storage()
    house: House = House()
    normaliser: Normaliser = Normaliser()
    live: Live = Live()
    ffmpeg: Ffmpeg = Ffmpeg()
    logging: Logging = Logging()
    channels: tuple[Channel, ...] = ()
