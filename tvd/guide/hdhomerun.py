"""An HDHomeRun, as far as boxes can tell: its answers, and the UDP protocol it is found by (libhdhomerun's). Pure.

A packet is type and length (16 bits each, big-endian), the payload of tag, length and value, and the CRC-32 of all
that, little-endian. Lengths from 128 on take two bytes: seven low bits with the top one set, then the rest.
"""

import zlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

DISCOVER_PORT: Final = 65001
MANUFACTURER: Final = "Silicondust"
# A model that transcodes (HDTC) makes Jellyfin ask for profiles; one tuner type and whole streams is what we are.
MODEL: Final = "HDHR4-2US"
FIRMWARE: Final = "hdhomerun4_atsc"
FIRMWARE_VERSION: Final = "20200101"
BUSY: Final = "805 All Tuners In Use"
UNKNOWN: Final = "801 Unknown Channel"
"""What ``X-HDHomeRun-Error`` says beside 503 and 404."""

_DISCOVER_REQUEST: Final = 2
_DISCOVER_REPLY: Final = 3
_DEVICE_TYPE, _DEVICE_ID, _TUNER_COUNT, _LINEUP_URL, _BASE_URL, _MULTI_TYPE = 0x01, 0x02, 0x10, 0x27, 0x2A, 0x2D
_TUNER: Final = 1
_ANY: Final = 0xFFFF_FFFF
_LONGEST: Final = 1_460
_CHECK: Final = (0xA, 0x5, 0xF, 0x6, 0x7, 0xC, 0x1, 0xB, 0x9, 0x2, 0x8, 0xD, 0x4, 0x3, 0xE, 0x0)


class Device(msgspec.Struct, frozen=True):
    """Who we are to boxes: ``number`` (32 bits, with a valid check digit) for ever, ``name`` as people see it."""

    number: int
    name: str
    tuners: int

    @property
    def id(self) -> str:
        """The device id as it is written: eight hexadecimal digits."""
        return f"{self.number:08X}"

    @property
    def uuid(self) -> str:
        """The same as a UUID, for UPnP."""
        return f"2f402f80-da50-11e1-9b23-0000{self.number:08x}"


# The device id -------------------------------------------------------------------------------------------------------


def is_valid(number: int) -> bool:
    """Return whether a device id's digits agree, as libhdhomerun (and Plex with it) checks."""
    return 0 < number < _ANY and _sum(number) == 0


def device_number(chosen: int) -> int:
    """Return a valid device id made of 24 bits of ``chosen``; it begins with 1 as those of tuners do."""
    number = 0x1000_0000 | (chosen & 0x00FF_FFFF) << 4
    return number | _sum(number)


def _sum(number: int) -> int:
    """Return the exclusive or of all digits, every other one through the table, from the highest on."""
    digits = [number >> shift & 0xF for shift in range(28, -4, -4)]
    total = 0
    for place, digit in enumerate(digits):
        total ^= digit if place % 2 else _CHECK[digit]
    return total


# What it answers over HTTP -------------------------------------------------------------------------------------------


def discover(device: Device, base: str) -> dict[str, Any]:
    """Return ``/discover.json``; ``base`` is the absolute URL of our root without a slash at its end."""
    return {
        "FriendlyName": device.name,
        "Manufacturer": MANUFACTURER,
        "ModelNumber": MODEL,
        "FirmwareName": FIRMWARE,
        "FirmwareVersion": FIRMWARE_VERSION,
        "DeviceID": device.id,
        "DeviceAuth": "tvd",
        "BaseURL": base,
        "LineupURL": f"{base}/lineup.json",
        "TunerCount": device.tuners,
    }


LINEUP_STATUS: Final[Mapping[str, Any]] = {
    "ScanInProgress": 0,
    "ScanPossible": 1,
    "Source": "Cable",
    "SourceList": ["Cable"],
}
"""``/lineup_status.json``: there is never anything to scan."""


def lineup(base: str, channels: Iterable[tuple[int, str, bool]]) -> list[dict[str, Any]]:
    """Return ``/lineup.json`` for channels of number, name, and whether they are HD."""
    return [
        {
            "GuideNumber": str(number),
            "GuideName": name,
            "VideoCodec": "H264",
            "AudioCodec": "AAC",
            "HD": int(high),
            "URL": f"{base}/auto/v{number}",
        }
        for number, name, high in channels
    ]


# How it is found -----------------------------------------------------------------------------------------------------


def reply(packet: bytes, device: Device, base: str) -> bytes | None:
    """Return the answer to a discovery ``packet``; None when it is none, or asks for another device."""
    try:
        kind, tags = read(packet)
    except ValueError:
        return None
    if kind != _DISCOVER_REQUEST:
        return None
    wanted = int.from_bytes(tags.get(_DEVICE_ID, b"\xff" * 4))
    kinds = tags.get(_DEVICE_TYPE, b"") + tags.get(_MULTI_TYPE, b"")
    types = {int.from_bytes(kinds[at : at + 4]) for at in range(0, len(kinds), 4)} or {_ANY}
    if wanted not in {_ANY, device.number} or not types & {_ANY, _TUNER}:
        return None
    return packed(
        _DISCOVER_REPLY,
        (
            (_DEVICE_TYPE, _TUNER.to_bytes(4)),
            (_DEVICE_ID, device.number.to_bytes(4)),
            (_TUNER_COUNT, min(device.tuners, 255).to_bytes(1)),
            (_BASE_URL, base.encode()),
            (_LINEUP_URL, f"{base}/lineup.json".encode()),
        ),
    )


def packed(kind: int, tags: Iterable[tuple[int, bytes]]) -> bytes:
    """Return a packet."""
    payload = b"".join(bytes([tag]) + _length(len(value)) + value for tag, value in tags)
    whole = kind.to_bytes(2) + len(payload).to_bytes(2) + payload
    return whole + zlib.crc32(whole).to_bytes(4, "little")


def _length(size: int) -> bytes:
    return bytes([size]) if size < 128 else bytes([size & 0x7F | 0x80, size >> 7])


def read(packet: bytes) -> tuple[int, dict[int, bytes]]:
    """Return type and tags of ``packet``; raises ``ValueError`` when it is damaged."""
    if not 8 <= len(packet) <= _LONGEST or zlib.crc32(packet[:-4]).to_bytes(4, "little") != packet[-4:]:
        raise ValueError("not a packet, or a damaged one")
    payload, tags, at = packet[4:-4], dict[int, bytes](), 0
    if len(payload) != int.from_bytes(packet[2:4]):
        raise ValueError("not as long as it says")
    while at + 2 <= len(payload):
        tag, size, at = payload[at], payload[at + 1], at + 2
        if size & 0x80:
            if at == len(payload):
                raise ValueError("half a length")
            size, at = size & 0x7F | payload[at] << 7, at + 1
        if at + size > len(payload):
            raise ValueError("a value that does not end")
        tags[tag] = payload[at : at + size]
        at += size
    return int.from_bytes(packet[:2]), tags
