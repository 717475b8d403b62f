"""Making the small picture of a programme: from a picture file, a cover in the file, or a frame of it.

Runs in the library child. What comes out is always a JPEG of our own, at most 854x480, which every box can show. A
frame is looked for in several places: black and plain ones are passed over, the liveliest is taken.
"""

import io
import os
import struct
import time
import warnings
from collections.abc import Iterator
from typing import Any, Final, Literal

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image, ImageOps

from tvd.errors import SourceRefusedError
from tvd.media.probing import mirrored, opened, refusal

Kind = Literal["file", "cover", "frame"]
WIDTH: Final = 854
HEIGHT: Final = 480
_QUALITY: Final = 82
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
_LARGEST_FILE: Final = 30_000_000
_PIXELS: Final = 60_000_000
_SMALLEST: Final = 32
_PLACES: Final = (0.2, 0.35, 0.5, 0.65, 0.8, 0.1, 0.9, 0.03)
_ENOUGH: Final = 4
_ENOUGH_NEAR: Final = 20
"""Good frames to choose from, of far places and of near ones."""
_PATIENCE: Final = 8.0
"""Seconds of looking for a frame, for each of the two ways."""
_EVERY: Final = 0.2
"""Seconds from one frame that is looked at to the next where none can be sought for."""
_DARKEST: Final = 40.0
"""Of 255: what the brightest hundredth of a frame must reach, else it is black; night scenes do."""
_BRIGHTEST: Final = 240.0
_PLAINEST: Final = 5.0
_DIM: Final = 20.0
"""Mean brightness of frames that are only taken when there is none with more light."""


def picture(path: str, kind: Kind) -> bytes:
    """Return the JPEG of ``path``: of a picture file, of the cover in a media file, or of a frame of it.

    Raises ``SourceRefusedError`` with the reason, or ``OSError`` when the file cannot be read at all.
    """
    if kind == "file":
        return _jpeg(_still(_content(path)))
    try:
        with opened(path) as container:
            if kind == "cover":
                return _jpeg(_still(_cover(container)))
            return _jpeg(_frame(container))
    except FFmpegError as error:
        raise refusal(error) from error


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return out.getvalue()


# Stills ------------------------------------------------------------------------------------------------------------


def _content(path: str) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as file:
        data = file.read(_LARGEST_FILE + 1)
    if len(data) > _LARGEST_FILE:
        raise SourceRefusedError("is larger than 30 MB")
    return data


def _still(data: bytes) -> Image.Image:
    """Return the picture in ``data``, upright, no larger than wanted, in RGB on black."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=_FORMATS)
            width, height = image.size
            if width * height > _PIXELS:
                raise SourceRefusedError(f"is {width}x{height}, which is too large")
            if min(width, height) < _SMALLEST:
                raise SourceRefusedError(f"is {width}x{height}, which is too small")
            # A large JPEG need not be decoded in full.
            image.draft("RGB", (2 * WIDTH, 2 * HEIGHT))
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((WIDTH, HEIGHT))
            plain = Image.new("RGB", upright.size)
            clear = upright.convert("RGBA")
            plain.paste(clear, mask=clear)
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, struct.error) as error:
        raise SourceRefusedError(f"is no picture that can be read: {error}"[:200]) from error
    except Image.DecompressionBombError:
        raise SourceRefusedError("is too large a picture") from None
    return plain


def _cover(container: InputContainer) -> bytes:
    covers = [it for it in container.streams.video if it.disposition & Disposition.attached_pic]
    if covers:
        for packet in container.demux(covers[0]):
            if packet.size:
                return bytes(packet)
    raise SourceRefusedError("has no cover")


# Frames ------------------------------------------------------------------------------------------------------------


def _frame(container: InputContainer) -> Image.Image:
    """Return the best frame of the moving picture; raises when all that were tried are black or plain."""
    moving = [it for it in container.streams.video if not it.disposition & Disposition.attached_pic]
    if not moving:
        raise SourceRefusedError("has no moving picture")
    stream = max(moving, key=lambda it: (bool(it.disposition & Disposition.default), it.width * it.height))
    stream.codec_context.thread_count = 1
    best = _best(_places(container, stream), _ENOUGH) or _best(_from_the_start(container, stream), _ENOUGH_NEAR)
    if best is None:
        raise SourceRefusedError("every frame that was tried is black or of one colour")
    return _image(best, stream)


def _best(frames: Iterator[VideoFrame], enough: int) -> VideoFrame | None:
    until = time.monotonic() + _PATIENCE
    best: VideoFrame | None = None
    highest, good = 0.0, 0
    for frame in frames:
        score = _score(frame)
        good += score > 1
        if score > highest:
            best, highest = frame, score
        if good >= enough or time.monotonic() > until:
            break
    return best


def _places(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Yield key frames from several places, none twice."""
    context: Any = stream.codec_context
    context.skip_frame = "NONKEY"
    length, seen = container.duration or 0, set()
    for place in _PLACES if length > 0 else ():
        try:
            container.seek((container.start_time or 0) + int(place * length))
            frame = next(container.decode(stream), None)
        except FFmpegError as error:
            if isinstance(error, MemoryError):
                raise
            continue
        if frame is not None and frame.pts not in seen:
            seen.add(frame.pts)
            yield frame


def _from_the_start(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Yield a frame now and then: of what has a single key frame, or cannot be sought in."""
    context: Any = stream.codec_context
    context.skip_frame = "DEFAULT"
    due = 0.0
    try:
        container.seek(container.start_time or 0)
        for frame in container.decode(stream):
            if frame.time is None or frame.time >= due:
                due = (frame.time or 0.0) + _EVERY
                yield frame
    except FFmpegError as error:
        if isinstance(error, MemoryError):
            raise


def _score(frame: VideoFrame) -> float:
    """Return how much there is to see; 0: black, white or plain; below 1: dim."""
    grey = frame.reformat(width=64, height=36, format="gray").to_ndarray().astype(np.float32)
    brightness, contrast = float(grey.mean()), float(grey.std())
    if contrast < _PLAINEST or brightness > _BRIGHTEST or np.percentile(grey, 99) < _DARKEST:
        return 0.0
    detail = float(np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean())
    # Neither murky nor glaring: as if a photographer had chosen.
    score = max(1.1, contrast + 2 * min(detail, 30.0) - 0.25 * abs(brightness - 115.0))
    return score if brightness > _DIM else min(score / 200, 0.9)


def _image(frame: VideoFrame, stream: VideoStream) -> Image.Image:
    """Return ``frame`` as it is meant to be seen: square pixels, upright, no larger than wanted."""
    aspect = stream.sample_aspect_ratio
    width = frame.width * (float(aspect) if aspect and 0.05 < aspect < 20 else 1.0)
    scale = min(WIDTH / width, HEIGHT / frame.height, 1.0)
    size = max(2, round(width * scale)), max(2, round(frame.height * scale))
    image = Image.fromarray(frame.reformat(width=size[0], height=size[1], format="rgb24").to_ndarray())
    if mirrored(frame):
        image = ImageOps.flip(image)
    if turn := round(frame.rotation / 90) * 90 % 360:
        image = image.rotate(turn, expand=True)
        image.thumbnail((WIDTH, HEIGHT))
    return image
