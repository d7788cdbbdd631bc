"""A job in a real Chromium: start, watch, reload, lose the server, keep the flags."""

import re
from base64 import b64encode
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from tests.support.browsing import (
    choose,
    counts,
    ended,
    module_url,
    press_download,
    tiles,
)
from tests.support.running import GIF, SOME_FAIL, FlagGate, RunningDashboard

# A function, not an expression: the page's policy forbids evaluating a string again and again.
ALL_DECODED = """([selector, number]) => {
    const images = [...document.querySelectorAll(selector)];
    return images.length === number && images.every(i => i.complete && i.naturalWidth === 320);
}"""

SIX = ["BR", "CN", "FR", "IN", "JP", "NP"]

# Whether squares and bar show how many of six flags are saved while the others run. In the bar, the
# saved ones end where the next part begins; it takes a few frames to get there.
SAVED = """saved => {
    const bar = document.querySelector('[data-bar][role=progressbar]');
    if (!bar) return false; // the page is on its way
    const {left, width} = bar.getBoundingClientRect();
    const next = bar.querySelector('[data-status=not_found]').getBoundingClientRect();
    const tiles = look => document.querySelectorAll(`.tile[data-status=${look}]`).length;
    return tiles('ok') === saved && tiles('running') === 6 - saved
        && bar.ariaValueNow === String(saved) && Math.abs(next.left - left - width * saved / 6) < 2;
}"""

# Where the parts of a job's panel are, in pixels below the top of the page, at a given width. The
# code is folded up or not, as it is when a page of that width is opened.
TOPS = """async ([width, folded]) => {
    document.querySelector('[data-fold=code]').open = !folded;
    const frame = () => new Promise(requestAnimationFrame);
    for (let frames = 0; frames < 2 || innerWidth !== width; frames += 1) await frame();
    return ['bar', 'stage', 'mosaic', 'fold=log'].map(part =>
        document.querySelector(`[data-${part}]`).getBoundingClientRect().top + scrollY);
}"""

# A second click comes before the effect of the first.
TWICE = "button => { button.click(); button.click(); }"


def posts(page: Page) -> list[str]:
    """Return a list to which each path is added that the page posts to."""
    posted: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            posted.append(urlsplit(request.url).path)

    page.on("request", note)
    return posted


def other_job(page: Page, job_id: str) -> str:
    """Wait until the page is that of another job, and return its id."""
    page.wait_for_url(re.compile(rf"/jobs/(?!{job_id}$)\d+$"), wait_until="commit")
    return page.url.rpartition("/")[2]


def test_top_20_from_the_form_to_the_gallery(
    nothing_saved: RunningDashboard, new_page: Callable[..., Page]
) -> None:
    dashboard, page = nothing_saved, new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(dashboard.url)
    press_download(page, 20)  # all that a new reader has to do
    expect(tiles(page)).to_have_count(20)
    ended(page)
    expect(tiles(page, "ok")).to_have_count(20)
    page.wait_for_function(ALL_DECODED, arg=["[data-mosaic] .tile img", 20])
    assert counts(page) == {"ok": 20}
    report = page.locator("[data-report]").text_content() or ""
    job = dashboard.job(page.url.rpartition("/")[2])
    expected = {"server": "DELAY", "strategy": "as_completed", "max_req": 5, "attempts": 1}
    assert job["spec"].items() >= expected.items()
    assert report.strip() == job["report"].strip()
    zip_of_all = page.get_by_role("link", name="Zip of 20 flags")
    assert len(parse_qs(urlsplit(str(zip_of_all.get_attribute("href"))).query)["cc"]) == 20
    panel = page.locator("[data-panel]")
    panel.get_by_text("Share", exact=True).click()
    panel.get_by_role("button", name="Copy as command").click()
    expect(panel.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()").split()
    assert copied[:3] == ["python", "-m", "flagdl"]
    assert {"-s", "DELAY", "BR", "CN"} <= set(copied)
    page.keyboard.press("Escape")
    tiles(page, "ok").first.click()  # a saved flag opens in the gallery's viewer
    expect(page.locator("[data-viewer]")).to_contain_text("Bangladesh")
    page.keyboard.press("Escape")
    cards = page.locator(".card-picture img[src]")
    expect(cards).to_have_count(20)
    expect(page.locator("main")).to_contain_text("Brazil")
    cards.last.scroll_into_view_if_needed()  # they load when they come into sight
    page.wait_for_function(ALL_DECODED, arg=[".card-picture img[src]", 20])


def test_a_job_that_runs_is_shown_from_its_start_from_a_link_and_after_a_reload(
    gated: RunningDashboard, gate: FlagGate, page: Page
) -> None:
    def moves_on(*steps: tuple[int, int]) -> None:
        for answers, saved in steps:
            gate.let(answers)
            page.wait_for_function(SAVED, arg=saved)

    job_id = gated.submit(codes=SIX, server="GATE", max_req=6)
    link = re.search(r'href="(/jobs/\d+)"[^>]*>[^<]*is running: watch it', gated.get("/").text)
    assert link
    assert link[1] == f"/jobs/{job_id}"
    page.goto(gated.url + link[1])
    moves_on((0, 0), (2, 2), (1, 3))
    page.reload()
    moves_on((0, 3), (3, 6))
    ended(page)
    assert counts(page) == {"ok": 6}


@pytest.mark.console_errors(
    "WebSocket connection", "ERR_CONNECTION_REFUSED", "503", "Failed to load"
)
def test_it_reconnects_when_the_server_is_back(
    start: Callable[..., RunningDashboard], gate: FlagGate, page: Page, port: int
) -> None:
    gated = start(port=port)
    assert "No job yet" in gated.get("/jobs", headers={"Accept": "text/html"}).text
    job_id = gated.submit(codes=["BR", "CN", "FR"], server="GATE")
    page.goto(f"{gated.url}/jobs/{job_id}")
    gate.let_one("BR")
    expect(tiles(page, "ok")).to_have_count(1)
    assert gated.get(f"/api/jobs/{job_id}/events").ok  # it waits until the log is written
    gated.kill()
    expect(page.locator("[data-pill]")).to_contain_text(re.compile("[Rr]econnecting"))
    expect(page.locator("[data-stalled]")).to_have_count(1)
    gated.start()
    ended(page, "Interrupted")
    expect(page.locator("[data-stalled]")).to_have_count(0)
    assert counts(page) == {"ok": 1, "cancelled": 2}
    futures = page.locator("[data-said=submitted]")
    expect(futures).to_have_text("3 futures: 0 pending, 0 running, 1 done")
    expect(page.get_by_role("button", name="Resume 2 flags")).to_be_visible()


# The part of the Notification API that the page uses. The reader allows it and looks elsewhere.
NOTIFICATIONS = """
    window.told = [];
    window.Notification = class extends EventTarget {
        static permission = 'default';
        static async requestPermission() { return (this.permission = 'granted'); }
        constructor(title, { body }) { super(); told.push(`${title}: ${body}`); }
    };
    Object.defineProperty(document, 'hidden', { get: () => true });
"""


def test_what_is_held_back_looks_like_it_until_it_is_returned_and_the_end_is_told(
    gated: RunningDashboard, gate: FlagGate, page: Page
) -> None:
    page.add_init_script(NOTIFICATIONS)
    # More connections than codes.
    job_id = gated.submit(codes=["BR", "CN", "FR"], server="GATE", strategy="map", max_req=9)
    page.goto(f"{gated.url}/jobs/{job_id}")
    expect(tiles(page, "running")).to_have_count(3)
    gate.let_one("CN")
    held = tiles(page, "held")
    expect(held).to_have_text("CN")
    expect(held.locator("img")).to_have_count(0)  # with its flag it would look returned
    assert counts(page) == {"held": 1, "running": 2}
    active = page.locator("[data-call][data-active]")
    expect(active).to_have_count(2)  # some run, and the main thread waits for them
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "1")
    held.focus()
    expect(page.locator("[data-tooltip]")).to_contain_text("CN China held back")
    expect(held).to_have_attribute("aria-label", "CN China, held back")
    page.get_by_text("Log", exact=True).click()
    expect(page.locator(".entry-line")).to_have_count(1)
    tell_me = page.get_by_role("button", name="Tell me when it’s done")
    tell_me.click()
    expect(tell_me).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-once-ended]")).to_be_hidden()
    gate.open()
    ended(page)
    expect(page.locator("[data-once-ended]")).to_be_visible()
    expect(page.locator("#panel-title")).to_be_focused()  # the button with the focus is gone
    [told] = page.evaluate("told")
    assert re.fullmatch(r"flagdl: Finished after [\d.]+ m?s: 3 saved\.", told)
    expect(active).to_have_count(0)
    expect(page.locator(".entry-line")).to_have_count(3)
    page.wait_for_function(ALL_DECODED, arg=["[data-mosaic] .tile img", 3])
    (brazil, china, _) = gated.job(job_id)["items"]
    assert china["finished"] < brazil["finished"] <= brazil["returned"] <= china["returned"]


def test_a_cancelled_job_has_another_button_and_nothing_has_moved(
    gated: RunningDashboard, gate: FlagGate, page: Page
) -> None:
    posted = posts(page)

    def second_click() -> None:
        """Make the last click a double click: another button may be under the pointer now."""
        page.mouse.down(click_count=2)
        page.mouse.up(click_count=2)

    def tops() -> list[object]:
        found = []
        for width, folded in ((1280, False), (768, True), (390, True)):
            page.set_viewport_size({"width": width, "height": 900})
            found.append(page.evaluate(TOPS, [width, folded]))
        return found

    page.context.add_cookies([{"name": "language", "value": "ru", "url": gated.url}])  # long words
    job_id = gated.submit(server="GATE", select="pop20", max_req=5)
    page.goto(f"{gated.url}/jobs/{job_id}")
    gate.let(3)
    expect(tiles(page, "ok")).to_have_count(3)
    before = tops()
    cancel = page.locator("[data-cancel]")
    cancel.hover()
    second_click()
    retry = page.locator("[data-retry]")
    # A second press of Enter comes as soon as the focus is there.
    retry.evaluate("button => button.addEventListener('focus', () => button.click())")
    cancel.press("Enter")
    expect(retry).to_be_focused()  # the button with the focus is gone
    retry.hover()
    second_click()
    expect(page.get_by_text("Ещё раз", exact=True)).to_be_visible()
    expect(page.locator("[data-gain]")).not_to_be_empty()
    every_entry = "of_key => of_key.forEach(entry => { entry.hidden = false; })"
    page.eval_on_selector_all("[data-key-of]", every_entry)
    assert tops() == before  # however many entries the key has
    assert counts(page) == {"ok": 3, "cancelled": 17}
    assert posted == [f"/api/jobs/{job_id}/cancel"]


def test_faults_are_shown_as_what_they_are_and_tried_again(
    shared: RunningDashboard, page: Page
) -> None:
    job = shared.finished(shared.submit(**SOME_FAIL))
    assert all(job["counts"][status] for status in ("ok", "not_found", "error"))
    posted = posts(page)
    page.goto(f"{shared.url}/jobs/{job['id']}")
    amiss = f"Finished, {job['counts']['error']} failed"
    ended(page, amiss)
    expect(page.locator("#panel-title")).to_have_attribute("data-state", "partly")
    for path, after in ((f"/jobs/{job['id']}", "<noscript>\n  <section"), ("/jobs", "<main")):
        assert amiss in shared.get(path, headers={"Accept": "text/html"}).text.partition(after)[2]
    assert counts(page) == {status: n for status, n in job["counts"].items() if n}
    for status, n in job["counts"].items():
        expect(tiles(page, status)).to_have_count(n)
    tiles(page, "error").first.focus()
    expect(page.locator("[data-tooltip]")).to_contain_text("HTTP 503 - Service Unavailable")
    page.get_by_role("button", name="Retry").evaluate(TWICE)
    assert shared.job(other_job(page, job["id"]))["total"] == job["counts"]["error"]
    assert posted == [f"/api/jobs/{job['id']}/retry"]


# A mosaic alone. `show` gives it a snapshot. It returns the place of the focused square, the status
# of the highlighted one, and the status of each. `asked` has the codes of each request.
MOSAIC = """async ([flag, ...urls]) => {
    document.documentElement.lang = 'en';
    const [{ Mosaic }, { JobStore }, { Highlight }] =
        await Promise.all(urls.map((url) => import(url)));
    const root = document.body;
    const highlight = new Highlight();
    window.asked = [];
    const fetchImages = async (codes) => {
        asked.push([...codes]);
        return new Map([...codes].map(cc => [cc, flag]));
    };
    const mosaic = new Mosaic(root, new Map(), highlight, fetchImages, () => {});
    window.show = (...statuses) => {
        const known = { held: { status: 'ok', returned: null } };
        const items =
            statuses.map((status, i) => ({ cc: `C${i}`, status, finished: i, ...known[status] }));
        mosaic.reset(new JobStore({ items, spec: { strategy: 'map' } }));
        root.dispatchEvent(new Event('pointerleave')); // then it is the focused one
        const tiles = [...root.querySelectorAll('.tile')];
        const focused = tiles.indexOf(document.activeElement);
        return [focused, highlight.row?.status ?? null, ...tiles.map(tile => tile.dataset.status)];
    };
}"""
SHOW = "snapshot => show(...snapshot)"
FLAG = "data:image/gif;base64," + b64encode(GIF).decode()


def test_a_snapshot_leaves_who_is_in_a_square_there(shared: RunningDashboard, page: Page) -> None:
    page.goto(f"{shared.url}/healthz")
    names = ("parts/job/mosaic", "model/store", "model/highlight")
    page.evaluate(MOSAIC, [FLAG, *map(module_url, names)])
    squares = page.locator(".tile")
    page.evaluate(SHOW, ["pending", "running"])
    squares.nth(1).focus()
    for statuses, flags in ((["ok", "running"], 1), (["ok", "ok"], 2)):
        assert page.evaluate(SHOW, statuses) == [1, statuses[1], *statuses]
        expect(squares.locator("img")).to_have_count(flags)
    # A square that is held back has no flag.
    assert page.evaluate(SHOW, ["ok", "held"]) == [1, "ok", "ok", "held"]
    expect(squares.locator("img")).to_have_count(1)
    assert page.evaluate("asked") == [["C0"], ["C1"]]


# Notes what the next form would send and to which address, and keeps the page open.
CATCH = """() => addEventListener('submit', event => {
    const { name, value } = event.submitter;
    window.caught = [event.target.action, name, value];
    event.preventDefault();
}, { once: true })"""


def test_an_ended_job_is_run_again_the_same_and_changed(
    shared: RunningDashboard, page: Page
) -> None:
    done = shared.submit(codes=["BR", "CN"], server="LOCAL", strategy="map", max_req=5)
    before = shared.finished(done)["spec"]
    page.goto(f"{shared.url}/jobs/{done}")
    ended(page)
    expect(page).to_have_title(f"Finished · Job {done} · flagdl")
    run_again = page.get_by_text("Run again", exact=True)
    same = page.get_by_role("button", name="The same again")
    run_again.click()
    another = page.get_by_role("link", name="Compare with another job")
    expect(another).to_have_attribute("href", f"/jobs?with={done}")
    expect(page.get_by_role("button", name="map", exact=True)).to_have_count(0)  # the job used map
    page.keyboard.press("Tab")
    expect(same).to_be_focused()
    page.keyboard.press("Escape")
    expect(same).to_be_hidden()
    expect(run_again).to_be_focused()
    run_again.click()
    page.locator("[data-bar]").click(position={"x": 5, "y": 5})  # a click elsewhere closes it
    expect(same).to_be_hidden()
    run_again.click()
    page.get_by_text("With another strategy, to compare:").click()  # a click in it does not
    expect(same).to_be_visible()
    page.evaluate(CATCH)
    same.click()
    assert page.evaluate("caught") == [f"{shared.url}/jobs/{done}/again", "strategy", "map"]
    page.get_by_text("Change", exact=True).click()  # the form, filled in
    expect(page.locator("[data-chips] button")).not_to_have_count(0)  # its script has come
    expect(page.get_by_role("spinbutton", name="Connections at once")).to_have_value("5")
    for chosen in ("LOCAL", "map"):
        expect(page.get_by_role("radio", name=chosen)).to_be_checked()
    choose(page, "sequential")
    posted = posts(page)
    page.get_by_role("button", name="Download 2 flags").evaluate(TWICE)
    after = shared.job(other_job(page, done))["spec"]
    assert after == {**before, "strategy": "sequential", "max_req": 1}
    assert posted == ["/api/jobs"]


def test_an_open_tooltip_counts_what_its_worker_does_next(
    gated: RunningDashboard, gate: FlagGate, page: Page
) -> None:
    codes = ["BR", "CN", "FR"]
    job_id = gated.submit(codes=codes, server="GATE", strategy="sequential", max_req=1)
    page.goto(f"{gated.url}/jobs/{job_id}")
    gate.let(1)
    tiles(page, "ok").focus()
    tooltip = page.locator("[data-tooltip]")
    expect(tooltip).to_contain_text("BR Brazil saved")
    expect(tooltip).to_contain_text("2 downloads")
    gate.let(1)
    expect(tooltip).to_contain_text("3 downloads")


def test_the_three_pictures_of_a_flag_are_highlighted_together(
    shared: RunningDashboard, new_page: Callable[..., Page]
) -> None:
    page = new_page(has_touch=True)
    job_id = shared.submit(codes=["BR", "CN", "QQ"], server="LOCAL", strategy="sequential")
    shared.finished(job_id)
    page.goto(f"{shared.url}/jobs/{job_id}")
    ended(page)
    page.get_by_text("Log", exact=True).click()
    lines = page.locator("[data-log] .entry-line")
    marked = page.locator("[data-highlighted]")
    tooltip = page.locator("[data-tooltip]")
    lines.nth(1).hover()
    expect(marked).to_have_count(2)  # the square and the row; the bar is on the canvas
    expect(marked.filter(has_text="CN")).to_have_count(1)  # the square shows its flag
    expect(tooltip).to_contain_text("CN China saved")
    page.mouse.move(0, 0)
    expect(marked).to_have_count(0)
    expect(tooltip).to_be_hidden()
    tiles(page).nth(2).tap()
    expect(tooltip).to_contain_text("QQ no country not found")
    expect(marked).to_have_count(2)
    page.keyboard.press("Escape")
    expect(marked).to_have_count(0)
    expect(tooltip).to_be_hidden()
    tiles(page).nth(0).focus()
    expect(tooltip).to_contain_text("BR Brazil saved")
    page.locator("[data-stage]").press("End")
    expect(tooltip).to_contain_text("QQ no country")
    expect(marked).to_have_count(2)


# The browser can't store or copy, the server can't read its history, and four seconds pass quickly.
# (A route would be slower: a page with a route loads each module again.)
NO_HISTORY = """
    const { fetch, setTimeout } = window;
    const problem = JSON.stringify({ detail: 'The history can’t be read.' });
    window.broken = true;
    window.fetch = async (path, ...options) => broken && path.includes('/api/jobs/')
        ? new Response(problem, { status: 503 }) : fetch(path, ...options);
    window.setTimeout = (act, milliseconds) => setTimeout(act, Math.min(milliseconds, 200));
    Object.defineProperty(window, 'localStorage', { get() { throw new Error('forbidden'); } });
    navigator.clipboard.writeText = async () => { throw new Error('no'); };
"""


def test_what_could_not_be_loaded_comes_later_also_where_nothing_can_be_kept_or_copied(
    shared: RunningDashboard, page: Page
) -> None:
    job_id = shared.submit(codes=["BR"])
    shared.finished(job_id)
    page.add_init_script(NO_HISTORY)
    page.goto(f"{shared.url}/jobs/{job_id}")
    said = page.locator("[role=alert]").filter(has_text="The history can’t be read.")
    expect(said).to_contain_text("could not be loaded; the next try is in a few seconds")
    expect(said).to_be_in_viewport()
    expect(page.locator("[data-panel]")).to_be_hidden()
    page.evaluate("() => { broken = false; }")
    ended(page)
    expect(said).to_have_count(0)
    page.get_by_text("Log", exact=True).click()
    expect(page.locator("[data-log] .entry-line")).to_be_visible()
    page.locator("[data-panel]").get_by_text("Share", exact=True).click()
    page.get_by_role("button", name="Copy report").click()
    expect(page.locator("[data-live]")).to_have_text("It could not be copied.")


def test_without_javascript_jobs_are_started_watched_listed_and_compared(
    gated: RunningDashboard, gate: FlagGate, new_page: Callable[..., Page]
) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(f"{gated.url}/?codes=BR+CN&server=GATE")
    page.get_by_role("button", name="Download", exact=True).click()
    expect(page).to_have_url(re.compile(r"/jobs/\d+$"))
    first = page.url.rpartition("/")[2]
    main = page.locator("main")

    def says(*texts: str) -> None:
        for text in texts:  # text in <noscript> is found only as inner text
            expect(main).to_contain_text(text, use_inner_text=True)

    says("Running", "GATE · as_completed · 2 flags · 2 connections", "Searching for 2 flags")
    gate.open()
    says("Finished", "2 flags downloaded.")
    expect(page.locator("meta[http-equiv=refresh]")).to_have_count(0)
    expect(page.locator("main time")).to_have_text(re.compile(r"^\w+ \d+, \d{4}, \d.*[AP]M UTC$"))
    page.get_by_text("Change", exact=True).click()
    expect(page.get_by_role("spinbutton", name="Connections at once")).to_be_visible()
    page.get_by_role("button", name="map", exact=True).click()  # again, to compare
    expect(page).to_have_url(re.compile(r"/jobs/compare\?job=\d+&job=\d+$"))
    other = gated.submit(codes=["XX", "FR"], server="LOCAL")
    gated.finished(other)
    page.goto(f"{gated.url}/jobs")
    expect(page.get_by_role("button", name=f"Delete job {first}")).to_be_hidden()  # it has no undo
    for job_id in (other, first):
        page.get_by_role("checkbox", name=f"Compare job {job_id}", exact=True).check()
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page).to_have_url(f"{gated.url}/jobs/compare?job={other}&job={first}")
    outcomes = page.get_by_role("row", name="Outcomes").get_by_role("cell")
    expect(outcomes).to_have_text(["1 saved, 1 not found", "2 saved"])
    expect(page.get_by_role("columnheader", name="A LOCAL")).to_be_visible()
    drawn = page.locator("canvas, [data-curve], [data-differing]")  # by a script
    expect(drawn.filter(visible=True)).to_have_count(0)
    page.context.close()


def test_a_replay_shows_any_moment_and_leads_back(shared: RunningDashboard, page: Page) -> None:
    job_id = shared.submit(codes=["BR", "CN", "FR"], server="DELAY", strategy="sequential")
    shared.finished(job_id)
    page.goto(f"{shared.url}/jobs/{job_id}")
    expect(page.locator(".tile img")).to_have_count(3)
    opener = page.get_by_role("button", name="Replay", exact=True)
    opener.click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_focused()
    expect(opener).to_be_hidden()  # like everything that acts on the job
    scrubber = page.get_by_role("slider", name="Moment")
    scrubber.fill("500")  # in the middle of the second of three
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    expect(tiles(page, "running")).to_have_text("CN")
    expect(tiles(page, "pending")).to_have_text("FR")
    expect(page.locator(".tile img")).to_have_count(1)
    scrubber.press("Home")
    expect(tiles(page, "pending")).to_have_count(3)
    scrubber.press("End")
    expect(page.locator(".tile img")).to_have_count(3)
    # Played from the end, it begins again. At the end it pauses by itself.
    play = page.get_by_role("button", name="Play", exact=True)
    page.get_by_role("combobox", name="Speed").select_option("1")
    play.click()
    expect(tiles(page, "running")).to_have_count(1)
    scrubber.fill("900")
    play.click()
    expect(page.locator("[data-moment]")).to_have_text(re.compile(r"^(.*) of \1$"))
    expect(play).to_be_visible()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    expect(page.locator(".panel .state")).to_have_text("Finished")
    # With reduced motion, there is only the scrubber.
    page.emulate_media(reduced_motion="reduce")
    opener.click()
    expect(scrubber).to_be_focused()
    expect(play).to_be_hidden()
    expect(tiles(page, "pending")).to_have_count(3)
    scrubber.press("End")
    expect(tiles(page, "ok")).to_have_count(3)
