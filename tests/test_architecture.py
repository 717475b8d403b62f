"""The shape of the code, enforced: layers, who may know what, module size, and what must never be committed."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tvd"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Lowest first. What stands on one line does not import its neighbours there, but for the ground floor.
LAYERS = (
    {"config", "clock", "errors", "heap", "logbook", "logs", "metrics", "notify", "tasks", "text"},
    {"media"},
    {"hls", "library"},
    {"playout"},
    {"guide", "continuity"},
    {"services"},
    {"web"},
    {"views", "desk"},
    {"app"},
    {"cli"},
    {"__main__"},
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
# Libraries that only some parts may know, by the first part of the module's name.
CONFINED = {
    "aiohttp": {"web", "app"},
    "aiohttp_jinja2": {"web", "app"},
    "av": {"media"},
    "subprocess": {"media"},
    "asyncio.subprocess": {"media"},
    "multiprocessing": {"media"},
}
LONGEST = 400

# Text we wrote ourselves: everything but media, vendored scripts and locks.
WRITTEN = sorted(
    path
    for top in ("tvd", "tests", "docs", "deploy", "templates", "static", "bench", ".ci")
    for path in (ROOT / top).rglob("*")
    if path.is_file()
    and path.suffix
    in {".py", ".md", ".toml", ".sh", ".html", ".js", ".mjs", ".css", ".yaml", ".yml", ".service", ".conf", ""}
    and "vendor" not in path.parts
    and not any(part.startswith(".") and part != ".ci" for part in path.relative_to(ROOT).parts)
) + [path for path in ROOT.iterdir() if path.suffix in {".md", ".toml"} or path.name == "Makefile"]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def part(path: Path) -> str:
    """Return the layer name of a module: ``media`` of ``tvd/media/boxes.py``; empty for the package itself."""
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "" if first == "__init__" else first


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of everything a module imports, wherever in it that stands."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{named(path)}:{node.lineno}: imports are absolute"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def test_every_part_of_the_package_has_its_layer() -> None:
    assert {part(path) for path in MODULES} - {""} <= LEVEL.keys()


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_imports_point_down(path: Path) -> None:
    here = part(path)
    for line, name in imports(path):
        package, _, rest = name.partition(".")
        there = rest.partition(".")[0]
        if package != "tvd" or there in {"", "__version__", here}:
            continue
        allowed = LEVEL[there] < LEVEL.get(here, -1) or LEVEL[there] == LEVEL.get(here) == 0
        assert allowed, f"{named(path)}:{line}: {here} must not import {name}"


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_libraries_stay_where_they_belong(path: Path) -> None:
    for line, name in imports(path):
        for library, parts in CONFINED.items():
            if name == library or name.startswith(f"{library}."):
                assert part(path) in parts, f"{named(path)}:{line}: {name} is for {sorted(parts)} only"


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_bytes())), "no module docstring"


@pytest.mark.parametrize(
    "path", [path for path in PACKAGE.rglob("*") if path.is_dir() and list(path.glob("*.py"))], ids=named
)
def test_every_folder_of_code_is_a_package(path: Path) -> None:
    assert (path / "__init__.py").is_file()


# Spelled in pieces, so that this file does not find itself.
UNWANTED = re.compile(
    "|".join(
        (
            r"\bTO" + r"DO\b",
            r"\bFIX" + r"ME\b",
            r"(?<![\w.])/(?:home|Users|work|root)" + r"/\w",
            "pypi" + r"\.org",
            "python" + r"hosted\.org",
            "npmjs" + r"\.(?:org|com)",
        )
    )
)


@pytest.mark.parametrize("path", [*WRITTEN, *ROOT.glob("requirements*.lock")], ids=named)
def test_nothing_unfinished_and_nothing_of_one_machine_is_committed(path: Path) -> None:
    found = [
        f"{number}: {line.strip()}"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if UNWANTED.search(line)
    ]
    assert not found, f"{named(path)}: {found}"


def test_what_runs_is_pinned_by_hash() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        for requirement in re.split(r"\n(?=\S)", lock.read_text()):
            if not requirement.startswith("#"):
                assert "--hash=sha256:" in requirement, f"{lock.name}: {requirement.splitlines()[0]}"


def test_every_direct_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    locked = {line.partition("==")[0] for line in (ROOT / "requirements.lock").read_text().splitlines() if "==" in line}
    wanted = {re.split(r"[><=!~\[ ]", requirement)[0] for requirement in project["project"]["dependencies"]}
    assert wanted <= locked
