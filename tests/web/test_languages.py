"""The words of the pages: every language says everything, and nothing is said in one language only."""

import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from aiohttp.test_utils import TestClient

from tvd.web.languages import NAME, Languages
from tvd.web.resources import folder

STATIC = folder("static")
TEMPLATES = sorted(folder("templates").glob("*.html"))
SCRIPTS = sorted(path for path in STATIC.rglob("*.js") if "vendor" not in path.parts)
SPOKEN = ("aria-label", "title", "alt", "placeholder", "content")


@pytest.fixture(scope="module")
def languages() -> Languages:
    return Languages(STATIC / "i18n")


def places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_every_language_says_everything_with_the_same_places(languages: Languages) -> None:
    english = languages.all["en"].texts
    assert {"en", "pt"} <= languages.all.keys()
    for language in languages.all.values():
        assert language.texts.keys() == english.keys(), language.code
        for key, text in language.texts.items():
            assert text.strip() == text != "", f"{language.code}: {key}"
            assert places(text) == places(english[key]), f"{language.code}: {key}"


def used(text: str, keys: set[str]) -> set[str]:
    """Return which of ``keys`` a template or script names, wholly or by how they begin."""
    found = {key for key in keys if f'"{key}"' in text or f"'{key}'" in text}
    # Chosen when the page runs: t('player.key_' + name), t(`player.reception_${state}`), count("x", n).
    for start in re.findall(r"t\((?:'|`)([\w.]+?)(?:' \+|\$\{)", text):
        found |= {key for key in keys if key.startswith(start)}
    for plural in re.findall(r'count\("([\w.]+)"', text):
        found |= {key for key in keys if key.startswith(f"{plural}.")}
    return found


def test_every_text_that_is_asked_for_is_there_and_no_other(languages: Languages) -> None:
    keys = set(languages.all["en"].texts) - {NAME}
    groups = {key.partition(".")[0] for key in keys}
    said: set[str] = set()
    for path in (*TEMPLATES, *SCRIPTS):
        text = path.read_text()
        said |= used(text, keys)
        asked = set(re.findall(r"""\bt\(["']([a-z]+\.[\w.]+)["'][,)]""", text))
        assert asked <= keys, f"{path.name}: {asked - keys}"
    assert keys - said == set(), f"said nowhere ({', '.join(sorted(groups))})"


class Words(HTMLParser):
    """Collects what a template says by itself: text and spoken attributes, once its expressions are cut out."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "link", "img", "input", "use", "path"}:
            self.inside.append(tag)
        if tag != "meta":
            self.said += [value or "" for name, value in attrs if name in SPOKEN]

    def handle_endtag(self, tag: str) -> None:
        if tag in self.inside:
            while self.inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not {"code", "kbd", "script"} & set(self.inside):
            self.said.append(data)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_says_anything_by_itself(path: Path) -> None:
    # Expressions, statements and comments of jinja, which is what may speak.
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
    words = Words()
    words.feed(text)
    assert [said.strip() for said in words.said if re.search(r"[^\W\d_]{2}", said)] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_says_anything_by_itself(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/|(?<![:\w])//[^\n]*", "", path.read_text(), flags=re.DOTALL)
    strings = re.findall(r'"([^"\n]*)"', text)
    # A capital and then a word, or two words: a sentence. What is code looks otherwise.
    sentences = [s for s in strings if re.match(r"[A-ZÀ-Ý][a-zà-ÿ]+ [a-zà-ÿ]+|[A-ZÀ-Ý][a-zà-ÿ]+ …", s)]
    assert sentences == []


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"),
        ("pt-PT,pt;q=0.9,en;q=0.8", "pt"),
        ("PT-BR", "pt"),
        ("xx, en;q=0.5, pt;q=0.7", "pt"),
        ("pt;q=0, en;q=0.1", "en"),
        ("xx-YY;q=oh, *", "en"),
        (",,;;=,q=1", "en"),
        ("zz," * 500 + "pt", "en"),
    ],
)
def test_the_browser_is_heard(languages: Languages, header: str, code: str) -> None:
    assert languages.accepted(header).code == code


async def test_what_was_chosen_counts_more_than_what_the_browser_says(client: TestClient) -> None:
    for path in ("/", "/remote", "/watch/slow"):
        english = await client.get(path, headers={"Accept-Language": "en"})
        assert "Accept-Language" in english.headers["Vary"]
        chosen = {"Accept-Language": "en", "Cookie": "tvd-lang=pt"}
        page = await (await client.get(path, headers=chosen)).text()
        assert '<html lang="pt">' in page
        assert "Canal anterior" in page
        assert "Channel down" not in page
        unknown = {"Accept-Language": "pt", "Cookie": "tvd-lang=../../etc/passwd"}
        assert '<html lang="pt">' in await (await client.get(path, headers=unknown)).text()


async def test_texts_for_scripts_cannot_end_their_block(client: TestClient) -> None:
    page = await (await client.get("/")).text()
    [block] = re.findall(r'<script id="texts" type="application/json">(.*?)</script>', page, re.DOTALL)
    texts = msgspec.json.decode(block, type=dict[str, str])
    assert texts["player.nothing_here"] == "nothing here"
    assert "<" not in block
