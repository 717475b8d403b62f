"""The argv of the live process: NUT in on stdin, CMAF fragments out on stdout, for the whole life of a channel.

A house of several sizes is one process still: its own size comes out of stdout, each smaller one, with the same sound,
out of a pipe of its own.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from tvd.media.encoders import audio_encode_args, encode_args
from tvd.media.house import HouseFormat


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """What an operator may add to the live process of a channel; empty: coded pictures and sound pass as they are."""

    loglevel: str = "warning"
    input_args: tuple[str, ...] = ()
    output_args: tuple[str, ...] = ()
    video_filter: str = ""
    audio_filter: str = ""

    @property
    def encodes_video(self) -> bool:
        """Whether pictures are encoded again on air."""
        return bool(self.video_filter) or _names_codec(self.output_args, "v")

    @property
    def encodes_audio(self) -> bool:
        """Whether sound is encoded again on air."""
        return bool(self.audio_filter) or _names_codec(self.output_args, "a")

    @property
    def encodes(self) -> bool:
        """Whether anything is: then a second run does not make the same bytes again."""
        return self.encodes_video or self.encodes_audio

    @property
    def key(self) -> str:
        """Eight hexadecimal digits of everything that changes what comes out, empty when nothing does."""
        if not (self.encodes or self.input_args or self.output_args):
            return ""
        text = repr((self.input_args, self.output_args, self.video_filter, self.audio_filter))
        return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()


def live_argv(
    ffmpeg: str, house: HouseFormat, settings: LiveSettings, first_seq: int, pipes: Sequence[int] = ()
) -> list[str]:
    """Return the command whose first fragment is numbered ``first_seq``.

    ``pipes`` are the descriptors it writes the smaller sizes of ``house`` to; without them only the house's own size
    comes out. ``-copyts`` with ``delay_moov`` and ``frag_discont`` makes decode times absolute; ``use_editlist`` takes
    the reordering delay off again, so that presentation times are exactly the grid's in every player.
    """
    sizes = house.sizes if pipes else house.sizes[:1]
    argv = [
        ffmpeg, "-hide_banner", "-nostats", "-loglevel", f"level+{settings.loglevel}",
        "-threads", "1", "-copyts", *settings.input_args,
        "-f", "nut", "-i", "pipe:0",
    ]  # fmt: skip
    for place, (size, to) in enumerate(zip(sizes, (1, *pipes), strict=True)):
        argv += _picture(size, settings, place, len(sizes))
        argv += [*audio_encode_args(size)] if settings.encodes_audio else ["-c:a", "copy"]
        argv += ["-af", settings.audio_filter] if settings.audio_filter else []
        argv += [
            *settings.output_args,
            "-f", "mp4", "-use_editlist", "1",
            "-movflags", "+frag_keyframe+delay_moov+frag_discont+default_base_moof+skip_trailer",
            # A number of 31 bits in ffmpeg; numbers are larger from the year 2100 on.
            "-fragment_index", str(max(1, first_seq % 2**31)), "-video_track_timescale", str(house.grid.fps * 512),
            f"pipe:{to}",
        ]  # fmt: skip
    return argv


def feeds_all(settings: LiveSettings) -> bool:
    """Whether every size is fed; pictures encoded again are all made of the house's own size."""
    return not settings.encodes_video


def _picture(size: HouseFormat, settings: LiveSettings, place: int, sizes: int) -> list[str]:
    """Return what is taken and how its picture is made, for the output of one size."""
    fed = f"0:v:{place if feeds_all(settings) else 0}"
    taken = ["-map", "0"] if sizes == 1 else ["-map", fed, "-map", "0:a"]
    if not settings.encodes_video:
        return [*taken, "-c:v", "copy"]
    filtered = ["-vf", settings.video_filter] if settings.video_filter else []
    # The filter sees the house's own size, so that what it draws looks alike in all; -s scales what it gives.
    scaled = ["-s", f"{size.width}x{size.height}"] if place else []
    return [*taken, *encode_args(size), *filtered, *scaled]


def _names_codec(args: Sequence[str], kind: str) -> bool:
    names = {"v": ("-c:v", "-codec:v", "-vcodec"), "a": ("-c:a", "-codec:a", "-acodec")}[kind]
    return any(args[i] in names and args[i + 1] != "copy" for i in range(len(args) - 1))
