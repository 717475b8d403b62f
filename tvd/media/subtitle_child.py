"""The subtitle child: ``python -m tvd.media.subtitle_child`` reads one film's text subtitles and ends.

The request comes on stdin, the answer goes to stdout (``subtitle_wire``). Nothing of a track is decoded by libav: its
packets of text are parsed here, by the same parsers as files.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import msgspec
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Discard
from av.subtitles.stream import SubtitleStream
from av.video.stream import VideoStream

from tvd.errors import SourceRefusedError
from tvd.media.cue import MOST_CUES, Cue, cue_text, ordered
from tvd.media.sidecars import naming
from tvd.media.subtitle_text import LARGEST, ass_text, decoded, parse
from tvd.media.subtitle_wire import Answer, Extract, Extracted
from tvd.media.whitelist import source_options

_OPTIONS: Final = {**source_options(), "probesize": "10000000", "analyzeduration": "10000000", "max_streams": "300"}
"""As the library's probe opens it, so that both see it begin at the same time."""
_ASS_FIELDS: Final = 8
"""Fields before the text of an ASS event in a packet: ReadOrder, Layer, Style, Name, three margins, Effect."""
_UNTIMED_MS: Final = 4_000
"""How long a cue shows whose packet does not say."""
_PACKET: Final = 64_000
_PRIMING: Final = Fraction(1, 10)


def lead_ms(path: bytes) -> int:
    """Return by how much the picture begins after the sound where that is only the sound's priming; 0 otherwise.

    Who writes subtitles counts from the first picture; encoders put it a few milliseconds behind the film's beginning.
    """
    try:
        with _opened(path) as container:
            video = next((it for it in container.streams if isinstance(it, VideoStream)), None)
            if video is None or video.start_time is None or video.time_base is None:
                return 0
            lead = video.start_time * video.time_base - Fraction(container.start_time or 0, 10**6)
    except (FFmpegError, OSError):
        return 0
    return round(lead * 1000) if 0 < lead < _PRIMING else 0


def _opened(path: bytes) -> InputContainer:
    return av.open("file:" + os.fsdecode(path), mode="r", options=dict(_OPTIONS), metadata_errors="replace")


def sidecar(path: bytes, source: bytes, lead: int = 0) -> list[Cue]:
    """Return the cues of a file, ``lead`` milliseconds later. Raises :class:`SourceRefusedError` or ``OSError``."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    with os.fdopen(handle, "rb") as file:
        data = file.read(LARGEST + 1)
    extension = Path(os.fsdecode(path)).suffix[1:].lower()
    cues = parse(data, extension, naming(path, source).language)
    return [Cue(cue.start + lead, cue.end + lead, cue.text) for cue in cues]


def embedded(path: bytes, indices: Sequence[int]) -> dict[int, list[Cue]]:
    """Return the cues of the text tracks ``indices``, from the moment the film begins.

    Raises :class:`SourceRefusedError` when the film cannot be opened; what comes before it breaks off counts.
    """
    found: dict[int, list[Cue]] = {index: [] for index in indices}
    try:
        with _opened(path) as container:
            # ffmpeg takes this from every time when it normalises: the picture's first frame, unless the sound begins.
            start = Fraction(container.start_time or 0, 10**6)
            streams = [it for it in container.streams if it.index in found and isinstance(it, SubtitleStream)]
            for stream in container.streams:
                if stream not in streams:
                    stream.discard = Discard.all
            for packet in _packets(container, streams):
                cues = found[packet.stream.index]
                if len(cues) <= MOST_CUES and packet.pts is not None and 0 < packet.size <= _PACKET:
                    cues += _cue(packet, start)
    except FFmpegError as error:
        raise SourceRefusedError(f"cannot be read: {error.strerror or error}"[:300].lower()) from error
    return found


def _packets(container: Any, streams: Sequence[SubtitleStream]) -> Iterator[Any]:
    if not streams:
        return
    try:
        yield from container.demux(*streams)
    except FFmpegError as error:
        if isinstance(error, MemoryError):
            raise


def _cue(packet: Any, start: Fraction) -> Iterator[Cue]:
    text = packet_text(bytes(packet), packet.stream.codec_context.codec.canonical_name)
    if text:
        base = packet.time_base
        begin = round((packet.pts * base - start) * 1000)
        length = round((packet.duration or 0) * base * 1000) or _UNTIMED_MS
        yield Cue(begin, begin + length, text)


def packet_text(data: bytes, codec: str) -> str:
    """Return the cue text of one packet of a text track."""
    if codec == "mov_text":
        # ETSI TS 126 245, section 5.17: two bytes of length, the text, then boxes of style.
        size = int.from_bytes(data[:2], "big")
        return cue_text(decoded(data[2 : 2 + size]).replace("&", "&amp;").replace("<", "&lt;"))
    text = decoded(data)
    if codec in {"ass", "ssa"}:
        fields = text.split(",", _ASS_FIELDS)
        return ass_text(fields[-1]) if len(fields) > _ASS_FIELDS else ""
    return cue_text(text)


def answer(request: Extract) -> Answer:
    """Read everything that ``request`` names; what cannot be read says why."""
    tracks: list[Extracted] = []
    lead = lead_ms(request.source) if request.sidecars else 0
    for path in request.sidecars:
        try:
            tracks.append(Extracted(origin=path, cues=sidecar(path, request.source, lead)))
        except (SourceRefusedError, OSError) as error:
            tracks.append(Extracted(origin=path, reason=_reason(error)))
    try:
        found = embedded(request.source, request.indices) if request.indices else {}
        reason = ""
    except (SourceRefusedError, OSError) as error:
        found, reason = {}, _reason(error)
    for index in request.indices:
        try:
            cues = ordered(found.get(index, ()))
            tracks.append(Extracted(origin=index, cues=cues, reason="" if cues else reason or "no cues in it"))
        except SourceRefusedError as error:
            tracks.append(Extracted(origin=index, reason=str(error)))
    return Answer(tracks=tracks)


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)


def main() -> None:
    """Answer the one request on stdin."""
    # Libraries that print must not break the answer: the real stdout is ours alone.
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        request = msgspec.json.decode(sys.stdin.buffer.readline(), type=Extract)
        out.write(msgspec.json.encode(answer(request)))


if __name__ == "__main__":
    main()
