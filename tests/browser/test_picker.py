"""Picking countries: search, ranges, keyboard, what was used before; and without scripts."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from flagdl.model.codes import countries
from tests.support.browsing import ended, press_download
from tests.support.running import RunningDashboard

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


def chosen(page: Page, number: int) -> None:
    promise = re.compile(rf"\b{number}\b" if number else "Pick something")
    expect(page.locator("[data-promise]")).to_have_text(promise)


def begin(page: Page, dashboard: RunningDashboard, query: str = "?select=codes") -> None:
    """Open the form with nothing chosen, once its script is at work."""
    page.goto(f"{dashboard.url}/{query}")
    expect(page.locator("[data-chips] button")).not_to_have_count(0)


def begin_search(page: Page, dashboard: RunningDashboard) -> None:
    """Open the form, and wait for the names that the first search loads."""
    begin(page, dashboard)
    search(page).fill("deutschland")
    expect(boxes(page)).to_have_count(1)


def test_search_by_name_code_capital_continent_and_other_names(
    shared: RunningDashboard, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    begin_search(page, shared)
    assert found(page, "afr") == AFRICA  # the countries with that in their name are there as well
    for query, cc in (
        ("brazil", "BR"),
        ("brasilia", "BR"),
        ("czech rep", "CZ"),
        ("cote d'iv", "CI"),
    ):
        assert found(page, query) == 1, query
        assert boxes(page).get_attribute("value") == cc
    # What fits best comes first, and what fits less well comes later: it is not hidden.
    for query, cc in (("land", "TF"), ("usa", "US"), ("uk", "GB"), ("holland", "NL")):
        search(page).fill(query)
        expect(boxes(page).first).to_have_value(cc)
    assert found(page, "bra") > 1
    expect(boxes(page).first).to_have_value("BR")
    expect(page.get_by_role("checkbox", name="Gibraltar")).to_be_visible()
    assert [found(page, query) for query in ("braltar", "")] == [1, len(countries())]
    expect(boxes(page).first).to_have_value("DZ")
    assert found(page, "nowhere") == 0
    expect(page.locator("[data-no-match]")).to_have_text("No country matches “nowhere”.")
    assert found(page, "zw") == 1
    expect(page.locator("[data-no-match]")).to_be_hidden()
    russian = new_page(locale="ru-RU")
    begin_search(russian, shared)
    for query in ("афр", "africa"):
        assert found(russian, query) == AFRICA
    for query in ("бразилия", "brazil", "brasilia"):
        assert found(russian, query) == 1


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("brazil", "Add Brazil. 1 country matches"),
        ("afri", "Add Africa: 59 countries. 59 countries match"),
        ("zz", "Add the code ZZ"),
        ("br, zz qq", "Add the codes BR, ZZ, QQ"),
        ("z", "Add 26 codes: ZA to ZZ"),
        ("z q", "Add 52 codes"),
        ("nowhere", "No country matches “nowhere”."),
    ],
)
def test_what_a_search_finds_is_announced(
    shared: RunningDashboard, page: Page, query: str, said: str
) -> None:
    begin(page, shared)
    search(page).fill(query)
    expect(page.locator("[data-live]")).to_have_text(said)


def test_codes_of_no_country_heed_the_search(shared: RunningDashboard, page: Page) -> None:
    page.goto(f"{shared.url}/?codes=FR+QQ")
    others = page.locator("[data-others]")
    expect(others).to_contain_text("QQ")
    search(page).fill("fra")
    expect(others).to_be_hidden()
    page.get_by_role("checkbox", name=re.compile("France")).first.uncheck()
    chosen(page, 1)
    expect(others).to_be_hidden()
    search(page).fill("qq")
    expect(others.get_by_role("checkbox", name="QQ")).to_be_checked()


def test_two_words_are_a_name_before_they_are_codes(shared: RunningDashboard, page: Page) -> None:
    begin(page, shared)
    for words, number in (("el sa", 1), ("us, br", 3), ("uk", 4), ("africa", 4 + AFRICA)):
        search(page).fill(words)
        search(page).press("Enter")
        chosen(page, number)


def test_the_first_pick_of_a_search_replaces_the_preset_of_a_fresh_page(
    shared: RunningDashboard, page: Page
) -> None:
    page.goto(shared.url)
    expect(page.get_by_role("button", name="Remove Top 20")).to_be_visible()
    offer = page.locator("[data-offer]")
    for query, cc, offered, number in (
        ("fra", "FR", "Pick only France", 1),
        ("usa", "US", "Add United States", 2),
    ):
        search(page).fill(query)
        expect(offer).to_have_text(offered)
        search(page).press("Enter")
        chosen(page, number)
        expect(page.locator(f"[data-list] input[value={cc}]")).to_be_checked()
    expect(offer).to_have_text("Add United States")
    expect(page.locator("[data-promise]")).to_have_text("Download 2 flags")
    # What the reader chose, here or in the address, stays.
    expect(page).to_have_url(re.compile(r"\?codes=FR.+US$"))
    page.reload()
    search(page).fill("germ")
    expect(offer).to_have_text("Add Germany")
    search(page).press("Enter")
    chosen(page, 3)


def test_a_preset_that_the_reader_pressed_stays(shared: RunningDashboard, page: Page) -> None:
    page.goto(shared.url)
    page.get_by_role("button", name="Pick only All").click()
    search(page).fill("qq")
    search(page).press("Enter")
    chosen(page, len(countries()) + 1)


def test_the_keys_of_an_input_method_pick_nothing(shared: RunningDashboard, page: Page) -> None:
    begin(page, shared)
    search(page).focus()
    keyboard = page.context.new_cdp_session(page)
    composed = {"selectionStart": 2, "selectionEnd": 2}
    keyboard.send("Input.imeSetComposition", {"text": "日本", **composed})
    expect(boxes(page).first).to_have_value("JP")
    for key in ("Enter", "ArrowDown"):
        search(page).dispatch_event("keydown", {"key": key, "isComposing": True})
    keyboard.send("Input.insertText", {"text": "日本"})
    # In Safari, the composition has ended before the key that ends it.
    search(page).dispatch_event("keydown", {"key": "Enter", "keyCode": 229})
    expect(search(page)).to_have_value("日本")
    expect(search(page)).to_be_focused()
    chosen(page, 0)
    search(page).press("Enter")
    chosen(page, 1)


def test_clicks_with_shift_take_everything_in_between(shared: RunningDashboard, page: Page) -> None:
    begin(page, shared)
    rows = page.locator("[data-list] label.country:visible")
    rows.nth(2).click()
    rows.nth(6).click(modifiers=["Shift"])  # on the label, of which browsers differ
    assert picked(page) == [2, 3, 4, 5, 6]
    boxes(page).nth(4).click(modifiers=["Shift"])  # unticks from the last click to this one
    assert picked(page) == [2, 3]
    chosen(page, 2)
    assert page.evaluate("String(getSelection())") == ""
    # In the order in sight: what the search hides is left out.
    while page.locator(".is-chosen").count():
        page.locator(".is-chosen").first.click()
    search(page).fill("africa")
    expect(boxes(page)).to_have_count(AFRICA)
    rows.nth(5).click()
    rows.nth(1).click(modifiers=["Shift"])
    assert picked(page) == [1, 2, 3, 4, 5]
    chosen(page, 5)


def test_ranges_by_keyboard(shared: RunningDashboard, page: Page) -> None:
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
    # One stop of the Tab key, also when the search hides where the focus was.
    search(page).fill("fra")
    page.keyboard.press("Tab")  # the offer
    page.keyboard.press("Tab")
    expect(page.locator("[data-list] :focus")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(page.locator("[data-list] :focus")).to_have_count(0)


def test_what_was_started_before_can_be_picked_again(shared: RunningDashboard, page: Page) -> None:
    local = f"{shared.url}/?server=LOCAL"
    page.goto(local)
    press_download(page, 20)  # there is a button for these anyway
    page.wait_for_url("**/jobs/*")
    ended(page)  # else the next page has a line about the job that runs
    page.goto(local)
    chips = page.locator("[data-chips] button")
    expect(chips).to_have_text(["Top 20 ×", "All 252"])
    top = search(page).evaluate(PLACE)
    chips.first.click()
    page.get_by_role("checkbox", name="All of Africa").check()
    press_download(page, AFRICA)
    page.wait_for_url("**/jobs/*")
    ended(page)  # else the next page has a line about the job that runs
    page.goto(f"{shared.url}/?codes=BR&server=LOCAL")
    press_download(page, 1)
    page.wait_for_url("**/jobs/*")
    ended(page)  # else the next page has a line about the job that runs
    page.goto(local)
    expect(chips).to_have_text(["Top 20 ×", "All 252", "BR", f"Africa {AFRICA}"])
    assert search(page).evaluate(PLACE) == top
    chips.last.click()
    chosen(page, AFRICA)
    expect(chips).to_have_text([f"Africa {AFRICA} ×", "Top 20", "All 252", "BR"])


def test_what_the_browser_kept_may_be_nonsense(shared: RunningDashboard, page: Page) -> None:
    page.goto(shared.url)
    for kept in ("{", '[1, null, "", "../x"]'):
        page.evaluate("kept => localStorage.setItem('recent', kept)", kept)
        begin(page, shared)
        expect(page.locator("[data-chips] button")).to_have_text(["Top 20", "All 252"])
    page.evaluate("kept => localStorage.setItem('recent', kept)", json.dumps(["B", "FR x1", "c"]))
    begin(page, shared)
    chips = ["Top 20", "All 252", "B… 26", "C… 26"]
    expect(page.locator("[data-chips] button")).to_have_text(chips)


@pytest.mark.console_errors("400")
def test_without_scripts(shared: RunningDashboard, new_page: Callable[..., Page]) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(shared.url)
    expect(search(page)).to_be_hidden()
    expect(page.get_by_role("button", name="Every code")).to_be_hidden()
    further = page.get_by_label("Further codes or letters")
    further.fill("X fra")
    page.get_by_role("checkbox", name="Algeria").check()
    expect(page.get_by_text("half a second each")).to_be_visible()
    page.get_by_label("Connections at once", exact=True).fill("60")
    page.get_by_role("button", name="Download").click()
    problem = page.locator("[data-problem-of=codes]")
    expect(problem).to_contain_text("“fra” is no code")
    assert further.evaluate(PLACE) < problem.evaluate(PLACE) < further.evaluate(PLACE) + 60
    expect(page.locator(".site-nav [aria-current]")).to_have_text("Download")
    # What was entered is still there; only what is wrong has to be mended.
    expect(further).to_be_focused()
    expect(further).to_have_value("X fra")
    expect(page.get_by_role("checkbox", name="Algeria")).to_be_checked()
    expect(page.get_by_label("Connections at once", exact=True)).to_have_value("60")
    further.fill("X fr")
    page.get_by_role("button", name="Download").click()
    expect(page).to_have_url(re.compile(r"/jobs/\d+$"))
    spec = shared.job(page.url.rsplit("/", 1)[1])["spec"]
    assert (len(spec["codes"]), spec["server"], spec["max_req"]) == (26 + 21, "DELAY", 60)
    page.goto(shared.url)
    page.get_by_label("Download", exact=True).select_option("all")
    page.locator("details.more summary").click()
    page.get_by_label("Limit").fill("3")
    page.get_by_role("button", name="Download").click()
    expect(page).to_have_url(re.compile(r"/jobs/\d+$"))
    assert shared.job(page.url.rsplit("/", 1)[1])["spec"]["codes"] == ["AD", "AE", "AF"]


@pytest.mark.console_errors("400")
def test_a_problem_goes_once_its_field_is_changed(shared: RunningDashboard, page: Page) -> None:
    begin(page, shared, "?limit=5000")
    limit = page.get_by_label("Limit")
    problem = page.locator("[data-problem-of=limit]")
    expect(limit).to_be_focused()
    expect(problem).to_have_text("A whole number from 1 to 1,000.")
    limit.fill("5")
    expect(problem).to_be_empty()
    press_download(page, 5)
    ended(page)
