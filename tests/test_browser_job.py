"""A job in a real Chromium: start, watch, reload, lose the server, keep the flags."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import choose, counts, ended, press_download, tiles
from tests.running import FlagGate, RunningDashboard

# A function and not an expression: the page's policy lets nobody evaluate a string again and again.
ALL_DECODED = """([selector, number]) => {
    const images = [...document.querySelectorAll(selector)];
    return images.length === number && images.every(i => i.complete && i.naturalWidth === 320);
}"""


@pytest.fixture
def gated(start: Callable[..., RunningDashboard]) -> RunningDashboard:
    """A dashboard with a server, GATE, that answers as often as the test lets it."""
    return start()


def test_top_20_from_the_form_to_the_gallery(dashboard: RunningDashboard, page: Page) -> None:
    page.goto(dashboard.url)
    choose(page, "DELAY")
    press_download(page, 20)
    expect(tiles(page)).to_have_count(20)
    ended(page)
    expect(tiles(page, "ok")).to_have_count(20)
    page.wait_for_function(ALL_DECODED, arg=["[data-mosaic] .tile img", 20])
    assert counts(page) == {"ok": 20}
    report = page.locator("[data-report] pre").inner_text()
    job = dashboard.job(page.evaluate("new URL(location).searchParams.get('job')"))
    assert report.strip() == job["report"].strip()
    page.get_by_role("link", name="Gallery", exact=True).click()
    cards = page.locator("main img")
    expect(cards).to_have_count(20)
    expect(page.locator("main")).to_contain_text("Brazil")
    page.wait_for_function(ALL_DECODED, arg=["main img", 20])


def test_the_bar_moves_while_the_job_runs(
    gated: RunningDashboard, gate: FlagGate, page: Page
) -> None:
    page.goto(gated.url)
    choose(page, "GATE")
    press_download(page, 20)
    bar = page.get_by_role("progressbar")
    for answers, done in ((0, 0), (5, 5), (10, 15), (5, 20)):
        gate.let(answers)
        expect(bar).to_have_attribute("aria-valuenow", str(done))
        expect(tiles(page, "ok")).to_have_count(done)
        # What is saved ends where the next part begins; it takes a few frames to get there.
        page.wait_for_function(
            """done => {
                const box = part => document.querySelector(part).getBoundingClientRect();
                const bar = box('[data-bar]');
                const saved = box('[data-bar] [data-part=not_found]').left - bar.left;
                return Math.abs(saved - bar.width * done / 20) < 2;
            }""",
            arg=done,
        )
    ended(page)


def test_reload_in_the_middle_goes_on(gated: RunningDashboard, gate: FlagGate, page: Page) -> None:
    page.goto(gated.url)
    choose(page, "GATE")
    press_download(page, 20)
    gate.let(7)
    expect(tiles(page, "ok")).to_have_count(7)
    page.reload()
    expect(tiles(page, "ok")).to_have_count(7)
    expect(tiles(page, "running")).to_have_count(13)
    gate.let(13)
    ended(page)
    assert counts(page) == {"ok": 20}
    page.reload()
    ended(page)
    assert counts(page) == {"ok": 20}


def test_all_browsers_show_the_same_numbers(
    gated: RunningDashboard, gate: FlagGate, new_page: Callable[..., Page]
) -> None:
    one, two, three = (new_page() for _ in range(3))
    one.goto(gated.url)
    choose(one, "GATE")
    press_download(one, 20)
    two.goto(gated.url)
    expect(tiles(two)).to_have_count(20)
    gate.let(9)
    for page in (one, two):
        expect(tiles(page, "ok")).to_have_count(9)
    three.goto(gated.url)
    expect(tiles(three, "ok")).to_have_count(9)
    gate.let(11)
    for page in (one, two, three):
        ended(page)
    assert counts(one) == counts(two) == counts(three) == {"ok": 20}


def test_a_job_that_another_browser_starts_is_shown(shared: RunningDashboard, page: Page) -> None:
    page.goto(shared.url)
    expect(page.get_by_role("button", name="Download 20 flags")).to_be_visible()
    job_id = shared.submit(select="pop20", server="DELAY", strategy="sequential")
    expect(tiles(page, "ok")).not_to_have_count(0)
    assert shared.job(job_id)["state"] == "running"
    shared.post(f"/api/jobs/{job_id}/cancel")
    ended(page, "Cancelled")


@pytest.mark.console_errors(
    "WebSocket connection", "ERR_CONNECTION_REFUSED", "503", "Failed to load"
)
def test_it_reconnects_when_the_server_is_back(
    gated: RunningDashboard, gate: FlagGate, page: Page
) -> None:
    page.goto(gated.url)
    choose(page, "GATE")
    press_download(page, 20)
    gate.let(5)
    expect(tiles(page, "ok")).to_have_count(5)
    port = gated.url.rpartition(":")[2]
    gated.kill()
    expect(page.locator("[data-pill]")).to_contain_text(re.compile("[Rr]econnecting"))
    gated.start(port=int(port))
    ended(page, "Interrupted")
    assert counts(page) == {"ok": 5, "cancelled": 15}
    gate.open()
    page.get_by_role("button", name="Retry 15 flags").click()
    ended(page)
    assert counts(page) == {"ok": 15}


def test_cancel_and_retry(gated: RunningDashboard, gate: FlagGate, page: Page) -> None:
    page.goto(gated.url)
    choose(page, "GATE")
    press_download(page, 20)
    gate.let(3)
    expect(tiles(page, "ok")).to_have_count(3)
    page.get_by_role("button", name="Cancel").click()
    ended(page, "Cancelled")
    assert counts(page) == {"ok": 3, "cancelled": 17}
    gate.open()
    page.get_by_role("button", name="Retry 17 flags").click()
    ended(page)
    assert counts(page) == {"ok": 17}


def test_faults_are_shown_as_what_they_are(shared: RunningDashboard, page: Page) -> None:
    page.goto(shared.url)
    page.get_by_role("button", name="Every code").click()
    choose(page, "ERROR")
    press_download(page, 676)
    ended(page)
    job = shared.job(page.evaluate("new URL(location).searchParams.get('job')"))
    assert counts(page) == {status: n for status, n in job["counts"].items() if n}
    for status, n in job["counts"].items():
        expect(tiles(page, status)).to_have_count(n)
    failed = tiles(page, "error").first
    failed.focus()
    expect(page.locator("[data-inspector]")).to_contain_text("HTTP 503 - Service Unavailable")
