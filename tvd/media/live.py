"""The argv of the live process: NUT in on stdin, CMAF fragments out on stdout, for the whole life of a channel."""

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
    ffmpeg: str,
    house: HouseFormat,
    settings: LiveSettings,
    first_seq: int,
) -> list[str]:
    """Return the command whose first fragment is numbered ``first_seq``.

    ``-copyts`` with ``delay_moov`` and ``frag_discont`` makes decode times absolute; ``use_editlist`` takes the
    reordering delay off again, so that presentation times are exactly the grid's in every player.
    """
    video = [*encode_args(house)] if settings.encodes_video else ["-c:v", "copy"]
    audio = [*audio_encode_args(house)] if settings.encodes_audio else ["-c:a", "copy"]
    if settings.video_filter:
        video += ["-vf", settings.video_filter]
    if settings.audio_filter:
        audio += ["-af", settings.audio_filter]
    return [
        ffmpeg, "-hide_banner", "-nostats", "-loglevel", f"level+{settings.loglevel}",
        "-threads", "1", "-copyts", *settings.input_args,
        "-f", "nut", "-i", "pipe:0",
        "-map", "0", *video, *audio, *settings.output_args,
        "-f", "mp4", "-use_editlist", "1",
        "-movflags", "+frag_keyframe+delay_moov+frag_discont+default_base_moof+skip_trailer",
        # A number of 31 bits in ffmpeg; numbers are larger from the year 2100 on.
        "-fragment_index", str(max(1, first_seq % 2**31)), "-video_track_timescale", str(house.grid.fps * 512),
        "pipe:1",
    ]  # fmt: skip


def _names_codec(args: Sequence[str], kind: str) -> bool:
    names = {"v": ("-c:v", "-codec:v", "-vcodec"), "a": ("-c:a", "-codec:a", "-acodec")}[kind]
    return any(args[i] in names and args[i + 1] != "copy" for i in range(len(args) - 1))
