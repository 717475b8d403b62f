"""``[[channels]]`` of the hand-written file and of ``channels.toml`` in the data folder, merged and checked.

``channels.toml`` is tvd's own: the admin page writes it, the hand-written file is never touched. A channel in it with
the slug of a hand-written one changes the keys it has; any other is one more channel.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from tvd.config import files
from tvd.config.fields import Reader, shown, unknown
from tvd.config.model import GENERATORS, Channel, Ffmpeg, House
from tvd.config.renditions import faults
from tvd.config.slugs import slug_of

OVERLAY: Final = "channels.toml"
_HEADER: Final = "Written by tvd: what was changed on the admin page. Merged over the [[channels]] of your own file."
_MERGED: Final[Mapping[str, type[msgspec.Struct]]] = {"house": House, "ffmpeg": Ffmpeg}


@dataclass(slots=True)
class Draft:
    """A channel as far as it could be read: only the keys that were written and are right."""

    where: str
    key: str
    written: frozenset[str]
    """Keys that were written, the wrong ones too."""
    values: dict[str, Any]
    merged: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What ``[channels.house]`` and ``[channels.ffmpeg]`` say."""

    @property
    def slug(self) -> str | None:
        """Its slug, written or made from its name; None when neither could be read."""
        if "slug" in self.written:
            return self.values.get("slug")
        name = self.values.get("name")
        return None if name is None else slug_of(name, self.values.get("number", 0))

    def over(self, below: "Draft") -> "Draft":
        """Return ``below`` with the keys of this one put over it."""
        values = below.values | self.values
        # A generator takes the place of folders and the other way round.
        if "generator" in self.values and "folders" not in self.written:
            values.pop("folders", None)
        if "folders" in self.values and "generator" not in self.written:
            values.pop("generator", None)
        merged = {name: below.merged.get(name, {}) | self.merged.get(name, {}) for name in _MERGED}
        return Draft(self.where, self.key, below.written | self.written, values, merged)


def drafts(reader: Reader, raw: object, where: str) -> list[Draft]:
    """Read the ``[[channels]]`` of one file."""
    if not isinstance(raw, list):
        reader.fault(where, "channels", f"{shown(raw)} is not a list of channels: write [[channels]] before each one")
        return []
    found = []
    for place, table in enumerate(raw, 1):
        key = f"channels[{place}]"
        values = reader.table(Channel, table, where, key, skip=_MERGED)
        if isinstance(table, dict):
            merged = {
                name: reader.table(kind, table[name], where, f"{key}.{name}")
                for name, kind in _MERGED.items()
                if name in table
            }
            found.append(Draft(where, key, frozenset(table), values, merged))
    return found


def merge(below: Sequence[Draft], above: Iterable[Draft]) -> list[Draft]:
    """Put the channels of ``channels.toml`` over the hand-written ones, by slug."""
    merged = list(below)
    places = {draft.slug: place for place, draft in enumerate(below) if draft.slug is not None}
    for draft in above:
        if draft.slug is not None and (place := places.get(draft.slug)) is not None:
            merged[place] = draft.over(merged[place])
        else:
            merged.append(draft)
    return merged


def complete(reader: Reader, drafts: Sequence[Draft], house: House, ffmpeg: Ffmpeg) -> tuple[Channel, ...]:
    """Return the channels that are right, noting the faults of the others.

    ``house`` and ``ffmpeg`` are the global tables, under those of each channel.
    """
    _distinct(reader, drafts)
    channels = []
    for draft in drafts:
        before = len(reader.faults)
        _required(reader, draft, drafts)
        _programmes(reader, draft)
        needed = {"number", "name"} <= draft.values.keys() and draft.slug is not None
        if needed and len(reader.faults) == before:
            own = draft.merged.get("house", {})
            values = draft.values | {"slug": draft.slug, "house": msgspec.structs.replace(house, **own)}
            if own:  # what it takes over as it is has been looked at
                _renditions(reader, values["house"], draft.where, f"{draft.key}.house", own="renditions" in own)
            values["ffmpeg"] = msgspec.structs.replace(ffmpeg, **draft.merged.get("ffmpeg", {}))
            channels.append(Channel(**values))
    return tuple(channels)


def _renditions(reader: Reader, house: House, where: str, key: str, *, own: bool) -> None:
    """Check the sizes of a channel whose house is its own in part; they may be the global ones."""
    for place, what in faults(house):
        inherited = "" if own else " (of [house]; write renditions here as well)"
        reader.fault(where, f"{key}.renditions[{place}]" if own else f"{key}.renditions", what + inherited)


def _required(reader: Reader, draft: Draft, drafts: Sequence[Draft]) -> None:
    if "name" not in draft.written:
        reader.fault(draft.where, f"{draft.key}.name", 'is missing: give the channel a name such as "Late Night"')
    if "number" not in draft.written:
        # Not assigned by itself: people and boxes know a channel by its number, which must not follow its place.
        what = f"is missing: give the channel a number of its own; {_free_number(drafts)} is free"
        reader.fault(draft.where, f"{draft.key}.number", what)


def _programmes(reader: Reader, draft: Draft) -> None:
    """Check that a channel has folders or a generator, and that the generator exists."""
    folders, generator = draft.values.get("folders"), draft.values.get("generator")
    where, key = draft.where, draft.key
    if folders and generator:
        reader.fault(where, key, "has both folders and generator: a channel airs one or the other")
    elif not folders and not generator and not {"folders", "generator"} & (draft.written - draft.values.keys()):
        demos = ", ".join(map(shown, GENERATORS))
        reader.fault(where, key, f'airs nothing: give it folders = ["…"] or a generator ({demos})')
    if generator and generator not in GENERATORS:
        hint = unknown(generator, GENERATORS).removeprefix("unknown key; ")
        reader.fault(where, f"{key}.generator", f"{shown(generator)} is no generator; {hint}")


def _distinct(reader: Reader, drafts: Sequence[Draft]) -> None:
    """No two channels have the same number or the same slug."""
    numbers: dict[int, Draft] = {}
    slugs: dict[str, Draft] = {}
    for draft in drafts:
        number, slug = draft.values.get("number"), draft.slug
        if number is not None and (first := numbers.setdefault(number, draft)) is not draft:
            what = f"{number} is already the number of {_called(first)}; {_free_number(drafts)} is free"
            reader.fault(draft.where, f"{draft.key}.number", what)
        if slug is not None and (first := slugs.setdefault(slug, draft)) is not draft:
            what = f"{shown(slug)} is already the slug of {_called(first)}; write another slug for this channel"
            reader.fault(draft.where, f"{draft.key}.slug", what)


def _called(draft: Draft) -> str:
    name = draft.values.get("name")
    return f"{draft.key} ({shown(name)})" if name else draft.key


def _free_number(drafts: Iterable[Draft]) -> int:
    taken = {draft.values.get("number") for draft in drafts}
    return next(number for number in range(1, len(taken) + 2) if number not in taken)


def read_overlay(data: Path) -> list[dict[str, Any]]:
    """Return the tables of ``channels.toml`` in the data folder as they stand; none without the file.

    Raises :class:`tvd.errors.ConfigError` when it is no TOML.
    """
    path = data / OVERLAY
    tables = files.read(path).get("channels", []) if path.is_file() else []
    return [table for table in tables if isinstance(table, dict)]


def write_overlay(data: Path, channels: Sequence[Mapping[str, Any]]) -> Path:
    """Write ``channels.toml`` into the data folder and return its path.

    ``channels`` are tables as in ``[[channels]]``, each with its ``slug`` and the keys that differ from the
    hand-written file. Raises ``OSError``.
    """
    path = data / OVERLAY
    files.write(path, {"channels": [dict(channel) for channel in channels]}, _HEADER)
    return path
