"""M3U: the list of channels for IPTV players. Extended M3U as Kodi, Jellyfin, TiviMate and VLC read it."""

import re
from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from tvd.guide.xmltv import channel_id

Form = Literal["hls", "ts"]
# Values stand in double quotes that cannot be escaped; a line ends the entry.
_UNQUOTABLE: Final = re.compile(r'["\x00-\x1f\x7f-\x9f\u2028\u2029]+')


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One channel of the list; ``logo`` and ``url`` are paths below the root of tvd."""

    number: int
    name: str
    logo: str
    url: str


def render_m3u(title: str, base: str, channels: Iterable[Listed]) -> str:
    """Return the list; ``base`` is the absolute URL of tvd's root without a slash at its end, ``title`` the group.

    The URL of a channel is its identity to Jellyfin, so it carries nothing that could change.
    """
    guide = f"{base}/iptv/guide.xml"
    lines = [f'#EXTM3U url-tvg="{guide}" x-tvg-url="{guide}"']
    for channel in channels:
        name, number, identity = _plain(channel.name), channel.number, channel_id(channel.number)
        lines.append(
            f'#EXTINF:-1 tvg-id="{identity}" channel-id="{identity}" tvg-chno="{number}" channel-number="{number}" '
            f'tvg-name="{name}" tvg-logo="{base}{channel.logo}" group-title="{_plain(title)}",{name}'
        )
        lines.append(f"{base}{channel.url}")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Return ``text`` without what would end a value or a line; a comma would end the attributes for some."""
    return " ".join(_UNQUOTABLE.sub(" ", text).replace(",", " ").split())
