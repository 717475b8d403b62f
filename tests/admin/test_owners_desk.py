"""The owner's page over a real television: what it tells, what it changes, and who is kept out."""

import json
import os
import sys
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

sys.path[:0] = [str(Path(__file__).parents[1] / "faults")]

from television import Television, until  # noqa: E402 - found through the path above

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
TABS = ("onair", "schedule", "library", "channels", "log")


@pytest.fixture(scope="module")
def owned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Television]:
    """A television with a generated channel, and one over a folder with something that is no video."""
    films = tmp_path_factory.mktemp("films")
    (films / "notes <b>.mp4").write_text("no video\n")
    # A name that is no text.
    (films / os.fsdecode(b"caf\xe9.mp4")).write_text("no video either\n")
    channels = [
        {"number": 1, "name": "Sky", "slug": "sky", "generator": "test-card"},
        {"number": 4, "name": "Films", "slug": "films", "folders": [str(films), str(films / "gone")]},
    ]
    with Television(tmp_path_factory.mktemp("owned"), channels).start() as running:
        yield running.ready("sky")


def ask(
    television: Television, path: str, method: str = "GET", body: object = None, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(television.url + path, data, headers or {}, method=method)
    if data is not None:
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def names(television: Television) -> dict[str, str]:
    return {one["slug"]: one["name"] for one in television.api("/api/channels")}


def test_it_tells_what_is_used(owned: Television) -> None:
    _, used = ask(owned, "/api/admin/resources")
    assert used["memory"] > 10_000_000
    assert 0 < used["disk_free"] <= used["disk_total"]
    assert used["children"] > 0
    assert used["assets"] > 0
    assert used["uptime"] > 0


def test_the_library_names_what_is_refused_first(owned: Television) -> None:
    def refused() -> Any:
        page = ask(owned, "/api/admin/library")[1]
        return page if page["counts"].get("refused") == 2 else None

    page = until(refused)
    assert all(one["state"] == "refused" for one in page["sources"][:2])
    assert [one["path"] for one in page["sources"][:2]] == ["caf\\udce9.mp4", "notes <b>.mp4"]
    assert "not a readable" in page["sources"][0]["reason"]
    assert page["sources"][0]["channels"] == ["films"]
    assert [bool(folder["trouble"]) for folder in page["folders"]] == [False, True]
    assert ask(owned, "/api/admin/library?q=NOTES&state=refused")[1]["total"] == 1
    # A file name that is no text is shown as escapes, here and in the log.
    assert [
        line["fields"]["path"][-10:] for line in ask(owned, "/api/admin/log?q=source.refused&level=warning")[1]["lines"]
    ]
    assert ask(owned, "/api/admin/library?channel=sky&limit=2")[1]["sources"][0]["channels"] == ["sky"]
    assert ask(owned, "/api/admin/library?limit=x")[0] == 400


def test_the_log_can_be_followed(owned: Television) -> None:
    _, first = ask(owned, "/api/admin/log?level=info&q=channel.on_air&channel=sky")
    [line] = first["lines"]
    assert (line["event"], line["channel"], line["fields"]["number"]) == ("channel.on_air", "sky", 1)
    _, later = ask(owned, f"/api/admin/log?after={first['newest']}")
    assert all(one["number"] > first["newest"] for one in later["lines"])
    assert ask(owned, "/api/admin/log?level=loud")[0] == 400


def test_changes_are_kept_beside_the_owners_file_and_can_be_undone(owned: Television) -> None:
    written = (owned.folder / "config.toml").read_bytes()
    status, told = ask(owned, "/api/admin/channels/sky", "PUT", {"name": "Blue Sky", "order": "sequential"})
    assert status == 200
    [sky] = [one for one in told["channels"] if one["slug"] == "sky"]
    assert (sky["values"]["name"], sky["own"]["name"], sky["handwritten"]) == ("Blue Sky", "Blue Sky", True)
    until(lambda: names(owned)["sky"] == "Blue Sky")
    overlay = tomllib.loads((owned.data / "channels.toml").read_text())
    assert overlay == {"channels": [{"name": "Blue Sky", "order": "sequential", "slug": "sky"}]}
    assert (owned.folder / "config.toml").read_bytes() == written

    assert ask(owned, "/api/admin/channels/sky", "DELETE")[0] == 200
    until(lambda: names(owned)["sky"] == "Sky")
    assert ask(owned, "/api/admin/channels/sky", "DELETE")[0] == 404


def test_two_windows_do_not_overwrite_each_other(owned: Television) -> None:
    def version() -> dict[str, str]:
        [films] = [one for one in ask(owned, "/api/admin/channels")[1]["channels"] if one["slug"] == "films"]
        return {"If-Match": f'"{films["version"]}"'}

    path, seen = "/api/admin/channels/films", version()
    assert ask(owned, path, "PUT", {"name": "First"}, seen)[0] == 200
    status, told = ask(owned, path, "PUT", {"order": "random"}, seen)
    assert (status, "another window" in told["error"]) == (412, True)
    assert ask(owned, path, "PUT", {"name": "First", "order": "random"}, version())[0] == 200
    status, told = ask(
        owned, path, "PUT", {"number": 9, "name": "Films", "generator": "fireplace"}, {"If-None-Match": "*"}
    )
    assert (status, "already" in told["error"]) == (412, True)
    assert ask(owned, path, "DELETE")[0] == 200


def test_a_channel_can_be_added_and_removed(owned: Television) -> None:
    table = {"number": 9, "name": "Fire", "generator": "fireplace"}
    assert ask(owned, "/api/admin/channels/fire", "PUT", table)[0] == 200
    until(lambda: "fire" in names(owned))
    assert ask(owned, "/api/admin/channels/fire", "DELETE")[0] == 200
    until(lambda: "fire" not in names(owned))


@pytest.mark.parametrize(
    ("table", "key", "says"),
    [
        ({"number": 4}, "number", "already the number"),
        ({"order": "loud"}, "order", "not"),
        ({"colour": "blue"}, "colour", "unknown key"),
        ({"house": {"fps": 29.97}}, "house.fps", "not"),
        ({"generator": "", "folders": []}, "", "airs nothing"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_changes(
    owned: Television, table: dict[str, object], key: str, says: str
) -> None:
    before = ask(owned, "/api/admin/channels")[1]
    status, told = ask(owned, "/api/admin/channels/sky", "PUT", table)
    assert status == 422
    assert any(fault["key"].endswith(key) and says in fault["what"] for fault in told["faults"]), told
    assert ask(owned, "/api/admin/channels")[1] == before


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}, {"Host": "television.example"}],
    ids=["fetched by another site", "sent by another site", "another name for this machine"],
)
@pytest.mark.parametrize(("method", "path"), [("GET", "/api/admin/log"), ("DELETE", "/api/admin/channels/films")])
def test_other_sites_are_kept_out(owned: Television, headers: dict[str, str], method: str, path: str) -> None:
    assert ask(owned, path, method, headers=headers)[0] == 403


def test_no_body_hurts(owned: Television) -> None:
    assert ask(owned, "/api/admin/channels/sky", "PUT", ["no", "table"])[0] == 400
    assert ask(owned, "/api/admin/channels/sky", "PUT", {"name": "x" * 70_000})[0] == 413
    headers = {"Content-Type": "application/json"}
    deep = b'{"a":' * 9_000
    request = urllib.request.Request(f"{owned.url}/api/admin/channels/sky", deep, headers, method="PUT")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=20)
    with refused.value as error:
        assert error.code == 400


@pytest.mark.browser
def test_the_page_shows_it_all_and_saves(owned: Television) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{owned.url}/admin")
        for tab in TABS:
            page.click(f"#tab-{tab}")
            page.wait_for_selector(f"#view-{tab} :is(.card, tbody tr, .log li)")
        assert complaints == []

        # A fault is shown beside its field; then it is put right.
        page.click("#tab-channels")
        card = page.locator("form.card", has=page.locator("code", has_text="films"))
        card.locator('[name="number"]').fill("1")
        card.locator("text=Save").click()
        card.locator('[name="number"][aria-invalid="true"]').wait_for()
        card.locator('[name="number"]').fill("5")
        card.locator('[name="name"]').fill("Old <i>Films</i>")
        card.locator("text=Save").click()
        page.locator("h3", has_text="Old <i>Films</i>").wait_for()
        until(lambda: names(owned)["films"] == "Old <i>Films</i>")
        # The one refusal that was asked for is all the console knows.
        assert [line for line in complaints if "422" not in line] == []
        browser.close()
