"""The tuners of the HDHomeRun we pretend to be: how many raw streams boxes may have open at once."""

import contextlib
from collections.abc import Iterator


class Tuners:
    """At most ``limit`` streams at once; 0: as many as are asked for."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0

    @property
    def free(self) -> bool:
        """Whether one more can be had."""
        return not self.limit or self.used < self.limit

    @contextlib.contextmanager
    def tuned(self) -> Iterator[None]:
        """Use one for the length of the block; there must be a free one."""
        self.used += 1
        try:
            yield
        finally:
            self.used -= 1
