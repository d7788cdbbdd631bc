"""`make test-browsers`: the other pages in Firefox and in WebKit."""

from tests.support.running import RunningDashboard
from tests.support.windows import Window

OPEN = "() => document.querySelector('[data-viewer]').open"
NAME = "() => document.querySelector('[data-viewer] [data-code]').textContent"


def saved(dashboard: RunningDashboard, *codes: str) -> str:
    """Do a job and return its id."""
    job_id = dashboard.submit(codes=codes)
    dashboard.finished(job_id)
    return job_id


def test_the_gallery(nothing_saved: RunningDashboard, window: Window) -> None:
    saved(nothing_saved, "BR", "CN", "FR")
    window.goto(f"{nothing_saved.url}/gallery?show=saved")
    shown = "() => [...document.querySelectorAll('.flag-card:not([hidden]) img')]"
    window.until(f"() => ({shown})().filter(image => image.naturalWidth).length === 3")
    window.click("#CN .card-select")
    window.click("[data-selection] [data-delete]")
    window.until("() => document.querySelector('#CN').dataset.state === 'missing'")
    window.click("[data-trash] [data-undo]")
    window.until("() => document.querySelector('#CN').dataset.state === 'saved'")
    window.run("() => { const q = document.querySelector('[name=q]'); q.focus(); }")
    window.press(*"fran")
    window.until(f"() => ({shown})().length === 1")


def test_the_viewer(nothing_saved: RunningDashboard, window: Window) -> None:
    job_id = saved(nothing_saved, "BR", "CN", "FR")
    window.goto(f"{nothing_saved.url}/jobs/{job_id}")
    window.until("() => document.querySelector('[data-cc=BR] img')")
    window.click("[data-cc=BR]")
    window.until(f"() => location.pathname === '/gallery' && ({OPEN})()")
    assert window.run(NAME) == "BR"
    window.press("Right")
    window.until(f"() => ({NAME})() !== 'BR'")
    window.press("Escape")
    window.until(f"() => !({OPEN})() && !location.hash")


def test_the_history_is_live(shared: RunningDashboard, window: Window) -> None:
    window.goto(f"{shared.url}/jobs")
    job_id = saved(shared, "BR", "CN")
    window.until(
        "id => document.querySelector(`#job-${id}`)?.innerText.includes('2 saved')", job_id
    )
    window.click(f"#job-{job_id} [name=delete]")
    window.until("id => document.querySelector(`#job-${id}`)?.innerText.includes('Undo')", job_id)


def test_no_page_is_wider_than_a_phone(shared: RunningDashboard, window: Window) -> None:
    job_id = saved(shared, "B")
    window.resize(390, 800)
    for path in (
        "/",
        "/jobs",
        f"/jobs/{job_id}",
        f"/jobs/compare?a={job_id}&b={job_id}",
        "/gallery",
    ):
        window.goto(shared.url + path)
        widths = "() => [document.documentElement.scrollWidth, innerWidth]"
        scroll, inner = window.run(widths)
        assert scroll <= inner, path


def test_every_page_has_the_same_width(shared: RunningDashboard, window: Window) -> None:
    """A scrollbar that comes or goes must not move the page."""
    job_id = saved(shared, "B")
    widths = set()
    for path in ("/jobs/0", "/", "/jobs", f"/jobs/{job_id}", "/gallery"):
        window.goto(shared.url + path)
        widths.add(window.run("() => document.querySelector('main').clientWidth"))
    assert len(widths) == 1
