"""Films with text tracks and files beside them, read by the real child and found again by a store."""

import asyncio
import os
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from clips import PCM, X264, Clips, beeps, flashes

from tvd.errors import NotFoundError
from tvd.library.source import Source
from tvd.library.subtitles import Read, SubtitleStore
from tvd.library.subtitling import Subtitling
from tvd.media.cue import Cue
from tvd.media.library_wire import Sidecar
from tvd.media.probe import Probe
from tvd.media.probing import probe
from tvd.media.readers import Readers
from tvd.media.sidecars import naming, sidecars
from tvd.media.subtitles import UnextractedError, extract, text_tracks

ID = "0123456789abcdef"
SRT = "1\n00:00:01,000 --> 00:00:01,500\none <i>flash</i>\n\n2\n00:00:02,000 --> 00:00:02,500\ntwo & more\n"
CUES = [Cue(1000, 1500, "one <i>flash</i>"), Cue(2000, 2500, "two &amp; more")]
PLAIN = [Cue(cue.start, cue.end, cue.text.replace("<i>", "").replace("</i>", "")) for cue in CUES]


def film(clips: Clips, name: str, suffix: str, codecs: Sequence[str], *more: str, offset: float = 0.0) -> Path:
    """Make a clip of three seconds with a text track of each of ``codecs``, in English and German."""
    srt = clips.folder / "words.srt"
    srt.write_text(SRT)
    words = [word for _ in codecs for word in ("-i", str(srt))]
    maps = [word for place in range(2 + len(codecs)) for word in ("-map", str(place))]
    kinds = [word for place, codec in enumerate(codecs) for word in (f"-c:s:{place}", codec)]
    tags = ["-metadata:s:s:0", "language=eng", "-metadata:s:s:1", "language=ger", "-disposition:s:1", "forced"]
    late = ["-output_ts_offset", str(offset)] if offset else []
    return clips.make(
        name, suffix, *flashes(seconds=3), *beeps(3), *words, *maps, *X264, *PCM, *kinds, *tags[: 2 * len(codecs)],
        *(tags[4:] if len(codecs) > 1 else ()), *late, *more,
    )  # fmt: skip


@pytest.fixture(scope="session")
def mkv(clips: Clips) -> Path:
    return film(clips, "worded", ".mkv", ["subrip", "ass"], offset=37.0)


def source_of(path: Path) -> Source:
    return Source(id=ID, path=path, title=path.stem, duration=3.0, probe=probe(str(path)))


async def read(path: Path) -> list[list[Cue]]:
    found = text_tracks(probe(str(path)).subtitles)
    answer = await extract(os.fsencode(path), [track.index for track in found], [])
    return [track.cues for track in answer]


async def test_text_tracks_count_from_the_first_frame(clips: Clips, mkv: Path) -> None:
    # The film's own time begins at 37 seconds, and its picture a moment behind its sound.
    assert probe(str(mkv)).start > 36.9
    assert [[cue.text for cue in track] for track in await read(mkv)] == [[cue.text for cue in CUES]] * 2
    assert all(
        abs(cue.start - at) <= 33 for track in await read(mkv) for cue, at in zip(track, (1000, 2000), strict=True)
    )
    mov = film(clips, "worded mov", ".mov", ["mov_text"])
    assert await read(mov) == [PLAIN]


async def test_a_broken_film_is_told_and_its_files_are_read(tmp_path: Path) -> None:
    broken, beside = tmp_path / "film.mkv", tmp_path / "film.en.srt"
    broken.write_bytes(b"\x1a\x45\xdf\xa3" + os.urandom(5000))
    beside.write_text(SRT)
    file, track = await extract(os.fsencode(broken), [2], [os.fsencode(beside)])
    assert file.cues == CUES
    assert track.reason
    assert not track.cues


async def test_a_child_that_answers_nonsense_is_no_child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tvd.media.subtitles.module_argv", lambda _: ["/bin/cat"])
    with pytest.raises(UnextractedError):
        await extract(os.fsencode(tmp_path), [], [])
    monkeypatch.setattr("tvd.media.subtitles.module_argv", lambda _: ["/bin/sh", "-c", "kill -9 $$"])
    with pytest.raises(UnextractedError):
        await extract(os.fsencode(tmp_path), [], [])
    evil = '{"tracks":[{"origin":3,"cues":[[0,1,"<img>"]]}]}'
    monkeypatch.setattr("tvd.media.subtitles.module_argv", lambda _: ["/bin/echo", evil])
    (track,) = await extract(os.fsencode(tmp_path), [3], [])
    assert not track.cues
    assert "parsers" in track.reason


# Names ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("film.srt", ("", False, False)),
        ("film.en.srt", ("en", False, False)),
        ("Film.ENG.Forced.srt", ("en", True, False)),
        ("film.pt-BR.srt", ("pt-BR", False, False)),
        ("film.de.hi.srt", ("de", False, True)),
        ("film.hi.srt", ("hi", False, False)),
        ("film.english.sdh.srt", ("en", False, True)),
        ("film.zh-Hant.ass", ("zh-Hant", False, False)),
        ("2_Portuguese.srt", ("pt", False, False)),
        ("film.default.srt", ("", False, False)),
    ],
)
def test_names_tell_the_language(name: str, told: tuple[str, bool, bool]) -> None:
    found = naming(os.fsencode(f"/x/{name}"), b"/x/film.mkv")
    assert (found.language, found.forced, found.hearing) == told


def test_which_files_belong_to_a_film(tmp_path: Path) -> None:
    house = tmp_path / "house"
    names = ["film.mkv", "film.2.mkv", "film.srt", "film.en.srt", "film.2.de.srt", "film 3.srt", "filmed.srt",
             ".film.srt", "film.txt", "Subs/film.fr.vtt", "Subs/4_French.srt", "Subs/film/2_English.srt",
             "other/film.it.srt"]  # fmt: skip
    for name in names:
        (house / name).parent.mkdir(parents=True, exist_ok=True)
        (house / name).write_text("x")
    (tmp_path / "outside.srt").write_text("x")
    (house / "film.es.srt").symlink_to(tmp_path / "outside.srt")
    (house / "film.nl.srt").symlink_to("film.en.srt")

    def beside(name: str) -> set[str]:
        return {os.fsdecode(it.path).removeprefix(f"{house}/") for it in sidecars(os.fsencode(house / name))}

    first = {"film.srt", "film.en.srt", "film.nl.srt", "Subs/film.fr.vtt", "Subs/film/2_English.srt"}
    assert beside("film.mkv") == first
    assert beside("film.2.mkv") == {"film.2.de.srt"}
    (house / "film.2.mkv").unlink()
    assert beside("film.mkv") == first | {"film.2.de.srt", "Subs/4_French.srt"}
    with pytest.raises(FileNotFoundError):
        sidecars(os.fsencode(tmp_path / "nowhere" / "film.mkv"))


# Keeping -------------------------------------------------------------------------------------------------------------


async def test_tracks_and_files_are_found_read_and_found_again(mkv: Path, tmp_path: Path) -> None:
    home = tmp_path / "films"
    home.mkdir()
    path = home / "film.mkv"
    path.hardlink_to(mkv)
    (home / "film.en.srt").write_bytes(SRT.replace("one", "ünë").encode("cp1252"))
    (home / "film.pt.srt").write_text("no cues at all")
    source = source_of(path)
    store = SubtitleStore(tmp_path / "subtitles")
    async with Readers(1) as readers:
        subtitling = Subtitling(store, readers.sidecars, lambda _: source)
        await subtitling.look([source])
        tracks = {(it.language, it.forced): it for it in store.tracks(ID)}
        # The file goes before the English track; the German one is forced; the Portuguese one is none.
        assert tracks.keys() == {("en", False), ("de", True)}
        assert tracks["en", False].origin == "film.en.srt"
        sheet = store.sheet(ID, tracks["en", False].version)
        assert [cue.text for cue in sheet.between(Fraction(0), Fraction(2))] == ["ünë <i>flash</i>"]

        again = SubtitleStore(tmp_path / "subtitles")
        await again.load()
        assert again.tracks(ID) == store.tracks(ID)
        assert len(again.sheet(ID, tracks["de", True].version)) == 2

        version = store.version
        await subtitling.look([source])
        assert store.version == version, "nothing is read twice"
        (home / "film.en.srt").write_text(SRT)
        await subtitling.look([source])
        changed = {(it.language, it.forced): it for it in store.tracks(ID)}["en", False]
        assert changed.version != tracks["en", False].version
        assert store.version > version
        # What was listed a moment ago can still be had, by whoever shares the folder.
        assert len(again.sheet(ID, tracks["en", False].version)) == 2

        (home / "film.en.srt").unlink()
        await subtitling.look([source])
        assert {it.origin for it in store.tracks(ID)} == {"stream 2", "stream 3"}


async def test_what_cannot_be_read_now_changes_nothing(tmp_path: Path) -> None:
    store = SubtitleStore(tmp_path / "subtitles")
    await store.put(ID, "before", [Read("en", False, "film.en.srt", CUES)])
    source = Source(
        id=ID, path=tmp_path / "gone" / "film.mkv", duration=3.0, probe=Probe(container="matroska", duration=3)
    )

    async def find(paths: Sequence[str]) -> Sequence[tuple[Sidecar, ...] | None]:
        return [None for _ in paths]

    await Subtitling(store, find, lambda _: source).look([source])
    assert [it.language for it in store.tracks(ID)] == ["en"]


async def test_a_store_opens_nothing_outside_itself(tmp_path: Path) -> None:
    store = SubtitleStore(tmp_path / "subtitles")
    (tmp_path / "secret.json").write_text("[]")
    for name, version in ((ID, "../../secret"), ("..", "secret"), (ID, "0" * 12)):
        with pytest.raises(NotFoundError):
            store.sheet(name, version)
    with pytest.raises(ValueError, match="demo"):
        await store.put("demo:x:1", "", [])


async def test_torn_files_are_as_if_not_there(tmp_path: Path) -> None:
    store = SubtitleStore(tmp_path / "subtitles")
    await store.put(ID, "one", [Read("en", False, "film.en.srt", CUES)])
    (tmp_path / "subtitles" / ID / "tracks.json").write_bytes(b'{"v":1,')
    again = SubtitleStore(tmp_path / "subtitles")
    await again.load()
    assert again.tracks(ID) == ()
    assert again.signature(ID) is None


async def test_the_soonest_is_looked_at_first_and_again(mkv: Path, tmp_path: Path) -> None:
    asked: list[str] = []
    done = asyncio.Event()
    source = source_of(mkv)
    near = Source(id="f" * 16, path=tmp_path / "near.mkv", duration=3.0, probe=Probe(container="matroska", duration=3))

    async def find(paths: Sequence[str]) -> Sequence[tuple[Sidecar, ...] | None]:
        asked.extend(Path(path).name for path in paths)
        done.set()
        return [() for _ in paths]

    store = SubtitleStore(tmp_path / "subtitles")
    subtitling = Subtitling(store, find, {ID: source, near.id: near}.get, now_ns=lambda: 0)
    task = asyncio.create_task(subtitling.run(lambda: {ID: 10**15, near.id: 5}))
    async with asyncio.timeout(10):
        await done.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert asked == ["near.mkv", mkv.name]
