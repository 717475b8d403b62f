"""Phones that control a screen: who is allowed to, and for how long. No sockets here.

A screen asks for a *code* of six digits, shows it, and whoever types it within five minutes gets a *token* that cannot
be guessed. A code works once. Everything is in memory and bounded; a restart forgets all of it.
"""

import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

CODE_LIFE: Final = 300.0
"""Seconds a code works."""
IDLE_LIFE: Final = 12 * 3600.0
"""Seconds that a screen is remembered after it, and every phone of it, was last there."""
SCREENS: Final = 200
PHONES: Final = 8
"""Phones of one screen at most: the oldest gives way."""
TRIES: Final = 5
"""Wrong codes from one address in a minute."""
ALL_TRIES: Final = 60
"""Wrong codes from everybody in a minute: with a million codes guessing leads nowhere."""
_MINUTE: Final = 60.0


class TooManyTriesError(Exception):
    """Wrong codes came too fast; try again in a minute."""


@dataclass(slots=True)
class Screen:
    """A screen that can be controlled: its own secret, the code it shows (or none), the phones it obeys."""

    token: str
    seen: float
    here: bool = False
    """Whether it is connected now."""
    code: str = ""
    code_until: float = 0.0
    phones: deque[str] = field(default_factory=lambda: deque(maxlen=PHONES))


class Pairings:
    """All screens and their phones; ``now`` is a monotonic clock in seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._screens: dict[str, Screen] = {}
        self._wrong: deque[tuple[float, str]] = deque(maxlen=ALL_TRIES)

    def screen(self, token: str) -> Screen | None:
        """Return the screen that ``token`` belongs to, or a new one, here now; None when there are too many screens."""
        now = self._now()
        for old in [key for key, one in self._screens.items() if not one.here and one.seen < now - IDLE_LIFE]:
            del self._screens[old]
        found = self._screens.get(token)
        if found is None:
            if len(self._screens) >= SCREENS and not self._forget_one():
                return None
            found = Screen(secrets.token_urlsafe(24), now)
            self._screens[found.token] = found
        found.here = True
        return found

    def _forget_one(self) -> bool:
        """Forget the screen that is away for longest and has no phones, if there is one."""
        away = [one for one in self._screens.values() if not one.here and not one.phones]
        if away:
            del self._screens[min(away, key=lambda one: one.seen).token]
        return bool(away)

    def left(self, screen: Screen) -> None:
        """Count from now on how long ``screen`` is away."""
        screen.here, screen.seen = False, self._now()

    def new_code(self, screen: Screen) -> str:
        """Return a code for ``screen``; the one before no longer works."""
        taken = {one.code for one in self._screens.values()}
        while (code := f"{secrets.randbelow(1_000_000):06d}") in taken:
            pass
        screen.code, screen.code_until = code, self._now() + CODE_LIFE
        return code

    def pair(self, code: str, address: str) -> tuple[Screen, str] | None:
        """Return the screen that shows ``code`` and a token for the phone at ``address``; None for a wrong code.

        Raises :class:`TooManyTriesError` when there were too many wrong ones of late.
        """
        now = self._now()
        while self._wrong and self._wrong[0][0] < now - _MINUTE:
            self._wrong.popleft()
        if len(self._wrong) >= ALL_TRIES or sum(who == address for _, who in self._wrong) >= TRIES:
            raise TooManyTriesError
        for screen in self._screens.values():
            if screen.code and screen.code_until >= now and secrets.compare_digest(screen.code.encode(), code.encode()):
                screen.code = ""
                token = secrets.token_urlsafe(24)
                screen.phones.append(token)
                return screen, token
        self._wrong.append((now, address))
        return None

    def of_phone(self, token: str) -> Screen | None:
        """Return the screen that the phone with ``token`` controls, if it still may."""
        for screen in self._screens.values():
            if token in screen.phones:
                screen.seen = self._now()
                return screen
        return None

    def leave(self, screen: Screen, token: str) -> None:
        """Let a phone go."""
        if token in screen.phones:
            screen.phones.remove(token)

    def forget(self, screen: Screen) -> None:
        """Let all phones of ``screen`` go and take back its code."""
        screen.phones.clear()
        screen.code = ""
