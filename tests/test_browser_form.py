"""Form, history and layout in a real Chromium."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import counts, ended, module_url, press_download, tiles
from tests.running import RunningDashboard

FIXTURE = Path(__file__).with_name("fixtures") / "events.json"


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
    finished = shared.submit(select="every")
    shared.finished(finished)
    cancelled = shared.submit(select="every", server="DELAY")
    shared.post(f"/api/jobs/{cancelled}/cancel")
    shared.finished(cancelled)
    page = new_page(viewport={"width": width, "height": 800})
    for path in ("/", f"/?job={finished}", f"/jobs/{cancelled}", "/jobs", "/gallery"):
        page.goto(shared.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_stores_fold_as_the_server_does(shared: RunningDashboard, page: Page) -> None:
    page.goto(shared.url)
    for case in json.loads(FIXTURE.read_text("utf-8")):
        folded = page.evaluate(
            """async ([url, { job, events }]) => {
                const { JobStore } = await import(url);
                const store = new JobStore(job);
                if (!store.apply(events)) throw new Error('a gap');
                return store.job;
            }""",
            [module_url("job/store"), case],
        )
        expected = case["expected"]
        assert {key: folded[key] for key in expected} == expected, case["name"]
