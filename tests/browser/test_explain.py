"""A job explained: legend, figures of the speed-up, the strategy's code, folded or not."""

import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from flagdl.strategies import STRATEGIES
from flagdl.web.pages.explain import CALLS, explanations
from tests.support.browsing import counts, in_words, module_url, tiles
from tests.support.running import RunningDashboard

# Views beside the page's own, of a job whose events the test tells with `hear`.
VIEWS = """async ([job, ...modules]) => {
    const found = await Promise.all(modules.map((module) => import(module)));
    const { Legend, Mosaic, Counters, Bar, JobStore } = Object.assign({}, ...found);
    const part = (name) => document.querySelector(`[data-${name}]`);
    const mosaic = new Mosaic(part('mosaic'), new Map(), () => {});
    const views = [new Legend(part('panel')), mosaic];
    views.push(new Counters(part('counters')), new Bar(part('bar')));
    window.store = new JobStore(job);
    const reset = () => {
        for (const view of views) view.reset?.(store);
        for (const view of views) view.update(store, new Set());
    };
    reset();
    store.addEventListener('replaced', reset);
    store.addEventListener('changed', ({ detail }) => {
        views[0].reset(store); // else it would rest for the reader
        for (const view of views) view.update(store, new Set(detail));
    });
}"""
HEAR = """(events) => store.apply(
    events.map((event, at) => ({ ...event, seq: store.job.seq + 1 + at })))"""


def row(cc: str, **known: object) -> dict[str, object]:
    blank = {"detail": "", "bytes": 0, "attempts": 0, "worker": None}
    times = ("started", "sent", "first_byte", "received", "finished", "returned")
    return {"cc": cc, "status": "pending", **blank, **dict.fromkeys(times), **known}


def job_of(*items: dict[str, object], max_req: int = 2, elapsed: float = 0) -> dict[str, Any]:
    spec = {"strategy": "map", "max_req": max_req}
    counts = {"ok": 0, "not_found": 0, "error": 0, "cancelled": 0}
    told = {
        "state": "running",
        "ended": False,
        "detail": "",
        "report": "",
        "seq": 1,
        "counts": counts,
    }
    return {
        "id": "1",
        "items": items,
        "total": len(items),
        "concurrency": min(max_req, len(items)),
        "spec": spec,
        "counts": counts,
        "elapsed": elapsed,
        "returned": 0,
        **told,
    }


def legend(page: Page) -> dict[str, str]:
    """Return what the legend that is shown says of each call."""
    said: dict[str, str] = page.eval_on_selector_all(
        ".legend:not([hidden]) li",
        "items => Object.fromEntries(items.map(i => ["
        "i.querySelector('code').textContent, i.querySelector('[data-said]').textContent]))",
    )
    return said


def test_the_calls_are_in_the_code() -> None:
    for name, calls, pieces in explanations():
        source = inspect.getsource(STRATEGIES[name]).rstrip()
        assert "".join(piece.text for piece in pieces) == source
        marked = {piece.number: piece.text for piece in pieces if piece.number}
        assert [marked[number] for number in sorted(marked)] == list(calls.values())
    assert set(CALLS) == set(STRATEGIES)


@pytest.mark.parametrize("strategy", list(STRATEGIES))
def test_each_strategy_is_explained_by_its_own_calls(
    shared: RunningDashboard, page: Page, strategy: str
) -> None:
    job = shared.finished(shared.submit(codes=["BR", "CN", "QQ"], strategy=strategy))
    page.goto(f"{shared.url}/jobs/{job['id']}")
    expect(page.locator(".legend:not([hidden])")).to_have_count(1)
    said = legend(page)
    assert list(said) == list(CALLS[strategy].values())
    last = max(job["items"], key=lambda item: item["returned"])["cc"]
    expected = {
        "sequential": ["0 of 3 still to come", "one at a time", f"3 returned, the last: {last}"],
        "map": [
            "3 submitted, 0 pending",
            "0 of 3 workers busy",
            "3 returned in the order of submission",
        ],
        "as_completed": [
            "3 submitted, 0 pending",
            "0 of 3 workers busy",
            f"3 returned, the last: {last}",
            "2 saved, 1 not found",
        ],
        "asyncio": [
            "3 submitted, 0 pending",
            "0 of 3 slots busy",
            f"3 returned, the last: {last}",
            "2 saved, 1 not found",
        ],
    }
    assert list(said.values()) == expected[strategy]
    # The code unfolds, and its calls bear the legend's numbers.
    page.get_by_text("The code at work", exact=True).click()
    code = page.locator(".code:not([hidden])")
    expect(code).to_be_visible()
    shown = re.sub(r"\d$|(?<=\))\d", "", code.inner_text(), flags=re.MULTILINE)
    assert f"def {STRATEGIES[strategy].__name__}(" in shown
    numbers = code.locator("mark .call-number").all_inner_texts()
    assert sorted(numbers) == page.locator(".legend:not([hidden]) .call-number").all_inner_texts()
    # The figures are those of the job.
    times = [item["finished"] - item["started"] for item in job["items"]]
    gains = page.locator("[data-gains]")
    expect(gains.locator("[data-sum]")).to_have_text(in_words(sum(times)))
    expect(gains.locator("[data-wall]")).to_have_text(in_words(job["elapsed"]))
    expect(gains.locator("[data-ratio]")).to_have_text(f"{sum(times) / job['elapsed']:.1f}×")
    floor = max(*times, sum(times) / (1 if strategy == "sequential" else 3))
    expect(gains.locator("[data-floor]")).to_have_text(in_words(floor))
    expect(gains.locator("[data-efficiency]")).to_have_text(f"{floor / job['elapsed']:.0%}")


def started(cc: str, worker: int, t: float) -> dict[str, object]:
    return {"type": "flag_started", "t": t, "cc": cc, "worker": worker}


def done(cc: str, worker: int, t: float, status: str = "not_found") -> dict[str, object]:
    result = row(cc, status=status, worker=worker, started=0.1, finished=t)
    del result["returned"]
    return {"type": "flag_done", "t": t, **result}


def returned(cc: str, t: float) -> dict[str, object]:
    return {"type": "flag_returned", "t": t, "cc": cc}


def cancelled(t: float) -> dict[str, object]:
    end = {"state": "cancelled", "elapsed": t, "detail": "", "counts": {}, "returned": 0}
    return {"type": "job_finished", "t": t, **end}


def bar_parts(page: Page) -> dict[str, float]:
    """Return where each part of the bar begins, in percent."""
    starts: dict[str, float] = page.eval_on_selector_all(
        "[data-part]",
        "parts => Object.fromEntries(parts.map("
        "p => [p.dataset.part, parseFloat(p.style.transform.split('(')[1])]))",
    )
    return starts


@pytest.fixture
def at_work(shared: RunningDashboard, page: Page) -> Callable[[str], Page]:
    """Show four codes on two connections, with a strategy: BB is done before AA."""

    def show(strategy: str) -> Page:
        job = shared.finished(shared.submit(codes=["FR"]))
        page.goto(f"{shared.url}/jobs/{job['id']}")
        expect(page.locator("[data-gains] [data-efficiency]")).not_to_be_empty()
        views = ("legend", "mosaic", "counters", "bar")
        modules = (*(f"parts/job/{name}" for name in views), "model/store")
        shown = job_of(*(row(cc) for cc in ("AA", "BB", "CC", "DD")))
        shown["spec"]["strategy"] = strategy
        page.evaluate(VIEWS, [shown, *(module_url(name) for name in modules)])
        begun = [started("AA", 0, 0.1), started("BB", 1, 0.1)]
        page.evaluate(HEAR, [*begun, done("BB", 1, 0.2), started("CC", 1, 0.21)])
        return page

    return show


LOOKS = "store.job.items.map((row) => store.lookOf(row))"


def test_what_map_holds_back_is_told(at_work: Callable[[str], Page]) -> None:
    page = at_work("map")
    for again in ("() => {}", "() => store.replace(structuredClone(store.job))"):
        page.evaluate(again)  # who comes later sees the same
        assert page.evaluate(LOOKS) == ["running", "held", "running", "pending"]
        assert list(legend(page).values()) == [
            "4 submitted, 1 pending",
            "2 of 2 workers busy",
            "none returned yet; 1 is done and waits for AA",
        ]
        expect(tiles(page, "held")).to_have_attribute("aria-label", "BB no country, held back")
        assert counts(page) == {"held": 1, "running": 2, "pending": 1}
        parts = bar_parts(page)
        assert (parts["held"], parts["running"], parts["pending"]) == (0, 25, 75)
    page.evaluate(HEAR, [done("AA", 0, 0.3)])
    assert "wait for AA" in legend(page)["yield from"]  # done is not returned
    page.evaluate(HEAR, [returned("AA", 0.31), returned("BB", 0.32)])
    assert page.evaluate(LOOKS) == ["not_found", "not_found", "running", "pending"]
    assert counts(page) == {"not_found": 2, "running": 1, "pending": 1}
    assert legend(page)["yield from"] == "2 returned in order, the next: CC"


def test_nothing_is_held_back_once_the_job_has_ended(at_work: Callable[[str], Page]) -> None:
    page = at_work("map")
    never_begun = {**done("DD", 0, 0.3, "cancelled"), "worker": None, "started": None}
    page.evaluate(HEAR, [{**never_begun, "finished": None}])
    assert page.evaluate(LOOKS) == ["running", "held", "running", "cancelled"]
    page.evaluate(HEAR, [done("AA", 0, 0.3, "cancelled"), returned("AA", 0.31), cancelled(0.4)])
    assert page.evaluate(LOOKS)[:2] == ["cancelled", "not_found"]
    expect(tiles(page, "held")).to_have_count(0)
    assert counts(page)["not_found"] == 1
    assert legend(page)["yield from"] == "1 returned in the order of submission"


def test_any_strategy_may_hold_back(at_work: Callable[[str], Page]) -> None:
    page = at_work("as_completed")
    assert counts(page) == {"held": 1, "running": 2, "pending": 1}
    assert legend(page)["future.result()"] == "0 saved"  # of what was returned
    page.evaluate(HEAR, [returned("BB", 0.22)])
    assert counts(page) == {"not_found": 1, "running": 2, "pending": 1}
    assert legend(page)["future.result()"] == "0 saved, 1 not found"
    assert legend(page)["futures.as_completed(to_do)"] == "1 returned, the last: BB"


def test_what_is_folded_up_stays_so(shared: RunningDashboard, page: Page) -> None:
    job = shared.finished(shared.submit(codes=["FR"]))
    page.goto(f"{shared.url}/jobs/{job['id']}")
    timeline, code = page.locator("[data-fold=timeline]"), page.locator("[data-fold=code]")
    expect(timeline).to_have_attribute("open", "")
    timeline.locator("> summary").click()
    code.locator("> summary").focus()
    page.keyboard.press("Enter")
    for _ in range(2):
        expect(timeline).not_to_have_attribute("open", "")
        expect(code).to_have_attribute("open", "")
        page.reload()
    # On paper there is what came of the job, and nothing to be clicked.
    page.emulate_media(media="print")
    for useless in (code, timeline.locator("summary").first, page.locator(".again")):
        expect(useless).to_be_hidden()
    expect(page.locator("[data-report]")).to_be_visible()
