"""``TVD_SECTION_KEY``: any scalar of the file, overridden in the environment."""

import difflib
from collections.abc import Mapping
from typing import Any, Final, get_origin

import msgspec

from tvd.config.fields import Reader, unknown
from tvd.errors import ConfigFault

PREFIX: Final = "TVD_"


def overrides(
    environ: Mapping[str, str], sections: Mapping[str, type[msgspec.Struct]], reader: Reader
) -> tuple[dict[str, dict[str, Any]], list[ConfigFault]]:
    """Return the values set in ``environ`` by section, and warnings of variables that look mistyped.

    A variable of a known section must name a key of it. Others that begin with ``TVD_`` are someone else's.
    """
    found: dict[str, dict[str, Any]] = {}
    warnings: list[ConfigFault] = []
    for variable, text in sorted(environ.items()):
        if not variable.startswith(PREFIX):
            continue
        section, _, key = variable.removeprefix(PREFIX).lower().partition("_")
        if section not in sections:
            if near := difflib.get_close_matches(section, sections, n=1, cutoff=0.75):
                hint = f"no such section, ignored; did you mean {PREFIX}{near[0].upper()}_{key.upper()}?"
                warnings.append(ConfigFault(variable, section, hint))
            continue
        kinds = {field.name: field.type for field in msgspec.structs.fields(sections[section])}
        dotted = f"{section}.{key}"
        if key not in kinds:
            reader.fault(variable, dotted, unknown(key, kinds))
        elif get_origin(kinds[key]) is tuple:
            reader.fault(variable, dotted, "is a list, which the environment cannot hold: set it in the file")
        elif (value := reader.value(kinds[key], text, variable, dotted, text=True)) is not msgspec.UNSET:
            found.setdefault(section, {})[key] = value
    return found, warnings
