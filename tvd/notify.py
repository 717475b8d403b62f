"""Tell systemd how tvd is: ready, alive, reloading, stopping (sd_notify(3)). Does nothing when nobody asked.

One datagram a message to the socket named by ``NOTIFY_SOCKET``. Nothing waits and nothing fails: whether anyone
listens must not matter to what is on air.
"""

import contextlib
import socket
from collections.abc import Mapping
from typing import Final

_MICROSECONDS: Final = 1_000_000


class Notifier:
    """Sends to the socket that ``environ`` names; ``watchdog_seconds`` is how often :meth:`alive` is wanted.

    Closed by :meth:`close`; to be called from one thread.
    """

    def __init__(self, environ: Mapping[str, str], pid: int) -> None:
        path = environ.get("NOTIFY_SOCKET", "")
        # "@" stands for the zero byte that begins a name in Linux's abstract name space.
        self._address = "\0" + path[1:] if path.startswith("@") else path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) if path else None
        if self._socket is not None:
            self._socket.setblocking(False)
        self.watchdog_seconds = self._watchdog(environ, pid)

    @staticmethod
    def _watchdog(environ: Mapping[str, str], pid: int) -> float | None:
        """Return half of systemd's patience, as sd_watchdog_enabled(3) advises; None when it does not watch us."""
        limit = environ.get("WATCHDOG_USEC", "")
        if not limit.isdecimal() or int(limit) == 0 or environ.get("WATCHDOG_PID", str(pid)) != str(pid):
            return None
        return int(limit) / _MICROSECONDS / 2

    def ready(self, status: str) -> None:
        """Say that tvd serves; ``status`` is the line that ``systemctl status`` shows."""
        self._send(f"READY=1\nSTATUS={status}")

    def status(self, status: str) -> None:
        """Change the line that ``systemctl status`` shows."""
        self._send(f"STATUS={status}")

    def alive(self) -> None:
        """Feed the watchdog; call it from what must not hang."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that tvd ends on purpose."""
        self._send("STOPPING=1")

    def close(self) -> None:
        """Let go of the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, message: str) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.sendto(message.encode(), self._address)
