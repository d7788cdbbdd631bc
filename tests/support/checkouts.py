"""A checkout whose only package is a tiny wheel, and `make` in it."""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pip

from tests.support.running import ROOT, WITHIN

PIP_CONF = """
[global]
no-index = true
user = true
[install]
target = elsewhere
find-links = {}
"""


def make_checkout(directory: Path) -> Path:
    """Make a directory that `make` sees as flagdl, whose only package is a wheel beside it."""
    wheel = directory / "wheels" / "tiny-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny.py", "")
        about = "tiny-1.0.dist-info/"
        archive.writestr(about + "METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr(about + "WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(about + "RECORD", "tiny.py,,\n")
    checkout = directory / "a check out, é"
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
    (directory / "pip.conf").write_text(PIP_CONF.format(wheel.parent))
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
    """Make .venv with the pip of this Python: installing another pip takes seconds."""
    venv.create(checkout / ".venv", symlinks=True)
    (packages(checkout) / "pip.pth").write_text(str(Path(pip.__path__[0]).parent))
