"""The schedule of one channel: what was frozen, and behind it what the library as it is now would air.

``ChannelSchedule`` owns no task and no thread. ``load``, ``begin``, ``freeze`` and ``revise`` may wait for the disk and
belong in a thread, one at a time (a lock sees to it); everything else is arithmetic on values that are replaced whole,
and may be called from the event loop meanwhile. Over a large library computing takes its time: who calls ``look_ahead``
in a thread now and then has it done there, and only there.

Near items are *frozen*: written to the rundown, promised by the guide, never changed. What is not prepared by then is
put off by *reruns* of what is, so that the normaliser's slowness shows as repeats and not as a slate; the programme
put off stays the next in its order. Farther items are computed, kept until the library or the state changes.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import Final

from msgspec.structs import replace

from tvd.config import model
from tvd.library.source import Source
from tvd.media.house import NS
from tvd.playout import journal
from tvd.playout.continuity import NOTHING, Continuity
from tvd.playout.engine import WAITING, Engine
from tvd.playout.laid_out import Ahead, Frozen
from tvd.playout.material import Material
from tvd.playout.memory import Request
from tvd.playout.rundown import ScheduleItem
from tvd.playout.rundown_file import KIND, RundownFiles
from tvd.playout.schedule import Planned

_DAY: Final = 86_400
LONG_GAP: Final = 2 * _DAY
"""Seconds off air after which a channel starts anew instead of rolling on as if it had been on air."""
FARTHEST: Final = 8 * _DAY
"""Seconds of schedule computed at most."""
_EARLY: Final = 300
"""Seconds from now within which the first item of a rundown may start; a channel begins at once."""
_KEPT: Final = 2 * 3600
"""Seconds of frozen items kept in memory behind now; what really aired before is in the history and the as-run log."""


class ChannelSchedule:
    """What airs on ``channel``, in segments of its ``grid``.

    ``folder`` holds one folder a channel; the rundown is in the one named by its slug. ``sources`` returns everything
    in all folders of the channel as it is now and is asked often, from any thread: cheapest when it returns the same
    tuple until something changes.
    """

    def __init__(
        self,
        channel: model.Channel,
        folder: Path,
        sources: Callable[[], Sequence[Source]],
        continuity: Continuity = NOTHING,
    ) -> None:
        self.slug = channel.slug
        self._engine = Engine(channel, continuity)
        self.grid = self._engine.grid
        self._find = sources
        self._files = RundownFiles(folder / self.slug, self.grid)
        self._unwritten: list[tuple[Sequence[Planned], bool]] = []
        self._known: tuple[tuple[Source, ...], Material] = ((), Material(channel, ()))
        self._channel = channel
        self._begin: int | None = None
        self._frozen = Frozen()
        self._ahead: Ahead | None = None
        self._apart = False
        """Whether computing is left to ``look_ahead``."""
        self._disk = Lock()
        self._computing = Lock()

    @property
    def frozen_until(self) -> int:
        """First segment that is not promised; 0 while the channel has not begun."""
        return self._frozen.stop or 0

    @property
    def begun(self) -> bool:
        """Whether the channel has a beginning. False: nothing airs until ``begin``."""
        return self._frozen.stop is not None

    # What touches the disk ----------------------------------------------------------------------------------------

    def load(self, now_seq: int) -> None:
        """Read the rundown. After a long time off air the channel has not ``begun``, but remembers its order.

        Raises ``OSError`` when it cannot be read.
        """
        with self._disk:
            self._files.load(now_seq)
            ahead = [one.item for one in self._files.planned if one.item.seq_stop > now_seq]
            if ahead and ahead[0].seq_start > now_seq + self._segments(_EARLY):
                # Written while the clock was wrong: nothing airs now, and the plan is for a day to come.
                self._files.revise(now_seq)
            self._adopt(now_seq)

    def begin(self, seq: int) -> None:
        """Let the first programme start at ``seq``; does nothing when the channel has begun.

        Left out, the channel begins with the first ``freeze``.
        """
        with self._disk:
            if not self.begun:
                self._begin = seq
                self._adopt(seq)

    def freeze(
        self,
        now_seq: int,
        until_seq: int,
        prepared: Callable[[ScheduleItem], bool],
        *,
        next_too: bool = True,
        decide_seq: int | None = None,
    ) -> list[ScheduleItem]:
        """Promise what starts before ``until_seq``, what airs at ``now_seq`` and (``next_too``) what follows that.

        What is not prepared and starts at ``decide_seq`` or later is left open (and all behind it): it may still be
        in time, and a rerun in its place would be rash. None: everything is decided now. ``prepared`` says whether
        the asset of an item is ready or will be by its air time. Returns the items promised since the last call.
        Raises ``OSError`` when the disk did not take them: they are promised all the same, and written by the next
        call that can.
        """
        with self._disk:
            before = self.frozen_until
            fault = self._synchronise(now_seq)
            if not self.begun or (self._frozen.anew and not self._renew().everything.ids):
                # Nothing to begin with: the beginning waits for the first source.
                self._begin = max(self.frozen_until, now_seq)
                self._adopt(now_seq)
            while batch := self._batch(now_seq, until_seq, prepared, next_too=next_too, decide_seq=decide_seq):
                stop = self.frozen_until
                fault = self._commit(batch, now_seq) or fault
                if self.frozen_until <= stop:
                    break
            if fault is not None:
                raise fault
            return [one.item for one in self._frozen.planned if one.item.seq_start >= before]

    def revise(self, seq: int, request: Request | None = None) -> None:
        """Void the promise from ``seq`` on, which must not have been fed yet; what is on air by then ends there.

        ``request`` is what the owner asked for: it is remembered, and granted as soon as it can be. Raises ``OSError``
        when the disk does not take it; then nothing, or only the end of the promise, is void.
        """
        with self._disk:
            if (fault := self._synchronise(seq)) is not None:
                raise fault
            self._files.revise(seq, request)
            self._begin = seq
            self._adopt(seq)

    def delete_before(self, now_seq: int, days: int) -> int:
        """Delete rundown files older than ``days`` days that nothing is read from any more; return how many."""
        day = journal.day_of(self.grid, now_seq) - timedelta(days=days)
        return journal.delete_before(self._files.folder, KIND, day)

    def _synchronise(self, now_seq: int) -> OSError | None:
        """Write what a full disk refused, read what another process wrote; return what still hinders."""
        self._files.refresh()
        self._files.forget_before(now_seq - self._segments(_KEPT))
        fault = None
        try:
            while self._unwritten:
                self._files.append(self._unwritten[0][0], begin=self._unwritten[0][1])
                del self._unwritten[0]
        except OSError as error:
            fault = error
        self._adopt(now_seq)
        return fault

    def _commit(self, batch: Sequence[Planned], now_seq: int) -> OSError | None:
        """Promise ``batch``; return what hindered writing it."""
        begin, fault = self._frozen.anew, None
        try:
            if not self._unwritten:
                self._files.append(batch, begin=begin)
        except OSError as error:
            fault = error
        if fault or self._unwritten:
            self._unwritten.append((batch, begin))
        self._adopt(now_seq)
        return fault

    def _adopt(self, now_seq: int) -> None:
        """Make what the files say, and what they could not take yet, the promise."""
        planned, memory = list(self._files.planned), self._files.memory
        if self._unwritten:
            memory = memory.copy()
        for batch, begin in self._unwritten:
            for one in batch:
                end = planned[-1].item.seq_stop if planned else one.item.seq_start
                if one.item.seq_start == end or (begin and one is batch[0] and one.item.seq_start > end):
                    planned.append(one)
                    memory.advance(one.item.source, one.item.seq_start, one.step)
        oldest = now_seq - self._segments(LONG_GAP)
        recent = bool(planned) and planned[-1].item.seq_stop >= oldest
        if self._begin is not None and self._begin < oldest:
            self._begin = None
        self._frozen = Frozen(
            planned=tuple(planned),
            starts=tuple(one.item.seq_start for one in planned),
            stop=planned[-1].item.seq_stop if recent else self._begin,
            memory=memory,
            anew=not recent,
            revisions=self._files.revisions,
        )

    # Freezing -----------------------------------------------------------------------------------------------------

    def _batch(
        self,
        now_seq: int,
        until_seq: int,
        prepared: Callable[[ScheduleItem], bool],
        *,
        next_too: bool,
        decide_seq: int | None,
    ) -> list[Planned]:
        """Return what is to be promised next, at most to the end of a UTC day (a file)."""
        frozen, material = self._frozen, self._renew()
        batch: list[Planned] = []
        if frozen.stop is None:
            return batch
        seq, memory = frozen.stop, frozen.memory.copy()
        latest = frozen.starts[-1] if frozen.starts else -1
        day = journal.day_of(self.grid, seq)

        # What would have aired while tvd was off is history already, prepared or not.
        def usable(item: ScheduleItem) -> bool:
            return item.seq_stop <= now_seq or prepared(item)

        while seq <= now_seq or seq < until_seq or (next_too and latest <= now_seq):
            opening = frozen.anew and not batch
            group = self._engine.group(material, memory, seq, usable=usable, opening=opening)
            if not group:
                break
            if not usable(group[-1].item):
                if decide_seq is not None and seq >= decide_seq:
                    break
                again = self._engine.rerun(material, memory, seq, prepared)
                if again is not None and opening and again.item.source not in memory.aired:
                    again = Planned(item=replace(again.item, kind="programme"))  # what it begins with is none
                group = [again] if again is not None else group
            for one in group:
                if batch and journal.day_of(self.grid, one.item.seq_start) != day:
                    return batch
                batch.append(one)
                memory.advance(one.item.source, one.item.seq_start, one.step)
            latest, seq = group[-1].item.seq_start, group[-1].item.seq_stop
        return batch

    # What takes its time ------------------------------------------------------------------------------------------

    def look_ahead(self, until: int) -> None:
        """Compute what airs up to segment ``until``, with the library as it is now.

        From the first call on everything else that may be asked answers with what this has computed, so that it is
        cheap. Meant for a thread; one at a time.
        """
        self._apart = True
        material, frozen = self._renew(), self._frozen
        if frozen.stop is None:
            self._engine.group(material, frozen.memory, until, opening=True)
            return
        with self._computing:
            ahead = self._ahead_of(frozen, material)
            ahead.extend(min(until, frozen.stop + self._segments(FARTHEST)))
            self._ahead = ahead

    # What may be asked at any time --------------------------------------------------------------------------------

    def sources(self) -> Mapping[str, Source]:
        """Return all that can be planned now, by identity."""
        return self._current().everything.by_id

    def midnight_after(self, seq: int) -> int:
        """Return the first segment of the channel's local day after that of ``seq``."""
        return self._engine.calendar.midnight_after(seq)

    def pending(self, seq: int) -> list[tuple[Request, ScheduleItem | None]]:
        """Return the wishes that still hold at ``seq``, each with where it is promised to air (None: not yet)."""
        asked, waiting = self._files.asked, {one.id for one in self._frozen.memory.requests}
        granted = {one.step.served: one.item for one in self._frozen.planned if one.step.served} if asked else {}
        found = []
        for request in asked:
            item = granted.get(request.id)
            if item is None and request.id not in waiting:
                continue  # granted and forgotten
            until = item.seq_start if item is not None else request.until or request.seq + self._segments(WAITING)
            if seq < until:
                found.append((request, item))
        return found

    def item_at(self, seq: int) -> ScheduleItem | None:
        """Return what airs at ``seq``, promised or computed; None where nothing does (no sources, not begun)."""
        return next(iter(self.between(seq, seq + 1)), None)

    def opening(self, seq: int) -> ScheduleItem | None:
        """Return the programme a channel that has not begun would begin with at ``seq``; None without any source."""
        frozen = self._frozen
        group = self._engine.group(self._current(), frozen.memory, seq, opening=True)
        return group[0].item if group else None

    def between(self, seq_from: int, seq_to: int) -> tuple[ScheduleItem, ...]:
        """Return what airs from ``seq_from`` to before ``seq_to``, in order; eight days (or 2,500 items) at most."""
        frozen = self._frozen
        seq_to = min(seq_to, seq_from + self._segments(FARTHEST))
        first = max(0, bisect_right(frozen.starts, seq_from) - 1)
        near = frozen.planned[first : bisect_left(frozen.starts, seq_to)]
        computed = self._computed(frozen, seq_from, seq_to)
        return (*(one.item for one in near if one.item.seq_stop > seq_from), *computed)

    def upcoming(self, seq: int, until: int) -> tuple[ScheduleItem, ...]:
        """Return what must be prepared for the time from ``seq`` to ``until``: each source's first airing, in order."""
        first: dict[str, ScheduleItem] = {}
        for item in self.between(seq, until):
            first.setdefault(item.source, item)
        return tuple(first.values())

    def _computed(self, frozen: Frozen, seq_from: int, seq_to: int) -> list[ScheduleItem]:
        """Return the items behind the promise that air in the time asked for."""
        if frozen.stop is None or seq_to <= frozen.stop:
            return []
        seq_to = min(seq_to, frozen.stop + self._segments(FARTHEST + LONG_GAP))
        if self._apart:
            ahead = self._ahead
            if ahead is not None and ahead.frozen is not frozen:
                ahead = ahead.after(frozen)
            if ahead is None:
                return []
        else:
            with self._computing:
                ahead = self._ahead = self._ahead_of(frozen, self._current())
                ahead.extend(seq_to)
        first = max(0, bisect_right(ahead.starts, seq_from) - 1)
        chosen = ahead.items[first : bisect_left(ahead.starts, seq_to)]
        return [item for item in chosen if item.seq_stop > seq_from]

    def _ahead_of(self, frozen: Frozen, material: Material) -> Ahead:
        """Return what is computed already behind ``frozen`` with ``material``, or a fresh start."""
        ahead = self._ahead
        if ahead is not None and ahead.material is material:
            if ahead.frozen is frozen:
                return ahead
            if (left := ahead.after(frozen)) is not None:
                return left
        more = self._engine.lay_out(material, frozen.memory.copy(), frozen.stop or 0, opening=frozen.anew)
        return Ahead(frozen, material, more)

    def _current(self) -> Material:
        """Return what can be planned, as of now or of the last look ahead."""
        return self._known[1] if self._apart else self._renew()

    def _renew(self) -> Material:
        """Return what can be planned now, the same until a source changes."""
        known, material = self._known
        sources = tuple(self._find())
        if sources is not known and sources != known:
            material = Material(self._channel, sources)
        self._known = (sources, material)
        return material

    def _segments(self, seconds: int) -> int:
        return self.grid.seq_at(seconds * NS)
