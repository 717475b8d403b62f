"""The normalise command: which tracks are taken, and the whole argv that makes them the house's.

Out of ffmpeg's stdout comes fragmented MP4, one fragment a segment, as soon as each is made: exactly
``segments * grid.frames`` frames and, after one priming packet, ``segments * grid.audio_frames`` AAC frames. A house of
several sizes is made in one go: decoded once, a video track for each size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tvd.errors import SourceRefusedError
from tvd.media import graph, music
from tvd.media.analysis import Analysis
from tvd.media.burn import MARGIN, Burn, input_options
from tvd.media.demo.programme import GraphInput
from tvd.media.encoders import THREADS, audio_encode_args, device_args, sizes_args
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.graph import Cut, Level
from tvd.media.house import SAMPLE_RATE, HouseFormat
from tvd.media.languages import base
from tvd.media.probe import AudioTrack, Probe, VideoTrack
from tvd.media.treatment import Treatment
from tvd.media.whitelist import source_options

_SEEK_MARGIN: Final = 1.0
"""Seconds before the first frame wanted at which reading begins: decoders and filters settle in them."""


SourceInput = Path | GraphInput
"""What can be normalised."""


@dataclass(frozen=True, slots=True)
class Tracks:
    """The tracks that air: the picture (None: music), else its cover art, and the sound (None: silent)."""

    video: VideoTrack | None
    cover: VideoTrack | None
    audio: AudioTrack | None


def choose_tracks(probe: Probe, treatment: Treatment) -> Tracks:
    """Return the tracks that air.

    Picture: the largest. Sound: the most wanted language, then the default one, then the one with most channels.
    Raises :class:`~tvd.errors.SourceRefusedError` when there is neither picture nor sound.
    """
    moving = [track for track in probe.video if not track.attached_picture]
    covers = [track for track in probe.video if track.attached_picture]
    wanted = [base(name) for name in treatment.audio_language]

    def rank(track: AudioTrack) -> tuple[int, bool, int, int]:
        language = base(track.language)
        place = wanted.index(language) if language in wanted else len(wanted)
        return (place, not track.default, -track.channels, track.index)

    playable = [track for track in probe.audio if track.channels > 0]
    audio = min(playable, key=rank, default=None)
    video = max(moving, key=lambda track: (track.width * track.height, -track.index), default=None)
    cover = max(covers, key=lambda track: track.width * track.height, default=None)
    if video is None and cover is None and audio is None:
        raise SourceRefusedError("neither picture nor sound")
    if video is None and audio is None:
        raise SourceRefusedError("a still picture without sound")
    return Tracks(video, cover if video is None else None, audio)


def normalise_argv(
    ffmpeg: Ffmpeg,
    source: SourceInput,
    probe: Probe | None,
    house: HouseFormat,
    treatment: Treatment,
    analysis: Analysis,
    segments: int,
    *,
    first_segment: int = 0,
    steady: Path | None = None,
    burnt: Burn | None = None,
) -> list[str]:
    """Return the argv that writes ``segments`` segments of ``source`` as fragmented MP4 to stdout.

    ``first_segment`` > 0 goes on with an interrupted job: segments ``first_segment - 1`` (pre-roll, to be dropped) up
    to the end come out, of the same frames and samples as in a run from the beginning. ``probe`` is None for a
    :class:`GraphInput`, which is always made from its beginning, and dropped up to there. ``steady`` is what
    :func:`steady_argv` made of a sound that changes its form; then ``first_segment`` must be 0.
    """
    cut = Cut(house, max(0, first_segment - 1), segments)
    if isinstance(source, GraphInput):
        graphs = _made_graphs(source, cut, treatment, ffmpeg)
    else:
        assert probe is not None
        graphs = _file_graphs(choose_tracks(probe, treatment), cut, treatment, analysis, ffmpeg, steady, burnt)
    return [
        *_head(ffmpeg),
        *device_args(house),
        *input_args(source, cut, downmix(source, probe, treatment), burnt),
        *_steady_input(steady, analysis),
        *_complex(graphs),
        *(word for label in graph.outputs(house) for word in ("-map", label)),
        *(*sizes_args(house), "-fps_mode", "passthrough"),
        *("-map", "[a]", *audio_encode_args(house)),
        *_OUTPUT,
    ]


def sound_argv(
    ffmpeg: Ffmpeg,
    source: SourceInput,
    probe: Probe | None,
    house: HouseFormat,
    treatment: Treatment,
    analysis: Analysis,
    segments: int,
    *,
    steady: Path | None = None,
) -> list[str]:
    """Return the argv that writes only the sound of ``source``, on the same grid, as fragmented MP4 to stdout.

    For an asset whose picture is right already: a provisional one is made proper by new sound. Fragments are as long
    as segments, but cut by the muxer's clock: count packets.
    """
    cut = Cut(house, 0, segments)
    if isinstance(source, GraphInput):
        sound = _made_sound(source, cut)
    else:
        assert probe is not None
        sound = _file_sound(choose_tracks(probe, treatment).audio, cut, analysis, steady)
    return [
        *_head(ffmpeg),
        *input_args(source, cut, downmix(source, probe, treatment)),
        *_steady_input(steady, analysis),
        *_complex([sound]),
        *("-map", "[a]", *audio_encode_args(house)),
        *("-frag_duration", str(int(house.grid.duration * 1_000_000))),
        *_OUTPUT,
    ]


def steady_argv(ffmpeg: Ffmpeg, source: Path, probe: Probe, treatment: Treatment, to: Path) -> list[str]:
    """Return the argv that writes the sound of ``source`` into ``to`` as samples of one rate and layout.

    For a sound whose rate or channels change in the file. NUT keeps the time of each sample; no filter here counts.
    """
    track = choose_tracks(probe, treatment).audio
    assert track is not None
    form = f"aresample={SAMPLE_RATE},aformat=sample_fmts=s16:channel_layouts=stereo"
    return [
        *_head(ffmpeg),
        *input_args(source),
        *("-map", f"0:{track.index}", "-af", form, "-c:a", "pcm_s16le", "-f", "nut", "-y", f"file:{to}"),
    ]


def _steady_input(steady: Path | None, analysis: Analysis) -> list[str]:
    """Return the arguments that open what :func:`steady_argv` made, at the time its sound begins in the source."""
    if steady is None:
        return []
    return ["-itsoffset", f"{analysis.audio_start:.6f}", "-f", "nut", "-i", f"file:{steady}"]


_OUTPUT: Final = (
    *("-map_metadata", "-1", "-map_chapters", "-1", "-max_muxing_queue_size", "65536"),
    # Sound waits for a picture that stands for minutes: else all of it until then is one fragment, too long for a pipe.
    *("-max_interleave_delta", "0"),
    *("-f", "mp4", "-fflags", "+bitexact", "-flush_packets", "1"),
    # Twice a second, not only at key frames: a segment is whole when its last sound is out, not a segment later.
    *("-frag_duration", "500000"),
    *("-movflags", "+frag_keyframe+delay_moov+default_base_moof+skip_trailer", "pipe:1"),
)


def _head(ffmpeg: Ffmpeg) -> list[str]:
    return [
        *(ffmpeg.path, "-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+warning"),
        *("-filter_complex_threads", str(THREADS)),
    ]


def downmix(source: SourceInput, probe: Probe | None, treatment: Treatment) -> list[str]:
    """Return the decoder's option for a sound that broadcasters switch between 5.1 and stereo within one file.

    The decoder then always gives stereo; a change there would begin the sound's filter graph, and its count, again.
    """
    if isinstance(source, GraphInput) or probe is None:
        return []
    track = choose_tracks(probe, treatment).audio
    return [f"-downmix:{track.index}", "stereo"] if track is not None and track.codec in {"ac3", "eac3"} else []


def input_args(
    source: SourceInput, cut: Cut | None = None, extra: Sequence[str] = (), burnt: Burn | None = None
) -> list[str]:
    """Return the arguments that open ``source``, sandboxed, where ``cut`` begins; ``extra`` goes to its decoders."""
    if isinstance(source, GraphInput):
        return ["-threads", str(THREADS), *source.args]
    seek: list[str] = []
    if cut is not None and cut.first:
        at = max(0.0, float(cut.seconds) - (MARGIN if burnt is not None and burnt.decoder else _SEEK_MARGIN))
        # Times of the source are kept, so that its frames fall on the grid as in a run from the beginning.
        seek = ["-copyts", "-start_at_zero", "-noaccurate_seek", "-ss", f"{at:.6f}"]
    options = [
        word
        for name, value in source_options(decoders=burnt.decoder if burnt else "").items()
        for word in (f"-{name}", value)
    ]
    fixed = ("-threads", str(THREADS), "-noautorotate", "-reinit_filter:v", "0")
    return [*seek, *fixed, *options, *input_options(burnt), *extra, "-i", f"file:{source}"]


def _complex(graphs: list[str]) -> list[str]:
    return [word for graph_ in graphs for word in ("-filter_complex", graph_)]


def _file_graphs(
    tracks: Tracks,
    cut: Cut,
    treatment: Treatment,
    analysis: Analysis,
    ffmpeg: Ffmpeg,
    steady: Path | None,
    burnt: Burn | None,
) -> list[str]:
    if tracks.video is not None:
        moving = graph.picture(
            f"0:{tracks.video.index}",
            tracks.video,
            cut,
            treatment,
            ffmpeg.filters,
            interlaced=analysis.interlaced,
            burnt=burnt,
        )
        return [moving, _file_sound(tracks.audio, cut, analysis, steady)]
    cover = None if tracks.cover is None else f"0:{tracks.cover.index}"
    return [music.picture(_file_sound(tracks.audio, cut, analysis, steady, "sound"), "sound", cover, cut)]


def _file_sound(track: AudioTrack | None, cut: Cut, analysis: Analysis, steady: Path | None, label: str = "a") -> str:
    over = analysis.audio_end is not None and analysis.audio_end <= float(cut.seconds) - _SEEK_MARGIN / 2
    if track is None or not analysis.audible or over:
        return graph.silence(cut, label)
    level = Level(analysis.gain_db, analysis.limiter)
    source = f"0:{track.index}" if steady is None else "1:0"
    return graph.sound(source, cut, level, start=analysis.audio_start, label=label)


def _made_graphs(source: GraphInput, cut: Cut, treatment: Treatment, ffmpeg: Ffmpeg) -> list[str]:
    track = VideoTrack(index=0, codec="rawvideo", width=cut.house.width, height=cut.house.height)
    moving = f"{source.video}[made];" + graph.picture("made", track, cut, treatment, ffmpeg.filters, interlaced=False)
    return [moving, _made_sound(source, cut)]


def _made_sound(source: GraphInput, cut: Cut) -> str:
    return f"{source.audio}[played];" + graph.sound("played", cut, Level())
