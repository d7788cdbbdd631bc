"""A job explained: the strategy's code, what each call is doing, and what concurrency gained."""

import inspect
from collections.abc import Callable
from operator import itemgetter

from playwright.sync_api import Page, expect

from flagdl.strategies import STRATEGIES
from flagdl.web.pages.explain import CALLS, code_of
from tests.support.browsing import ended, in_words, rounded, tiles
from tests.support.running import FlagGate, RunningDashboard


def said(page: Page) -> dict[str, str]:
    """Return what the page says of each call, by what the call does."""
    told: dict[str, str] = page.eval_on_selector_all(
        "[data-said]",
        "places => Object.fromEntries(places.map(p => [p.dataset.said, p.textContent]))",
    )
    return told


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


# For other strategies, tests/js tests the sentences, and the test above tests the code.
def test_a_strategy_is_explained_by_its_own_calls(shared: RunningDashboard, page: Page) -> None:
    job = shared.finished(
        shared.submit(codes=["BR", "CN", "QQ"], strategy="as_completed", server="DELAY")
    )
    page.goto(f"{shared.url}/jobs/{job['id']}")
    ended(page)
    assert said(page) == {
        "submitted": "3 futures: 0 pending, 0 running, 3 done",
        "running": "0 of 3 worker threads busy",
        "returned": f"3 returned, the last: {max(job['items'], key=itemgetter('returned'))['cc']}",
        "result": "2 saved, 1 not found",
    }
    calls = page.locator("[data-call]").all_inner_texts()
    assert sorted(calls) == sorted(CALLS["as_completed"].values())
    code = page.locator("[data-code]")
    expect(code).to_be_visible()
    lines = [line for line in code.inner_text().splitlines() if not line.lstrip().startswith("# ")]
    assert "\n".join(lines).strip() == inspect.getsource(STRATEGIES["as_completed"]).rstrip()
    # The sentences have the numbers of the job.
    times = [item["finished"] - item["started"] for item in job["items"]]
    floor = max(*times, sum(times) / 3)
    gain = page.locator("[data-gain]")
    expect(gain).to_contain_text(
        f"{in_words(sum(times))} of downloads in {in_words(job['elapsed'])}"
    )
    expect(gain).to_contain_text(f" The floor is {in_words(floor)}: ")
    expect(gain).to_contain_text(f": {rounded(sum(times) / job['elapsed'], 1)} times as fast")
    network = sum(item["received"] - item["started"] for item in job["items"])
    share = f"{rounded(100 * network / sum(times), 0)}%"
    expect(page.locator("[data-waiting]")).to_contain_text(f"{share} of the ")


def test_a_job_that_waits_for_its_turn_has_no_future_yet(
    start: Callable[..., RunningDashboard], gate: FlagGate, page: Page
) -> None:
    gated = start(max_running=1)
    _, last = [gated.submit(codes=["BR"], server="GATE") for _ in range(2)]
    page.goto(f"{gated.url}/jobs/{last}")
    expect(page.locator("#panel-title")).to_have_text("Waiting")
    expect(tiles(page, "pending")).to_have_text("BR")  # the script has shown all it knows
    assert set(said(page).values()) == {""}
    gate.open()
    ended(page)
    assert said(page)["submitted"] == "1 future: 0 pending, 0 running, 1 done"


def test_what_is_folded_up_is_kept_and_nothing_of_it_is_printed(
    shared: RunningDashboard, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": 390, "height": 800})  # where the code is below the timeline
    job = shared.finished(shared.submit(codes=["FR"]))
    page.goto(f"{shared.url}/jobs/{job['id']}")
    ended(page)
    log, code = page.locator("[data-fold=log]"), page.locator("[data-fold=code]")
    kept = "['log', 'code'].map(name => localStorage.getItem(`fold.${name}`))"
    for fold in (log, code):
        expect(fold).not_to_have_attribute("open", "")
    assert page.evaluate(kept) == [None, None]
    log.locator("> summary").click()
    code.locator("> summary").focus()
    page.keyboard.press("Enter")
    for fold in (log, code):
        expect(fold).to_have_attribute("open", "")
    assert page.evaluate(kept) == ["open", "open"]  # for the next page
    # The code can be unfolded beside the timeline, too.
    code.locator("> summary").click()
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(code).not_to_have_attribute("open", "")
    code.locator("> summary").click()
    expect(page.locator("[data-code]")).to_be_visible()
    # Paper shows the result of the job, and nothing that can be clicked.
    page.emulate_media(media="print")
    change = page.locator(".change summary .btn")
    for useless in (code, log, page.locator("[data-once-ended]"), change):
        expect(useless).to_be_hidden()
    for useful in (page.locator("[data-report]"), page.get_by_role("heading", level=1)):
        expect(useful).to_be_visible()


def test_paper_has_every_tile_and_a_comparison_without_buttons(
    shared: RunningDashboard, page: Page
) -> None:
    page.emulate_media(media="print")
    jobs = [shared.submit(select="every", server="LAB", delay=0, max_req=n) for n in (90, 100)]
    for job_id in jobs:
        shared.finished(job_id)
    is_whole = "box => box.scrollHeight === box.clientHeight"
    page.goto(f"{shared.url}/jobs/{jobs[0]}")
    ended(page)
    assert page.locator("[data-mosaic]").evaluate(is_whole)
    page.goto(f"{shared.url}/jobs/compare?a={jobs[0]}&b={jobs[1]}")
    expect(page.get_by_role("heading", name="Figures")).to_be_visible()
    expect(page.get_by_text("Page, to open anywhere")).to_be_hidden()
