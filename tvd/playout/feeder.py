"""Says, segment by segment, what a channel airs, and reads it: rundown, then asset, else slate.

What was decided for a segment once is in the as-run log and stays: after a restart the same segments come again,
byte for byte. What is not there yet is waited for as long as its place on the time line allows.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol

from tvd import logs, metrics
from tvd.errors import AssetInvalidError, NotFoundError
from tvd.library.asset import Asset
from tvd.media.asset_file import AssetFile
from tvd.media.fragment import Fragment
from tvd.media.house import HouseFormat
from tvd.media.sound_file import with_sound
from tvd.media.treatment import Treatment
from tvd.playout.asrun import AsRun
from tvd.playout.rundown import ItemKind, ScheduleItem

GROWING_MARGIN: Final = 2
"""Segments a growing asset must be ahead before a channel joins it; once joined, every written one airs."""
SLATE_PATIENCE: Final = 30.0
"""Seconds a slate is waited for that is not there at all."""
_LOOK: Final = 0.05


class Assets(Protocol):
    """What the feeder needs of the asset store."""

    def find(self, source_id: str, house: HouseFormat, treatment: Treatment) -> Asset | None:
        """Return the best asset of a source, perhaps still growing."""
        ...

    def night(self, source_id: str, house: HouseFormat, treatment: Treatment) -> Asset | None:
        """Return the night sound of a source, None when there is none."""
        ...

    def get(self, generation: str, key: str) -> Asset | None:
        """Return one asset by its names."""
        ...

    def slate(self, house: HouseFormat) -> Asset | None:
        """Return the slate of a house."""
        ...

    def open(self, asset: Asset) -> AssetFile:
        """Return a reader; blocks."""
        ...

    def opened(self, asset: Asset) -> AssetFile | None:
        """Return the reader when it is open already; never waits."""
        ...

    async def discard(self, asset: Asset, reason: str) -> None:
        """Give up an asset found unusable."""
        ...


class Plan(Protocol):
    """What the feeder needs of the schedule."""

    @property
    def opening(self) -> bool:
        """Whether the channel has not begun and there is something it is going to begin with."""
        ...

    async def item_at(self, seq: int) -> ScheduleItem | None:
        """Return what airs as segment ``seq``; from now on that is a promise."""
        ...


class Record(Protocol):
    """What the feeder needs of the as-run log."""

    def at(self, seq: int) -> tuple[AsRun, int] | None:
        """Return what was fed as ``seq`` and which segment of it."""
        ...

    def append(self, entry: AsRun) -> bool:
        """Note what is fed from now on; blocks. Raises ``OSError``."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """Segment ``index`` of ``asset`` airs; ``item`` is the schedule item it stands for (empty: none).

    ``sound`` is night sound that airs in the place of the asset's own.
    """

    asset: Asset
    index: int
    item: str
    kind: ItemKind
    title: str
    awaited: bool = False
    """A slate in the place of something that may still come in time."""
    sound: Asset | None = None

    def follows(self, last: "Choice | None") -> bool:
        """Whether it is simply the next segment of what aired before."""
        if last is None or self.asset is not last.asset or (self.item, self.kind) != (last.item, last.kind):
            return False
        if self.sound is not last.sound:
            return False
        following = last.index + 1
        return self.index == (following % self.asset.segments if self.kind == "slate" else following)


class Feeder:
    """Chooses and reads the segments of one channel in one house format.

    ``replay_before`` is the first segment that was certainly not decided by an earlier run: below it the as-run log
    is followed. ``due(seq)`` says whether a segment must be decided now; until then a missing one is waited for.
    ``quiet(seq)`` says whether what begins there airs with night sound, where it has any.
    Raises nothing a missing or broken asset could cause: then the slate airs.
    """

    def __init__(
        self,
        slug: str,
        house: HouseFormat,
        treatment: Treatment,
        *,
        plan: Plan,
        assets: Assets,
        asrun: Record,
        replay_before: int,
        due: Callable[[int], bool] = lambda _seq: True,
        quiet: Callable[[int], bool] = lambda _seq: False,
    ) -> None:
        self.house = house
        self._slug = slug
        self._treatment = treatment
        self._plan = plan
        self._assets = assets
        self._asrun = asrun
        self._replay_before = replay_before
        self._due = due
        self._quiet = quiet
        self._logged_from: int | None = None
        self._last: Choice | None = None
        self._sounding: tuple[str, Asset | None] = "", None
        self._log = logs.get("feeder").bind(channel=slug)

    @property
    def now(self) -> Choice | None:
        """What was chosen last."""
        return self._last

    async def fragment(self, seq: int) -> Fragment:
        """Return the coded samples of segment ``seq``. Raises only when even the slate is missing or broken."""
        while True:
            choice = await self._settled(seq)
            try:
                fragment = await self._read(choice.asset, choice.index)
            except (AssetInvalidError, IndexError, OSError) as error:
                if choice.kind == "slate":
                    raise AssetInvalidError(choice.asset.path, f"the slate cannot be read: {error!r}") from error
                await self._assets.discard(choice.asset, str(error) or type(error).__name__)
                continue
            if choice.sound is not None:
                fragment, choice = await self._softened(fragment, choice)
            if not choice.follows(self._last):
                await self._note(seq, choice)
            if choice.kind == "slate":
                metrics.slate_segments.labels(self._slug).inc()
            self._last = choice
            return fragment

    async def _settled(self, seq: int) -> Choice:
        """Return what airs as ``seq`` once that is certain: what is awaited has come, or has to be given up."""
        until = time.monotonic() + SLATE_PATIENCE
        while True:
            choice = await self._choose(seq)
            if choice is not None and not (choice.awaited and not self._due(seq)):
                return choice
            # On the very first start there is not even a slate yet.
            if choice is None and time.monotonic() >= until:
                raise NotFoundError(f"no slate in {self.house.label}")
            await asyncio.sleep(_LOOK)

    async def _read(self, asset: Asset, index: int) -> Fragment:
        file = self._assets.opened(asset)
        fragment = None if file is None else file.at_hand(index)
        return await asyncio.to_thread(self._read_from_disk, asset, index) if fragment is None else fragment

    def _read_from_disk(self, asset: Asset, index: int) -> Fragment:
        return self._assets.open(asset).fragment(index)

    async def _softened(self, fragment: Fragment, choice: Choice) -> tuple[Fragment, Choice]:
        """Return the segment with its night sound; with its own when that cannot be read, and then to the end."""
        assert choice.sound is not None
        try:
            sound = await self._read(choice.sound, choice.index)
        except (AssetInvalidError, IndexError, OSError) as error:
            await self._assets.discard(choice.sound, str(error) or type(error).__name__)
            return fragment, replace(choice, sound=None)
        return with_sound(fragment, sound), choice

    async def _choose(self, seq: int) -> Choice | None:
        """Return what would air as ``seq`` now, None when there is nothing at all."""
        again = self._again(seq) if seq < self._replay_before else None
        if again is not None and again.kind != "slate":
            return again
        item = await self._plan.item_at(seq)
        # A slate in the place of one item says nothing of the next: whoever got there would have logged it.
        if again is not None and again.item == (item.id if item else ""):
            return again
        if item is None:
            return await self._before_all(seq) or self._slate(seq, None, awaited=self._plan.opening)
        last = self._last
        joined = last is not None and last.item == item.id and last.kind != "slate"
        asset = last.asset if joined and last is not None and not last.asset.lost else None
        asset = asset or self._assets.find(item.source, self.house, self._treatment)
        index = item.first + seq - item.seq_start
        if asset is None or asset.lost or index >= asset.segments:
            # What is shorter than planned stays so; anything else may still come.
            return self._slate(seq, item, awaited=asset is None or bool(asset.lost))
        safe = index + 1 if joined or not asset.growing else min(index + 1 + GROWING_MARGIN, asset.segments)
        if asset.ready < safe:
            return self._slate(seq, item, awaited=True)
        sound = self._sound(seq, item, asset)
        return Choice(asset, index, item.id, item.kind, item.title, sound=sound)

    async def _before_all(self, seq: int) -> Choice | None:
        """Return what is fed before the first segment of all when there is no slate yet; nobody gets to see it."""
        if self._last is not None or self._assets.slate(self.house) is not None:
            return None
        first = await self._plan.item_at(seq + 1)
        asset = self._assets.find(first.source, self.house, self._treatment) if first else None
        return Choice(asset, 0, "", "slate", "") if asset is not None and asset.ready and not asset.lost else None

    def _sound(self, seq: int, item: ScheduleItem, asset: Asset) -> Asset | None:
        """Return the night sound a programme airs with: chosen where it begins, kept to its end."""
        if self._sounding[0] != item.id:
            self._sounding = item.id, self._begin(seq, item, asset)
        sound = self._sounding[1]
        return None if sound is None or sound.lost else sound

    def _begin(self, seq: int, item: ScheduleItem, asset: Asset) -> Asset | None:
        before = self._asrun.at(seq - 1)
        if before is not None and before[0].item == item.id and before[0].kind != "slate":
            return self._named(before[0].sound)  # tvd was started again in the middle of it
        sound = self._assets.night(item.source, self.house, self._treatment) if self._quiet(item.seq_start) else None
        usable = sound is not None and not asset.growing and sound.segments == asset.segments
        return sound if usable else None

    def _named(self, name: str) -> Asset | None:
        """Return the asset an as-run log means, None when it is gone."""
        generation, _, key = name.partition("/")
        asset = self._assets.get(generation, key) if name else None
        return asset if asset is not None and not asset.lost else None

    def _again(self, seq: int) -> Choice | None:
        """Return what an earlier run aired as ``seq``, when it still can be had."""
        known = self._asrun.at(seq)
        if known is None:
            return None
        entry, index = known
        if self._logged_from is not None and entry.seq >= self._logged_from:
            return None  # of this run
        asset = self._named(entry.asset)
        slate = self._assets.slate(self.house)
        if asset is None or slate is None or asset.generation != slate.generation:
            return None
        if entry.kind == "slate":
            index %= asset.segments
        if index >= asset.ready:
            return None
        return Choice(asset, index, entry.item, entry.kind, entry.title, sound=self._named(entry.sound))

    def _slate(self, seq: int, item: ScheduleItem | None, *, awaited: bool = False) -> Choice | None:
        slate = self._assets.slate(self.house)
        if slate is None:
            return None
        index = seq % (slate.ready if slate.growing else slate.segments)
        return Choice(slate, index, item.id if item else "", "slate", item.title if item else "", awaited)

    async def _note(self, seq: int, choice: Choice) -> None:
        """Log a join: to the as-run file first, so that a restart airs the same."""
        asset = choice.asset
        entry = AsRun(
            seq=seq,
            asset=f"{asset.generation}/{asset.key}",
            index=choice.index,
            item=choice.item,
            kind=choice.kind,
            title=choice.title,
            sound=f"{choice.sound.generation}/{choice.sound.key}" if choice.sound else "",
        )
        try:
            news = await asyncio.to_thread(self._asrun.append, entry)
        except OSError as error:
            news = True
            self._log.error("asrun.unwritten", reason=str(error))
        if news and self._logged_from is None:
            self._logged_from = seq
        metrics.programme_joins.labels(self._slug).inc()
        self._log.info(
            "programme.started",
            programme=choice.item,
            kind=choice.kind,
            title=choice.title,
            asset=asset.key,
            seq=seq,
            segment=choice.index,
            provisional=asset.provisional,
            night=choice.sound is not None,
        )
