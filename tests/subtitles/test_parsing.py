"""Subtitle files of every kind and of every unkindness, as text in and cues out."""

import re
import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tvd.errors import SourceRefusedError
from tvd.media.cue import LONGEST_MS, MOST_AT_ONCE, MOST_CUES, Cue, CueSheet, cue_text, is_safe, ordered
from tvd.media.subtitle_child import packet_text
from tvd.media.subtitle_text import LARGEST, ass_text, parse

SRT = """1
00:00:01,000 --> 00:00:02,500
Grüße, Zoë … “hi”

2
00:00:03,000 --> 00:00:04,000
two
lines
"""
CUES = [Cue(1000, 2500, "Grüße, Zoë … “hi”"), Cue(3000, 4000, "two\nlines")]
ASS = """[Script Info]
Title: x

[V4+ Styles]
Format: Name, Fontname
Style: Default,Arial

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:09.00,Default,,0,0,0,,not shown
Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,two\\Nlines
Dialogue: 0,0:00:01.00,0:00:02.50,Default,Ann,0,0,0,,{\\an8\\fad(100,100)}Grüße, Zoë … “hi”
Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,{\\p1}m 0 0 l 10 10{\\p0}

[Fonts]
fontname: evil.ttf
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_any_encoding_any_line_end(encoding: str, newline: str) -> None:
    assert parse(SRT.replace("\n", newline).encode(encoding), "srt") == CUES


@pytest.mark.parametrize(
    ("language", "encoding", "text"),
    [("ru", "cp1251", "Привет"), ("pl", "cp1250", "Zażółć"), ("el", "cp1253", "Γειά"), ("ja", "cp932", "こんにちは")],
)
def test_old_code_pages_are_told_by_the_language(language: str, encoding: str, text: str) -> None:
    data = f"1\n00:00:01,000 --> 00:00:02,000\n{text}\n".encode(encoding)
    assert parse(data, "srt", language) == [Cue(1000, 2000, text)]


@pytest.mark.parametrize("extension", ["ass", "ssa", "srt"])
def test_ass_keeps_words_alone(extension: str) -> None:
    assert parse(ASS.encode(), extension) == CUES


def test_webvtt_without_its_notes_styles_names_and_places() -> None:
    text = (
        "WEBVTT - a title\nX-TIMESTAMP-MAP=MPEGTS:9000,LOCAL:00:00:00.000\n\nSTYLE\n::cue { color: red }\n\n"
        "NOTE 00:00:09.000 is no cue\n\n7\n00:01.000 --> 00:02.500 line:0 align:start\nGrüße, <c.x>Zoë</c> … “hi”\n\n"
        "00:00:03.000 --> 00:00:04.000\n<v Ann>two\n<00:00:03.500>lines\n\nstray text\n"
    )
    assert parse(text.encode(), "vtt") == CUES


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("<i>so</i> <b>it</b> <u>is</u>", "<i>so</i> <b>it</b> <u>is</u>"),
        ("<I>so", "<i>so</i>"),
        ("<i><b>so</i> it</b>", "<i><b>so</b></i><b> it</b>"),
        ("</i>so", "so"),
        ('<font color="#f00">red</font><br>line', "red\nline"),
        ("<script>alert(1)</script>", "alert(1)"),
        ("<img src=x onerror=alert(1)>so", "so"),
        ("&lt;script&gt;", "&lt;script&gt;"),
        ("1 < 2 > 0 & more", "1 &lt; 2 &gt; 0 &amp; more"),
        ("a --> b", "a --&gt; b"),
        ("{\\an8}top", "top"),
        ("a\n\n\nb", "a\nb"),
        ("a\x00\x1b\x07b", "a b"),
        ("<i>\n</i>", ""),
        ("<i>\nso\n</i>", "so"),
        ("  ", ""),
    ],
)
def test_only_harmless_markup_is_kept(raw: str, kept: str) -> None:
    assert cue_text(raw) == kept


def test_a_weight_is_bold_and_braces_are_overrides() -> None:
    assert ass_text("{\\b700}so{\\b0} {\\i1}it{\\i0} is <i>") == "<b>so</b> <i>it</i> is &lt;i&gt;"


@given(st.text(st.characters(codec="utf-8"), max_size=200) | st.text("<>/ibu&;\n{}\\-.a1 ", max_size=60))
def test_whatever_is_written_the_text_is_safe(raw: str) -> None:
    for text in (cue_text(raw), ass_text(raw), packet_text(raw.encode(), "subrip")):
        assert text == "" or is_safe(text)
        assert "-->" not in text
        assert not re.search(r"\n\s*\n", text)
        for tag in "ibu":
            assert text.count(f"<{tag}>") == text.count(f"</{tag}>")


@given(st.binary(max_size=400), st.sampled_from(["srt", "vtt", "ass"]))
@settings(max_examples=60)
def test_any_bytes_are_parsed_or_refused(data: bytes, extension: str) -> None:
    for whole in (data, b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + data, ASS.encode() + data):
        try:
            cues = parse(whole, extension)
        except SourceRefusedError:
            continue
        assert cues == sorted(cues)
        assert all(0 <= cue.start < cue.end and is_safe(cue.text) for cue in cues)


def test_cues_out_of_order_backwards_doubled_and_before_the_beginning() -> None:
    cues = [
        Cue(5000, 6000, "later"),
        Cue(2000, 1000, "backwards"),
        Cue(1000, 3000, "over"),
        Cue(1500, 2500, "lapping"),
        Cue(1000, 3000, "over"),
        Cue(-2000, 500, "cut"),
        Cue(-2000, -500, "gone"),
        Cue(0, 10**9, "for ever"),
        Cue(10**10, 10**10 + 1, "never"),
    ]
    texts = [cue.text for cue in ordered(cues)]
    assert texts == ["cut", "for ever", "over", "lapping", "later"]
    assert ordered(cues)[1].end == LONGEST_MS
    assert parse(b"1\n-00:00:01,000 --> 00:00:01,000\nhi", "srt") == [Cue(0, 1000, "hi")]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 5000,
        b"just words\n",
        b"WEBVTT\n",
        b"1\n99999:00:00,000 --> 99999:00:01,000\nx",
        b"x" * (LARGEST + 1),
        b"".join(b"00:00:%02d,%03d --> 00:01:00,000\nx\n\n" % (n // 1000 % 60, n % 1000) for n in range(MOST_CUES + 2)),
    ],
    ids=["empty", "zeros", "words", "no cues", "too late", "too large", "too many"],
)
def test_what_is_no_subtitles_is_refused(data: bytes) -> None:
    with pytest.raises(SourceRefusedError):
        parse(data, "srt")


def test_a_million_cues_are_refused_soon() -> None:
    data = b"".join(b"0:0:0,%d --> 0:0:9,0\nx%d\n" % (n % 1000, n) for n in range(300_000))[:LARGEST]
    before = time.process_time()
    with pytest.raises(SourceRefusedError, match="more than"):
        parse(data, "srt")
    assert time.process_time() - before < 10


@pytest.mark.parametrize(
    ("codec", "data", "text"),
    [
        ("subrip", b"<i>hi</i>", "<i>hi</i>"),
        ("mov_text", b"\x00\x06hi <b>\x00\x00\x00\x0cstyl....", "hi &lt;b&gt;"),
        ("mov_text", b"\x00\x00", ""),
        ("mov_text", b"\xff", ""),
        ("ass", b"0,0,Default,,0,0,0,,{\\i1}hi{\\i0}, you", "<i>hi</i>, you"),
        ("ass", b"0,0,Default", ""),
        ("webvtt", b"<v Ann>hi", "hi"),
    ],
)
def test_packets_of_text_tracks(codec: str, data: bytes, text: str) -> None:
    assert packet_text(data, codec) == text


spans = st.tuples(st.integers(0, 60_000), st.integers(1, 30_000))


@given(st.lists(spans, max_size=30), st.integers(0, 70_000), st.integers(1, 5_000))
def test_a_sheet_finds_what_shows(spans: list[tuple[int, int]], start: int, length: int) -> None:
    cues = ordered(Cue(at, at + long, "x") for at, long in spans)
    found = CueSheet(cues).between(Fraction(start, 1000), Fraction(start + length, 1000))
    assert found == [cue for cue in cues if cue.start < start + length and cue.end > start][:MOST_AT_ONCE]
