"""The rules for imports: they point one way, and libraries stay where they are used."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.running import ROOT, WITHIN

# From top to bottom: a package imports only from packages below it.
HOUSE = (
    {"app", "__main__"},
    {"web", "terminal"},
    {"jobs"},
    {"engine"},
    {"cluster"},
    {"download", "history"},
    {"origin", "settings"},
    {"model", "system"},
    {"strategies"},
)
# Only one package may import each of these libraries.
OWNERS = {
    "aiohttp": "origin",
    "distributed": "cluster",
    "filelock": "history",
    "pycurl": "download",
    "requests": "download",
    "sqlite3": "history",
    "tqdm": "terminal",
    **dict.fromkeys(
        ["babel", "flask_babel", "flask_bootstrap", "flask_compress", "flask_sock",
         "h11", "jinja2", "simple_websocket", "werkzeug", "wsproto"],
        "web",
    ),
}  # fmt: skip
# The same for scripts, from bottom to top. Folders on one floor don't import each other.
FLOORS = (
    {"lib"},
    {"text"},
    {"model"},
    {"parts/log", "parts/replay", "parts/timeline"},
    {"parts/job"},
    {"parts/compare", "parts/form", "parts/gallery", "parts/history"},
    {"pages"},
)
# Names that exist only in a page.
OF_A_PAGE = re.compile(
    r"\b(?:document|window|localStorage|matchMedia|requestAnimationFrame|HTML\w*|Element)\b"
)
# The model doesn't import these: it works the same in any thread and process.
IMPURE = {"asyncio", "concurrent", "io", "os", "pathlib", "queue", "socket", "subprocess",
          "tempfile", "threading"}  # fmt: skip
SOURCES = [ROOT / "app.py", *sorted((ROOT / "flagdl").rglob("*.py"))]


def package_of(module: str) -> str:
    """Return the package in HOUSE that a module is in."""
    return (module.removeprefix("flagdl.") + ".").split(".")[0]


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> Iterator[str]:
    """Yield the modules that a file imports, anywhere in the file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                # `from flagdl import engine` imports a module of the package.
                yield from (f"{module}.{n.name}" if module == "flagdl" else module for n in names)
            case ast.ImportFrom():
                pytest.fail(f"{path}: imports are written with their whole names")


def folder_of(script: Path) -> str:
    """Return the folder of static/js that a script is in."""
    return script.parent.relative_to(SCRIPTS).as_posix()


def code_of(script: Path) -> str:
    """Return a script without its comments, which may name any type."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", script.read_text("utf-8"), flags=re.DOTALL)


SCRIPTS = ROOT / "static/js"


@cache
def edges() -> list[tuple[str, str]]:
    """Return each import in Python: who imports, and what."""
    return [(module_of(path), imported) for path in SOURCES for imported in imports_of(path)]


@cache
def script_edges() -> list[tuple[Path, Path]]:
    """Return each import in JavaScript: who imports, and what."""
    return [
        (script, (script.parent / imported).resolve())
        for script in sorted(SCRIPTS.rglob("*.js"))
        for imported in re.findall(r"(?:\bfrom |\bimport\()'(\.[^']+)'", code_of(script))
    ]


def floor_of(module: str) -> int:
    return next(n for n, packages in enumerate(HOUSE) if package_of(module) in packages)


def test_every_package_has_its_place_in_the_house() -> None:
    assert {package_of(module_of(path)) for path in SOURCES} - {"flagdl"} == set().union(*HOUSE)


def test_imports_point_one_way() -> None:
    wrong = [
        f"{importer} imports {imported}"
        for importer, imported in edges()
        if imported.startswith("flagdl.")
        and package_of(importer) != package_of(imported)
        and floor_of(importer) >= floor_of(imported)
    ]
    assert wrong == []


def test_libraries_stay_where_they_are_used() -> None:
    wrong = [
        f"{importer} imports {imported}"
        for importer, imported in edges()
        if OWNERS.get(library := imported.split(".")[0], package_of(importer))
        != package_of(importer)
        or library == "urllib3"  # part of requests, and used only through it
    ]
    assert wrong == []


def test_the_model_is_pure() -> None:
    wrong = [
        f"{importer} imports {imported}"
        for importer, imported in edges()
        if package_of(importer) == "model" and imported.split(".")[0] in IMPURE | OWNERS.keys()
    ]
    assert wrong == []


def test_scripts_import_one_way() -> None:
    floors = {folder: n for n, folders in enumerate(FLOORS) for folder in folders}
    wrong = [
        f"{folder_of(script)}/{script.name} imports {folder_of(imported)}/{imported.name}"
        for script, imported in script_edges()
        if folder_of(script) != folder_of(imported)
        and floors[folder_of(script)] <= floors[folder_of(imported)]
    ]
    assert wrong == []
    assert {folder_of(script) for script in SCRIPTS.rglob("*.js")} == floors.keys()


def test_scripts_of_the_model_need_no_page() -> None:
    wrong = [
        f"{folder}/{script.name}: {OF_A_PAGE.findall(code_of(script))}"
        for folder in ("text", "model")
        for script in (SCRIPTS / folder).glob("*.js")
        if OF_A_PAGE.search(code_of(script))
    ]
    assert wrong == []


def test_the_rules_look_at_what_there_is() -> None:
    assert ("flagdl.download.transport", "pycurl") in edges()
    assert ("app", "flask") in edges()
    assert ("flagdl.terminal.cli", "flagdl.terminal.run") in edges()  # inside of a function
    assert ("flagdl.model.spec", "flagdl.strategies") in edges()
    assert (SCRIPTS / "pages/job.js", SCRIPTS / "parts/job/panel.js") in script_edges()


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
    # asyncio is not in this list: a strategy needs it.
    heavy = {"requests", "urllib3", "pycurl", "PIL", "tqdm", "aiohttp", "sqlite3",
             "filelock"}  # fmt: skip
    assert "flagdl" in modules
    assert not modules & {*heavy, *OWNERS, "flask"}
