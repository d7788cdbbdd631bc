"""Form and layout in a real Chromium."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from flagdl.model.codes import countries
from tests.support.browsing import choose, ended, press_download, tiles
from tests.support.running import RunningDashboard

STICKS_OUT = """() => {
    const menu = document.querySelector('[data-preferences]');
    menu.open = true;
    return [document.documentElement.scrollWidth > innerWidth,
        menu.querySelector('form').getBoundingClientRect().left < 0];
}"""


def test_picking(shared: RunningDashboard, page: Page) -> None:
    page.goto(f"{shared.url}/?select=codes&server=LOCAL")
    button = page.locator(".form-submit")
    expect(button).to_be_disabled()
    button.press("Enter")
    search = page.locator("[data-search]")
    expect(search).to_be_focused()  # that is where something can be picked
    top = page.get_by_role("button", name="Pick only Top 20")
    top.click()
    expect(button).to_have_text(re.compile("Download 20 flags"))
    expect(button).to_be_enabled()
    page.get_by_role("button", name="Remove Top 20").click()
    expect(page.locator("[data-promise]")).to_have_text("Pick something to download")
    search.fill("bra")
    page.locator("[data-list] input[value=BR]").check()
    expect(page.locator("[data-list] input[value=JP]")).not_to_be_visible()
    search.fill("")
    page.get_by_role("checkbox", name="All of Africa").check()
    number = sum(country.continent == "Africa" for country in countries().values())
    expect(button).to_have_text(re.compile(f"Download {number + 1} flags"))
    page.get_by_role("button", name=f"Remove Africa {number}").click()
    brazil = page.get_by_role("button", name="Remove Brazil")
    expect(brazil).to_be_focused()
    brazil.press("Enter")
    expect(top).to_be_focused()
    search.fill("fr zz")
    search.press("Enter")
    press_download(page, 2)
    expect(tiles(page)).to_have_count(2)
    ended(page)


def test_the_form_fits_a_laptop_and_a_hint_at_the_first_focus_moves_nothing(
    shared: RunningDashboard, page: Page
) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(shared.url)
    page.wait_for_function("() => document.documentElement.scrollHeight <= 900")
    page.wait_for_function("() => document.querySelector('.picker-list').clientHeight >= 220")
    connections, hint = page.locator("#max_req"), page.locator("#about-max_req")
    place = "() => document.querySelector('.form-foot').getBoundingClientRect().top"
    expect(hint).to_be_hidden()
    expect(connections).to_have_accessible_description("20 flags on 5 connections: about 4 each.")
    before = page.evaluate(place)
    connections.focus()
    expect(hint).to_be_visible()
    assert page.evaluate(place) == before
    connections.press("Escape")
    expect(hint).to_be_hidden()
    of_map = page.locator("[name=strategy][value=map]")
    of_map.focus()
    expect(page.get_by_text("results arrive when they are done")).to_be_hidden()
    expect(page.get_by_text("each result arrives when it is done")).to_be_visible()
    connections.focus()
    expect(hint).to_be_hidden()
    page.reload()
    for known in (connections, of_map):
        known.focus()
        expect(page.locator(".hint:visible")).to_have_count(0)


@pytest.mark.console_errors("400")
def test_a_problem_of_a_link_goes_once_its_field_is_changed(
    shared: RunningDashboard, page: Page
) -> None:
    page.goto(f"{shared.url}/?limit=5000")
    limit, problem = page.locator("#limit"), page.locator("[data-problem-of=limit]")
    expect(limit).to_be_focused()
    expect(problem).to_have_text("A whole number from 1 to 1,000.")
    limit.fill("5")
    expect(problem).to_be_empty()
    # The squares to come are those of the limit.
    expect(page.locator("[data-promise]")).to_have_text("Download 5 flags")
    squares = page.locator("[data-preview] .tile")
    expect(squares).to_have_count(5)
    limit.fill("")
    expect(squares).to_have_count(20)
    page.get_by_role("button", name="Every code").click()
    expect(page.locator("[data-promise]")).to_have_text("Download 676 flags")
    limit.fill("104")
    expect(page.locator("[data-promise]")).to_have_text("Download 104 flags")


def test_what_a_field_cannot_take_is_said_there_before_anything_is_sent(
    shared: RunningDashboard, page: Page
) -> None:
    page.goto(shared.url)
    connections, button = page.locator("#max_req"), page.locator(".form-submit")
    problem = page.locator("[data-problem-of=max_req]")
    connections.fill("5000")
    expect(page.locator("[data-per-connection]")).to_be_empty()
    connections.press("Enter")
    expect(problem).to_have_text("A whole number from 1 to 1,000.")
    expect(connections).to_be_focused()
    expect(connections).to_have_attribute("aria-invalid", "true")
    connections.fill("10")
    expect(problem).to_be_empty()
    expect(page.locator("[data-per-connection]")).to_have_text(
        "20 flags on 10 connections: about 2 each."
    )
    expect(slider(page, "Connections at once")).to_have_attribute("aria-valuetext", "10")
    # Also where it is folded away; and a limit that is none limits nothing.
    fold, limit = page.locator("details.more summary"), page.locator("#limit")
    fold.click()
    limit.fill("0")
    fold.click()
    expect(button).to_have_text(re.compile("Download 20 flags"))
    button.click()
    expect(page.locator("[data-problem-of=limit]")).to_have_text("A whole number from 1 to 1,000.")
    expect(limit).to_be_focused()


def slider(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=f"{name}, roughly")


def test_lab_is_set_by_sliders(shared: RunningDashboard, page: Page) -> None:
    page.goto(f"{shared.url}/?codes=FR")
    lab = page.get_by_role("group", name="How LAB answers")
    expect(lab).to_be_hidden()
    choose(page, "LAB")
    expect(lab).to_be_visible()
    delay, errors = (page.get_by_label(name, exact=True) for name in ("Delay", "Errors"))
    delay.fill("0")
    expect(slider(page, "Delay")).to_have_value("0")
    expect(slider(page, "Delay")).to_have_attribute("aria-valuetext", "0")
    slider(page, "Errors").press("End")
    expect(errors).to_have_value("1")
    slider(page, "Errors").press("ArrowLeft")
    expect(errors).to_have_value("0.99")
    slider(page, "Spread").press("Home")
    page.get_by_label("Seed", exact=True).fill("7")
    press_download(page, 1)
    ended(page)
    job = shared.job(page.url.rpartition("/")[2])
    settings = {"server": "LAB", "delay": 0, "spread": 0, "errors": 0.99, "seed": 7}
    assert job["spec"].items() >= settings.items()
    page.get_by_text("Change", exact=True).click()
    expect(lab).to_be_visible()
    # Beside another server they are hidden, and the request has none of them.
    choose(page, "LOCAL")
    expect(lab).to_be_hidden()
    expect(page.locator("[data-line]")).to_have_value("python -m flagdl -m 5 FR")


@pytest.mark.console_errors("400")
def test_a_setting_that_lab_cannot_take_is_said_at_its_field(
    shared: RunningDashboard, page: Page
) -> None:
    page.goto(f"{shared.url}/?codes=FR&server=LAB")
    delay, problem = (page.locator(at) for at in ("#delay", "[data-problem-of=delay]"))
    download = page.locator(".form-submit")
    for number in ("5.01", ""):
        delay.fill(number)
        download.click()
        expect(problem).to_have_text("A number from 0 to 5.")
        expect(delay).to_be_focused()
    page.locator("#seed").fill("1.5")
    delay.fill("0.123")  # no step is too small
    download.click()
    expect(problem).to_be_empty()
    expect(page.locator("[data-problem-of=seed]")).to_have_text(
        "A whole number from 0 to 999,999,999."
    )
    # The server says the same; and a setting that is not used is in nobody's way.
    page.locator("#seed").evaluate("input => { input.removeAttribute('max'); }")
    page.locator("#seed").fill("1000000000")
    download.click()
    expect(page.locator("[data-problem-of=seed]")).to_have_text(
        "Must be a whole number from 0 to 999999999"
    )
    delay.fill("9")
    choose(page, "LOCAL")
    expect(delay).to_be_hidden()
    download.click()
    ended(page)


def test_lab_is_set_without_scripts(
    shared: RunningDashboard, new_page: Callable[..., Page]
) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(f"{shared.url}/?codes=BR")
    delay = page.locator("#delay")
    expect(delay).to_be_hidden()
    choose(page, "LAB")
    delay.fill("9")
    choose(page, "DELAY")
    # A browser that refuses to send a number must be able to show which.
    expect(delay).to_be_visible()
    delay.fill("0.01")
    expect(delay).to_be_hidden()
    choose(page, "LAB")
    expect(delay).to_be_visible()
    page.locator("#errors").fill("1")
    page.locator("#seed").fill("7")
    page.get_by_role("button", name="Download").click()
    page.wait_for_url("**/jobs/*")
    job = shared.finished(page.url.rpartition("/")[2])
    assert job["spec"].items() >= {"delay": 0.01, "spread": 0.5, "errors": 1, "seed": 7}.items()
    assert job["counts"]["error"] == 1


def test_however_often_it_is_pressed_until_the_page_is_left(
    shared: RunningDashboard, page: Page
) -> None:
    page.goto(f"{shared.url}/?codes=FR&server=LOCAL")
    page.locator(".form-submit").evaluate("button => { setInterval(() => button.click(), 5); }")
    page.wait_for_url("**/jobs/*")
    ended(page)
    assert shared.get("/api/jobs?limit=1").json()["jobs"][0]["id"] == page.url.rpartition("/")[2]
    page.go_back()
    expect(page.locator(".form-submit")).to_be_enabled()


# The longest words with the largest numbers, and the shortest.
@pytest.mark.parametrize(
    ("reader", "picked"),
    [({"locale": "ru"}, {"select": "every", "limit": 150}), ({}, {"codes": ["B"]})],
    ids=["ru", "en"],
)
def test_nothing_sticks_out(
    reader: dict[str, str],
    picked: dict[str, object],
    shared: RunningDashboard,
    new_page: Callable[..., Page],
) -> None:
    finished = shared.submit(**picked)
    shared.finished(finished)
    cancelled = shared.submit(codes=["C"], server="DELAY")
    shared.post(f"/api/jobs/{cancelled}/cancel")
    shared.finished(cancelled)
    page = new_page(**reader)
    fonts = page.context.new_cdp_session(page)
    paths = [f"/jobs/{finished}", f"/jobs/compare?a={finished}&b={cancelled}"]
    if reader:
        paths += [f"/jobs/{cancelled}", "/?server=LAB", "/jobs", "/gallery"]
    for path in paths:
        page.goto(shared.url + path)
        for width, letters in ((1280, 16), (320, 16), (390, 32)):
            page.set_viewport_size({"width": width, "height": 800})
            fonts.send("Page.setFontSizes", {"fontSizes": {"standard": letters}})
            assert page.evaluate(STICKS_OUT) == [False, False], (path, width, letters)
