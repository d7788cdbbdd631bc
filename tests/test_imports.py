"""The house rule: imports point one way, and heavy libraries stay where they are used."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.running import ROOT, WITHIN

# A module may import from the lines below its own, and from nowhere else.
HOUSE = [
    {"app", "flagdl.__main__"},
    {"flagdl.web", "flagdl.cli"},
    {"flagdl.jobs", "flagdl.recorder"},
    {"flagdl.live_job", "flagdl.follower"},
    {"flagdl.shared_job"},
    {"flagdl.engine", "flagdl.job"},
    {"flagdl.workers", "flagdl.ledger"},
    {"flagdl.download", "flagdl.history", "flagdl.broadcast"},
    {"flagdl.locks", "flagdl.schema"},
    {"flagdl.spec", "flagdl.report", "flagdl.writer"},
    {"flagdl.servers"},
    {"flagdl.strategies", "flagdl.transport"},
    {"flagdl.events", "flagdl.storage", "flagdl.codes", "flagdl.images", "flagdl.settings"},
    {"flagdl.origin"},
    {"flagdl.lab"},
    {"flagdl.descriptors", "flagdl.numbers"},
]
FLASK = {"flask", "flask_sock", "flask_bootstrap", "flask_babel", "flask_compress", "flask_limiter",
         "werkzeug", "simple_websocket", "wsproto", "gunicorn", "jinja2"}  # fmt: skip
# Who alone may import what.
OWNERS = {
    "babel": {"flagdl.web"},
    "pycurl": {"flagdl.transport"},
    "requests": {"flagdl.download", "flagdl.transport", "flagdl.workers"},
    "urllib3": set(),  # of requests, and hidden behind it
    "sqlite3": {"flagdl.history", "flagdl.schema", "flagdl.writer"},
    "filelock": {"flagdl.locks"},
    "tqdm": {"flagdl.cli"},
    "argparse": {"app", "flagdl.cli", "flagdl.origin"},
    "aiohttp": {"flagdl.origin"},
    "PIL": {"flagdl.images", "flagdl.origin"},
    "resvg_py": {"flagdl.origin"},
    **{library: {"app", "flagdl.web"} for library in FLASK},
}
SOURCES = [ROOT / "app.py", *sorted((ROOT / "flagdl").rglob("*.py"))]


def room_of(module: str) -> str:
    """Return the part of the house that a module is in: web and origin are one each."""
    return ".".join(module.split(".")[:2])


def module_of(path: Path) -> str:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> Iterator[str]:
    """Yield the modules that a file imports, wherever in it that stands."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                # `from flagdl import engine` imports a module of the package.
                yield from (f"{module}.{n.name}" if module == "flagdl" else module for n in names)
            case ast.ImportFrom():
                pytest.fail(f"{path}: imports are written with their whole names")


@cache
def edges() -> frozenset[tuple[str, str]]:
    """Return which module imports which, as rooms for our own and as libraries for others'."""
    return frozenset(
        (room_of(module_of(path)), room_of(name) if name.startswith("flagdl.") else name)
        for path in SOURCES
        for name in imports_of(path)
    )


def floor_of(room: str) -> int:
    return next(number for number, floor in enumerate(HOUSE) if room in floor)


def test_every_module_has_its_place_in_the_house() -> None:
    rooms = {room_of(module_of(path)) for path in SOURCES} - {"flagdl"}
    assert rooms == set().union(*HOUSE)


def test_imports_point_one_way() -> None:
    wrong = [
        f"{importer} imports {imported}"
        for importer, imported in sorted(edges())
        if imported.startswith("flagdl.")
        and importer != imported
        and floor_of(importer) >= floor_of(imported)
    ]
    assert wrong == []


def test_libraries_stay_where_they_are_used() -> None:
    wrong = [
        f"{importer} imports {imported}"
        for importer, imported in sorted(edges())
        if importer not in OWNERS.get(imported.split(".")[0], {importer})
    ]
    assert wrong == []


def test_the_rules_look_at_what_there_is() -> None:
    found = edges()
    assert ("flagdl.transport", "requests") in found
    assert ("flagdl.web", "flask") in found
    assert ("flagdl.cli", "flagdl.engine") in found  # inside of a function
    assert ("flagdl.origin", "aiohttp") in found


def test_help_imports_nothing_that_only_downloads_need() -> None:
    program = (
        "import runpy, sys\n"
        "sys.argv = ['flagdl', '--help']\n"
        "try:\n"
        "    runpy.run_module('flagdl', run_name='__main__')\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end\n"
        "print('imported:', *sorted(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True,
        timeout=WITHIN,
    )  # fmt: skip
    shown, imported = done.stdout.split("imported:")
    assert "usage: python -m flagdl" in shown
    modules = {name.split(".")[0] for name in imported.split()}
    # Not asyncio: a strategy is made of it.
    heavy = {"requests", "urllib3", "pycurl", "PIL", "tqdm", "aiohttp", "sqlite3",
             "filelock"}  # fmt: skip
    assert "flagdl" in modules
    assert not modules & (heavy | FLASK)
