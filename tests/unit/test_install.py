"""The first start: .venv gets the packages, whatever the user's settings of Python and pip say."""

import hashlib
import os
import runpy
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pip
import pytest

from tests.support.running import ROOT, WITHIN

INSTALL = runpy.run_path(str(ROOT / ".ci/install.py"))
SPOILED = {
    "PIP_USER": "1", "PIP_TARGET": "elsewhere", "PIP_PREFIX": "elsewhere", "PIP_ROOT": "elsewhere",
    "PIP_REQUIRE_VIRTUALENV": "1", "PIP_PYTHON": "/nonsense", "PIP_DRY_RUN": "1",
    "PYTHONHOME": "/nonsense", "PYTHONPATH": "/nonsense", "PYTHONUSERBASE": "elsewhere",
    "PYTHONSAFEPATH": "1", "VIRTUAL_ENV": "/nonsense", "CONDA_PREFIX": "/nonsense",
}  # fmt: skip
PIP_CONF = """
[global]
no-index = true
user = true
[install]
target = elsewhere
find-links = {}
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Make a directory that `make` sees as flagdl, whose only package is a wheel beside it."""
    wheel = tmp_path / "wheels" / "tiny-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny.py", "")
        about = "tiny-1.0.dist-info/"
        archive.writestr(about + "METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr(about + "WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(about + "RECORD", "tiny.py,,\n")
    checkout = tmp_path / "a check out, é"
    checkout.mkdir()
    (checkout / "flagdl").mkdir()
    (checkout / "flagdl/__main__.py").write_text("print('runs')")
    (checkout / ".ci").mkdir()
    for name in ("Makefile", ".ci/install.py"):
        shutil.copy(ROOT / name, checkout / name)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (checkout / "tests").mkdir()
    for name in ("requirements.txt", "tests/requirements.txt"):
        (checkout / name).write_text(f"tiny==1.0 --hash=sha256:{digest}\n")
    (tmp_path / "pip.conf").write_text(PIP_CONF.format(wheel.parent))
    return checkout


def start(checkout: Path, what: str = "run", **settings: str) -> "subprocess.Popen[str]":
    usual = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    return subprocess.Popen(
        ["make", "--no-print-directory", f"PYTHON={sys.executable}", f".venv/{what}.stamp"],
        cwd=checkout,
        env={**usual, "PIP_CONFIG_FILE": str(checkout.parent / "pip.conf"), **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def made(process: "subprocess.Popen[str]") -> str:
    with process:
        said, _ = process.communicate(timeout=3 * WITHIN)
    assert process.returncode == 0, said
    return said


def packages(checkout: Path) -> Path:
    [found] = (checkout / ".venv").glob("lib/*/site-packages")
    return found


def make_environment(checkout: Path) -> None:
    """Make .venv, with the pip that is here: to install another one takes seconds."""
    venv.create(checkout / ".venv", symlinks=True)
    (packages(checkout) / "pip.pth").write_text(str(Path(pip.__path__[0]).parent))


@pytest.mark.skipif(sys.platform == "win32", reason="make is for other systems")
def test_packages_go_into_our_environment_whatever_the_settings_say(checkout: Path) -> None:
    make_environment(checkout)
    processes = [start(checkout, **SPOILED) for _ in range(2)]
    said = "".join(map(made, processes))
    assert said.count("installing") == 1, "two at once wait for each other"
    assert (packages(checkout) / "tiny.py").exists()
    assert not list(checkout.rglob("elsewhere"))
    assert "up to date" in made(start(checkout))
    # A package that was removed, although there is a stamp.
    (packages(checkout) / "tiny.py").unlink()
    shutil.rmtree(packages(checkout) / "tiny-1.0.dist-info")
    assert "installing" in made(start(checkout))
    assert (packages(checkout) / "tiny.py").exists()
    moved = checkout.rename(checkout.with_name("moved to é"))
    assert "up to date" in made(start(moved))
    command = [str(moved / ".venv/bin/python"), "-m", "flagdl"]
    assert subprocess.check_output(command, cwd="/", text=True) == "runs\n"


@pytest.mark.skipif(sys.platform == "win32", reason="make is for other systems")
def test_an_environment_whose_python_is_gone_is_made_anew_and_once(checkout: Path) -> None:
    make_environment(checkout)
    (checkout / ".venv/run.stamp").touch()
    for python in (checkout / ".venv/bin").glob("python*"):
        python.unlink()
        python.symlink_to("/nonsense")
    said = "".join(map(made, [start(checkout, what) for what in ("run", "test")]))
    assert (said.count("making"), said.count("installing")) == (1, 2)
    assert (packages(checkout) / "tiny.py").exists()


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
