"""The history in a real Chromium: a list that is live, and two jobs side by side."""

import re
import sqlite3
from contextlib import closing

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from flagdl.jobs.scheduler import REMEMBERED
from tests.support.browsing import in_words, module_url
from tests.support.running import WITHIN, FlagGate, RunningDashboard, wait_for

HTML = {"Accept": "text/html"}


def row(page: Page, job_id: str) -> Locator:
    return page.locator(f"#job-{job_id}")


def box(page: Page, job_id: str) -> Locator:
    return page.get_by_role("checkbox", name=f"Compare job {job_id}", exact=True)


def done(dashboard: RunningDashboard, **options: object) -> str:
    """Do a job and return its id."""
    job_id = dashboard.submit(**options)
    dashboard.finished(job_id)
    return job_id


def quicker(dashboard: RunningDashboard, than: str, **options: object) -> str:
    """Do a job until it is clearly quicker than another (the machine may stall); return its id."""
    while True:
        job_id = done(dashboard, **options)
        if dashboard.job(job_id)["elapsed"] * 1.5 < dashboard.job(than)["elapsed"]:
            return job_id


def verdict(page: Page) -> Locator:
    return page.locator("[data-verdict]")


def test_a_job_from_elsewhere_appears_moves_and_is_cancelled_and_retried(
    gated: RunningDashboard, gate: FlagGate, page: Page
) -> None:
    page.goto(f"{gated.url}/jobs")
    job_id = gated.submit(codes=["BR", "CN", "FR", "IN"], server="GATE", max_req=2)
    listed = row(page, job_id)
    expect(listed).to_contain_text("GATE · as_completed · 4 flags · 2 connections")
    expect(listed).to_contain_text("Running")
    # Times have the format of the reader's region.
    expect(listed.locator("time")).to_have_text(re.compile(r"^\w+ \d+, \d{4}, \d+:\d\d\s[AP]M$"))
    # A new answer of the server does not undo what the reader has done meanwhile.
    listed.evaluate("row => { row.theSame = true; }")
    box(page, job_id).press("Space")
    for answers, saved in ((1, 1), (2, 3)):
        gate.let(answers)
        expect(listed).to_contain_text(f"{saved} saved")
    expect(box(page, job_id)).to_be_checked()
    expect(box(page, job_id)).to_be_focused()
    page.get_by_role("button", name=f"Cancel job {job_id}").press("Enter")
    expect(listed).to_contain_text("Cancelled")
    expect(listed.get_by_role("link")).to_be_focused()  # the row's buttons have changed
    assert listed.evaluate("row => row.theSame")
    gate.open()
    page.get_by_role("button", name=f"Retry 1 flag of job {job_id}").press("Enter")
    page.wait_for_url(re.compile(r"/jobs/\d+$"), wait_until="commit")
    retry = gated.job(page.url.rpartition("/")[2])
    assert (retry["retry_of"], retry["total"]) == (job_id, 1)


@pytest.mark.console_errors("503")
def test_a_deletion_can_be_undone_or_fail(shared: RunningDashboard, page: Page) -> None:
    kept, gone, left = (done(shared, codes=["FR"]) for _ in range(3))
    page.clock.install()
    page.goto(f"{shared.url}/jobs")

    def button(name: str, job_id: str) -> Locator:
        return page.get_by_role("button", name=f"{name} job {job_id}", exact=True)

    button("Delete", kept).press("Enter")
    button("Undo deleting", kept).press("Space")
    expect(button("Delete", kept)).to_be_focused()

    button("Delete", gone).press("Enter")
    expect(button("Undo deleting", gone)).to_be_focused()
    assert shared.get(f"/api/jobs/{gone}").status_code == 200
    page.clock.run_for(8000)
    expect(row(page, gone)).to_have_count(0)
    assert shared.get(f"/api/jobs/{gone}").status_code == 404
    expect(row(page, kept).get_by_role("link")).to_be_focused()  # the one that took its place

    answer = {"status": 503, "json": {"detail": "The disk is full."}}
    page.route(f"**/api/jobs/{left}", lambda route: route.fulfill(**answer))
    button("Delete", left).click()
    page.clock.run_for(8000)
    expect(page.locator("[data-problem]")).to_have_text("The disk is full.")
    page.unroute(f"**/api/jobs/{left}")

    # Leaving the page does not undo the deletion.
    button("Delete", left).click()
    expect(button("Undo deleting", left)).to_be_focused()
    page.mouse.down(click_count=2)  # nor does a double click: Undo is under the pointer now
    page.mouse.up(click_count=2)
    page.goto(f"{shared.url}/healthz")
    wait_for(lambda: shared.get(f"/api/jobs/{left}").status_code == 404)
    assert shared.get(f"/api/jobs/{kept}").status_code == 200


def test_jobs_are_chosen_by_keyboard(shared: RunningDashboard, page: Page) -> None:
    a, b, c = (done(shared, codes=["FR"]) for _ in range(3))
    page.goto(f"{shared.url}/jobs")
    compare = page.get_by_role("button", name="Compare", exact=True)
    for job_id, enabled, chosen in (
        (b, False, f"Job {b} is chosen: choose another."),
        (c, True, "2 jobs are chosen."),
        (a, True, "3 jobs are chosen."),
        (c, True, "2 jobs are chosen."),
    ):
        box(page, job_id).press("Space")
        expect(page.locator("[data-chosen]")).to_have_text(chosen)
        expect(compare).to_be_enabled(enabled=enabled)
    # The address keeps the choice for a reload. A page of older jobs lists chosen jobs, too.
    expect(page).to_have_url(f"{shared.url}/jobs?with={b}&with={a}")
    older = shared.get(f"/jobs?before={a}&with={b}", headers=HTML).text
    assert re.search(rf'value="{b}"[^>]* checked', older)
    box(page, b).press("Enter")
    compared = f"/jobs/compare?job={b}&job={a}"
    page.wait_for_url(shared.url + compared, wait_until="commit")
    assert f'href="/jobs?with={b}&amp;with={a}"' in shared.get(compared).text  # to choose others


def test_a_comparison_says_what_the_records_say(shared: RunningDashboard, page: Page) -> None:
    codes = ["BR", "CN", "FR", "IN"]
    a = done(shared, codes=codes, server="DELAY", strategy="sequential")
    b = quicker(shared, a, codes=codes, server="DELAY")
    page.goto(f"{shared.url}/jobs/compare?a={a}&b={b}")
    ratio = shared.job(a)["elapsed"] / shared.job(b)["elapsed"]
    times = f"{ratio:.1f}" if ratio < 9.95 else f"{ratio:.0f}"
    expect(verdict(page)).to_contain_text(
        re.compile(rf"^B \(as_completed\) took .*: {times} times as")
    )
    expect(verdict(page)).to_contain_text("All had the same outcomes: 4 saved.")
    expect(page.get_by_text("DELAY · 4 flags", exact=True)).to_be_visible()  # what both have
    for at, (job_id, name) in enumerate(
        ((a, "sequential · 1 connection"), (b, "as_completed · 4 connections"))
    ):
        link = page.locator("[data-run]").nth(at).get_by_role("link", name=name)
        expect(link).to_have_attribute("href", f"/jobs/{job_id}")
        time = page.locator("[data-figure=time] td").nth(at)
        expect(time).to_have_text(in_words(shared.job(job_id)["elapsed"]))
    # The script writes the same as the server.
    written = shared.get(f"/jobs/compare?job={a}&job={b}").text
    figures = page.locator("[data-figure]").all()
    assert len(figures) == 6
    for figure in figures:
        assert "".join(figure.inner_html().split()) in "".join(written.split())
    expect(page.locator("[data-differing]")).to_be_hidden()
    expect(page.locator("canvas")).to_have_count(2)
    expect(page.locator("[data-key]").filter(visible=True)).to_have_count(6)  # said once for both
    for drawn in ([0, 0.8], [1, 0.5 / ratio]):
        page.wait_for_function(DRAWN, arg=drawn)
    assert not page.evaluate(DRAWN, [1, 0.8])  # on the scale of the longer one
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("() => document.documentElement.scrollWidth <= 390")


# Whether a timeline shows a saved flag at a place from 0 to 1 on its time axis.
DRAWN = """([timeline, where]) => {
    const canvas = document.querySelectorAll('canvas')[timeline];
    canvas.scrollIntoView({ block: 'center' });
    const { data } = canvas.getContext('2d')
        .getImageData(Math.round(canvas.width * where), 0, 1, canvas.height);
    const pixels = Array.from({ length: data.length / 4 }, (_, at) => data.slice(4 * at));
    return pixels.some(([red, green]) => green - red > 25);
}"""


def test_a_comparison_is_live_and_lists_what_ended_differently(
    gated: RunningDashboard, gate: FlagGate, page: Page
) -> None:
    codes = ["BR", "CN", "FR"]
    a = done(gated, codes=codes, server="LAB", delay=0, errors=1)
    b = gated.submit(codes=codes, server="GATE", strategy="sequential")
    page.goto(f"{gated.url}/jobs/compare?a={a}&b={b}")
    rows = page.locator("[data-differing] tbody tr")
    for answers, saved in ((0, 0), (2, 2)):
        gate.let(answers)
        expect(verdict(page)).to_have_text(f"B (sequential) is not done yet: {saved} of 3.")
    expect(rows).to_have_count(0)
    gate.let(1)
    expect(verdict(page)).to_contain_text("saved nothing: the times can’t be compared.")
    expect(rows).to_have_text([re.compile(f"{cc}.*failed.*saved") for cc in codes])


def test_a_row_of_jobs_can_be_cancelled_until_it_has_ended(
    gated: RunningDashboard, gate: FlagGate, page: Page
) -> None:
    fields = {"codes": "BR FR", "server": "GATE", "widths": "1,2"}
    answer = gated.post("/sweep", data=fields, headers=HTML)
    of_last = page.context.new_page()
    of_last.goto(f"{gated.url}/jobs/{answer.url.rpartition('=')[2]}")
    page.goto(answer.url)
    expect(page.locator("[data-ready]")).to_be_visible()
    offers = [opened.get_by_text("Cancel all 2 jobs") for opened in (page, of_last)]
    for offer in offers:
        expect(offer).to_be_visible()
    gate.open()
    for offer in offers:
        expect(offer).to_be_hidden()
    for opened, offer in zip((page, of_last), offers, strict=True):
        opened.bring_to_front()
        opened.locator("[data-open-replay]").click()
        expect(opened.locator("[data-replay]")).to_be_visible()
        expect(offer).to_be_hidden()


def test_a_flag_that_only_one_job_has_is_highlighted(shared: RunningDashboard, page: Page) -> None:
    a, b = done(shared, codes=["BR", "CN"], strategy="sequential"), done(shared, codes=["BR"])
    page.goto(f"{shared.url}/jobs/compare?a={a}&b={b}")
    expect(page.locator("[data-ready]")).to_be_visible()
    stage, tooltip = page.locator("[data-stage]").first, page.locator("[data-tooltip]").first
    for key, cc in (("Home", "BR"), ("ArrowRight", "CN")):
        stage.press(key)
        expect(tooltip).to_contain_text(cc)
        expect(tooltip).to_be_visible()


def test_nothing_moves_when_compared_jobs_end(
    gated: RunningDashboard, gate: FlagGate, page: Page
) -> None:
    a, b = (gated.submit(codes=["BR", "CN", "FR"], server="GATE") for _ in range(2))
    page.goto(f"{gated.url}/jobs/compare?a={a}&b={b}")
    expect(verdict(page)).to_have_text("A is not done yet: 0 of 3. B is not done yet: 0 of 3.")
    parts = page.locator(".timeline-zoom, canvas")
    before = [part.bounding_box() for part in parts.all()]
    gate.open()
    expect(verdict(page)).to_contain_text("All had the same outcomes: 3 saved.")
    assert [part.bounding_box() for part in parts.all()] == before


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("a={job}&b=999999", 404, "There is no job 999999."),
        ("a=x&b={job}", 404, "There is no job x."),
        ("a={job}&b={job}", 400, "Choose two to 8 different jobs"),
        ("a={job}", 400, "Choose two to 8 different jobs"),
        ("job={job}", 400, "Choose two to 8 different jobs"),
        ("", 400, "Choose two to 8 different jobs"),
        ("&".join(f"job={n}" for n in range(9)), 400, "Choose two to 8 different jobs"),
    ],
)
def test_what_is_not_there_is_named(
    shared: RunningDashboard, query: str, status: int, says: str
) -> None:
    job_id = done(shared, codes=["FR"])
    answer = shared.get(f"/jobs/compare?{query.format(job=job_id)}", headers=HTML)
    assert answer.status_code == status
    assert says in answer.text


def test_a_patch_changes_what_differs_and_nothing_else(
    shared: RunningDashboard, page: Page
) -> None:
    page.goto(f"{shared.url}/healthz")
    shown = page.evaluate(
        """async module => {
            const { patch } = await import(module);
            const list = items => new DOMParser()
                .parseFromString(`<ol data-keyed>${items}</ol>`, 'text/html').body.firstChild;
            const before = list('<li id="b" class="old" data-x>1<i>2</i></li> <li id="c">3</li>');
            const shown = document.importNode(before, true);
            document.body.append(shown);
            const [b] = shown.children;
            b.dataset.mine = 'yes';
            b.lastChild.textContent = 'mine';
            const after = list('<li id="a">0</li><li id="b" class="new">4<i>2</i></li>');
            patch(shown, before, after);
            const patched = [shown.children[1] === b, shown.outerHTML.replace(/>\\s+</g, '><')];
            const html = text => new DOMParser().parseFromString(text, 'text/html').body;
            const empty = html('<p>No job yet</p><b>.</b>');
            document.body.replaceChildren(...document.importNode(empty, true).childNodes);
            patch(document.body, empty, html('<ol><li>1</li></ol>'));
            return [...patched, document.body.innerHTML];
        }""",
        module_url("parts/history/patch"),
    )
    assert shown == [
        True,
        '<ol data-keyed=""><li id="a">0</li>'
        '<li id="b" class="new" data-mine="yes">4<i>mine</i></li></ol>',
        "<ol><li>1</li></ol>",
    ]


def test_a_job_that_cannot_be_read_says_so_everywhere(shared: RunningDashboard, page: Page) -> None:
    nothing_known, no_log = (done(shared, codes=["BR", "FR"]) for _ in range(2))
    cut_off = done(shared, codes=["BR", "FR"], server="LAB", delay=0, errors=1)
    with closing(sqlite3.connect(shared.history)) as connection, connection:
        connection.execute("UPDATE jobs SET created_at = 'x' WHERE id = ?", (nothing_known,))
        connection.execute("UPDATE events SET event = '5' WHERE job_id = ?", (no_log,))
        connection.execute("UPDATE jobs SET state = 'interrupted' WHERE id = ?", (cut_off,))
    for _ in range(REMEMBERED):  # then the dashboard needs the history for the three
        done(shared, codes=["BR"])
    for job_id in (nothing_known, no_log):
        written = shared.get(f"/jobs/{job_id}", headers=HTML).text
        assert "<span>Unreadable</span>" in written
        assert f"job {job_id} can&#39;t be read: " in written
    listed = shared.get("/jobs", headers=HTML).text
    for job_id, state in ((nothing_known, "Unreadable"), (cut_off, "Interrupted")):
        assert state in listed.partition(f'id="job-{job_id}"')[2].partition("</li>")[0]
    assert f'aria-label="Resume job {cut_off}"' in listed
    page.goto(f"{shared.url}/jobs/compare?job={nothing_known}&job={no_log}&job={cut_off}")
    expect(verdict(page)).to_contain_text("did not finish (Unreadable")
    expect(page.locator("main")).not_to_contain_text("NaN ")
    resumed = shared.post(f"/jobs/{cut_off}/retry", headers=HTML).url.rpartition("/")[2]
    assert shared.job(resumed)["retry_of"] == cut_off
    assert shared.delete(f"/api/jobs/{nothing_known}").status_code == 204
    assert shared.get(f"/api/jobs/{nothing_known}").status_code == 404


def test_a_list_that_is_known_is_not_sent_again(shared: RunningDashboard) -> None:
    def is_known() -> bool:  # as soon as no job of another test runs
        known = shared.get("/jobs", headers=HTML).headers["ETag"]
        again = shared.get("/jobs", headers={**HTML, "If-None-Match": known})
        return (again.status_code, again.content) == (304, b"")

    wait_for(is_known)


# Whether a timeline looks the same as at the last call, so its drawing is done.
STANDS = """timeline => {
    const [before, now] =
        [window.drawn, document.querySelectorAll('canvas')[timeline].toDataURL()];
    window.drawn = now;
    return now === before;
}"""


def test_the_timelines_of_a_sweep_are_selected_and_zoomed_as_one_below_their_curve(
    shared: RunningDashboard, page: Page
) -> None:
    first = done(shared, codes=["BR", "FR", "XX"])
    page.goto(shared.post(f"/jobs/{first}/sweep", headers=HTML).url)
    expect(page.locator("[data-state-of]")).to_have_text(["Finished"] * 3)
    curve = page.locator("[data-curve]")
    expect(curve.locator("circle")).to_have_count(3)
    expect(curve.locator("text").filter(has_text=re.compile("^[123]$"))).to_have_count(3)
    # A flag that is selected in one timeline is highlighted in all three.
    last = "document.querySelectorAll('canvas')[2].toDataURL()"
    page.locator("canvas").last.scroll_into_view_if_needed()
    page.wait_for_function(STANDS, arg=2)
    before = page.evaluate(last)
    page.locator("[data-stage]").first.focus()
    page.keyboard.press("Home")
    page.wait_for_function(f"before => {last} !== before", arg=before)
    expect(page.locator("[data-tooltip]:visible")).to_have_count(1)
    page.keyboard.press("+")
    fit = page.get_by_role("button", name="Fit")
    expect(fit).to_have_attribute("aria-disabled", "false")
    expect(page.locator("canvas.is-zoomed")).to_have_count(3)
    fit.click()
    expect(page.locator("canvas.is-zoomed")).to_have_count(0)
    page.wait_for_function(f"before => {last} === before", arg=before)  # the focus has left it


def test_a_job_is_done_again_with_every_strategy_at_once(shared: RunningDashboard) -> None:
    first = done(shared, codes=["FR"])
    answer = shared.post(f"/jobs/{first}/race", headers=HTML)
    ids = re.findall(r"job=(\d+)", answer.url)
    strategies = [shared.finished(job_id)["spec"]["strategy"] for job_id in ids]
    assert strategies == ["sequential", "map", "as_completed", "asyncio"]


def test_a_step_of_the_lesson_answers_the_guess(shared: RunningDashboard, page: Page) -> None:
    offered = shared.get("/?step=2").text.partition('action="/lesson/2"')[2].partition("</form>")[0]
    assert 'type="radio" name="guess" value="1"' in offered
    answer = requests.post(f"{shared.url}/lesson/2", {"guess": "1"}, timeout=WITHIN)
    for job_id in re.findall(r"job=(\d+)", answer.url):
        shared.finished(job_id)
    page.goto(answer.url)
    expect(verdict(page)).to_have_text(re.compile(r"^You guessed 1.00 s, .* two rounds of half"))
    next_step = page.get_by_role("link", name="Next step")
    expect(next_step).to_have_attribute("href", "/?step=3#step-3")
    # A job that did not finish has no answer.
    answer = requests.post(f"{shared.url}/lesson/1", {"guess": "5"}, timeout=WITHIN)
    for job_id in re.findall(r"job=(\d+)", answer.url):
        shared.post(f"/api/jobs/{job_id}/cancel")
        shared.finished(job_id)
    page.goto(answer.url)
    expect(verdict(page)).to_have_text(re.compile(r"^A .* did not finish \(Cancelled, "))
