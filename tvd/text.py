"""Text that can be written anywhere."""


def writable(text: str) -> str:
    """Return ``text`` with what UTF-8 cannot say (undecodable bytes of file names) written as escapes."""
    # The same text whenever it can be: every programme of a schedule has one.
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
