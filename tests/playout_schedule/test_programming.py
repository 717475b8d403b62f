"""Programming as properties: whatever the library and the configuration, every rule holds to the segment."""

from bisect import bisect_left
from itertools import pairwise

import msgspec
from broadcasts import DAY, GRID, Drawn, channels, contiguous, libraries, plan, selected, seq, starts
from hypothesis import given, settings
from hypothesis import strategies as st

from tvd.config import model
from tvd.library.source import Source
from tvd.playout.continuity import NOTHING
from tvd.playout.engine import Engine
from tvd.playout.material import Material
from tvd.playout.memory import Memory
from tvd.playout.rundown import INTERSTITIAL
from tvd.playout.schedule import Planned


@settings(max_examples=60, deadline=None)
@given(channels(), libraries(), starts, st.integers(0, DAY), st.booleans())
def test_every_rule_holds_over_changing_clocks(
    config: model.Channel, sources: list[Source], day: str, into: int, drawn: bool
) -> None:
    start = seq(day) + into
    items = plan(config, sources, start, start + 2 * DAY, Drawn() if drawn else NOTHING)
    engine, material = Engine(config), Material(config, tuple(sources))
    by_id = {source.id: source for source in sources}

    # No gap, no overlap, no dead air, nothing longer than it is.
    assert items[0].seq_start == start
    assert contiguous(items)
    assert items[-1].seq_stop >= start + 2 * DAY
    assert all(item.segments > 0 for item in items)
    assert all(item.segments <= by_id[item.source].segments(GRID) for item in items if item.source in by_id)

    # Events begin to the segment; late only when something they could not know of ran over them.
    begins = {item.seq_start: item for item in items}
    occurrences = [
        one
        for one in engine.calendar.events(start, items[-1].seq_start)
        if material.event(engine.calendar.event(one)).ids
    ]
    for occurrence in occurrences:
        item = begins.get(occurrence.seq)
        event = engine.calendar.event(occurrence)
        running = items[bisect_left([each.seq_stop for each in items], occurrence.seq + 1)]
        if item is None or item.block not in {each.name for each in config.events}:
            names = {each.name for each in config.events}
            assert running.block in names
        elif item.block == event.name:
            assert selected(event, by_id[item.source])

    # What is announced comes.
    for one, following in pairwise(items):
        if one.kind == "card" and one.source.startswith("drawn:next"):
            # Itself once more, when it had to be cut.
            assert following.source in {one.source, one.source.removeprefix("drawn:next ")}

    # Whole programmes, but before something fixed; filters are obeyed.
    blocks = {block.name: block for block in config.blocks}
    for item in items:
        block = blocks.get(item.block)
        if item.kind == "programme" and block is not None and block.kind == "programmes":
            part = engine.calendar.part_at(item.seq_start)
            lead = part.block >= 0 and config.blocks[part.block].name == block.name
            assert lead or items[items.index(item) - 1].kind in INTERSTITIAL
            number = config.blocks.index(block)
            if picks := material.picks(number):
                assert any(item.source in pool.by_id and selected(pick, by_id[item.source]) for _, pick, pool in picks)
        if item.kind == "programme" and item.source in by_id and (block is None or block.kind == "programmes"):
            assert item.segments == by_id[item.source].segments(GRID)


@settings(max_examples=25, deadline=None)
@given(channels(), libraries(), starts)
def test_the_same_on_every_machine_whatever_the_order_of_files(
    config: model.Channel, sources: list[Source], day: str
) -> None:
    start = seq(day)
    items = plan(config, sources, start, start + DAY, Drawn())
    assert plan(config, sources[::-1], start, start + DAY, Drawn()) == items


@settings(max_examples=25, deadline=None)
@given(channels(), libraries(), starts, st.data())
def test_memory_written_down_and_read_again_goes_on_the_same(
    config: model.Channel, sources: list[Source], day: str, data: st.DataObject
) -> None:
    start = seq(day)
    material, memory, engine = Material(config, tuple(sources)), Memory(), Engine(config, Drawn())
    planned: list[Planned] = []
    for one in engine.lay_out(material, memory, start, opening=True):
        planned.append(one)
        if one.item.seq_stop >= start + DAY:
            break
    # Anywhere, also in the middle of what belongs together: the steps are the memory, and nothing else is needed.
    stop = data.draw(st.integers(1, len(planned)))
    again = Memory()
    for one in planned[:stop]:
        read = msgspec.json.decode(msgspec.json.encode(one), type=Planned)
        again.advance(read.item.source, read.item.seq_start, read.step)
    again = msgspec.json.decode(msgspec.json.encode(again), type=Memory)
    if stop == len(planned):
        assert again == memory
    rest = plan(config, sources, planned[stop - 1].item.seq_stop, start + DAY, Drawn(), again)
    if stop < len(planned) and planned[stop - 1].item.kind not in INTERSTITIAL:
        assert rest == [one.item for one in planned[stop:]]
    assert contiguous([planned[stop - 1].item, *rest])
