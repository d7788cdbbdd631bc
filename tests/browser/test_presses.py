"""One press starts one thing, however it is made: with a held key, two clicks, two taps."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browsing import ended
from tests.support.running import RunningDashboard


def hold_enter(button: Locator) -> None:
    button.focus()
    for _ in range(8):  # all but the first are repetitions
        button.page.keyboard.down("Enter")
    button.page.keyboard.up("Enter")


def click_twice(button: Locator) -> None:
    button.scroll_into_view_if_needed()
    button.page.mouse.dblclick(*middle(button))


def tap_twice(button: Locator) -> None:
    button.scroll_into_view_if_needed()
    at = middle(button)
    for _ in range(2):
        button.page.touchscreen.tap(*at)


def middle(button: Locator) -> tuple[float, float]:
    box = button.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.fixture
def failed(shared: RunningDashboard) -> str:
    """The newest job, which can be retried and done again."""
    job_id = shared.submit(codes=["a"], server="ERROR")
    assert shared.finished(job_id)["counts"]["error"]
    return job_id


def assert_one_more(dashboard: RunningDashboard, page: Page, than: str) -> None:
    page.wait_for_load_state("networkidle")
    newest = dashboard.get("/api/jobs?limit=1").json()["jobs"][0]["id"]
    assert int(newest) == int(than) + 1


@pytest.mark.parametrize("press", [hold_enter, click_twice, tap_twice])
def test_a_press_on_download(
    shared: RunningDashboard, new_page: Callable[..., Page], failed: str, press: Callable[..., None]
) -> None:
    page = new_page(has_touch=True)
    page.goto(f"{shared.url}/?codes=FR+BR")
    expect(page.locator("[data-chosen]")).to_contain_text("2")
    press(page.get_by_role("button", name="Download 2 flags"))
    ended(page)
    assert_one_more(shared, page, failed)


def test_a_key_held_in_a_field_of_the_form(
    shared: RunningDashboard, page: Page, failed: str
) -> None:
    page.goto(f"{shared.url}/?codes=FR&limit=1")
    hold_enter(page.get_by_label("Limit"))
    ended(page)
    assert_one_more(shared, page, failed)


@pytest.mark.parametrize(("button", "leads_to"), [("Retry", r"/jobs/\d+$"), ("map", "/compare")])
def test_a_key_held_on_a_jobs_page(
    shared: RunningDashboard, page: Page, failed: str, button: str, leads_to: str
) -> None:
    page.goto(f"{shared.url}/jobs/{failed}")
    hold_enter(page.get_by_role("button", name=re.compile(f"^{button}")))
    expect(page).to_have_url(re.compile(leads_to))
    assert_one_more(shared, page, failed)


def test_a_key_held_in_the_history(shared: RunningDashboard, page: Page, failed: str) -> None:
    page.goto(f"{shared.url}/jobs")
    row = page.locator(f"#job-{failed}")
    hold_enter(row.get_by_role("button", name="Delete"))
    expect(row).to_have_attribute("data-struck", "")
    expect(row.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(row).not_to_have_attribute("data-struck", "")
    hold_enter(row.get_by_role("button", name="Retry"))
    expect(page).to_have_url(re.compile(r"/jobs/\d+$"))
    assert_one_more(shared, page, failed)


@pytest.mark.parametrize("press", [hold_enter, click_twice])
def test_a_press_without_scripts(
    shared: RunningDashboard, new_page: Callable[..., Page], failed: str, press: Callable[..., None]
) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(f"{shared.url}/?codes=FR")
    press(page.get_by_role("button", name="Download"))
    expect(page).to_have_url(re.compile(r"/jobs/\d+$"))
    assert_one_more(shared, page, failed)
