"""A job's log in a real Chromium: its rows are found, unfold, and stay while someone reads.

tests/js has more tests of its filter and its sentences.
"""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.support.browsing import module_url, rounded
from tests.support.running import SOME_FAIL, RunningDashboard

# Where an element ends on the page, however far the page is scrolled.
END = "element => element.getBoundingClientRect().bottom + scrollY"


def rows(page: Page) -> Locator:
    return page.locator("[data-log] .entry-line")


def open_log(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("[data-fold=log] > summary").click()
    # The module of the log is loaded now.
    expect(page.locator("[data-log]")).to_have_attribute("style", re.compile("--total"))


def codes(page: Page) -> list[str]:
    return page.locator("[data-log] .entry-line code").all_text_contents()


def test_a_row_is_found_unfolds_and_is_copied(
    shared: RunningDashboard, new_page: Callable[..., Page]
) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    job = shared.finished(shared.submit(**SOME_FAIL))
    in_order = sorted(job["items"], key=lambda item: item["finished"])
    failed, saved = (
        [item["cc"] for item in in_order if item["status"] == status] for status in ("error", "ok")
    )
    assert failed
    open_log(page, f"{shared.url}/jobs/{job['id']}")
    # A log that is opened after the end first shows the failed ones.
    expect(rows(page)).to_have_count(len(failed))
    assert codes(page) == failed
    for label, listed in (("saved", saved), ("all", [item["cc"] for item in in_order])):
        choice = page.locator("[data-log] label", has_text=label)
        choice.click()
        expect(choice).to_have_text(f"{label} {len(listed)}")
        expect(rows(page)).to_have_count(len(listed))
        assert codes(page) == listed
    search = page.get_by_role("searchbox", name="Search the log")
    search.fill("nobody")
    expect(page.locator("[data-no-entry]")).to_have_text("No entry matches.")
    expect(page.locator("[data-live]")).to_contain_text("match")
    search.fill("")
    # The list is one stop of the Tab key. Arrow keys move within it.
    search.press("Tab")
    page.keyboard.press("End")
    page.keyboard.press("Shift+Tab")
    expect(search).to_be_focused()
    search.press("Tab")
    expect(rows(page).last).to_be_focused()
    for key, at in (("Home", 0), ("ArrowDown", 1), ("ArrowUp", 0)):
        page.keyboard.press(key)
        expect(rows(page).nth(at)).to_be_focused()
    it_unfolds_and_is_copied(page, job, in_order[0])


def it_unfolds_and_is_copied(page: Page, job: dict[str, Any], item: dict[str, Any]) -> None:
    """Unfold the first row, where the focus is."""
    page.keyboard.press("Enter")
    expect(rows(page).first).to_have_attribute("aria-expanded", "true")
    more, cc = page.locator(".entry-more"), item["cc"]
    address = job["site"].replace("{cc}", cc.lower())
    for told in (f"Address{address}", f"Returned at{rounded(1000 * item['returned'], 1)} ms"):
        expect(more).to_contain_text(told)
    page.keyboard.press("Tab")
    expect(more.get_by_role("button", name="Copy")).to_be_focused()
    page.keyboard.press("Enter")
    expect(more.get_by_role("button", name="Copied")).to_be_focused()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{cc} ")
    assert f"\nAddress: {address}\n" in copied
    rows(page).first.click()
    expect(more).to_be_hidden()


# Shows a job in a log of the test's own, in place of the page's.
SHOW = """async ([modules, job]) => {
    const [{ Log }, { Views }, { Highlight }, { JobStore }] =
        await Promise.all(modules.map(module => import(module)));
    const old = document.querySelector('[data-log]');
    const root = old.cloneNode(true);
    old.replaceWith(root);
    window.store = new JobStore(job, () => 0);
    new Views([new Log(root, new Map(), new Highlight())]).show(store);
}"""
MODULES = ("parts/log/log", "parts/job/views", "model/highlight", "model/store")
# Each result is returned, but the last is held back.
COMES = """async number => {
    const at = store.done.length;
    const events = store.job.items.slice(at, at + number).flatMap(({ cc }) => [
        { type: 'flag_done', cc, status: 'ok', t: at, started: 0, finished: at, bytes: 1 },
        { type: 'flag_returned', cc, t: at },
    ]).slice(0, -1);
    store.apply(events.map((event, n) => ({ ...event, seq: store.job.seq + 1 + n })));
    for (let frames = 0; frames < 3; frames += 1) await new Promise(requestAnimationFrame);
}"""
TOP = "row => row.getBoundingClientRect().top"
SNAPSHOT = "() => store.replace(structuredClone(store.job))"


def running_job() -> dict[str, object]:
    blank = dict.fromkeys(("worker", "sent", "first_byte", "received", "returned", "finished"))
    items = [{**blank, "cc": f"X{n}", "status": "running", "started": 0} for n in range(10, 62)]
    counts = dict.fromkeys(("ok", "not_found", "error", "cancelled"), 0)
    known = {"state": "running", "ended": False, "concurrency": 52, "elapsed": 0, "returned": 0}
    spec = {"codes": [], "server": "LOCAL", "strategy": "map", "max_req": 52, "attempts": 1}
    job = {"id": "of the test", "total": len(items), "seq": 1, "site": "http://x", "report": ""}
    return {**job, **known, "counts": counts, "spec": spec, "items": items}


def test_who_reads_is_not_moved(shared: RunningDashboard, page: Page) -> None:
    open_log(page, f"{shared.url}/jobs/{shared.submit(codes=['FR'])}")
    expect(rows(page)).to_have_count(1)
    modules = [module_url(name) for name in MODULES]
    page.evaluate(SHOW, [modules, running_job()])
    expect(page.locator("[data-no-entry]")).to_contain_text("as its result comes")
    listed = page.locator("[data-entries]")
    listed.scroll_into_view_if_needed()
    panel = page.locator("[data-panel]")
    before = panel.evaluate(END)

    def comes(number: int, expected: int) -> None:
        page.evaluate(COMES, number)
        expect(page.locator("[data-log] label", has_text="all")).to_have_text(f"all {expected}")

    comes(20, 20)
    expect(rows(page).last).to_be_in_viewport()
    newest = page.get_by_role("button", name="To the newest")
    expect(newest).to_be_hidden()
    listed.evaluate("list => { list.scrollTop = 0; }")
    expect(newest).to_be_visible()
    comes(10, 30)
    assert listed.evaluate("list => list.scrollTop") == 0
    newest.press("Enter")
    expect(rows(page).last).to_be_in_viewport()
    expect(newest).to_be_hidden()
    # The focus goes to the list, where the next rows appear.
    expect(page.get_by_role("list", name="Log")).to_be_focused()
    comes(5, 35)
    expect(rows(page).last).to_be_in_viewport()
    read = rows(page).nth(28)
    read.focus()
    top = read.evaluate(TOP)
    comes(10, 45)
    assert read.evaluate(TOP) == top
    what_is_unfolded_stays_so(page)
    assert panel.evaluate(END) == before, "what comes moves nothing below"
    # A log that is opened in the middle of a job shows the newest.
    page.evaluate(SHOW, [modules, page.evaluate("store.job")])
    expect(rows(page)).to_have_count(45)
    expect(rows(page).last).to_be_in_viewport()


def what_is_unfolded_stays_so(page: Page) -> None:
    """Unfold a row and the 35th, which is held back, and focus a button in the 35th."""
    read, held = page.locator(".entry").nth(28), page.locator(".entry").nth(34)
    for entry in (read, held):
        entry.locator(".entry-line").click()
    held.get_by_role("button", name="Copy").focus()
    expect(held).not_to_contain_text("Returned at")
    returned = {"type": "flag_returned", "cc": codes(page)[34], "t": 1.2345}
    page.evaluate("event => store.apply([{...event, seq: store.job.seq + 1}])", returned)
    expect(held).to_contain_text("Returned at1,234.5 ms")
    expect(held.get_by_role("button", name="Copy")).to_be_focused()
    page.evaluate(SNAPSHOT)
    for entry in (read, held):
        expect(entry.locator(".entry-line")).to_have_attribute("aria-expanded", "true")
    expect(held.locator(".entry-line")).to_be_focused()
    for entry in (read, held):
        entry.locator(".entry-line").click()
