"""The Chromium that browser tests drive; `python -m tests.support.chromium` installs one."""

import functools
import os
import shutil
import subprocess
import sys

from playwright.sync_api import sync_playwright

from tests.support import debian

# The first has no windows, and takes half the processor time of one with windows.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
ADVICE = (
    "The browser tests need Chromium, and none was found. Any of these helps: "
    "`apt install chromium-headless-shell` (or chromium); "
    "`.venv/bin/python -m playwright install --with-deps chromium`; "
    "FLAGDL_CHROMIUM=/path/to/chromium in the environment."
)


@functools.cache
def executable() -> str | None:
    """Return the path of an installed Chromium that starts, or None for Playwright's own."""
    if named := os.environ.get("FLAGDL_CHROMIUM"):
        return named
    return next((path for name in NAMES if (path := shutil.which(name)) and _starts(path)), None)


# The first four each start a process beside the page's: the popups of the address bar, and a spare
# one. The others are Playwright's own list, because this list replaces it.
WITHOUT = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "PreloadTopChromeWebUI",
    "SpareRendererForSitePerProcess",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
)


def launch_args() -> list[str]:
    """Return options that keep Chromium quiet: only what the tests ask for uses the network."""
    quiet = [
        f"--disable-features={','.join(WITHOUT)}",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-gpu",
        "--disable-quic",
        "--disable-smooth-scrolling",  # a button that moves between press and release isn't clicked
        "--disable-sync",
        "--no-first-run",
        "--process-per-site",  # pages of the same site share a process
    ]
    return [*quiet, "--no-sandbox"] if debian.is_root() else quiet  # its sandbox refuses root


def main() -> int:
    """Find Chromium or install it, and say what was done. Return 1 if it is still missing."""
    named = os.environ.get("FLAGDL_CHROMIUM")
    if named and not _starts(named):
        print(f"FLAGDL_CHROMIUM={named} does not start", file=sys.stderr)
        return 1
    packages = _missing_packages()
    if packages and debian.may_install():
        debian.update()
        debian.install(*(_debians_name() if name == "chromium" else name for name in packages))
    if not _driver_starts():
        print("Playwright's driver does not start: apt install libatomic1", file=sys.stderr)
        return 1
    if not _found():
        _install_from_playwright()
    if not (found := _found()):
        print(ADVICE, file=sys.stderr)
        return 1
    print(f"Chromium: {found}")
    return 0


def _missing_packages() -> list[str]:
    """Name the missing Debian packages that browser tests need."""
    if not _driver_starts():  # its Node.js needs a library that a small Debian lacks
        return ["libatomic1"] if executable() else ["libatomic1", "chromium"]
    return [] if _found() else ["chromium"]


def _driver_starts() -> bool:
    return _starts(sys.executable, "-m", "playwright")


def _found() -> str | None:
    executable.cache_clear()
    path = executable() or _playwrights_own()
    return path if _starts(path) else None


def _playwrights_own() -> str:
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def _starts(*command: str) -> bool:
    """Tell a browser from a stub: Ubuntu's `chromium-browser` may only ask for a snap."""
    try:
        done = subprocess.run([*command, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _debians_name() -> str:
    """Name the package of the Chromium without windows, or the usual one where that is missing."""
    return NAMES[0] if debian.knows(NAMES[0]) else "chromium"


def _install_from_playwright() -> None:
    print("Chromium: downloading Playwright's own", flush=True)
    debian.run(sys.executable, "-m", "playwright", "install", "chromium")


if __name__ == "__main__":
    sys.exit(main())
