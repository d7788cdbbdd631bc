"""The whole path in a real Chromium: pick, start, watch, reload, keep."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.running import FlagGate, RunningDashboard

FIXTURE = Path(__file__).with_name("fixtures") / "events.json"
# A function and not an expression: the page's policy lets nobody evaluate a string again and again.
ALL_DECODED = """([selector, number]) => {
    const images = [...document.querySelectorAll(selector)];
    return images.length === number && images.every(i => i.complete && i.naturalWidth === 320);
}"""


def tiles(page: Page, status: str = "") -> Locator:
    condition = f'[data-status="{status}"]' if status else ""
    return page.locator(f"[data-mosaic] .tile{condition}")


def choose(page: Page, name: str) -> None:
    """Choose a server or a strategy by its label."""
    page.get_by_text(name, exact=True).click()


def press_download(page: Page, number: int) -> None:
    flags = "flag" if number == 1 else "flags"
    page.get_by_role("button", name=f"Download {number} {flags}").click()


def ended(page: Page, state: str = "Finished") -> None:
    """Wait until the panel says how the job ended and shows its report."""
    expect(page.locator("[data-panel]")).to_contain_text(state)
    expect(page.locator("[data-report] pre")).to_contain_text("Elapsed time:")


def counts(page: Page) -> dict[str, int]:
    """Return the counters that the panel shows."""
    shown: dict[str, int] = page.eval_on_selector_all(
        "[data-counters] li:not([hidden])",
        "items => Object.fromEntries(items.map("
        "i => [i.dataset.status, Number(i.querySelector('[data-figure]').textContent)]))",
    )
    return shown


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


def test_picking(shared: RunningDashboard, page: Page) -> None:
    page.goto(shared.url)
    chosen = page.locator("[data-chosen]")
    expect(chosen).to_contain_text("20")
    page.get_by_role("button", name="None").click()
    expect(chosen).to_contain_text("0")
    search = page.get_by_role("searchbox")
    search.fill("bra")
    brazil = page.get_by_role("checkbox", name=re.compile("Brazil"))
    brazil.check()
    expect(page.get_by_role("checkbox", name=re.compile("Japan"))).not_to_be_visible()
    search.fill("")
    page.get_by_role("checkbox", name="All of Africa").check()
    number = 1 + sum(
        row["continent"] == "Africa" for row in shared.get("/api/countries").json()["countries"]
    )
    expect(page.get_by_role("button", name=f"Download {number} flags")).to_be_visible()
    page.get_by_role("button", name="None").click()
    search.fill("b")
    search.press("Enter")
    press_download(page, 26)
    expect(tiles(page)).to_have_count(26)
    ended(page)


@pytest.mark.console_errors("400")
def test_a_problem_is_shown_at_its_field(shared: RunningDashboard, page: Page) -> None:
    page.goto(shared.url)
    page.locator("details.more summary").click()
    page.get_by_label("Attempts").evaluate("input => { input.removeAttribute('max'); }")
    page.get_by_label("Attempts").fill("99")
    press_download(page, 20)
    expect(page.locator('[data-problem-of="attempts"]')).to_contain_text("10")


def test_a_job_from_its_own_page_and_from_the_history(shared: RunningDashboard, page: Page) -> None:
    job_id = shared.submit(select="pop20", server="LOCAL")
    shared.finished(job_id)
    page.goto(f"{shared.url}/jobs")
    page.locator(f'a[href="/jobs/{job_id}"]').first.click()
    ended(page)
    assert counts(page) == {"ok": 20}


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out(
    width: int, shared: RunningDashboard, new_page: Callable[..., Page]
) -> None:
    job_id = shared.submit(select="every")
    shared.finished(job_id)
    page = new_page(viewport={"width": width, "height": 800})
    for path in ("/", f"/?job={job_id}", "/jobs", "/gallery"):
        page.goto(shared.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_stores_fold_as_the_server_does(shared: RunningDashboard, page: Page) -> None:
    page.goto(shared.url)
    for case in json.loads(FIXTURE.read_text("utf-8")):
        folded = page.evaluate(
            """async ({ job, events }) => {
                const { JobStore } = await import('/static/js/store.js');
                const store = new JobStore(job);
                if (!store.apply(events)) throw new Error('a gap');
                return store.job;
            }""",
            case,
        )
        expected = case["expected"]
        assert {key: folded[key] for key in expected} == expected, case["name"]
