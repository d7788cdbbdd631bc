"""Picking countries: search, ranges, keyboard, what was used before; and without scripts."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from flagdl.model.codes import countries
from tests.browser.test_presses import assert_one_more, hold_enter, newest
from tests.support.browsing import choose, press_download
from tests.support.running import RunningDashboard, wait_for

PLACE = "element => element.getBoundingClientRect().top + scrollY"
AFRICA = sum(country.continent == "Africa" for country in countries().values())


def search(page: Page) -> Locator:
    return page.locator("[data-search]")


def boxes(page: Page) -> Locator:
    """Return the boxes of codes that are in sight, from top to bottom."""
    return page.locator("[data-list] input[name=codes]:visible")


def found(page: Page, query: str) -> int:
    search(page).fill(query)
    return boxes(page).count()


def picked(page: Page) -> list[int]:
    """Return which of the boxes are ticked, by their place in the list."""
    ticked: list[int] = boxes(page).evaluate_all(
        "boxes => boxes.flatMap((box, at) => box.checked ? [at] : [])"
    )
    return ticked


def paste(field: Locator, text: str) -> None:
    field.evaluate(
        """(field, text) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text", text);
            const event = new ClipboardEvent("paste", { clipboardData, cancelable: true });
            if (field.dispatchEvent(event)) field.value = text;
        }""",
        text,
    )


def chosen(page: Page, number: int) -> None:
    promise = re.compile(rf"\b{number}\b" if number else "Pick something")
    expect(page.locator("[data-promise]")).to_have_text(promise)


def begin(page: Page, dashboard: RunningDashboard, query: str = "?select=codes") -> None:
    """Open the form with nothing chosen, and wait for its script."""
    page.goto(f"{dashboard.url}/{query}")
    expect(page.locator("[data-chips] button")).not_to_have_count(0)


def test_a_search_finds_names_in_both_languages_and_hides_the_rest(
    shared: RunningDashboard, page: Page
) -> None:
    page.context.add_cookies([{"name": "language", "value": "ru", "url": shared.url}])
    begin(page, shared)
    search(page).fill("deutschland")
    expect(boxes(page)).to_have_count(1)  # the first search loads names
    for query in ("афр", "africa"):  # countries with that in their name are in Africa, too
        assert found(page, query) == AFRICA
    assert found(page, "brasilia") == 1
    # The best match comes first. A weaker match comes later, and is not hidden.
    assert found(page, "бра") > 1
    expect(boxes(page).first).to_have_value("BR")
    expect(page.locator("[data-list] input[value=GI]")).to_be_visible()
    assert [found(page, query) for query in ("nowhere", "")] == [0, len(countries())]
    expect(boxes(page).first).to_have_value("AZ")


def test_what_a_search_finds_is_announced_and_picked_by_enter(
    shared: RunningDashboard, page: Page
) -> None:
    begin(page, shared, "?codes=FR")  # a choice in the address stays
    no_match, offer = page.locator("[data-no-match]"), page.locator("[data-offer]")
    live = page.locator("[data-live]")
    search(page).fill("nowhere")
    for place in (no_match, live):
        expect(place).to_have_text("No country matches “nowhere”.")
    search(page).press("Enter")
    chosen(page, 1)
    for query, offered, number in (
        ("brazil", "Add Brazil", 2),
        ("br, zz qq", "Add the codes BR, ZZ, QQ", 4),
        ("afri", f"Add Africa: {AFRICA} countries", 4 + AFRICA),
    ):
        search(page).fill(query)
        expect(offer).to_have_text(offered)
        search(page).press("Enter")
        chosen(page, number)
    expect(live).to_have_text(f"Add Africa: {AFRICA} countries. {AFRICA} countries match")
    expect(no_match).to_be_hidden()
    # Several codes show their countries, in this order.
    for query in ("fr de es", "fr,de;es"):
        search(page).fill(query)
        expect(boxes(page)).to_have_count(3)
        in_sight = boxes(page).evaluate_all("boxes => boxes.map(({ value }) => value)")
        assert in_sight == ["FR", "DE", "ES"]
    expect(offer).to_have_attribute("title", "Add the codes FR, DE, ES")  # there, it is cut
    search(page).fill("qq br")
    expect(offer).to_have_attribute("title", "")
    expect(boxes(page)).to_have_count(2)  # QQ of no country, which was picked above, and Brazil
    search(page).fill("afri")
    # The search filters codes of no country, too.
    others = page.locator("[data-others]")
    expect(others).to_be_hidden()
    search(page).fill("fra")
    page.get_by_role("checkbox", name=re.compile("France")).first.uncheck()
    chosen(page, 3 + AFRICA)
    expect(others).to_be_hidden()
    search(page).fill("qq")
    expect(others.get_by_role("checkbox", name="QQ")).to_be_checked()
    expect(others.get_by_role("checkbox", name="ZZ")).to_be_hidden()

    # The keys of an input method pick nothing.
    keyboard = page.context.new_cdp_session(page)
    composed = {"selectionStart": 2, "selectionEnd": 2}
    search(page).fill("")
    keyboard.send("Input.imeSetComposition", {"text": "日本", **composed})
    expect(boxes(page).first).to_have_value("JP")
    for key in ("Enter", "ArrowDown"):
        search(page).dispatch_event("keydown", {"key": key, "isComposing": True})
    keyboard.send("Input.insertText", {"text": "日本"})
    # In Safari, the composition ends before the event of the key that ends it.
    search(page).dispatch_event("keydown", {"key": "Enter", "keyCode": 229})
    expect(search(page)).to_have_value("日本")
    expect(search(page)).to_be_focused()
    chosen(page, 3 + AFRICA)
    search(page).press("Enter")
    chosen(page, 4 + AFRICA)

    # A list of names may be a column of a table. The page names what is not a country.
    paste(search(page), "Peru\r\nBrazil\nNowhere\n")
    expect(search(page)).to_have_value("Peru; Brazil; Nowhere")
    expect(no_match).to_have_text("No country matches “Nowhere”.")
    expect(boxes(page).first).to_be_in_viewport()
    expect(offer).to_have_text("Add Peru and Brazil")
    expect(live).to_have_text(re.compile("^Add Peru and Brazil.* No country matches “Nowhere”.$"))
    search(page).press("Enter")
    chosen(page, 5 + AFRICA)  # Brazil was chosen before
    search(page).fill("uk, us")
    expect(offer).to_have_text("Add United Kingdom and United States")
    # More lines than there are codes are no list of countries.
    paste(search(page), "A\n" * 677)
    expect(search(page)).to_have_value("A" * 677)


def test_ranges_by_keyboard_and_by_mouse(shared: RunningDashboard, page: Page) -> None:
    begin(page, shared)
    search(page).press("ArrowDown")
    expect(page.get_by_role("checkbox", name="All of Africa")).to_be_focused()
    for key in ("ArrowDown", "Space", "Shift+ArrowDown", "Shift+ArrowDown"):
        page.keyboard.press(key)
    assert picked(page) == [0, 1, 2]
    for key in ("ArrowDown", "ArrowDown", "Shift+Space"):
        page.keyboard.press(key)
    assert picked(page) == [0, 1, 2, 3, 4]
    expect(boxes(page).nth(4)).to_be_focused()
    page.keyboard.press("Shift+End")
    expect(boxes(page).last).to_be_focused()
    chosen(page, boxes(page).count())
    # The list is one stop of the Tab key, also when the search hides the focused row.
    search(page).fill("fra")
    page.keyboard.press("Tab")  # the offer
    page.keyboard.press("Tab")
    expect(page.locator("[data-list] :focus")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(page.locator("[data-list] :focus")).to_have_count(0)

    search(page).fill("")
    page.locator(".is-chosen").click()  # all of them
    chosen(page, 0)
    rows = page.locator("[data-list] label.country:visible")
    rows.nth(2).click()
    rows.nth(6).click(modifiers=["Shift"])  # on its label: there, browsers treat Shift differently
    assert picked(page) == [2, 3, 4, 5, 6]
    boxes(page).nth(4).click(modifiers=["Shift"])  # unticks from the last click to this one
    assert picked(page) == [2, 3]
    chosen(page, 2)
    assert page.evaluate("String(getSelection())") == ""
    # A range follows the order on the page. What the search hides is left out.
    search(page).fill("europe")
    expect(boxes(page).nth(60)).to_have_count(0)
    rows.nth(5).click()
    rows.nth(1).click(modifiers=["Shift"])
    assert picked(page) == [1, 2, 3, 4, 5]
    chosen(page, 7)


def test_what_was_started_before_can_be_picked_again(shared: RunningDashboard, page: Page) -> None:
    asked_for: list[str] = []

    def stay(route: Route) -> None:
        asked_for.append(route.request.url)
        route.fulfill(status=204)  # so the page of the job isn't shown

    page.route(re.compile(r"/jobs/\d+$"), stay)
    local = f"{shared.url}/?server=LOCAL&limit=1"
    page.goto(f"{local}&codes=CN+FR")
    page.evaluate("localStorage.recent = JSON.stringify(['BR'])")
    press_download(page, 1)
    page.wait_for_function("() => localStorage.recent === JSON.stringify(['CN FR', 'BR'])")
    wait_for(lambda: page.evaluate("1") and asked_for)
    # Else the next page has a line about the job that runs.
    shared.finished(asked_for[0].rpartition("/")[2])
    page.goto(local)
    chips = page.locator("[data-chips] button")
    expect(chips).to_have_text(["Top 20 ×", "All 252", "CN, FR", "BR"])
    top = search(page).evaluate(PLACE)
    chips.nth(2).click()
    expect(chips).to_have_text(["China ×", "France ×", "Top 20", "All 252", "BR"])
    assert search(page).evaluate(PLACE) == top  # they stay in one line
    # A pressed button is a choice of the reader: a search adds to it.
    search(page).fill("qq")
    search(page).press("Enter")
    expect(chips.nth(2)).to_have_text("QQ ×")
    # The top 20 are not remembered: they always have a button.
    page.get_by_role("button", name="Pick only Top 20").click()
    press_download(page, 1)
    wait_for(lambda: page.evaluate("1") and len(asked_for) == 2)
    assert page.evaluate("JSON.parse(localStorage.recent)") == ["CN FR", "BR"]


@pytest.mark.console_errors("400")
def test_without_scripts(shared: RunningDashboard, new_page: Callable[..., Page]) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(shared.url)
    expect(search(page)).to_be_hidden()
    expect(page.get_by_role("button", name="Every code")).to_be_hidden()
    expect(page.get_by_text("half a second each")).to_be_visible()
    delay = page.locator("#delay")
    expect(delay).to_be_hidden()
    choose(page, "LAB")
    delay.fill("9")
    choose(page, "DELAY")
    # A browser that refuses to send a number must be able to show its field.
    expect(delay).to_be_visible()
    delay.fill("0.01")
    expect(delay).to_be_hidden()
    further, connections = page.get_by_label("Further codes or letters"), page.locator("#max_req")
    further.fill("X fra")
    page.locator("input[value=DZ]").check()
    connections.fill("60")
    download = page.get_by_role("button", name="Download")
    download.press("Enter")
    problem = page.locator("[data-problem-of=codes]")
    expect(problem).to_contain_text("“fra” is not a code")
    assert further.evaluate(PLACE) < problem.evaluate(PLACE) < further.evaluate(PLACE) + 60
    # What was entered is still there. Only the wrong field must be corrected.
    expect(further).to_be_focused()
    expect(further).to_have_value("X fra")
    expect(page.locator("input[value=DZ]")).to_be_checked()
    expect(connections).to_have_value("60")
    further.fill("X fr")
    expect(page.get_by_label("Download", exact=True)).to_be_visible()  # all of a preset
    page.locator("details.more summary").press("Enter")
    page.get_by_label("Limit").fill("40")
    before = newest(shared)
    hold_enter(download)
    expect(page).to_have_url(re.compile(r"/jobs/\d+$"))
    assert_one_more(shared, page, before)
    spec = shared.job(page.url.rsplit("/", 1)[1])["spec"]
    assert (len(spec["codes"]), spec["server"], spec["max_req"]) == (40, "DELAY", 60)
