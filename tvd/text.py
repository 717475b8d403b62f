"""Text that can be written anywhere."""


def writable(text: str) -> str:
    """Return ``text`` with what UTF-8 cannot say (undecodable bytes of file names) written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()
