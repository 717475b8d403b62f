"""Cards become assets like any other source, and jobs burn subtitles into the picture as their treatment says."""

import asyncio
import time
from pathlib import Path

import msgspec
import pytest
from clips import Clips, decoded
from studios import HOUSE, TREATMENT, Studio, source_of

from tvd.continuity import card_source
from tvd.library.asset import Asset
from tvd.library.queue import Wanted
from tvd.library.source import Source
from tvd.media.cards import Card
from tvd.media.house import NS
from tvd.media.probe import SubtitleTrack
from tvd.media.treatment import Treatment


async def made(studio: Studio, source: Source, treatment: Treatment) -> Asset:
    studio.normaliser.set_wanted([Wanted(source, HOUSE, treatment, time.time_ns() + 3600 * NS)])
    async with asyncio.timeout(60):
        await studio.normaliser.drained()
    asset = studio.store.find(source.id, HOUSE, treatment)
    assert asset is not None
    return asset


async def test_a_card_becomes_an_asset_by_its_id_alone(studio: Studio) -> None:
    source = card_source(Card("next", "late-night", "Late Night", 3, title="Stalker").id)
    assert source is not None
    asset = await made(studio, source, TREATMENT)
    assert asset.segments == 3
    assert not asset.provisional
    assert asset.manifest.source == source.id
    assert asset.manifest.loudness is not None
    assert -45 < asset.manifest.loudness < -18
    seen = decoded(asset.path.read_bytes())
    assert seen.luma[0].max() <= 22
    assert seen.luma[96].max() > 120


@pytest.fixture(scope="session")
def foreign(clips: Clips) -> Source:
    """Return a grey film of two seconds with a forced line from its first second on."""
    srt = clips.folder / "line.srt"
    srt.write_text("1\n00:00:01,000 --> 00:00:02,500\nWWWWWWWW\n")
    grey = (
        "-f",
        "lavfi",
        "-i",
        "color=0x404040:s=160x90:r=30:d=2",
        "-f",
        "lavfi",
        "-i",
        "anullsrc=d=2",
        "-i",
        str(srt),
    )
    maps = ("-map", "0", "-map", "1", "-map", "2", "-disposition:s:0", "forced")
    path: Path = clips.make("foreign", ".mkv", *grey, *maps, "-c:v", "ffv1", "-c:a", "pcm_s16le", "-c:s", "srt")
    source = source_of(path)
    assert source.probe is not None
    tracks = (SubtitleTrack(index=2, codec="subrip", forced=True),)
    return msgspec.structs.replace(source, probe=msgspec.structs.replace(source.probe, subtitles=tracks))


async def test_forced_lines_are_in_the_picture_only_where_they_are_wanted(studio: Studio, foreign: Source) -> None:
    forced, bare = Treatment(subtitles="forced"), TREATMENT
    with_line = await made(studio, foreign, forced)
    without = await made(studio, foreign, bare)
    assert with_line.key != without.key
    drawn, plain = (decoded(asset.path.read_bytes()).luma[:, 50:] for asset in (with_line, without))
    assert drawn[35:55].max(axis=(1, 2)).min() > 150
    assert drawn[:28].max() < 90
    assert plain[:55].max() < 90
    assert {path.name for path in with_line.folder.iterdir()} == {"asset.mp4", "asset.json"}
