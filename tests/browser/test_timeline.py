"""The timeline: how it is drawn, zoomed and read by pointer and by keys.

tests/js has more tests of its geometry and its painter.
"""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browsing import module_url
from tests.support.running import RunningDashboard, wait_for

GREEN, PALE_GREEN, RED, PLOT = (18, 128, 92), (158, 202, 189), (196, 48, 43), (244, 247, 249)
YELLOW, VIOLET = (255, 199, 46), (113, 80, 194)
GREEN_IN_THE_DARK = (53, 192, 143)
TWO_FRAMES = "new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


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


# As in logs of version 1: they don't say when a request was sent or its answer was complete.
EVERY_OUTCOME = job(
    row("BR", "ok", 0, 0.0, 1.0, 2.0, bytes=1500, attempts=2),
    row("FR", "error", 0, 2.0, 3.0, 4.0, detail="HTTP 503 - busy"),
    row("XX", "not_found", 1, 1.5, 3.0, 3.5),
    row("CN", "cancelled", 2, 1.0, None, 3.0),
    counts={"ok": 1, "not_found": 1, "error": 1, "cancelled": 1},
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
    "parts/timeline/timeline", "parts/timeline/key", "parts/timeline/zoombuttons",
    "parts/job/tooltip", "model/highlight", "model/store",
)  # fmt: skip


def show(page: Page, shown: dict[str, Any]) -> None:
    """Show a job in a timeline of the test's own, in place of the page's."""
    page.evaluate(
        """async ([modules, job]) => {
            const { Timeline } = await import(modules.timeline);
            const { Key } = await import(modules.key);
            const { ZoomButtons } = await import(modules.zoombuttons);
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
            window.timeline = new Timeline(root, names, highlight, new ZoomButtons(root));
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
            const { GUTTER, HEAD_HEIGHT, axisEnd, lanesShown } = layout;
            const { Viewport } = await import(modules.viewport);
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
        [modules("model/layout", "model/lanes", "model/viewport"), cc, share],
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
    """Return a pixel of a timeline that was never in sight: it must be drawn, for printing."""
    pixel: list[int] = page.evaluate(
        """async ([modules, job]) => {
            const { Timeline } = await import(modules.timeline);
            const { ZoomButtons } = await import(modules.zoombuttons);
            const { Highlight } = await import(modules.highlight);
            const { JobStore } = await import(modules.store);
            const root = document.querySelector('[data-timeline]').cloneNode(true);
            root.style.marginTop = '5000px';
            document.body.append(root);
            const zoom = new ZoomButtons(root);
            new Timeline(root, new Map(), new Highlight(), zoom).reset(new JobStore(job));
            return [...root.querySelector('canvas').getContext('2d').getImageData(5, 5, 1, 1).data];
        }""",
        [SHOWN, EVERY_OUTCOME],
    )
    return pixel


def test_what_is_pointed_at_or_walked_to_is_told(opened: Page) -> None:
    show(opened, EVERY_OUTCOME)
    slider, said = stage(opened), tooltip(opened)
    canvas = slider.locator("canvas")
    expect(said).to_be_hidden()
    canvas.hover(position=place(opened, "BR"))  # type: ignore[arg-type]
    facts = "futuredonequeued0 mswaiting for the answer1.00 sreceiving1.00 sheld back0 ms"
    expect(said.locator("dl")).to_have_text(
        f"{facts}worker 02 downloads, busy 100%attempts2size1.5 kB"
    )
    box, around = said.bounding_box(), opened.viewport_size
    assert box
    assert around
    assert 0 <= box["x"] <= around["width"] - box["width"]
    returned = {"x": place(opened, "XX", 1)["x"], "y": place(opened, "BR")["y"] - 24}
    canvas.hover(position=returned)  # type: ignore[arg-type]
    expect(said).to_contain_text("XX no country not found")  # its tick in the main thread
    opened.keyboard.press("Escape")  # dismissed, it stays away in the next frames, too
    opened.evaluate(TWO_FRAMES)
    expect(said).to_be_hidden()
    expect(slider).to_have_attribute("aria-valuetext", "4 downloads")
    canvas.click(position={"x": 5, "y": 5})  # on no bar
    expect(slider).to_be_focused()
    opened.keyboard.press("Shift+Tab")  # not a key of the timeline
    expect(slider).to_have_attribute("aria-valuetext", "4 downloads")
    opened.keyboard.press("Tab")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^BR Brazil, saved, future done"))
    # A key selects another bar than the pointer's. When the pointer moves, it selects again.
    canvas.hover(position=place(opened, "BR"))  # type: ignore[arg-type]
    for key, cc in (("ArrowRight", "FR"), ("Control+End", "CN")):
        opened.keyboard.press(key)
        expect(slider).to_have_attribute("aria-valuetext", re.compile(f"^{cc} "))
        expect(said).to_contain_text(cc)
    opened.evaluate(TWO_FRAMES)
    expect(said).to_contain_text("CN")
    assert [slider.get_attribute(f"aria-value{each}") for each in ("now", "max")] == ["4", "4"]
    canvas.hover(position=place(opened, "BR", 0.6))  # type: ignore[arg-type]
    expect(said).to_contain_text("BR Brazil saved")
    opened.mouse.move(0, 0)
    expect(said).to_contain_text("CN")
    slider.blur()
    expect(said).to_be_hidden()


def test_it_is_zoomed_by_buttons_keys_wheel_and_fingers(opened: Page) -> None:
    show(opened, EVERY_OUTCOME)
    canvas = stage(opened).locator("canvas")
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
    expect(stage(opened)).to_be_focused()
    for key, expected in (("+", True), ("0", False)):
        opened.keyboard.press(key)
        zoomed(expected)
    opened.evaluate("document.body.style.minHeight = '3000px'")
    scrolled = opened.evaluate("scrollY")
    opened.mouse.wheel(0, 40)
    opened.wait_for_function("before => scrollY !== before", arg=scrolled)  # the page scrolls
    zoomed(False)
    the_wheel_zooms_and_the_mouse_pans(opened, canvas, saved)
    zoomed(True)
    fit.click()
    zoomed(False)
    shows(opened, beside, PALE_GREEN)
    fingers_tap_and_pinch(opened, canvas)
    zoomed(True)
    assert opened.evaluate("visualViewport.scale") == 1


def the_wheel_zooms_and_the_mouse_pans(
    page: Page, canvas: Locator, saved: dict[str, float]
) -> None:
    canvas.hover(position=saved)  # type: ignore[arg-type]
    page.keyboard.down("Control")
    for _ in range(5):
        page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    # The bar under the pointer has stayed there. What was beside it is out of sight.
    expect(tooltip(page)).to_contain_text("BR Brazil")
    for at in (saved["x"], 60):
        shows(page, {**saved, "x": at}, GREEN)
    box = canvas.bounding_box()
    assert box
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + saved["y"], steps=4)
    page.mouse.up()
    shows(page, {**saved, "x": 60}, PALE_GREEN)  # the rest came along with the pointer


def fingers_tap_and_pinch(page: Page, canvas: Locator) -> None:
    """Tap on XX, which shows its facts, and move two fingers apart."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    box = canvas.bounding_box()
    assert box

    def touch(*moves: list[float], y: float) -> None:
        for kind, xs in zip(["Start", *["Move"] * (len(moves) - 1)], moves, strict=True):
            points = [{"x": box["x"] + x, "y": y, "id": at} for at, x in enumerate(xs)]
            parameters = {"type": f"touch{kind}", "touchPoints": points}
            devtools.send("Input.dispatchTouchEvent", parameters)
        devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    missing, middle = place(page, "XX"), box["width"] / 2
    touch([missing["x"]], y=box["y"] + missing["y"])
    expect(tooltip(page)).to_contain_text("XX no country not found")
    apart = [[middle - by, middle + by] for by in (20, 60, 100)]
    touch(*apart, y=box["y"] + box["height"] / 2)


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


def test_bars_and_what_is_told_of_them_grow_while_the_job_runs(opened: Page) -> None:
    begun = row("FR", "running", 1, 0.0)
    held = row("BR", "ok", 0, 0.0, 0.5, 1.0, returned=None)
    opened.evaluate("window.now = 0; window.clock = () => now")
    show(opened, job(held, begun, state="running", ended=False, elapsed=2.0))
    opened.evaluate("timeline.span = 60")  # a fixed axis, so only bars grow
    opened.evaluate(TWO_FRAMES)
    height = "document.querySelector('[data-stage] canvas').clientHeight"
    at_first = opened.evaluate(height)
    before = [opened.evaluate(COLOURED, colour) for colour in (YELLOW, VIOLET)]
    opened.evaluate("now += 5000")
    for colour, number in zip((YELLOW, VIOLET), before, strict=True):
        grown = f"([colour, before]) => ({COLOURED})(colour) > before"
        opened.wait_for_function(grown, arg=[colour, number], polling=100)
    stage(opened).focus()
    opened.keyboard.press("Control+End")
    expect(tooltip(opened)).to_contain_text("running7.00 s")
    opened.evaluate("now += 1000")
    hear = """event => {
        const touched = event && store.job.items.filter(({ cc }) => cc === event.cc);
        if (event) store.apply([event]);
        for (const view of views) view.update(store, new Set(touched));
    }"""
    opened.evaluate(hear, None)
    expect(tooltip(opened)).to_contain_text("running8.00 s")
    ended = {"started": 0, "sent": 0.1, "first_byte": 1, "received": 7, "finished": 8}
    known = {"type": "flag_done", "seq": 2, "t": 8, "cc": "FR", "status": "ok", "worker": 1}
    opened.evaluate(hear, {**known, **ended, "detail": "", "bytes": 1, "attempts": 1})
    expect(stage(opened)).to_have_attribute("aria-valuetext", re.compile("^FR France, held back"))
    expect(tooltip(opened)).to_contain_text("FR France held back")
    end = {"state": "finished", "elapsed": 55, "detail": "", "counts": {}, "returned": 1}
    opened.evaluate(hear, {"type": "job_finished", "seq": 3, "t": 55, **end})
    assert opened.evaluate(height) == at_first


def test_a_projector_gets_larger_letters_and_a_taller_timeline(
    shared: RunningDashboard, page: Page
) -> None:
    job_id = shared.submit(codes=["BR", "CN"], server="LAB", delay=0.1, spread=0, max_req=2)
    job = shared.finished(job_id)
    lowest = max(job["items"], key=lambda item: (item["worker"], item["finished"]))
    page.goto(f"{shared.url}/jobs/{job_id}")
    log = page.locator("[data-fold=log]")
    log.locator("summary").click()
    page.locator("[data-log] [type=search]").press("p")  # here, P is only a letter
    expect(log).to_be_visible()
    height = "document.querySelector('canvas').clientHeight"
    usual = page.evaluate(height)
    page.locator("[data-stage]").press("p")
    expect(log).to_be_hidden()
    page.wait_for_function(f"usual => {height} > usual", arg=usual)
    stands_below = """() => document.querySelector('[data-fold=code]').getBoundingClientRect().top
        >= document.querySelector('[data-stage]').getBoundingClientRect().bottom"""
    assert page.evaluate(stands_below)  # the code, for a window of 1280 pixels
    canvas = page.locator("canvas")

    def found() -> bool:
        box = canvas.bounding_box()
        assert box
        near_its_end = box["width"] * (lowest["finished"] / job["elapsed"] - 0.05)
        canvas.hover(position={"x": near_its_end, "y": box["height"] - 30})
        return f"{lowest['cc']} " in (tooltip(page).text_content() or "")

    wait_for(found)  # the pointer finds the larger bars once nothing moves
    page.keyboard.down("p")
    expect(log).to_be_visible()
    page.keyboard.down("p")  # the key is held
    expect(log).to_be_visible()
    page.keyboard.up("p")
    cyrillic = {"key": "з", "code": "KeyP"}
    for visible in (False, True):
        page.locator("[data-stage]").dispatch_event("keydown", cyrillic)
        expect(log).to_be_visible(visible=visible)
    page.locator("[data-preferences] summary").click()
    page.get_by_role("button", name="For a projector").click()
    expect(log).to_be_hidden()
