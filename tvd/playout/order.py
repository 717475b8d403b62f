"""Which source airs next: pure functions of the catalogue, a tiny state and the channel's name.

Nothing here draws lots: the same catalogue and state give the same answer on every machine and in every Python.

- ``Shuffle``: a bag that is emptied before it is filled again. Bag ``k`` orders the sources by a hash of (slug, k,
  source id), so the whole state is the number of the bag and how far it is emptied: a source that is added joins this
  bag when its hash is still to come, else the next one; one that is removed is simply not met.
- ``Sequential``: natural order of the paths (``Part 2`` before ``Part 10``), from the last one aired on.
- ``Random``: drawn by a hash of (slug, segment number), whatever aired before but the last.

None of them airs the same source twice in a row while there is another.
"""

import hashlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, Protocol

import msgspec

from tvd.config.kinds import Order
from tvd.library.names import natural_key
from tvd.library.source import Source
from tvd.text import writable

_BAGS_KEPT: Final = 4
"""Orders of bags kept: laying out moves forward, a second reader starts again near the beginning."""


class State(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where one of a channel's picks is in its order; small enough to stand on every line of a rundown.

    ``bag`` and ``cursor`` (hash of the last source taken out, -1 when full) belong to the shuffle, as do
    ``deferred``: a source passed over because it had just aired, which comes next, and ``taken``: those taken out of
    turn. ``after`` is the path last aired in sequential order. ``last`` is the source aired last, rerun or not.
    """

    bag: int = 0
    cursor: int = -1
    deferred: str = ""
    after: str = ""
    last: str = ""
    taken: tuple[str, ...] = ()


class Catalogue:
    """The sources of a channel that can be planned, at one moment; never changes, so what is derived is kept."""

    def __init__(self, sources: Sequence[Source] = ()) -> None:
        self.by_id = {source.id: source for source in sources if source.schedulable}
        self.ids = sorted(self.by_id)

    @cached_property
    def natural(self) -> tuple[list[str], list[Source]]:
        """Sort keys and sources in natural order of their paths."""
        pairs = sorted((place_key(place_of(source)), source.id) for source in self.by_id.values())
        return [key for key, _ in pairs], [self.by_id[identity] for _, identity in pairs]


class Sequencer(Protocol):
    """One of the orders a channel can have."""

    def next(self, catalogue: Catalogue, state: State, seq: int) -> tuple[Source, State] | None:
        """Return the source that airs from segment ``seq`` and the state after it, None without any source."""
        ...


def sequencer(order: Order, slug: str) -> Sequencer:
    """Return the order a channel is configured to have."""
    match order:
        case "shuffle" | "series":
            return Shuffle(slug)
        case "sequential":
            return Sequential()
        case "random":
            return Random(slug)


def place_of(source: Source) -> str:
    """Return what the sequential order sorts by: the path, the identity of what has none."""
    return writable(source.path.as_posix()) if source.path else source.id


@lru_cache(maxsize=1 << 17)
def place_key(path: str) -> str:
    """Return a string that sorts as people expect, another one for each path."""
    return f"{natural_key(path)}\0{path}"


def digest(*words: str | int) -> int:
    """Return a number drawn from ``words``: the same on every machine, 64 bits."""
    return int.from_bytes(hashlib.blake2b("\0".join(map(str, words)).encode(), digest_size=8).digest())


@dataclass(frozen=True, slots=True)
class _Bag:
    """One bag: hashes in order, and beside each the index of its source in ``Catalogue.ids``."""

    hashes: "array[int]"
    indices: "array[int]"

    @classmethod
    def of(cls, slug: str, number: int, ids: Sequence[str]) -> "_Bag":
        start = hashlib.blake2b(f"{slug}\0{number}\0".encode(), digest_size=8)
        hashes = array("Q")
        for identity in ids:
            one = start.copy()
            one.update(identity.encode())
            hashes.append(int.from_bytes(one.digest()))
        order = sorted(range(len(ids)), key=hashes.__getitem__)
        return cls(array("Q", map(hashes.__getitem__, order)), array("L", order))


class Shuffle:
    """A bag for each round; see the module's docstring."""

    def __init__(self, slug: str) -> None:
        self._slug = slug
        # One value, replaced whole: a thread that freezes and the event loop may both be asking.
        self._kept: tuple[Catalogue, dict[int, _Bag]] = (Catalogue(), {})

    def _bag(self, catalogue: Catalogue, number: int) -> _Bag:
        owner, bags = self._kept
        if owner is not catalogue:
            bags = {}
        bag = bags.get(number)
        if bag is None:
            bag = _Bag.of(self._slug, number, catalogue.ids)
            self._kept = catalogue, {**dict(list(bags.items())[1 - _BAGS_KEPT :]), number: bag}
        return bag

    def next(self, catalogue: Catalogue, state: State, seq: int) -> tuple[Source, State] | None:  # noqa: ARG002 - of the protocol
        """Take the next source out of the bag, of a new one when it is empty."""
        count = len(catalogue.ids)
        if not count:
            return None
        just_aired = state.last if count > 1 else ""
        while True:
            waiting = state.deferred if state.deferred in catalogue.by_id else ""
            if waiting and waiting != just_aired:
                return catalogue.by_id[waiting], msgspec.structs.replace(state, deferred="", last=waiting)
            bag = self._bag(catalogue, state.bag)
            passed = waiting
            for place in range(bisect_right(bag.hashes, state.cursor), count):
                chosen = catalogue.ids[bag.indices[place]]
                if chosen == just_aired:
                    passed = just_aired
                elif chosen not in state.taken:
                    cursor = bag.hashes[place]
                    taken = self._still_taken(state, cursor) if state.taken else ()
                    after = msgspec.structs.replace(state, cursor=cursor, deferred=passed, last=chosen, taken=taken)
                    return catalogue.by_id[chosen], after
            # Empty, or nothing left but what has just aired (as a rerun): that was its turn.
            state = msgspec.structs.replace(state, bag=state.bag + 1, cursor=-1, deferred="", taken=())

    def ahead(self, catalogue: Catalogue, state: State, count: int) -> list[str]:
        """Return up to ``count`` sources that come next in this bag, but for the one aired last."""
        bag = self._bag(catalogue, state.bag)
        found = [state.deferred] if state.deferred in catalogue.by_id else []
        for place in range(bisect_right(bag.hashes, state.cursor), len(bag.hashes)):
            if len(found) >= count:
                break
            if (chosen := catalogue.ids[bag.indices[place]]) not in state.taken:
                found.append(chosen)
        return [chosen for chosen in found if chosen != state.last]

    def take(self, state: State, chosen: str) -> State:
        """Return the state after ``chosen``, one of ``ahead``, was taken out of turn."""
        if chosen == state.deferred:
            return msgspec.structs.replace(state, deferred="", last=chosen)
        return msgspec.structs.replace(state, last=chosen, taken=(*state.taken, chosen))

    def _still_taken(self, state: State, cursor: int) -> tuple[str, ...]:
        start = f"{self._slug}\0{state.bag}\0".encode()
        hashes = (hashlib.blake2b(start + each.encode(), digest_size=8).digest() for each in state.taken)
        return tuple(each for each, hashed in zip(state.taken, hashes, strict=True) if int.from_bytes(hashed) > cursor)


class Sequential:
    """Natural order of the paths, for ever around."""

    def next(self, catalogue: Catalogue, state: State, seq: int) -> tuple[Source, State] | None:  # noqa: ARG002 - of the protocol
        """Return the source behind the last one aired, whether that still exists or not."""
        keys, sources = catalogue.natural
        if not sources:
            return None
        place = bisect_right(keys, place_key(state.after)) if state.after else 0
        source = sources[place % len(sources)]
        return source, msgspec.structs.replace(state, after=place_of(source), last=source.id)


class Random:
    """Any source but the last, drawn by a hash of the segment number."""

    def __init__(self, slug: str) -> None:
        self._slug = slug

    def next(self, catalogue: Catalogue, state: State, seq: int) -> tuple[Source, State] | None:
        """Draw the source that airs from ``seq``."""
        ids = catalogue.ids
        if not ids:
            return None
        draw = digest(self._slug, seq)
        if len(ids) > 1 and state.last in catalogue.by_id:
            place = draw % (len(ids) - 1)
            place += place >= bisect_left(ids, state.last)
        else:
            place = draw % len(ids)
        source = catalogue.by_id[ids[place]]
        return source, msgspec.structs.replace(state, last=source.id)
