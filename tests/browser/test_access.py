"""For everyone: no violation that axe-core finds, in any theme or language, and the switches."""

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.support.browsing import ended
from tests.support.running import FlagGate, RunningDashboard, wait_for

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [("en", "light", 1280), ("ru", "dark", 390)]
# Of many that are alike, some: axe takes its time for each, even for those that it leaves out.
ALIKE = (
    "[data-country]:nth-child(n+3), .tile:nth-child(n+12), .flag-card:nth-child(n+8),"
    "[data-entries] .entry:nth-child(n+12)"
)
TAKE_AWAY = """alike => [...document.querySelectorAll(alike)].map(element => {
    const place = document.createComment('');
    element.replaceWith(place);
    return [element, place];
})"""
PUT_BACK = "taken => taken.forEach(([element, place]) => place.replaceWith(element))"


@pytest.fixture(scope="module")
def lived_in(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[RunningDashboard, dict[str, str]]]:
    """A dashboard with a job in every state that a job can have, and something in its gallery."""
    directory = tmp_path_factory.mktemp("lived-in")
    servers = directory / "servers.toml"
    with FlagGate() as gate:
        servers.write_text(f'[servers]\nGATE = "{gate.template}"\n')
        with RunningDashboard(directory, servers=servers) as dashboard:
            yield dashboard, jobs_of_all_kinds(dashboard, gate)


def jobs_of_all_kinds(dashboard: RunningDashboard, gate: FlagGate) -> dict[str, str]:
    mixed = dashboard.submit(codes=["B"], server="ERROR")
    dashboard.finished(mixed)
    cancelled = dashboard.submit(codes=["DE", "FR", "IT"], server="GATE", max_req=1)
    gate.let(1)
    wait_for(lambda: dashboard.job(cancelled)["counts"]["ok"] == 1)
    dashboard.post(f"/api/jobs/{cancelled}/cancel")
    dashboard.finished(cancelled)
    running = dashboard.submit(codes=["C"], server="GATE", max_req=3)
    gate.let(8)  # some go to those that were cancelled
    wait_for(lambda: dashboard.job(running)["counts"]["ok"] >= 3)
    return {"mixed": mixed, "cancelled": cancelled, "running": running}


def violations(page: Page) -> list[str]:
    options = {"runOnly": RULES, "resultTypes": ["violations"]}
    taken = page.evaluate_handle(TAKE_AWAY, ALIKE)
    found = Axe().run(page, None, options).response["violations"]
    taken.evaluate(PUT_BACK)
    return [
        f"{page.url} {each['id']}: {each['help']}: {node['target']} {node['html'][:150]}"
        for each in found
        for node in each["nodes"]
    ]


@pytest.mark.console_errors("404")
@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_axe_finds_nothing(
    lived_in: tuple[RunningDashboard, dict[str, str]],
    new_page: Callable[..., Page],
    language: str,
    theme: str,
    width: int,
) -> None:
    dashboard, jobs = lived_in
    page = new_page(locale=language, color_scheme=theme, viewport={"width": width, "height": 900})
    found: list[str] = []
    for path in (
        f"/?server=LAB&job={jobs['running']}", "/jobs", f"/jobs/{jobs['cancelled']}",
        f"/jobs/{jobs['mixed']}", "/gallery", "/api", "/jobs/999999",
        f"/jobs/compare?a={jobs['mixed']}&b={jobs['running']}",
    ):  # fmt: skip
        page.goto(dashboard.url + path)
        page.wait_for_function(
            "() => !document.querySelector('[data-panel][hidden], .comparison:not([data-ready])')"
        )
        found += violations(page)
    assert found == []


def test_axe_finds_nothing_where_there_is_nothing(dashboard: RunningDashboard, page: Page) -> None:
    found: list[str] = []
    for path in ("/jobs", "/gallery"):
        page.goto(dashboard.url + path)
        found += violations(page)
    assert found == []


def test_axe_would_find_something(shared: RunningDashboard, page: Page) -> None:
    page.goto(shared.url)
    page.evaluate("() => document.querySelector('main').append(document.createElement('button'))")
    assert any("button-name" in violation for violation in violations(page))


def test_where_the_system_chooses_the_colours_nothing_loses_its_meaning(
    lived_in: tuple[RunningDashboard, dict[str, str]], new_page: Callable[..., Page]
) -> None:
    dashboard, jobs = lived_in
    usual, page = new_page(), new_page(forced_colors="active")
    for one in (usual, page):
        one.goto(f"{dashboard.url}/jobs/{jobs['mixed']}")
        expect(one.locator("[data-mosaic] .tile").first).to_be_visible()
    for told_by_colour in (
        ".bar [data-part=ok]", ".bar [data-part=error]", ".tile[data-status=error]",
        "[data-counters] [data-status=error] .mark",
    ):  # fmt: skip
        assert background(page, told_by_colour) == background(usual, told_by_colour)
    for chosen in (".log-outcome", ".site-nav [aria-current]"):
        assert background(page, chosen) != background(page, ".site-head-row"), chosen
    assert background(page, ".log-outcome b") == NONE
    page.goto(dashboard.url)
    for chosen in (".preset.is-chosen", ".btn-check:checked + .choice-label"):
        assert background(page, chosen) == background(page, ".site-nav [aria-current]")


NONE = "rgba(0, 0, 0, 0),none"


def background(page: Page, selector: str) -> str:
    """Return what the first that matches is painted with."""
    painted: str = page.locator(selector).first.evaluate(
        "element => ['backgroundColor', 'backgroundImage'].map("
        "name => getComputedStyle(element)[name]).join()"
    )
    return painted


@pytest.mark.console_errors("ERR_FAILED")
def test_a_theme_is_taken_at_once_and_kept(shared: RunningDashboard, page: Page) -> None:
    page.goto(shared.url)
    background = "() => getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.get_by_label("Language and theme").click()
    page.get_by_role("button", name="Dark").click()
    page.wait_for_function(f"before => ({background})() !== before", arg=light)
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    wait_for(lambda: any(cookie["name"] == "theme" for cookie in page.context.cookies()))
    page.reload()
    assert page.evaluate(background) != light
    page.get_by_label("Language and theme").click()
    page.get_by_role("button", name="As the system").click()
    page.wait_for_function(f"light => ({background})() === light", arg=light)
    page.route("**/preferences", lambda route: route.abort())
    page.get_by_role("button", name="Dark").click()  # without a server, on this page only
    page.wait_for_function(f"before => ({background})() !== before", arg=light)


def test_a_language_is_taken_and_kept(shared: RunningDashboard, page: Page) -> None:
    page.goto(f"{shared.url}/jobs")
    page.get_by_label("Language and theme").click()
    page.get_by_role("button", name="Русский").click()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    expect(page).to_have_url(re.compile(r"/jobs$"))
    page.goto(shared.url)
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    expect(page.get_by_label("Германия")).to_have_count(1)


def test_escape_closes_the_menu_and_gives_the_focus_back(
    shared: RunningDashboard, page: Page
) -> None:
    page.goto(shared.url)
    summary = page.get_by_label("Language and theme")
    summary.press("Enter")
    expect(page.get_by_role("button", name="Dark")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Dark")).to_be_hidden()
    expect(summary).to_be_focused()
    summary.press("Enter")
    page.keyboard.press("Shift+Tab")  # who leaves it closes it, too
    expect(page.get_by_role("link", name="Gallery")).to_be_focused()
    expect(page.get_by_role("button", name="Dark")).to_be_hidden()


def test_keys_of_the_browser_are_left_to_it(shared: RunningDashboard, page: Page) -> None:
    job_id = shared.submit(codes=["BR", "FR"])
    shared.finished(job_id)
    for path, lists in (
        (f"/jobs/{job_id}", ("[data-mosaic] .tile", "[data-log] .entry-line")),
        ("/", ("[data-picker] [data-list] input",)),
    ):
        page.goto(shared.url + path)
        for log in page.locator("[data-fold=log] > summary").all():
            log.click()
        for of_list in lists:
            first = page.locator(of_list).first
            first.focus()
            for key in ("Alt+ArrowDown", "Control+End", "Meta+PageDown"):
                page.keyboard.press(key)
                expect(first).to_be_focused()
            page.keyboard.press("End")
            expect(first).not_to_be_focused()


# Whether nothing lies over what has the focus.
IN_SIGHT = """() => {
    const focused = document.activeElement;
    const { left, top, width, height } = focused.getBoundingClientRect();
    return focused.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}"""


def test_what_has_the_focus_is_not_behind_what_sticks_to_the_top(
    shared: RunningDashboard, new_page: Callable[..., Page]
) -> None:
    job_id = shared.submit(codes=["a", "b", "c", "d"])
    shared.finished(job_id)
    page = new_page(viewport={"width": 640, "height": 360}, reduced_motion="reduce")
    for path, squares in (
        (f"/jobs/{job_id}", "[data-mosaic] .tile"),
        ("/", "[data-picker] [data-list] input[name=codes]"),
    ):
        page.goto(shared.url + path)
        page.locator(squares).nth(60).focus()
        for _ in range(12):
            page.keyboard.press("ArrowUp")
            page.wait_for_function(IN_SIGHT)


def test_a_download_by_keyboard_alone(shared: RunningDashboard, page: Page) -> None:
    """From an address to a saved flag: with Tab, letters, Enter and nothing else."""
    page.goto(shared.url)
    press_until(page, "Tab", "Skip")
    page.keyboard.press("Enter")
    press_until(page, "Tab", "Remove Top 20")
    page.keyboard.press("Enter")
    press_until(page, "Tab", "Search countries")
    page.keyboard.type("brazil")
    page.keyboard.press("Enter")
    press_until(page, "Tab", "Download 1 flag")
    page.keyboard.press("Enter")
    ended(page)
    press_until(page, "Tab", "BR Brazil, saved")
    assert (shared.downloads / "br.gif").exists()


def press_until(page: Page, key: str, name: str, most: int = 60) -> None:
    """Press a key until what has the focus bears a name."""
    focused = (
        "() => { const e = document.activeElement; return e.ariaLabel || e.textContent.trim(); }"
    )
    for _ in range(most):
        page.keyboard.press(key)
        if name in page.evaluate(focused):
            return
    pytest.fail(f"{key} never comes to {name!r}")
