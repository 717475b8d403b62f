"""Lets boxes find us by themselves: SSDP on UDP 1900 and HDHomeRun's own protocol on UDP 65001.

Off unless ``iptv.discovery`` says otherwise. It listens where the web server does: on the interface of ``server.host``,
or on all of them. Only neighbours get an answer (private, link-local and loopback addresses), so nobody can be flooded
through us. A port that is taken, or a host without multicast, is logged and leaves the other half working.
"""

import asyncio
import contextlib
import ipaddress
import socket
import struct
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, NoReturn

from tvd import logs
from tvd.config.model import Server
from tvd.guide import ssdp
from tvd.guide.hdhomerun import DISCOVER_PORT, Device, reply

ANNOUNCE: Final = ssdp.MAX_AGE / 2
"""Seconds between two announcements, well before the last one runs out (section 1.2.2)."""
_ALL: Final = ("", "0.0.0.0", "::")  # noqa: S104 - compared, not bound
Address = tuple[str, int]
Answer = Callable[[bytes, str], list[bytes]]
"""What is sent back for a datagram; the second is our root's URL as that neighbour can reach it."""
_log = logs.get("iptv")


class Discovery:
    """Answers searches for as long as it runs. ``device`` is asked for once; the ports are those of the standards."""

    def __init__(
        self,
        device: Callable[[], Awaitable[Device]],
        server: Server,
        *,
        ssdp_port: int = ssdp.PORT,
        hdhomerun_port: int = DISCOVER_PORT,
    ) -> None:
        self._device = device
        self._server = server
        self._ssdp_port = ssdp_port
        self._hdhomerun_port = hdhomerun_port
        self.ports: dict[str, int] = {}
        """Where it listens: by protocol, those that could be opened."""
        self.listening = asyncio.Event()

    @property
    def _interface(self) -> str:
        """The IPv4 address to listen on; ``0.0.0.0``: all."""
        return "0.0.0.0" if self._server.host in _ALL else self._server.host  # noqa: S104 - as the web server does

    async def run(self) -> NoReturn:
        """Answer, and announce now and then, for ever; says good-bye at the end."""
        device = await self._device()
        loop = asyncio.get_running_loop()
        protocols: dict[str, tuple[Callable[[], socket.socket], Answer]] = {
            "hdhomerun": (self._hdhomerun, lambda packet, base: _one(reply(packet, device, base))),
            "ssdp": (self._ssdp, lambda packet, base: ssdp.responses(packet, device, base)),
        }
        async with contextlib.AsyncExitStack() as stack:
            for name, (opened, answer) in protocols.items():
                try:
                    listener = opened()
                except OSError as error:
                    _log.warning("iptv.discovery_unavailable", protocol=name, reason=str(error))
                    continue
                made = partial(_Neighbours, answer, self._base)
                transport, _ = await loop.create_datagram_endpoint(made, sock=listener)
                stack.callback(transport.close)
                self.ports[name] = listener.getsockname()[1]
            _log.info("iptv.discoverable", device=device.id, protocols=sorted(self.ports))
            self.listening.set()
            await self._announce(device)

    async def _announce(self, device: Device) -> NoReturn:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            _multicast_from(sender, self._interface)
            try:
                while True:
                    self._tell(sender, device, leaving=False)
                    await asyncio.sleep(ANNOUNCE)
            finally:
                self._tell(sender, device, leaving=True)

    def _tell(self, sender: socket.socket, device: Device, *, leaving: bool) -> None:
        if "ssdp" not in self.ports:
            return
        for message in ssdp.announcements(device, self._base(ssdp.GROUP), leaving=leaving):
            # Without a network there is nobody to tell.
            with contextlib.suppress(OSError):
                sender.sendto(message, (ssdp.GROUP, self._ssdp_port))

    def _base(self, neighbour: str) -> str:
        """Return the URL of our root for ``neighbour``: with the address of ours that faces it."""
        if self._server.public_url:
            return self._server.public_url.rstrip("/")
        host = self._interface
        if host in _ALL:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                with contextlib.suppress(OSError):
                    probe.connect((neighbour, 9))  # sends nothing: the system chooses an address
                host = str(probe.getsockname()[0])
        return f"http://{host}:{self._server.port}"

    def _hdhomerun(self) -> socket.socket:
        return _listener((self._interface, self._hdhomerun_port))

    def _ssdp(self) -> socket.socket:
        # Bound to the group, it gets what is sent to the group and nothing else.
        group = struct.pack("4s4s", socket.inet_aton(ssdp.GROUP), socket.inet_aton(self._interface))
        return _listener((ssdp.GROUP, self._ssdp_port), group)


def _listener(address: Address, group: bytes = b"") -> socket.socket:
    """Return a socket that listens at ``address``, in a multicast group; raises ``OSError``."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        if group:
            # Other UPnP programs on this machine listen to the group as well.
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        if group:
            made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
    except OSError:
        made.close()
        raise
    return made


def _multicast_from(sender: socket.socket, interface: str) -> None:
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 2)
    if interface not in _ALL:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))


def _one(answer: bytes | None) -> list[bytes]:
    return [] if answer is None else [answer]


class _Neighbours(asyncio.DatagramProtocol):
    """Answers neighbours, from a socket of its own: one bound to a group is no address to come from."""

    def __init__(self, answer: Answer, base: Callable[[str], str]) -> None:
        self._answer = answer
        self._base = base

    def datagram_received(self, data: bytes, address: Address) -> None:
        """Answer one datagram."""
        host = address[0]
        ip = ipaddress.ip_address(host)
        if not (ip.is_private or ip.is_loopback or ip.is_link_local):
            return
        answers = self._answer(data, self._base(host))
        if not answers:
            return
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender, contextlib.suppress(OSError):
            sender.setblocking(False)
            for answer in answers:
                sender.sendto(answer, address)

    def error_received(self, _error: Exception) -> None:
        """Somebody went away before the answer came."""
