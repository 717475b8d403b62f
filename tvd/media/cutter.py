"""Cuts what an encoding ffmpeg writes (fragmented MP4) into segments exactly on the grid."""

from collections.abc import Iterator

from tvd.media.boxes import BoxReader
from tvd.media.fragment import Fragment, Picture, TrackRun, read_runs
from tvd.media.house import Grid
from tvd.media.initialisation import Initialisation


class SoundLeftOverError(ValueError):
    """More sound came than picture: its channels or rate change in the source, where ffmpeg counts anew."""


class FragmentReader:
    """Splits fragmented MP4 (``ftyp moov (moof mdat)*``) into its fragments, however the bytes arrive."""

    def __init__(self) -> None:
        self._reader = BoxReader()
        self._moof = b""
        self.head = b""
        """``ftyp`` and ``moov``, once they have come."""
        self.initialisation: Initialisation | None = None

    @property
    def pending(self) -> int:
        """Bytes of a box that is not complete yet."""
        return self._reader.pending

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield ``moof`` and ``mdat`` of each fragment that ``data`` completes. Raises ``ValueError``."""
        for kind, whole in self._reader.feed(data):
            if kind == b"ftyp":
                self.head = whole
            elif kind == b"moov":
                self.head += whole
                self.initialisation = Initialisation.parse(self.head)
            elif kind == b"moof":
                self._moof = whole
            elif kind == b"mdat":
                yield self._moof, whole


class SegmentCutter:
    """Takes bytes, gives :class:`Fragment` after :class:`Fragment`, each checked to be exactly one segment.

    ffmpeg closes a fragment at a key frame, with whatever sound has come by then; the cutter regroups: frames by GOP,
    sound by count. The first AAC frame of an encode is priming (1,024 samples before the start) and is dropped.
    ``skip`` segments are cut and thrown away first (the pre-roll of a resumed encode). A house of several sizes is one
    stream with a video track for each; a segment is cut once all have it.
    """

    def __init__(self, grid: Grid, *, skip: int = 0) -> None:
        self._grid = grid
        self._skip = skip
        self._reader = FragmentReader()
        self._videos: list[Samples] = []
        self._audio = Samples()
        self._primed = False

    @property
    def initialisation(self) -> Initialisation | None:
        """What the stream began with, once it has come."""
        return self._reader.initialisation

    def feed(self, data: bytes) -> list[Fragment]:
        """Take what ffmpeg wrote; return the segments it completes. Raises ``ValueError`` when off the grid."""
        for moof, mdat in self._reader.feed(data):
            self._take(read_runs(moof, mdat))
        return self._cut(last=False)

    def finish(self) -> list[Fragment]:
        """Return the last segments: ffmpeg has ended. Raises ``ValueError`` when something is left over."""
        fragments = self._cut(last=True)
        frames = max((len(video.sizes) for video in self._videos), default=0)
        audio_frames, pending = len(self._audio.sizes), self._reader.pending
        if audio_frames and not frames and not pending:
            # ffmpeg begins the sound's filters, and their count of samples, again at such a place.
            raise SoundLeftOverError(f"the sound has {audio_frames} AAC frames too many")
        if frames or audio_frames or pending:
            raise ValueError(f"left over at the end: {frames} frames, {audio_frames} AAC frames, {pending} bytes")
        return fragments

    def _take(self, runs: list[TrackRun]) -> None:
        assert self.initialisation is not None
        sizes = self.initialisation.sizes
        self._videos = self._videos or [Samples() for _ in sizes]
        places = {one.video_id: place for place, one in enumerate(sizes)}
        for run in runs:
            if run.track in places:
                self._videos[places[run.track]].add(run)
            elif run.track == self.initialisation.audio_id:
                self._audio.add(run)
        if not self._primed and self._audio.sizes:
            self._audio.take(1)
            self._primed = True

    def _cut(self, *, last: bool) -> list[Fragment]:
        fragments = []
        frames, audio_frames = self._grid.frames, self._grid.audio_frames
        # A GOP is complete when the next key frame is there, or nothing more comes.
        enough = frames if last else frames + 1
        while len(self._audio.sizes) >= audio_frames and self._videos:
            if any(len(video.sizes) < enough for video in self._videos):
                break
            pictures = tuple(self._picture(place, video) for place, video in enumerate(self._videos))
            _, audio_sizes, audio_data = self._audio.take(audio_frames)
            first, *others = pictures
            fragment = Fragment(first.data, first.sizes, first.order, audio_data, audio_sizes, others=tuple(others))
            fragment.check(self._grid)
            if self._skip:
                self._skip -= 1
            else:
                fragments.append(fragment)
        return fragments

    def _picture(self, place: int, video: "Samples") -> Picture:
        """Cut the next group of pictures of one size."""
        frames = self._grid.frames
        if not video.sync[0] or any(video.sync[1:frames]) or (len(video.sizes) > frames and not video.sync[frames]):
            raise ValueError(f"a group of pictures is not {frames} frames long")
        times, sizes, data = video.take(frames)
        return Picture(data, sizes, self._shown(place, times))

    def _shown(self, place: int, times: tuple[int, ...]) -> tuple[int, ...]:
        assert self.initialisation is not None
        timescale = self.initialisation.sizes[place].video_timescale
        ticks, rest = divmod(timescale, self._grid.fps)
        if rest:
            raise ValueError(f"{timescale} ticks a second do not divide into frames")
        return tuple((time - times[0]) // ticks for time in times)


class Samples:
    """Samples of one track that wait to be cut."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.times: list[int] = []
        self.sync: list[bool] = []
        self._data = bytearray()

    def add(self, run: TrackRun) -> None:
        """Take what a fragment has of the track."""
        self.sizes.extend(run.sizes)
        self.times.extend(run.times)
        self.sync.extend(run.sync)
        self._data += run.data

    def take(self, count: int) -> tuple[tuple[int, ...], tuple[int, ...], memoryview]:
        """Return times (ticks), sizes (bytes) and data of the first ``count``, which are let go of."""
        sizes, times = tuple(self.sizes[:count]), tuple(self.times[:count])
        total = sum(sizes)
        data = memoryview(bytes(self._data[:total]))
        del self.sizes[:count], self.times[:count], self.sync[:count], self._data[:total]
        return times, sizes, data
