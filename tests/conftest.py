"""What several test files share. The browser: see `page` and `new_page`."""

import gc
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import (
    Browser,
    Error,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.support import chromium
from tests.support.contexts import Contexts
from tests.support.here import DashboardHere, LastingOrigin
from tests.support.page_errors import Watch
from tests.support.ports import reserved_port
from tests.support.running import FlagGate, RunningDashboard, wait_for

# The same examples every time: what fails here fails anywhere.
settings.register_profile("flagdl", deadline=None, derandomize=True)
settings.load_profile("flagdl")

# Options that a page can get later: they don't need a context of their own.
MEDIA = {"color_scheme", "forced_colors", "reduced_motion"}
# A wait must end before pytest-timeout ends the test: only its error names the element.
BROWSER_WAIT_MS = 40_000


def pytest_configure() -> None:
    """Handle signals as in a terminal: programs under test also ignore what pytest ignores.

    A shell makes background jobs ignore Ctrl-C, and nohup makes them ignore the terminal's end.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the browser tests, which take longest: else other processes wait at the end."""
    items.sort(key=lambda item: not is_browser_test(item))


def is_browser_test(item: pytest.Item) -> bool:
    return "browser" in item.path.parts


BROWSER = pytest.StashKey[ExitStack]()


@pytest.fixture(scope="session")
def browser(pytestconfig: pytest.Config) -> Iterator[Browser]:
    """A headless Chromium for all browser tests."""
    expect.set_options(timeout=BROWSER_WAIT_MS)
    with ExitStack() as running:
        pytestconfig.stash[BROWSER] = running
        playwright = running.enter_context(sync_playwright())
        try:
            chrome = playwright.chromium.launch(
                executable_path=chromium.executable(), args=chromium.launch_args()
            )
        except Error:
            pytest.fail(chromium.ADVICE, pytrace=False)
        running.callback(chrome.close)
        yield chrome


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Close the browser after the last test that may use it.

    While Playwright runs, its event loop counts as this thread's, and `asyncio.run` would fail.
    """
    if not is_browser_test(item) and (running := item.config.stash.get(BROWSER, None)):
        running.close()


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Contexts:
    """What `new_page` takes its contexts from."""
    return Contexts(browser)


@pytest.fixture
def new_page(contexts: Contexts, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Open a page for another person, with own cookies and storage. Options as for `new_context`.

    The test fails if a page throws or logs an error. A request to another host logs an error.
    `@pytest.mark.console_errors("pattern", …)` allows the errors whose text or URL matches.
    """
    marker = request.node.get_closest_marker("console_errors")
    watch = Watch(marker.args if marker else ())
    with ExitStack() as opened:

        def open_page(viewport: ViewportSize | None = None, **options: Any) -> Page:
            media = {name: options.pop(name) for name in MEDIA & options.keys()}
            permissions = options.pop("permissions", ())
            page = opened.enter_context(contexts.open(**options))
            opened.enter_context(watch.watching(page))
            page.context.set_default_timeout(BROWSER_WAIT_MS)
            if permissions:
                page.context.grant_permissions(permissions)
            if media:
                page.emulate_media(**media)
            if viewport:
                page.set_viewport_size(viewport)
            if options.get("java_script_enabled", True):  # else no timer would ever run
                opened.callback(watch.settle, page.context)
            return page

        yield open_page
    if watch.complaints:
        pytest.fail("the page did what it must not:\n" + "\n".join(watch.complaints), pytrace=False)


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page of 1280 × 720, watched as `new_page` says."""
    return new_page()


@pytest.fixture
def dashboard(tmp_path: Path) -> Iterator[RunningDashboard]:
    """A dashboard of the test's own, with nothing saved and no history."""
    with RunningDashboard(tmp_path) as running:
        yield running


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, servers: Path) -> Iterator[RunningDashboard]:
    """A dashboard for all tests that look only at their own jobs."""
    directory = tmp_path_factory.mktemp("dashboard")
    with RunningDashboard(directory, max_waiting=200, max_running=10, servers=servers) as running:
        yield running


@pytest.fixture(scope="session")
def only_gate() -> Iterator[FlagGate]:
    """For `gate`: one server for all tests."""
    with FlagGate() as gate:
        yield gate


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory, only_gate: FlagGate) -> Path:
    """The file that makes `gate` known to dashboards as GATE."""
    path = tmp_path_factory.mktemp("servers") / "servers.toml"
    path.write_text(f'[servers]\nGATE = "{only_gate.template}"\n')
    return path


@pytest.fixture
def gate(only_gate: FlagGate) -> Iterator[FlagGate]:
    """A flag server that answers as often as the test lets it."""
    only_gate.shut()
    yield only_gate
    only_gate.open()


@pytest.fixture
def gated(shared: RunningDashboard, gate: FlagGate) -> Iterator[RunningDashboard]:
    """The shared dashboard for a test that uses GATE: no job runs before the test or after it."""
    wait_until_idle(shared)
    yield shared
    gate.open()
    wait_until_idle(shared)


@pytest.fixture
def nothing_saved(shared: RunningDashboard) -> RunningDashboard:
    """The shared dashboard with an empty gallery, which no job of an earlier test fills again."""
    wait_until_idle(shared)
    shutil.rmtree(shared.downloads, ignore_errors=True)
    return shared


def wait_until_idle(dashboard: RunningDashboard) -> None:
    """Wait for all jobs to end. Those up to `idle_at` are known to have ended."""

    def newest(number: int) -> list[dict[str, Any]]:
        jobs: list[dict[str, Any]] = dashboard.get(f"/api/jobs?limit={number}").json()["jobs"]
        return jobs

    def idle() -> bool:
        last = max((int(job["id"]) for job in newest(1)), default=0)
        jobs = newest(min(100, last - dashboard.idle_at)) if last > dashboard.idle_at else []
        if any(job["state"] in ("pending", "running") for job in jobs):
            return False
        dashboard.idle_at = last
        return True

    wait_for(idle)


@pytest.fixture
def without_collector() -> Iterator[None]:
    """For a test that reaches the recursion limit: a destructor that runs there would fail."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def port() -> Iterator[int]:
    """A port on which a server can start again and again."""
    with reserved_port() as port:
        yield port


@pytest.fixture(scope="session")
def origin() -> Iterator[LastingOrigin]:
    """The flag servers, for all tests that don't need their own."""
    with ExitStack() as ending:
        ending.callback((lasting := LastingOrigin()).end)
        yield lasting


@pytest.fixture
def start_here(
    tmp_path: Path, servers: Path, gate: FlagGate, origin: LastingOrigin
) -> Iterator[Callable[..., DashboardHere]]:
    """Do the same as `start` without a process: its options are those of DashboardHere."""
    with ExitStack() as started:

        def start(**settings: Any) -> DashboardHere:
            dashboard = DashboardHere(tmp_path, origin, **{"servers": servers, **settings})
            return started.enter_context(dashboard)

        yield start


@pytest.fixture
def start(
    tmp_path: Path, servers: Path, gate: FlagGate
) -> Iterator[Callable[..., RunningDashboard]]:
    """Start a dashboard of the test's own with settings of its own, and `gate` as GATE."""
    with ExitStack() as started:

        def start(**settings: Any) -> RunningDashboard:
            dashboard = RunningDashboard(tmp_path, **{"servers": servers, **settings})
            return started.enter_context(dashboard)

        yield start
