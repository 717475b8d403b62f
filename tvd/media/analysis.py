"""What was measured in a source before it is normalised, as a value."""

import msgspec


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """What the normaliser needs beside the probe.

    ``gain_db`` brings the sound to the wanted loudness, with a true peak limiter where ``limiter``; ``input_loudness``
    is what was measured (LUFS, None: silence or no sound). ``interlaced`` is decided by looking at the picture.
    ``provisional``: from excerpts, the loudness within ±2 LU. ``audio_start`` and ``audio_end`` in seconds from the
    source's start, ``audio_end`` None when it was not read to the end; not ``audible`` when no sound can be decoded.
    """

    gain_db: float = 0.0
    limiter: bool = False
    input_loudness: float | None = None
    interlaced: bool = False
    provisional: bool = False
    audio_start: float = 0.0
    audio_end: float | None = None
    audible: bool = True
