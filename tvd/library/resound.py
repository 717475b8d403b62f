"""A provisional asset made properly: its picture as it is, sample by sample, with new sound."""

from tvd.errors import SourceRefusedError
from tvd.media.asset_file import AssetFile
from tvd.media.cutter import FragmentReader, Samples, SoundLeftOverError
from tvd.media.fragment import Fragment, read_runs
from tvd.media.house import Grid
from tvd.media.initialisation import Initialisation


class SoundCutter:
    """Cuts a stream of sound alone into segments by counting AAC frames; their picture is put in by :func:`join`.

    The first AAC frame is priming and dropped, as in :class:`tvd.media.cutter.SegmentCutter`.
    """

    def __init__(self, grid: Grid, segments: int) -> None:
        self._grid = grid
        self._left = segments
        self._reader = FragmentReader()
        self._sound = Samples()
        self._primed = False

    @property
    def initialisation(self) -> Initialisation | None:
        """What the stream began with, once it has come."""
        return self._reader.initialisation

    def feed(self, data: bytes) -> list[Fragment]:
        """Take what ffmpeg wrote; return the segments it completes, without picture. Raises ``ValueError``."""
        for moof, mdat in self._reader.feed(data):
            for run in read_runs(moof, mdat):
                self._sound.add(run)
        if not self._primed and self._sound.sizes:
            self._sound.take(1)
            self._primed = True
        return self._cut()

    def finish(self) -> list[Fragment]:
        """Return nothing: every segment was complete. Raises ``ValueError`` when some are missing, or too many."""
        if self._left:
            raise ValueError(f"{self._left} segments of sound are missing")
        if left := len(self._sound.sizes):
            raise SoundLeftOverError(f"the sound has {left} AAC frames too many")
        return []

    def _cut(self) -> list[Fragment]:
        done: list[Fragment] = []
        count = self._grid.audio_frames
        while self._left and len(self._sound.sizes) >= count:
            _, sizes, sound = self._sound.take(count)
            done.append(Fragment(memoryview(b""), (), (), sound, sizes))
            self._left -= 1
        return done


def join(picture: AssetFile, index: int, sound: Fragment) -> Fragment:
    """Return segment ``index`` with the pictures of an asset and new ``sound``. Blocks."""
    old = picture.fragment(index)
    return Fragment(old.video, old.video_sizes, old.order, sound.audio, sound.audio_sizes, others=old.others)


def same_sound(picture: Initialisation, sound: Initialisation) -> Initialisation:
    """Return the initialisation of the joined asset.

    Raises :class:`SourceRefusedError` when the sound's set-up is another.
    """
    if sound.asc != picture.asc:
        raise SourceRefusedError("parameter sets differ: the sound's AudioSpecificConfig")
    return picture
