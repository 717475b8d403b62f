"""Everything one folder can hold: every codec at hand, every colour tag and range, every rate, in small flash-and-beep
clips; and :func:`everything`, which adds the nuisances of ``clips`` and real files to them.
"""

from pathlib import Path

from clips import PCM, REAL, RECIPES, X264, Clips, beeps, flashes

from tvd.media.ffmpeg import Ffmpeg

SECONDS = 2.0


def _both(rate: str = "25", size: str = "160x90", sample_rate: int = 48_000) -> list[str]:
    return [*flashes(size, rate, SECONDS), *beeps(SECONDS, sample_rate)]


def _tagged(primaries: str, transfer: str, matrix: str, range_: str = "tv", form: str = "yuv420p") -> list[str]:
    tags = f"color_primaries={primaries}:color_trc={transfer}:colorspace={matrix}:range={range_}"
    return ["-vf", f"scale=out_range={range_},format={form},setparams={tags}"]


_X265 = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"]
_FAST_AV1 = ["-cpu-used", "8", "-row-mt", "1", "-b:v", "300k"]

# name -> (suffix, ffmpeg arguments between "ffmpeg" and the output)
ZOO: dict[str, tuple[str, list[str]]] = {
    "mpeg1 mp2": (".mpg", [*_both(), "-c:v", "mpeg1video", "-q:v", "2", "-c:a", "mp2"]),
    "mpeg4 mp3": (".avi", [*_both("30"), "-c:v", "mpeg4", "-q:v", "2", "-c:a", "libmp3lame"]),
    "xvid ac3": (".avi", [*_both("24"), "-c:v", "libxvid", "-q:v", "2", "-c:a", "ac3"]),
    "h263 amr": (".3gp", [*_both("15", "176x144"), "-c:v", "h263", "-q:v", "2", "-c:a", "aac", "-ar", "16000"]),
    "vp8 vorbis": (
        ".webm",
        [*_both("12"), "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libvorbis"],
    ),
    "vp9 opus": (
        ".webm",
        [*_both("50"), "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"],
    ),
    "av1 aom opus": (".mkv", [*_both("10"), "-c:v", "libaom-av1", *_FAST_AV1, "-c:a", "libopus", "-ac", "1"]),
    "av1 svt flac": (".mkv", [*_both("15"), "-c:v", "libsvtav1", "-preset", "12", "-c:a", "flac"]),
    "theora vorbis": (".ogv", [*_both("25", "176x96"), "-c:v", "libtheora", "-q:v", "9", "-c:a", "libvorbis"]),
    "mjpeg alaw": (".mov", [*_both("20"), "-pix_fmt", "yuvj422p", "-c:v", "mjpeg", "-q:v", "2", "-c:a", "pcm_alaw"]),
    "prores s24": (".mov", [*_both("24"), "-c:v", "prores_ks", "-c:a", "pcm_s24le"]),
    "prores 4444": (
        ".mov",
        [*_both("30"), "-pix_fmt", "yuva444p10le", "-c:v", "prores_ks", "-profile:v", "4", "-c:a", "alac"],
    ),
    "dnxhd s16": (
        ".mxf",
        [*_both("25", "1280x720"), "-pix_fmt", "yuv422p", "-c:v", "dnxhd", "-profile:v", "dnxhr_lb", *PCM],
    ),
    "ffv1 f32": (".mkv", [*_both("25"), "-pix_fmt", "gbrp", "-c:v", "ffv1", "-c:a", "pcm_f32le"]),
    "huffyuv u8": (".avi", [*_both("25"), "-pix_fmt", "yuv422p", "-c:v", "huffyuv", "-c:a", "pcm_u8"]),
    "utvideo s32": (".mkv", [*_both("25"), "-pix_fmt", "gbrap", "-c:v", "utvideo", "-c:a", "pcm_s32le"]),
    "wmv2 wma": (".asf", [*_both("25"), "-c:v", "wmv2", "-q:v", "2", "-c:a", "wmav2"]),
    "wmv1 wma1": (".wmv", [*_both("30"), "-c:v", "wmv1", "-q:v", "2", "-c:a", "wmav1"]),
    "msmpeg4 adpcm": (".avi", [*_both("25"), "-c:v", "msmpeg4", "-q:v", "2", "-c:a", "adpcm_ms"]),
    "flv1 mp3": (".flv", [*_both("15", sample_rate=22_050), "-c:v", "flv1", "-q:v", "2", "-c:a", "libmp3lame"]),
    "raw adpcm": (".avi", [*_both("10", "96x64"), "-pix_fmt", "yuv420p", "-c:v", "rawvideo", "-c:a", "adpcm_ima_wav"]),
    "raw rgb 192k": (".mov", [*_both("12", "96x64"), "-pix_fmt", "rgb24", "-c:v", "rawvideo", *PCM, "-ar", "192000"]),
    "gif": (".mov", [*flashes(rate="10", seconds=SECONDS), "-c:v", "gif"]),
    "hevc eac3": (
        ".mp4",
        [
            *_both("60"),
            *_X265,
            "-tag:v",
            "hvc1",
            "-c:a",
            "eac3",
            "-ac",
            "6",
        ],
    ),
    "hevc 10 bit": (
        ".mkv",
        [
            *_both("24"),
            "-pix_fmt",
            "yuv420p10le",
            *_X265,
            "-c:a",
            "aac",
            "-ar",
            "96000",
        ],
    ),
    "h264 10 bit 422": (".mkv", [*_both("25"), "-pix_fmt", "yuv422p10le", *X264, "-c:a", "flac", "-ar", "88200"]),
    "h264 intra lossless": (
        ".mkv",
        [
            *_both("8"),
            "-pix_fmt",
            "yuv444p",
            "-c:v",
            "libx264",
            "-qp",
            "0",
            "-preset",
            "ultrafast",
            "-c:a",
            "ac3",
            "-ac",
            "1",
            "-ar",
            "32000",
        ],
    ),
    "7.1 pcm": (".mov", [*_both("25"), *X264, *PCM, "-af", "aformat=channel_layouts=7.1"]),
    "7.1 opus": (
        ".mkv",
        [*_both("25"), *X264, "-c:a", "libopus", "-af", "aformat=channel_layouts=7.1", "-mapping_family", "1"],
    ),
    "5.1 aac": (".mp4", [*_both("25"), *X264, "-c:a", "aac", "-ac", "6", "-ar", "44100"]),
    "mono 8k": (
        ".avi",
        [*_both("25", sample_rate=8_000), "-c:v", "mpeg4", "-q:v", "2", "-c:a", "pcm_mulaw", "-ac", "1"],
    ),
    "11k wavpack": (".mkv", [*_both("25", sample_rate=11_025), *X264, "-c:a", "wavpack"]),
    "cinepak": (".avi", [*flashes("96x64", "8", 1.0), "-c:v", "cinepak"]),
    "dv": (".dv", [*_both("25", "720x576"), "-pix_fmt", "yuv420p", "-c:v", "dvvideo", *PCM, "-ac", "2"]),
    "png": (".mov", [*flashes("96x64", "12", SECONDS), "-c:v", "png"]),
    "snow": (".avi", [*flashes("96x64", "12", 1.0), "-c:v", "snow", "-strict", "-2", "-q:v", "2"]),
    "svq1": (".mov", [*flashes("160x96", "12", 1.0), "-c:v", "svq1", "-q:v", "2"]),
    "cfhd": (".mov", [*_both("25"), "-pix_fmt", "yuv422p10le", "-c:v", "cfhd", "-c:a", "adpcm_ima_qt"]),
    "mpeg2 422 full": (
        ".mkv",
        [
            *_both("29.97"),
            "-pix_fmt",
            "yuv422p",
            "-c:v",
            "mpeg2video",
            "-q:v",
            "2",
            "-color_range",
            "pc",
            "-c:a",
            "dca",
            "-strict",
            "-2",
        ],
    ),
    "bt709 tv": (".mp4", [*_both("23.976"), *_tagged("bt709", "bt709", "bt709"), *X264, "-c:a", "aac"]),
    "bt709 pc": (".mp4", [*_both("25"), *_tagged("bt709", "bt709", "bt709", "pc"), *X264, "-c:a", "aac"]),
    "bt470 pc 422": (".mkv", [*_both(), *_tagged("bt470bg", "bt470bg", "bt470bg", "pc", "yuv422p"), *X264, *PCM]),
    "smpte170m": (".mkv", [*_both(), *_tagged("smpte170m", "smpte170m", "smpte170m"), *X264, *PCM]),
    "smpte240m": (".mkv", [*_both(), *_tagged("smpte240m", "smpte240m", "smpte240m"), *X264, *PCM]),
    "fcc film": (".mkv", [*_both(), *_tagged("film", "linear", "fcc"), *X264, *PCM]),
    "ycgco": (".mkv", [*_both(), *_tagged("bt709", "iec61966-2-1", "ycgco", form="yuv444p"), *X264, *PCM]),
    "bt2020 10": (".mkv", [*_both(), *_tagged("bt2020", "bt2020-10", "bt2020nc", form="yuv420p10le"), *X264, *PCM]),
    "hevc pq": (
        ".mp4",
        [
            *_both(),
            *_tagged("bt2020", "smpte2084", "bt2020nc", form="yuv420p10le"),
            *_X265,
            "-c:a",
            "aac",
        ],
    ),
    "grey 16": (".mkv", [*_both("25"), "-pix_fmt", "gray16le", "-c:v", "ffv1", *PCM]),
    "rgb x264": (".mkv", [*_both("25"), "-pix_fmt", "rgb24", "-c:v", "libx264rgb", "-preset", "ultrafast", *PCM]),
    "interlaced bff": (
        ".mov",
        [
            *flashes("720x480", "60000/1001", SECONDS),
            *beeps(SECONDS),
            "-vf",
            "interlace=scan=bff,setsar=8/9",
            *X264,
            "-flags",
            "+ildct+ilme",
            "-x264-params",
            "bff=1",
            "-c:a",
            "aac",
        ],
    ),
    "ogg music": (".ogg", [*beeps(SECONDS), "-c:a", "libvorbis"]),
    "wav": (".wav", [*beeps(SECONDS, 44_100), *PCM]),
}
_NAMED = ("-c:v", "-c:a")


def zoo(clips: Clips, ffmpeg: Ffmpeg) -> dict[str, Path]:
    """Make all of :data:`ZOO` that this ffmpeg has the encoders for."""
    made = {}
    for name, (suffix, arguments) in ZOO.items():
        named = [arguments[at + 1] for at, word in enumerate(arguments[:-1]) if word in _NAMED]
        if all(encoder in ffmpeg.encoders for encoder in named):
            made[name] = clips.make(f"zoo {name}", suffix, *arguments)
    return made


def everything(clips: Clips, ffmpeg: Ffmpeg) -> dict[str, Path]:
    """Make every clip there is: the zoo, the nuisances, what must be put together by hand; and the real ones."""
    by_hand = {name: getattr(clips, name)() for name in ("rotated", "resized", "switching", "covered")}
    real = {Path(path).stem: Path(path) for path in REAL}
    return {name: clips.get(name) for name in RECIPES} | by_hand | real | zoo(clips, ffmpeg)
