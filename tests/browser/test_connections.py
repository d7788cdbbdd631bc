"""The connection of a live page to the server, on a bad network."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.browsing import counts, ended, tiles
from tests.support.proxies import Proxy
from tests.support.running import FlagGate, RunningDashboard

CODES = ["BR", "CN", "FR", "US"]


def test_all_of_a_comparison_connect_anew(
    gated: RunningDashboard, gate: FlagGate, page: Page
) -> None:
    a, b = (gated.submit(server="GATE", codes=CODES) for _ in range(2))
    with Proxy(gated.url) as proxy:
        page.clock.install()
        page.goto(f"{proxy.url}/jobs/compare?a={a}&b={b}")
        pills = page.locator("[data-pill]")
        expect(pills).to_have_text(["Live", "Live"])
        proxy.swallow()
        page.clock.pause_at(page.evaluate("Date.now() / 1000") + 14)
        expect(page.locator("[data-run][data-stalled]")).to_have_count(2)
        gate.let(8)
        page.clock.resume()
        expect(page.locator("[data-state-of]")).to_have_text(["Finished"] * 2)
        expect(page.locator("[data-stalled]")).to_have_count(0)
        page.goto("about:blank")


@pytest.mark.console_errors("WebSocket connection", "ERR_FAILED")
def test_a_job_gets_through_by_websocket_by_requests_and_after_sleep(
    gated: RunningDashboard, gate: FlagGate, page: Page
) -> None:
    job_id = gated.submit(server="GATE", codes=CODES)
    pill = page.locator("[data-pill]")
    with Proxy(gated.url) as proxy:
        proxy.websockets = "hang"
        page.clock.install()
        page.goto(f"{proxy.url}/jobs/{job_id}")
        page.clock.fast_forward(6_000)  # longer than the first message may take
        expect(pill).to_have_text("Live, by requests")
        gate.let(2)
        expect(tiles(page, "ok")).to_have_count(2)
        proxy.websockets = "refuse"
        page.route("**/api/jobs/**", lambda route: route.abort())  # now the server is gone
        expect(pill).to_contain_text("Reconnecting")
        expect(page.locator("[data-stalled]")).to_have_count(1)
        page.unroute("**/api/jobs/**")
        expect(pill).to_have_text("Live, by requests")
        expect(page.locator("[data-stalled]")).to_have_count(0)
        proxy.websockets = "pass"
        page.clock.fast_forward(31_000)  # until the websocket is tried again
        expect(pill).to_have_text("Live")
        proxy.swallow()
        gate.open()
        now = page.evaluate("Date.now() / 1000")
        page.clock.pause_at(now + 4)  # no timer runs from now on
        page.clock.set_system_time(now + 60)
        try:
            with page.expect_websocket():  # a page that wakes does not wait for a timer
                page.context.set_offline(True)
                page.context.set_offline(False)
        finally:
            page.clock.resume()  # else, after a failure, the next steps would wait for ever
        ended(page)
        assert counts(page) == {"ok": len(CODES)}
        page.goto("about:blank")
