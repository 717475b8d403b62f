"""Sound alone on disk, cut like an asset: what airs at night with the pictures of the day.

The file is that of an asset without its picture track (``ftyp moov (moof mdat)*``, one fragment a segment of
``grid.audio_frames`` AAC frames), so any player plays it too.
"""

import struct
from dataclasses import replace

from tvd.media.asset_file import AssetFile, AssetFileWriter
from tvd.media.boxes import box, children, find, full_box
from tvd.media.fragment import Fragment
from tvd.media.house import AAC_FRAME, Grid
from tvd.media.initialisation import AUDIO_TRACK, Initialisation, sound_moov


class SoundFile(AssetFile):
    """Reads segments of sound by number, as fragments without picture."""

    def _parse(self, data: bytes | memoryview, stop: int) -> Fragment:  # noqa: ARG002 - pictures are not to be found again
        return _read(data, self._grid)


class SoundFileWriter(AssetFileWriter):
    """Writes segments of sound, as :class:`AssetFileWriter` does whole ones."""

    def _head(self, initialisation: Initialisation) -> bytes:
        return sound_moov(initialisation)

    def _written(self, fragment: Fragment) -> bytes:
        return _written(fragment, self.segments, self._grid)


def with_sound(pictures: Fragment, sound: Fragment) -> Fragment:
    """Return a segment with the pictures of one and the sound of another; where the pictures lie stays known."""
    return replace(pictures, audio=sound.audio, audio_sizes=sound.audio_sizes)


def _written(fragment: Fragment, index: int, grid: Grid) -> bytes:
    """Return ``moof mdat`` (ISO/IEC 14496-12, 8.8) of the sound of segment ``index``, in ticks of one sample."""
    sizes = struct.pack(f">{len(fragment.audio_sizes)}I", *fragment.audio_sizes)

    def moof(data_at: int) -> bytes:
        traf = box(
            b"traf",
            full_box(b"tfhd", 0, 0x020028, struct.pack(">III", AUDIO_TRACK, AAC_FRAME, 0x02000000)),
            full_box(b"tfdt", 1, 0, struct.pack(">Q", index * grid.samples)),
            full_box(b"trun", 1, 0x201, struct.pack(">Ii", len(fragment.audio_sizes), data_at) + sizes),
        )
        return box(b"moof", full_box(b"mfhd", 0, 0, struct.pack(">I", index + 1)), traf)

    return moof(len(moof(0)) + 8) + box(b"mdat", fragment.audio)


def _read(data: bytes | memoryview, grid: Grid) -> Fragment:
    """Read what :func:`_written` wrote. Raises ``ValueError`` unless it is exactly one segment."""
    moof, mdat = find(data, b"moof"), find(data, b"mdat")
    if moof is None or mdat is None:
        raise ValueError("no moof and mdat")
    truns = [run for kind, traf in children(moof) if kind == b"traf" for run in (find(traf, b"trun"),) if run]
    if len(truns) != 1:
        raise ValueError(f"{len(truns)} tracks instead of 1")
    count = struct.unpack_from(">I", truns[0], 4)[0]
    if count != grid.audio_frames:
        raise ValueError(f"{count} AAC frames do not make a segment")
    sizes = struct.unpack_from(f">{count}I", truns[0], 12)
    if sum(sizes) != len(mdat):
        raise ValueError("sample sizes do not add up")
    return Fragment(memoryview(b""), (), (), mdat, sizes)
