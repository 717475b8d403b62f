"""Subtitles that are burnt into the picture: which track of a source, what has to be known of it, and the filters.

Tracks of pictures (PGS, VobSub, DVB) are laid over the picture by ffmpeg itself; forced text is taken out of the source
into a file of our own first, in a limited child, and drawn by libass from there. Choosing and the filters are pure.
"""

import asyncio
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tvd.media.encoders import THREADS
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.house import HouseFormat
from tvd.media.languages import base
from tvd.media.probe import SubtitleTrack, VideoTrack
from tvd.media.process import Limits, child
from tvd.media.sandbox import sandboxed
from tvd.media.treatment import Treatment
from tvd.media.whitelist import source_options

PICTURES: Final = {
    "hdmv_pgs_subtitle": "pgssub",
    "dvd_subtitle": "dvdsub",
    "dvb_subtitle": "dvbsub",
    "xsub": "xsub",
}
"""Codecs of subtitles that are pictures, and ffmpeg's decoder of each."""
TEXTS: Final = {
    "subrip": "subrip,srt",
    "ass": "ass,ssa",
    "ssa": "ssa,ass",
    "mov_text": "mov_text",
    "webvtt": "webvtt",
    "text": "text",
}
"""The same of those that are text."""
MARGIN: Final = 20.0
"""Seconds before the first wanted frame at which reading begins: a subtitle that is up by then has begun before."""
_PATIENCE: Final = 900.0
_LARGEST: Final = 8_000_000
_FILE: Final = "forced.ass"


@dataclass(frozen=True, slots=True)
class Burn:
    """What is burnt in: pictures of track ``index`` with ffmpeg's ``decoder``, or ``text``, an ASS file of ours.

    ``canvas`` is the size in pixels the pictures were made for, None: that of the picture, or whatever they say.
    """

    index: int
    decoder: str = ""
    canvas: tuple[int, int] | None = None
    text: Path | None = None


def choose(tracks: Sequence[SubtitleTrack], treatment: Treatment, spoken: str) -> SubtitleTrack | None:
    """Return the track that is burnt in beside sound in the language ``spoken`` (ISO 639, empty: unknown)."""
    if treatment.subtitles == "off":
        return None
    if treatment.subtitles == "burn" and (found := _pictures(tracks, treatment)) is not None:
        return found
    return _forced(tracks, base(spoken))


def _pictures(tracks: Sequence[SubtitleTrack], treatment: Treatment) -> SubtitleTrack | None:
    drawn = [track for track in tracks if track.codec in PICTURES and not track.forced]
    wanted = [base(name) for name in treatment.subtitle_languages or treatment.audio_language]
    for language in wanted:
        for track in drawn:
            if base(track.language) == language:
                return track
    # Nobody asked for a language in so many words: the first is better than none.
    return drawn[0] if drawn and not treatment.subtitle_languages else None


def _forced(tracks: Sequence[SubtitleTrack], spoken: str) -> SubtitleTrack | None:
    """Return the forced track of the sound's language, else one where either language is unknown."""
    forced = [track for track in tracks if track.forced and (track.codec in PICTURES or track.codec in TEXTS)]
    same = [track for track in forced if spoken and base(track.language) == spoken]
    unknown = [track for track in forced if not spoken or not base(track.language)]
    return next(iter([*same, *unknown]), None)


async def prepared(
    ffmpeg: Ffmpeg, source: Path, track: SubtitleTrack, folder: Path, limits: Limits | None
) -> Burn | None:
    """Return how ``track`` is burnt in, having looked at it; text is written into ``folder``. None: it cannot be.

    Raises ``OSError`` when the folder does not take it.
    """
    if track.codec in PICTURES:
        decoder = PICTURES[track.codec]
        canvas = await _canvas(ffmpeg, source, track, limits) if decoder == "pgssub" else None
        return Burn(track.index, decoder, canvas)
    if "ass" not in ffmpeg.filters:
        return None
    data = await _read(ffmpeg, source, track, ["-c:s", "ass", "-f", "ass"], limits)
    if not data:
        return None
    place = folder / _FILE
    await asyncio.to_thread(place.write_bytes, data)
    return Burn(track.index, text=place)


async def _canvas(ffmpeg: Ffmpeg, source: Path, track: SubtitleTrack, limits: Limits | None) -> tuple[int, int] | None:
    """Return the size a PGS track was made for: its first segment says it, containers often do not."""
    data = await _read(ffmpeg, source, track, ["-c:s", "copy", "-frames:s", "1", "-f", "sup"], limits)
    if len(data) < 17 or data[:2] != b"PG" or data[10] != 0x16:
        return None
    width, height = struct.unpack_from(">HH", data, 13)
    return (width, height) if 0 < width <= 7680 and 0 < height <= 7680 else None


async def _read(
    ffmpeg: Ffmpeg, source: Path, track: SubtitleTrack, output: Sequence[str], limits: Limits | None
) -> bytes:
    """Return what ffmpeg makes of one track, at most some megabytes; nothing when it cannot."""
    options = source_options(decoders=TEXTS.get(track.codec, ""))
    argv = [
        *(ffmpeg.path, "-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+error", "-threads", str(THREADS)),
        *(word for name, value in options.items() for word in (f"-{name}", value)),
        *("-i", f"file:{source}", "-map", f"0:{track.index}", *output, "pipe:1"),
    ]
    data = bytearray()
    try:
        async with asyncio.timeout(_PATIENCE), child(sandboxed(argv), stdout=True, limits=limits) as process:
            while piece := await process.stdout.read(2**16):
                data += piece
                if len(data) > _LARGEST:
                    return b""
            end = await process.wait()
    except TimeoutError:
        return b""
    return bytes(data) if end.returncode == 0 else b""


# Filters -------------------------------------------------------------------------------------------------------------


def input_options(burn: Burn | None) -> list[str]:
    """Return the options that the source is opened with for ``burn``."""
    if burn is None or burn.canvas is None:
        return []
    return [f"-canvas_size:{burn.index}", f"{burn.canvas[0]}x{burn.canvas[1]}"]


def over(burn: Burn, track: VideoTrack, house: HouseFormat) -> str:
    """Return the part of a graph that lays ``burn`` on a picture of the house, between a chain before and one after."""
    if burn.text is not None:
        return f",ass=filename={escaped(str(burn.text))}"
    width, height = shown(track, house)
    if burn.canvas is not None:
        # Pictures for a whole screen over a film whose black bars were cut off: they may stand in the bars again.
        height = max(2, 2 * round(width * burn.canvas[1] / burn.canvas[0] / 2))
    scaled = f"scale={width}:{height}:flags=bilinear:out_color_matrix=bt709:out_range=tv,format=yuva420p"
    return (
        f"[unwritten];[0:{burn.index}]{scaled}[written];"
        f"[unwritten][written]overlay=(W-w)/2:(H-h)/2:format=yuv420:eof_action=pass"
    )


def shown(track: VideoTrack, house: HouseFormat) -> tuple[int, int]:
    """Return the size in the house's picture of a source fitted into it whole, in even pixels."""
    wide, tall = track.width * track.sar[0], track.height * track.sar[1]
    if track.rotation in {90, 270}:
        wide, tall = tall, wide
    width = min(house.width, house.height * wide / tall)
    height = min(house.height, house.width * tall / wide)
    return max(2, 2 * round(width / 2)), max(2, 2 * round(height / 2))


def escaped(text: str) -> str:
    """Return ``text`` as the value of a filter's option within a graph: escaped once for each of the two."""
    option = "".join(f"\\{letter}" if letter in "\\':" else letter for letter in text)
    return "".join(f"\\{letter}" if letter in "\\'[],;" else letter for letter in option)
