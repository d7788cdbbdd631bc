"""The lock files: a fresh machine gets the versions that were tested."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.running import ROOT

PIN = re.compile(
    r"^([\w.-]+)==(\S+)(?: ;.*)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.M
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
RUN, TEST = ROOT / "requirements.txt", ROOT / "tests/requirements.txt"
WANTED = {
    RUN: PROJECT["project"]["dependencies"],
    TEST: sum(PROJECT["dependency-groups"].values(), PROJECT["project"]["dependencies"]),
}


def pins(path: Path) -> dict[str, set[str]]:
    """Return the locked versions by name: more than one where Pythons or systems differ."""
    found: dict[str, set[str]] = {}
    for name, version, _ in PIN.findall(path.read_text("utf-8")):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


@pytest.mark.parametrize("path", WANTED, ids=["run", "test"])
def test_every_line_is_a_version_with_its_hashes(path: Path) -> None:
    rest = PIN.sub("", path.read_text("utf-8")).splitlines()
    assert [line for line in rest if not line.startswith("#")] == []


@pytest.mark.parametrize("path", WANTED, ids=["run", "test"])
def test_the_lock_is_what_pyproject_asks_for(path: Path) -> None:
    locked = pins(path)
    for wanted in map(Requirement, WANTED[path]):
        versions = locked.get(canonicalize_name(wanted.name), set())
        assert versions, f"{wanted.name} is not in {path.name}: run `make lock`"
        assert all(map(wanted.specifier.contains, versions)), f"{wanted}: run `make lock`"


def test_what_runs_is_what_was_tested() -> None:
    assert pins(RUN).items() <= pins(TEST).items()
