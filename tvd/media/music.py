"""The picture of a music file: its cover over a soft, dark enlargement of itself, with the sound moving below.

Without a cover the background is calm. Everything that does not move is made once and repeated.
"""

from tvd.media import graph
from tvd.media.graph import Cut


def picture(sound: str, label: str, cover: str | None, cut: Cut) -> str:
    """Return one graph with outputs ``[v]`` … and ``[a]``: ``sound`` is the graph whose output ``[label]`` is heard."""
    house = cut.house
    w, h, fps = house.width, house.height, house.grid.fps
    wave_h = max(2, h // 4 // 2 * 2)
    backdrop = _calm(cut) if cover is None else _cover(cover, cut)
    return (
        f"{sound};[{label}]asplit[a][heard];"
        f"[heard]showwaves=s={w}x{wave_h}:mode=cline:rate={fps}:draw=full:scale=sqrt:colors=0xE8D8B0|0xC8B890[wave];"
        f"{backdrop},format=yuv420p,loop=loop=-1:size=1,settb=1/{fps},setpts=N,fps={fps}[still];"
        f"[still][wave]overlay=0:{h - wave_h - h // 24}:format=auto,"
        f"scale={w}:{h}:out_color_matrix=bt709:out_range=tv,"
        f"{graph.ending(cut)}"
    )


def _calm(cut: Cut) -> str:
    house = cut.house
    return (
        f"color=c=0x101828:size={house.width}x{house.height}:rate={house.grid.fps},trim=end_frame=1,format=gbrp,"
        "geq=r='18+22*Y/H':g='22+14*Y/H+6*X/W':b='44+30*(1-Y/H)'"
    )


def _cover(cover: str, cut: Cut) -> str:
    w, h = cut.house.width, cut.house.height
    side = max(2, h * 5 // 8 // 2 * 2)
    small_w, small_h = max(2, w // 16 * 2), max(2, h // 16 * 2)
    return (
        f"[{cover}]trim=end_frame=1,setpts=0,sidedata=mode=delete,setsar=1,format=gbrap,premultiply=inplace=1,"
        f"format=gbrp,split[cover][behind];"
        f"[behind]scale={small_w}:{small_h}:force_original_aspect_ratio=increase,crop={small_w}:{small_h},"
        f"gblur=sigma={max(1, small_w // 24)},scale={w}:{h},setsar=1,"
        f"colorlevels=romax=0.45:gomax=0.45:bomax=0.45[soft];"
        f"[cover]scale={side}:{side}:force_original_aspect_ratio=decrease,setsar=1[sharp];"
        f"[soft][sharp]overlay=(W-w)/2:{h // 24}+({side}-h)/2:format=gbrp"
    )
