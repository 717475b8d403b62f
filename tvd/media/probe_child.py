"""The library child: ``python -m tvd.media.probe_child`` touches the operator's folders so that the server need not.

Requests come as lines on stdin, replies go as lines to stdout (``library_wire``); it ends when stdin does. It may
hang, crash or run out of memory on a file: its parent (``readers``) has a deadline for every reply and replaces it.
"""

import os
import sys
from typing import BinaryIO, Final

from tvd.errors import SourceRefusedError
from tvd.media.beside import Neighbours
from tvd.media.describing import Describing
from tvd.media.library_wire import (
    Described,
    DescribeFiles,
    Entries,
    Entry,
    FindSidecars,
    Hello,
    Identify,
    ListFolder,
    MakePicture,
    Pictured,
    Probed,
    Refused,
    Reply,
    Request,
    Sidecar,
    Sidecars,
    decode_request,
    encode,
)
from tvd.media.listing import Listing, identify, neighbours
from tvd.media.sidecars import sidecars

_BATCH: Final = 256
_BATCH_BYTES: Final = 128 * 1024
_FIRST_BATCH: Final = 16
"""Small, so that the first sources of a large folder are there at once."""


def _list(request: ListFolder, out: BinaryIO) -> None:
    walk = Listing(request.root, request.only)
    batch: list[Entry] = []
    size, most = 0, _FIRST_BATCH
    for entry in walk:
        batch.append(entry)
        size += len(entry.path)
        if len(batch) >= most or size > _BATCH_BYTES:
            _say(Entries(tuple(batch)), out)
            batch, size, most = [], 0, _BATCH
    if batch:
        _say(Entries(tuple(batch)), out)
    _say(walk.end(), out)


def _beside(path: bytes) -> tuple[Sidecar, ...] | None:
    try:
        return sidecars(path)
    except OSError:
        return None


def _answer(request: Request, out: BinaryIO) -> None:
    if isinstance(request, ListFolder):
        _list(request, out)
        return
    try:
        reply: Reply
        if isinstance(request, Identify):
            reply = identify(request.path)
        elif isinstance(request, DescribeFiles):
            reply = _describe(request)
        elif isinstance(request, MakePicture):
            from tvd.media.picturing import picture  # noqa: PLC0415 - likewise

            reply = Pictured(picture(os.fsdecode(request.path), request.kind))
        elif isinstance(request, FindSidecars):
            reply = Sidecars(tuple(map(_beside, request.paths)))
        else:
            from tvd.media.probing import probe  # noqa: PLC0415 - listing a folder needs no libav

            reply = Probed(probe(os.fsdecode(request.path)))
    except SourceRefusedError as refusal:
        reply = Refused(str(refusal), lasting=True)
    except MemoryError:
        reply = Refused("needs more memory to open than a probe may take", lasting=True)
    except OSError as error:
        reply = Refused((error.strerror or str(error)).lower(), lasting=False)
    except Exception as error:  # noqa: BLE001 - whatever a broken file provokes is that file's fault, and named
        reply = Refused(f"probing failed: {type(error).__name__}: {error}"[:300], lasting=True)
    _say(reply, out)


def _describe(request: DescribeFiles) -> Described:
    known: dict[bytes, Neighbours] = {}
    describing = Describing(request.root, names=request.names)
    return Described(
        tuple(
            describing.describe(path, neighbours(os.path.dirname(path), request.root, known))  # noqa: PTH120 - bytes
            for path in request.paths
        )
    )


def _say(reply: Reply, out: BinaryIO) -> None:
    out.write(encode(reply) + b"\n")
    out.flush()


def main() -> None:
    """Answer requests until stdin ends."""
    # Libraries that print must not break the protocol: the real stdout is ours alone.
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        _say(Hello(), out)
        for line in sys.stdin.buffer:
            _answer(decode_request(line), out)


if __name__ == "__main__":
    main()
