"""Form and layout in a real Chromium."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from flagdl.model.codes import countries
from tests.support.browsing import choose
from tests.support.running import RunningDashboard, wait_for

STICKS_OUT = """() => {
    const menu = document.querySelector('[data-preferences]');
    menu.open = true;
    for (const call of document.querySelectorAll('.call details')) call.open = true;
    const right = element => element.getBoundingClientRect().right;
    return [document.documentElement.scrollWidth > innerWidth,
        menu.querySelector('form').getBoundingClientRect().left < 0,
        [...document.querySelectorAll('.job-actions .btn, .tour header .btn')].some(
            button => right(button) > right(button.closest('.job-row, .tour')))];
}"""


def test_picking(shared: RunningDashboard, page: Page) -> None:
    page.goto(shared.url)
    button, promise = page.locator(".form-submit"), page.locator("[data-promise]")
    search, offer = page.locator("[data-search]"), page.locator("[data-offer]")
    # The first pick of a search replaces the preset of a fresh page, the next one doesn't.
    for query, offered, flags in (
        ("fra", "Pick only France", "1 flag"),
        ("usa", "Add United States", "2 flags"),
    ):
        search.fill(query)
        expect(offer).to_have_text(offered)
        search.press("Enter")
        expect(promise).to_have_text(f"Download {flags}")
    expect(page).to_have_url(re.compile(r"\?codes=FR.+US$"))
    page.get_by_role("button", name="Remove France").press("Enter")
    page.get_by_role("button", name="Remove United States").press("Enter")
    expect(promise).to_have_text("Pick something to download")
    expect(button).to_be_disabled()
    button.press("Enter")
    expect(search).to_be_focused()  # that is where something can be picked
    top = page.get_by_role("button", name="Pick only Top 20")
    top.click()
    expect(promise).to_have_text("Download 20 flags")
    expect(button).to_be_enabled()
    page.get_by_role("button", name="Remove Top 20").click()
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
    expect(button).to_have_text(re.compile("Download 2 flags"))
    expect(page.locator("[data-line]")).to_have_value(re.compile(" FR ZZ$"))


def test_the_form_fits_a_laptop_and_a_hint_at_the_first_focus_moves_nothing(
    shared: RunningDashboard, page: Page
) -> None:
    # While a job runs, the page has a link to it.
    wait_for(lambda: all(job["ended"] for job in shared.get("/api/jobs").json()["jobs"]))
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


def test_a_problem_is_said_at_its_field_until_that_is_changed_and_nothing_is_sent(
    shared: RunningDashboard, page: Page
) -> None:
    page.goto(f"{shared.url}/?limit=5000")
    limit, problem = page.locator("#limit"), page.locator("[data-problem-of=limit]")
    expect(limit).to_be_focused()
    expect(problem).to_have_text("A whole number from 1 to 1,000.")
    limit.fill("5")
    expect(problem).to_be_empty()
    # The preview has as many squares as the limit.
    promise, squares = page.locator("[data-promise]"), page.locator("[data-preview] .tile")
    expect(promise).to_have_text("Download 5 flags")
    expect(squares).to_have_count(5)
    limit.fill("")
    expect(squares).to_have_count(20)

    connections, divided = page.locator("#max_req"), page.locator("[data-per-connection]")
    connections.fill("5000")
    expect(divided).to_be_empty()
    connections.press("Enter")
    expect(page.locator("[data-problem-of=max_req]")).to_have_text(
        "A whole number from 1 to 1,000."
    )
    expect(connections).to_be_focused()
    expect(connections).to_have_attribute("aria-invalid", "true")
    connections.fill("10")
    expect(page.locator("[data-problem-of=max_req]")).to_be_empty()
    expect(divided).to_have_text("20 flags on 10 connections: about 2 each.")
    expect(slider(page, "Connections at once")).to_have_attribute("aria-valuetext", "10")
    # A limit that is folded away is checked, too. An invalid limit is ignored.
    limit.fill("0")
    page.locator("details.more summary").click()
    expect(promise).to_have_text("Download 20 flags")
    page.locator(".form-submit").click()
    expect(problem).to_have_text("A whole number from 1 to 1,000.")
    expect(limit).to_be_focused()
    page.get_by_role("button", name="Every code").click()
    expect(promise).to_have_text("Download 676 flags")
    limit.fill("104")
    expect(promise).to_have_text("Download 104 flags")


def slider(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=f"{name}, roughly")


@pytest.mark.console_errors("400")
def test_lab_is_set_by_sliders_and_says_what_it_cannot_take(
    shared: RunningDashboard, page: Page
) -> None:
    page.goto(f"{shared.url}/?codes=FR")
    lab, line = page.get_by_role("group", name="How LAB answers"), page.locator("[data-line]")
    expect(lab).to_be_hidden()
    choose(page, "LAB")
    expect(lab).to_be_visible()
    delay, errors, seed = (page.locator(f"#{name}") for name in ("delay", "errors", "seed"))
    delay.fill("0")
    expect(slider(page, "Delay")).to_have_value("0")
    expect(slider(page, "Delay")).to_have_attribute("aria-valuetext", "0")
    slider(page, "Errors").press("End")
    expect(errors).to_have_value("1")
    slider(page, "Errors").press("ArrowLeft")
    expect(errors).to_have_value("0.99")
    slider(page, "Spread").press("Home")
    seed.fill("7")
    settings = "--delay 0 --spread 0 --errors 0.99 --seed 7"
    expect(line).to_have_value(f"python -m flagdl -m 5 -s LAB {settings} FR")

    download = page.locator(".form-submit")
    problems = {name: page.locator(f"[data-problem-of={name}]") for name in ("delay", "seed")}
    for number in ("5.01", ""):
        delay.fill(number)
        download.press("Enter")
        expect(problems["delay"]).to_have_text("A number from 0 to 5.")
        expect(delay).to_be_focused()
    seed.fill("1.5")
    delay.fill("0.123")  # any step is allowed
    download.press("Enter")
    expect(problems["delay"]).to_be_empty()
    expect(problems["seed"]).to_have_text("A whole number from 0 to 999,999,999.")
    # The server says the same. A setting that is not used is not checked.
    seed.evaluate("input => { input.removeAttribute('max'); input.value = 1000000000; }")
    download.press("Enter")
    expect(problems["seed"]).to_have_text("Must be a whole number from 0 to 999999999")
    delay.fill("9")
    choose(page, "LOCAL")
    expect(lab).to_be_hidden()
    expect(line).to_have_value("python -m flagdl -m 5 FR")
    with page.expect_request("**/api/jobs") as sent:
        download.press("Enter")
    assert sent.value.post_data_json == {"codes": ["FR"], "max_req": 5}
    page.wait_for_url("**/jobs/*")


@pytest.mark.parametrize(("typed", "used"), [("7", 7), ("5000", 5)])
def test_a_race_has_the_forms_connections_whatever_is_picked(
    shared: RunningDashboard, page: Page, typed: str, used: int
) -> None:
    page.goto(f"{shared.url}/?codes=BR+FR&limit=2")
    connections = page.get_by_role("spinbutton", name="Connections at once")
    connections.fill(typed)
    choose(page, "sequential")
    expect(connections).to_be_disabled()
    page.get_by_role("button", name="Race", exact=True).click()
    page.wait_for_url("**/jobs/compare?*")
    [_, map_job, *_] = re.findall(r"job=(\d+)", page.url)
    assert shared.job(map_job)["spec"].items() >= {"strategy": "map", "max_req": used}.items()


@pytest.mark.console_errors("400")
@pytest.mark.parametrize("way", ["Sweep", "Race"])
def test_a_mistake_in_a_sweep_or_race_is_shown_at_its_field_and_keeps_the_choice(
    shared: RunningDashboard, page: Page, way: str
) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{shared.url}/?strategy=map")
    page.locator("details.more summary").click()
    boxes, widths = page.locator("[name=race]"), page.locator("#widths")
    for box in boxes.all()[1:]:
        box.uncheck()
    widths.fill("1 2 5")
    page.get_by_role("button", name=way, exact=True).click()
    field = widths if way == "Sweep" else boxes.first
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    problem = page.locator(".problem", has_text="Two to 8" if way == "Sweep" else "two strategies")
    expect(problem).to_be_in_viewport()
    expect(page.locator("[data-promise]")).to_have_text("Download 20 flags")
    expect(page.locator("[data-list] input[name=codes]:checked")).to_have_count(20)
    expect(page).to_have_url(f"{shared.url}/?strategy=map")
    page.reload()
    expect(page.locator("[data-promise]")).to_have_text("Download 20 flags")
    expect(page.locator("[name=strategy][value=map]")).to_be_checked()


def test_nothing_sticks_out(shared: RunningDashboard, page: Page) -> None:
    lab = {"server": "LAB", "delay": 0, "spread": 0.25, "errors": 0.25, "attempts": 1}
    many, few = shared.submit(select="every", limit=150, **lab), shared.submit(codes=["B"])
    cancelled = shared.submit(codes=["C"], server="DELAY")
    shared.post(f"/api/jobs/{cancelled}/cancel")
    for job_id in (many, few, cancelled):
        shared.finished(job_id)
    fonts = page.context.new_cdp_session(page)
    # The longest words with the largest numbers, and the shortest.
    compared = f"/jobs/compare?a={many}&b={cancelled}"
    pages = {
        "ru": [f"/jobs/{many}", compared, "/?server=LAB", "/api", "/jobs", "/gallery"],
        "en": [f"/jobs/{few}"],
    }
    looks = [(1280, 16), (320, 16), (390, 32)]
    for language, paths in pages.items():
        page.context.add_cookies([{"name": "language", "value": language, "url": shared.url}])
        for path in paths:
            page.goto(shared.url + path)
            for width, letters in looks:
                page.set_viewport_size({"width": width, "height": 800})
                fonts.send("Page.setFontSizes", {"fontSizes": {"standard": letters}})
                assert page.evaluate(STICKS_OUT) == [False] * 3, (path, width, letters)
            looks.reverse()  # the next page begins with the last look
