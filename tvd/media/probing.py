"""What a file contains, read with PyAV: runs in the library child, never in the server.

Only whitelisted protocols, containers and decoders are opened. A frame of each track is decoded, so that a source is
refused while there is time, not when it should air; sound tracks that cannot be decoded are left out.
Lengths are what plays: the end of the file is really visited, since headers of cut-off downloads promise more.
"""

import struct
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.sidedata.sidedata import Type
from av.stream import Discard, Disposition, Stream
from av.subtitles.stream import SubtitleStream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tvd.errors import SourceRefusedError
from tvd.media import clean, colour
from tvd.media.layouts import kept
from tvd.media.probe import AudioTrack, Probe, SubtitleTrack, VideoTrack
from tvd.media.whitelist import DECODERS, source_options

_OPTIONS: Final = {
    **source_options(),
    "probesize": "10000000",
    "analyzeduration": "10000000",
    "max_streams": "300",
}
_DECODERS: Final = frozenset(DECODERS.split(","))
_STREAMS: Final = 300
_AUDIO_TRACKS: Final = 16
_LARGEST: Final = 16384
_LONGEST: Final = 48 * 3600.0
_FASTEST: Final = 1000
"""Frame rates above are an unknown time base, not a frame rate."""
_TRY_PACKETS: Final = 100_000
_TRY_BYTES: Final = 64_000_000
_TAIL: Final = 5.0
_PATIENCE: Final = 8.0
"""Seconds for reading packets in search of an end."""
_TOLERATED: Final = 0.25
"""Seconds by which a header may differ from the packets before the packets are believed."""
_ESTIMATED: Final = frozenset({"aac", "ac3", "amr", "dts", "eac3", "h264", "hevc", "m4v", "mp3", "mpegvideo", "obu"})
"""Bare streams: libav guesses their length from the bit rate."""
_TAGS: Final = 40
_TAG: Final = 300
_STORY: Final = 2000
_STORIES: Final = frozenset({"comment", "description", "summary", "synopsis"})
_CHAPTERS: Final = 300


@dataclass(frozen=True, slots=True)
class _Span:
    start: float
    end: float


def probe(path: str) -> Probe:
    """Open ``path``, decode a little of it and say what it contains.

    Raises ``SourceRefusedError`` with the reason, or ``OSError`` when the file cannot be read at all.
    """
    try:
        with opened(path) as container:
            tracks = _playable(container)
            frames = _decoded(container, tracks)
            video = [_video(it, frames.get(it.index)) for it in tracks if isinstance(it, VideoStream)]
            audio = [_audio(it) for it in tracks if isinstance(it, AudioStream) and it.index in frames]
            moving = [it.index for it in video if not it.attached_picture]
            if not moving and not audio:
                raise SourceRefusedError("none of its sound can be decoded")
            timed = [it for it in tracks if it.index in {*moving, *(track.index for track in audio)}]
            indices = [it.index for it in timed]  # a stream of a closed container is freed memory
            span = _claimed(container, timed)
            chapters = _chapters(container, span.start if span else 0.0)
            name = container.format.name
            tags = _tags([container.metadata, *(it.metadata for it in timed if it.type == "audio")])
            subtitles = [_subtitle(it) for it in container.streams if isinstance(it, SubtitleStream)]
        span = _real(path, name, indices, span)
    except FFmpegError as error:
        raise refusal(error) from error
    return Probe(
        container=name,
        duration=round(span.end - span.start, 6),
        start=round(span.start, 6),
        video=tuple(video),
        audio=tuple(audio),
        subtitles=tuple(subtitles),
        tags=tags,
        chapters=chapters,
    )


def opened(path: str) -> InputContainer:
    """Open ``path``, which is nobody's but a file's, with what is listed in :mod:`tvd.media.whitelist` alone."""
    # "file:" keeps names such as "http:x.mp4" or "a:b.mp4" from being taken for URLs.
    return av.open("file:" + path, mode="r", options=dict(_OPTIONS), metadata_errors="replace")


def refusal(error: FFmpegError) -> Exception:
    """Turn an error of libav into a reason someone can act on."""
    if isinstance(error, MemoryError):
        return SourceRefusedError("needs more memory or streams than a probe may take")
    if isinstance(error, av.error.InvalidDataError | av.error.EOFError):
        return SourceRefusedError("not a readable video or sound file: damaged, incomplete or something else")
    if isinstance(error, av.error.ArgumentError):
        return SourceRefusedError("its format is not among those that are opened, or it is damaged")
    if isinstance(error, OSError) and error.errno and error.errno > 0:
        return OSError(error.errno, error.strerror)
    return SourceRefusedError(f"cannot be read: {error.strerror or error}"[:300].lower())


def _playable(container: InputContainer) -> list[VideoStream | AudioStream]:
    """Return the main picture, cover art and the sound tracks that may be opened; everything else is discarded."""
    streams = list(container.streams)
    if len(streams) > _STREAMS:
        raise SourceRefusedError(f"has {len(streams)} streams")
    pictures = [it for it in streams if isinstance(it, VideoStream)]
    covers = [it for it in pictures if it.disposition & Disposition.attached_pic]
    moving = [it for it in pictures if it not in covers]
    main = max(moving, key=lambda it: (bool(it.disposition & Disposition.default), it.width * it.height), default=None)
    sounds = [it for it in streams if isinstance(it, AudioStream) and _opens(it) and it.rate][:_AUDIO_TRACKS]
    if main is None and not sounds:
        raise SourceRefusedError("has neither picture nor sound that can be decoded")
    if main is not None:
        _check_picture(main)
    covers = [it for it in covers if _opens(it) and 0 < it.width <= _LARGEST and 0 < it.height <= _LARGEST][:1]
    chosen: list[VideoStream | AudioStream] = [*([main] if main else []), *covers, *sounds]
    for stream in streams:
        if stream not in chosen:
            stream.discard = Discard.all
    return chosen


def _check_picture(stream: VideoStream) -> None:
    if not _opens(stream):
        raise SourceRefusedError(f"its picture is {_codec(stream) or 'of an unknown codec'}, which is not opened")
    width, height = stream.width, stream.height
    if not (0 < width <= _LARGEST and 0 < height <= _LARGEST):
        raise SourceRefusedError(f"its picture is {width}x{height}; at most {_LARGEST}x{_LARGEST} is possible")


def _opens(stream: Stream) -> bool:
    context: Any = stream.codec_context
    return context is not None and context.name in _DECODERS


def _codec(stream: Stream) -> str:
    context: Any = stream.codec_context
    return str(context.codec.canonical_name) if context is not None else ""


def _decoded(container: InputContainer, tracks: Sequence[VideoStream | AudioStream]) -> dict[int, Any]:
    """Return the first decoded frame of each track by its index, reading no more than is sensible.

    Raises ``SourceRefusedError`` when the moving picture gives none.
    """
    for stream in tracks:
        stream.codec_context.thread_count = 1
    frames: dict[int, Any] = {}
    wanted = {it.index for it in tracks}
    read = 0
    for number, packet in enumerate(_packets(container, tracks)):
        index = packet.stream.index
        read += packet.size
        if index not in frames:
            for frame in _frames(packet.decode):
                frames.setdefault(index, frame)
        if frames.keys() >= wanted or number > _TRY_PACKETS or read > _TRY_BYTES:
            break
    for stream in tracks:
        if stream.index not in frames:
            # What a decoder holds back: behind a picture that stands for minutes there is no other near.
            for frame in _frames(stream.codec_context.decode):
                frames.setdefault(stream.index, frame)
        moving = isinstance(stream, VideoStream) and not stream.disposition & Disposition.attached_pic
        if moving and stream.index not in frames:
            raise SourceRefusedError(f"its picture ({_codec(stream)}) cannot be decoded")
    return frames


def _frames(decode: Callable[[], Iterable[Any]]) -> Iterable[Any]:
    """Return what ``decode`` gives; what is damaged gives what it gives."""
    try:
        for frame in decode():
            if isinstance(frame, AudioFrame):
                kept(frame.layout)
            yield frame
    except FFmpegError as error:
        if isinstance(error, MemoryError):
            raise


def _packets(container: InputContainer, tracks: Iterable[Stream]) -> Iterable[Any]:
    """Demux until the end, or until the file breaks off: what came before counts."""
    try:
        yield from container.demux(*tracks)
    except FFmpegError as error:
        if isinstance(error, MemoryError):
            raise


def _video(stream: VideoStream, frame: VideoFrame | None) -> VideoTrack:
    context = stream.codec_context
    shape = context.format
    aspect = stream.sample_aspect_ratio or Fraction(1)
    rate = stream.average_rate or stream.guessed_rate or Fraction(0)
    alpha = shape is not None and any(it.is_alpha for it in shape.components)
    return VideoTrack(
        index=stream.index,
        codec=_codec(stream),
        width=stream.width,
        height=stream.height,
        sar=aspect.as_integer_ratio() if Fraction(1, 20) < aspect < 20 else (1, 1),
        # PyAV counts counter-clockwise, players turn clockwise, in steps of a quarter.
        rotation=round(-frame.rotation / 90) * 90 % 360 if frame is not None else 0,
        mirrored=frame is not None and mirrored(frame),
        frame_rate=round(float(rate), 6) if 0 < rate <= _FASTEST else 0.0,
        pixel_format=context.pix_fmt or "",
        alpha=alpha or stream.metadata.get("alpha_mode") == "1",
        field_order=colour.field_order(context.field_order, frame is not None and frame.interlaced_frame),
        color_range=colour.name(colour.RANGES, context.color_range, frame.color_range if frame else None),
        color_primaries=colour.name(
            colour.PRIMARIES, context.color_primaries, frame.color_primaries if frame else None
        ),
        color_transfer=colour.name(colour.TRANSFERS, context.color_trc, frame.color_trc if frame else None),
        color_space=colour.name(colour.SPACES, context.colorspace, frame.colorspace if frame else None),
        attached_picture=bool(stream.disposition & Disposition.attached_pic),
    )


def mirrored(frame: VideoFrame) -> bool:
    """Return whether a player must turn a frame upside down before it rotates it: its display matrix mirrors."""
    found: Any = frame.side_data
    matrix = found.get(Type.DISPLAYMATRIX)
    if matrix is None or matrix.buffer_size < 36:
        return False
    a, b, _, c, d = struct.unpack_from("=5i", matrix)
    return bool(a * d < b * c)


def _audio(stream: AudioStream) -> AudioTrack:
    layout = kept(stream.layout)
    return AudioTrack(
        index=stream.index,
        codec=_codec(stream),
        sample_rate=stream.rate,
        channels=layout.nb_channels,
        layout=layout.name[:40],
        language=_language(stream),
        default=bool(stream.disposition & Disposition.default),
    )


def _subtitle(stream: SubtitleStream) -> SubtitleTrack:
    forced = bool(stream.disposition & Disposition.forced)
    return SubtitleTrack(index=stream.index, codec=_codec(stream), language=_language(stream), forced=forced)


def _language(stream: Stream) -> str:
    language = (stream.language or "").strip().lower()
    return language if language.isascii() and language.isalpha() and language != "und" and len(language) < 9 else ""


def _claimed(container: InputContainer, tracks: Iterable[VideoStream | AudioStream]) -> _Span | None:
    """Return from when to when the headers say it plays, in seconds; None when they do not say."""
    begins: list[Fraction] = []
    ends: list[Fraction] = []
    for stream in tracks:
        if stream.time_base is not None and stream.start_time is not None:
            begins.append(stream.start_time * stream.time_base)
            if stream.duration:
                ends.append((stream.start_time + stream.duration) * stream.time_base)
    first = Fraction(container.start_time or 0, 10**6)
    start = min(begins, default=first)
    if not ends and container.duration:
        ends.append(first + Fraction(container.duration, 10**6))
    end = max(ends, default=start)
    return _Span(float(start), float(end)) if end > start else None


def _real(path: str, container: str, indices: Sequence[int], claimed: _Span | None) -> _Span:
    """Return from when to when it really plays: visit the end, or read everything where there is none to visit.

    Raises ``SourceRefusedError`` when it has no length or an absurd one.
    """
    span = claimed
    if claimed is None or container in _ESTIMATED:
        span = _measured(path, indices, 0.0) or claimed
    elif (tail := _measured(path, indices, claimed.end - _TAIL)) is None:
        # Nothing where the end should be: cut off. What is there counts.
        whole = _measured(path, indices, 0.0)
        span = _Span(min(claimed.start, whole.start), whole.end) if whole else claimed
    elif abs(tail.end - claimed.end) > _TOLERATED:
        span = _Span(claimed.start, tail.end)
    if span is None or not span.end > span.start:
        raise SourceRefusedError("has no length, and none could be found by reading it")
    if span.end - span.start > _LONGEST:
        hours = (span.end - span.start) / 3600
        raise SourceRefusedError(f"claims to last {hours:.0f} hours; at most {_LONGEST / 3600:.0f} are possible")
    return span


def _measured(path: str, indices: Sequence[int], since: float) -> _Span | None:
    """Read packets from ``since`` seconds on to the end; None when there are none or it takes too long."""
    until = time.monotonic() + _PATIENCE
    start, end, silent = float("inf"), 0.0, 0.0
    with opened(path) as container:
        tracks = [it for it in container.streams if it.index in indices]
        if since > 0:
            try:
                container.seek(int(since * 10**6))
            except FFmpegError:
                return None
        for packet in _packets(container, tracks):
            if packet.size == 0 or packet.time_base is None:
                continue
            length = float((packet.duration or 0) * packet.time_base)
            at = packet.pts if packet.pts is not None else packet.dts
            if at is None:
                silent += length
            else:
                start = min(start, float(at * packet.time_base))
                end = max(end, float(at * packet.time_base) + length)
            if time.monotonic() > until:
                return None
    if end > start:
        return _Span(start, end)
    return _Span(0.0, silent / max(len(tracks), 1)) if silent and since <= 0 else None


def _tags(sources: Iterable[dict[str, str]]) -> dict[str, str]:
    """Return the first tags, keys in lower case, of bounded number and length and without control characters."""
    tags: dict[str, str] = {}
    for source in sources:
        for key, value in source.items():
            if len(tags) >= _TAGS:
                return tags
            text = clean.line(value, _STORY if key.lower() in _STORIES else _TAG)
            if text and len(key) <= 60:
                tags.setdefault(clean.line(key).lower(), text)
    return tags


def _chapters(container: InputContainer, start: float) -> tuple[tuple[float, float, str], ...]:
    found = []
    for chapter in container.chapters()[:_CHAPTERS]:
        base = chapter["time_base"] or Fraction(1)
        begin, stop = float(chapter["start"] * base) - start, float(chapter["end"] * base) - start
        if 0 <= begin < stop:
            found.append((round(begin, 6), round(stop, 6), clean.line(chapter["metadata"].get("title", ""))))
    return tuple(found)
