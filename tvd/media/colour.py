"""ffmpeg's names of colour and field tags by their numbers (ITU-T H.273), as the normaliser's filters want them."""

from collections.abc import Mapping
from typing import Final

RANGES: Final = {1: "tv", 2: "pc"}
PRIMARIES: Final = {
    1: "bt709",
    4: "bt470m",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "film",
    9: "bt2020",
    10: "smpte428",
    11: "smpte431",
    12: "smpte432",
    22: "ebu3213",
}
TRANSFERS: Final = {
    1: "bt709",
    4: "bt470m",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "linear",
    9: "log100",
    10: "log316",
    11: "iec61966-2-4",
    12: "bt1361e",
    13: "iec61966-2-1",
    14: "bt2020-10",
    15: "bt2020-12",
    16: "smpte2084",
    17: "smpte428",
    18: "arib-std-b67",
}
SPACES: Final = {
    0: "gbr",
    1: "bt709",
    4: "fcc",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "ycgco",
    9: "bt2020nc",
    10: "bt2020c",
    11: "smpte2085",
    12: "chroma-derived-nc",
    13: "chroma-derived-c",
    14: "ictcp",
}
_FIELD_ORDERS: Final = {1: "progressive", 2: "tt", 3: "bb", 4: "tb", 5: "bt"}


def name(names: Mapping[int, str], *numbers: int | None) -> str:
    """Return the name of the first number that has one: the container's tag before the frame's; empty when untagged."""
    return next((names[number] for number in numbers if number is not None and number in names), "")


def field_order(number: int, interlaced: bool) -> str:
    """Return ffmpeg's name of a field order; what the decoder saw in a frame outweighs a header that says nothing."""
    if interlaced and number in (0, 1):
        return "tt"
    return _FIELD_ORDERS.get(number, "")
