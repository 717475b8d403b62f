"""Assets in several sizes, made for real: of one decode, in one file, whole or not at all, whatever interrupts."""

import os
import signal
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from clips import Clips
from studios import HOUSE, TREATMENT, Studio, coded, source_of, until
from test_making_assets import encoders

from tvd.library.asset import Asset
from tvd.library.queue import Wanted
from tvd.library.source import Source
from tvd.media.asset_file import AssetFile
from tvd.media.house import NS, HouseFormat, Rendition

MANY = replace(HOUSE, renditions=(Rendition(114, 64, 200_000), Rendition(80, 46, 100_000)))


async def make(studio: Studio, *sources: Source, house: HouseFormat = MANY, in_seconds: float = 3600.0) -> list[Asset]:
    """Want ``sources`` in ``house`` and return what is made of them."""
    before = len(studio.ready)
    at = time.time_ns() + int(in_seconds * NS)
    studio.normaliser.set_wanted(Wanted(source, house, TREATMENT, at + n * NS) for n, source in enumerate(sources))
    await until(lambda: len(studio.ready) >= before + len(sources), 60)
    return studio.ready[before:]


def shown(path: Path) -> np.ndarray[Any, Any]:
    """Return the frames of an asset's own size, decoded."""
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray() for frame in container.decode(video=0)])


def pictures(path: Path, count: int | None = None) -> list[list[tuple[object, ...]]]:
    """Return, for each segment, the samples of every size."""
    with AssetFile(path, HOUSE.grid) as file:
        fragments = [file.fragment(index) for index in range(file.segments if count is None else count)]
        return [[(one.sizes, one.order, bytes(one.data)) for one in fragment.pictures] for fragment in fragments]


async def test_every_size_is_made_and_its_own_is_what_it_always_was(
    studio: Studio, plain: Source, clips: Clips
) -> None:
    music, portrait = source_of(clips.get("music")), source_of(clips.get("portrait"))
    [alone] = await make(studio, plain, house=HOUSE)
    made = await make(studio, plain, music, portrait)
    generation = studio.store.generation(MANY)
    assert generation is not None
    assert generation.name != alone.generation
    slate = studio.store.slate(MANY)
    assert slate is not None
    for asset in (*made, slate):
        assert asset.generation == generation.name
        assert not asset.growing
        with AssetFile(asset.path, HOUSE.grid) as file:
            assert file.segments == asset.segments
            assert file.initialisation.fingerprint == generation.fingerprint
            sizes = [(one.width, one.height) for one in file.initialisation.sizes]
        assert sizes == [(160, 90), (114, 64), (80, 46)]
        assert asset.path.stat().st_size == asset.size
        assert sorted(path.name for path in asset.folder.iterdir()) == ["asset.json", "asset.mp4"]
    with AssetFile(alone.path, HOUSE.grid) as one, AssetFile(made[0].path, HOUSE.grid) as several:
        assert several.initialisation.sizes[0].fingerprint == one.initialisation.fingerprint
    assert [sound[-2:] for sound in coded(made[0].path)] == [sound[-2:] for sound in coded(alone.path)]
    # Not to the byte: x264 under a rate limit decides by how far its other threads have come.
    in_many, in_one = (shown(path).astype(int) for path in (made[0].path, alone.path))
    assert in_many.shape == in_one.shape
    assert np.abs(in_many - in_one).mean() < 0.5, "other sizes change nothing in the first"
    lasts = made[0].segments * HOUSE.grid.duration
    assert Fraction(sum(len(data) for *_, data in pictures(made[0].path)[0][1:]) * 8) / lasts < 300_000


async def test_what_was_killed_goes_on_in_every_size(studio: Studio, long_source: Source) -> None:
    studio.normaliser.set_wanted([Wanted(long_source, MANY, TREATMENT, time.time_ns())])
    await until(lambda: (asset := studio.store.find(long_source.id, MANY, TREATMENT)) and asset.ready > 31)
    growing = studio.store.find(long_source.id, MANY, TREATMENT)
    assert growing is not None
    early = pictures(growing.path, 20)
    encoders()[0].send_signal(signal.SIGKILL)
    await until(lambda: studio.normaliser.status()[0].reason)
    # Cut off in the middle of a segment, as a crash of the machine would.
    os.truncate(growing.path, growing.path.stat().st_size - 10)
    await until(lambda: len(studio.ready) == 2, 60)
    provisional, proper = studio.ready
    assert provisional is growing
    assert (provisional.provisional, proper.provisional) == (True, False)
    assert pictures(provisional.path, 20) == early
    again, made_again = pictures(provisional.path), pictures(proper.path)
    assert len(again) == long_source.segments(HOUSE.grid)
    assert made_again == again, "a proper asset has the provisional one's pictures in every size, with new sound"


@pytest.mark.parametrize("renditions", [MANY.renditions, MANY.renditions[:1], ()])
def test_what_a_house_may_need(renditions: tuple[Rendition, ...]) -> None:
    house = replace(HOUSE, renditions=renditions)
    assert house.bitrate == 364_000 + sum(one.video_bitrate for one in renditions)
