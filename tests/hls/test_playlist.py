from datetime import datetime
from fractions import Fraction

import m3u8
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tvd.hls.playlist import (
    DateRange,
    MediaPlaylist,
    MediaSegment,
    MultivariantPlaylist,
    Variant,
    VariantStream,
    date_time,
    decimal,
    quoted,
    render_media,
    render_multivariant,
    target_duration,
)
from tvd.media.house import HOUSE_RATES, NS, Grid

GRID = Grid(30)
FIRST = 836_000_000


def playlist(renditions: str = "aaaaaaaa", **more: object) -> MediaPlaylist:
    segments = tuple(MediaSegment(FIRST + index, name) for index, name in enumerate(renditions))
    return MediaPlaylist(grid=GRID, segments=segments, **more)


def test_a_media_playlist_is_written_to_the_letter() -> None:
    text = render_media(
        playlist(
            "ab",
            discontinuity_sequence=3,
            date_ranges=(DateRange("x-1", "tvd.programme", FIRST - 3, FIRST + 2, (("TITLE", "T"), ("ARTIST", ""))),),
        )
    )
    programme = date_time(GRID.start_ns(FIRST - 3))
    assert text.splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-TARGETDURATION:3",
        f"#EXT-X-MEDIA-SEQUENCE:{FIRST}",
        "#EXT-X-DISCONTINUITY-SEQUENCE:3",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES",
        f'#EXT-X-DATERANGE:ID="x-1",CLASS="tvd.programme",START-DATE="{programme}",DURATION=10.666667,X-TITLE="T"',
        '#EXT-X-MAP:URI="a/init.mp4"',
        f"#EXT-X-PROGRAM-DATE-TIME:{date_time(GRID.start_ns(FIRST))}",
        "#EXTINF:2.133333,",
        f"a/{FIRST}.m4s",
        "#EXT-X-DISCONTINUITY",
        '#EXT-X-MAP:URI="b/init.mp4"',
        f"#EXT-X-PROGRAM-DATE-TIME:{date_time(GRID.start_ns(FIRST + 1))}",
        "#EXTINF:2.133333,",
        f"b/{FIRST + 1}.m4s",
    ]
    assert text.endswith("\n")


def test_nothing_says_that_it_ends_or_where_to_start() -> None:
    text = render_media(playlist())
    for tag in ("ENDLIST", "PLAYLIST-TYPE", "EXT-X-START", "DISCONTINUITY"):
        assert tag not in text


@pytest.mark.parametrize("fps", HOUSE_RATES)
def test_an_independent_parser_reads_what_was_meant(fps: int) -> None:
    grid = Grid(fps)
    segments = tuple(MediaSegment(FIRST + index, "aaabbb"[index]) for index in range(6))
    read = m3u8.loads(render_media(MediaPlaylist(grid, segments, 2)))
    assert read.media_sequence == FIRST
    assert read.discontinuity_sequence == 2
    assert read.target_duration == target_duration(grid)
    assert read.server_control.can_block_reload == "YES"
    assert not read.is_endlist
    assert [segment.discontinuity for segment in read.segments] == [False, False, False, True, False, False]
    assert [segment.init_section.uri for segment in read.segments] == ["a/init.mp4"] * 3 + ["b/init.mp4"] * 3
    for segment, meant in zip(read.segments, segments, strict=True):
        assert segment.uri == f"{meant.rendition}/{meant.seq}.m4s"
        assert abs(Fraction(segment.duration) - grid.duration) < Fraction(1, 1_000_000)
        assert segment.duration <= read.target_duration
        exact = Fraction(grid.start_ns(meant.seq), NS)
        assert abs(Fraction(segment.program_date_time.timestamp()) - exact) <= Fraction(501, 1_000_000)


def test_the_multivariant_playlist_says_all_that_players_choose_by() -> None:
    variant = Variant("avc1.64001F,mp4a.40.2", 1280, 720, 30, 3_100_000, 2_700_000)
    read = m3u8.loads(render_multivariant(MultivariantPlaylist((VariantStream("index.m3u8", variant),))))
    (only,) = read.playlists
    assert only.uri == "index.m3u8"
    info = only.stream_info
    assert (info.bandwidth, info.average_bandwidth) == (3_100_000, 2_700_000)
    assert (info.codecs, info.resolution) == ("avc1.64001F,mp4a.40.2", (1280, 720))
    assert (info.frame_rate, info.video_range) == (30.0, "SDR")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(Fraction(32, 15), "2.133333"), (Fraction(48, 25), "1.92"), (Fraction(3), "3.0"), (Fraction(8, 3), "2.666667")],
)
def test_durations(seconds: Fraction, text: str) -> None:
    assert decimal(seconds) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('say "hi"', "\"say 'hi'\""),
        ("two\r\nlines\x00", '"two lines"'),
        ("a\u2028#EXT-X-ENDLIST", '"a #EXT-X-ENDLIST"'),
        ("Käse, à la carte", '"Käse, à la carte"'),
    ],
)
def test_text_cannot_leave_its_quotes(text: str, written: str) -> None:
    assert quoted(text) == written


@given(st.text())
def test_no_title_breaks_a_playlist(title: str) -> None:
    ranges = (DateRange("id", "tvd.programme", FIRST, FIRST + 1, (("TITLE", title),)),)
    assert len(render_media(playlist("a", date_ranges=ranges)).splitlines()) == 11


@given(st.integers(0, 2**40))
def test_times_never_fall_and_are_within_half_a_millisecond(seq: int) -> None:
    seq %= 3_000_000_000
    ns = GRID.start_ns(seq)
    read = datetime.fromisoformat(date_time(ns))
    assert abs(Fraction(ns, NS) - Fraction(round(read.timestamp() * 1000), 1000)) <= Fraction(1, 2000)
    assert date_time(ns) < date_time(GRID.start_ns(seq + 1))
