"""What changed between two configurations, and what of it needs a restart. Pure."""

from dataclasses import dataclass
from typing import Final

import msgspec

from tvd.config.load import SECTIONS
from tvd.config.model import Channel, Config

_RESTART: Final = (
    ("server", "host"),
    ("server", "port"),
    ("server", "public_url"),
    ("server", "trusted_proxies"),
    ("storage", "data"),
    ("storage", "asrun_days"),
    ("normaliser", "nice"),
    ("normaliser", "timeout_factor"),
    ("ffmpeg", "binary"),
    ("iptv", "guide_days"),
    ("iptv", "tuners"),
    ("iptv", "discovery"),
    ("logging", "format"),
)
"""What is read once, at start. Everything else takes effect with the reload."""


@dataclass(frozen=True, slots=True)
class Changes:
    """The way from one configuration to another.

    A channel is the same one while its slug is; ``changed`` holds (old, new). ``sections`` names the tables with a
    changed value, whether or not a channel feels it: a channel's own ``house`` and ``ffmpeg`` are complete, so a change
    of the global ones shows in ``changed`` as well. ``restart`` lists the dotted keys that take effect only when tvd
    is started again.
    """

    added: tuple[Channel, ...] = ()
    removed: tuple[Channel, ...] = ()
    changed: tuple[tuple[Channel, Channel], ...] = ()
    sections: frozenset[str] = frozenset()
    restart: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.added or self.removed or self.changed or self.sections)


def diff(old: Config, new: Config) -> Changes:
    """Return what changed from ``old`` to ``new``."""
    before = {channel.slug: channel for channel in old.channels}
    after = {channel.slug: channel for channel in new.channels}
    changed = tuple(
        (before[slug], channel) for slug, channel in after.items() if slug in before and before[slug] != channel
    )
    restart = [
        f"{section}.{key}"
        for section, key in _RESTART
        if getattr(getattr(old, section), key) != getattr(getattr(new, section), key)
    ]
    # Another frame rate is another time line: the numbers of its segments would fall or leap.
    restart += [f"channels.{now.slug}.house.fps" for was, now in changed if was.house.fps != now.house.fps]
    return Changes(
        added=tuple(channel for slug, channel in after.items() if slug not in before),
        removed=tuple(channel for slug, channel in before.items() if slug not in after),
        changed=changed,
        sections=frozenset(name for name in SECTIONS if getattr(old, name) != getattr(new, name)),
        restart=tuple(restart),
    )


def describe(changes: Changes) -> dict[str, object]:
    """Return ``changes`` as the fields of one log event."""
    return {
        "added": [channel.slug for channel in changes.added],
        "removed": [channel.slug for channel in changes.removed],
        "changed": [_keys(was, now) for was, now in changes.changed],
        "sections": sorted(changes.sections),
        "restart_needed": list(changes.restart),
    }


def _keys(was: Channel, now: Channel) -> str:
    names = [
        field.name for field in msgspec.structs.fields(Channel) if getattr(was, field.name) != getattr(now, field.name)
    ]
    return f"{now.slug}: {', '.join(names)}"
