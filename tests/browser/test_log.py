"""The log of a job's panel: filter, search, and rows that unfold."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.support.browsing import rounded
from tests.support.running import FlagGate, RunningDashboard, wait_for
from tests.unit.model.test_log import log_of_two

# Where an element ends on the page, however far that is scrolled.
END = "element => element.getBoundingClientRect().bottom + scrollY"


def rows(page: Page) -> Locator:
    return page.locator("[data-log] .entry-line")


def open_log(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("[data-fold=log] > summary").click()
    # Its module comes now.
    expect(page.locator("[data-log]")).to_have_attribute("style", re.compile("--total"))


def codes(page: Page) -> list[str]:
    return page.locator("[data-log] .entry-line code").all_text_contents()


def test_it_lists_filters_and_searches(shared: RunningDashboard, page: Page) -> None:
    job = shared.finished(shared.submit(codes=["a", "BQ"], server="ERROR", max_req=10))
    open_log(page, f"{shared.url}/jobs/{job['id']}")
    expect(rows(page).first).to_be_visible()
    in_order = sorted(job["items"], key=lambda item: item["finished"])
    listed = page.locator("[data-log]")
    # The failed ones come first to who opens it when the job has ended.
    failed = job["counts"]["error"]
    assert failed
    expect(rows(page)).to_have_count(failed)
    expect(listed.get_by_role("radio", name="failed")).to_be_checked()
    listed.locator("label", has_text="all").click()
    expect(rows(page)).to_have_count(len(in_order))
    assert codes(page) == [item["cc"] for item in in_order]
    for status, label in (("ok", "saved"), ("not_found", "not found"), ("error", "failed")):
        number = job["counts"][status]
        listed.locator("label", has_text=label).click()
        expect(listed.locator("label", has_text=label)).to_have_text(f"{label} {number}")
        expect(rows(page)).to_have_count(number)
        wanted = [item["cc"] for item in in_order if item["status"] == status]
        assert codes(page) == wanted
    search = page.get_by_role("searchbox", name="Search the log")
    search.fill("503")
    expect(rows(page)).to_have_count(job["counts"]["error"])
    search.fill("nobody")
    expect(page.locator("[data-no-entry]")).to_have_text("No entry matches.")
    expect(listed.locator("label", has_text="cancelled")).to_be_hidden()  # there is none
    listed.locator("label", has_text="all").click()
    for words, code in ((" ANDÓRRA", "AD"), ("azerb", "AZ"), ("bq", "BQ"), ("uae", "AE")):
        search.fill(words)
        expect(rows(page)).to_have_count(1)
        expect(rows(page)).to_contain_text(code)
    expect(page.locator("[data-live]")).to_contain_text("match")


def test_a_row_unfolds_and_is_copied(
    shared: RunningDashboard, new_page: Callable[..., Page]
) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    job = shared.finished(shared.submit(codes=["FR", "JP", "QQ"], max_req=1, strategy="sequential"))
    open_log(page, f"{shared.url}/jobs/{job['id']}")
    # One stop of the Tab key, and arrows within.
    page.get_by_role("searchbox", name="Search the log").focus()
    page.keyboard.press("Tab")
    expect(rows(page).first).to_be_focused()
    page.keyboard.press("End")
    expect(rows(page).last).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(rows(page).first).to_be_focused()
    page.keyboard.press("Enter")
    expect(rows(page).first).to_have_attribute("aria-expanded", "true")
    more = page.locator(".entry-more")
    item = job["items"][0]
    assert item["cc"] == "FR"
    for told in (f"{job['site']}/fr/fr.gif", "Message\nOK", "Attempts\n1", "Worker\n0"):
        expect(more).to_contain_text(told.replace("\n", ""))
    phases = ("started", "sent", "first_byte", "received", "finished", "returned")
    terms = ("Started at", "Sent at", "First byte at", "Received at", "Saved at", "Returned at")
    for term, phase in zip(terms, phases, strict=True):
        expect(more).to_contain_text(f"{term}{rounded(1000 * item[phase], 1)} ms")
    expect(more).to_contain_text(f"{item['bytes']:,} bytes")
    page.keyboard.press("Tab")
    expect(more.get_by_role("button", name="Copy")).to_be_focused()
    page.keyboard.press("Enter")
    expect(more.get_by_role("button", name="Copied")).to_be_focused()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("FR France: saved\nMessage: OK\n")
    assert f"Address: {job['site']}/fr/fr.gif" in copied
    rows(page).first.click()
    expect(more).to_be_hidden()


def test_who_reads_is_not_moved(gated: RunningDashboard, gate: FlagGate, page: Page) -> None:
    job_id = gated.submit(codes=["a", "b"], server="GATE", max_req=50)
    open_log(page, f"{gated.url}/jobs/{job_id}")
    expect(page.locator("[data-no-entry]")).to_contain_text("as its result comes")
    panel = page.locator("[data-panel]")
    page.locator("[data-log]").scroll_into_view_if_needed()
    # What is above the log has its final height now.
    expect(page.locator("[data-said=running]")).to_contain_text("50 of 50 worker threads busy")
    expect(page.locator("[data-pill]")).to_have_text("Live")
    before = panel.evaluate(END)
    gate.let(20)
    expect(rows(page)).to_have_count(20)
    expect(rows(page).last).to_be_in_viewport()
    newest = page.get_by_role("button", name="To the newest")
    expect(newest).to_be_hidden()
    page.locator("[data-entries]").evaluate("list => { list.scrollTop = 0; }")
    expect(newest).to_be_visible()
    gate.let(10)
    expect(page.locator("[data-log] label", has_text="all")).to_have_text("all 30")
    assert page.locator("[data-entries]").evaluate("list => list.scrollTop") == 0
    newest.press("Enter")
    expect(rows(page).last).to_be_in_viewport()
    expect(newest).to_be_hidden()
    # The focus goes where the next ones are still seen to come.
    expect(page.get_by_role("list", name="Log")).to_be_focused()
    gate.let(5)
    expect(page.locator("[data-log] label", has_text="all")).to_have_text("all 35")
    expect(rows(page).nth(34)).to_be_in_viewport()
    # Who is in a row isn't moved either.
    rows(page).nth(28).focus()
    gate.let(10)
    expect(page.locator("[data-log] label", has_text="all")).to_have_text("all 45")
    expect(rows(page).nth(28)).to_be_in_viewport()
    after = panel.evaluate(END)
    assert after == before, "what comes moves nothing below"
    page.reload()  # a page that is loaded in the middle of a job shows the newest
    page.locator("[data-entries]").scroll_into_view_if_needed()
    expect(rows(page)).to_have_count(45)
    expect(rows(page).last).to_be_in_viewport()


# A socket that says what the test wants; with its heartbeat, the page waits for hours.
SOCKET = """
    window.hear = message => socket.dispatchEvent(
        new MessageEvent('message', { data: JSON.stringify(message) }));
    window.WebSocket = class extends EventTarget {
        constructor() {
            super();
            window.socket = this;
            setTimeout(() => hear({ type: 'heartbeat', seconds: 9999 }));
        }
        close() {}
    };
"""
HEAR = "message => hear(message)"


def test_a_snapshot_and_news_leave_who_reads_an_entry_there(
    gated: RunningDashboard, gate: FlagGate, page: Page
) -> None:
    job_id = gated.submit(codes=["BR", "CN", "FR", "IN"], server="GATE", strategy="map", max_req=4)

    def job_once_done(*codes: str) -> dict[str, Any]:
        for cc in codes:
            gate.let_one(cc)

        def done() -> dict[str, Any] | None:
            job = gated.job(job_id)
            finished = {item["cc"] for item in job["items"] if item["finished"]}
            return job if finished >= set(codes) else None

        return wait_for(done)

    job_once_done("CN", "FR")
    page.add_init_script(SOCKET)
    open_log(page, f"{gated.url}/jobs/{job_id}")
    expect(rows(page)).to_have_count(2)
    for row in (rows(page).first, rows(page).last):
        row.click()
    job = job_once_done("IN")
    page.evaluate(HEAR, {"type": "snapshot", "job": job})
    expect(rows(page)).to_have_count(3)
    for row in (rows(page).first, rows(page).nth(1)):
        expect(row).to_have_attribute("aria-expanded", "true")
    expect(row).to_be_focused()
    entry = page.locator(".entry").nth(1)
    expect(entry).to_contain_text("Saved at")
    expect(entry).not_to_contain_text("Returned at")  # it is held back
    entry.get_by_role("button", name="Copy").focus()
    returned = {"type": "flag_returned", "cc": codes(page)[1], "t": 1.2345, "seq": job["seq"] + 1}
    page.evaluate(HEAR, {"type": "events", "events": [returned]})
    expect(entry).to_contain_text("Returned at1,234.5 ms")
    expect(entry.get_by_role("button", name="Copy")).to_be_focused()


def test_why_it_failed_is_said_in_the_reader_s_language(
    shared: RunningDashboard, page: Page
) -> None:
    log = log_of_two()
    log["events"][2] |= {"status": "error", "detail": "refused"}
    end = {"state": "failed", "detail": "KeyError('x')", "counts": {"ok": 0, "error": 2}}
    log["events"][6] |= end
    job_id = shared.post("/api/jobs/import", log).json()["id"]
    page.context.add_cookies([{"name": "language", "value": "ru", "url": shared.url}])
    open_log(page, f"{shared.url}/jobs/{job_id}")
    bug = page.locator("[data-detail]")  # whose name is no sentence
    expect(bug).to_have_text("Задание остановилось из-за ошибки в flagdl: KeyError('x')")
    expect(bug.locator("code")).to_have_text("KeyError('x')")
    refused = "в соединении отказано"
    rows(page).first.click()
    expect(page.locator(".entry-more dd").first).to_have_text(refused)
    page.locator("[data-log] [type=search]").fill(refused)
    expect(rows(page)).to_have_count(1)
    page.locator("[data-stage]").press("Home")
    expect(page.locator("[data-stage]")).to_have_attribute("aria-valuetext", re.compile(refused))
