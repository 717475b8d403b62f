"""Documentation that runs: what docs/ names exists, and what exists is named."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from prometheus_client.metrics import MetricWrapperBase

from tvd import metrics
from tvd.cli.main import COMMANDS
from tvd.config.fields import Reader
from tvd.config.load import SECTIONS
from tvd.config.model import GENERATORS, Channel
from tvd.config.programming import Block, Event
from tvd.web.routes import OWNER_ROUTES, ROUTES

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"])


def rows(page: str, heading: str = "") -> list[list[str]]:
    """Return the cells of every table row of a page (of the section below ``heading``), without the head lines."""
    text = (DOCS / page).read_text()
    if heading:
        text = re.split(r"^## ", text.partition(f"## {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    tables = [line.strip("|").split("|") for line in lines]
    return [[cell.strip() for cell in cells] for cells in tables if "`" in cells[0] or "`" in cells[1]]


def code(cell: str) -> str:
    return cell.strip("`")


def test_every_configuration_key_is_documented_with_its_default() -> None:
    documented = {code(key): default for key, _, default, _ in rows("configuration.md")}
    kinds = {**SECTIONS, "channels": Channel, "channels.blocks": Block, "channels.events": Event}
    fields = {
        f"{name}.{field.encode_name}": field for name, kind in kinds.items() for field in msgspec.structs.fields(kind)
    }
    for merged in ("channels.house", "channels.ffmpeg"):
        del fields[merged]  # described in the text: they take the keys of the global tables
    assert documented.keys() == fields.keys()
    reader = Reader(base=Path())
    for key, field in fields.items():
        if field.required:
            assert documented[key] in {"required", "from the name"}
            continue
        value = tomllib.loads(f"value = {code(documented[key])}")["value"]
        if value not in ("", []):  # empty means "not set", which is not always what may be written
            assert reader.value(field.type, value, "", key) == field.default, key
        else:
            assert not field.default, key
    assert not reader.faults


def test_every_generator_is_documented() -> None:
    [row] = [row for row in rows("configuration.md") if row[0] == "`channels.generator`"]
    assert tuple(re.findall(r"`([a-z-]+)`", row[1])) == GENERATORS


def test_every_metric_is_documented() -> None:
    documented = {code(name): (kind, labels) for name, kind, labels, _ in rows("metrics.md")}
    existing = {}
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            name = metric._name + "_total" * (metric._type == "counter")
            existing[name] = (metric._type, ", ".join(metric._labelnames))
    assert documented == existing


def test_every_url_is_documented() -> None:
    documented = {(method, code(url)) for method, url, _ in rows("http.md")}
    existing = {
        (route.method, re.sub(r"{(\w+)[^/]*?}(?=[/.]|$)", lambda found: found[1].upper(), route.path))
        for route in (*ROUTES, *OWNER_ROUTES)
    }
    assert documented == existing


def test_every_command_is_documented() -> None:
    assert {code(name).split()[0] for name, _ in rows("operating.md", "Commands")} == {each.name for each in COMMANDS}


def events() -> Iterator[tuple[str, Path]]:
    """Yield every log event of the code: ``….info("an.event", …)``."""
    for path in (ROOT / "tvd").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"debug", "info", "warning", "error", "exception", "critical"}
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                yield str(node.args[0].value), path


def test_every_log_event_is_documented() -> None:
    documented = {code(name) for names, *_ in rows("operating.md", "Log events") for name in names.split(", ")}
    missing = {f"{event} ({path.name})" for event, path in events() if event not in documented}
    assert not missing
    # Some are chosen before they are logged: they stand in the code all the same.
    code_text = "".join(path.read_text() for path in (ROOT / "tvd").rglob("*.py"))
    assert not {event for event in documented if f'"{event}"' not in code_text}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        assert target.startswith("https://") or (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_that_are_named_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z0-9-]+)", page.read_text())) <= targets


def test_the_readme_gives_the_two_commands() -> None:
    commands = re.search(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert commands is not None
    assert [line.split("#")[0].strip() for line in commands[1].splitlines() if line.startswith("make")] == [
        "make",
        "make test",
    ]
    assert "make test" in (ROOT / ".ci/run").read_text()
