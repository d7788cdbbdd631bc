"""Installs packages of Debian and Ubuntu, where it may."""

import os
import shutil
import subprocess
import sys


def is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def may_install() -> bool:
    """Whether apt-get is here and may be used."""
    return is_root() and shutil.which("apt-get") is not None


def knows(package: str) -> bool:
    """Whether the package lists have a package."""
    shown = subprocess.run(["apt-cache", "show", package], capture_output=True, check=False)
    return shown.returncode == 0


def update() -> None:
    """Get the package lists again."""
    _apt_get("update")


def install(*packages: str) -> None:
    """Install packages. Failures are ignored: callers check what is there afterwards."""
    print(f"apt-get installs {' and '.join(packages)}", flush=True)
    _apt_get("install", "--yes", "--no-install-recommends", *packages)


def _apt_get(*command: str) -> None:
    # Another apt-get may be installing at the same time.
    waiting = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    run(*waiting, *command)


def run(*command: str) -> None:
    """Run a program without input, and ignore its failure."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, stdin=subprocess.DEVNULL, env=quiet, check=False)
