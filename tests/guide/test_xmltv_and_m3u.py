"""XMLTV and M3U as boxes read them: by Debian's own validator, by the DTD's order, by another parser."""

import re
import subprocess
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tvd.guide import xmltv
from tvd.guide.entries import Entry
from tvd.guide.m3u import Listed, render_m3u
from tvd.library.metadata import Metadata
from tvd.media.house import NS

DTD = Path("/usr/share/xmltv/xmltv.dtd")
T = int(datetime(2026, 11, 22, 20, 15, tzinfo=UTC).timestamp()) * NS
NASTY = 'A & B <i>"x"</i> \x00\x07\ud800\ufffe ]]> é 映画'
FULL = Metadata(
    title=NASTY,
    artist=NASTY,
    year=1971,
    description=NASTY,
    series=NASTY,
    season=2,
    episode=5,
    genres=("Drama", NASTY),
    rating="PG-13",
    language="en",
    art="0123456789abcdef.jpg",
)


def entry(start: int, stop: int, words: Metadata | None = None, title: str = "A film", subtitle: str = "") -> Entry:
    return Entry(
        id=f"x-{start}",
        kind="programme",
        title=title,
        subtitle=subtitle,
        words=words or Metadata(),
        seq_start=0,
        seq_stop=1,
        start_ns=T + start * NS,
        stop_ns=T + stop * NS,
    )


def document(*parts: str) -> str:
    return "".join([xmltv.head(NASTY), *parts, xmltv.TAIL]).replace(xmltv.BASE, "http://tv:8080")


def test_debian_finds_it_valid(tmp_path: Path) -> None:
    entries = [entry(0, 60, FULL, NASTY, NASTY), entry(60, 7200, Metadata(year=1999)), entry(7200, 7260)]
    text = document(xmltv.channel(3, NASTY, "/iptv/logo/3.png"), xmltv.programmes(3, entries))
    path = tmp_path / "guide.xml"
    path.write_text(text, encoding="utf-8")
    # Left alone, the validator would fetch the DTD from its makers.
    argv = ["tv_validate_file", "--dtd-file", DTD, path]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "Validated ok.\n"), text
    [content] = re.findall(r"<!ELEMENT programme \((.*?)\)>", DTD.read_text(), re.DOTALL)
    order = re.findall(r"[a-z-]+", content)
    for programme in parsed(text).iter("programme"):
        places = [order.index(child.tag) for child in programme]
        assert places == sorted(places)


def test_times_are_utc_and_meet() -> None:
    first, second = (
        re.search(r'start="(.*?)" stop="(.*?)"', line)
        for line in xmltv.programmes(3, [entry(0, 61), entry(61, 99)]).splitlines()
    )
    assert first is not None
    assert second is not None
    assert first.groups() == ("20261122201500 +0000", "20261122201601 +0000")
    assert second[1] == first[2]


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text.encode())  # noqa: S314 - we wrote it


@pytest.mark.parametrize(
    ("words", "shown", "counted"),
    [
        (Metadata(series="X", season=2, episode=5), "S02E05", "1.4."),
        (Metadata(series="X", season=0, episode=1), "S00E01", ".0."),
        (Metadata(series="X", episode=12), "S01E12", "0.11."),
        (Metadata(series="X"), "S2026E1122", "2025.1121."),
        (Metadata(), "S2026E1122", "2025.1121."),
    ],
)
def test_every_programme_has_an_episode_number(words: Metadata, shown: str, counted: str) -> None:
    assert xmltv.episode(entry(0, 60, words)) == (shown, counted)


def test_words_stand_where_guides_look() -> None:
    [programme] = parsed(document(xmltv.programmes(3, [entry(0, 60, FULL, NASTY, "Sub")])))
    clean = 'A & B <i>"x"</i> ]]> é 映画'
    assert programme.get("channel") == "C3.tvd.local"
    assert programme.findtext("title") == clean.replace(" ]]>", "  ]]>")
    assert programme.findtext("credits/director") == programme.findtext("title")
    assert [one.text for one in programme.iter("category")][:2] == ["Series", "Drama"]
    assert [one.get("src") for one in programme.iter("icon")] == ["http://tv:8080/art/0123456789abcdef.jpg"]
    assert programme.find("previously-shown") is not None
    assert programme.find("new") is None
    film = xmltv.programmes(3, [entry(0, 5400, Metadata(year=1999))])
    assert '<category lang="en">Movie</category>' in film


@given(st.text(), st.text(), st.text())
@settings(max_examples=100, deadline=None)
def test_it_is_well_formed_whatever_people_write(title: str, text: str, name: str) -> None:
    words = Metadata(description=text, artist=text, genres=(text,), rating=text)
    made = document(xmltv.channel(3, name, "/l.png"), xmltv.programmes(3, [entry(0, 60, words, title)]))
    parsed(made)


def test_m3u_is_what_players_parse() -> None:
    name = 'Late, "Night" \r\n#EXTINF <b>'
    text = render_m3u(
        "Home, sweet", "http://tv:8080", [Listed(number=5, name=name, logo="/l.png", url="/hls/n/m.m3u8")]
    )
    head, info, url = text.splitlines()
    guide = "http://tv:8080/iptv/guide.xml"
    assert head == f'#EXTM3U url-tvg="{guide}" x-tvg-url="{guide}"'
    # The way Kodi's client and Jellyfin read it: attributes in double quotes, the name behind the last comma.
    attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', info))
    assert attributes == {
        "tvg-id": "C5.tvd.local",
        "channel-id": "C5.tvd.local",
        "tvg-chno": "5",
        "channel-number": "5",
        "tvg-name": "Late Night #EXTINF <b>",
        "tvg-logo": "http://tv:8080/l.png",
        "group-title": "Home sweet",
    }
    assert info.startswith("#EXTINF:-1 ")
    assert info.rpartition(",")[2] == "Late Night #EXTINF <b>"
    assert url == "http://tv:8080/hls/n/m.m3u8"
