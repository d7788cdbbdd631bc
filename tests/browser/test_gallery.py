"""The gallery in a real Chromium: find, fetch, select, take away, delete and undo, look at."""

import re
import zipfile
from collections.abc import Callable

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import CDPSession, Locator, Page, expect

from tests.support.running import GIF, ROOT, FlagGate, RunningDashboard

FLAGS = ROOT / "flagdl" / "origin" / "flags"
# Lets the page hear that a flag is gone before its deletion is answered.
LATE_DELETION = """() => {
    const real = window.fetch;
    window.fetch = async (...request) => {
        const answer = await real(...request);
        if (request[1]?.method !== 'DELETE') return answer;
        document.dispatchEvent(new Event('visibilitychange'));
        const absent = document.querySelector('[data-absent]');
        while (absent.hidden) await new Promise(requestAnimationFrame);
        return answer;
    };
}"""
FOCUSED = "() => document.activeElement.closest('[data-cc]')?.dataset.cc ?? null"


# All tests use the gallery of the shared dashboard, and each test finds it empty.
pytestmark = pytest.mark.usefixtures("nothing_saved")


def wait_for_focus(page: Page, cc: str) -> None:
    """Wait until the card of a code has the focus."""
    page.wait_for_function(f"cc => ({FOCUSED})() === cc", arg=cc)


def put(dashboard: RunningDashboard, *codes: str) -> None:
    """Save flags as jobs elsewhere do."""
    dashboard.downloads.mkdir(exist_ok=True)
    for cc in codes:
        source = FLAGS / f"{cc.lower()}.gif"
        target = dashboard.downloads / source.name
        target.write_bytes(source.read_bytes() if source.exists() else GIF)


def card(page: Page, cc: str) -> Locator:
    return page.locator(f'[data-cc="{cc}"]')


def box(page: Page, cc: str) -> Locator:
    return card(page, cc).locator("input")


def opener(page: Page, cc: str) -> Locator:
    return card(page, cc).locator(".card-open")


def saved(page: Page) -> Locator:
    return page.locator("[data-cc]:not([hidden]) a.card-open")


def shown(page: Page) -> list[str]:
    codes: list[str] = page.eval_on_selector_all(
        "[data-cc]:not([hidden])", "items => items.map((item) => item.dataset.cc)"
    )
    return codes


def selected(page: Page) -> list[str]:
    codes: list[str] = page.eval_on_selector_all(
        "[data-cc]:has(input:checked)", "items => items.map((item) => item.dataset.cc)"
    )
    return sorted(codes)


def on_server(dashboard: RunningDashboard) -> list[str]:
    return [flag["cc"] for flag in dashboard.get("/api/flags").json()["flags"]]


def search(page: Page, query: str) -> None:
    page.locator("[name=q]").fill(query)


def count(page: Page, text: str) -> None:
    """Wait until the page says how many are saved."""
    expect(page.locator("[data-count]")).to_have_text(text)


def violations(page: Page, part: str) -> list[object]:
    """Return what axe finds in a part of a page; tests/browser/test_access.py has whole pages."""
    page.evaluate(AXE_SCRIPT)
    found: list[object] = page.evaluate(
        "part => axe.run(part, { resultTypes: ['violations'] }).then((found) => found.violations)",
        part,
    )
    return found


def fetch_from(page: Page, **options: object) -> None:
    """Let the cards be fetched with other settings than the default."""
    page.route(
        "**/api/jobs",
        lambda route: route.continue_(post_data={**route.request.post_data_json, **options}),
    )


REBUILT = """root => {
    window.rebuilt = 0;
    const known = new Set(root.children);
    const isNew = ({ target, addedNodes }) =>
        target !== root || [...addedNodes].some(node => !known.has(node));
    new MutationObserver(records => { rebuilt += records.filter(isNew).length; })
        .observe(root, { childList: true, subtree: true });
}"""


def layouts(devtools: CDPSession) -> int:
    """Count how often the page has been laid out."""
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return sum(int(each["value"]) for each in metrics if each["name"] == "LayoutCount")


def test_what_is_looked_for_is_in_the_address(shared: RunningDashboard, page: Page) -> None:
    put(shared, "BR", "CN", "FR", "GF", "AA")
    (shared.downloads / "gf.gif").write_bytes(GIF + bytes(100_000))
    page.goto(f"{shared.url}/gallery?q=fr&sort=size&show=saved")
    count(page, "5 of 253 saved")
    assert shown(page) == ["GF", "FR"]
    expect(page.locator("[name=q]")).to_have_value("fr")
    figures = page.locator("[data-found]").all_inner_texts()
    assert figures[1] == "2"
    assert int(figures[0]) == int(figures[1]) + int(figures[2])
    zip_of_found = page.locator("[data-zip]")
    expect(zip_of_found).to_have_text("Zip of 2 flags")
    expect(zip_of_found).to_have_attribute("href", "/api/flags.zip?cc=GF&cc=FR")
    search(page, "nowhere")
    expect(page.get_by_text("No flag here matches.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?q=nowhere&sort=size&show=saved$"))
    page.locator("[data-clear-filter]").click()
    assert len(shown(page)) == 253
    expect(page).to_have_url(re.compile(r"/gallery\?sort=size$"))
    page.get_by_label("Order").select_option("By name")
    assert shown(page)[:6] == ["BR", "CN", "FR", "GF", "AA", "AF"]

    # A search moves cards. It rebuilds none, and does not cause a layout for each card.
    page.locator("[data-cards]").evaluate(REBUILT)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    before = layouts(devtools)
    search(page, "an")
    assert len(shown(page)) > 20
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    assert layouts(devtools) - before < 20
    assert page.evaluate("rebuilt") == 0
    page.get_by_label("Continent").select_option("Europe")
    page.locator("label[for=show-saved]").click()
    assert shown(page) == ["FR"]
    expect(page).to_have_url(re.compile(r"/gallery\?q=an&continent=Europe&show=saved$"))


@pytest.mark.console_errors("503")
def test_missing_flags_are_fetched_at_a_click_and_once_more_if_that_fails(
    gated: RunningDashboard, gate: FlagGate, page: Page
) -> None:
    page.goto(f"{gated.url}/gallery")
    nothing_yet = page.get_by_role("heading", name="No flag yet")
    expect(nothing_yet).to_be_visible()
    expect(page.locator("[data-zip]")).to_be_hidden()
    fetch_from(page, server="LAB", delay=0, errors=1, attempts=1)
    page.get_by_role("button", name="Download the top 20").click()
    failed, on_their_way = page.locator(".has-failed"), page.locator(".is-fetching")
    expect(failed).to_have_count(20)
    expect(failed.first).to_contain_text("503")
    expect(on_their_way).to_have_count(0)
    expect(page.locator("[data-live]")).to_have_text("20 flags could not be fetched.")

    page.unroute("**/api/jobs")
    fetch_from(page, server="GATE")
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.url) if request.post_data else None)
    before = shown(page)
    opener(page, "DE").click()
    expect(card(page, "DE")).to_contain_text("Fetching…")
    opener(page, "DE").click()  # it is on its way
    gate.let(1)
    expect(card(page, "DE").locator("img")).to_have_attribute(
        "src", re.compile(r"/flags/de\.gif\?v=\d+")
    )
    wait_for_focus(page, "DE")
    expect(opener(page, "DE")).to_have_attribute("tabindex", "0")
    count(page, "1 of 252 saved")
    expect(failed).to_have_count(19)
    expect(nothing_yet).to_be_hidden()
    assert shown(page) == before
    assert posted == [f"{gated.url}/api/jobs"]

    page.locator("label[for=show-missing]").click()
    search(page, "guinea")
    number = len(shown(page))
    assert number > 1
    page.get_by_role("button", name=f"Fetch {number} missing flags").click()
    expect(on_their_way).to_have_count(number)
    gate.open()
    expect(saved(page)).to_have_count(number)
    expect(page.locator("[data-fetch-missing]")).to_be_hidden()
    count(page, f"{number + 1} of 252 saved")


def test_selecting_with_the_mouse(shared: RunningDashboard, page: Page) -> None:
    put(shared, "BR", "CN", "DE", "FR", "IN", "US")
    page.goto(f"{shared.url}/gallery")
    opener(page, "CN").hover()
    corner, picture = (card(page, "CN").locator(part).bounding_box() for part in ("input", "img"))
    assert corner
    assert picture
    # The box is in the corner where it hides least of the flag.
    assert corner["x"] > picture["x"] + picture["width"] / 2
    assert corner["y"] > picture["y"] + picture["height"] / 2
    page.get_by_label("Select China").click()
    box(page, "IN").click(modifiers=["Shift"])
    assert selected(page) == ["CN", "DE", "FR", "IN"]
    box(page, "DE").click(modifiers=["Shift"])  # the last click sets the end of the range
    assert selected(page) == ["CN", "DE", "FR"]
    box(page, "FR").click()
    assert selected(page) == ["CN", "DE"]
    bar = page.get_by_role("region", name="Selected flags")
    expect(bar).to_contain_text("2 selected")
    bar = page.locator("[data-selection]")
    opener(page, "US").click(modifiers=["Shift"])
    assert selected(page) == ["CN", "DE", "FR", "IN", "US"]

    with page.expect_download() as download:
        bar.get_by_text("Zip").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.namelist() == ["cn.gif", "de.gif", "fr.gif", "in.gif", "us.gif"]
    search(page, "china")
    expect(bar).to_contain_text("5 selected, 4 of them not shown")
    search(page, "")
    bar.get_by_text("Select all 6").click()
    expect(bar).to_contain_text("6 selected")
    bar.locator("[data-clear]").click()
    expect(bar).to_be_hidden()
    assert selected(page) == []


def test_selecting_deleting_and_undoing_with_the_keyboard(
    shared: RunningDashboard, page: Page
) -> None:
    put(shared, "BR", "CN", "DE", "FR", "IN", "US")
    page.goto(f"{shared.url}/gallery?show=saved&sort=code")
    page.keyboard.press("Delete")  # no card has the focus
    page.locator("#show-saved").focus()
    page.keyboard.press("Tab")
    wait_for_focus(page, "BR")
    page.keyboard.press("ArrowRight")
    for _ in range(2):  # held: that selects once
        page.keyboard.down("Space")
    page.keyboard.up("Space")
    assert selected(page) == ["CN"]
    assert {
        cc: opener(page, cc).evaluate("card => card.ariaDescription") for cc in ("BR", "CN")
    } == {
        "BR": None,
        "CN": "selected",
    }
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    assert selected(page) == ["CN", "DE", "FR", "IN"]
    page.keyboard.press("Shift+ArrowLeft")
    assert selected(page) == ["CN", "DE", "FR"]
    wait_for_focus(page, "FR")
    page.keyboard.press("Escape")
    assert selected(page) == []
    assert opener(page, "FR").evaluate("card => card.ariaDescription") is None
    page.keyboard.press("Control+a")
    assert selected(page) == ["BR", "CN", "DE", "FR", "IN", "US"]
    page.get_by_label("Language and theme").press("Enter")
    page.keyboard.press("Escape")  # closes the menu, and nothing else
    assert len(selected(page)) == 6
    opener(page, "FR").focus()
    page.keyboard.press("Escape")

    page.keyboard.down("Delete")  # nothing is selected: it deletes the focused one
    expect(page.get_by_role("region", name="Deleted flags")).to_contain_text("1 flag deleted")
    said = page.locator("[data-trash]")
    assert on_server(shared) == ["BR", "CN", "DE", "IN", "US"]
    assert shown(page) == ["BR", "CN", "DE", "IN", "US"]
    wait_for_focus(page, "IN")
    page.keyboard.down("Delete")  # still held: it deletes no other flag
    page.keyboard.up("Delete")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+End")
    page.keyboard.press("Delete")
    expect(said).to_contain_text("2 flags deleted")
    expect(page.locator("[data-live]")).to_contain_text("2 flags deleted")
    count(page, "3 of 252 saved")
    assert selected(page) == []
    page.keyboard.press("Control+z")  # the last deletion
    count(page, "5 of 252 saved")
    expect(said).to_contain_text("2 flags are back.")
    assert on_server(shared) == ["BR", "CN", "DE", "IN", "US"]
    assert shown(page) == ["BR", "CN", "DE", "IN", "US"]

    opener(page, "CN").press("Enter")
    viewer = page.locator("[data-viewer]")
    expect(viewer).to_contain_text("China")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    for _ in range(2):
        page.keyboard.down("Delete")
    expect(viewer.locator("[data-undo]")).to_be_visible()
    expect(said).to_be_hidden()  # the viewer offers the same
    assert asked.count("DELETE") == 1
    expect(viewer).to_contain_text("2 of 5 flags")  # the viewer keeps its place, for Next
    expect(viewer.locator("[data-next]")).to_be_enabled()
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    expect(said).to_be_visible()
    wait_for_focus(page, "BR")  # CN is out of sight


# A timer of more than 5 seconds runs when the test calls later().
LATER = """() => {
    const { setTimeout } = window;
    window.setTimeout = (act, ms) => (ms > 5000 ? (window.later = act) && 0 : setTimeout(act, ms));
}"""


def test_the_focus_outlasts_what_is_hidden(shared: RunningDashboard, page: Page) -> None:
    put(shared, "BR", "CN", "FR")
    page.goto(f"{shared.url}/gallery")
    page.evaluate(LATER)
    opener(page, "CN").focus()
    page.keyboard.press("Space")
    bar = page.locator("[data-selection]")
    bar.locator("[data-select-all]").press("Enter")
    expect(bar.locator("[data-clear]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(bar).to_be_hidden()
    wait_for_focus(page, "CN")
    page.keyboard.press("Space")
    bar.locator("[data-zip-selected]").focus()
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    wait_for_focus(page, "CN")

    said = page.locator("[data-trash]")
    dismiss = said.locator("[data-close]")
    opener(page, "FR").press("Delete")
    expect(said).to_contain_text("1 flag deleted")
    dismiss.press("Enter")
    expect(said).to_be_hidden()
    wait_for_focus(page, "FR")
    page.keyboard.press("Control+z")
    expect(said).to_contain_text("1 flag is back.")
    dismiss.focus()
    page.evaluate("later()")  # a message without Undo goes away by itself
    expect(said).to_be_hidden()
    wait_for_focus(page, "FR")

    search(page, "nowhere")
    page.locator("[data-clear-filter]").press("Enter")
    wait_for_focus(page, "FR")
    search(page, "andorra")
    page.locator("[data-fetch-missing]").press("Enter")
    wait_for_focus(page, "AD")


def test_all_that_is_selected_is_deleted_at_once(shared: RunningDashboard, page: Page) -> None:
    put(shared, "BR", "CN", "FR")
    page.goto(f"{shared.url}/gallery?show=saved")
    box(page, "BR").click(force=True)
    bar, said = (page.locator(f"[data-{name}]") for name in ("selection", "trash"))
    bar.get_by_text("Select all 3").click()
    assert violations(page, "[data-selection]") == []
    changes: list[str] = []
    page.on("request", lambda request: changes.append(request.method))
    bar.locator("[data-delete]").click()
    count(page, "0 of 252 saved")
    undo = said.locator("[data-undo]")
    expect(undo).to_be_focused()
    undo.press("Enter")
    count(page, "3 of 252 saved")
    assert [method for method in changes if method != "GET"] == ["DELETE", "POST"]
    assert on_server(shared) == ["BR", "CN", "FR"]
    wait_for_focus(page, "BR")

    box(page, "BR").click(force=True)
    double_click = "button => { button.click(); button.click(); }"  # before anything is answered
    bar.locator("[data-delete]").evaluate(double_click)
    expect(said).to_contain_text("1 flag deleted")
    undo.evaluate(double_click)
    expect(said).to_contain_text("1 flag is back.")
    assert changes.count("POST") == 2


def test_the_viewer(shared: RunningDashboard, page: Page) -> None:
    job = shared.submit(codes=["BR", "FR", "DE"])
    shared.finished(job)
    put(shared, "QQ")
    page.goto(f"{shared.url}/gallery?show=saved")
    opener(page, "FR").click()
    viewer = page.get_by_role("dialog", name="France FR")
    expect(viewer).to_contain_text("2 of 4 flags")
    for fact in ("Paris", "Europe", "320 × 240 pixels"):
        expect(viewer).to_contain_text(fact)
    expect(page).to_have_url(re.compile(r"/gallery\?show=saved#FR$"))
    expect(viewer.get_by_role("link", name=f"job {job}")).to_have_attribute("href", f"/jobs/{job}")
    with page.expect_download() as download:
        viewer.get_by_role("link", name="Download image").click()
    assert download.value.suggested_filename == "fr.gif"
    assert violations(page, "[data-viewer]") == []

    page.keyboard.press("ArrowRight")
    viewer = page.get_by_role("dialog", name="Germany DE")
    expect(viewer).to_be_visible()
    page.keyboard.press("Alt+ArrowRight")  # the browser's own shortcut
    expect(viewer).to_be_visible()
    viewer.get_by_role("button", name="Next flag").press("Enter")
    viewer = page.get_by_role("dialog", name="no country QQ")
    expect(viewer.get_by_role("button", name="Next flag")).to_be_disabled()
    expect(viewer.get_by_role("button", name="Next flag")).to_be_focused()
    page.keyboard.press("Enter")
    expect(viewer).to_be_visible()
    expect(viewer.get_by_role("link", name=re.compile("job"))).to_be_hidden()
    expect(page).to_have_url(re.compile(r"#QQ$"))
    for _ in range(12):  # the focus stays in it
        page.keyboard.press("Tab")
        assert page.evaluate(
            "() => [document.body, document.querySelector('dialog')]"
            ".includes(document.activeElement.closest('dialog, body'))"
        )
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    wait_for_focus(page, "QQ")
    page.wait_for_function("() => location.hash === ''")

    page.keyboard.press("Enter")
    expect(viewer).to_be_visible()
    page.evaluate(LATE_DELETION)
    viewer.get_by_role("button", name="Delete").click()
    expect(viewer.locator("[data-absent]")).to_have_text("Deleted")
    viewer.get_by_role("button", name="Undo").click()
    expect(viewer.get_by_role("button", name="Delete")).to_be_visible()
    page.keyboard.press("Delete")
    expect(viewer.locator("[data-absent]")).to_have_text("Deleted")
    page.keyboard.press("Control+z")
    expect(viewer.get_by_role("button", name="Delete")).to_be_visible()
    assert on_server(shared) == ["BR", "DE", "FR", "QQ"]
    page.go_back()
    expect(viewer).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/gallery\?show=saved$"))
    page.go_back()  # the closed viewer has left no history entry
    page.wait_for_url("about:blank")


# Touches the viewer, with one finger for each place. Returns the name shown after each touch.
TOUCHES = """(touches) => touches.map(([kind, ...fingers]) => {
    const target = document.querySelector('[data-viewer]');
    const points = fingers.map(([clientX, clientY], identifier) =>
        new Touch({ identifier, target, clientX, clientY }));
    const touches = kind === 'touchend' ? [] : points;
    target.dispatchEvent(new TouchEvent(kind, { touches, changedTouches: points }));
    return target.querySelector('[data-name]').textContent;
})"""


def test_from_a_link_to_a_flag_a_key_or_a_finger_goes_on_to_the_next_in_sight(
    shared: RunningDashboard, page: Page
) -> None:
    put(shared, "BR", "FR")
    page.goto(f"{shared.url}/gallery#BR")
    page.wait_for_function("() => document.activeElement.closest('dialog')")
    expect(page.get_by_role("dialog", name="Brazil BR")).to_be_visible()
    start = ("touchstart", (200, 300))
    scroll = [start, ("touchend", (100, 400))]
    pinch = [start, (*start, (220, 300)), ("touchend", (100, 300)), ("touchend", (320, 300))]
    swipes = [start, ("touchend", (100, 310)), start, ("touchend", (300, 310))]
    assert page.evaluate(TOUCHES, [*scroll, *pinch, *swipes]) == [
        *["Brazil"] * (len(scroll) + len(pinch) + 1), "France", "France", "Brazil",
    ]  # fmt: skip
    # While the page is magnified, a finger moves it.
    page.evaluate("Object.defineProperty(visualViewport, 'scale', { value: 2 })")
    assert page.evaluate(TOUCHES, swipes[:2]) == ["Brazil"] * 2
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-viewer] [data-name]")).to_have_text("France")
    page.keyboard.press("Escape")

    search(page, "brazil")
    page.goto(f"{shared.url}/gallery?q=brazil#FR")  # in the same document
    viewer = page.get_by_role("dialog", name="France FR")
    for step in ("next", "previous"):
        expect(viewer.locator(f"[data-{step}]")).to_be_disabled()
    for key in ("ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
        expect(viewer).to_be_visible()

    # The viewer fetches a missing flag, and says when a deletion can't be undone.
    page.goto(f"{shared.url}/gallery?q=brazil#TD")
    viewer = page.get_by_role("dialog", name="Chad TD")
    expect(viewer).to_contain_text("Not saved yet")
    fetch, undo = (viewer.locator(f"[data-{name}]") for name in ("fetch", "undo"))
    fetch.click()
    expect(viewer.locator("[data-download]")).to_be_visible()
    expect(viewer.locator("[data-close]")).to_be_focused()  # the other buttons were hidden
    page.keyboard.press("Delete")
    page.route("**/api/flags/restore?*", lambda route: route.fulfill(json={"restored": []}))
    undo.click()
    expect(viewer.get_by_role("alert")).to_have_text("The deletion can no longer be undone.")
    expect(fetch).to_be_visible()
    viewer.locator("[data-close]").click()
    expect(page).to_have_url(f"{shared.url}/gallery?q=brazil")


def test_an_open_gallery_notices_what_happens_elsewhere(
    shared: RunningDashboard, page: Page
) -> None:
    put(shared, "BR", "CN")
    page.goto(f"{shared.url}/gallery")
    box(page, "CN").click(force=True)
    page.locator("[data-zip-selected]").focus()
    shared.finished(shared.submit(codes=["DE", "AA"]))
    put(shared, "ZZ")
    shared.delete("/api/flags/CN")
    count(page, "3 of 253 saved")
    expect(card(page, "DE").locator("img")).to_be_visible()
    expect(card(page, "ZZ")).to_contain_text("no country")
    expect(opener(page, "CN")).to_have_role("button")
    assert selected(page) == []
    wait_for_focus(page, "CN")
    shared.delete("/api/flags/ZZ")
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")  # back in sight
    count(page, "2 of 252 saved")
    expect(card(page, "ZZ")).to_be_hidden()


@pytest.mark.console_errors("inline style", "favicon.ico")  # Chromium's own, around an image
def test_without_javascript_what_is_saved_is_there(
    shared: RunningDashboard, new_page: Callable[..., Page]
) -> None:
    put(shared, "BR", "FR")
    page = new_page(java_script_enabled=False)
    page.goto(f"{shared.url}/gallery")
    links = page.get_by_role("list", name="Flags").get_by_role("link")
    expect(links).to_have_count(2)
    expect(page.get_by_role("list", name="Flags").get_by_role("button")).to_have_count(0)
    expect(links.first).to_contain_text("Brazil")
    with page.expect_download() as download:
        page.get_by_role("link", name="Zip of 2 flags").click()
    assert download.value.suggested_filename == "flags.zip"
    page.get_by_role("searchbox").fill("france")
    page.get_by_role("button", name="Apply").click()
    expect(links).to_have_count(1)
    links.first.click()
    expect(page).to_have_url(re.compile(r"/flags/fr\.gif"))
