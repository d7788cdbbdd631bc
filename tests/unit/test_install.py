"""The first start: .venv gets the packages, whatever the user's settings of Python and pip say."""

import runpy
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.support.checkouts import made, make_checkout, make_environment, packages, start
from tests.support.running import ROOT

INSTALL = runpy.run_path(str(ROOT / ".ci/install.py"))
SPOILED = {
    "PIP_USER": "1", "PIP_TARGET": "elsewhere", "PIP_PREFIX": "elsewhere", "PIP_ROOT": "elsewhere",
    "PIP_REQUIRE_VIRTUALENV": "1", "PIP_PYTHON": "/nonsense", "PIP_DRY_RUN": "1",
    "PYTHONHOME": "/nonsense", "PYTHONPATH": "/nonsense", "PYTHONUSERBASE": "elsewhere",
    "PYTHONSAFEPATH": "1", "VIRTUAL_ENV": "/nonsense", "CONDA_PREFIX": "/nonsense",
}  # fmt: skip


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return make_checkout(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="make is for other systems")
def test_packages_go_into_our_environment_whatever_the_settings_say(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_environment(checkout)
    processes = [start(checkout, **SPOILED) for _ in range(2)]
    said = "".join(map(made, processes))
    assert said.count("installing") == 1, "two at once wait for each other"
    assert (packages(checkout) / "tiny.py").exists()
    assert not list(checkout.rglob("elsewhere"))
    moved = checkout.rename(checkout.with_name("moved to é"))
    assert "up to date" in made(start(moved))
    command = [str(moved / ".venv/bin/python"), "-m", "flagdl"]
    assert subprocess.check_output(command, cwd="/", text=True) == "runs\n"
    monkeypatch.chdir(moved)
    asked: list[Path] = []  # instead of pip, which takes a second
    monkeypatch.setitem(INSTALL["main"].__globals__, "install", asked.append)
    stamp = Path(".venv/run.stamp")
    install = partial(INSTALL["main"], Path("requirements.txt"), stamp)
    install()
    assert not asked
    (packages(moved) / "tiny.py").unlink()  # so they are installed again, despite the stamp
    assert subprocess.run(["make", "--question", stamp], check=False).returncode == 1
    install()
    assert asked


@pytest.mark.parametrize("harm", ["nothing", "no pip", "no environment", "no python", "another"])
def test_what_is_no_sound_environment(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    monkeypatch.chdir(checkout)
    make_environment(checkout)
    match harm:
        case "no pip":
            (packages(checkout) / "pip.pth").unlink()
        case "no environment":
            Path(".venv/pyvenv.cfg").unlink()
        case "no python":
            shutil.rmtree(".venv/bin")
        case "another":  # as after an update from one minor version to the next
            packages(checkout).parent.rename(".venv/lib/python3.1")
    assert INSTALL["is_sound"]() == (harm == "nothing")


def test_where_packages_come_from_is_the_users_choice() -> None:
    listed = """
global.cert='/a b.pem'
global.index-url='https://a.example/simple'
global.target='x'
install.index-url='https://b.example/simple'
install.no-index='1'
list.timeout='3'
"""
    assert INSTALL["in_files"](listed) == {
        "PIP_INDEX_URL": "https://b.example/simple",
        "PIP_CERT": "/a b.pem",
        "PIP_NO_INDEX": "1",
    }
