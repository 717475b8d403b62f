"""What no single value of a block or an event shows: names that stand twice, times that cover nothing, zones."""

import zoneinfo
from typing import Final

from tvd.config import ranges
from tvd.config.channels import Draft
from tvd.config.fields import Reader, shown
from tvd.config.programming import Block, Event, Selection

_OWN: Final = ("folders", "files", "title", "series", "genres", "tags", "years", "duration")


def programming(reader: Reader, draft: Draft) -> None:
    """Check the blocks and events of one channel, and its time zone."""
    where, key = draft.where, draft.key
    zone = draft.values.get("timezone")
    if zone and not _is_zone(zone):
        reader.fault(where, f"{key}.timezone", f'{shown(zone)} is no time zone such as "Europe/Berlin"')
    names: dict[str, str] = {}
    for kind in ("blocks", "events"):
        for place, one in enumerate(draft.values.get(kind, ()), 1):
            at = f"{key}.{kind}[{place}]"
            if (first := names.setdefault(one.name.casefold(), at)) != at:
                what = f"{shown(one.name)} is already the name of {first}: it remembers its place by its name"
                reader.fault(where, f"{at}.name", what)
            _selection(reader, where, at, one)
            if isinstance(one, Block):
                _block(reader, where, at, one)
            else:
                _event(reader, where, at, one)


def _is_zone(zone: str) -> bool:
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _selection(reader: Reader, where: str, at: str, one: Selection) -> None:
    if one.duration:
        try:
            least, most = ranges.lasts(one.duration)
        except ValueError:
            least, most = 1.0, 0.0
        if least > most:
            reader.fault(where, f"{at}.duration", f'{shown(one.duration)} is no range such as "20m-45m" or "60m-"')
    if one.years and ranges.years(one.years)[0] > ranges.years(one.years)[1]:
        reader.fault(where, f"{at}.years", f'{shown(one.years)} is no range such as "1960-1979"')


def _block(reader: Reader, where: str, at: str, block: Block) -> None:
    if block.from_ == "24:00":
        reader.fault(where, f"{at}.from", '"24:00" is no beginning: write "00:00"')
    elif block.from_ == block.to:
        reader.fault(where, f"{at}.to", f"{shown(block.to)} is when the block begins: it covers nothing")
    if block.picks and (own := [name for name in _OWN if getattr(block, name)]):
        what = f"the block has picks, so what it airs stands there: move {', '.join(own)} into them"
        reader.fault(where, f"{at}.picks", what)
    for place, pick in enumerate(block.picks, 1):
        _selection(reader, where, f"{at}.picks[{place}]", pick)
    if block.kind == "night" and (block.picks or block.marathon):
        reader.fault(where, f"{at}.kind", "a night service has folders, or what tvd draws itself; no picks or marathon")
    if block.kind != "night" and (block.sign_off or block.sign_on):
        reader.fault(where, f"{at}.kind", 'sign_off and sign_on belong to a block of kind = "night"')


def _event(reader: Reader, where: str, at: str, event: Event) -> None:
    if event.at == "24:00":
        reader.fault(where, f"{at}.at", '"24:00" is no beginning: write "00:00" and the day after')
