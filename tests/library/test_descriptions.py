"""Libraries with NFO files and pictures beside the films: what is known, when it is noticed, what is remembered."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from tvd.library.library import Library
from tvd.library.source import Source
from tvd.media.library_wire import Entry
from tvd.media.listing import Listing

if TYPE_CHECKING:
    from clips import Clips

NFO = "<movie><title>{}</title><year>1936</year><genre>Drama</genre></movie>"


@pytest.fixture
def film(clips: "Clips") -> bytes:
    return clips.get("silent").read_bytes()


def beside(stage: Any, *only: Path) -> dict[str, str]:
    """Return the stamps of what lies beside the files, as a listing gives them."""
    paths = tuple(map(os.fsencode, only)) or None
    entries: list[Entry] = list(Listing(os.fsencode(stage.folder), paths))
    return {os.path.relpath(os.fsdecode(it.path), stage.folder): it.beside for it in entries}


def test_a_stamp_tells_whether_anything_beside_a_file_changed(stage: Any) -> None:
    for name in ("a.mkv", "b.mkv", "tv/Season 1/e1.mkv", "tv/Season 1/e2.mkv"):
        stage.put(name, b"x")
    assert set(beside(stage).values()) == {""}
    changes = [
        (stage.put("a.nfo", b"1"), {"a.mkv"}),
        (stage.put("a-poster.jpg", b"1"), {"a.mkv"}),
        (stage.put("a-poster.jpg", b"12"), {"a.mkv"}),
        (stage.put("tv/tvshow.nfo", b"1"), {"tv/Season 1/e1.mkv", "tv/Season 1/e2.mkv"}),
        (stage.put("tv/season01-poster.png", b"1"), {"tv/Season 1/e1.mkv", "tv/Season 1/e2.mkv"}),
        (stage.put("tv/Season 1/E1.nfo", b"1"), {"tv/Season 1/e1.mkv"}),
        (stage.put("tv/Season 1/notes.nfo", b"1"), set()),
        (stage.put("poster.jpg", b"1"), {"a.mkv", "b.mkv"}),
    ]
    for path, _ in changes:
        path.unlink(missing_ok=True)
    before = beside(stage)
    for path, concerned in changes:
        path.write_bytes(path.name.encode() * (len(concerned) + 1))
        after = beside(stage)
        assert {name for name in after if after[name] != before[name]} == concerned, path
        # Told of the sidecar alone, a listing names the files it speaks of, with the same stamps.
        told = beside(stage, path)
        assert concerned <= told.keys()
        assert told.items() <= after.items()
        before = after
    changes[0][0].unlink()
    assert beside(stage, changes[0][0]).keys() == {"a.mkv"}


def test_links_and_folders_beside_a_file_say_nothing(stage: Any, tmp_path: Path) -> None:
    stage.put("a.mkv", b"x")
    (tmp_path / "secret.nfo").write_text(NFO.format("Secret"))
    (stage.folder / "a.nfo").symlink_to(tmp_path / "secret.nfo")
    first = beside(stage)
    (tmp_path / "secret.nfo").write_text(NFO.format("Changed"))
    assert beside(stage) == first


async def scanned(stage: Any, library: Library) -> dict[str, Source]:
    await library.set_folders([stage.folder])
    library.guess()
    await library.scan()
    found: dict[str, Source] = stage.by_name(library)
    return found


async def test_a_series_and_a_film(stage: Any, film: bytes) -> None:
    stage.put("Fargo/tvshow.nfo", b"<tvshow><title>FARGO</title><genre>Crime</genre><plot>Snow.</plot></tvshow>")
    stage.put("Fargo/poster.jpg", b"x")
    stage.put("Fargo/season02-poster.jpg", b"x")
    stage.put("Fargo/Season 2/05 - The Gift.mp4", film + b"5")
    stage.put("Fargo/Season 2/06 - x.mp4", film + b"6")
    stage.put(
        "Fargo/Season 2/06 - x.nfo",
        b"<episodedetails><title>Rhinoceros</title><plot>Bars.</plot><season>2</season><episode>6</episode>"
        b"</episodedetails>",
    )
    stage.put("Night Train (1936)/Night Train.mp4", film + b"n")
    stage.put("Night Train (1936)/movie.nfo", b'<!DOCTYPE m SYSTEM "x"><movie><title>No</title></movie>')
    with structlog.testing.capture_logs() as logs:
        async with stage.library() as library:
            found = await scanned(stage, library)
    fifth, sixth, train = (found[name] for name in sorted(found))
    assert (fifth.title, sixth.title) == ("FARGO S02 E05 – The Gift", "FARGO S02 E06 – Rhinoceros")  # noqa: RUF001
    assert (fifth.metadata.series, fifth.metadata.season, fifth.metadata.episode) == ("FARGO", 2, 5)
    assert (fifth.metadata.genres, fifth.metadata.description) == (("Crime",), "Snow.")
    assert sixth.metadata.description == "Bars."
    names = [Path(os.fsdecode(it.path)).name for it in fifth.pictures]
    assert names == ["season02-poster.jpg", "poster.jpg"]
    assert (train.title, train.metadata.year) == ("Night Train", 1936)
    [refused] = [line for line in logs if line["event"] == "metadata.refused"]
    assert "movie.nfo: has a document type" in refused["reason"]


async def test_an_nfo_that_comes_changes_or_goes_is_noticed_without_probing(stage: Any, film: bytes) -> None:
    stage.put("a film.mp4", film)
    async with stage.library() as library:
        found = await scanned(stage, library)
        assert (found["a film.mp4"].title, library._scanner.probed) == ("a film", 1)
        for title in ("One", "Two"):
            stage.put("a film.nfo", NFO.format(title).encode(), age=10 * len(title))
            found = await stage.until(library, lambda it, title=title: it["a film.mp4"].title == title)
            assert found["a film.mp4"].metadata.genres == ("Drama",)
        (stage.folder / "a film.nfo").unlink()
        found = await stage.until(library, lambda it: it["a film.mp4"].title == "a film")
        assert found["a film.mp4"].metadata.genres == ()
        stage.put("a film-poster.jpg", b"x")
        found = await stage.until(library, lambda it: it["a film.mp4"].pictures)
        assert library._scanner.probed == 1


async def test_a_restart_reads_nothing_again_and_a_rename_keeps_what_is_known(
    stage: Any, film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stage.put("a film.mp4", film)
    stage.put("a film.nfo", NFO.format("Told").encode())
    async with stage.library() as library:
        await scanned(stage, library)
    async with stage.library() as library:
        asked: list[Any] = []
        describe = library._readers.describe

        async def counted(*args: Any, **how: Any) -> Any:
            asked.append(args)
            return await describe(*args, **how)

        monkeypatch.setattr(library._readers, "describe", counted)
        found = await scanned(stage, library)
        assert (found["a film.mp4"].title, found["a film.mp4"].metadata.year, asked) == ("Told", 1936, [])
        path.rename(stage.folder / "b film.mp4")
        found = await stage.until(library, lambda it: "b film.mp4" in it and it["b film.mp4"].state == "ready")
        assert library._scanner.probed == 0
        (stage.folder / "a film.nfo").rename(stage.folder / "b film.nfo")
        await stage.until(library, lambda it: asked and it["b film.mp4"].title == "Told")


async def test_names_wait_for_their_time_and_nfo_files_do_not(stage: Any, film: bytes) -> None:
    stage.put("Fargo.S02E05.mp4", film)
    stage.put("Film.1936.mp4", film + b"x")
    stage.put("Film.1936.nfo", NFO.format("Told").encode())
    async with stage.library() as library:
        await library.set_folders([stage.folder])
        await library.scan()
        found = stage.by_name(library)
        assert [it.title for it in found.values()] == ["Fargo S02E05", "Told"]
        library.guess()
        await library.scan()
        assert stage.by_name(library)["Fargo.S02E05.mp4"].metadata.episode == 5


async def test_a_child_that_dies_of_one_name_costs_only_that(
    stage: Any, film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tvd.media.readers import Readers, UnreadableError

    for name in ("a - 01.mp4", "b - 02.mp4", "c - 03.mp4"):
        stage.put(name, film + name.encode())
    describe = Readers.describe

    async def dying(self: Readers, root: Path, paths: list[str], *, names: bool) -> Any:
        if any(path.endswith("b - 02.mp4") for path in paths):
            raise UnreadableError("ended the child")
        return await describe(self, root, paths, names=names)

    monkeypatch.setattr(Readers, "describe", dying)
    async with stage.library() as library:
        found = await scanned(stage, library)
        assert [it.title for it in found.values()] == ["a E01", "b - 02", "c E03"]
        monkeypatch.undo()
        # With the next listing it is tried again.
        assert [it.title for it in (await scanned(stage, library)).values()] == ["a E01", "b E02", "c E03"]
