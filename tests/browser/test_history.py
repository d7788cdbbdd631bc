"""The history in a real Chromium: a list that is live, and two jobs side by side."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
from playwright.sync_api import Locator, Page, expect

from flagdl.jobs.scheduler import REMEMBERED
from tests.support.browsing import hold, in_words, module_url, next_of
from tests.support.running import FlagGate, RunningDashboard, wait_for

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
    """Do a job, and again where the machine stood still meanwhile; return the quick one's id."""
    while True:
        job_id = done(dashboard, **options)
        if dashboard.job(job_id)["elapsed"] * 1.5 < dashboard.job(than)["elapsed"]:
            return job_id


def verdict(page: Page) -> Locator:
    return page.locator("[data-verdict]")


def test_a_job_from_elsewhere_appears_and_moves(
    start: Callable[..., RunningDashboard], gate: FlagGate, new_page: Callable[..., Page]
) -> None:
    gated = start()  # nothing was ever downloaded there
    page = new_page(locale="en-GB")
    page.goto(f"{gated.url}/jobs")
    expect(page.get_by_role("heading", name="No job yet")).to_be_visible()
    job_id = gated.submit(codes=["BR", "CN", "FR", "IN"], server="GATE", max_req=2)
    expect(row(page, job_id)).to_contain_text("GATE · as_completed · 4 flags · 2 connections")
    expect(row(page, job_id)).to_contain_text("Running")
    # What the reader does in the meantime outlasts every new answer of the server.
    row(page, job_id).evaluate("row => { row.theSame = true; }")
    box(page, job_id).focus()
    page.keyboard.press("Space")
    for answers, saved in ((1, 1), (2, 3)):
        gate.let(answers)
        expect(row(page, job_id)).to_contain_text(f"{saved} saved")
    gate.let(1)
    expect(row(page, job_id)).to_contain_text("Finished")
    expect(row(page, job_id).get_by_role("button")).to_have_count(1)
    expect(box(page, job_id)).to_be_checked()
    expect(box(page, job_id)).to_be_focused()
    assert row(page, job_id).evaluate("row => row.theSame")
    # Times are as the reader's region writes them.
    in_britain = re.compile(r"^\d+ \w+ \d{4}, \d\d:\d\d$")
    expect(row(page, job_id).locator("time")).to_have_text(in_britain)


@pytest.mark.console_errors("ERR_FAILED")
def test_it_looks_unless_it_is_hidden_and_says_when_it_may_be_out_of_date(
    shared: RunningDashboard, page: Page
) -> None:
    looks: list[str] = []
    page.on("request", lambda r: looks.append(r.url) if r.url.endswith("/jobs") else None)
    done(shared, codes=["FR"])
    page.clock.install()
    page.goto(f"{shared.url}/jobs")
    with page.expect_response("**/jobs"):
        page.clock.run_for(1000)
    with page.expect_response("**/jobs") as answer:
        page.clock.run_for(4000)
    assert answer.value.status == 304  # nothing is sent twice
    page.evaluate("""() => {
        Object.defineProperty(document, 'hidden', { value: true, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
    }""")
    before = len(looks)
    page.clock.run_for(60_000)
    page.evaluate("fetch('/healthz')")  # when it is answered, requests before it were noted
    assert len(looks) == before
    with page.expect_response("**/jobs"):
        page.evaluate("""() => {
            delete document.hidden;
            document.dispatchEvent(new Event('visibilitychange'));
        }""")
    page.route("**/jobs", lambda route: route.abort())
    page.clock.run_for(4000)
    expect(page.locator("[data-problem]")).to_contain_text("out of date")
    page.unroute("**/jobs")
    page.clock.run_for(4000)
    expect(page.locator("[data-problem]")).to_be_empty()


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

    # Who goes away has not undone it.
    button("Delete", left).click()
    expect(button("Undo deleting", left)).to_be_focused()
    page.mouse.down(click_count=2)  # nor who clicks twice: Undo is under the pointer now
    page.mouse.up(click_count=2)
    page.get_by_role("link", name="Gallery", exact=True).click()
    wait_for(lambda: shared.get(f"/api/jobs/{left}").status_code == 404)
    assert shared.get(f"/api/jobs/{kept}").status_code == 200


@contextmanager
def standing_clock(page: Page) -> Iterator[None]:
    """Let a faked clock stand still until the end of the block: only the test moves it on."""
    page.clock.pause_at(60_000)
    try:
        yield
    finally:
        page.clock.resume()


def test_what_is_being_deleted_cannot_be_undone(shared: RunningDashboard, page: Page) -> None:
    job_id = done(shared, codes=["FR"])
    page.clock.install(time=0)
    # Requests have no time limit: the test's clock would jump over it while one is answered.
    page.add_init_script("AbortSignal.timeout = () => new AbortController().signal")
    page.goto(f"{shared.url}/jobs")
    listed = shared.get("/jobs", headers=HTML).text
    deletions = hold(page, f"**/api/jobs/{job_id}")
    with standing_clock(page):
        page.get_by_role("button", name=f"Delete job {job_id}", exact=True).press("Enter")
        said = page.locator("[data-live]")
        expect(said).to_contain_text(f"Job {job_id} is deleted.")
        page.clock.run_for(8000)
        deletion = next_of(page, deletions)
        page.keyboard.press("Enter")  # the focus is at Undo
        page.clock.run_for(4000)  # until the next sentence would be said
        expect(said).to_contain_text(f"Job {job_id} is deleted.")
        looks = hold(page, "**/jobs")

        def is_asked_for() -> bool:
            page.clock.run_for(1000)
            return bool(looks)

        wait_for(is_asked_for)
        look = looks.pop()
        with page.expect_response(f"**/api/jobs/{job_id}"):
            deletion.continue_()
        # That one was asked for before: at once, and with no timer, the list is asked for again.
        look.fulfill(body=listed, content_type="text/html")
        next_of(page, looks).continue_()
        expect(row(page, job_id)).to_have_count(0)


def test_cancel_and_retry(gated: RunningDashboard, gate: FlagGate, page: Page) -> None:
    first = gated.submit(codes=["BR", "CN", "FR"], server="GATE", strategy="sequential")
    page.goto(f"{gated.url}/jobs")
    page.get_by_role("button", name=f"Cancel job {first}").press("Enter")
    expect(row(page, first)).to_contain_text("Cancelled")
    expect(row(page, first).get_by_role("link")).to_be_focused()  # no button is the same now
    gate.open()
    page.get_by_role("button", name=f"Retry 3 flags of job {first}").press("Enter")
    expect(page).to_have_url(re.compile(r"/jobs/\d+$"))
    second = page.url.rpartition("/")[2]
    assert second != first
    assert gated.finished(second)["counts"]["ok"] == 3


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
    # The address has the choice, for a reload; an older page lists what is chosen, too.
    expect(page).to_have_url(f"{shared.url}/jobs?with={b}&with={a}")
    older = shared.get(f"/jobs?before={a}&with={b}", headers=HTML).text
    assert re.search(rf'value="{b}"[^>]* checked', older)
    box(page, b).press("Enter")
    expect(page).to_have_url(f"{shared.url}/jobs/compare?job={b}&job={a}")
    page.get_by_role("link", name="Choose others").click()
    expect(box(page, a)).to_be_checked()
    expect(box(page, b)).to_be_checked()
    expect(compare).to_be_enabled()


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
    # What the script writes is what the server wrote.
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


# Whether a timeline has drawn a saved flag there, between 0 and 1 on its time axis.
DRAWN = """([timeline, where]) => {
    const canvas = document.querySelectorAll('canvas')[timeline];
    canvas.scrollIntoView({ block: 'center' });
    const { data } = canvas.getContext('2d')
        .getImageData(Math.round(canvas.width * where), 0, 1, canvas.height);
    const pixels = Array.from({ length: data.length / 4 }, (_, at) => data.slice(4 * at));
    return pixels.some(([red, green]) => green - red > 25);
}"""


def test_a_comparison_is_live(gated: RunningDashboard, gate: FlagGate, page: Page) -> None:
    a = done(gated, codes=["FR"])
    b = gated.submit(codes=["BR", "CN", "FR"], server="GATE", strategy="sequential")
    page.goto(f"{gated.url}/jobs/compare?a={a}&b={b}")
    for answers, saved in ((0, 0), (2, 2)):
        gate.let(answers)
        expect(verdict(page)).to_have_text(f"B (sequential) is not done yet: {saved} of 3.")
    gate.let(1)
    expect(verdict(page)).to_contain_text("They had different numbers of flags.")
    expect(verdict(page)).to_contain_text("LOCAL and GATE")
    expect(verdict(page)).to_contain_text("A (as_completed): 1 saved. B (sequential): 3 saved.")


def test_a_job_is_done_again_and_compared(shared: RunningDashboard, page: Page) -> None:
    a = done(shared, codes=["BR", "CN", "FR"], strategy="sequential", server="DELAY")
    page.goto(f"{shared.url}/jobs/{a}")
    page.get_by_text("Run again", exact=True).click()
    expect(page.get_by_role("button", name="map")).to_be_visible()
    expect(page.get_by_role("button", name="sequential")).to_be_hidden()
    another = page.get_by_role("link", name="Compare with another job")
    expect(another).to_have_attribute("href", f"/jobs?with={a}")
    page.get_by_role("button", name="as_completed").click()
    expect(page).to_have_url(re.compile(rf"/jobs/compare\?job={a}&job=\d+$"))
    b = shared.finished(page.url.rpartition("=")[2])
    assert b["spec"]["codes"] == ["BR", "CN", "FR"]
    assert b["spec"]["strategy"] == "as_completed"
    assert b["spec"]["max_req"] == 30  # not the one connection of sequential
    expect(verdict(page)).to_contain_text("times as long")


def test_an_end_says_what_is_amiss(shared: RunningDashboard, page: Page) -> None:
    job_id = done(shared, codes=["a"], server="ERROR")
    words = f"Finished, {shared.job(job_id)['counts']['error']} failed"
    page.goto(f"{shared.url}/jobs/{job_id}")
    state = page.locator(".state[data-state=partly]").filter(visible=True)
    expect(state).to_have_text(words)
    without_scripts = shared.get(f"/jobs/{job_id}", headers=HTML).text
    assert words in without_scripts.partition("<noscript>\n  <section")[2]
    assert words in shared.get("/jobs", headers=HTML).text


def test_it_works_without_javascript(
    shared: RunningDashboard, new_page: Callable[..., Page]
) -> None:
    a = done(shared, codes=["XX", "FR"], server="ERROR")
    b = done(shared, codes=["FR"])
    counts = shared.job(a)["counts"]
    words = {"ok": "saved", "not_found": "not found", "error": "failed"}
    mixed = ", ".join(f"{counts[each]} {word}" for each, word in words.items() if counts[each])
    page = new_page(java_script_enabled=False)
    page.goto(f"{shared.url}/jobs")
    for job_id in (a, b):
        box(page, job_id).check()
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page).to_have_url(f"{shared.url}/jobs/compare?job={b}&job={a}")
    row_of_outcomes = page.get_by_role("row", name="Outcomes")
    expect(row_of_outcomes.get_by_role("cell")).to_have_text(["1 saved", mixed])
    expect(page.get_by_role("columnheader", name="A LOCAL")).to_be_visible()
    for drawn in ("canvas", "[data-curve]", "[data-differing]"):  # by a script
        for each in page.locator(drawn).all():
            expect(each).to_be_hidden()
    page.goto(f"{shared.url}/jobs")
    expect(page.get_by_role("button", name=f"Delete job {a}")).to_be_hidden()  # it has no undo
    page.context.close()


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
            patch(shown, before, list('<li id="a">0</li><li id="b" class="new">4<i>2</i></li>'));
            return [shown.children[1] === b, shown.outerHTML.replace(/>\\s+</g, '><')];
        }""",
        module_url("parts/history/patch"),
    )
    assert shown == [
        True,
        '<ol data-keyed=""><li id="a">0</li>'
        '<li id="b" class="new" data-mine="yes">4<i>mine</i></li></ol>',
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
        page.goto(f"{shared.url}/jobs/{job_id}")
        expect(page.locator(".state")).to_have_text("Unreadable")
        expect(page.get_by_text(f"job {job_id} can't be read: ")).to_be_visible()
        page.goto(f"{shared.url}/jobs/compare?a={job_id}&b={cut_off}")
        expect(verdict(page)).to_contain_text("did not finish (Unreadable")
        expect(page.locator("main")).not_to_contain_text("NaN ")
    page.goto(shared.url + "/jobs")
    expect(row(page, nothing_known)).to_contain_text("Unreadable")
    row(page, nothing_known).get_by_role("button", name="Delete").click()
    # To leave the page deletes what could still be undone.
    expect(row(page, cut_off)).to_contain_text("Interrupted")
    page.get_by_role("button", name=f"Resume job {cut_off}").click()
    expect(page).to_have_url(re.compile(r"/jobs/\d+$"))
    assert shared.job(page.url.rpartition("/")[2])["retry_of"] == cut_off
    wait_for(lambda: shared.get(f"/api/jobs/{nothing_known}").status_code == 404)


def test_the_timelines_of_a_race_are_selected_and_zoomed_as_one(
    shared: RunningDashboard, page: Page
) -> None:
    first = done(shared, codes=["FR"], server="LOCAL")
    page.goto(f"{shared.url}/jobs/{first}")
    page.get_by_text("Run again", exact=True).click()
    page.get_by_role("button", name="Race: every strategy").click()
    expect(page).to_have_url(re.compile(r"/jobs/compare(\?|&)job=\d+&job=\d+&job=\d+&job=\d+$"))
    expect(page.locator("[data-state-of]")).to_have_text(["Finished"] * 4)
    names = [link.inner_text() for link in page.locator("[data-run] a").all()]
    assert [name.split("\u00a0")[0] for name in names] == [
        "sequential", "map", "as_completed", "asyncio",
    ]  # fmt: skip
    # One flag, pointed at once, is highlighted in all four.
    stage = page.locator("[data-stage]").first
    stage.focus()
    page.keyboard.press("Home")
    expect(page.locator("[data-tooltip]:visible")).to_have_count(1)
    page.keyboard.press("+")
    fit = page.get_by_role("button", name="Fit")
    expect(fit).to_have_attribute("aria-disabled", "false")
    expect(page.locator("canvas.is-zoomed")).to_have_count(4)
    fit.click()
    expect(page.locator("canvas.is-zoomed")).to_have_count(0)


def test_a_sweep_draws_its_curve(shared: RunningDashboard, page: Page) -> None:
    first = done(shared, codes=["BR", "FR", "XX"])
    answer = shared.post(f"/jobs/{first}/sweep", headers=HTML)
    page.goto(answer.url)
    expect(page.locator("[data-state-of]")).to_have_text(["Finished"] * 3)
    curve = page.locator("[data-curve]")
    expect(curve.locator("circle")).to_have_count(3)
    expect(curve.locator("text").filter(has_text=re.compile("^[123]$"))).to_have_count(3)


def test_what_ended_differently_is_listed(shared: RunningDashboard, page: Page) -> None:
    a = done(shared, codes=["BR", "FR"], server="LOCAL")
    b = done(shared, codes=["BR", "FR"], server="LAB", delay=0, errors=1)
    page.goto(f"{shared.url}/jobs/compare?job={a}&job={b}")
    rows = page.locator("[data-differing] tbody tr")
    expect(rows).to_have_text([re.compile(f"{cc}.*saved.*failed") for cc in ("BR", "FR")])
    expect(verdict(page)).to_contain_text("saved nothing: the times can’t be compared.")


def test_a_step_of_the_lesson_by_keyboard(shared: RunningDashboard, page: Page) -> None:
    page.goto(shared.url)
    step = page.locator(".tour details").filter(has_text="Five at once")
    step.get_by_text("Five at once", exact=True).press("Enter")
    step.get_by_role("radio", name="1.00 s").press("Space")
    step.get_by_role("button", name="Run, and see").press("Enter")
    expect(verdict(page)).to_have_text(re.compile(r"^You guessed 1.00 s, .* two rounds of half"))
    next_step = page.get_by_role("link", name="Next step")
    expect(next_step).to_have_attribute("href", "/?step=3#step-3")
