"""A window of each browser that `make test-browsers` tries."""

from collections.abc import Iterator

import pytest

from tests.support import browsers
from tests.support.running import RunningDashboard
from tests.support.windows import Firefox, WebKit, Window


@pytest.fixture(scope="session")
def firefox() -> Iterator[Firefox]:
    with browsers.firefox() as window:
        yield window


@pytest.fixture(scope="session")
def webkit() -> Iterator[WebKit]:
    with browsers.webkit() as window:
        yield window


@pytest.fixture(params=["firefox", "webkit"])
def window(request: pytest.FixtureRequest, shared: RunningDashboard) -> Window:
    """A window of 1280 × 800 with nothing in it, and nothing remembered of earlier tests."""
    window: Window = request.getfixturevalue(request.param)
    window.goto(f"{shared.url}/none")
    window.run("() => localStorage.clear()")
    window.forget()
    window.resize(1280, 800)
    return window
