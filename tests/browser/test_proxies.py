"""Every page and what it does, behind a proxy."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.support.browsing import choose, ended, tiles
from tests.support.reverse_proxies import PREFIX, nginx, reverse_proxy
from tests.support.running import RunningDashboard, wait_for


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A dashboard behind nginx, with name and password, or, without nginx, a small proxy."""
    with RunningDashboard(tmp_path, proxies=1) as dashboard:
        ours = reverse_proxy(dashboard.url, {"X-Forwarded-Prefix": PREFIX}, PREFIX)
        with nginx(tmp_path, dashboard.url, PREFIX) if shutil.which("nginx") else ours as url:
            yield url


def test_every_page_works_below_a_path(url: str, page: Page) -> None:
    page.goto(f"{url}/api/jobs")  # from now on, the browser knows name and password
    url = re.sub("//.*@", "//", url)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))

    page.goto(f"{url}/")
    choose(page, "LOCAL")
    page.locator("[data-form] [type=submit]").click()
    expect(page).to_have_url(f"{url}/jobs/1")
    ended(page)
    expect(tiles(page, "ok")).to_have_count(20)

    page.locator(".site-nav").get_by_role("link", name="Gallery").click()
    page.wait_for_url(f"{url}/gallery")
    with page.expect_download() as zipped:
        page.locator("[data-zip]").click()
    assert zipped.value.url.startswith(f"{url}/api/flags.zip")
    page.locator("#IS button").click()  # it is fetched
    page.locator("#IS .card-open img").click()
    expect(page.locator("[data-viewer] img")).to_have_js_property("naturalWidth", 320)
    with page.expect_download() as saved:
        page.locator("[data-download]").click()
    assert saved.value.url.startswith(f"{url}/flags/is.gif?v=")
    expect(page.locator("[data-fact=saved] a")).to_have_js_property("href", f"{url}/jobs/2")
    page.keyboard.press("Escape")
    page.locator("[data-preferences] summary").click()
    page.get_by_role("button", name="Dark").click()
    wait_for(page.context.cookies)
    assert [cookie["path"] for cookie in page.context.cookies()] == [PREFIX]
    assert any(address.startswith("ws:") for address in asked)
    outside = [address for address in asked if not urlsplit(address).path.startswith(f"{PREFIX}/")]
    assert [address for address in outside if not address.startswith("data:")] == []


@pytest.mark.console_errors("403", "WebSocket")
def test_a_page_says_what_would_help(shared: RunningDashboard, page: Page) -> None:
    job = shared.submit(codes=["ZZ"])
    with reverse_proxy(shared.url, {"Host": urlsplit(shared.url).netloc}) as url:
        page.goto(f"{url}/jobs/{job}")
        ended(page)  # reading goes on
        page.locator("[data-change] > summary").click()
        expect(page.locator("[data-chips]")).not_to_be_empty()  # its script has come
        page.locator("[data-form] [type=submit]").click()
        said = page.locator("[data-form] .problem").filter(has_text="FLAGDL_PROXIES")
        expect(said).to_contain_text(repr(url))
