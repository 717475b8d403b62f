"""Filter graphs that turn any picture and any sound into the house's, as pure functions from values to text.

A :class:`Cut` says which part of the house's time line comes out. Source times are rounded to the grid before
anything is cut, always the same way, so a run that begins in the middle gives the same frames and samples as one that
came from the beginning. Everything after the first size is known survives a change of size in the file: ``scale`` and
``pad`` follow it (run ffmpeg with ``-reinit_filter 0``; a new graph would begin its counting again).
"""

from dataclasses import dataclass
from typing import Final

from tvd.media.burn import Burn, over
from tvd.media.encoders import upload_filter
from tvd.media.house import SAMPLE_RATE, HouseFormat
from tvd.media.probe import VideoTrack
from tvd.media.treatment import Treatment

FADE: Final = 0.03
"""Seconds of fade at both ends of the sound: without it a join clicks."""
CEILING: Final = -2.0
"""Limit before the AAC encoder in dBTP: encoding adds up to a decibel, and -1 dBTP must come out."""
HDR_TRANSFERS: Final = frozenset({"smpte2084", "arib-std-b67"})
"""PQ and HLG."""

_TICKS: Final = 90_000
_JUMP: Final = 0.03
"""Seconds by which timestamps of the sound may be off before it is cut or filled at once, not stretched slowly."""
_GUARD: Final = 4_800
"""Samples of silence put before the sound while its end is faded: the fade needs more than its own length."""
STEREO: Final = f"aformat=sample_fmts=fltp:sample_rates={SAMPLE_RATE}:channel_layouts=stereo"
_BT709: Final = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv:field_mode=prog"
_ROTATE: Final = {90: "transpose=clock", 180: "hflip,vflip", 270: "transpose=cclock"}


@dataclass(frozen=True, slots=True)
class Cut:
    """Segments ``first`` up to (not including) ``stop`` of the programme's own time line."""

    house: HouseFormat
    first: int
    stop: int

    @property
    def seconds(self) -> str:
        """Where it begins in the source, in seconds from the source's start."""
        return f"{float(self.first * self.house.grid.duration):.6f}"

    @property
    def first_frame(self) -> int:
        """Number of the first frame."""
        return self.first * self.house.grid.frames

    @property
    def frames(self) -> int:
        """Video frames that come out."""
        return (self.stop - self.first) * self.house.grid.frames

    @property
    def first_sample(self) -> int:
        """Number of the first sample."""
        return self.first * self.house.grid.samples

    @property
    def samples(self) -> int:
        """Audio samples that come out."""
        return (self.stop - self.first) * self.house.grid.samples


@dataclass(frozen=True, slots=True)
class Level:
    """What is done to the loudness: ``gain`` in dB, then a true peak limiter where ``limiter``."""

    gain: float = 0.0
    limiter: bool = False


def picture(
    source: str,
    track: VideoTrack,
    cut: Cut,
    treatment: Treatment,
    filters: frozenset[str],
    *,
    interlaced: bool,
    burnt: Burn | None = None,
) -> str:
    """Return the graph from ``[source]`` to ``[v]``: exactly ``cut.frames`` frames of the house, in each size.

    ``burnt`` are subtitles in the picture; they go by the source's times. ``filters`` are those this ffmpeg has: HDR
    is mapped with zscale and tonemap, or with a table where they are not.
    """
    hdr = track.color_transfer in HDR_TRANSFERS
    rate = _rate(cut)
    early = track.frame_rate > cut.house.grid.fps and not interlaced and burnt is None
    steps = ["sidedata=mode=delete"]
    if interlaced or track.rotation or track.mirrored or hdr:
        steps.append("scale=w=iw:h=ih")  # holds the first size: these filters do not survive a change
    if interlaced:
        fields = "send_field" if cut.house.grid.fps > 1.5 * track.frame_rate > 0 else "send_frame"
        steps.append(f"bwdif=mode={fields}:parity={_parity(track)}:deint=all")
    if early:
        steps.append(rate)
    if track.mirrored:
        steps.append("vflip")
    if track.rotation in _ROTATE:
        steps.append(_ROTATE[track.rotation])
    steps += _fit(track, cut.house, treatment, filters)
    written = over(burnt, track, cut.house) if burnt is not None else ""
    after = "" if early else f",{rate}"
    return f"[{source}]{','.join(steps)}{written}{after},{ending(cut)}"


def outputs(house: HouseFormat) -> list[str]:
    """Return the labels that :func:`ending` gives the pictures of each size."""
    return ["[v]", *(f"[v{place}]" for place in range(1, len(house.sizes)))]


def _rate(cut: Cut) -> str:
    grid = cut.house.grid
    return f"settb=1/{_TICKS},fps=fps={grid.fps}:start_time={cut.seconds},setpts=PTS-{cut.first_frame}"


def ending(cut: Cut) -> str:
    """Pad with black to the whole segment and tag everything alike: the tags go into the parameter sets.

    The smaller sizes are made of the very frames of the first, so all show the same.
    """
    padded = f"tpad=stop=-1:stop_mode=add:color=black,trim=end_frame={cut.frames}"
    upload = upload_filter(cut.house)
    if not cut.house.renditions:
        return f"{padded},setsar=1,{_BT709},{upload}[v]"
    labels = outputs(cut.house)
    split = "".join(f"[of{label[1:]}" for label in labels)
    chains = [f"{padded},setsar=1,{_BT709},split={len(labels)}{split}", f"[ofv]{upload}[v]"]
    for label, one in zip(labels[1:], cut.house.renditions, strict=True):
        scaled = f"scale={one.width}:{one.height}:flags=bicubic:out_color_matrix=bt709:out_range=tv"
        chains.append(f"[of{label[1:]}{scaled},setsar=1,{_BT709},{upload}{label}")
    return ";".join(chains)


def _parity(track: VideoTrack) -> str:
    return {"tt": "tff", "tb": "tff", "bb": "bff", "bt": "bff"}.get(track.field_order, "auto")


def _fit(track: VideoTrack, house: HouseFormat, treatment: Treatment, filters: frozenset[str]) -> list[str]:
    """Return the steps to the house's size and colours."""
    hdr = track.color_transfer in HDR_TRANSFERS
    matrix = input_matrix(track)
    size = f"{house.width}:{house.height}"
    flags = "flags=bicubic"
    final = f"scale={size}:{flags}:out_color_matrix=bt709:out_range=tv,format=yuv420p"
    if hdr:
        # Made small first: the mapping works on floating point planes.
        before = [f"scale={_shape(house, treatment)}:{flags}:eval=frame"]
        return [*before, *tone_map(track, filters), *_frame_it(house, treatment), final]
    if track.alpha:
        before = [
            f"scale={_shape(house, treatment)}:{flags}:eval=frame:in_color_matrix={matrix}",
            "format=gbrap",
            "premultiply=inplace=1",
            "format=gbrp",
        ]
        return [*before, *_frame_it(house, treatment), final]
    converted = f"{flags}:eval=frame:in_color_matrix={matrix}:out_color_matrix=bt709:out_range=tv,format=yuv420p"
    return [f"scale={_shape(house, treatment)}:{converted}", *_frame_it(house, treatment)]


def input_matrix(track: VideoTrack) -> str:
    """Return the colour matrix to read a picture with: its tag, else what its size says (ITU-R BT.601 or BT.709)."""
    if track.color_space and track.color_space not in {"unknown", "unspecified", "reserved"}:
        return "auto"
    yuv = track.pixel_format.startswith(("yuv", "nv", "p0", "uyvy", "yuyv"))
    return "bt709" if yuv and (track.height >= 720 or track.width >= 1280) else "auto"


def _shape(house: HouseFormat, treatment: Treatment) -> str:
    """Return width and height for ``scale``: the source's shape with square pixels, inside or around the house's."""
    pick, wide = ("max", "iw*if(sar,sar,1)") if treatment.fit == "crop" else ("min", "iw*if(sar,sar,1)")
    width = f"{pick}({house.width},{house.height}*{wide}/ih)"
    height = f"{pick}({house.height},{house.width}*ih/({wide}))"
    return f"w='max(2,2*round({width}/2))':h='max(2,2*round({height}/2))'"


def _frame_it(house: HouseFormat, treatment: Treatment) -> list[str]:
    w, h = house.width, house.height
    padded = f"pad={w}:{h}:(ow-iw)/2:(oh-ih)/2:eval=frame"
    match treatment.fit:
        case "crop":
            # A change of size in the file could leave it smaller than the house for a while; crop cannot bear that.
            return [f"pad=max(iw\\,{w}):max(ih\\,{h}):(ow-iw)/2:(oh-ih)/2:eval=frame", "setsar=1", f"crop={w}:{h}"]
        case "blur":
            small_w, small_h = max(2, w // 16 * 2), max(2, h // 16 * 2)
            behind = (
                f"scale={small_w}:{small_h}:force_original_aspect_ratio=increase:flags=fast_bilinear,"
                f"crop={small_w}:{small_h},gblur=sigma={max(1, small_w // 32)},"
                f"scale={w}:{h}:flags=bicubic,eq=brightness=-0.08"
            )
            return [f"setsar=1,split[front][back];[back]{behind}[soft];[soft][front]overlay=(W-w)/2:(H-h)/2"]
        case _:
            return [padded]


def tone_map(track: VideoTrack, filters: frozenset[str]) -> list[str]:
    """Return the steps from PQ or HLG to BT.709: zscale and tonemap, or a table per colour where they are missing."""
    if {"zscale", "tonemap"} <= filters:
        matrix = track.color_space if track.color_space in {"bt2020nc", "bt2020c"} else "bt2020nc"
        full = "full" if track.color_range in {"pc", "jpeg", "full"} else "limited"
        said = f"tin={track.color_transfer}:min={_ZSCALE_MATRIX[matrix]}:pin=2020:rin={full}"
        return [
            f"zscale={said}:t=linear:npl=203",
            "format=gbrpf32le",
            "zscale=p=709",
            "tonemap=tonemap=hable:desat=0:peak=5",
            "zscale=t=709:m=709:r=limited",
            "format=yuv420p",
        ]
    curve = _PQ if track.color_transfer == "smpte2084" else _HLG
    return [
        "scale=in_color_matrix=bt2020:flags=bicubic",
        "format=gbrp10le",
        f"lutrgb=r='{curve}':g='{curve}':b='{curve}'",
        # BT.2020 to BT.709 primaries, roughly: without it colours are pale.
        "colorchannelmixer=rr=1.45:rg=-0.40:rb=-0.05:gr=-0.09:gg=1.10:gb=-0.01:br=-0.02:bg=-0.08:bb=1.10",
    ]


_ZSCALE_MATRIX: Final = {"bt2020nc": "2020_ncl", "bt2020c": "2020_cl"}
# Code value -> light relative to diffuse white (203 cd/m², ITU-R BT.2408) -> Reinhard -> BT.1886 display.
_LIGHT: Final = "maxval*pow({x}*(1+{x}/25)/(1+{x}),1/2.4)"
_PQ: Final = (
    "st(0,pow(min(val/maxval,1),1/78.84375));"  # the table is longer than the values
    "st(1,10000/203*pow(max(ld(0)-0.8359375,0)/(18.8515625-18.6875*ld(0)),1/0.1593017578125));"
    + _LIGHT.format(x="ld(1)")
)
_HLG: Final = (
    "st(0,min(val/maxval,1));"
    "st(1,pow(if(lte(ld(0),0.5),ld(0)*ld(0)/3,(exp((ld(0)-0.55991073)/0.17883277)+0.28466892)/12),1.2)*1000/203);"
    + _LIGHT.format(x="ld(1)")
)


def sound(source: str, cut: Cut, level: Level, *, start: float = 0.0, label: str = "a") -> str:
    """Return the graph from ``[source]`` to ``[label]``: exactly ``cut.samples`` samples, faded at both ends.

    ``start`` is when the sound begins, in seconds from the source's start. Its end needs not be known: the sound is
    cross-faded into silence wherever it ends.
    """
    # "flags=res" resamples from the beginning, if only to the same rate. Begun at the first odd timestamp, which is
    # where swresample would, it fills up from first_pts again: all sound after it came late, by up to its whole time.
    follow = f"async=1000:min_hard_comp={_JUMP}:flags=res"
    steps = [f"aresample={SAMPLE_RATE}:{follow}:first_pts={cut.first_sample}", STEREO, *loudness(level)]
    steps.append(f"asetpts=PTS-{cut.first_sample}")
    begin = start - float(cut.first * cut.house.grid.duration)
    if cut.first == 0 or begin > 0:
        steps.append(f"afade=t=in:st={max(0.0, begin):.6f}:d={FADE}")
    steps.append(f"adelay={_GUARD}S:all=1")
    end = cut.samples / SAMPLE_RATE
    return (
        f"[{source}]{','.join(steps)}[{label}0];anullsrc=r={SAMPLE_RATE}:cl=stereo[{label}1];"
        f"[{label}0][{label}1]acrossfade=d={FADE},"
        f"atrim=start_sample={_GUARD}:end_sample={_GUARD + cut.samples},asetpts=N/SR/TB,"
        f"afade=t=out:st={end - FADE:.6f}:d={FADE},{STEREO}[{label}]"
    )


def loudness(level: Level) -> list[str]:
    """Return the steps that apply ``level``."""
    steps = [f"volume={level.gain:.2f}dB"] if level.gain else []
    if level.limiter:
        steps += limiter(CEILING, 80)
    return steps


def limiter(ceiling: float, release: int) -> list[str]:
    """Return the steps that let no true peak above ``ceiling`` dBTP, and let go in ``release`` milliseconds.

    It works at four times the rate, so that it sees them.
    """
    limit = 10 ** (ceiling / 20)
    return [
        f"aresample={SAMPLE_RATE * 4}",
        f"alimiter=limit={limit:.6f}:attack=5:release={release}:level=0:latency=1",
        f"aresample={SAMPLE_RATE}",
        STEREO,
    ]


def silence(cut: Cut, label: str = "a") -> str:
    """Return a graph that gives ``cut.samples`` samples of silence."""
    return f"anullsrc=r={SAMPLE_RATE}:cl=stereo,atrim=end_sample={cut.samples},{STEREO}[{label}]"


def measured(source: str, level: Level) -> str:
    """Return the steps from a source's sound to what is measured: as it would air, before fades and padding."""
    return f"[{source}]{','.join([f'aresample={SAMPLE_RATE}', STEREO, *loudness(level)])}"
