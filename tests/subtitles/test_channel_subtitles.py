"""What a channel offers, and what shows during what really aired."""

import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tvd.errors import NotFoundError
from tvd.hls.subtitles import clock_time, listed, render_segment
from tvd.library.asset import Asset, Manifest
from tvd.library.source import Source
from tvd.library.subtitles import Read, SubtitleStore
from tvd.media.cue import Cue
from tvd.media.house import HOUSE_RATES, Grid
from tvd.media.probe import Probe, SubtitleTrack
from tvd.playout.asrun import AsRun
from tvd.playout.rundown import ItemKind
from tvd.playout.subtitles import MOST, ChannelSubtitles

GRID = Grid(25)
FILM, OTHER = "a" * 16, "b" * 16
START = 900_000_000
SEGMENTS = 5


class Aired:
    """An as-run log: the film with ``FILM`` from START on, a slate for the second segment, then nothing."""

    def __init__(self) -> None:
        self.kinds: dict[int, ItemKind] = {1: "slate"}

    def at(self, seq: int) -> tuple[AsRun, int] | None:
        index = seq - START
        if index < 0:
            return None
        kind = self.kinds.get(index, "programme")
        return AsRun(seq=START, asset="gen/key", index=0, item="x", kind=kind, title=""), index


class Shelf:
    """A store with one asset of the film."""

    def get(self, generation: str, key: str) -> Asset | None:
        manifest = Manifest(
            key=key, source=FILM, title="", generation=generation, house="", treatment="", fps=25, segments=SEGMENTS
        )
        return Asset(manifest, Path("nowhere")) if (generation, key) == ("gen", "key") else None


def source(source_id: str, *tracks: tuple[str, str, bool]) -> Source:
    found = [SubtitleTrack(index=n, codec=codec, language=code, forced=forced) for n, (code, codec, forced) in
             enumerate(tracks)]  # fmt: skip
    return Source(id=source_id, duration=9.0, probe=Probe(container="x", duration=9.0, subtitles=tuple(found)))


@pytest.fixture
def store(tmp_path: Path) -> SubtitleStore:
    return SubtitleStore(tmp_path)


def channel(store: SubtitleStore, *sources: Source, wanted: tuple[str, ...] = ()) -> ChannelSubtitles:
    films = tuple(sources)
    return ChannelSubtitles(GRID, wanted, aired=Aired(), shelf=Shelf(), store=store, sources=lambda: films, keep=17)


async def test_languages_come_from_files_and_containers(store: SubtitleStore) -> None:
    await store.put(OTHER, "", [Read("pt-BR", False, "", [Cue(0, 1, "x")]), Read("und", False, "", [Cue(0, 1, "y")])])
    told = channel(
        store,
        source(FILM, ("eng", "subrip", False), ("ger", "ass", True), ("fre", "dvd_subtitle", False)),
        source(OTHER, ("ita", "subrip", False)),
    ).renditions()
    assert [(it.id, it.language, it.name, it.forced) for it in told] == [
        ("de", "de", "Deutsch", False),
        ("en", "en", "English", False),
        ("pt-BR", "pt-BR", "Português (BR)", False),
        ("und", "", "Subtitles", False),
        ("de-forced", "de", "Deutsch (forced)", True),
    ]
    assert channel(store).renditions() == ()


async def test_what_is_offered_stands_still(store: SubtitleStore) -> None:
    many = [source(f"{n:016x}", (code, "subrip", False)) for n, code in
            enumerate(("en", "de", "fr", "es", "it", "nl", "sv", "da", "fi", "pl", "en"))]  # fmt: skip
    offered = channel(store, *many).renditions()
    assert len(offered) == MOST
    assert "en" in {it.id for it in offered}
    one = channel(store, *many, wanted=("sv", "pt-BR"))
    assert [it.id for it in one.renditions()] == ["sv", "pt-BR"]
    await store.put(FILM, "", [Read("ja", False, "", [Cue(0, 1, "x")])])
    assert [it.id for it in one.renditions()] == ["sv", "pt-BR"]


async def test_what_shows_is_what_aired(store: SubtitleStore) -> None:
    cues = [Cue(0, 500, "zero"), Cue(1800, 2000, "over the join"), Cue(9000, 99_000, "beyond the end")]
    await store.put(FILM, "", [Read("en", False, "", cues)])
    subtitles = channel(store, source(FILM))
    versions = [subtitles.version("en", START + index) for index in range(-1, SEGMENTS + 1)]
    real = f"{store.tracks(FILM)[0].version}-25"
    assert versions == ["none-25", real, "none-25", real, real, real, "none-25"]
    ticks = START * 172_800 % 2**33
    first = (await subtitles.segment(real, START)).decode()
    assert first.startswith(f"WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:{ticks},LOCAL:00:00:00.000\n\n")
    assert re.findall(r"\n(.*) --> (.*)\n(.*)\n", first) == [
        ("00:00:00.000", "00:00:00.500", "zero"),
        ("00:00:01.800", "00:00:02.000", "over the join"),
    ]
    last = (await subtitles.segment(real, START + 4)).decode()
    assert "00:00:09.000 --> 00:00:09.600\nbeyond the end" in last
    assert (await subtitles.segment("none-25", START + 2)).decode() == render_segment(GRID, START + 2, ())
    for version, seq in ((real, START + 1), (real, START - 1), ("0" * 12 + "-25", START), (real[:-2] + "30", START)):
        with pytest.raises(NotFoundError):
            await subtitles.segment(version, seq)


async def test_a_listed_segment_keeps_its_version_and_its_bytes(store: SubtitleStore) -> None:
    await store.put(FILM, "one", [Read("en", False, "", [Cue(0, 500, "wrong")])])
    subtitles = channel(store, source(FILM))
    before = subtitles.version("en", START)
    body = await subtitles.segment(before, START)
    await store.put(FILM, "two", [Read("en", False, "", [Cue(0, 500, "right")])])
    assert subtitles.version("en", START) == before
    assert subtitles.version("en", START + 2) != before
    assert await subtitles.segment(before, START) == body
    # What goes on in the same window goes on with what was listed.
    again = ChannelSubtitles(
        GRID, (), aired=Aired(), shelf=Shelf(), store=store, sources=tuple, keep=17, listed=subtitles.listed
    )
    assert again.version("en", START) == before
    subtitles.version("en", START + 100)
    assert ("en", START) not in subtitles.listed


async def test_akin_languages_and_what_says_nothing(store: SubtitleStore) -> None:
    await store.put(FILM, "", [Read("pt-BR", False, "", [Cue(0, 9, "a")]), Read("und", False, "", [Cue(0, 9, "b")])])
    tracks = {track.language: track.version for track in store.tracks(FILM)}
    subtitles = channel(store, source(FILM), wanted=("en", "pt"))
    assert subtitles.version("pt", START) == f"{tracks['pt-BR']}-25"
    assert subtitles.version("en", START) == f"{tracks['und']}-25"
    assert subtitles.version("pt-forced", START) == "none-25"
    assert channel(store, source(FILM)).version("en", START) == "none-25"


@given(st.sampled_from(HOUSE_RATES), st.integers(0, 10**9), st.integers(0, 10**8))
def test_time_stamps_are_the_pictures_modulo_33_bits(fps: int, seq: int, ms: int) -> None:
    grid = Grid(fps)
    text = render_segment(grid, seq, [Cue(ms, ms + 1, "x")])
    ticks = int(text.split("MPEGTS:")[1].split(",")[0])
    assert 0 <= ticks < 2**33
    assert (seq * grid.duration * 90_000 - ticks) % 2**33 == 0
    hours, minutes, seconds = clock_time(ms).split(":")
    assert int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds) == Fraction(ms, 1000)


def test_a_break_stands_before_the_first_of_another_rendition() -> None:
    found = listed([(1, "a"), (2, "a"), (3, "b"), (4, "b")], ["v"] * 4)
    assert [it.discontinuity for it in found] == [False, False, True, False]
