"""Memory that is free again is the system's again."""

import os
import platform
import subprocess
import sys

import pytest

CODE = """
import os, sys
from tvd import heap

if sys.argv[1] == "given back":
    heap.give_back()

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGESIZE")

first = bytearray(b"x") * 700_000  # from the first large piece that is freed glibc learns to keep such
del first
before = resident()
large, small = [], []
for _ in range(60):
    large.append(bytearray(b"x") * 600_000)
    small.append(bytearray(b"y") * 4_000)
large.clear()
print(resident() - before)
"""


def left(how: str) -> int:
    """Return how many bytes stay when 36 MB in large pieces are freed that have small ones between them."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    argv = [sys.executable, "-c", CODE, how]
    return int(subprocess.run(argv, env=environment, capture_output=True, check=True, text=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="mallopt(3) is glibc's")
def test_large_pieces_are_given_back() -> None:
    assert left("kept") > 20_000_000
    assert left("given back") < 5_000_000
