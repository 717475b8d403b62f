"""The configuration as frozen structs, one per table of ``config.toml``; defaults are the documented ones.

Every field here is a key of the file. ``docs/configuration.md`` describes each; a test keeps the two together. The
``description`` of a type completes the sentence "… is not …" when a value is refused, ``unit`` names how text such as
``"50GB"`` is read (see :mod:`tvd.config.units`).
"""

from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

GENERATORS: Final = ("test-card", "night-sky", "fireplace", "aquarium", "patterns")
"""Demo programmes tvd makes itself: what ``generator`` of a channel may say."""

# Bit rates of sound, loudness and the like are bounded to what is technically possible, not to what is wise.
Port = Annotated[int, Meta(ge=1, le=65535, description="a port: a whole number from 1 to 65535")]
Number = Annotated[int, Meta(ge=1, le=9999, description="a channel number: a whole number from 1 to 9999")]
Slug = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*\Z",
        max_length=63,
        description='a slug: a to z, digits and single hyphens between them, at most 63, such as "late-night"',
    ),
]
Line = Annotated[
    str,
    Meta(pattern=r"^\S([^\x00-\x1f\x7f]*\S)?\Z", max_length=100, description="one line of text, 1 to 100 characters"),
]
Pixels = Annotated[
    int, Meta(ge=64, le=7680, multiple_of=2, description="an even whole number of pixels from 64 to 7680")
]
Size = Annotated[
    int, Meta(ge=0, le=10**18, extra={"unit": "size"}, description='a size such as "50GB", "10GiB" or bytes')
]
Duration = Annotated[
    float,
    Meta(
        ge=0,
        le=14 * 86400,
        extra={"unit": "duration"},
        description='a duration up to 14 days such as "12h", "90m" or seconds',
    ),
]
VideoRate = Annotated[
    int,
    Meta(
        ge=50_000,
        le=200_000_000,
        extra={"unit": "bitrate"},
        description='a bit rate from "50k" to "200M" such as "2500k" or "2.5M"',
    ),
]
AudioRate = Annotated[
    int,
    Meta(
        ge=32_000,
        le=512_000,
        extra={"unit": "bitrate"},
        description='a bit rate from "32k" to "512k" such as "160k"',
    ),
]
Folder = Annotated[Path, Meta(description="a path: text that is not empty")]
Text = Annotated[str, Meta(pattern=r"^[^\x00]*\Z", description="text")]

Fit = Literal["pad", "crop", "blur"]
Order = Literal["shuffle", "sequential", "random"]
Fps = Literal[24, 25, 30, 50, 60]
"""The house rates of :data:`tvd.media.house.HOUSE_RATES`; a test keeps the two together."""
FfmpegLevel = Literal["quiet", "panic", "fatal", "error", "warning", "info", "verbose", "debug"]


class Server(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[server]``: where tvd listens and what it calls itself."""

    host: Annotated[str, Meta(pattern=r"^\S+\Z", description='a host name or address such as "0.0.0.0"')] = "0.0.0.0"  # noqa: S104 - a television is for the whole house; owners' pages are guarded elsewhere
    port: Port = 8080
    title: Line = "tvd"
    public_url: Text = ""
    """Absolute URL under which viewers reach tvd; empty: taken from each request."""
    trusted_proxies: tuple[Text, ...] = ()
    """Addresses or networks whose X-Forwarded-* headers are believed."""


class Storage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[storage]``: the data folder and its limits."""

    data: Folder = Path("data")
    assets_max: Size = 50_000_000_000
    """Bytes the asset store may hold (``"50GB"`` in the file)."""
    prepare_ahead: Duration = 12 * 3600.0
    """Seconds of schedule prepared ahead of air (``"12h"`` in the file)."""
    source_min_free: Size = 1_000_000_000
    """Bytes that must stay free on the data disk: below it nothing new is normalised."""


class House(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[house]`` and ``[channels.house]``: the format everything is normalised to."""

    width: Pixels = 1280
    height: Pixels = 720
    fps: Fps = 30
    video_bitrate: VideoRate = 2_500_000
    """Bits a second at most (``"2500k"`` in the file)."""
    audio_bitrate: AudioRate = 160_000
    preset: Annotated[
        str, Meta(pattern=r"^[a-z0-9_-]+\Z", description='a preset of the encoder such as "veryfast" or "medium"')
    ] = "veryfast"
    encoder: Annotated[
        str,
        Meta(
            pattern=r"^(auto|libx264|h264_[a-z0-9]+)\Z",
            description='an H.264 encoder of ffmpeg: "auto", "libx264", or a hardware one such as "h264_vaapi"',
        ),
    ] = "auto"
    loudness: Annotated[float, Meta(ge=-40, le=-5, description="a loudness from -40 to -5 LUFS")] = -18.0
    """Integrated loudness of every programme, LUFS (EBU R128)."""
    fit: Fit = "pad"
    audio_language: tuple[
        Annotated[
            str, Meta(pattern=r"^[a-z]{2,3}\Z", description='a language code of two or three letters such as "en"')
        ],
        ...,
    ] = ()
    """Preferred sound tracks, ISO 639 codes, most wanted first."""
    subtitle_languages: tuple[
        Annotated[
            str,
            Meta(
                pattern=r"^[a-z]{2,3}(-([A-Z]{2}|[A-Z][a-z]{3}|[0-9]{3}))?\Z",
                description='a language code such as "en" or "pt-BR"',
            ),
        ],
        ...,
    ] = ()
    """Subtitles that channels offer, most wanted first; empty: those that are found."""


class Normaliser(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[normaliser]``: how much of the machine preparing may take."""

    jobs: Annotated[int, Meta(ge=0, le=256, description="a whole number from 0 (chosen by tvd) to 256")] = 0
    """Files normalised at once; 0: one for every two cores, at least one."""
    nice: Annotated[int, Meta(ge=0, le=19, description="a niceness: a whole number from 0 to 19")] = 10
    timeout_factor: Annotated[float, Meta(ge=1, le=1000, description="a number from 1 to 1000")] = 20.0
    """A job may take this many times the duration of its source (and at least ten minutes)."""


class Live(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[live]``: sizes of the window, in segments."""

    window: Annotated[int, Meta(ge=6, le=1800, description="a whole number of segments from 6 to 1800")] = 8
    """Segments in the playlist."""
    lead: Annotated[int, Meta(ge=2, le=30, description="a whole number of segments from 2 to 30")] = 4
    """Segments made ahead of the clock."""


class Ffmpeg(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[ffmpeg]`` and ``[channels.ffmpeg]``: the live process of each channel."""

    binary: Annotated[
        str, Meta(pattern=r"^[^\x00]+\Z", description='"auto", the name of a program, or the path of one')
    ] = "auto"
    loglevel: FfmpegLevel = "warning"
    input_args: tuple[Text, ...] = ()
    output_args: tuple[Text, ...] = ()
    video_filter: Text = ""
    """A filter graph for the picture (a logo, a clock); makes the live process encode again."""
    audio_filter: Text = ""


class Logging(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[logging]``: what is logged and how."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "console"] = "auto"


class Channel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One ``[[channels]]``: what airs on it. ``house`` and ``ffmpeg`` are already merged over the global tables."""

    number: Number
    name: Line
    slug: Slug
    folders: tuple[Folder, ...] = ()
    generator: Text = ""
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
