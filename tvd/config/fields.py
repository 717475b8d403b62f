"""Raw values of a file or the environment to fields of the model, every fault noted instead of the first one raised."""

import difflib
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, get_args, get_origin

import msgspec

from tvd.config import units
from tvd.errors import ConfigFault

_UNITS: Final[Mapping[str, Callable[[str], float]]] = {
    "size": units.size,
    "duration": units.duration,
    "bitrate": units.bitrate,
}


@dataclass(slots=True)
class Reader:
    """Reads tables; ``base`` is the folder that relative paths are relative to. Faults gather in ``faults``."""

    base: Path
    faults: list[ConfigFault] = field(default_factory=list)

    def fault(self, where: str, key: str, what: str) -> None:
        """Note one fault."""
        self.faults.append(ConfigFault(where, key, what))

    def table(
        self, kind: type[msgspec.Struct], raw: object, where: str, at: str, skip: Iterable[str] = ()
    ) -> dict[str, Any]:
        """Return the good fields of ``kind`` that ``raw`` has; ``skip`` are keys read by someone else.

        ``at`` is the dotted key of the table, empty for the top of the file.
        """
        if not isinstance(raw, dict):
            self.fault(where, at, f"{shown(raw)} is not a table: write [{at}] on a line of its own, its keys below")
            return {}
        known = {this.encode_name: this.type for this in msgspec.structs.fields(kind)}
        values: dict[str, Any] = {}
        for name, value in raw.items():
            key = f"{at}.{name}" if at else name
            if name in skip:
                continue
            if name not in known:
                self.fault(where, key, unknown(name, known))
            elif (good := self.value(known[name], value, where, key)) is not msgspec.UNSET:
                values[name] = good
        return values

    def value(self, kind: Any, raw: object, where: str, key: str, *, text: bool = False) -> Any:
        """Return ``raw`` as ``kind``, or ``UNSET`` after noting why it cannot be.

        ``text``: it comes from the environment, where numbers are text too.
        """
        if get_origin(kind) is tuple and _is_table(get_args(kind)[0]):
            return self._tables(get_args(kind)[0], raw, where, key)
        if get_origin(kind) is tuple and isinstance(raw, list):
            item = get_args(kind)[0]
            items = [self.value(item, each, where, f"{key}[{place}]") for place, each in enumerate(raw, 1)]
            return msgspec.UNSET if msgspec.UNSET in items else tuple(items)
        try:
            return msgspec.convert(_plain(kind, raw), kind, strict=not text, dec_hook=self._path)
        except (ValueError, msgspec.ValidationError):
            self.fault(where, key, f"{shown(raw)} is not {wanted(kind)}")
            return msgspec.UNSET

    def _tables(self, kind: type[msgspec.Struct], raw: object, where: str, key: str) -> Any:
        """Return a list of tables, each as ``kind``; ``UNSET`` after noting what is wrong with any of them."""
        if not isinstance(raw, list):
            dotted = re.sub(r"\[\d+\]", "", key)
            self.fault(where, key, f"{shown(raw)} is not a list of tables: write [[{dotted}]] before each one")
            return msgspec.UNSET
        before, made = len(self.faults), []
        for place, table in enumerate(raw, 1):
            at = f"{key}[{place}]"
            values = self.table(kind, table, where, at)
            for one in msgspec.structs.fields(kind) if isinstance(table, dict) else ():
                if one.required and one.encode_name not in table:
                    self.fault(where, f"{at}.{one.encode_name}", f"is missing: {wanted(one.type)}")
            if len(self.faults) == before:
                names = {one.encode_name: one.name for one in msgspec.structs.fields(kind)}
                made.append(kind(**{names[name]: value for name, value in values.items()}))
        return msgspec.UNSET if len(self.faults) > before else tuple(made)

    def _path(self, kind: type, raw: object) -> Path:
        if kind is not Path or not isinstance(raw, str) or not raw or "\0" in raw:
            raise ValueError(raw)
        return self.resolve(raw)

    def resolve(self, raw: str) -> Path:
        """Return the absolute path of ``raw``: ``~`` is the home folder, relative to the config file's folder."""
        try:
            path = Path(raw).expanduser()
        except RuntimeError:  # no home folder for that user
            path = Path(raw)
        # Not resolve(): a symbolic link is the operator's choice and may be changed while tvd runs.
        return self.base / path


def _is_table(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _plain(kind: Any, raw: object) -> object:
    """Return text of a size, duration or bit rate as its number, anything else as it is."""
    if isinstance(raw, float) and not math.isfinite(raw):  # TOML has nan and inf; no range holds them off
        raise ValueError(raw)
    meta = _meta(kind)
    if meta is None or not meta.extra or not isinstance(raw, str):
        return raw
    return _UNITS[meta.extra["unit"]](raw)


def _meta(kind: Any) -> msgspec.Meta | None:
    if get_origin(kind) is not Annotated:
        return None
    return next((meta for meta in kind.__metadata__ if isinstance(meta, msgspec.Meta)), None)


def wanted(kind: Any) -> str:
    """Say what a value of ``kind`` is, to complete "… is not …"."""
    if (meta := _meta(kind)) is not None and meta.description:
        return meta.description
    if get_origin(kind) is tuple:
        return f"a list of values, each {wanted(get_args(kind)[0])}"
    values = get_args(kind)
    if 30 in values:
        return f"on the grid; possible are {_listed(values)} frames a second (23.976 is conformed to 24, 29.97 to 30)"
    return f"one of {_listed(values)}"


def shown(value: object) -> str:
    """Return ``value`` as it stands in the file, cut when long."""
    if isinstance(value, dict):
        return "a table"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"


def unknown(name: str, known: Iterable[str]) -> str:
    """Say that ``name`` is not known, and which known name may have been meant."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    return f'unknown key; did you mean "{near[0]}"?' if near else f"unknown key; known are {', '.join(names)}"


def _listed(values: Iterable[object]) -> str:
    return ", ".join(map(shown, values))
