"""TOML files in and out: read with a fault that names the line, written so that a reader sees all of it or none."""

import os
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

from tvd.errors import ConfigError, ConfigFault


def read(path: Path) -> dict[str, Any]:
    """Return the file as tables. Raises :class:`ConfigError` when it cannot be read or is no TOML."""
    try:
        return tomllib.loads(path.read_bytes().decode())
    except FileNotFoundError:
        what = "no such file; name one with --config, or copy config.toml from where tvd was installed"
        raise ConfigError((ConfigFault(str(path), "file", what),)) from None
    except OSError as error:
        raise ConfigError((ConfigFault(str(path), "file", f"cannot be read: {error.strerror}"),)) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError((ConfigFault(str(path), f"line {line}", "is not UTF-8; TOML files are"),)) from error
    except tomllib.TOMLDecodeError as error:
        # Its text ends in "(at line 3, column 7)", which is the place to name.
        message, _, place = str(error).rpartition(" (at ")
        where, why = (place.rstrip(")"), message) if message else ("file", str(error))
        raise ConfigError((ConfigFault(str(path), where, f"is no TOML: {why}"),)) from error


def write(path: Path, tables: Mapping[str, Any], header: str = "") -> None:
    """Replace ``path`` by ``tables``, whole or not at all, even through a power cut; ``header`` lines become comments.

    Raises ``OSError``; the old file is then still there.
    """
    text = "".join(f"# {line}\n" for line in header.splitlines()) + tomli_w.dumps(tables)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
