"""A job in a real Chromium: start, watch, reload, lose the server, keep the flags."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

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
    cards = page.locator(".card-picture img[src]")
    expect(cards).to_have_count(20)
    expect(page.locator("main")).to_contain_text("Brazil")
    cards.last.scroll_into_view_if_needed()  # they load when they come into sight
    page.wait_for_function(ALL_DECODED, arg=[".card-picture img[src]", 20])


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
    page.get_by_role("button", name="Resume 15 flags").click()
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


def test_tapping_a_square_tells_of_it(
    shared: RunningDashboard, new_page: Callable[..., Page]
) -> None:
    page = new_page(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})
    job_id = shared.submit(codes=["BR", "CN", "QQ"], server="LOCAL", strategy="sequential")
    shared.finished(job_id)
    page.goto(f"{shared.url}/jobs/{job_id}")
    inspector = page.locator("[data-inspector]")
    expect(inspector).to_contain_text("QQ no country")
    tiles(page).nth(0).tap()
    expect(inspector).to_contain_text("BR Brazil")
    expect(inspector).to_contain_text(re.compile(r"saved · .* kB · .* ms · worker 0"))
    tiles(page).nth(1).tap()
    expect(inspector).to_contain_text("CN China")


def test_again_opens_the_form_filled_in(shared: RunningDashboard, page: Page) -> None:
    job_id = shared.submit(codes=["BR", "CN"], server="DELAY", strategy="map", max_req=5)
    page.goto(f"{shared.url}/jobs/{job_id}")
    ended(page)
    address = page.get_by_role("link", name="Again…").get_attribute("href")
    assert address
    asked = parse_qs(urlsplit(address).query, keep_blank_values=True)
    assert urlsplit(address).path == "/"
    expected = {"codes": "BR CN", "server": "DELAY", "strategy": "map", "max_req": "5"}
    assert asked == {name: [value] for name, value in {**expected, "attempts": "1"}.items()}
    page.get_by_role("link", name="Again…").click()
    expect(page.get_by_role("button", name="Download 2 flags")).to_be_visible()
    expect(page.get_by_role("spinbutton", name="Connections at once")).to_have_value("5")
    for chosen in ("DELAY", "map"):
        expect(page.get_by_role("radio", name=chosen)).to_be_checked()


def test_the_command_is_copied(shared: RunningDashboard, new_page: Callable[..., Page]) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    job_id = shared.submit(codes=["x", "BR"], max_req=5)
    page.goto(f"{shared.url}/jobs/{job_id}")
    ended(page)
    page.locator("[data-panel]").get_by_role("button", name="Copy as command").click()
    expect(page.locator("[data-panel]").get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()").split()
    assert copied[:3] == ["python", "-m", "flagdl"]
    assert {"-m", "5", "-s", "LOCAL", "BR", "X"} <= set(copied)


def test_a_browser_that_keeps_nothing_shows_the_job_all_the_same(
    shared: RunningDashboard, page: Page
) -> None:
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('forbidden'); } })"
    )
    page.goto(f"{shared.url}/jobs/{shared.submit(codes=['BR'])}")
    ended(page)
    page.get_by_text("Timeline", exact=True).click()
    expect(page.locator("[data-timeline]")).to_be_hidden()


def test_a_job_of_a_terminal_says_so(shared: RunningDashboard, page: Page) -> None:
    job = shared.finished(shared.submit(codes=["FR"]))
    said = page.get_by_text("from a terminal")
    page.goto(f"{shared.url}/jobs/{job['id']}")
    ended(page)
    expect(said).to_be_hidden()
    page.route(
        f"**/api/jobs/{job['id']}", lambda route: route.fulfill(json={**job, "source": "terminal"})
    )
    page.reload()
    expect(said).to_be_visible()


# What a browser has, as far as the page uses it, with a reader who looks elsewhere.
NOTIFICATIONS = """
    window.told = [];
    window.Notification = class extends EventTarget {
        static permission = 'default';
        static async requestPermission() { return (this.permission = answer); }
        constructor(title, options) { super(); told.push({ title, ...options, shown: this }); }
        close() { this.closed = true; }
    };
"""


def test_it_tells_of_the_end_elsewhere(
    gated: RunningDashboard, gate: FlagGate, new_page: Callable[..., Page]
) -> None:
    allowed, refused, seen = (new_page() for _ in range(3))
    job_id = gated.submit(codes=["BR", "CN"], server="GATE")
    for page, answer in ((allowed, "granted"), (refused, "denied"), (seen, "granted")):
        page.add_init_script(f"window.answer = '{answer}'; {NOTIFICATIONS}")
        page.goto(f"{gated.url}/jobs/{job_id}")
        button = page.get_by_role("button", name="Tell me when it’s done")
        expect(button).to_have_attribute("aria-pressed", "false")
        button.click()
        if answer == "granted":
            expect(button).to_have_attribute("aria-pressed", "true")
        else:
            expect(button).to_be_hidden()
    for page in (allowed, refused):
        page.evaluate("() => { Object.defineProperty(document, 'hidden', { get: () => true }); }")
    gate.open()
    for page in (allowed, refused, seen):
        ended(page)
    assert [page.evaluate("told.length") for page in (allowed, refused, seen)] == [1, 0, 0]
    told = allowed.evaluate("({ title: told[0].title, body: told[0].body })")
    assert told["title"] == "flagdl"
    assert re.fullmatch(r"Finished after [\d.]+ s: 2 saved\.", told["body"])
    focused = allowed.evaluate(
        "() => { let focused = false; window.focus = () => { focused = true; };"
        "told[0].shown.dispatchEvent(new Event('click')); return focused && told[0].shown.closed; }"
    )
    assert focused
    expect(allowed.get_by_role("button", name="Tell me")).to_be_hidden()


def test_without_javascript_the_page_refreshes_itself(
    gated: RunningDashboard, gate: FlagGate, new_page: Callable[..., Page]
) -> None:
    page = new_page(java_script_enabled=False)
    job_id = gated.submit(codes=["BR", "CN"], server="GATE")
    page.goto(f"{gated.url}/jobs/{job_id}")
    # What is in <noscript> counts as text only for who looks at the page.
    main = page.locator("main")
    expect(main).to_contain_text("Running", use_inner_text=True)
    expect(main).to_contain_text("Searching for 2 flags", use_inner_text=True)
    gate.open()
    expect(main).to_contain_text("Finished", use_inner_text=True)
    expect(main).to_contain_text("2 flags downloaded.", use_inner_text=True)
    expect(page.locator("meta[http-equiv=refresh]")).to_have_count(0)
