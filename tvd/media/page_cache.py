"""What of a file the system holds in memory (its page cache): read at once, or not at all.

A thread for each read keeps the loop from waiting for a disk, a network mount that hangs above all, and costs more than
the read itself when nothing has to be waited for.
"""

import contextlib
import os

import numpy as np


def cached(fd: int, offset: int, length: int) -> memoryview | None:
    """Return ``length`` bytes at ``offset`` when the system holds all of them, else None; never waits.

    None too where the system or the file system cannot promise that (``preadv2(2)``, RWF_NOWAIT).
    """
    if not hasattr(os, "RWF_NOWAIT"):
        return None
    room = np.empty(length, np.uint8).data  # not cleared first, as a bytearray is
    try:
        read = os.preadv(fd, [room], offset, os.RWF_NOWAIT)
    except OSError:
        return None
    return room if read == length else None


def fetch(fd: int, offset: int, length: int) -> None:
    """Ask that the system reads ``length`` bytes at ``offset`` into its memory; may wait."""
    if hasattr(os, "posix_fadvise"):
        with contextlib.suppress(OSError):
            os.posix_fadvise(fd, offset, length, os.POSIX_FADV_WILLNEED)
