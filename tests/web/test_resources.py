import hashlib
import re
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient

from tvd.errors import NotFoundError
from tvd.web.resources import StaticFiles, folder, without_remarks

BUDGET = 250_000
"""Bytes over the wire for the whole page."""
HEADERS = 300
"""Bytes of them with each answer, about."""


@pytest.fixture(scope="module")
def files() -> StaticFiles:
    return StaticFiles(folder("static"))


def test_vendored_files_are_what_their_table_says() -> None:
    vendor = folder("static") / "vendor"
    rows = re.findall(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", (vendor / "README.md").read_text(), re.MULTILINE)
    listed = dict(rows)
    there = {
        path.relative_to(vendor).as_posix()
        for path in vendor.rglob("*")
        if path.is_file() and path.suffix in {".js", ".mjs", ".woff2"}
    }
    assert listed.keys() == there
    for name, checksum in listed.items():
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == checksum


def test_the_page_is_light(files: StaticFiles) -> None:
    static = folder("static")
    sent = 0
    for path in static.rglob("*"):
        # What other pages bring is not sent to the television.
        if {"admin", "guide"} & {*path.relative_to(static).parts, path.stem}:
            continue
        if path.is_file() and path.suffix in {".js", ".mjs", ".css", ".svg", ".woff2"}:
            content = files.get(path.relative_to(static).as_posix())
            sent += len(content.zipped or content.body) + HEADERS
    assert sent <= BUDGET


def test_scripts_are_sent_without_their_remarks() -> None:
    script = (
        "/**\n * @param {string} a\n */\n"
        "const a = (/** @type {any} */ b) => `${b}//c`; // d\n"
        "  // e\n"
        'return "#".replace(/#.*/, a);\n'
    )
    told = '\n\n\nconst a = ( b) => `${b}//c`; // d\n\nreturn "#".replace(/#.*/, a);\n'
    assert without_remarks(script) == told
    for path in folder("static").rglob("*.js"):
        script = path.read_text() if path.is_file() else ""
        sent = without_remarks(script)
        assert "/**" not in sent, path
        assert sent.count("\n") == script.count("\n"), path


def test_urls_carry_the_hash_of_everything(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    before = StaticFiles(tmp_path)
    (tmp_path / "a.js").write_text("2")
    after = StaticFiles(tmp_path)
    assert before.url("a.js") != after.url("a.js")
    assert after.get(after.url("a.js").removeprefix("/static/")).cache_control.endswith("immutable")
    # A page of the version before still finds its files, but may not keep them.
    assert after.get(before.url("a.js").removeprefix("/static/")).cache_control == "no-cache"
    assert after.get("a.js").cache_control == "no-cache"
    with pytest.raises(KeyError):
        after.url("b.js")


@pytest.mark.parametrize("name", ["nothing.js", "../pyproject.toml", "x/../../etc/passwd", ""])
def test_nothing_else_is_served(files: StaticFiles, name: str) -> None:
    with pytest.raises(NotFoundError):
        files.get(name)


async def test_everything_the_page_names_is_there(client: TestClient) -> None:
    page = await (await client.get("/")).text()
    urls = set(re.findall(r'(?:href|src|data-worker)="(/static/[^"#]+)', page))
    assert len(urls) >= 6
    for url in urls:
        async with client.get(url) as response:
            assert response.status == 200
            assert "immutable" in response.headers["Cache-Control"]
            assert response.headers["Content-Type"] != "application/octet-stream"
    assert (await client.get("/favicon.ico")).headers["Content-Type"].startswith("image/svg+xml")
