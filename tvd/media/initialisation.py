"""The initialisation of a house: codec parameters as ``ftyp moov`` carry them (ISO/IEC 14496-12, -15, -14).

One initialisation segment serves every asset of a house, so its SPS, PPS and AudioSpecificConfig are compared byte by
byte: :attr:`Initialisation.fingerprint`. An asset in several sizes has a video track for each; on air each size has
its own initialisation segment, with the same sound.
"""

import hashlib
import struct
from dataclasses import dataclass, replace

from tvd.media.boxes import box, children, find, full_box
from tvd.media.house import SAMPLE_RATE, Grid
from tvd.media.sps import max_reorder_frames

VIDEO_TRACK = 1
AUDIO_TRACK = 2
OTHER_TRACK = 3
"""Of the first smaller size; the others follow."""


@dataclass(frozen=True, slots=True)
class OtherPicture:
    """The video track of a smaller size: the same as of the first one in :class:`Initialisation`."""

    avcc: bytes
    width: int
    height: int
    entry: bytes
    id: int
    timescale: int


@dataclass(frozen=True, slots=True)
class Initialisation:
    """Codec parameters of one video and one audio track.

    ``avcc`` is the AVCDecoderConfigurationRecord (14496-15, 5.3.3), ``asc`` the AudioSpecificConfig (14496-3, 1.6).
    ``video_entry`` and ``audio_entry`` are the whole sample entries, ``video_id``/``audio_id`` and the time scales
    (ticks a second) those of the stream it was read from; ``audio_id`` is 0 for a stream without sound and
    ``video_id`` 0 for one without picture. ``others`` are the tracks of the smaller sizes.
    """

    avcc: bytes
    asc: bytes
    width: int
    height: int
    video_entry: bytes
    audio_entry: bytes
    video_id: int
    audio_id: int
    video_timescale: int
    audio_timescale: int
    others: tuple[OtherPicture, ...] = ()

    @classmethod
    def parse(cls, data: bytes) -> "Initialisation":
        """Read ``[ftyp] moov``. Raises ``ValueError`` naming what is missing."""
        moov = find(data, b"moov")
        if moov is None:
            raise ValueError("no moov box")
        videos: list[_Track] = []
        audio = _Track(0, 1, b"")
        for kind, trak in children(moov):
            if kind != b"trak":
                continue
            handler, track = _track(trak)
            if handler == b"vide":
                videos.append(track)
            elif handler == b"soun":
                audio = track
        video = videos[0] if videos else _Track(0, 1, b"")
        avcc, width, height = _avc(video.entry) if video.entry else (b"", 0, 0)
        asc = _aac(audio.entry) if audio.entry else b""
        return cls(
            avcc=avcc,
            asc=asc,
            width=width,
            height=height,
            video_entry=video.entry,
            audio_entry=audio.entry,
            video_id=video.id,
            audio_id=audio.id,
            video_timescale=video.timescale,
            audio_timescale=audio.timescale,
            others=tuple(OtherPicture(*_avc(one.entry), one.entry, one.id, one.timescale) for one in videos[1:]),
        )

    @property
    def sizes(self) -> tuple["Initialisation", ...]:
        """Each size as an initialisation of its own, with the same sound: its own first."""
        others = (
            replace(
                self,
                avcc=one.avcc,
                width=one.width,
                height=one.height,
                video_entry=one.entry,
                video_id=one.id,
                video_timescale=one.timescale,
                others=(),
            )
            for one in self.others
        )
        return (replace(self, others=()), *others)

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits of the parameter sets; equal exactly when one decoder set-up serves both."""
        sets = (self.avcc, *(one.avcc for one in self.others), self.asc)
        return hashlib.blake2b(b"|".join(sets), digest_size=8).hexdigest()

    @property
    def codecs(self) -> str:
        """The CODECS attribute (RFC 6381): ``avc1.64001F,mp4a.40.2``."""
        object_type = self.asc[0] >> 3 if self.asc else 2
        return f"avc1.{self.avcc[1:4].hex().upper()},mp4a.40.{object_type}"

    @property
    def reorder_frames(self) -> int:
        """Frames a decoder holds back (``max_num_reorder_frames`` of the SPS): decode time = presentation - this."""
        return max_reorder_frames(self.avcc)

    @property
    def delays(self) -> tuple[int, ...]:
        """:attr:`reorder_frames` of each size."""
        return (self.reorder_frames, *(max_reorder_frames(one.avcc) for one in self.others))

    def moov(self, grid: Grid) -> bytes:
        """Return ``ftyp moov`` of an asset on ``grid``: video in ticks of one frame, audio of one sample."""
        delay, *delays = self.delays
        tracks = [
            _trak(VIDEO_TRACK, b"vide", grid.fps, delay, self.video_entry, (self.width, self.height)),
            _trak(AUDIO_TRACK, b"soun", SAMPLE_RATE, 0, self.audio_entry, (0, 0)),
        ]
        for place, (one, delay) in enumerate(zip(self.others, delays, strict=True)):
            # Not enabled: a player of the file shows the first size.
            size = (one.width, one.height)
            tracks.append(_trak(OTHER_TRACK + place, b"vide", grid.fps, delay, one.entry, size, flags=2))
        numbers = range(1, len(tracks) + 1)
        trex = (full_box(b"trex", 0, 0, struct.pack(">5I", track, 1, 0, 0, 0)) for track in numbers)
        ftyp = box(b"ftyp", b"iso6", struct.pack(">I", 512), b"iso6", b"cmfc", b"mp41")
        return ftyp + box(b"moov", _mvhd(len(tracks) + 1), *tracks, box(b"mvex", *trex))


def sound_moov(sound: Initialisation) -> bytes:
    """Return ``ftyp moov`` of a file with nothing but the sound of an asset, in ticks of one sample."""
    track = _trak(AUDIO_TRACK, b"soun", SAMPLE_RATE, 0, sound.audio_entry, (0, 0))
    trex = full_box(b"trex", 0, 0, struct.pack(">5I", AUDIO_TRACK, 1, 0, 0, 0))
    ftyp = box(b"ftyp", b"iso6", struct.pack(">I", 512), b"iso6", b"cmfc", b"mp41")
    return ftyp + box(b"moov", _mvhd(3), track, box(b"mvex", trex))


@dataclass(frozen=True, slots=True)
class _Track:
    id: int
    timescale: int
    entry: bytes


def _track(trak: memoryview) -> tuple[bytes, _Track]:
    tkhd, mdia = find(trak, b"tkhd"), find(trak, b"mdia")
    if tkhd is None or mdia is None:
        raise ValueError("trak without tkhd or mdia")
    mdhd, hdlr = find(mdia, b"mdhd"), find(mdia, b"hdlr")
    stsd = find(mdia, b"minf", b"stbl", b"stsd")
    if mdhd is None or hdlr is None or stsd is None:
        raise ValueError("mdia without mdhd, hdlr or stsd")
    track_id = struct.unpack_from(">I", tkhd, 20 if tkhd[0] else 12)[0]
    timescale = struct.unpack_from(">I", mdhd, 20 if mdhd[0] else 12)[0]
    return bytes(hdlr[8:12]), _Track(track_id, timescale, bytes(stsd[8:]))


def _avc(entry: bytes) -> tuple[bytes, int, int]:
    kind, payload = next(children(entry))
    avcc = find(payload[78:], b"avcC") if kind in (b"avc1", b"avc3") else None
    if avcc is None:
        raise ValueError(f"video is {kind!r}, not H.264")
    width, height = struct.unpack_from(">HH", payload, 24)
    return bytes(avcc), width, height


def _aac(entry: bytes) -> bytes:
    kind, payload = next(children(entry))
    esds = find(payload[28:], b"esds") if kind == b"mp4a" else None
    if esds is None:
        raise ValueError(f"audio is {kind!r}, not AAC")
    return _decoder_specific_info(esds[4:])


def _decoder_specific_info(data: memoryview) -> bytes:
    """Return the DecoderSpecificInfo (tag 5) inside ES and DecoderConfig descriptors (14496-1, 7.2.6)."""
    position = 0
    while position < len(data):
        tag = data[position]
        position, size = position + 1, 0
        while data[position] & 0x80:
            size = size << 7 | data[position] & 0x7F
            position += 1
        size = size << 7 | data[position]
        position += 1
        if tag == 0x05:
            return bytes(data[position : position + size])
        position += {0x03: 3, 0x04: 13}.get(tag, size)
    raise ValueError("esds without DecoderSpecificInfo")


_MATRIX = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def _mvhd(next_track: int) -> bytes:
    fixed = struct.pack(">4IIH10x", 0, 0, 1000, 0, 0x10000, 0x100)
    return full_box(b"mvhd", 0, 0, fixed, _MATRIX, bytes(24), struct.pack(">I", next_track))


def _trak(
    track: int, handler: bytes, timescale: int, delay: int, entry: bytes, size: tuple[int, int], flags: int = 3
) -> bytes:
    is_video = handler == b"vide"
    volume = 0 if is_video else 0x100
    tkhd = full_box(
        b"tkhd", 0, flags,
        struct.pack(">5I8xHHHxx", 0, 0, track, 0, 0, 0, 0, volume), _MATRIX,
        struct.pack(">II", size[0] << 16, size[1] << 16),
    )  # fmt: skip
    mdhd = full_box(b"mdhd", 0, 0, struct.pack(">4IHH", 0, 0, timescale, 0, 0x55C4, 0))
    hdlr = full_box(b"hdlr", 0, 0, struct.pack(">I4s12x", 0, handler), b"tvd\0")
    header = full_box(b"vmhd", 0, 1, bytes(8)) if is_video else full_box(b"smhd", 0, 0, bytes(4))
    dinf = box(b"dinf", full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 1)))
    empty = bytes(4)
    stbl = box(
        b"stbl",
        full_box(b"stsd", 0, 0, struct.pack(">I", 1), entry),
        full_box(b"stts", 0, 0, empty),
        full_box(b"stsc", 0, 0, empty),
        full_box(b"stsz", 0, 0, bytes(8)),
        full_box(b"stco", 0, 0, empty),
    )
    # One edit that begins after the reordering delay: presentation starts at 0 although no offset is negative.
    edts = box(b"edts", full_box(b"elst", 0, 0, struct.pack(">IIiHH", 1, 0, delay, 1, 0)))
    return box(b"trak", tkhd, edts, box(b"mdia", mdhd, hdlr, box(b"minf", header, dinf, stbl)))
