"""What is asked of the allocator and of the garbage collector, for a process that runs for months."""

import contextlib
import ctypes
import gc
from typing import Final

_MMAP_THRESHOLD: Final = -3
"""``M_MMAP_THRESHOLD`` of mallopt(3)."""
_LARGE: Final = 2**17
"""glibc's own default, in bytes."""


def give_back() -> None:
    """Let large pieces of memory, segments above all, go back to the system as soon as they are free.

    glibc begins so, but with each large piece that is freed it keeps larger ones; what is left between them then makes
    the heap grow for days. Where there is no mallopt(3) nothing is done.
    """
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)


def settle() -> None:
    """Spare garbage collections what is there now, most of which stays, and make them seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
