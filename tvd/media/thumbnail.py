"""A small picture of a segment: one frame as JPEG, decoded and scaled by an ffmpeg of its own, never in-process."""

import asyncio
import contextlib
from typing import Final

from tvd.errors import TvdError
from tvd.media.process import Limits, child

WIDTH: Final = 192
HEIGHT: Final = 108
_PATIENCE: Final = 8.0
"""Seconds one picture may take."""
_LARGEST: Final = 200_000
"""Bytes of a picture that is believed."""
_LIMITS: Final = Limits(memory=2**30, cpu=5, file_size=0, nice=10)


class ThumbnailError(TvdError):
    """There is no picture to be had of that segment; the text says why."""


def argv(ffmpeg: str) -> list[str]:
    """Return what reads fragmented MP4 from stdin and writes its first picture, as JPEG, to stdout."""
    scale = f"scale={WIDTH}:{HEIGHT}:force_original_aspect_ratio=decrease:flags=area"
    return [
        *(ffmpeg, "-hide_banner", "-nostats", "-loglevel", "error", "-threads", "1"),
        *("-protocol_whitelist", "pipe", "-f", "mp4", "-i", "pipe:0", "-an", "-sn", "-dn"),
        *("-vf", f"{scale},format=yuvj420p", "-frames:v", "1", "-threads", "1"),
        *("-c:v", "mjpeg", "-q:v", "5", "-f", "mjpeg", "pipe:1"),
    ]


async def thumbnail(ffmpeg: str, initialisation: bytes, segment: bytes) -> bytes:
    """Return the first picture of ``segment`` as JPEG, at most 192 by 108. Raises :class:`ThumbnailError`."""
    async with child(argv(ffmpeg), stdin=True, stdout=True, limits=_LIMITS) as it:
        try:
            async with asyncio.timeout(_PATIENCE):
                feeding = asyncio.create_task(_feed(it.stdin, initialisation + segment))
                picture = await it.stdout.read(_LARGEST)
                while (more := await it.stdout.read(_LARGEST)) and len(picture) < _LARGEST:
                    picture += more
                await feeding
        except TimeoutError:
            raise ThumbnailError(f"no picture within {_PATIENCE:.0f} seconds") from None
        if not picture.startswith(b"\xff\xd8") or len(picture) >= _LARGEST:
            raise ThumbnailError((await it.stop()).describe())
    return picture


async def _feed(stdin: asyncio.StreamWriter, data: bytes) -> None:
    # It has enough after the first picture and hangs up.
    with contextlib.suppress(ConnectionError):
        stdin.write(data)
        await stdin.drain()
        stdin.close()
