"""What a channel's programming can draw from at one moment: a pool for each block, event and kind of interstitial."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from tvd.config import model
from tvd.config.programming import Block, Event, Pick, Selection
from tvd.library.source import Source
from tvd.playout.catalogue import Index, Pool


def picks_of(block: Block) -> list[tuple[str, Pick]]:
    """Return what ``block`` is mixed from, each with the key it is remembered by."""
    return [(f"{block.name}#{place}", pick) for place, pick in enumerate(block.picks, 1)] or [(block.name, block)]


class Material:
    """The pools of ``channel`` over ``sources``, everything in all of its folders. Never changes."""

    def __init__(self, channel: model.Channel, sources: tuple[Source, ...]) -> None:
        self._channel = channel
        self._index = Index.of(sources)
        # What airs between programmes is no programme, even where its folder is inside one of the channel's.
        self._between = (*channel.idents, *channel.bumpers, *channel.fillers, *_night_folders(channel.blocks))
        self._picks: dict[int, tuple[tuple[str, Pick, Pool], ...]] = {}

    @cached_property
    def everything(self) -> Pool:
        """All that can be planned."""
        return self._index.pool(Selection(), ())

    @cached_property
    def programmes(self) -> Pool:
        """What airs where no block says otherwise; everything there is rather than nothing."""
        if self._channel.generator:
            own = Pool([source for source in self.everything.by_id.values() if source.path is None])
        else:
            own = self._index.pool(Selection(), self._channel.folders, self._between)
        return own if own.ids else self.everything

    def own(self, selection: Selection) -> Pool:
        """Return what a block's pick or an event selects; it may be empty."""
        return self._index.pool(selection, self._channel.folders, () if selection.folders else self._between)

    def picks(self, number: int) -> tuple[tuple[str, Pick, Pool], ...]:
        """Return the picks of block ``number`` that have anything, each with the key it is remembered by."""
        if (known := self._picks.get(number)) is None:
            block = self._channel.blocks[number]
            every = ((key, pick, self.own(pick)) for key, pick in picks_of(block))
            known = self._picks[number] = tuple(each for each in every if each[2].ids)
        return known

    def event(self, event: Event) -> Pool:
        """Return what ``event`` may air."""
        return self.own(event)

    @cached_property
    def idents(self) -> Pool:
        """The channel's own idents."""
        return self._folders(self._channel.idents)

    @cached_property
    def bumpers(self) -> Pool:
        """The channel's own bumpers."""
        return self._folders(self._channel.bumpers)

    @cached_property
    def fillers(self) -> Pool:
        """What fills the time before an event."""
        return self._folders((*self._channel.fillers, *self._channel.bumpers, *self._channel.idents))

    def night(self, block: Block) -> Pool:
        """Return the night service of ``block``, empty when it has none of its own."""
        return self.own(block) if any(getattr(block, name) for name in _FILTERS) else Pool()

    def sign_off(self, block: Block) -> Pool:
        """Return what ``block`` begins with."""
        return self._folders(block.sign_off)

    def sign_on(self, block: Block) -> Pool:
        """Return what ``block`` ends with."""
        return self._folders(block.sign_on)

    def _folders(self, folders: Sequence[Path]) -> Pool:
        return self._index.pool(Selection(folders=tuple(folders)), ()) if folders else Pool()


_FILTERS = tuple(Selection.__struct_fields__)


def _night_folders(blocks: Sequence[Block]) -> tuple[Path, ...]:
    return tuple(
        folder
        for block in blocks
        if block.kind == "night"
        for folder in (*block.sign_off, *block.sign_on, *block.folders)
    )
