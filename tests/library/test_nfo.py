"""NFO files: what is read of them, and what is not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tvd.errors import SourceRefusedError
from tvd.media import nfo
from tvd.media.nfo import parse
from tvd.media.words import Words

FILM = """<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>
<movie>
  <title>Night &amp; Train</title><originaltitle>Nachtzug</originaltitle>
  <ratings><rating name="imdb"><value>7.1</value></rating></ratings>
  <set><name>Trains</name><overview>All of them</overview></set>
  <plot>A train.\x0a  It is <![CDATA[<b>late</b>]]>.</plot>
  <mpaa>Rated PG-13 for smoke</mpaa>
  <genre>Drama / Crime</genre><genre>Thriller; drama</genre>
  <tag>night</tag><director>Ann Doe</director><director>Bo Roe</director>
  <actor><name>Nobody</name><role>Title</role></actor>
  <premiered>1936-05-01</premiered><year>1936</year>
</movie>
https://example.com/title/tt1
"""


def test_a_film() -> None:
    found = parse(FILM.encode())
    assert found.kind == "movie"
    assert found.words == Words(
        title="Night & Train",
        artist="Ann Doe, Bo Roe",
        year=1936,
        description="A train. It is <b>late</b>.",
        genres=("Drama", "Crime", "Thriller"),
        tags=("night",),
        rating="PG-13",
    )


def test_two_episodes_in_one_file_are_one() -> None:
    one = (
        '<?xml version="1.0"?><episodedetails><title>{}</title><showtitle>Fargo</showtitle><season>2</season>'
        "<episode>{}</episode><aired>2015-11-09</aired><year>2014</year><plot>{}</plot></episodedetails>"
    )
    found = parse((one.format("The Gift", 5, "First.") + "\n" + one.format("Rhinoceros", 6, "Second.")).encode())
    assert found == nfo.Nfo(
        "episode",
        Words(
            title="The Gift / Rhinoceros", series="Fargo", season=2, episode=5, year=2015, description="First. Second."
        ),
    )


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("<musicvideo><title>Moon</title><artist>Ann</artist><artist>Bo</artist><year>1999</year></musicvideo>",
         "music", Words(title="Moon", artist="Ann, Bo", year=1999)),
        ("<tvshow><title>Fargo</title><plot>Snow.</plot><genre>Crime, Drama</genre></tvshow>",
         "series", Words(series="Fargo", description="Snow.", genres=("Crime", "Drama"))),
        ("<movie><title>A</title><year>0</year><season>3</season></movie>", "movie", Words(title="A")),
        ("<movie><title>A</title><year>21</year><mpaa>Not Rated</mpaa></movie>", "movie", Words(title="A")),
        ("<movie><title>A</title><plot>B & C</plot></movie>", "movie", Words(title="A")),  # nobody escaped the &
        ("<movie><title>A</title><outline>Short</outline>", "movie", Words(title="A", description="Short")),
        ("\ufeff<movie><title>Ä</title></movie>", "movie", Words(title="Ä")),
        ("<EpisodeDetails><Title>A</Title><Season>0</Season><Episode>07</Episode></EpisodeDetails>",
         "episode", Words(title="A", season=0, episode=7)),
        ("<movie><title>a\u202eb\u0085c\u200b</title></movie>", "movie", Words(title="a b c")),
    ],
)  # fmt: skip
def test_kinds_and_oddities(text: str, kind: str, words: Words) -> None:
    assert parse(text.encode()) == nfo.Nfo(kind, words)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_encodings(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><movie><title>Älter</title></movie>'
    assert parse(text.encode(encoding)).words.title == "Älter"


BOMB = '<!DOCTYPE m [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><movie><title>&b;</title></movie>'
OUTSIDE = '<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]><movie><title>&x;</title></movie>'
REMOTE = '<!DOCTYPE movie SYSTEM "http://127.0.0.1:9/x.dtd"><movie><title>A</title></movie>'


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (BOMB.encode(), "document type"),
        (OUTSIDE.encode(), "document type"),
        (REMOTE.encode(), "document type"),
        (BOMB.encode("utf-16"), "document type"),
        (("<movie>" + "<!doctype x>" + "<title>A</title></movie>").encode(), "document type"),
        (b"<movie><title>A</title>" + b" " * nfo.LARGEST + b"</movie>", "larger"),
        (b"<movie>" + b"<a>" * 10_000 + b"</a>" * 10_000 + b"</movie>", "nested"),
        (b"<movie>" + b"<a/>" * 100_000 + b"</movie>", "nested"),
        (b"https://example.com/tt1", "no Kodi NFO"),
        (b"\x00\xff\xfe<movie>", "no XML"),
        (b"", "no Kodi NFO"),
        (b"<html><title>A</title></html>", "no Kodi NFO"),
    ],
)
def test_what_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(SourceRefusedError, match=why):
        parse(data)


def test_an_entity_that_nobody_declared_ends_the_reading() -> None:
    assert parse(b"<movie><title>A</title><plot>&boom;</plot></movie>").words == Words(title="A")


def test_no_text_is_longer_than_what_is_shown() -> None:
    long = "word " * 20_000
    fields = "".join(f"<{name}>{long}</{name}>" for name in ("title", "plot", "genre", "tag", "director", "mpaa"))
    words = parse(f"<movie>{fields}{'<genre>x</genre>' * 50}</movie>".encode()).words
    assert len(words.title) <= 200
    assert len(words.description) <= 2000
    assert all(len(name) <= 60 for name in (*words.genres, *words.tags))
    assert len(words.rating) <= 20


markup = st.text(alphabet="<>/&;!?[]\"'= abmovietl\x00\n", max_size=300)


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=300), markup.map(lambda text: f"<movie><title>{text}</title></movie>".encode())))
def test_anything_is_words_or_a_refusal(data: bytes) -> None:
    try:
        found = parse(data)
    except SourceRefusedError:
        return
    for text in (found.words.title, found.words.description, found.words.artist, *found.words.genres):
        assert text.isprintable()
        text.encode()
