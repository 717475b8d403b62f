"""What airs as each segment when assets are missing, short, broken, growing or replaced; and again after a restart."""

import asyncio
import errno
import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from gridded import NOW, Clip, Cuttings
from playhouse import GENERATION, SLUG, TREATMENT, Shelf

from tvd.errors import AssetInvalidError, NotFoundError
from tvd.media.asset_file import AssetFile
from tvd.media.fragment import Fragment
from tvd.playout import feeder
from tvd.playout.asrun import AsRun, AsRunLog
from tvd.playout.feeder import GROWING_MARGIN, Feeder
from tvd.playout.rundown import ScheduleItem


@dataclass
class Plan:
    """Items one after the other from :data:`NOW` on: ``(source, segments, first)``."""

    rows: list[tuple[str, int, int]]
    items: list[ScheduleItem] = field(default_factory=list)

    def __post_init__(self) -> None:
        seq = NOW
        for source, segments, first in self.rows:
            self.items.append(
                ScheduleItem(
                    id=f"{SLUG}-{seq}",
                    kind="programme",
                    source=source,
                    title=source.upper(),
                    seq_start=seq,
                    segments=segments,
                    first=first,
                )
            )
            seq += segments

    opening = False

    async def item_at(self, seq: int) -> ScheduleItem | None:
        return next((item for item in self.items if item.seq_start <= seq < item.seq_stop), None)


class Studio:
    """A feeder over a shelf; ``fed`` says segment by segment what it gave: source and segment."""

    def __init__(self, shelf: Shelf, folder: Path, *rows: tuple[str, int, int], replay_before: int = 0) -> None:
        self.shelf = shelf
        self.plan = Plan(list(rows))
        self.asrun = AsRunLog(folder, SLUG, shelf.grid)
        self.asrun.load(NOW - 10)
        self.feeder = Feeder(
            SLUG,
            shelf.house,
            TREATMENT,
            plan=self.plan,
            assets=shelf,
            asrun=self.asrun,
            replay_before=replay_before,
        )
        self.fragments: dict[int, Fragment] = {}

    async def feed(self, start: int, stop: int) -> list[str]:
        """Feed from segment ``NOW + start`` to before ``NOW + stop``."""
        fed = []
        for seq in range(NOW + start, NOW + stop):
            self.fragments[seq] = await self.feeder.fragment(seq)
            chosen = self.feeder.now
            assert chosen is not None
            with AssetFile(chosen.asset.path, self.shelf.grid) as file:
                assert self.fragments[seq] == file.fragment(chosen.index)
            fed.append("slate" if chosen.kind == "slate" else f"{chosen.asset.source}{chosen.index}")
        return fed


@pytest.fixture(name="clip")
def _clip(cuttings: Cuttings) -> Clip:
    return cuttings.clip()


SLATES = ["slate"] * 20


async def test_programmes_follow_one_another(shelf: Shelf, tmp_path: Path) -> None:
    studio = Studio(shelf, tmp_path, ("a", 7, 0), ("b", 5, 0), ("a", 3, 4))
    assert await studio.feed(0, 15) == [*(f"a{n}" for n in range(7)), *(f"b{n}" for n in range(5)), "a4", "a5", "a6"]
    assert [entry.seq - NOW for entry in studio.asrun.between(NOW, NOW + 15)] == [0, 7, 12]
    assert not shelf.discarded


async def test_a_programme_is_joined_by_the_clock(shelf: Shelf, tmp_path: Path) -> None:
    studio = Studio(shelf, tmp_path, ("a", 7, 0), ("b", 5, 0))
    assert await studio.feed(5, 9) == ["a5", "a6", "b0", "b1"]


async def test_where_nothing_is_planned_the_slate_airs(shelf: Shelf, tmp_path: Path) -> None:
    studio = Studio(shelf, tmp_path, ("b", 5, 0))
    assert await studio.feed(-2, 7) == ["slate", "slate", "b0", "b1", "b2", "b3", "b4", "slate", "slate"]
    assert [entry.item for entry in studio.asrun.between(NOW - 2, NOW + 7)] == ["", f"{SLUG}-{NOW}", ""]


async def test_a_missing_asset_is_a_slate_until_it_comes(shelf: Shelf, tmp_path: Path, clip: Clip) -> None:
    studio = Studio(shelf, tmp_path, ("x", 6, 0), ("b", 5, 0))
    assert await studio.feed(0, 3) == SLATES[:3]
    shelf.put("x", clip, 6)
    assert await studio.feed(3, 8) == ["x3", "x4", "x5", "b0", "b1"]


async def test_a_short_asset_ends_in_a_slate(shelf: Shelf, tmp_path: Path, clip: Clip) -> None:
    shelf.put("x", clip, 3)
    studio = Studio(shelf, tmp_path, ("x", 6, 0), ("b", 5, 0))
    assert await studio.feed(0, 8) == ["x0", "x1", "x2", *SLATES[:3], "b0", "b1"]
    assert not shelf.discarded


async def test_a_growing_asset_is_joined_with_a_margin_and_then_followed(
    shelf: Shelf, tmp_path: Path, clip: Clip
) -> None:
    asset = shelf.put("x", clip, 12, ready=1)
    studio = Studio(shelf, tmp_path, ("x", 12, 0))

    def write(ready: int) -> None:
        clip.write(asset.path, ready)
        asset.ready = ready

    assert await studio.feed(0, 2) == SLATES[:2]
    write(2 + GROWING_MARGIN)
    assert await studio.feed(2, 3) == ["slate"]
    write(4 + GROWING_MARGIN)
    assert await studio.feed(3, 4 + GROWING_MARGIN) == [f"x{n}" for n in range(3, 4 + GROWING_MARGIN)]
    # Overtaken: the slate for what is missing, and again a margin before it is joined.
    assert await studio.feed(7, 8) == ["slate"]
    write(9)
    assert await studio.feed(8, 9) == ["slate"]
    write(12)
    assert await studio.feed(9, 12) == ["x9", "x10", "x11"]
    assert not shelf.discarded


@pytest.mark.parametrize("how", ["deleted", "truncated", "emptied", "damaged"])
async def test_an_asset_broken_while_it_airs(shelf: Shelf, tmp_path: Path, clip: Clip, how: str) -> None:
    studio = Studio(shelf, tmp_path, ("a", 7, 0), ("b", 5, 0), ("a", 7, 0))
    assert await studio.feed(0, 2) == ["a0", "a1"]
    broken = shelf.current["a"]
    match how:
        case "deleted":
            broken.path.unlink()
            shelf.open_files.clear()  # one that is open airs on
        case "truncated":
            with shelf.open(broken) as file:
                os.truncate(broken.path, file.end(2) + 100)
        case "emptied":
            broken.path.write_bytes(b"")
        case _:
            with shelf.open(broken) as file, broken.path.open("r+b") as damaged:
                damaged.seek(file.end(2) + 60)
                damaged.write(b"\xff" * 200)
    assert await studio.feed(2, 4) == SLATES[:2]
    assert [key for key, _ in shelf.discarded] == [broken.key]
    # Made again: rejoined where the clock says, in another asset of the same source.
    made = shelf.put("a", clip, 7, key="a-again")
    assert await studio.feed(4, 14) == ["a4", "a5", "a6", "b0", "b1", "b2", "b3", "b4", "a0", "a1"]
    assert studio.feeder.now is not None
    assert studio.feeder.now.asset is made


async def test_a_better_asset_is_taken_at_the_next_airing(shelf: Shelf, tmp_path: Path, clip: Clip) -> None:
    """Whatever replaces a provisional asset, what has begun goes on in it: its bytes are promised by the as-run log."""
    studio = Studio(shelf, tmp_path, ("a", 7, 0), ("b", 1, 0), ("a", 7, 0))
    provisional = shelf.current["a"]
    await studio.feed(0, 3)
    proper = shelf.put("a", clip, 7, key="a-proper")
    await studio.feed(3, 7)
    assert studio.feeder.now is not None
    assert studio.feeder.now.asset is provisional
    assert await studio.feed(7, 9) == ["b0", "a0"]
    assert studio.feeder.now.asset is proper


async def test_without_any_slate_it_says_so(
    shelf: Shelf, tmp_path: Path, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf._slate = None
    studio = Studio(shelf, tmp_path, ("b", 1, 0))
    assert await studio.feed(0, 1) == ["b0"]
    monkeypatch.setattr(feeder, "SLATE_PATIENCE", 0.1)
    with pytest.raises(NotFoundError, match="no slate in 160x90p30"):
        await studio.feed(1, 2)
    # On a first start it comes while it is waited for, and airs as far as it has come.
    monkeypatch.setattr(feeder, "SLATE_PATIENCE", 20)
    waiting = asyncio.create_task(studio.feed(1, 3))
    await asyncio.wait({waiting}, timeout=0)
    shelf._slate = slate = shelf.put("slate", clip, 3, key="again", ready=1)
    assert await waiting == ["slate"] * 2
    clip.write(slate.path, 3)
    slate.ready, slate.growing = 3, False
    assert await studio.feed(3, 5) == ["slate"] * 2
    indices = [(NOW + 1, 0), (NOW + 2, 0), (NOW + 3, (NOW + 3) % 3)]
    assert [(entry.seq, entry.index) for entry in studio.asrun.between(NOW + 1, NOW + 5)] == indices


async def test_what_is_fed_before_the_first_segment_of_all_needs_no_slate(shelf: Shelf, tmp_path: Path) -> None:
    shelf._slate = None
    studio = Studio(shelf, tmp_path, ("a", 7, 0))
    assert await studio.feed(-1, 2) == ["slate", "a0", "a1"]
    assert studio.fragments[NOW - 1] == studio.fragments[NOW]
    # Once more after a restart.
    again = Studio(shelf, tmp_path, ("a", 7, 0), replay_before=NOW + 9)
    assert await again.feed(-1, 2) == ["slate", "a0", "a1"]
    assert again.fragments == studio.fragments


@pytest.mark.parametrize("how", ["deleted", "truncated", "emptied"])
async def test_an_unreadable_slate_is_named(shelf: Shelf, tmp_path: Path, how: str) -> None:
    slate = shelf.slate(shelf.house)
    assert slate is not None
    if how == "deleted":
        slate.path.unlink()
    else:
        with shelf.open(slate) as file:
            os.truncate(slate.path, file.end(0) if how == "truncated" else 0)
    with pytest.raises(AssetInvalidError, match="the slate cannot be read"):
        await Studio(shelf, tmp_path).feed(0, 1)


async def test_a_full_disk_does_not_stop_the_air(shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    studio = Studio(shelf, tmp_path, ("a", 7, 0))

    def full(_entry: AsRun) -> bool:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(studio.asrun, "append", full)
    assert await studio.feed(0, 3) == ["a0", "a1", "a2"]


async def test_a_restart_feeds_the_same_again(shelf: Shelf, tmp_path: Path, clip: Clip) -> None:
    rows = (("a", 7, 0), ("x", 4, 0), ("c", 9, 0))
    before = Studio(shelf, tmp_path, *rows)
    first = await before.feed(0, 2)
    broken = shelf.current["a"]
    await shelf.discard(broken, "for a while")
    first += await before.feed(2, 13)
    assert first == ["a0", "a1", *SLATES[:9], "c0", "c1"]
    # By now everything is there that was missing then.
    broken.lost = ""
    shelf.current["a"] = broken
    shelf.put("x", clip, 4)
    again = Studio(shelf, tmp_path, *rows, replay_before=NOW + 16)
    assert await again.feed(0, 13) == first
    assert again.fragments == before.fragments
    # Nothing was logged behind: the plan goes on.
    assert await again.feed(13, 18) == ["c2", "c3", "c4", "c5", "c6"]
    assert len((tmp_path / SLUG).glob("asrun-*").__next__().read_text().splitlines()) == 4


async def test_what_was_logged_and_is_gone_is_chosen_anew(shelf: Shelf, tmp_path: Path, clip: Clip) -> None:
    before = Studio(shelf, tmp_path, ("a", 7, 0))
    await before.feed(0, 7)
    lost = shelf.current["a"]
    await shelf.discard(lost, "deleted")
    shelf.put("a", clip, 7, key="a-again")
    again = Studio(shelf, tmp_path, ("a", 7, 0), replay_before=NOW + 7)
    assert await again.feed(0, 7) == [f"a{n}" for n in range(7)]
    assert again.feeder.now is not None
    assert again.feeder.now.asset is not lost


async def test_a_slate_before_a_long_silence_does_not_hold(shelf: Shelf, tmp_path: Path) -> None:
    """The as-run log's last entry holds for ever; a slate that stood there must not go on over later items."""
    rows = (("x", 4, 0), ("c", 9, 0))
    before = Studio(shelf, tmp_path, *rows)
    assert await before.feed(0, 2) == SLATES[:2]
    again = Studio(shelf, tmp_path, *rows, replay_before=NOW + 12)
    assert await again.feed(1, 7) == ["slate", "slate", "slate", "c0", "c1", "c2"]


async def test_the_log_names_generation_and_key(shelf: Shelf, tmp_path: Path) -> None:
    studio = Studio(shelf, tmp_path, ("a", 7, 2))
    await studio.feed(1, 3)
    known = studio.asrun.at(NOW + 2)
    assert known is not None
    entry, index = known
    assert (entry.asset, entry.index, index) == (f"{GENERATION}/{shelf.current['a'].key}", 3, 4)
