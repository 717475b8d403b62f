"""What the server and its subtitle child say to each other: one JSON object each way."""

import msgspec

from tvd.media.cue import Cue


class Extract(msgspec.Struct, frozen=True, kw_only=True):
    """Read the subtitles of the film at ``source``: text tracks by stream ``index``, and the files at ``sidecars``."""

    source: bytes
    indices: tuple[int, ...] = ()
    sidecars: tuple[bytes, ...] = ()


class Extracted(msgspec.Struct, frozen=True, kw_only=True):
    """One track or file: its cues, or why there are none (``reason``). ``origin`` is a stream index or a path."""

    origin: int | bytes
    cues: list[Cue] = []
    reason: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was asked for, in no order."""

    tracks: list[Extracted]
