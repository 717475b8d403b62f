"""Read the configuration: the file, the environment over it, ``channels.toml`` over its channels; check all of it.

Every fault is found before anything is refused. A caller that reloads keeps what it has when :func:`load` raises.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from tvd.config import channels, check, environment, files, schedules
from tvd.config.fields import Reader, shown, unknown
from tvd.config.model import Config
from tvd.config.renditions import faults
from tvd.errors import ConfigError, ConfigFault

SECTIONS: Final[Mapping[str, type[msgspec.Struct]]] = {
    field.name: field.type
    for field in msgspec.structs.fields(Config)
    if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct)
}
"""The tables of the file that stand once, by name."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration that can be used. ``warnings`` are what is odd but may come right by itself."""

    config: Config
    warnings: tuple[ConfigFault, ...] = ()
    watch: tuple[Path, ...] = ()
    """The files it was read from or would be read from: what to watch for a reload."""
    handwritten: frozenset[str] = frozenset()
    """Slugs of the channels that stand in the operator's own file; the others are of ``channels.toml`` alone."""


def load(
    path: Path, environ: Mapping[str, str], base: Path | None = None, overlay: Sequence[Mapping[str, Any]] | None = None
) -> Loaded:
    """Return the configuration in ``path`` with the overrides of ``environ``.

    Relative paths in it are relative to ``base``, by default the folder of ``path``. ``overlay`` are channels to try in
    the place of those in ``channels.toml``. Looks at folders and the data folder, so it may block on a slow mount.
    Raises :class:`ConfigError` with every fault.
    """
    path = path.expanduser().absolute()
    reader = Reader(base or path.parent)
    raw = files.read(path)
    tables, warnings = _sections(reader, raw, str(path), environ)
    sections: dict[str, Any] = {name: kind(**tables[name]) for name, kind in SECTIONS.items()}
    config = Config(path=path, **sections)
    written = _data(reader, config, str(path), environ)
    config = msgspec.structs.replace(config, storage=msgspec.structs.replace(config.storage, data=written.parent))

    own = channels.drafts(reader, raw.get("channels", []), str(path))
    drafts = channels.merge(own, _overlay(reader, written, overlay))
    for place, what in faults(config.house):
        reader.fault(str(path), f"house.renditions[{place}]", what)
    check.server(reader, config, _where(environ, "server", "public_url", str(path)))
    binary = check.program(
        reader, config.ffmpeg.binary, _where(environ, "ffmpeg", "binary", str(path)), "ffmpeg.binary"
    )
    for draft in drafts:
        schedules.programming(reader, draft)
        if named := draft.merged.get("ffmpeg", {}).get("binary"):
            key = f"{draft.key}.ffmpeg.binary"
            draft.merged["ffmpeg"]["binary"] = check.program(reader, named, draft.where, key)
    warnings += check.folders(reader, drafts, config.storage.data)
    ffmpeg = msgspec.structs.replace(config.ffmpeg, binary=binary)
    complete = channels.complete(reader, drafts, config.house, ffmpeg)
    if not drafts:
        warnings.append(ConfigFault(str(path), "channels", "there are none: add a [[channels]] to watch something"))
    if reader.faults:
        raise ConfigError(tuple(dict.fromkeys(reader.faults)))
    ordered = tuple(sorted(complete, key=lambda channel: channel.number))
    handwritten = frozenset(draft.slug for draft in own if draft.slug is not None)
    config = msgspec.structs.replace(config, ffmpeg=ffmpeg, channels=ordered)
    return Loaded(config, tuple(warnings), (path, written), handwritten)


def _sections(
    reader: Reader, raw: dict[str, Any], where: str, environ: Mapping[str, str]
) -> tuple[dict[str, dict[str, Any]], list[ConfigFault]]:
    """Return the good values of each section, the environment's over the file's."""
    known = (*SECTIONS, "channels")
    for name, value in raw.items():
        if name not in known:
            what = unknown(name, known)
            reader.fault(where, name, what.replace("key", "table", 1) if isinstance(value, dict | list) else what)
    over, warnings = environment.overrides(environ, SECTIONS, reader)
    tables = {
        name: reader.table(kind, raw.get(name, {}), where, name) | over.get(name, {}) for name, kind in SECTIONS.items()
    }
    return tables, warnings


def _data(reader: Reader, config: Config, where: str, environ: Mapping[str, str]) -> Path:
    """Check the data folder and return the absolute path of ``channels.toml`` in it."""
    data = reader.resolve(str(config.storage.data))
    if not any(fault.key == "storage.data" for fault in reader.faults):
        check.data_folder(reader, data, _where(environ, "storage", "data", where))
    return data / channels.OVERLAY


def _overlay(reader: Reader, path: Path, tried: Sequence[Mapping[str, Any]] | None) -> list[channels.Draft]:
    """Read ``channels.toml`` when there is one, or what is ``tried`` in its place."""
    if tried is not None:
        return channels.drafts(reader, [dict(table) for table in tried], str(path))
    try:
        raw = files.read(path) if path.is_file() else {}
    except ConfigError as error:
        reader.faults.extend(error.faults)
        return []
    for name, value in raw.items():
        if name != "channels":
            reader.fault(str(path), name, f"{shown(value)}: only [[channels]] may stand in this file")
    return channels.drafts(reader, raw.get("channels", []), str(path))


def _where(environ: Mapping[str, str], section: str, key: str, path: str) -> str:
    """Return where a value comes from: the variable when it is set, else the file."""
    variable = f"{environment.PREFIX}{section}_{key}".upper()
    return variable if variable in environ else path
