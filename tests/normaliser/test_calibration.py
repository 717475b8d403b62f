"""A house is calibrated: what its assets begin with is known first, its slate is made beside what airs."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from studios import HOUSE, Studio, coded, until

from tvd.errors import TvdError
from tvd.library.source import Source
from tvd.media.asset_file import AssetFile

StudioIn = Callable[[Path], Awaitable[Studio]]


async def test_what_is_known_first_is_what_the_assets_have(studio: Studio, plain: Source) -> None:
    calibrated = await studio.normaliser.calibrate(HOUSE)
    await studio.make(plain)
    await until(lambda: (slate := studio.store.slate(HOUSE)) and not slate.growing)
    for asset in (studio.find(plain), studio.store.slate(HOUSE)):
        assert asset is not None
        assert asset.generation == calibrated.generation.name
        with AssetFile(asset.path, HOUSE.grid) as file:
            assert file.initialisation == calibrated.initialisation


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
