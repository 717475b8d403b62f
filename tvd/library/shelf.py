"""Reading the published assets from disk: what is there, and what is there but cannot be used. Blocks; use a thread."""

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tvd.library.asset import ASSET_FILE, MANIFEST_FILE, Manifest

Name = tuple[str, str]
"""Generation and key: where an asset stands."""


@dataclass(frozen=True, slots=True)
class Found:
    """An asset on disk. ``aired_ns``: the time stamp of its manifest, which says when it was last aired (or made)."""

    path: Path
    manifest: Manifest
    aired_ns: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is on disk: ``new`` assets, ``kept`` names of those already known, and ``broken`` folders with why."""

    new: tuple[Found, ...]
    kept: frozenset[Name]
    broken: tuple[tuple[Path, str], ...]


def read_shelf(root: Path, known: Mapping[Name, int]) -> Shelf:
    """Read every ``root/<generation>/<key>/``; ``known`` gives the size in bytes of those already read.

    Raises ``OSError`` when ``root`` cannot be read at all; one unreadable asset is passed over, for it may come back.
    """
    new: list[Found] = []
    kept: set[Name] = set()
    broken: list[tuple[Path, str]] = []
    for path in _folders(root):
        name = (path.parent.name, path.name)
        try:
            if name not in known:
                new.append(_read(path))
            elif (path / ASSET_FILE).stat().st_size == known[name]:
                kept.add(name)
            else:
                broken.append((path, "its file changed its size"))
        except (FileNotFoundError, NotADirectoryError) as error:
            if path.exists():
                broken.append((path, f"{Path(error.filename or path).name} is missing"))
        except (msgspec.DecodeError, ValueError) as error:
            broken.append((path, str(error)))
        except OSError:
            kept.update({name} & known.keys())
    return Shelf(tuple(new), frozenset(kept), tuple(broken))


def _folders(root: Path) -> list[Path]:
    return [path for generation in root.iterdir() if generation.is_dir() for path in generation.iterdir()]


def _read(path: Path) -> Found:
    manifest = msgspec.json.decode((path / MANIFEST_FILE).read_bytes(), type=Manifest)
    if (manifest.generation, manifest.key) != (path.parent.name, path.name):
        raise ValueError(f"manifest is of {manifest.generation}/{manifest.key}")
    size = (path / ASSET_FILE).stat().st_size
    if size != manifest.size:
        raise ValueError(f"file has {size} bytes, manifest says {manifest.size}")
    return Found(path, manifest, (path / MANIFEST_FILE).stat().st_mtime_ns)


def touch(aired: Mapping[Path, int]) -> None:
    """Set the time stamps of manifests to when their assets were last aired (UTC nanoseconds)."""
    for path, aired_ns in aired.items():
        with contextlib.suppress(FileNotFoundError):
            os.utime(path, ns=(aired_ns, aired_ns))
