"""A job in a real Chromium: start, watch, reload, lose the server, keep the flags."""

import re
from base64 import b64encode
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.support.browsing import (
    choose,
    counts,
    ended,
    module_url,
    press_download,
    tiles,
)
from tests.support.running import GIF, FlagGate, RunningDashboard, wait_for

# A function and not an expression: the page's policy lets nobody evaluate a string again and again.
ALL_DECODED = """([selector, number]) => {
    const images = [...document.querySelectorAll(selector)];
    return images.length === number && images.every(i => i.complete && i.naturalWidth === 320);
}"""

# Where the parts of a job's panel are, in pixels below the top of the page.
TOPS = """() => ['bar', 'stage', 'mosaic', 'fold=log'].map(part =>
    document.querySelector(`[data-${part}]`).getBoundingClientRect().top + scrollY)"""


def test_top_20_from_the_form_to_the_gallery(nothing_saved: RunningDashboard, page: Page) -> None:
    dashboard = nothing_saved
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
    tiles(page, "ok").first.click()  # a saved flag opens in the gallery's viewer
    expect(page.locator("[data-viewer]")).to_contain_text("Bangladesh")
    page.keyboard.press("Escape")
    cards = page.locator(".card-picture img[src]")
    expect(cards).to_have_count(20)
    expect(page.locator("main")).to_contain_text("Brazil")
    cards.last.scroll_into_view_if_needed()  # they load when they come into sight
    page.wait_for_function(ALL_DECODED, arg=[".card-picture img[src]", 20])


def test_the_bar_moves_while_the_job_runs(
    gated: RunningDashboard, gate: FlagGate, page: Page
) -> None:
    page.goto(f"{gated.url}/?server=GATE&max_req=20")
    press_download(page, 20)
    bar = page.get_by_role("progressbar")
    for answers, done in ((0, 0), (5, 5), (10, 15), (5, 20)):
        gate.let(answers)
        expect(bar).to_have_attribute("aria-valuenow", str(done))
        expect(tiles(page, "ok")).to_have_count(done)
        # What is saved ends where the next part begins; it takes a few frames to get there.
        page.wait_for_function(
            """done => {
                const box = part => document.querySelector(part).getBoundingClientRect();
                const bar = box('[data-bar]');
                const saved = box('[data-bar] [data-part=not_found]').left - bar.left;
                return Math.abs(saved - bar.width * done / 20) < 2;
            }""",
            arg=done,
        )
    ended(page)


def test_reload_in_the_middle_goes_on(gated: RunningDashboard, gate: FlagGate, page: Page) -> None:
    page.goto(f"{gated.url}/?server=GATE&max_req=20")
    press_download(page, 20)
    gate.let(7)
    expect(tiles(page, "ok")).to_have_count(7)
    page.reload()
    expect(tiles(page, "ok")).to_have_count(7)
    expect(tiles(page, "running")).to_have_count(13)
    gate.let(13)
    ended(page)
    assert counts(page) == {"ok": 20}
    page.reload()
    ended(page)
    assert counts(page) == {"ok": 20}


def test_all_browsers_show_the_same_numbers(
    gated: RunningDashboard, gate: FlagGate, new_page: Callable[..., Page]
) -> None:
    one, two, three = (new_page() for _ in range(3))
    one.goto(f"{gated.url}/?server=GATE&max_req=20")
    press_download(one, 20)
    one.wait_for_url("**/jobs/*")
    two.goto(gated.url)
    two.get_by_role("link", name="is running: watch it").click()
    expect(tiles(two)).to_have_count(20)
    gate.let(9)
    for page in (one, two):
        expect(tiles(page, "ok")).to_have_count(9)
    three.goto(one.url)
    expect(tiles(three, "ok")).to_have_count(9)
    gate.let(11)
    for page in (one, two, three):
        ended(page)
    assert counts(one) == counts(two) == counts(three) == {"ok": 20}


@pytest.mark.console_errors(
    "WebSocket connection", "ERR_CONNECTION_REFUSED", "503", "Failed to load"
)
def test_it_reconnects_when_the_server_is_back(
    start: Callable[..., RunningDashboard], gate: FlagGate, page: Page, port: int
) -> None:
    gated = start(port=port)
    page.goto(f"{gated.url}/?server=GATE&max_req=20")
    press_download(page, 20)
    gate.let(5)
    expect(tiles(page, "ok")).to_have_count(5)
    gated.kill()
    expect(page.locator("[data-pill]")).to_contain_text(re.compile("[Rr]econnecting"))
    expect(page.locator("[data-stalled]")).to_have_count(1)
    gated.start()
    ended(page, "Interrupted")
    expect(page.locator("[data-stalled]")).to_have_count(0)
    assert counts(page) == {"ok": 5, "cancelled": 15}
    gate.open()
    page.get_by_role("button", name="Resume 15 flags").click()
    ended(page)
    assert counts(page) == {"ok": 15}


def test_what_is_held_back_looks_like_it_until_it_is_returned(
    gated: RunningDashboard, gate: FlagGate, page: Page
) -> None:
    # More connections than codes.
    job_id = gated.submit(codes=["BR", "CN", "FR"], server="GATE", strategy="map", max_req=9)
    page.goto(f"{gated.url}/jobs/{job_id}")
    expect(tiles(page, "running")).to_have_count(3)
    gate.let_one("CN")
    held = tiles(page, "held")
    expect(held).to_have_text("CN")
    expect(held.locator("img")).to_have_count(0)  # a flag would look like what is returned
    assert counts(page) == {"held": 1, "running": 2}
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "1")
    held.focus()
    for said in ("CN China held back", "futuredone"):
        expect(page.locator("[data-tooltip]")).to_contain_text(said)
    page.reload()
    expect(held).to_have_text("CN")
    gate.open()
    ended(page)
    expect(tiles(page, "ok")).to_have_count(3)
    page.wait_for_function(ALL_DECODED, arg=["[data-mosaic] .tile img", 3])
    (brazil, china, _) = gated.job(job_id)["items"]
    assert china["finished"] < brazil["finished"] <= brazil["returned"] <= china["returned"]


# Sockets that do what the test wants.
SOCKETS = """
    window.sockets = [];
    window.WebSocket = class extends EventTarget {
        constructor() { super(); sockets.push(this); }
        close() {}
    };
"""
LOSE = "() => { sockets.at(-1).dispatchEvent(new CloseEvent('close', { code: 1006 })); }"
HEAR = """() => {
    const data = JSON.stringify({ type: 'events', events: [] });
    sockets.at(-1).dispatchEvent(new MessageEvent('message', { data }));
}"""


@pytest.mark.console_errors("Failed to load resource")
def test_a_lost_connection_and_its_return_are_said_once(
    gated: RunningDashboard, page: Page
) -> None:
    page.add_init_script(SOCKETS)
    page.clock.install()
    page.goto(f"{gated.url}/jobs/{gated.submit(codes=['BR'], server='GATE')}")
    page.route("**/events?since=*", lambda route: route.abort())
    said = page.locator("[data-live]")

    def next_socket() -> None:
        so_many = page.evaluate("() => sockets.length")

        def is_tried() -> bool:
            page.clock.run_for(100)
            return bool(page.evaluate("so_many => sockets.length > so_many", so_many))

        wait_for(is_tried)

    page.wait_for_function("() => sockets.length")
    page.evaluate(LOSE)
    expect(said).to_have_text("The connection is lost; trying again.")
    said.evaluate("said => { said.textContent = ''; }")
    for _ in range(2):
        next_socket()
        page.evaluate(LOSE)
    next_socket()
    page.clock.run_for(1000)  # until more could be said
    expect(said).to_be_empty()
    page.evaluate(HEAR)
    expect(said).to_have_text("Connected again.")


def posts(page: Page) -> list[str]:
    """Return the paths that the page posts to, as it does."""
    posted: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            posted.append(urlsplit(request.url).path)

    page.on("request", note)
    return posted


def test_cancel_and_retry(gated: RunningDashboard, gate: FlagGate, page: Page) -> None:
    posted = posts(page)

    def second_click() -> None:
        """Make a double click of the last one; under the pointer may be another button now."""
        page.mouse.down(click_count=2)
        page.mouse.up(click_count=2)

    page.goto(f"{gated.url}/?server=GATE&max_req=20")
    press_download(page, 20)
    gate.let(3)
    expect(tiles(page, "ok")).to_have_count(3)
    second_click()
    cancel = page.get_by_role("button", name="Cancel", exact=True)
    cancel.click()
    retry = page.get_by_role("button", name="Retry 17 flags")
    expect(retry).to_be_focused()  # and not lost with the button that was pressed
    second_click()
    ended(page, "Cancelled")
    assert counts(page) == {"ok": 3, "cancelled": 17}
    first = page.url
    retry.click()
    expect(page).not_to_have_url(first)
    expect(cancel).to_be_visible()
    gate.open()
    ended(page)
    assert counts(page) == {"ok": 17}
    assert [path.rpartition("/")[2] for path in posted] == ["jobs", "cancel", "retry"]


@pytest.mark.parametrize("width", [1280, 768, 390])
def test_nothing_moves_when_a_job_ends(
    gated: RunningDashboard, gate: FlagGate, new_page: Callable[..., Page], width: int
) -> None:
    page = new_page(locale="ru", viewport={"width": width, "height": 900})
    page.goto(f"{gated.url}/jobs/{gated.submit(server='GATE', select='pop20', max_req=5)}")
    gate.let(3)
    expect(tiles(page, "ok")).to_have_count(3)
    before = page.evaluate(TOPS)
    page.locator("[data-cancel]").click()
    expect(page.get_by_text("Ещё раз", exact=True)).to_be_visible()
    expect(page.locator("[data-gain]")).not_to_be_empty()
    assert page.evaluate(TOPS) == before


def test_two_clicks_at_once_are_one_request(shared: RunningDashboard, page: Page) -> None:
    posted = posts(page)
    page.goto(f"{shared.url}/?codes=a&server=ERROR")
    twice = "button => { button.click(); button.click(); }"
    page.get_by_role("button", name="Download 26 flags").evaluate(twice)
    ended(page)
    first = page.url
    job_id = first.rpartition("/")[2]
    page.get_by_role("button", name="Retry").evaluate(twice)
    expect(page).not_to_have_url(first)
    ended(page)
    assert posted == ["/api/jobs", f"/api/jobs/{job_id}/retry"]


def test_faults_are_shown_as_what_they_are(shared: RunningDashboard, page: Page) -> None:
    page.goto(f"{shared.url}/?server=ERROR&max_req=30")
    page.locator("details.more summary").click()
    page.get_by_role("button", name="Every code").click()
    page.get_by_label("Limit").fill("104")
    press_download(page, 104)
    ended(page)
    job = shared.job(page.url.rpartition("/")[2])
    assert counts(page) == {status: n for status, n in job["counts"].items() if n}
    for status, n in job["counts"].items():
        expect(tiles(page, status)).to_have_count(n)
    failed = tiles(page, "error").first
    failed.focus()
    expect(page.locator("[data-tooltip]")).to_contain_text("HTTP 503 - Service Unavailable")


# A mosaic beside the page's. `show` gives it a snapshot, and says which square the focus is in,
# what became of the one that is pointed at, and what all are like.
MOSAIC = """async (urls) => {
    const [{ Mosaic }, { JobStore }, { Highlight }, { fetchImages }] =
        await Promise.all(urls.map((url) => import(url)));
    const root = document.createElement('div');
    root.id = 'beside';
    document.body.append(root);
    const highlight = new Highlight();
    const mosaic = new Mosaic(root, new Map(), highlight, fetchImages, () => {});
    window.show = (id, ...statuses) => {
        const items = statuses.map((status, i) => ({ cc: `C${i}`, status, finished: i }));
        mosaic.reset(new JobStore({ id, items, created_at: id, spec: { strategy: 'map' } }));
        root.dispatchEvent(new Event('pointerleave')); // then it is the focused one
        const tiles = [...root.querySelectorAll('.tile')];
        const focused = tiles.indexOf(document.activeElement);
        return [focused, highlight.row?.status ?? null, ...tiles.map(tile => tile.dataset.status)];
    };
}"""
SHOW = "snapshot => show(...snapshot)"
FLAG = "data:image/gif;base64," + b64encode(GIF).decode()


def asked_for(route: Route) -> tuple[str, list[str]]:
    """Return the version and the codes of the flags that a page asks for."""
    query = parse_qs(urlsplit(route.request.url).query, keep_blank_values=True)
    return query["v"][0], query.get("cc", [])


def test_a_snapshot_leaves_who_is_in_a_square_there(shared: RunningDashboard, page: Page) -> None:
    asked: list[tuple[str, list[str]]] = []

    def answer(route: Route) -> None:
        asked.append(asked_for(route))
        route.fulfill(json={"images": dict.fromkeys(asked[-1][1], FLAG)})

    page.goto(f"{shared.url}/jobs")
    page.route("**/api/flags/images?*", answer)
    names = ("parts/job/mosaic", "model/store", "model/highlight", "lib/api")
    page.evaluate(MOSAIC, [module_url(name) for name in names])
    squares = page.locator("#beside .tile")
    page.evaluate(SHOW, ["1", "pending", "running"])
    squares.nth(1).focus()
    for statuses, flags in ((["ok", "running"], 1), (["ok", "ok"], 2)):
        assert page.evaluate(SHOW, ["1", *statuses]) == [1, statuses[1], *statuses]
        expect(squares.locator("img")).to_have_count(flags)
    # Another job has squares of its own.
    assert page.evaluate(SHOW, ["2", "ok", "error"]) == [-1, None, "ok", "error"]
    expect(squares.locator("img")).to_have_count(1)
    assert asked == [("1", ["C0"]), ("1", ["C1"]), ("2", ["C0"])]


# Squares beside the page's, for flags that a loader is asked for, as many as each job has.
SQUARES = """async ([directory, ...jobs]) => {
    const [{ FlagLoader }, { fetchImages }] = await Promise.all(
        ['parts/job/flagloader', 'lib/api'].map((name) => import(directory.replace('*', name))));
    window.loader ??= new FlagLoader(fetchImages);
    for (const [version, codes] of jobs) {
        loader.reset(version);
        for (const cc of codes) {
            const square = document.createElement('div');
            square.className = 'square';
            square.dataset.status = 'ok';
            square.textContent = cc;
            document.body.append(square);
            loader.load(square, cc);
        }
    }
}"""


@pytest.mark.console_errors("503", "404")
def test_flags_come_fifty_at_once_and_none_is_forgotten(
    shared: RunningDashboard, page: Page
) -> None:
    asked: list[tuple[str, int]] = []

    def answer(route: Route) -> None:
        version, codes = asked_for(route)
        asked.append((version, len(codes)))
        if len(asked) == 2 or version == "refused":
            route.fulfill(status=404 if version == "refused" else 503, json={})
        else:
            route.fulfill(json={"images": {cc: FLAG for cc in codes if cc != "C0"}})

    page.clock.install()
    page.goto(f"{shared.url}/jobs")
    page.route("**/api/flags/images?*", answer)
    codes = [f"C{number}" for number in range(120)]
    page.evaluate(SQUARES, [module_url("*"), ["one", codes]])
    squares = page.locator(".square")
    wait_for(lambda: page.evaluate("1") and len(asked) == 2)
    page.clock.run_for(4000)
    expect(squares.locator("img")).to_have_count(119)
    assert asked == [("one", 50), ("one", 50), ("one", 50), ("one", 20)]
    # What isn't saved stays as it is.
    assert squares.filter(has_not=page.locator("img")).all_inner_texts() == ["C0"]
    # What an earlier job has not been asked for is not wanted any more.
    page.evaluate(SQUARES, [module_url("*"), ["two", codes], ["three", ["D0"]]])
    expect(squares.last.locator("img")).to_have_count(1)
    assert asked[4:] == [("three", 1)]
    # A job without any takes those of the last one away, too.
    page.evaluate(SQUARES, [module_url("*"), ["four", codes], ["five", []]])
    page.evaluate("new Promise((frame) => requestAnimationFrame(() => setTimeout(frame)))")
    # What is refused for good isn't asked for again.
    with page.expect_response("**/api/flags/images?*"):
        page.evaluate(SQUARES, [module_url("*"), ["refused", ["E0"]]])
    page.clock.run_for(10_000)
    page.evaluate(SQUARES, [module_url("*"), ["six", ["F0"]]])
    expect(squares.last.locator("img")).to_have_count(1)
    assert asked[5:] == [("refused", 1), ("six", 1)]


def test_change_opens_the_form_filled_in(shared: RunningDashboard, page: Page) -> None:
    job_id = shared.submit(codes=["BR", "CN"], server="DELAY", strategy="map", max_req=5)
    page.goto(f"{shared.url}/jobs/{job_id}")
    ended(page)
    expect(page).to_have_title(f"Finished: 2 flags · Job {job_id} · flagdl")
    page.get_by_text("Change", exact=True).click()
    expect(page.get_by_role("spinbutton", name="Connections at once")).to_have_value("5")
    for chosen in ("DELAY", "map"):
        expect(page.get_by_role("radio", name=chosen)).to_be_checked()
    choose(page, "LOCAL")
    press_download(page, 2)
    page.wait_for_url(lambda url: not url.endswith(f"/jobs/{job_id}"))
    ended(page)
    assert page.url != f"{shared.url}/"
    spec = shared.job(page.url.rpartition("/")[2])["spec"]
    assert spec == {**shared.job(job_id)["spec"], "server": "LOCAL"}


def test_the_same_again_leads_to_the_new_job(shared: RunningDashboard, page: Page) -> None:
    job_id = shared.submit(codes=["BR", "CN"], strategy="map", max_req=1)
    page.goto(f"{shared.url}/jobs/{job_id}")
    ended(page)
    run_again = page.get_by_text("Run again", exact=True)
    same = page.get_by_role("button", name="The same again")
    run_again.click()
    page.keyboard.press("Tab")
    expect(same).to_be_focused()
    page.keyboard.press("Escape")
    expect(same).to_be_hidden()
    expect(run_again).to_be_focused()
    run_again.click()
    page.locator("[data-bar]").click(position={"x": 5, "y": 5})  # who presses elsewhere closes it
    expect(same).to_be_hidden()
    run_again.click()
    same.click()
    page.wait_for_url(lambda url: "/jobs/" in url and not url.endswith(f"/jobs/{job_id}"))
    ended(page)
    again = shared.job(page.url.rpartition("/")[2])
    assert again["spec"] == shared.job(job_id)["spec"]


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


def test_the_command_is_copied(shared: RunningDashboard, new_page: Callable[..., Page]) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    job_id = shared.submit(codes=["x", "BR"], max_req=5)
    page.goto(f"{shared.url}/jobs/{job_id}")
    ended(page)
    page.locator("[data-panel]").get_by_text("Share", exact=True).click()
    page.locator("[data-panel]").get_by_role("button", name="Copy as command").click()
    expect(page.locator("[data-panel]").get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()").split()
    assert copied[:3] == ["python", "-m", "flagdl"]
    assert {"-m", "5", "-s", "LOCAL", "BR", "X"} <= set(copied)


def test_what_could_not_be_copied_is_said(shared: RunningDashboard, page: Page) -> None:
    page.add_init_script("navigator.clipboard.writeText = async () => { throw new Error('no'); }")
    page.goto(f"{shared.url}/jobs/{shared.submit(codes=['BR'])}")
    ended(page)
    page.locator("[data-panel]").get_by_text("Share", exact=True).click()
    page.get_by_role("button", name="Copy report").click()
    expect(page.locator("[data-live]")).to_have_text("It could not be copied.")


def test_a_browser_that_keeps_nothing_shows_the_job_all_the_same(
    shared: RunningDashboard, page: Page
) -> None:
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('forbidden'); } })"
    )
    page.goto(f"{shared.url}/jobs/{shared.submit(codes=['BR'])}")
    ended(page)
    page.get_by_text("Log", exact=True).click()
    expect(page.locator("[data-log]")).to_be_visible()


def test_why_a_job_failed_is_said(shared: RunningDashboard, page: Page) -> None:
    job = shared.finished(shared.submit(codes=["FR"]))
    told = {"state": "failed", "ended": True, "detail": "KeyError('x')"}
    page.route(f"**/api/jobs/{job['id']}", lambda route: route.fulfill(json={**job, **told}))
    page.goto(f"{shared.url}/jobs/{job['id']}")
    # Why it failed: a bug's name is no sentence, what is written for people is.
    why = page.locator("[data-detail]")
    expect(why).to_have_text("The job stopped because of a bug in flagdl: KeyError('x')")
    expect(why.locator("code")).to_have_text("KeyError('x')")
    told["detail"] = "the flag servers did not start"
    page.reload()
    expect(why).to_have_text("the flag servers did not start")


# What a browser has, as far as the page uses it, with a reader who looks elsewhere.
NOTIFICATIONS = """
    window.told = [];
    window.Notification = class extends EventTarget {
        static permission = 'default';
        static async requestPermission() { return (this.permission = await answer); }
        constructor(title, options) { super(); told.push({ title, ...options, shown: this }); }
        close() { this.closed = true; }
    };
"""


def test_it_tells_of_the_end_elsewhere(
    gated: RunningDashboard, gate: FlagGate, new_page: Callable[..., Page]
) -> None:
    allowed, refused, seen = (new_page() for _ in range(3))
    job_id = gated.submit(codes=["BR", "CN"], server="GATE")
    for page, answer in ((allowed, "granted"), (refused, "denied"), (seen, "granted")):
        page.add_init_script(f"window.answer = '{answer}'; {NOTIFICATIONS}")
        page.goto(f"{gated.url}/jobs/{job_id}")
        button = page.get_by_role("button", name="Tell me when it’s done")
        expect(button).to_have_attribute("aria-pressed", "false")
        button.click()
        if answer == "granted":
            expect(button).to_have_attribute("aria-pressed", "true")
        else:
            expect(button).to_be_hidden()
            expect(page.locator("#panel-title")).to_be_focused()
    expect(seen.locator("[data-once-ended]")).to_be_hidden()
    for page in (allowed, refused):
        page.evaluate("() => { Object.defineProperty(document, 'hidden', { get: () => true }); }")
    gate.open()
    for page in (allowed, refused, seen):
        ended(page)
    expect(seen.locator("[data-once-ended]")).to_be_visible()
    expect(seen.locator("#panel-title")).to_be_focused()  # and not lost with the button
    allowed.wait_for_function("told.length")
    assert [page.evaluate("told.length") for page in (allowed, refused, seen)] == [1, 0, 0]
    told = allowed.evaluate("({ title: told[0].title, body: told[0].body })")
    assert told["title"] == "flagdl"
    assert re.fullmatch(r"Finished after [\d.]+ m?s: 2 saved\.", told["body"])
    focused = allowed.evaluate(
        "() => { let focused = false; window.focus = () => { focused = true; };"
        "told[0].shown.dispatchEvent(new Event('click')); return focused && told[0].shown.closed; }"
    )
    assert focused
    expect(allowed.get_by_role("button", name="Tell me")).to_be_hidden()


def test_who_allows_it_after_the_end_is_offered_nothing(
    gated: RunningDashboard, gate: FlagGate, page: Page
) -> None:
    page.add_init_script(
        f"window.answer = new Promise(done => {{ window.decide = done; }}); {NOTIFICATIONS}"
    )
    page.goto(f"{gated.url}/jobs/{gated.submit(codes=['BR'], server='GATE')}")
    button = page.locator("[data-notify]")
    button.click()
    gate.open()
    ended(page)
    page.evaluate("decide('granted')")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_be_hidden()


def test_a_browser_that_cannot_tell_offers_it_no_more(
    gated: RunningDashboard, gate: FlagGate, page: Page
) -> None:
    # As Chrome on Android does it.
    page.add_init_script(
        "window.Notification = class { static permission = 'granted';"
        " static async requestPermission() { return this.permission; }"
        " constructor() { throw new TypeError('Illegal constructor'); } };"
    )
    page.goto(f"{gated.url}/jobs/{gated.submit(codes=['BR'], server='GATE')}")
    button = page.get_by_role("button", name="Tell me when it’s done")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.evaluate("() => { Object.defineProperty(document, 'hidden', { get: () => true }); }")
    gate.let(1)
    ended(page)
    page.goto(f"{gated.url}/jobs/{gated.submit(codes=['CN'], server='GATE')}")
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    expect(button).to_be_hidden()
    gate.open()


@pytest.mark.console_errors("503")
def test_what_could_not_be_loaded_is_said_and_asked_for_again(
    shared: RunningDashboard, page: Page
) -> None:
    one, other = (shared.submit(codes=[cc], server="LOCAL") for cc in ("BR", "CN"))
    for job_id in (one, other):
        shared.finished(job_id)
    reason = "The history can't be read. Downloads that run go on."
    page.clock.install()
    for path, shown in (
        (f"/jobs/{one}", "[data-panel]"),
        (f"/jobs/compare?a={one}&b={other}", "[data-verdict] p"),
    ):
        page.route(
            "**/api/jobs/*", lambda route: route.fulfill(status=503, json={"detail": reason})
        )
        page.goto(shared.url + path)
        said = page.get_by_role("alert").filter(has_text=reason)
        expect(said).to_contain_text("could not be loaded; the next try is in a few seconds")
        expect(said).to_be_in_viewport()
        expect(page.locator(shown)).to_be_hidden()
        page.unroute("**/api/jobs/*")
        page.clock.run_for(4000)
        expect(page.locator(shown).first).to_be_visible()
        expect(said).to_have_count(0)


@pytest.mark.console_errors("404")
def test_a_job_that_was_deleted_meanwhile_is_named(shared: RunningDashboard, page: Page) -> None:
    job_id = shared.submit(codes=["BR"], server="LOCAL")
    shared.finished(job_id)
    page.route(
        "**/api/jobs/*", lambda route: (shared.delete(f"/api/jobs/{job_id}"), route.continue_())
    )
    page.goto(f"{shared.url}/jobs/{job_id}")
    expect(page.get_by_role("alert").filter(has_text="There is no")).to_have_text(
        f"There is no job {job_id}."
    )


def test_without_javascript_the_page_refreshes_itself(
    gated: RunningDashboard, gate: FlagGate, new_page: Callable[..., Page]
) -> None:
    page = new_page(java_script_enabled=False)
    job_id = gated.submit(codes=["BR", "CN"], server="GATE")
    page.goto(f"{gated.url}/jobs/{job_id}")
    # What is in <noscript> counts as text only for who looks at the page.
    main = page.locator("main")
    expect(main).to_contain_text("Running", use_inner_text=True)
    expect(main).to_contain_text(
        "GATE · as_completed · 2 flags · 2 connections", use_inner_text=True
    )
    expect(main).to_contain_text("Searching for 2 flags", use_inner_text=True)
    gate.open()
    expect(main).to_contain_text("Finished", use_inner_text=True)
    expect(main).to_contain_text("2 flags downloaded.", use_inner_text=True)
    refreshes = page.locator("meta[http-equiv=refresh]")
    expect(refreshes).to_have_count(0)
    expect(page.locator("main time")).to_have_text(re.compile(r"^\w+ \d+, \d{4}, \d.*[AP]M UTC$"))
    page.get_by_text("Change", exact=True).click()
    expect(page.get_by_role("spinbutton", name="Connections at once")).to_be_visible()
    expect(refreshes).to_have_count(0)


def test_without_javascript_the_form_starts_a_job(
    shared: RunningDashboard, new_page: Callable[..., Page]
) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(f"{shared.url}/?codes=BR")
    page.get_by_role("button", name="Download", exact=True).click()
    expect(page).to_have_url(re.compile(r"/jobs/\d+$"))
    expect(page.locator("main")).to_contain_text("1 flag downloaded.", use_inner_text=True)
    page.get_by_role("button", name="map", exact=True).click()  # again, to compare
    expect(page).to_have_url(re.compile(r"/jobs/compare\?job=\d+&job=\d+$"))


def test_a_replay_shows_any_moment_and_leads_back(shared: RunningDashboard, page: Page) -> None:
    job_id = shared.submit(codes=["BR", "CN", "FR"], server="DELAY", strategy="sequential")
    shared.finished(job_id)
    page.goto(f"{shared.url}/jobs/{job_id}")
    expect(page.locator(".tile img")).to_have_count(3)
    opener = page.get_by_role("button", name="Replay", exact=True)
    opener.click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_focused()
    expect(opener).to_be_hidden()  # as is all that acts on the job
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
    # Played from the end, it begins anew; at the end it pauses by itself.
    page.get_by_role("combobox", name="Speed").select_option("1")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(tiles(page, "running")).to_have_count(1)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    expect(page.locator("[data-moment]")).to_have_text(re.compile(r"^(.*) of \1$"))
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    expect(page.locator(".panel .state")).to_have_text("Finished")


def test_without_motion_there_is_a_scrubber_alone(
    shared: RunningDashboard, new_page: Callable[..., Page]
) -> None:
    job_id = shared.submit(codes=["BR"])
    shared.finished(job_id)
    page = new_page(reduced_motion="reduce")
    page.goto(f"{shared.url}/jobs/{job_id}")
    page.get_by_role("button", name="Replay", exact=True).click()
    scrubber = page.get_by_role("slider", name="Moment")
    expect(scrubber).to_be_focused()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_hidden()
    expect(tiles(page, "pending")).to_have_count(1)
    scrubber.press("End")
    expect(tiles(page, "ok")).to_have_count(1)


def test_an_end_is_announced_at_once(shared: RunningDashboard, page: Page) -> None:
    page.goto(f"{shared.url}/jobs/{shared.submit(codes=['FR'])}")
    ended(page)
    said = page.evaluate(
        """async (url) => {
            const { announcer } = await import(url);
            for (const sentence of ['one', 'two']) announcer.say(sentence);
            announcer.say('the end', true);
            return document.querySelector('[data-live]').textContent;
        }""",
        module_url("lib/announcer"),
    )
    assert said == "the end"
