"""Boxes find us as they find an HDHomeRun: real datagrams on loopback, and packets that were damaged on the way."""

import asyncio
import contextlib
import socket
import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tvd.config.model import Server
from tvd.guide import hdhomerun, ssdp
from tvd.guide.device import OurDevice, load_number
from tvd.guide.discovery import Discovery
from tvd.guide.hdhomerun import Device

# A real device's id, and ones with a digit wrong or two exchanged.
REAL = 0x1048_BA28 if hdhomerun.is_valid(0x1048_BA28) else hdhomerun.device_number(0x48BA2)
BASE = "http://127.0.0.1:8080"
DEVICE = Device(hdhomerun.device_number(0xABCDEF), "Living <Room>", 4)
# "Is anybody there?" as libhdhomerun has it: any tuner, any device.
TAGS = b"\x01\x04\x00\x00\x00\x01\x02\x04\xff\xff\xff\xff"
ASK = b"\x00\x02\x00\x0c" + TAGS
ASK += struct.pack("<I", zlib.crc32(ASK))
SEARCH = (
    b'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\n'
    b"ST: urn:schemas-upnp-org:device:MediaServer:1\r\n\r\n"
)


@given(st.integers(0, 2**32))
def test_a_device_id_has_a_check_digit(chosen: int) -> None:
    number = hdhomerun.device_number(chosen)
    assert hdhomerun.is_valid(number)
    assert f"{number:08X}".startswith("1")
    assert not any(hdhomerun.is_valid(number ^ bit << place) for place in range(0, 32, 4) for bit in (1, 5, 15))


def test_known_devices_are_valid() -> None:
    # From public bug reports of owners.
    assert hdhomerun.is_valid(0x1081_1DF5)
    assert not hdhomerun.is_valid(0x1081_1DF6)
    assert not hdhomerun.is_valid(0)
    assert not hdhomerun.is_valid(0xFFFF_FFFF)


def test_the_device_id_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "data" / "device-id"
    number = load_number(path)
    assert hdhomerun.is_valid(number)
    assert load_number(path) == number
    assert [one.name for one in path.parent.iterdir()] == ["device-id"]
    path.write_text("not one\n")
    again = load_number(path)
    assert hdhomerun.is_valid(again)
    assert load_number(path) == again
    folder = tmp_path / "a file"
    folder.write_text("")
    assert hdhomerun.is_valid(load_number(folder / "device-id"))


def test_a_search_is_answered_and_nothing_else() -> None:
    answer = hdhomerun.reply(ASK, DEVICE, BASE)
    assert answer is not None
    kind, tags = hdhomerun.read(answer)
    assert kind == 3
    assert tags == {
        0x01: b"\x00\x00\x00\x01",
        0x02: DEVICE.number.to_bytes(4),
        0x10: b"\x04",
        0x2A: BASE.encode(),
        0x27: f"{BASE}/lineup.json".encode(),
    }
    mine = hdhomerun.packed(2, [(1, b"\xff" * 4), (2, DEVICE.number.to_bytes(4))])
    other = hdhomerun.packed(2, [(1, b"\xff" * 4), (2, (0x1081_1DF5).to_bytes(4))])
    storage = hdhomerun.packed(2, [(0x2D, b"\x00\x00\x00\x05")])
    both = hdhomerun.packed(2, [(0x2D, b"\x00\x00\x00\x05\x00\x00\x00\x01")])
    assert [bool(hdhomerun.reply(one, DEVICE, BASE)) for one in (mine, other, storage, both)] == [
        True,
        False,
        False,
        True,
    ]
    assert hdhomerun.reply(answer, DEVICE, BASE) is None
    assert hdhomerun.reply(ASK[:-1] + b"\x00", DEVICE, BASE) is None


@given(st.binary(max_size=1500))
def test_no_packet_breaks_it(packet: bytes) -> None:
    assert hdhomerun.reply(packet, DEVICE, BASE) is None
    whole = packet[:2] + struct.pack(">H", len(packet)) + packet
    hdhomerun.reply(whole + struct.pack("<I", zlib.crc32(whole)), DEVICE, BASE)
    ssdp.responses(packet, DEVICE, BASE)


def test_long_values_take_two_bytes_of_length() -> None:
    packet = hdhomerun.packed(3, [(0x2A, b"x" * 300)])
    assert packet[4:7] == b"\x2a\xac\x02"
    assert hdhomerun.read(packet) == (3, {0x2A: b"x" * 300})


def test_searches_by_every_target() -> None:
    everything = SEARCH.replace(b"urn:schemas-upnp-org:device:MediaServer:1", b"ssdp:all")
    assert len(ssdp.responses(everything, DEVICE, BASE)) == 3
    assert ssdp.responses(SEARCH.replace(b"MediaServer:1", b"Printer:1"), DEVICE, BASE) == []
    assert ssdp.responses(SEARCH.replace(b"ssdp:discover", b"other"), DEVICE, BASE) == []
    [one] = ssdp.responses(SEARCH, DEVICE, BASE)
    headers = dict(line.split(": ", 1) for line in one.decode().split("\r\n")[1:] if ": " in line)
    assert headers["LOCATION"] == f"{BASE}/device.xml"
    assert headers["USN"] == f"uuid:{DEVICE.uuid}::{headers['ST']}"


@contextlib.asynccontextmanager
async def running(path: Path) -> AsyncIterator[Discovery]:
    made = Discovery(
        OurDevice(path, 4, lambda: "tvd"), Server(host="127.0.0.1"), ssdp_port=free_port(), hdhomerun_port=0
    )
    task = asyncio.create_task(made.run())
    async with asyncio.timeout(10):
        await made.listening.wait()
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


async def asked(packet: bytes, address: tuple[str, int]) -> bytes:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as box:
        box.setblocking(False)
        box.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        box.bind(("127.0.0.1", 0))
        await loop.sock_sendto(box, packet, address)
        async with asyncio.timeout(10):
            answer: bytes = await loop.sock_recv(box, 2048)
            return answer


async def test_boxes_find_us_by_real_datagrams(tmp_path: Path) -> None:
    async with running(tmp_path / "device-id") as discovery:
        number = load_number(tmp_path / "device-id")
        _, tags = hdhomerun.read(await asked(ASK, ("127.0.0.1", discovery.ports["hdhomerun"])))
        assert (tags[0x02], tags[0x2A]) == (number.to_bytes(4), b"http://127.0.0.1:8080")
        answer = await asked(SEARCH, (ssdp.GROUP, discovery.ports["ssdp"]))
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"LOCATION: http://127.0.0.1:8080/device.xml" in answer


async def test_it_says_hello_and_good_bye_to_the_group(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as box:
        box.setblocking(False)
        box.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        box.bind((ssdp.GROUP, 0))
        group = struct.pack("4s4s", socket.inet_aton(ssdp.GROUP), socket.inet_aton("127.0.0.1"))
        box.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
        port = box.getsockname()[1]
        device = OurDevice(tmp_path / "device-id", 4, lambda: "tvd")
        made = Discovery(device, Server(host="127.0.0.1"), ssdp_port=port, hdhomerun_port=0)
        task = asyncio.create_task(made.run())
        async with asyncio.timeout(10):
            hello = [await loop.sock_recv(box, 2048) for _ in range(3)]
            task.cancel()
            good_bye = [await loop.sock_recv(box, 2048) for _ in range(3)]
        await asyncio.gather(task, return_exceptions=True)
    assert all(b"ssdp:alive" in one for one in hello)
    assert all(b"ssdp:byebye" in one for one in good_bye)


async def test_a_taken_port_leaves_the_other_half_working(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        made = Discovery(
            OurDevice(tmp_path / "id", 4, lambda: "tvd"),
            Server(host="127.0.0.1"),
            ssdp_port=free_port(),
            hdhomerun_port=port,
        )
        task = asyncio.create_task(made.run())
        async with asyncio.timeout(10):
            await made.listening.wait()
        assert set(made.ports) == {"ssdp"}
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1"])  # noqa: S104 - it is not bound here
def test_neighbours_are_told_the_address_that_faces_them(host: str, tmp_path: Path) -> None:
    device = OurDevice(tmp_path / "id", 4, lambda: "tvd")
    assert Discovery(device, Server(host=host))._base("127.0.0.1") == "http://127.0.0.1:8080"
    public = Discovery(device, Server(host=host, public_url="https://tv.example.org/"))
    assert public._base("127.0.0.1") == "https://tv.example.org"
