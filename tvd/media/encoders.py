"""Encoders: the arguments that make each give exact, closed, stitchable GOPs, and the search for one that works.

Hardware encoders are listed by every ffmpeg and work on few machines, so :func:`working_encoder` tries them for
real: it encodes two different pictures and asks for exact segments and identical parameter sets.
"""

import asyncio
import io
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import av

from tvd.logs import get
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.house import SAMPLE_RATE, HouseFormat
from tvd.media.process import child

CANDIDATES: Final = (
    "h264_nvenc",
    "h264_qsv",
    "h264_vaapi",
    "h264_videotoolbox",
    "h264_v4l2m2m",
    "libx264",
)
"""Most wanted first; the last always works."""
FALLBACK: Final = "libx264"
QUALITY: Final = 20
"""x264's CRF: below the bit rate cap this decides; a still picture costs almost nothing."""
THREADS: Final = 2
"""Of one encode; jobs, not threads, fill a bigger machine.

Two encodes of one source are alike, not the same: under a rate limit x264 decides by how far its threads have come.
"""

# Where Linux shows the devices of each encoder; without one there is nothing to try.
_DEVICES: Final = {
    "h264_nvenc": ("nvidia*", "dxg"),
    "h264_qsv": ("dri/renderD*",),
    "h264_vaapi": ("dri/renderD*",),
    "h264_v4l2m2m": ("video*",),
}
_TRY_SECONDS: Final = 20.0
_TRY_SEGMENTS: Final = 3
_VAAPI_DEVICE: Final = "/dev/dri/renderD128"

# Annex A, table A-1: level -> macroblocks a second, macroblocks a frame, DPB macroblocks, kbit/s in High profile.
_LEVELS: Final = (
    ("3.0", 40_500, 1_620, 8_100, 12_500),
    ("3.1", 108_000, 3_600, 18_000, 17_500),
    ("3.2", 216_000, 5_120, 20_480, 25_000),
    ("4.0", 245_760, 8_192, 32_768, 25_000),
    ("4.1", 245_760, 8_192, 32_768, 62_500),
    ("4.2", 522_240, 8_704, 34_816, 62_500),
    ("5.0", 589_824, 22_080, 110_400, 168_750),
    ("5.1", 983_040, 36_864, 184_320, 300_000),
    ("5.2", 2_073_600, 36_864, 184_320, 300_000),
)
# How far x264 looks ahead in each preset, bounded so that the first segment comes out soon.
_LOOKAHEAD: Final = {"ultrafast": 0, "superfast": 0, "veryfast": 10}
_LOOKAHEAD_MAX: Final = 20

_log = get("encoders")


@dataclass(frozen=True, slots=True)
class Level:
    """An H.264 level: its name and how many reference frames it can hold at a house's size."""

    name: str
    references: int


def level_for(house: HouseFormat) -> Level:
    """Return the lowest H.264 level (at least 3.0) that holds the house's size, rate and bit rate."""
    macroblocks = -(-house.width // 16) * -(-house.height // 16)
    for name, per_second, per_frame, buffer, kilobits in _LEVELS:
        fast_enough = macroblocks * house.grid.fps <= per_second and macroblocks <= per_frame
        if fast_enough and house.video_bitrate <= kilobits * 1_000:
            return Level(name, max(1, min(4, buffer // macroblocks)))
    return Level("5.2", 1)


def device_args(house: HouseFormat) -> list[str]:
    """Return ffmpeg's global arguments that open the encoder's device; empty for most encoders."""
    return ["-vaapi_device", _VAAPI_DEVICE] if house.encoder == "h264_vaapi" else []


def upload_filter(house: HouseFormat) -> str:
    """Return the end of a filter graph: the pixel format the encoder takes, and the way there."""
    if house.encoder == "h264_vaapi":
        return "format=nv12,hwupload"
    return "format=nv12" if house.encoder in {"h264_qsv", "h264_videotoolbox"} else "format=yuv420p"


def encode_args(house: HouseFormat) -> list[str]:
    """Return the output arguments for the picture: encoder, exact closed GOPs of one segment, profile, level, rate.

    Together with :func:`device_args` and :func:`upload_filter` they fit the normaliser and a live process that
    encodes again. Peaks are bounded by ``video_bitrate`` over one and a half seconds.
    """
    gop = str(house.grid.frames)
    return [
        *("-c:v", house.encoder),
        *_rate_args(house),
        *("-maxrate:v", str(house.video_bitrate), "-bufsize:v", str(house.video_bitrate * 3 // 2)),
        *("-g", gop, "-keyint_min", gop, "-flags:v", "+cgop+bitexact"),
        *("-profile:v", "high", "-level:v", level_for(house).name),
        *("-chroma_sample_location", "left"),
    ]


def sizes_args(house: HouseFormat) -> list[str]:
    """Return :func:`encode_args` of every size of a house, for one output with a video stream for each."""
    if not house.renditions:
        return encode_args(house)
    return [word for place, size in enumerate(house.sizes) for word in _of_stream(encode_args(size), place)]


def _of_stream(args: list[str], place: int) -> list[str]:
    """Return options and their values, in pairs, for video stream ``place`` of the output alone."""
    names = (f"{name.removesuffix(':v')}:v:{place}" for name in args[::2])
    return [word for pair in zip(names, args[1::2], strict=True) for word in pair]


def _rate_args(house: HouseFormat) -> list[str]:
    bitrate = ["-b:v", str(house.video_bitrate * 4 // 5)]
    exact = ["-force_key_frames", f"expr:not(mod(n,{house.grid.frames}))"]
    match house.encoder:
        case "libx264":
            lookahead = _LOOKAHEAD.get(house.preset, _LOOKAHEAD_MAX)
            return [
                *("-preset", house.preset, "-crf", str(QUALITY), "-threads:v", str(THREADS)),
                *("-sc_threshold", "0", "-refs", str(min(3, level_for(house).references))),
                *("-x264-params", f"stitchable=1:rc-lookahead={lookahead}"),
            ]
        case "h264_nvenc":
            return [
                *("-preset", "p4", "-rc", "vbr", "-cq", str(QUALITY + 2), "-b:v", "0"),
                *("-bf", "2", "-no-scenecut", "1", "-forced-idr", "1", "-strict_gop", "1", *exact),
            ]
        case "h264_qsv":
            return ["-preset", "veryfast", *bitrate, "-bf", "2", "-idr_interval", "0", "-forced_idr", "1", *exact]
        case "h264_vaapi":
            return [*bitrate, "-bf", "0", "-idr_interval", "0", "-sei", "0", *exact]
        case "h264_videotoolbox":
            return [*bitrate, "-bf", "0", "-realtime", "0", "-allow_sw", "0", *exact]
        case _:
            return [*bitrate, "-bf", "0", *exact]


def audio_encode_args(house: HouseFormat) -> list[str]:
    """Return the output arguments for the sound: AAC-LC, 48 kHz stereo. Its first packet is priming."""
    return [
        *("-c:a", "aac", "-profile:a", "aac_low", "-b:a", str(house.audio_bitrate)),
        *("-ar", str(SAMPLE_RATE), "-ac", "2", "-flags:a", "+bitexact"),
    ]


async def working_encoder(ffmpeg: Ffmpeg, house: HouseFormat, wanted: str = "auto") -> str:
    """Return the name of an encoder that was tried at the house's size and gives exact, stitchable segments.

    ``wanted`` is tried first (``auto``: hardware first); ``libx264`` is what remains when nothing else works. One
    encoder makes all sizes of a house.
    """
    names = CANDIDATES if wanted == "auto" else (wanted,)
    for name in names:
        if name == FALLBACK:
            break
        if name not in ffmpeg.encoders:
            fault: str | None = "not in this ffmpeg"
        elif not has_device(name):
            fault = "no such device"
        else:
            fault = await _sizes_fault(ffmpeg, replace(house, encoder=name))
        if fault is None:
            return name
        log = _log.debug if wanted == "auto" else _log.warning
        log("encoder.unusable", encoder=name, reason=fault)
    return FALLBACK


def has_device(encoder: str) -> bool:
    """Return whether there is any device an encoder could use; True where that cannot be told."""
    if sys.platform != "linux":
        return True
    patterns = _DEVICES.get(encoder, ())
    return not patterns or any(any(Path("/dev").glob(pattern)) for pattern in patterns)


async def _sizes_fault(ffmpeg: Ffmpeg, house: HouseFormat) -> str | None:
    """Return what is wrong with the house's encoder at the first size that it cannot make; None when it can all."""
    for size in house.sizes:
        if fault := await encoder_fault(ffmpeg, size):
            return fault if size.label == house.label else f"at {size.label}: {fault}"
    return None


async def encoder_fault(ffmpeg: Ffmpeg, house: HouseFormat) -> str | None:
    """Encode two different pictures with the house's encoder; return what is wrong with the result, None when right."""
    headers = set()
    for picture in ("testsrc2", "color=gray"):
        try:
            async with asyncio.timeout(_TRY_SECONDS):
                data, ending = await _encode(ffmpeg, house, picture)
        except TimeoutError:
            return f"gave nothing in {_TRY_SECONDS:g} seconds"
        if ending:
            return ending
        header = await asyncio.to_thread(_examine, data, house)
        if isinstance(header, str):
            return header
        headers.add(header)
    return None if len(headers) == 1 else "parameter sets depend on the picture"


async def _encode(ffmpeg: Ffmpeg, house: HouseFormat, picture: str) -> tuple[bytes, str]:
    frames = house.grid.frames * _TRY_SEGMENTS
    size = f"{'=' if '=' not in picture else ':'}size={house.width}x{house.height}:rate={house.grid.fps}"
    argv = [
        *(ffmpeg.path, "-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", *device_args(house)),
        *("-f", "lavfi", "-i", picture + size),
        *("-vf", f"trim=end_frame={frames},setsar=1,{upload_filter(house)}", *encode_args(house)),
        *("-f", "mp4", "-movflags", "+frag_keyframe+delay_moov+default_base_moof", "pipe:1"),
    ]
    async with child(argv, stdout=True) as process:
        data = await process.stdout.read()
        ended = await process.wait()
    return data, ended.describe() if ended.returncode else ""


def _examine(data: bytes, house: HouseFormat) -> bytes | str:
    """Return the parameter sets of an encode, or what is wrong with its segments."""
    try:
        with av.open(io.BytesIO(data), mode="r") as container:
            header = container.streams.video[0].codec_context.extradata or b""
            packets = [packet for packet in container.demux(video=0) if packet.size]
    except (av.FFmpegError, IndexError) as error:
        return f"its output cannot be read: {error}"
    keys = [number for number, packet in enumerate(packets) if packet.is_keyframe]
    if len(packets) != house.grid.frames * _TRY_SEGMENTS:
        return f"{len(packets)} frames instead of {house.grid.frames * _TRY_SEGMENTS}"
    if keys != [n * house.grid.frames for n in range(_TRY_SEGMENTS)]:
        return f"key frames at {keys}, not every {house.grid.frames} frames"
    for start in keys[1:]:
        # Nothing before a key frame may be shown after it, nothing after it before: either would reach across the cut.
        at = packets[start].pts or 0
        if any((packet.pts or 0) >= at for packet in packets[:start]):
            return "its GOPs are not closed"
        if any((packet.pts or 0) < at for packet in packets[start:]):
            return "its GOPs are not closed"
    return header or "it gives no parameter sets"
