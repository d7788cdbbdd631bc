"""A job explained: the strategy's code, what each call is doing, and what concurrency gained."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from flagdl.strategies import STRATEGIES
from flagdl.web.pages.explain import CALLS, code_of
from tests.support.browsing import counts, ended, in_words, module_url, rounded, tiles
from tests.support.running import RunningDashboard

# Views beside the page's own, of a job whose events the test tells with `hear`.
VIEWS = """async ([job, ...modules]) => {
    const found = await Promise.all(modules.map((module) => import(module)));
    const { Code, Highlight, Mosaic, Counters, Bar, JobStore } = Object.assign({}, ...found);
    const part = (name) => document.querySelector(`[data-${name}]`);
    const images = async () => new Map();
    const mosaic = new Mosaic(part('mosaic'), new Map(), new Highlight(), images, () => {});
    const views = [new Code(part('code')), mosaic];
    views.push(new Counters(part('counters')), new Bar(part('bar')));
    window.store = new JobStore(job);
    const reset = () => {
        for (const view of views) view.reset?.(store);
        for (const view of views) view.update(store, new Set());
    };
    reset();
    store.addEventListener('replaced', reset);
    store.addEventListener('changed', ({ detail }) => {
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


def said(page: Page) -> dict[str, str]:
    """Return what the page says of each call, by what the call does."""
    told: dict[str, str] = page.eval_on_selector_all(
        "[data-said]",
        "places => Object.fromEntries(places.map(p => [p.dataset.said, p.textContent]))",
    )
    return told


def active(page: Page) -> list[str]:
    """Return the calls that are highlighted."""
    return page.locator("[data-call][data-active]").all_inner_texts()


def test_the_calls_are_in_the_code() -> None:
    for name, strategy in STRATEGIES.items():
        lines = code_of(name)
        source = inspect.getsource(strategy).rstrip()
        assert "\n".join("".join(text for text, _ in line.pieces) for line in lines) == source
        calls = {role: text for line in lines for text, role in line.pieces if role}
        assert calls == CALLS[name]
        assert [role for line in lines for role in line.roles] == list(calls)
        assert all(line.pieces[0].text.startswith(line.indent) for line in lines if line.pieces)
    assert set(CALLS) == set(STRATEGIES)
    assert code_of("of another version") == []


@pytest.mark.parametrize("strategy", list(STRATEGIES))
def test_each_strategy_is_explained_by_its_own_calls(
    shared: RunningDashboard, page: Page, strategy: str
) -> None:
    job = shared.finished(shared.submit(codes=["BR", "CN", "QQ"], strategy=strategy))
    page.goto(f"{shared.url}/jobs/{job['id']}")
    ended(page)
    last = max(job["items"], key=lambda item: item["returned"])["cc"]
    one_by_one = {
        "submitted": "0 of 3 still to come",
        "running": "one at a time",
        "returned": "3 returned: 2 saved, 1 not found",
    }
    at_once = {
        "submitted": "3 futures: 0 pending, 0 running, 3 done",
        "running": "0 of 3 worker threads busy",
        "returned": f"3 returned, the last: {last}",
        "result": "2 saved, 1 not found",
    }
    expected = {
        "sequential": one_by_one,
        "map": {
            **at_once,
            "returned": "3 returned in the order of submission: 2 saved, 1 not found",
        },
        "as_completed": at_once,
        "asyncio": {
            **at_once,
            "submitted": "3 tasks: 0 pending, 0 running, 3 done",
            "running": "0 of 3 slots busy",
        },
    }
    assert said(page) == {role: expected[strategy][role] for role in CALLS[strategy]}
    code = page.locator("[data-code]")
    expect(code).to_be_visible()
    lines = [line for line in code.inner_text().splitlines() if not line.lstrip().startswith("# ")]
    assert "\n".join(lines).strip() == inspect.getsource(STRATEGIES[strategy]).rstrip()
    # The sentences are those of the job.
    times = [item["finished"] - item["started"] for item in job["items"]]
    at_once_at_most = 1 if strategy == "sequential" else 3
    floor = max(*times, sum(times) / at_once_at_most)
    gain = page.locator("[data-gain]")
    expect(gain).to_contain_text(
        f"{in_words(sum(times))} of downloads in {in_words(job['elapsed'])}"
    )
    if strategy != "sequential":
        expect(gain).to_contain_text(f" The floor is {in_words(floor)}: ")
        expect(gain).to_contain_text(f": {rounded(sum(times) / job['elapsed'], 1)} times as fast")
    network = sum(item["received"] - item["started"] for item in job["items"])
    share = f"{rounded(100 * network / sum(times), 0)}%"
    expect(page.locator("[data-waiting]")).to_contain_text(f"{share} of the ")


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
        job = shared.finished(shared.submit(codes=["FR"], strategy=strategy))
        page.goto(f"{shared.url}/jobs/{job['id']}")
        ended(page)
        views = ("code", "mosaic", "counters", "bar")
        modules = (*(f"parts/job/{name}" for name in views), "model/highlight", "model/store")
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
        assert said(page) == {
            "submitted": "4 futures: 1 pending, 2 running, 1 done",
            "running": "2 of 2 worker threads busy",
            "returned": "none returned yet; 1 is done and waits for AA",
        }
        assert set(active(page)) == set(CALLS["map"].values())
        expect(tiles(page, "held")).to_have_attribute("aria-label", "BB no country, held back")
        assert counts(page) == {"held": 1, "running": 2, "pending": 1}
        parts = bar_parts(page)
        assert (parts["held"], parts["running"], parts["pending"]) == (0, 25, 75)
    page.evaluate(HEAR, [done("AA", 0, 0.3)])
    assert "wait for AA" in said(page)["returned"]  # done is not returned
    page.evaluate(HEAR, [returned("AA", 0.31), returned("BB", 0.32)])
    assert page.evaluate(LOOKS) == ["not_found", "not_found", "running", "pending"]
    assert counts(page) == {"not_found": 2, "running": 1, "pending": 1}
    assert said(page)["returned"] == "2 returned in order, the next: CC"


def test_nothing_is_held_back_once_the_job_has_ended(at_work: Callable[[str], Page]) -> None:
    page = at_work("map")
    never_begun = {**done("DD", 0, 0.3, "cancelled"), "worker": None, "started": None}
    page.evaluate(HEAR, [{**never_begun, "finished": None}])
    assert page.evaluate(LOOKS) == ["running", "held", "running", "cancelled"]
    page.evaluate(HEAR, [done("AA", 0, 0.3, "cancelled"), returned("AA", 0.31), cancelled(0.4)])
    assert page.evaluate(LOOKS)[:2] == ["cancelled", "not_found"]
    expect(tiles(page, "held")).to_have_count(0)
    assert counts(page)["not_found"] == 1
    assert said(page)["returned"] == "1 returned in the order of submission: 0 saved, 1 cancelled"
    assert active(page) == []


def test_any_strategy_may_hold_back(at_work: Callable[[str], Page]) -> None:
    page = at_work("as_completed")
    assert counts(page) == {"held": 1, "running": 2, "pending": 1}
    assert said(page)["result"] == "0 saved"  # of what was returned
    page.evaluate(HEAR, [returned("BB", 0.22)])
    assert counts(page) == {"not_found": 1, "running": 2, "pending": 1}
    assert said(page)["result"] == "0 saved, 1 not found"
    assert said(page)["returned"] == "1 returned, the last: BB"


def test_what_is_folded_up_stays_so(
    shared: RunningDashboard, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": 390, "height": 800})  # where the code is below the timeline
    job = shared.finished(shared.submit(codes=["FR"]))
    page.goto(f"{shared.url}/jobs/{job['id']}")
    ended(page)
    log, code = page.locator("[data-fold=log]"), page.locator("[data-fold=code]")
    for fold in (log, code):
        expect(fold).not_to_have_attribute("open", "")
    log.locator("> summary").click()
    code.locator("> summary").focus()
    page.keyboard.press("Enter")
    for _ in range(2):
        for fold in (log, code):
            expect(fold).to_have_attribute("open", "")
        page.reload()
    # Beside the timeline, too, it can be unfolded.
    code.locator("> summary").click()
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(code).not_to_have_attribute("open", "")
    code.locator("> summary").click()
    expect(page.locator("[data-code]")).to_be_visible()
    # On paper there is what came of the job, and nothing to be clicked.
    page.emulate_media(media="print")
    for useless in (code, log, page.locator("[data-once-ended]"), page.locator("[data-change]")):
        expect(useless).to_be_hidden()
    expect(page.locator("[data-report]")).to_be_visible()
