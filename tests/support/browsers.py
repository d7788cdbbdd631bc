"""Starts Firefox and WebKit; `python -m tests.support.browsers` installs them where it may."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import requests
from websockets.sync.client import connect

from tests.support import debian
from tests.support.ports import reserved_port
from tests.support.running import WITHIN, wait_for
from tests.support.windows import Firefox, WebKit

# The package of each program, in Debian and Ubuntu.
PACKAGES = {
    "firefox-esr": "firefox-esr",
    "WebKitWebDriver": "webkit2gtk-driver",
    "Xvfb": "xvfb",
}


def main() -> int:
    """Install what is missing, and say what is still missing; return 1 if anything is."""
    if (packages := missing()) and debian.may_install():
        debian.update()
        debian.install(*packages)
    if packages := missing():
        print(
            f"The tests in other browsers need: apt install {' '.join(packages)}", file=sys.stderr
        )
    return 1 if packages else 0


def missing() -> list[str]:
    """Name the packages whose programs aren't here."""
    return [package for program, package in PACKAGES.items() if not shutil.which(program)]


@contextmanager
def firefox() -> Iterator[Firefox]:
    """Lend Firefox, with a profile of its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        address = Path(profile) / "WebDriverBiDiServer.json"

        def port() -> int | None:
            with suppress(OSError, ValueError):
                return int(json.loads(address.read_text())["ws_port"])
            return None

        # Else a click may hit what was there before the page was scrolled or painted.
        settings = Path(profile) / "user.js"
        settings.write_text('user_pref("remote.events.async.enabled", false);\n')
        options = ["--headless", "--no-remote", "--remote-debugging-port", "0", "--profile"]
        with process("firefox-esr", *options, profile):
            url = f"ws://127.0.0.1:{wait_for(port)}/session"
            with connect(url, proxy=None, max_size=None) as socket:
                yield Firefox(socket)


@contextmanager
def webkit() -> Iterator[WebKit]:
    """Lend WebKit, in a window on a virtual screen."""
    with screen() as display, reserved_port() as port:
        here = {**os.environ, "DISPLAY": display}
        with process("WebKitWebDriver", f"--port={port}", env=here):
            url = f"http://127.0.0.1:{port}"

            def is_ready() -> bool:
                with suppress(requests.ConnectionError):
                    return requests.get(f"{url}/status", timeout=WITHIN).ok
                return False

            wait_for(is_ready)
            window = WebKit(url)
            try:
                yield window
            finally:
                window.close()


@contextmanager
def screen() -> Iterator[str]:
    """Lend the name of a virtual screen."""
    reader, writer = os.pipe()
    options = ["-displayfd", str(writer), "-screen", "0", "2560x2160x24", "-nolisten", "tcp"]
    with os.fdopen(reader) as number, process("Xvfb", *options, pass_fds=[writer]):
        os.close(writer)
        yield f":{number.readline().strip()}"


@contextmanager
def process(*command: str, **options: Any) -> Iterator[None]:
    """Run a program until the end of the block."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet, **options) as running:
        try:
            yield
        finally:
            running.terminate()


if __name__ == "__main__":
    sys.exit(main())
