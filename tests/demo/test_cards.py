"""The generated continuity, through a real ffmpeg: every kind of card, in small."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tvd.media import cards
from tvd.media.cards import Card, text, tune
from tvd.media.cards.card import LONGEST, plain
from tvd.media.cards.night import _turn
from tvd.media.cards.words import _WORDS
from tvd.media.house import HOUSE_RATES, Grid, HouseFormat

SMALL = HouseFormat(Grid(25), 160, 90)
IDENT = Card("ident", "late-night", "Late Night", 3)
NEXT = replace(IDENT, kind="next", title="Der Himmel über Berlin", detail="Wim Wenders · 1987")
KINDS = [IDENT, NEXT, *(replace(IDENT, kind=kind, time="06:00") for kind in ("sign-off", "sign-on"))]


@pytest.mark.parametrize(
    "card",
    [
        *KINDS,
        replace(NEXT, title="100 % = a & b? #1: «x»", detail="千と千尋", language="ja", light="night"),
        replace(NEXT, title="", detail=""),
    ],
)
def test_the_id_says_everything(card: Card) -> None:
    assert cards.is_card(card.id)
    assert Card.parse(card.id) == card


@pytest.mark.parametrize(
    "wrong",
    [
        *("", "card:", "card:ident:x", "card:ident:x?", "demo:night-sky:1", "card:what:x?name=X&number=1&light=day"),
        *("card:ident:x?name=X&number=1&light=noon&language=en", "card:ident:x?number=1&name=X&light=day&language=en"),
        *(
            "card:ident:x?name=X&number=a&light=day&language=en",
            "card:ident:x?name=X&number=1&light=day&language=en&u=1",
        ),
        "card:ident:../x?name=X&number=1&light=day&language=en",
    ],
)
def test_what_is_no_card_is_a_key_error(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        cards.inputs(wrong, SMALL, tmp_path)


@pytest.mark.parametrize("card", KINDS, ids=lambda card: card.kind)
def test_a_card_comes_out_of_black_moves_sounds_and_goes_again(card: Card, run: Callable, tmp_path: Path) -> None:
    count = int(card.length(SMALL) * 25)
    made = run(cards.inputs(card.id, SMALL, tmp_path), SMALL, count)
    assert made.stderr == ""
    luma = made.frames[:, : 160 * 90].astype(int)
    assert luma[0].max() <= 20
    assert luma[-1].max() <= 24
    middle = luma[count // 2]
    assert middle.std() > 6, "nothing to see"
    assert np.abs(middle - luma[20]).max() > 20, "nothing appears"
    assert np.abs(luma[1:] - luma[:-1]).mean() < 6, "not calm"
    assert luma.max() <= 237
    peak = np.abs(made.sound).max()
    assert 0.03 < peak < 0.5
    assert np.abs(made.sound[-480:]).max() < 0.003, "it breaks off"


def test_the_night_service_ends_as_it_began(run: Callable, tmp_path: Path) -> None:
    card = replace(IDENT, kind="night")
    turn, times = _turn(card, SMALL)
    assert turn * times == card.length(SMALL)
    count = int(turn * 25)
    made = run(cards.inputs(card.id, SMALL, tmp_path), SMALL, count + 1)
    assert made.stderr == ""
    assert np.array_equal(made.frames[0], made.frames[count])
    assert not np.array_equal(made.frames[0], made.frames[count // 2])
    assert made.frames[0, : 160 * 90].std() > 4
    assert 10 ** (-60 / 20) < np.sqrt((made.sound**2).mean()) < 10 ** (-30 / 20)


@pytest.mark.parametrize("fps", HOUSE_RATES)
def test_the_mist_turns_a_whole_number_of_times_in_every_house(fps: int) -> None:
    card, house = replace(IDENT, kind="night"), HouseFormat(Grid(fps), 160, 90)
    turn, times = _turn(card, house)
    assert turn * times == card.length(house)
    assert 25 <= turn <= 40
    assert (turn * fps / (4 if fps <= 30 else 8)).denominator == 1


def test_channels_look_and_sound_different_and_always_the_same(run: Callable, tmp_path: Path) -> None:
    runs = []
    for turn, card in enumerate((IDENT, IDENT, replace(IDENT, slug="cinema"), replace(IDENT, light="day"))):
        folder = tmp_path / str(turn)
        folder.mkdir()
        runs.append(run(cards.inputs(card.id, SMALL, folder), SMALL, 60))
    assert np.array_equal(runs[0].frames, runs[1].frames)
    assert np.array_equal(runs[0].sound, runs[1].sound)
    for other in runs[2:]:
        assert np.abs(runs[0].frames[59].astype(int) - other.frames[59]).mean() > 5
    assert not np.allclose(runs[0].sound, runs[2].sound, atol=0.01)
    assert len({str(tune.motif(replace(IDENT, slug=f"channel-{number}"))) for number in range(20)}) > 15


@pytest.mark.parametrize(("fps", "width", "height"), [(24, 206, 90), (30, 90, 160), (60, 64, 64)])
@pytest.mark.parametrize("card", [IDENT, NEXT], ids=lambda card: card.kind)
def test_every_rate_and_odd_shapes(
    card: Card, fps: int, width: int, height: int, run: Callable, tmp_path: Path
) -> None:
    house = HouseFormat(Grid(fps), width, height)
    made = run(cards.inputs(card.id, house, tmp_path), house, 30)
    assert made.stderr == ""
    assert len(made.frames) == 30


def test_the_title_is_to_be_seen(run: Callable, tmp_path: Path) -> None:
    house = HouseFormat(Grid(25), 320, 180)
    pictures = []
    for title in ("Stalker", "", "Сталкер"):
        folder = tmp_path / (title or "none")
        folder.mkdir()
        made = run(cards.inputs(replace(NEXT, title=title).id, house, folder), house, 60)
        pictures.append(made.frames[59, : 320 * 180].reshape(180, 320).astype(int))
    latin, none, _ = pictures
    assert (latin - none)[60:130].max() > 90, "white letters"


# Text ----------------------------------------------------------------------------------------------------------------


def test_text_is_made_one_plain_line() -> None:
    assert plain(" a\n\tb\x00c\u202e d ") == "a b c d"
    assert plain("e\u0301") == "é"
    long = plain("word " * 100)
    assert len(long) <= LONGEST
    assert long.endswith("…")


def test_a_long_title_is_wrapped_then_set_smaller_then_cut() -> None:
    short = text.block("Heat", 500, (60, 40, 30), 2)
    assert short is not None
    assert (short.lines, short.type.size) == (("Heat",), 60)
    wrapped = text.block("The Assassination of Jesse James", 500, (60, 40, 30), 2)
    assert wrapped is not None
    assert len(wrapped.lines) == 2
    cut = text.block("The Assassination of Jesse James by the Coward Robert Ford, and so on " * 2, 500, (60, 40), 2)
    assert cut is not None
    assert cut.type.size == 40
    assert len(cut.lines) == 2
    assert cut.lines[-1].endswith(("…", "..."))
    for each in (short, wrapped, cut):
        assert each.width <= 500
    one = text.block("Donaudampfschifffahrtsgesellschaftskapitän", 200, (40,), 9)
    assert one is not None
    assert len(one.lines) > 1
    assert "".join(one.lines) == "Donaudampfschifffahrtsgesellschaftskapitän"
    assert one.width <= 200


def test_lines_without_spaces_break_between_characters() -> None:
    found = text.block("千と千尋の神隠し" * 3, 300, (40,), 9)
    if found is not None:  # on a machine without such a font the line is left out
        assert len(found.lines) > 1
        assert found.width <= 300


def test_what_no_font_has_is_left_out_and_nothing_alone_is_no_text() -> None:
    assert text.block("\U00010380\U00010381\U000e0001", 300, (40,)) is None or text._machine_fonts()
    assert text.block("", 300, (40,)) is None
    assert text.block("\U000f1234\U000f1235", 300, (40,)) is None
    found = text.block("Movie night \U000f1234", 900, (40,))
    assert found is not None
    assert found.lines == ("Movie night",)


def test_right_to_left_is_told_by_the_first_strong_letter() -> None:
    assert text.is_right_to_left("1984 לילה")
    assert text.is_right_to_left("تلفزيون tvd")
    assert not text.is_right_to_left("tvd تلفزيون")
    assert not text.is_right_to_left("1984")


def test_without_a_layout_engine_right_to_left_is_still_read_from_the_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "_SHAPED", False)
    assert text._ordered("לילה טוב 1984") == "1984 בוט הליל"
    assert text._ordered("Heat 1995") == "Heat 1995"


def test_every_language_of_the_house_has_all_its_words() -> None:
    for said in _WORDS.values():
        assert said.up_next
        assert said.good_night
        assert said.good_morning
        assert said.back
