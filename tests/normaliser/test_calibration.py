"""A house is calibrated: what its assets begin with is known first, its slate is made beside what airs."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from studios import HOUSE, TREATMENT, Studio, coded, until

from tvd.errors import TvdError
from tvd.library import normaliser
from tvd.library.queue import Wanted
from tvd.library.source import Source
from tvd.media.asset_file import AssetFile
from tvd.media.house import NS

StudioIn = Callable[[Path], Awaitable[Studio]]
OTHER = replace(HOUSE, width=192, height=108)
"""A house the studio has not."""


async def test_what_is_known_first_is_what_the_assets_have(studio: Studio, plain: Source) -> None:
    calibrated = await studio.normaliser.calibrate(HOUSE)
    await studio.make(plain)
    await until(lambda: (slate := studio.store.slate(HOUSE)) and not slate.growing)
    for asset in (studio.find(plain), studio.store.slate(HOUSE)):
        assert asset is not None
        assert asset.generation == calibrated.generation.name
        with AssetFile(asset.path, HOUSE.grid) as file:
            assert file.initialisation == calibrated.initialisation


async def test_a_slate_waits_for_the_first_programme(studio: Studio) -> None:
    night = Source(id="demo:night-sky:1", title="Night", duration=30.0)
    await studio.normaliser.calibrate(OTHER, opening=True)
    studio.normaliser.set_wanted([Wanted(night, OTHER, TREATMENT, time.time_ns() + NS)])
    calibration = studio.normaliser._calibrations[OTHER.key].calibration
    await until(lambda: (asset := studio.store.find(night.id, OTHER, TREATMENT)) and asset.ready >= 3)
    assert studio.store.slate(OTHER) is None
    await until(calibration.may_begin.is_set)
    await until(lambda: (slate := studio.store.slate(OTHER)) and not slate.growing)
    slate = studio.store.slate(OTHER)
    assert slate is not None
    assert len(coded(slate.path)) == slate.segments == 3


async def test_a_slate_does_not_wait_for_ever(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normaliser, "SLATE_WAITS", 0.2)
    await studio.normaliser.calibrate(OTHER, opening=True)
    await until(lambda: (slate := studio.store.slate(OTHER)) and not slate.growing)
    assert not studio.normaliser._calibrations[OTHER.key].calibration.may_begin.is_set()


async def test_a_saved_slate_that_cannot_be_read_is_made_again(studio_in: StudioIn, tmp_path: Path) -> None:
    first = await studio_in(tmp_path)
    await until(lambda: any((tmp_path / "generations").glob("*.json")))
    slate = first.store.slate(HOUSE)
    assert slate is not None
    await first.stop()
    slate.path.write_bytes(b"nonsense")
    second = await studio_in(tmp_path)
    await until(lambda: (made := second.store.slate(HOUSE)) and not made.growing)
    again = second.store.slate(HOUSE)
    assert again is not None
    assert len(coded(again.path)) == again.segments


async def test_a_house_that_cannot_be_encoded_is_named(studio: Studio) -> None:
    with pytest.raises(TvdError, match="no_such_encoder"):
        await studio.normaliser.calibrate(replace(HOUSE, encoder="no_such_encoder"))
