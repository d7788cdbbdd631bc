"""One press starts one thing, also with a key that is held until after its effect."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browsing import ended
from tests.support.running import RunningDashboard


def hold_enter(button: Locator) -> None:
    button.focus()
    still_held(button.page)


def still_held(page: Page) -> None:
    """Send what a held Enter sends; each but the first is a repetition."""
    for _ in range(4):
        page.keyboard.down("Enter")


CLICK_ON = """button => {
    const clicks = setInterval(() => button.click(), 5);
    addEventListener('pagehide', () => clearInterval(clicks));
}"""


@pytest.fixture
def failed(shared: RunningDashboard) -> int:
    """The newest job, which can be retried and done again."""
    job_id = shared.submit(codes=["BR"], server="LAB", delay=0, errors=1, attempts=1)
    assert shared.finished(job_id)["counts"]["error"]
    return int(job_id)


def newest(dashboard: RunningDashboard) -> int:
    """Return the number of the newest job, or 0."""
    jobs = dashboard.get("/api/jobs?limit=1").json()["jobs"]
    return int(jobs[0]["id"]) if jobs else 0


def assert_one_more(dashboard: RunningDashboard, page: Page, than: int) -> None:
    page.wait_for_load_state("networkidle")
    jobs = dashboard.get("/api/jobs?limit=10").json()["jobs"]
    assert len(new := [job for job in jobs if int(job["id"]) > than]) == 1, new


def test_however_often_the_form_is_sent_until_its_page_is_left(
    shared: RunningDashboard, page: Page
) -> None:
    before = newest(shared)
    page.goto(f"{shared.url}/?codes=FR&server=LOCAL")
    download = page.locator(".form-submit")
    download.evaluate(CLICK_ON)
    page.wait_for_url("**/jobs/*")
    ended(page)
    assert_one_more(shared, page, before)
    page.go_back()
    expect(download).to_be_enabled()
    hold_enter(page.locator("#max_req"))
    ended(page)
    still_held(page)
    assert_one_more(shared, page, before + 1)


def test_a_key_held_in_the_history(shared: RunningDashboard, page: Page, failed: int) -> None:
    page.goto(f"{shared.url}/jobs")
    row = page.locator(f"#job-{failed}")
    row.get_by_role("button", name="Delete").focus()
    page.keyboard.down("Enter")
    for _ in range(3):  # on Undo, which takes the focus
        expect(row).to_have_attribute("data-struck", "")
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    page.keyboard.press("Enter")
    expect(row).not_to_have_attribute("data-struck", "")
    retry = row.get_by_role("button", name="Retry")
    retry.hover()
    page.mouse.down(click_count=2)  # the first click was on what was here before
    page.mouse.up(click_count=2)
    hold_enter(retry)
    expect(page).to_have_url(re.compile(r"/jobs/\d+$"))
    still_held(page)
    assert_one_more(shared, page, failed)
