"""Titles, episodes and the rest out of NFO files, tags and names: who is believed, and when names are."""

from pathlib import PurePath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tvd.library.metadata import Metadata
from tvd.library.wording import label, metadata, tag_words
from tvd.media import clean
from tvd.media.describing import Description
from tvd.media.guessing import guess
from tvd.media.probe import AudioTrack, Probe, VideoTrack
from tvd.media.probing import probe
from tvd.media.words import Words

if TYPE_CHECKING:
    from clips import Clips

PICTURE = VideoTrack(index=0, codec="h264", width=160, height=90)
COVER = VideoTrack(index=0, codec="mjpeg", width=160, height=160, attached_picture=True)


def probed(*, video: VideoTrack = PICTURE, **tags: str) -> Probe:
    return Probe(container="x", duration=1.0, video=(video,), tags=tags)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("films/The.Night.Train.1936.1080p.BluRay.x264-GRP.mkv", Words(year=1936)),
        ("films/2001 A Space Odyssey (1968).mkv", Words(year=1968)),
        ("films/2001 - A Space Odyssey (1968)/2001 - A Space Odyssey.mkv", Words(year=1968)),
        ("films/Blade Runner 2049 (2017).mkv", Words(year=2017)),
        ("films/1984.mkv", Words()),
        ("films/12 Angry Men.mkv", Words()),
        ("films/1080p.mkv", Words()),
        ("films/-i.mp4", Words()),
        ("clips/VID_1234.mp4", Words()),
        ("clips/IMG_20190304_123456.mp4", Words()),
        ("clips/001.mp4", Words()),
        ("clips/Part 2.mp4", Words()),
        ("clips/Lecture 3 - Sorting.mp4", Words()),
        ("clips/2019-07-14 beach.mp4", Words()),
        ("anime/[Group] Quiet Sea - 05 (1080p) [ABCD1234].mkv", Words(series="Quiet Sea", episode=5)),
        ("anime/[Group] Quiet Sea [ABCD1234].mkv", Words()),
        ("tv/Fargo/Season 2/Fargo - S02E05 - The Gift.mkv",
         Words(series="Fargo", season=2, episode=5, title="The Gift")),
        ("tv/Fargo/Season 2/05 - The Gift.mkv", Words(series="Fargo", season=2, episode=5, title="The Gift")),
        ("tv/Fargo (2014)/Season 02/Fargo.S02E05-E06.The.Gift.720p.mkv",
         Words(series="Fargo", season=2, episode=5, title="The Gift")),
        ("Fargo/S02E05.mkv", Words(series="Fargo", season=2, episode=5)),
        ("tv/The Office US/3x05 Start.mkv", Words(series="The Office US", season=3, episode=5, title="Start")),
        ("tv/Show/Specials/Show - S00E01 - Snow.mkv", Words(series="Show", season=0, episode=1, title="Snow")),
        ("tv/Daily/The.Daily.Show.2019.03.05.Guest.Name.mkv",
         Words(series="The Daily Show", title="Guest Name", year=2019)),
    ],
)  # fmt: skip
def test_a_guess_counts_with_evidence_only(path: str, words: Words) -> None:
    assert guess(path) == words


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=80))
def test_any_name_can_be_guessed(name: str) -> None:
    found = guess(f"films/{name}.mkv")
    assert f"{found.series}{found.title}".isprintable()


EPISODE = Words(series="Named", season=1, episode=2, title="By name", year=2001)
TAGS = {"title": "By tag", "artist": "Tagged", "date": "1990-01-01", "genre": "Tag; Drama", "description": "Tag."}
FULL = Words(
    title="By NFO", artist="Told", year=1980, description="NFO.", series="Series", season=3, episode=4,
    genres=("NFO",), tags=("t",), rating="12", language="de",
)  # fmt: skip


@pytest.mark.parametrize(
    ("said", "tags", "expected"),
    [
        # Each field comes from whom it is trusted most to know it.
        (Description(nfo=FULL, kind="episode", name=EPISODE), TAGS,
         Metadata(**{name: getattr(FULL, name) for name in FULL.__struct_fields__})),
        (Description(nfo=Words(title="By NFO"), kind="movie"), TAGS,
         Metadata(title="By NFO", artist="Tagged", year=1990, description="Tag.", genres=("Tag", "Drama"))),
        (Description(name=Words(year=1936)), {}, Metadata(title="the film", year=1936)),
        (Description(name=EPISODE), {}, Metadata(title="By name", series="Named", season=1, episode=2, year=2001)),
        (Description(name=EPISODE), {"title": "By tag"},
         Metadata(title="By tag", series="Named", season=1, episode=2, year=2001)),
        # A tag that only repeats the series or the file's name is no title of an episode.
        (Description(name=EPISODE), {"title": "NAMED"},
         Metadata(title="By name", series="Named", season=1, episode=2, year=2001)),
        (Description(name=EPISODE), {"title": "Named - s01e02 - x"},
         Metadata(title="By name", series="Named", season=1, episode=2, year=2001)),
        # What says that it is a film is no episode, whatever its name looks like.
        (Description(nfo=Words(title="Film"), kind="movie", name=EPISODE), {"show": "S", "season_number": "1"},
         Metadata(title="Film", year=2001)),
        # iTunes', Matroska's and other names of tags.
        (Description(), {"title": "T", "show": "S", "season_number": "2", "episode_sort": "5", "date": "2015"},
         Metadata(title="T", series="S", season=2, episode=5, year=2015)),
        (Description(), {"title": "T", "collection/title": "S", "season/part_number": "2", "part_number": "5/10",
                         "date_released": "2015-10-01", "law_rating": "16", "keywords": "a; b", "director": "D"},
         Metadata(title="T", series="S", season=2, episode=5, year=2015, rating="16", tags=("a", "b"), artist="D")),
        (Description(), {"title": "T", "season_number": "2", "comment": "www.example.com"}, Metadata(title="T")),
        # A series' own story is better than none.
        (Description(nfo=Words(series="S"), name=Words(episode=3), story="Of all."), {},
         Metadata(title="the film", series="S", episode=3, description="Of all.")),
    ],
)  # fmt: skip
def test_who_is_believed(said: Description, tags: dict[str, str], expected: Metadata) -> None:
    assert metadata(PurePath("the film.mkv"), probed(**tags), said) == expected


def test_tags_are_found_whatever_their_case_and_the_language_in_the_sound() -> None:
    sound = AudioTrack(index=1, codec="aac", sample_rate=48000, channels=2, language="fre")
    spoken = Probe(
        container="x", duration=1.0, audio=(sound,), tags={"TITLE": "A", "Album_Artist": "B", "DATE": "x1999"}
    )
    assert tag_words(spoken) == Words(title="A", artist="B", year=1999, language="fre")


@pytest.mark.parametrize(
    ("words", "video", "kind", "expected"),
    [
        (Metadata(title="Moon", artist="Ann"), COVER, "", "Ann – Moon"),  # noqa: RUF001
        (Metadata(title="Moon", artist="Ann"), PICTURE, "", "Moon"),
        (Metadata(title="Moon", artist="Ann"), PICTURE, "music", "Ann – Moon"),  # noqa: RUF001
        (Metadata(title="Moon"), COVER, "", "Moon"),
        (Metadata(title="T", series="S", season=2, episode=5), PICTURE, "", "S S02 E05 – T"),  # noqa: RUF001
        (Metadata(series="S", episode=112), PICTURE, "", "S E112"),
        (Metadata(title="T", series="S"), PICTURE, "", "S – T"),  # noqa: RUF001
    ],
)
def test_the_title_on_one_line(words: Metadata, video: VideoTrack, kind: str, expected: str) -> None:
    assert label(words, probed(video=video), kind) == expected


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (["Drama / Crime", "crime;Thriller"], ("Drama", "Crime", "Thriller")),
        (["Action, Adventure|Sci-Fi"], ("Action", "Adventure", "Sci-Fi")),
        (["Drama/Crime"], ("Drama", "Crime")),
        (["R&B/24/7 FM"], ("R&B/24/7 FM",)),
        ([" ; / "], ()),
        ([";".join(map(str, range(99)))], tuple(map(str, range(12)))),
    ],
)
def test_lists_are_split(texts: list[str], names: tuple[str, ...]) -> None:
    assert clean.names(texts) == names


@pytest.mark.parametrize(
    ("text", "number"),
    [("5", 5), ("05/12", 5), (" 7.0 ", 7), ("five", None), ("-1", None), ("1e9", None), ("99", None)],
)
def test_numbers(text: str, number: int | None) -> None:
    assert clean.number(text, 50) == number


@given(st.text(), st.integers(1, 50))
def test_a_line_is_short_and_plain(text: str, most: int) -> None:
    line = clean.line(text, most)
    assert len(line) <= most
    assert line.isprintable()
    assert clean.line(line, most) == line
    line.encode()


@given(st.text())
def test_years_and_ratings_are_sane(text: str) -> None:
    year = clean.year(text)
    assert year is None or clean.sane_year(year)
    assert len(clean.rating(text)) <= 20


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mp3"])
def test_tags_of_real_files(clips: "Clips", suffix: str) -> None:
    tags = {
        "title": "The Gift", "artist": "Ann Doe", "date": "2015-11-09", "genre": "Crime / Drama", "show": "Fargo",
        "season_number": "2", "episode_sort": "5", "description": "Snow. " * 150,
    }  # fmt: skip
    written = [word for name, text in tags.items() for word in ("-metadata", f"{name}={text}")]
    clip = clips.get("music" if suffix == ".mp3" else "silent")
    path = clips.make("with-tags", suffix, "-i", str(clip), "-c", "copy", *written)
    found = metadata(path, probe(str(path)), Description())
    assert (found.title, found.artist, found.year, found.genres) == ("The Gift", "Ann Doe", 2015, ("Crime", "Drama"))
    assert (found.series, found.season, found.episode) == ("Fargo", 2, 5)
    assert len(found.description) == 899
