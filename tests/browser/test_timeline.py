"""The timeline: its geometry, what is drawn, hovered, zoomed, walked through and told."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from playwright.sync_api import CDPSession, Locator, Page, expect

from tests.support.browsing import module_url, tiles
from tests.support.running import FlagGate, RunningDashboard, wait_for

GREEN, PALE_GREEN, DARK_GREEN = (18, 128, 92), (158, 202, 189), (17, 88, 78)
RED, VIOLET = (196, 48, 43), (113, 80, 194)
GREEN_IN_THE_DARK, VIOLET_IN_THE_DARK = (53, 192, 143), (185, 164, 247)
PLOT = (244, 247, 249)
T = TypeVar("T")


def row(
    cc: str,
    status: str,
    worker: int | None,
    started: float | None,
    first_byte: float | None = None,
    finished: float | None = None,
    **fields: object,
) -> dict[str, Any]:
    times = {"started": started, "first_byte": first_byte, "finished": finished}
    return {
        "cc": cc, "status": status, "worker": worker, **times, "sent": None, "received": None,
        "returned": finished, "detail": "", "bytes": 0, "attempts": 1, **fields,
    }  # fmt: skip


def job(*rows: dict[str, Any], **fields: object) -> dict[str, Any]:
    return {
        "id": "of the test", "state": "finished", "ended": True, "elapsed": 4.0, "total": len(rows),
        "concurrency": 3, "retryable": 0, "retry_of": None, "after": None,
        "spec": {"codes": [], "server": "LOCAL", "strategy": "map", "max_req": 3, "attempts": 1},
        "counts": {"ok": 0, "not_found": 0, "error": 0, "cancelled": 0},
        "created_at": "2026-11-22T12:00:00Z", "seq": 1, "detail": "", "report": "", "returned": 0,
        "items": rows, **fields,
    }  # fmt: skip


# As logs of version 1 have them: nothing is known of when a request was sent, or all had come.
EVERY_OUTCOME = job(
    row("BR", "ok", 0, 0.0, 1.0, 2.0, bytes=1500, attempts=2),
    row("FR", "error", 0, 2.0, 3.0, 4.0, detail="HTTP 503 - busy"),
    row("XX", "not_found", 1, 1.5, 3.0, 3.5),
    row("CN", "cancelled", 2, 1.0, None, 3.0),
    counts={"ok": 1, "not_found": 1, "error": 1, "cancelled": 1},
)
# Of BR all phases are known; FR came to be held back, JP broke off, IN was given up unreturned.
PHASES = job(
    row("BR", "ok", 0, 0.0, 1.0, 2.0, sent=0.1, received=1.5, returned=3.5),
    row("FR", "ok", 0, 2.2, 3.0, 3.2, sent=2.5, received=3.1, returned=3.5),
    row("XX", "not_found", 1, 0.0, 1.0, 2.0, sent=0.5, received=1.5),
    row("JP", "error", 1, 2.0, 2.5, 3.0, sent=2.1, detail="truncated"),
    row("IN", "ok", 2, 0.0, 1.0, 2.0, sent=0.5, received=1.5, returned=None),
)


@pytest.fixture
def opened(shared: RunningDashboard, page: Page) -> Page:
    """A job's page, on which a test can show any job in the timeline."""
    page.goto(f"{shared.url}/jobs/{shared.submit(codes=['BR'])}")
    expect(page.locator("[data-panel]")).to_contain_text("Finished")
    return page


def stage(page: Page) -> Locator:
    return page.locator("[data-timeline] [data-stage]")


def tooltip(page: Page) -> Locator:
    return page.locator("[data-tooltip]")


def modules(*names: str) -> dict[str, str]:
    return {name.rpartition("/")[2]: module_url(name) for name in names}


SHOWN = modules(
    "parts/timeline/timeline", "parts/timeline/key", "parts/timeline/zoom", "parts/job/tooltip",
    "model/highlight", "model/store",
)  # fmt: skip


def show(page: Page, shown: dict[str, Any]) -> None:
    """Show a job in a timeline of the test's own, in place of the page's."""
    page.evaluate(
        """async ([modules, job]) => {
            const { Timeline } = await import(modules.timeline);
            const { Key } = await import(modules.key);
            const { Zoom } = await import(modules.zoom);
            const { Tooltip } = await import(modules.tooltip);
            const { Highlight } = await import(modules.highlight);
            const { JobStore } = await import(modules.store);
            const [root, beside] = ['timeline', 'tooltip'].map(part => {
                const old = document.querySelector(`[data-${part}]`);
                const made = old.cloneNode(true);
                old.replaceWith(made);
                return made;
            });
            root.scrollIntoView({ block: 'center' });
            window.clock ??= () => performance.now(); // milliseconds; a test may set another
            window.store = new JobStore(job, () => clock());
            const names = new Map([['BR', 'Brazil'], ['FR', 'France']]);
            const highlight = new Highlight();
            window.timeline = new Timeline(root, names, highlight, new Zoom(root));
            window.views = [timeline, new Key(root), new Tooltip(beside, names, highlight)];
            for (const view of views) view.reset?.(store);
            for (const view of views) view.update(store, new Set());
        }""",
        [SHOWN, shown],
    )


def place(page: Page, cc: str, share: float = 0.5) -> dict[str, float]:
    """Return where on the canvas the bar of a code is while all of the job is shown."""
    found: dict[str, float] = page.evaluate(
        """async ([modules, cc, share]) => {
            const layout = await import(modules.layout);
            const { GUTTER, HEAD_HEIGHT, Viewport, axisEnd, lanesShown } = layout;
            const { Lanes } = await import(modules.lanes);
            const { items, concurrency } = store.job;
            const lanes = new Lanes(store);
            const view = new Viewport();
            const shown = lanesShown(lanes.count, concurrency, store.ended);
            view.cover(axisEnd(store.elapsed, store.ended), shown, concurrency);
            view.resize(document.querySelector('[data-stage]').clientWidth - GUTTER);
            const bar = lanes.bar(items.find(row => row.cc === cc));
            return {
                x: GUTTER + view.x(bar.start + (bar.end - bar.start) * share),
                y: HEAD_HEIGHT + view.y(bar.lane + 0.7),
            };
        }""",
        [modules("model/layout", "model/lanes"), cc, share],
    )  # fmt: skip
    return found


def shows(page: Page, at: dict[str, float], colour: tuple[int, int, int]) -> None:
    """Wait until the canvas has a colour at a place."""
    page.wait_for_function(
        """([{ x, y }, colour]) => {
            const context = document.querySelector('[data-stage] canvas').getContext('2d');
            const pixel = context.getImageData(x, y, 1, 1).data;
            return colour.every((part, index) => Math.abs(part - pixel[index]) <= 2);
        }""",
        arg=[at, colour],
    )


def test_each_phase_looks_different(opened: Page) -> None:
    show(opened, PHASES)
    # BR waits up to a half of its two seconds, receives for a quarter, is checked and saved.
    for share, colour in ((0.3, PALE_GREEN), (0.6, GREEN), (0.9, DARK_GREEN)):
        shows(opened, place(opened, "BR", share), colour)
    lowered = place(opened, "BR", 0.9)
    shows(opened, {**lowered, "y": lowered["y"] - 14}, PLOT)
    tail = place(opened, "FR", 1.2)  # under the place where its worker rests
    shows(opened, {**tail, "y": tail["y"] + 4}, VIOLET)
    under = place(opened, "BR", 1.4)  # and under FR, which its worker had taken next
    shows(opened, {**under, "y": under["y"] + 4}, VIOLET)
    # Without a fact there is no part: not in JP, which broke off, and no tail behind IN.
    shows(opened, place(opened, "JP", 0.95), RED)
    never = place(opened, "IN", 1.2)
    shows(opened, {**never, "y": never["y"] + 4}, PLOT)
    the_main_thread_and_the_floor_are_drawn(opened)
    opened.evaluate("document.documentElement.dataset.theme = 'dark'")
    shows(opened, {**tail, "y": tail["y"] + 4}, VIOLET_IN_THE_DARK)


def the_main_thread_and_the_floor_are_drawn(opened: Page) -> None:
    """Of PHASES: 3 lanes, 4 s; all downloads take 8 s: no schedule takes less than 2.67 s."""
    main = place(opened, "BR")["y"] - 24
    at = {second: place(opened, "BR", second / 2)["x"] for second in (8 / 3, 3.0, 3.5)}
    shows(opened, {"x": at[3.5], "y": main}, GREEN)
    shows(opened, {"x": at[3.0], "y": main}, RED)
    opened.wait_for_function(
        """([x, tall]) => {
            const context = document.querySelector('[data-stage] canvas').getContext('2d');
            const { data } = context.getImageData(x - 2, 0, 4, tall);
            let dark = 0;
            for (let i = 0; i < data.length; i += 4)
                if (data[i] < 40 && data[i + 2] < 90) dark += 1;
            return dark > tall / 3;
        }""",
        arg=[at[8 / 3], place(opened, "IN")["y"]],
    )
    canvas = stage(opened).locator("canvas")
    canvas.hover(position={"x": at[3.0] + 2, "y": main})
    expect(tooltip(opened)).to_contain_text("JP")


def test_each_outcome_has_its_colour_in_both_themes_and_leaves_with_its_job(opened: Page) -> None:
    entries = opened.locator("[data-timeline] [data-key-of]:visible")
    expect(entries).to_have_count(0)
    show(opened, EVERY_OUTCOME)
    expect(entries).to_have_text(["not found", "failed", "cancelled"])
    saved = place(opened, "BR", 0.95)
    shows(opened, saved, GREEN)
    shows(opened, place(opened, "BR", 0.3), PALE_GREEN)  # waiting
    shows(opened, place(opened, "FR", 0.8), RED)
    opened.evaluate("document.documentElement.dataset.theme = 'dark'")
    shows(opened, saved, GREEN_IN_THE_DARK)
    opened.evaluate("delete document.documentElement.dataset.theme")
    shows(opened, saved, GREEN)
    opened.emulate_media(color_scheme="dark")
    shows(opened, saved, GREEN_IN_THE_DARK)
    opened.emulate_media(color_scheme="light")
    opened.evaluate(
        """async ([modules, job]) => {
            const { JobStore } = await import(modules.store);
            timeline.reset(new JobStore(job));
        }""",
        [modules("model/store"), {**EVERY_OUTCOME, "items": EVERY_OUTCOME["items"][1:]}],
    )
    shows(opened, saved, PLOT)
    assert pixel_out_of_sight(opened) == [*PLOT, 255]  # and not black


def pixel_out_of_sight(page: Page) -> list[int]:
    """Return a pixel of a timeline that never was in sight: it may be printed."""
    pixel: list[int] = page.evaluate(
        """async ([modules, job]) => {
            const { Timeline } = await import(modules.timeline);
            const { Zoom } = await import(modules.zoom);
            const { Highlight } = await import(modules.highlight);
            const { JobStore } = await import(modules.store);
            const root = document.querySelector('[data-timeline]').cloneNode(true);
            root.style.marginTop = '5000px';
            document.body.append(root);
            new Timeline(root, new Map(), new Highlight(), new Zoom(root)).reset(new JobStore(job));
            return [...root.querySelector('canvas').getContext('2d').getImageData(5, 5, 1, 1).data];
        }""",
        [SHOWN, EVERY_OUTCOME],
    )
    return pixel


def test_what_is_pointed_at_is_told(opened: Page) -> None:
    show(opened, EVERY_OUTCOME)
    canvas = stage(opened).locator("canvas")
    expect(tooltip(opened)).to_be_hidden()
    canvas.hover(position=place(opened, "BR"))  # type: ignore[arg-type]
    expect(tooltip(opened)).to_contain_text("BR Brazil saved")
    facts = "futuredonequeued0 mswaiting for the answer1.00 sreceiving1.00 sheld back0 ms"
    expect(tooltip(opened).locator("dl")).to_have_text(
        f"{facts}worker 02 downloads, busy 100%attempts2size1.5 kB"
    )
    box, around = tooltip(opened).bounding_box(), opened.viewport_size
    assert box
    assert around
    assert 0 <= box["x"] <= around["width"] - box["width"]
    canvas.hover(position=place(opened, "FR"))  # type: ignore[arg-type]
    expect(tooltip(opened)).to_contain_text("failed: HTTP 503 - busy")
    canvas.hover(position=place(opened, "CN"))  # type: ignore[arg-type]
    expect(tooltip(opened)).to_contain_text("no answer2.00 s")
    opened.keyboard.press("Escape")  # dismissed, it stays away in the next frames, too
    opened.evaluate("() => new Promise(s => requestAnimationFrame(() => requestAnimationFrame(s)))")
    expect(tooltip(opened)).to_be_hidden()
    # A key leads away from where the pointer rests; when that moves, it points again.
    stage(opened).focus()
    opened.keyboard.press("End")
    expect(tooltip(opened)).to_contain_text("FR France")
    canvas.hover(position=place(opened, "BR"))  # type: ignore[arg-type]
    expect(tooltip(opened)).to_contain_text("BR Brazil")
    stage(opened).blur()
    opened.mouse.move(0, 0)
    expect(tooltip(opened)).to_be_hidden()


def test_the_arrow_keys_walk_and_are_spoken(opened: Page) -> None:
    show(opened, EVERY_OUTCOME)
    slider = opened.get_by_role("slider", name="Downloads, by lane and time")
    expect(slider).to_have_attribute("aria-valuetext", "4 downloads")
    slider.click(position={"x": 5, "y": 5})  # where there is none
    expect(slider).to_be_focused()
    opened.keyboard.press("Tab")  # no key of ours
    expect(slider).not_to_be_focused()
    expect(slider).to_have_attribute("aria-valuetext", "4 downloads")
    opened.get_by_role("button", name="Fit").focus()
    opened.keyboard.press("Tab")
    expect(slider).to_be_focused()
    walk = (
        ("ArrowRight", "FR"), ("ArrowDown", "XX"), ("ArrowUp", "FR"), ("Home", "BR"),
        ("Control+End", "CN"), ("Control+Home", "BR"), ("PageDown", "CN"),
    )  # fmt: skip
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^BR Brazil, saved, future done"))
    for key, cc in walk:
        opened.keyboard.press(key)
        expect(slider, key).to_have_attribute("aria-valuetext", re.compile(f"^{cc} "))
        expect(tooltip(opened), key).to_contain_text(cc)
    expect(slider).to_have_attribute("aria-valuenow", "4")
    expect(slider).to_have_attribute("aria-valuemax", "4")
    opened.keyboard.press("Tab")
    expect(tooltip(opened)).to_be_hidden()
    opened.keyboard.press("Shift+Tab")
    expect(tooltip(opened)).to_contain_text("CN")
    # A thousand workers have room, too.
    spec = {**job()["spec"], "max_req": 1000}
    rows = [row(f"{n}", "ok", n, 0.0, 0.5, 1.0) for n in range(676)]
    show(opened, job(*rows, spec=spec, elapsed=1.0))
    box = stage(opened).bounding_box()
    assert box
    assert box["height"] <= 350
    stage(opened).focus()
    opened.keyboard.press("Control+End")
    expect(stage(opened)).to_have_attribute("aria-valuenow", "676")
    expect(tooltip(opened)).to_contain_text("worker 675")


def test_zooming_by_buttons_keys_and_wheel(opened: Page) -> None:
    show(opened, EVERY_OUTCOME)
    slider = stage(opened)
    canvas = slider.locator("canvas")
    out, fit = (opened.get_by_role("button", name=name) for name in ("Zoom out", "Fit"))
    saved, beside = place(opened, "BR", 0.95), place(opened, "BR", 0.3)

    def zoomed(expected: bool) -> None:
        expect(fit).to_have_attribute("aria-disabled", str(not expected).lower())
        expect(canvas).to_have_class("is-zoomed" if expected else "")

    zoomed(False)
    opened.get_by_role("button", name="Zoom in").click()
    zoomed(True)
    out.click()
    zoomed(False)
    canvas.click(position=saved)  # type: ignore[arg-type]
    expect(slider).to_be_focused()
    opened.keyboard.press("+")
    zoomed(True)
    opened.keyboard.press("0")
    zoomed(False)
    opened.evaluate("document.body.style.minHeight = '3000px'")
    scrolled = opened.evaluate("scrollY")
    opened.mouse.wheel(0, 40)
    opened.wait_for_function("before => scrollY !== before", arg=scrolled)  # as anywhere
    zoomed(False)
    canvas.hover(position=saved)  # type: ignore[arg-type]
    opened.keyboard.down("Control")
    for _ in range(5):
        opened.mouse.wheel(0, -100)
    opened.keyboard.up("Control")
    zoomed(True)
    # What is under the pointer has stayed there, and what was beside it is out of sight.
    expect(tooltip(opened)).to_contain_text("BR Brazil")
    shows(opened, saved, GREEN)
    shows(opened, {**saved, "x": 60}, GREEN)
    opened.mouse.down()
    box = canvas.bounding_box()
    assert box
    opened.mouse.move(box["x"] + box["width"] - 2, box["y"] + saved["y"], steps=4)
    opened.mouse.up()
    shows(opened, {**saved, "x": 60}, PALE_GREEN)  # the rest came along with the pointer
    fit.click()
    zoomed(False)
    shows(opened, beside, PALE_GREEN)


def test_fingers_tap_and_pinch(shared: RunningDashboard, new_page: Callable[..., Page]) -> None:
    page = new_page(has_touch=True, viewport={"width": 390, "height": 800})
    page.goto(f"{shared.url}/jobs/{shared.submit(codes=['BR'])}")
    expect(page.locator("[data-panel]")).to_contain_text("Finished")
    show(page, EVERY_OUTCOME)
    canvas = stage(page).locator("canvas")
    canvas.tap(position=place(page, "XX"))  # type: ignore[arg-type]
    expect(tooltip(page)).to_contain_text("XX no country not found")
    box = canvas.bounding_box()
    assert box
    fingers: CDPSession = page.context.new_cdp_session(page)
    middle, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def touch(kind: str, *away: float) -> None:
        points = [{"x": middle + by, "y": y, "id": number} for number, by in enumerate(away)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", -20, 20)
    touch("touchMove", -60, 60)
    touch("touchMove", -100, 100)
    touch("touchEnd")
    expect(canvas).to_have_class("is-zoomed")
    assert page.evaluate("visualViewport.scale") == 1


# How many pixels of the canvas have a colour.
COLOURED = """colour => {
    const canvas = document.querySelector('[data-stage] canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const near = (part, at) => Math.abs(part - data[at]) <= 2;
    let number = 0;
    for (let at = 0; at < data.length; at += 4)
        if (colour.every((part, index) => near(part, at + index))) number += 1;
    return number;
}"""


def test_a_tail_grows_until_its_result_is_returned_and_stays(opened: Page) -> None:
    begun = row("FR", "running", 1, 0.0)
    held = row("BR", "ok", 0, 0.0, 0.5, 1.0, returned=None)
    opened.evaluate("window.now = 0; window.clock = () => now")
    show(opened, job(held, begun, state="running", ended=False, elapsed=2.0))
    opened.evaluate("timeline.span = 60")  # the axis stays as it is, once it is drawn
    opened.evaluate(
        "new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
    )
    grown = f"([colour, before]) => ({COLOURED})(colour) > before"
    for _ in range(2):
        before = opened.evaluate(COLOURED, VIOLET)
        opened.evaluate("now += 5000")
        opened.wait_for_function(grown, arg=[VIOLET, before], polling=100)
    held_back = opened.evaluate(COLOURED, VIOLET)
    hear = """event => {
        store.apply([event]);
        for (const view of views) view.update(store, new Set(store.done));
    }"""
    opened.evaluate(hear, {"type": "flag_returned", "seq": 2, "t": 50, "cc": "BR"})
    opened.wait_for_function(grown, arg=[VIOLET, 2 * held_back], polling=100)
    end = {"state": "finished", "elapsed": 55, "detail": "", "counts": {}, "returned": 1}
    opened.evaluate(hear, {"type": "job_finished", "seq": 3, "t": 55, **end})
    opened.evaluate("timeline.span = 55")
    opened.wait_for_function(grown, arg=[VIOLET, 2 * held_back], polling=100)


def test_bars_grow_while_the_job_runs(gated: RunningDashboard, gate: FlagGate, page: Page) -> None:
    job_id = gated.submit(codes=["BR", "CN", "FR", "IN"], server="GATE", max_req=2)
    page.goto(f"{gated.url}/jobs/{job_id}")
    expect(tiles(page, "running")).to_have_count(2)
    canvas = stage(page).locator("canvas")
    canvas.scroll_into_view_if_needed()
    height = canvas.bounding_box()
    assert height
    expect(stage(page)).to_have_attribute("aria-valuetext", "2 downloads")
    stage(page).focus()
    page.keyboard.press("Home")
    expect(tooltip(page)).to_contain_text("running")
    before = tooltip(page).inner_text()
    page.wait_for_function(
        "before => document.querySelector('[data-tooltip]').innerText !== before", arg=before
    )
    page.wait_for_function(  # a yellow bar, that reaches further with each frame
        """() => {
            const canvas = document.querySelector('[data-stage] canvas');
            const line = canvas.getContext('2d').getImageData(0, 54, canvas.width, 1).data;
            let yellow = 0;
            for (let i = 0; i < line.length; i += 4)
                if (line[i] === 255 && line[i + 1] === 199 && line[i + 2] === 46) yellow += 1;
            const grew = window.yellow && yellow > window.yellow;
            window.yellow = yellow;
            return grew;
        }"""
    )
    gate.let_one("BR")
    expect(stage(page)).to_have_attribute("aria-valuetext", re.compile("saved"))
    gate.let_one("CN")
    expect(stage(page)).to_have_attribute("aria-valuemax", "4")
    gate.open()
    expect(page.locator("[data-panel]")).to_contain_text("Finished")
    after = canvas.bounding_box()
    assert after
    assert after["height"] == height["height"]


def test_a_projector_gets_larger_letters_and_a_taller_timeline(
    shared: RunningDashboard, page: Page
) -> None:
    job_id = shared.submit(codes=["BR", "CN"], server="DELAY", max_req=2)
    shared.finished(job_id)
    page.goto(f"{shared.url}/jobs/{job_id}")
    size = "() => [innerHeight, document.querySelector('canvas').clientHeight]"
    log = page.locator("[data-fold=log]")
    expect(log).to_be_visible()
    _, usual = page.evaluate(size)
    page.keyboard.press("p")
    expect(log).to_be_hidden()
    page.wait_for_function(
        "usual => document.querySelector('canvas').clientHeight > usual", arg=usual
    )
    canvas = page.locator("canvas")

    def found() -> bool:
        box = canvas.bounding_box()
        assert box
        canvas.hover(position={"x": box["width"] / 2, "y": box["height"] - 30})
        return "CN China" in (tooltip(page).text_content() or "")

    wait_for(found)  # the pointer finds what is drawn larger, once nothing moves
    page.keyboard.press("p")
    expect(log).to_be_visible()
    page.locator("[data-change] > summary").click()
    page.locator("[data-picker] [type=search]").press_sequentially("peru")  # that P is a letter
    expect(log).to_be_visible()
    page.locator("[data-preferences] summary").click()
    page.get_by_role("button", name="For a projector").click()
    expect(log).to_be_hidden()
