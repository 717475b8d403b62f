"""MPEG transport stream from segments: what boxes without HLS are served (ISO/IEC 13818-1).

Only our own segments are opened here. One :class:`TsMuxer` lives as long as somebody watches, so continuity counters
run on from segment to segment; timestamps are those of the segments, that is of the UTC time line, and wrap at 33 bits
every 26.5 hours as the standard has it.
"""

import io
from dataclasses import dataclass
from typing import Final

import av
from av.container import InputContainer, OutputContainer

PACKET: Final = 188
"""Bytes in a transport stream packet."""
NULL_PACKET: Final = b"\x47\x1f\xff\x10" + b"\xff" * (PACKET - 4)
"""A packet that says nothing (PID 0x1FFF): keeps a connection alive."""
_PAT: Final = 0
_VIDEO: Final = 0x100
"""PID that libav gives the first track; ours is the picture."""
_RANDOM_ACCESS: Final = 0x40
_LOOK_AHEAD: Final = 8
"""Packets after a PAT within which its picture begins (PMT and service description stand between)."""
_OPTIONS: Final = {
    # Tables come before every keyframe by themselves; between them two a second are enough to tune in.
    "pat_period": "0.5",
    "sdt_period": "5",
    "max_delay": "700000",
    "mpegts_service_type": "digital_tv",
}


@dataclass(frozen=True, slots=True)
class TsPiece:
    """Whole transport stream packets. A new viewer may begin with this piece when ``entry`` is set."""

    data: bytes
    entry: bool


class TsMuxer:
    """Muxes segment after segment into one transport stream. Not thread-safe; blocking, so call it in a thread."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._sink = _Sink()
        self._output: OutputContainer | None = None
        self._initialisation = b""
        self._next: int | None = None
        self._rest = b""
        self._begun = False

    def feed(self, seq: int, initialisation: bytes, data: bytes) -> list[TsPiece]:
        """Return what segment ``seq`` (``ftyp moov`` and ``moof mdat``) adds to the stream.

        A gap or another initialisation begins a new multiplex whose first packets say that they do not continue.
        Raises ``ValueError`` when the segment cannot be read; the stream goes on with the next one.
        """
        if seq != self._next or initialisation != self._initialisation:
            self._end()
        self._next, self._initialisation = seq + 1, initialisation
        try:
            self._mux(io.BytesIO(initialisation + data))
        except av.FFmpegError as error:
            self._next = None
            raise ValueError(f"segment {seq}: {error}") from error
        return self._pieces(self._sink.take())

    def _mux(self, source: io.BytesIO) -> None:
        with av.open(source, "r", format="mp4") as segment:
            if self._output is None:
                self._output = self._begin(segment)
            streams = {stream.index: out for stream, out in zip(segment.streams, self._output.streams, strict=True)}
            for packet in segment.demux():
                if packet.dts is None:
                    continue
                packet.stream = streams[packet.stream_index]
                self._output.mux_one(packet)

    def close(self) -> None:
        """Let go of the multiplex; nothing of it is served any more."""
        self._end()

    def _begin(self, segment: InputContainer) -> OutputContainer:
        flags = {} if not self._begun else {"mpegts_flags": "+initial_discontinuity"}
        output = av.open(self._sink, "w", format="mpegts", options=_OPTIONS | flags)
        self._begun = True
        output.metadata["service_name"] = self._title
        output.metadata["service_provider"] = "tvd"
        for stream in segment.streams:
            output.add_stream_from_template(stream)
        return output

    def _end(self) -> None:
        if self._output is not None:
            self._output.close()
            self._output = None

    def _pieces(self, data: bytes) -> list[TsPiece]:
        """Cut before each group of tables and keyframe, so that every such group can be an entry."""
        data = self._rest + data
        whole = len(data) - len(data) % PACKET
        self._rest = data[whole:]
        cuts = entries(data[:whole])
        starts = sorted({0, *cuts})
        return [
            TsPiece(data[start:stop], start in cuts)
            for start, stop in zip(starts, [*starts[1:], whole], strict=True)
            if stop > start
        ]


def entries(data: bytes) -> set[int]:
    """Return the offsets in ``data`` (whole packets) of each PAT that is followed by its keyframe."""
    found = set()
    for at in range(0, len(data), PACKET):
        if _pid(data, at) == _PAT:
            following = range(at + PACKET, min(at + PACKET * _LOOK_AHEAD, len(data)), PACKET)
            if any(_keyframe(data, other) for other in following):
                found.add(at)
    return found


def _pid(data: bytes, at: int) -> int:
    return (data[at + 1] & 0x1F) << 8 | data[at + 2]


def _keyframe(data: bytes, at: int) -> bool:
    return _pid(data, at) == _VIDEO and bool(data[at + 3] & 0x20 and data[at + 4] and data[at + 5] & _RANDOM_ACCESS)


class _Sink:
    """What libav writes into; taken out after every segment."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes | memoryview) -> int:
        # A copy: libav uses its buffer again.
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        data = b"".join(self._parts)
        self._parts.clear()
        return data
