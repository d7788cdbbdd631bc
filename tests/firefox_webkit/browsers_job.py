"""`make test-browsers`: a job in Firefox and in WebKit, from the form to its results."""

from collections.abc import Callable
from pathlib import Path

from tests.support.running import FlagGate, RunningDashboard
from tests.support.windows import Window

ENDED = "() => !document.querySelector('[data-once-ended]').hidden"
# How many squares show their flag.
PICTURES = "() => [...document.querySelectorAll('.tile img')].filter(i => i.naturalWidth).length"
# How many colours each timeline has, between its axis and its lower edge.
COLOURS = """() => [...document.querySelectorAll('.timeline canvas')].map(canvas => {
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
})"""
ARE_PAINTED = f"() => ({COLOURS})().every(colours => colours > 20)"
GROUND = """() => {
    const canvas = document.querySelector('.timeline canvas');
    return canvas.getContext('2d').getImageData(canvas.width - 2, canvas.height - 2, 1, 1).data[0];
}"""
SAVED = "() => document.querySelector('[data-counters] [data-status=ok] [data-figure]').textContent"


def job_page(window: Window) -> str:
    """Wait until the window shows a job, and return its id."""
    window.until("() => document.querySelector('.tile') && location.pathname.startsWith('/jobs/')")
    return str(window.run("() => location.pathname.split('/').at(-1)"))


# WebKit runs a page's modules without waiting for its style sheets.
SLOW_STYLE_SHEETS = """
import sys, time
from flask import request
import app

def with_slow_sheets(settings, build=app.create_app):
    built = build(settings)
    built.before_request(lambda: time.sleep(2) if request.path.endswith(".css") else None)
    return built

app.create_app = with_slow_sheets
sys.exit(app.main([]))
"""
FOCUSED = "() => document.activeElement.closest('button, summary')?.innerText ?? ''"


def tab_to(window: Window, text: str) -> None:
    """Press Tab until the focus is on the button with this text."""
    for _stop in range(50):
        if text in window.run(FOCUSED):
            return
        window.press("Tab")
    raise AssertionError(f"Tab leads to no {text}")


def test_from_the_form_to_the_flags(shared: RunningDashboard, window: Window) -> None:
    window.goto(shared.url)
    window.click("[name=server][value=DELAY] + label")
    window.click("[name=strategy][value=map] + label")
    window.click(".form-submit")
    job_id = job_page(window)
    window.until(ENDED)
    window.until(f"() => ({PICTURES})() === 20")
    job = shared.job(job_id)
    assert (job["spec"]["server"], job["spec"]["strategy"]) == ("DELAY", "map")
    assert window.run(SAVED) == "20"


def test_from_the_form_to_the_next_job_by_keyboard(
    shared: RunningDashboard, window: Window
) -> None:
    window.goto(shared.url)
    window.run("() => document.querySelector('[data-search]').focus()")
    window.press(*"nepal", "Enter")
    tab_to(window, "Download 1 flag")
    window.press("Enter")
    first = job_page(window)
    window.until(ENDED)
    assert [item["cc"] for item in shared.job(first)["items"]] == ["NP"]
    tab_to(window, "Run again")
    for key in ("Enter", "Tab", "Enter"):
        window.press(key)
    window.until("first => !location.pathname.endsWith(`/${first}`)", first)
    window.until(ENDED)


def test_a_reload_in_the_middle_loses_nothing(
    gated: RunningDashboard, gate: FlagGate, window: Window
) -> None:
    job_id = gated.submit(codes=["B"], server="GATE", max_req=3)
    window.goto(f"{gated.url}/jobs/{job_id}")
    gate.let(5)
    window.until(f"() => ({SAVED})() === '5'")
    window.goto(f"{gated.url}/jobs/{job_id}")
    window.until(f"() => ({SAVED})() === '5'")
    gate.open()
    window.until(ENDED)
    assert window.run(SAVED) == "26"


def test_cancel_in_the_middle(gated: RunningDashboard, gate: FlagGate, window: Window) -> None:
    job_id = gated.submit(codes=["B"], server="GATE", max_req=3)
    window.goto(f"{gated.url}/jobs/{job_id}")
    gate.let(4)
    window.until(f"() => ({SAVED})() === '4'")
    window.click("[data-cancel]")
    window.until(ENDED)
    assert gated.job(job_id)["state"] == "cancelled"
    assert "Cancelled" in window.run("() => document.querySelector('#panel-title').textContent")


def test_the_timeline_in_both_themes(shared: RunningDashboard, window: Window) -> None:
    """It is not one dark block, as it was when its colours were read before it was shown."""
    job_id = shared.submit(codes=["B"], server="DELAY", max_req=6)
    shared.finished(job_id)
    window.goto(f"{shared.url}/jobs/{job_id}")
    window.until(ARE_PAINTED)
    assert window.run(GROUND) > 200
    window.click("[data-preferences] summary")
    window.click("[name=theme][value=dark]")
    window.until(f"() => ({GROUND})() < 80")
    window.press("Escape")
    window.until("() => !document.querySelector('[data-preferences]').open")
    window.until("async () => (await (await fetch('')).text()).includes('data-theme=\"dark\"')")
    window.goto(f"{shared.url}/jobs/{job_id}")
    window.until(ARE_PAINTED)
    assert window.run(GROUND) < 80


def test_the_timeline_is_painted_where_style_sheets_come_late(
    start: Callable[..., RunningDashboard], window: Window
) -> None:
    dashboard = start(program=SLOW_STYLE_SHEETS)
    job_id = dashboard.submit(codes=["B"], server="DELAY", max_req=6)
    dashboard.finished(job_id)
    window.goto(f"{dashboard.url}/jobs/{job_id}")
    window.until(ARE_PAINTED)
    assert window.run(GROUND) > 200


def test_another_strategy_to_compare(shared: RunningDashboard, window: Window) -> None:
    job_id = shared.submit(codes=["B"], server="DELAY", max_req=10)
    shared.finished(job_id)
    window.goto(f"{shared.url}/jobs/{job_id}")
    window.until(ENDED)
    window.click("[data-once-ended] .menu:first-of-type summary")
    window.click(".again [value=map]")
    window.until("() => location.pathname.endsWith('/compare')")
    window.until("() => document.querySelector('[data-verdict]').textContent.length > 40")
    window.until(ARE_PAINTED)
    assert window.run("() => document.querySelectorAll('.timeline canvas').length") == 2


def test_a_connection_that_is_lost_comes_back(
    start: Callable[..., RunningDashboard], gate: FlagGate, window: Window, port: int
) -> None:
    dashboard = start(port=port)
    job_id = dashboard.submit(codes=["B"], server="GATE", max_req=3)
    window.goto(f"{dashboard.url}/jobs/{job_id}")
    window.until("() => document.querySelector('[data-pill]').dataset.phase === 'live'")
    dashboard.kill()
    window.until("() => document.querySelector('[data-pill]').dataset.phase === 'waiting'")
    dashboard.start()
    window.until(ENDED)
    assert dashboard.job(job_id)["state"] == "interrupted"


def test_a_run_in_one_file_replays_from_disk(
    shared: RunningDashboard, window: Window, tmp_path: Path
) -> None:
    job_id = shared.submit(codes=["BR", "CN", "FR"], server="DELAY", strategy="sequential")
    shared.finished(job_id)
    file = tmp_path / "run.html"
    file.write_bytes(shared.get(f"/api/jobs/{job_id}/share.html").content)
    window.goto(file.as_uri())
    window.until("() => document.querySelectorAll('.tile[data-status=ok] img').length === 3")
    window.click("[data-open-replay]")
    window.until("() => document.querySelectorAll('.tile[data-status=running]').length === 1")
    window.until("() => document.querySelectorAll('.tile[data-status=ok]').length > 0")
