"""Rows of text under each other, for terminals and for other programs alike. Pure."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield ``head`` and ``rows`` as lines, columns aligned by the width characters take on a terminal.

    Nothing is cut: what is read by people and by grep alike must be whole. Control characters are shown, not sent.
    """
    lines = [[visible(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
        yield "  ".join(cells).rstrip()


def visible(text: str) -> str:
    """Return ``text`` with everything that is no character to look at, or cannot be written, as an escape."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode() for char in text
    )


def size(count: float) -> str:
    """Return a number of bytes in three digits: ``1.34 GB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def clock(seconds: float) -> str:
    """Return a duration as ``1:02:03``, rounded to the second."""
    minutes, second = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{second:02}"
