"""Reading a film's text subtitles in a limited child: the server's side of :mod:`tvd.media.subtitle_child`."""

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec

from tvd.errors import TvdError
from tvd.media.cue import MOST_CUES, is_safe
from tvd.media.probe import SubtitleTrack
from tvd.media.process import Limits, child
from tvd.media.readers import module_argv, module_environment
from tvd.media.sandbox import sandboxed
from tvd.media.subtitle_wire import Answer, Extract, Extracted

TEXT_CODECS: Final = frozenset({"subrip", "srt", "ass", "ssa", "mov_text", "webvtt", "text"})
"""ffmpeg's names of subtitle codecs that are text."""
MOST_TRACKS: Final = 40
PATIENCE: Final = 900.0
"""Seconds: subtitles of a Matroska file are spread over all of it, so all of it is read."""
_LIMITS: Final = Limits(memory=2 * 2**30, cpu=600, file_size=0, nice=15, idle_io=True)
_MOST_BYTES: Final = 64 * 2**20
_READ: Final = 2**18
_decode: Final = msgspec.json.Decoder(Answer).decode


class UnextractedError(TvdError):
    """The child gave no answer; the text says how it ended."""


def text_tracks(tracks: Sequence[SubtitleTrack]) -> tuple[SubtitleTrack, ...]:
    """Return those of a source's subtitle tracks that are text, not pictures."""
    return tuple(track for track in tracks if track.codec in TEXT_CODECS)[:MOST_TRACKS]


async def extract(source: bytes, indices: Sequence[int], sidecars: Sequence[bytes]) -> list[Extracted]:
    """Return what the tracks ``indices`` of the film and the files ``sidecars`` say, in the order asked for.

    Raises :class:`UnextractedError` when the child was ended by a limit, by time, or by what it read.
    """
    request = Extract(source=source, indices=tuple(indices), sidecars=tuple(sidecars))
    argv = sandboxed(module_argv("tvd.media.subtitle_child"))
    try:
        async with (
            asyncio.timeout(PATIENCE),
            child(argv, stdin=True, stdout=True, limits=_LIMITS, env=module_environment()) as it,
        ):
            it.stdin.write(msgspec.json.encode(request) + b"\n")
            it.stdin.close()
            data = bytearray()
            while piece := await it.stdout.read(_READ):
                data += piece
                if len(data) > _MOST_BYTES:
                    raise UnextractedError(f"answered more than {_MOST_BYTES} bytes")
            end = await it.wait()
    except TimeoutError:
        raise UnextractedError(f"reading took longer than {PATIENCE:.0f} s") from None
    except OSError as error:
        raise UnextractedError(f"the child ended: {error.strerror or error}") from error
    if end.returncode:
        raise UnextractedError(end.describe())
    try:
        found = {track.origin: track for track in await asyncio.to_thread(_checked, bytes(data))}
        wanted: list[int | bytes] = [*request.sidecars, *request.indices]
        return [found[origin] for origin in wanted]
    except (msgspec.DecodeError, KeyError) as error:
        raise UnextractedError(f"answered nonsense: {error}") from error


def _checked(data: bytes) -> list[Extracted]:
    """Decode an answer. Whoever opened the operator's files may have been taken over by one, so nothing is believed."""
    refused = "its text is not what the parsers make"
    return [track if _good(track) else Extracted(origin=track.origin, reason=refused) for track in _decode(data).tracks]


def _good(track: Extracted) -> bool:
    return len(track.cues) <= MOST_CUES and all(0 <= cue.start < cue.end and is_safe(cue.text) for cue in track.cues)
