"""SSDP (UPnP Device Architecture 1.1, section 1): what is answered to a search, and what is announced. Pure."""

from collections.abc import Mapping
from typing import Final

from tvd.guide.hdhomerun import MANUFACTURER, MODEL, Device

GROUP: Final = "239.255.255.250"
PORT: Final = 1900
MAX_AGE: Final = 1_800
"""Seconds an announcement holds (section 1.2.2)."""
DEVICE_TYPE: Final = "urn:schemas-upnp-org:device:MediaServer:1"
_ROOT: Final = "upnp:rootdevice"
_SERVER: Final = "Linux UPnP/1.1 tvd/1"


def targets(device: Device) -> tuple[str, ...]:
    """Return everything ``device`` can be searched by."""
    return (_ROOT, f"uuid:{device.uuid}", DEVICE_TYPE)


def responses(packet: bytes, device: Device, base: str) -> list[bytes]:
    """Return the answers to a datagram: one for each target it searches for, none when it is no search."""
    headers = _search(packet)
    wanted = headers.get("st", "")
    found = targets(device) if wanted == "ssdp:all" else tuple(each for each in targets(device) if each == wanted)
    return [
        _message(
            "HTTP/1.1 200 OK",
            {
                "CACHE-CONTROL": f"max-age={MAX_AGE}",
                "EXT": "",
                "LOCATION": f"{base}/device.xml",
                "SERVER": _SERVER,
                "ST": target,
                "USN": _usn(device, target),
            },
        )
        for target in found
    ]


def announcements(device: Device, base: str, *, leaving: bool = False) -> list[bytes]:
    """Return what is told to the group now and then (``ssdp:alive``) or at the end (``ssdp:byebye``)."""
    alive = {"CACHE-CONTROL": f"max-age={MAX_AGE}", "LOCATION": f"{base}/device.xml", "SERVER": _SERVER}
    return [
        _message(
            "NOTIFY * HTTP/1.1",
            {
                "HOST": f"{GROUP}:{PORT}",
                **({} if leaving else alive),
                "NT": target,
                "NTS": "ssdp:byebye" if leaving else "ssdp:alive",
                "USN": _usn(device, target),
            },
        )
        for target in targets(device)
    ]


def _search(packet: bytes) -> Mapping[str, str]:
    """Return the headers of a search, by lower-case name; nothing when it is none (section 1.3.2)."""
    lines = packet.decode("latin-1").split("\r\n")
    if lines[0] != "M-SEARCH * HTTP/1.1":
        return {}
    pairs = (line.partition(":") for line in lines[1:])
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return headers if headers.get("man") == '"ssdp:discover"' else {}


def _usn(device: Device, target: str) -> str:
    identity = f"uuid:{device.uuid}"
    return identity if target == identity else f"{identity}::{target}"


def _message(first: str, headers: Mapping[str, str]) -> bytes:
    lines = [first, *(f"{name}: {value}".rstrip() for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def description(device: Device, base: str) -> str:
    """Return ``/device.xml``, the description that announcements point to (section 2.3)."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major><minor>0</minor></specVersion>'
        f"<URLBase>{_text(base)}</URLBase><device><deviceType>{DEVICE_TYPE}</deviceType>"
        f"<friendlyName>{_text(device.name)}</friendlyName><manufacturer>{MANUFACTURER}</manufacturer>"
        f"<modelName>{MODEL}</modelName><modelNumber>{MODEL}</modelNumber><serialNumber>{device.id}</serialNumber>"
        f"<UDN>uuid:{device.uuid}</UDN></device></root>\n"
    )


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
