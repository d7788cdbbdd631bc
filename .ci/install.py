"""Install a list of packages into .venv; of the user's settings, only the package sources count.

`make` runs it with any Python from 3.11 on: .ci/install.py REQUIREMENTS STAMP. It makes .venv, or
makes it again where its Python or its pip is gone, and touches the stamp. Only one runs at a time.
Run by the Python of .venv without arguments, it fails if .venv must be made again.
"""

import ast
import fcntl
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

run = partial(subprocess.run, check=False)
VENV = Path(".venv")
PYTHON = str(VENV / "bin/python")
PIP = [PYTHON, "-I", "-m", "pip"]
LOG = VENV / "pip.log"
# The user chooses where packages come from and how to reach it. This script chooses where they go.
SOURCES = {
    "PIP_CACHE_DIR", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS",
    "PIP_INDEX_URL", "PIP_KEYRING_PROVIDER", "PIP_NO_INDEX", "PIP_PROXY", "PIP_RETRIES",
    "PIP_TIMEOUT", "PIP_DEFAULT_TIMEOUT", "PIP_TRUSTED_HOST",
}  # fmt: skip


def main(requirements: Path, stamp: Path) -> int:
    """Install, and return the exit status."""
    with Path(__file__).open() as lock:  # one lock for both lists of packages
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_sound():
            print(f"making {VENV} with Python {sys.version.split()[0]}", flush=True)
            subprocess.run([sys.executable, "-I", "-m", "venv", "--clear", VENV], check=True)
        elif is_newer(stamp, requirements, Path(__file__), *packages()):
            return 0  # another one has just done it
        print(f"installing {requirements}", flush=True)
        if not install(requirements):
            if LOG.exists() and "connection broken" in LOG.read_text(errors="replace"):
                print("pip could not reach the package index: is there a network (or a proxy to"
                      " name)?", file=sys.stderr)  # fmt: skip
            return 1
        for directory in packages():
            # So `.venv/bin/python -m flagdl` works in any directory, even if the project has moved.
            (directory / "flagdl.pth").write_text("../../../..\n")
        stamp.touch()
    return 0


def is_sound() -> bool:
    """Return whether .venv has a Python and a pip that start."""
    try:
        return not run([PYTHON, "-I", __file__], stderr=subprocess.DEVNULL).returncode
    except OSError:
        return False


def is_this_sound() -> bool:
    """Return whether this script runs with the Python of a .venv that can be used."""
    import pip  # noqa: F401 - it is there, and starts

    return sys.prefix != sys.base_prefix and sys.version_info >= (3, 11)


def packages() -> list[Path]:
    """Return the site-packages directory of .venv, as a list of one or none."""
    return list(VENV.glob("lib/python*/site-packages"))


def is_newer(stamp: Path, *others: Path) -> bool:
    """Return whether the stamp is there, and newer than other files."""
    return stamp.exists() and all(
        stamp.stat().st_mtime_ns >= other.stat().st_mtime_ns for other in others
    )


def install(requirements: Path) -> bool:
    """Run pip, and return whether it succeeded."""
    LOG.unlink(missing_ok=True)
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    options += ["--log", str(LOG), "--require-hashes", "-r", str(requirements)]
    environment = without_pip(os.environ) | sources(os.environ) | {"PIP_CONFIG_FILE": os.devnull}
    return not run([*PIP, "install", *options], env=environment).returncode


def sources(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the package sources of pip's files and variables, as environment variables."""
    # Without this, pip would take the user's setting "user" as the option --user of `pip config`.
    asking = without_pip(environment) | {"PIP_USER": "0"}
    if "PIP_CONFIG_FILE" in environment:
        asking["PIP_CONFIG_FILE"] = environment["PIP_CONFIG_FILE"]
    listed = run([*PIP, "config", "list"], env=asking, stdout=subprocess.PIPE, text=True).stdout
    return in_files(listed) | {name: environment[name] for name in SOURCES if name in environment}


def in_files(listed: str) -> dict[str, str]:
    """Return the sources in the output of `pip config list`, as variables."""
    found: dict[str, str] = {}
    for section in ("global.", "install."):  # the later one counts, as in pip
        for line in listed.splitlines():
            key, _, value = line.removeprefix(section).partition("=")
            name = f"PIP_{key.upper().replace('-', '_')}"
            if line.startswith(section) and name in SOURCES:
                found[name] = str(ast.literal_eval(value))
    return found


def without_pip(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that are not pip's."""
    return {name: value for name, value in environment.items() if not name.startswith("PIP_")}


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])) if sys.argv[1:] else not is_this_sound())
