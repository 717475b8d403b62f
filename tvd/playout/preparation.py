"""How far the assets of a channel's programmes are: between its schedule, the asset store and the normaliser."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from tvd.clock import NS
from tvd.library.asset import Asset
from tvd.library.queue import Wanted
from tvd.library.source import Source
from tvd.media.house import HouseFormat
from tvd.media.treatment import Treatment
from tvd.playout.output import Output
from tvd.playout.rundown import ScheduleItem

_MARGIN_NS = 10 * NS
"""An asset expected only this long before air counts as late."""


class Making(Protocol):
    """What is asked of the normaliser."""

    def expected_ready(
        self, source: Source, house: HouseFormat, treatment: Treatment, air_ns: int | None = None
    ) -> int | None:
        """Return when the asset could go on air if it were to air at ``air_ns`` (UTC nanoseconds); None: never."""
        ...


class Shelf(Protocol):
    """What is asked of the asset store."""

    def find(self, source_id: str, house: HouseFormat, treatment: Treatment) -> Asset | None:
        """Return the best asset of a source, perhaps still growing."""
        ...


class Preparation:
    """Answers for one channel and its output. ``quiet(seq)``: whether what begins there airs with night sound."""

    def __init__(
        self,
        output: Output,
        shelf: Shelf,
        making: Making,
        find_source: Callable[[str], Source | None],
        quiet: Callable[[int], bool] = lambda _seq: False,
    ) -> None:
        self.output = output
        self._shelf = shelf
        self._making = making
        self._find_source = find_source
        self._quiet = quiet

    def ready(self, item: ScheduleItem) -> int:
        """Return how many segments of the item's asset can be read now."""
        asset = self._shelf.find(item.source, self.output.house, self.output.treatment)
        return asset.ready if asset else 0

    def expected(self, item: ScheduleItem) -> bool:
        """Return whether the asset is there, or will be far enough when the item comes on air."""
        house, treatment = self.output.house, self.output.treatment
        asset = self._shelf.find(item.source, house, treatment)
        if asset is not None and not asset.growing:
            return True
        source = self._find_source(item.source)
        if source is None:
            return False
        air_ns = house.grid.start_ns(item.seq_start)
        at = self._making.expected_ready(source, house, treatment, air_ns)
        return at is not None and at + _MARGIN_NS <= air_ns

    def wanted(self, item: ScheduleItem) -> Wanted | None:
        """Return the need an item has, None when its source is gone."""
        source = self._find_source(item.source)
        if source is None or not source.schedulable:
            return None
        air_ns = self.output.house.grid.start_ns(item.seq_start)
        return Wanted(source, self.output.house, self.output.treatment, air_ns)

    def night(self, item: ScheduleItem) -> Wanted | None:
        """Return the need of night sound an item has; what tvd draws itself is quiet already."""
        if not self._quiet(item.seq_start):
            return None
        wanted = self.wanted(item)
        return None if wanted is None or wanted.source.path is None else replace(wanted, night=True)
