"""Accessibility: axe-core finds nothing in any theme or language; switches and keys work."""

from collections.abc import Callable
from itertools import cycle
from typing import Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from tests.support.browsing import ended, tiles
from tests.support.running import FlagGate, RunningDashboard, wait_for

ALL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Rules about colours and sizes. The other rules have the same result in every look.
OF_LOOKS = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"]
LOOKS: list[tuple[Literal["light", "dark"], int]] = [("light", 1280), ("dark", 390)]
# Similar elements are taken away: axe needs time for each. A job's form is that of the first page.
ALIKE = (
    "[data-continent]:nth-child(n+4), [data-country]:nth-child(n+3), .tile:nth-child(n+12),"
    ".flag-card:nth-child(n+8), [data-entries] .entry:nth-child(n+12), [data-change] form,"
    ".call:nth-of-type(n+5):not(:nth-last-of-type(-n+2))"
)
TAKE_AWAY = """alike => [...document.querySelectorAll(alike)].map(element => {
    const place = document.createComment('');
    element.replaceWith(place);
    return [element, place];
})"""
PUT_BACK = "taken => taken.forEach(([element, place]) => place.replaceWith(element))"


def violations(page: Page, rules: list[str] = ALL) -> list[str]:
    """Return what axe finds in what a page shows."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    taken = page.evaluate_handle(TAKE_AWAY, ALIKE)
    found = page.evaluate(
        "options => axe.run(options).then(({ violations }) => violations)",
        {"runOnly": rules, "resultTypes": ["violations"]},
    )
    taken.evaluate(PUT_BACK)
    return [
        f"{page.url} {each['id']}: {each['help']}: {node['target']} {node['html'][:150]}"
        for each in found
        for node in each["nodes"]
    ]


def jobs_of_all_kinds(dashboard: RunningDashboard, gate: FlagGate) -> tuple[str, str]:
    """Return an ended job, and a running one with a flag in every state that is possible."""
    ended = dashboard.submit(codes=["C"])
    dashboard.finished(ended)
    running = dashboard.submit(
        codes=["DE", "FR", "IT", "QQ", "UA", "US", "UY", "ZA"], server="GATE", max_req=3
    )
    for cc in ("DE", "FR", "QQ"):
        gate.let_one(cc)
    wait_for(lambda: dashboard.job(running)["counts"]["error"] == 1)
    return ended, running


def test_axe_finds_nothing(
    start: Callable[..., RunningDashboard], gate: FlagGate, page: Page
) -> None:
    dashboard = start()
    found: list[str] = []
    languages, looks = cycle(["en", "ru"]), cycle(LOOKS)
    take_on(page, *next(looks))

    def look_at(path: str = "") -> None:
        if path:
            url = dashboard.url + path
            page.context.add_cookies([{"name": "language", "value": next(languages), "url": url}])
            page.goto(url)
            page.wait_for_function(READY)
        found.extend(violations(page))
        take_on(page, *next(looks))
        found.extend(violations(page, OF_LOOKS))

    look_at("/jobs")  # there is nothing yet
    ended, running = jobs_of_all_kinds(dashboard, gate)
    expect(page.locator(".job-row")).to_have_count(2)
    look_at()
    for path in ("/?server=LAB", "/api", f"/jobs/compare?a={ended}&b={running}"):
        look_at(path)
    look_at(f"/jobs/{running}")
    page.locator("[data-cancel]").click()
    expect(tiles(page, "cancelled").first).to_be_visible()
    look_at()
    look_at("/gallery")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    expect(page.locator("[data-empty]")).to_be_visible()
    assert found + violations(page) == []


READY = "() => !document.querySelector('[data-panel][hidden], .comparison:not([data-ready])')"


def take_on(page: Page, theme: Literal["light", "dark"], width: int) -> None:
    """Give a page another look. Without motion, all colours change at once."""
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})


@pytest.mark.console_errors("404")
def test_axe_would_find_something(shared: RunningDashboard, page: Page) -> None:
    page.goto(f"{shared.url}/jobs/999999")  # a page with nothing else
    page.evaluate("() => document.querySelector('main').append(document.createElement('button'))")
    [found] = violations(page)
    assert "button-name" in found


@pytest.mark.console_errors("ERR_FAILED")
def test_a_theme_is_taken_at_once_and_kept(shared: RunningDashboard, page: Page) -> None:
    page.goto(f"{shared.url}/jobs")
    background = "() => getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    menu, dark = page.get_by_label("Language and theme"), page.get_by_role("button", name="Dark")
    menu.click()
    dark.click()
    page.wait_for_function(f"before => ({background})() !== before", arg=light)
    expect(dark).to_have_attribute("aria-pressed", "true")
    wait_for(lambda: any(cookie["name"] == "theme" for cookie in page.context.cookies()))
    page.reload()
    assert page.evaluate(background) != light
    menu.click()
    page.get_by_role("button", name="As the system").click()
    page.wait_for_function(f"light => ({background})() === light", arg=light)
    page.route("**/preferences", lambda route: route.abort())
    dark.click()  # without a server, on this page only
    page.wait_for_function(f"before => ({background})() !== before", arg=light)
    # Esc closes the menu and gives the focus back. Leaving the menu closes it, too.
    page.keyboard.press("Escape")
    expect(dark).to_be_hidden()
    expect(menu).to_be_focused()
    menu.press("Enter")
    expect(dark).to_be_visible()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("link", name="Gallery")).to_be_focused()
    expect(dark).to_be_hidden()


# Presses ArrowUp 12 times. Returns the focused element if something covers it.
WALK_UP = """async () => {
    const focused = () => document.activeElement;
    const isInSight = () => {
        const { left, top, width, height } = focused().getBoundingClientRect();
        return focused().contains(document.elementFromPoint(left + width / 2, top + height / 2));
    };
    const first = focused();
    for (let steps = 0; steps < 12; steps++) {
        focused().dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowUp', bubbles: true }));
        for (let frames = 0; !isInSight(); frames++) {
            if (frames === 100) return focused().outerHTML;
            await new Promise(requestAnimationFrame);
        }
    }
    return focused() === first ? 'it has not moved' : '';
}"""
# Whether the page ignores the browser's own keys, which must not move the focus.
LEFT_ALONE = """() => {
    const before = document.activeElement;
    const usual = { bubbles: true, cancelable: true };
    return [
        new KeyboardEvent('keydown', { key: 'ArrowDown', altKey: true, ...usual }),
        new KeyboardEvent('keydown', { key: 'End', ctrlKey: true, ...usual }),
        new KeyboardEvent('keydown', { key: 'PageDown', metaKey: true, ...usual }),
    ].every((event) => before.dispatchEvent(event) && document.activeElement === before);
}"""


def test_a_job_by_keys_in_a_small_window_and_in_the_colours_of_the_system(
    shared: RunningDashboard, new_page: Callable[..., Page]
) -> None:
    job_id = shared.submit(select="all", server="ERROR", max_req=250, attempts=1)
    shared.finished(job_id)
    page = new_page(viewport={"width": 640, "height": 360}, reduced_motion="reduce")
    page.goto(f"{shared.url}/jobs/{job_id}")
    for each in ("[data-change] > summary", "[data-fold=log] > summary"):
        page.locator(each).click()
    expect(page.locator("#log-error")).to_be_checked()  # the log's script has come
    page.locator("[for=log-all]").click()
    expect(page.locator("[data-chips]")).not_to_be_empty()  # the script of the form has come
    for of_list in (
        "[data-mosaic] .tile", "[data-log] .entry-line",
        "[data-picker] [data-list] input[name=codes]",
    ):  # fmt: skip
        page.locator(of_list).nth(60).focus()
        assert page.evaluate(WALK_UP) == ""
        page.locator(of_list).first.focus()
        assert page.evaluate(LEFT_ALONE)
    told_by_colour = [
        ".bar [data-status=ok]", ".bar [data-status=error]", ".tile[data-status=error]",
        "[data-counters] [data-status=error] .mark",
    ]  # fmt: skip
    usual = backgrounds(page, *told_by_colour)
    page.emulate_media(forced_colors="active")
    assert backgrounds(page, *told_by_colour) == usual
    around, current, outcome, number, choice, preset = backgrounds(
        page, ".site-head-row", ".site-nav [aria-current]", "[for=log-all]", "[for=log-all] b",
        ".btn-check:checked + .choice-label", ".preset.is-chosen",
    )  # fmt: skip
    assert around not in (current, outcome)
    assert number == "rgba(0, 0, 0, 0),none"
    assert choice == preset == current


def backgrounds(page: Page, *selectors: str) -> list[str]:
    """Return the background of the first element that matches each selector."""
    painted: list[str] = page.evaluate(
        """selectors => selectors.map(selector => {
            const { backgroundColor, backgroundImage } =
                getComputedStyle(document.querySelector(selector));
            return `${backgroundColor},${backgroundImage}`;
        })""",
        selectors,
    )
    return painted


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
    """Press a key until the focused element has a name."""
    focused = (
        "() => { const e = document.activeElement; return e.ariaLabel || e.textContent.trim(); }"
    )
    for _ in range(most):
        page.keyboard.press(key)
        if name in page.evaluate(focused):
            return
    pytest.fail(f"{key} never comes to {name!r}")
