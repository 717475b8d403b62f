"""What the server and its library child say to each other: one JSON object a line, a request, then its replies.

Paths travel as bytes (base64 in JSON), because a file's name need not be valid UTF-8.
"""

from collections.abc import Callable
from typing import Final, Literal

import msgspec

from tvd.media.describing import Description
from tvd.media.probe import Probe


class ListFolder(msgspec.Struct, frozen=True, tag="list"):
    """List ``root`` recursively; with ``only``, just those paths below it. Answered by Entries…, then Listed."""

    root: bytes
    only: tuple[bytes, ...] | None = None


class Identify(msgspec.Struct, frozen=True, tag="identify"):
    """Say what the content of ``path`` is. Answered by Identified or Refused."""

    path: bytes


class ProbeFile(msgspec.Struct, frozen=True, tag="probe"):
    """Say what ``path`` contains. Answered by Probed or Refused."""

    path: bytes


class DescribeFiles(msgspec.Struct, frozen=True, tag="describe"):
    """Say what is said of the files ``paths`` below ``root`` outside of them; with ``names``, guess from names too.

    Answered by Described or Refused.
    """

    root: bytes
    paths: tuple[bytes, ...]
    names: bool


class MakePicture(msgspec.Struct, frozen=True, tag="picture"):
    """Make the small picture of ``path``; ``kind`` is ``file``, ``cover`` or ``frame``. Pictured or Refused."""

    path: bytes
    kind: Literal["file", "cover", "frame"]


class FindSidecars(msgspec.Struct, frozen=True, tag="sidecars"):
    """Say which subtitle files lie beside each of ``paths``. Answered by Sidecars."""

    paths: tuple[bytes, ...]


class Sidecar(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A subtitle file of a source: ``path`` with the size and time it had."""

    path: bytes
    size: int
    mtime_ns: int


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A file that may be a source: ``size`` in bytes, ``mtime_ns`` as the file system says.

    ``beside`` changes when the NFO files and pictures change that speak of it; empty when there are none.
    """

    path: bytes
    size: int
    mtime_ns: int
    inode: int
    beside: str = ""


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """The child's first words, unasked: it runs."""


class Entries(msgspec.Struct, frozen=True, tag="entries"):
    """Some of the files of a folder, in no order."""

    entries: tuple[Entry, ...]


class Listed(msgspec.Struct, frozen=True, tag="listed"):
    """The end of a listing.

    ``missing`` says why there is no such folder (empty: there is); ``incomplete`` why some of it could not be read, so
    that what was not listed need not be gone. ``filesystem`` is its type (``ext4``, ``nfs4``), empty when unknown.
    """

    missing: str = ""
    incomplete: str = ""
    filesystem: str = ""


class Identified(msgspec.Struct, frozen=True, tag="identified"):
    """``id`` is made from the content: 16 hexadecimal digits. Size and time are of the file that was read."""

    id: str
    size: int
    mtime_ns: int


class Probed(msgspec.Struct, frozen=True, tag="probed"):
    """What a file contains."""

    probe: Probe


class Described(msgspec.Struct, frozen=True, tag="described"):
    """One description for each of the files asked for, in their order."""

    descriptions: tuple[Description, ...]


class Pictured(msgspec.Struct, frozen=True, tag="pictured"):
    """A JPEG."""

    jpeg: bytes


class Sidecars(msgspec.Struct, frozen=True, tag="beside"):
    """The subtitle files of each path asked for; None where its folder could not be read."""

    found: tuple[tuple[Sidecar, ...] | None, ...]


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """Why not. ``lasting``: the content is at fault, so asking again is useless until it changes."""

    reason: str
    lasting: bool


Request = ListFolder | Identify | ProbeFile | DescribeFiles | MakePicture | FindSidecars
Reply = Hello | Entries | Listed | Identified | Probed | Described | Pictured | Sidecars | Refused

encode: Final = msgspec.json.Encoder().encode
decode_request: Final[Callable[[bytes], Request]] = msgspec.json.Decoder(Request).decode
decode_reply: Final[Callable[[bytes], Reply]] = msgspec.json.Decoder(Reply).decode
