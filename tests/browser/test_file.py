"""A job's page as one file, opened from the disk: without a server, without a network."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Page, expect

from flagdl.model.codes import countries
from tests.support.browsing import tiles
from tests.support.running import RunningDashboard
from tests.unit.model.test_log import log_of_two

MARKUP = (
    "</script></template><script>window.bad = 1</script>"
    "<img src=x onerror='window.bad = 1'>&lt;b>${7*7}{{ 7*7 }}"
)


def saved(dashboard: RunningDashboard, job_id: str, directory: Path) -> str:
    """Save a job's page as a file, and return its address."""
    path = directory / f"{job_id}.html"
    path.write_bytes(dashboard.get(f"/api/jobs/{job_id}/share.html").content)
    return path.as_uri()


def offline(new_page: Callable[..., Page], locale: str = "de-DE") -> tuple[Page, list[str]]:
    """Open a page without a network. Return it, and a list that gets its console messages."""
    page, said = new_page(offline=True, locale=locale), list[str]()

    def hear(message: ConsoleMessage) -> None:
        said.append(message.text)

    page.on("console", hear)
    return page, said


def first_in_sight(dashboard: RunningDashboard, job_id: str) -> str:
    """Return the title of a timeline's first bar, of worker 0, which may be any thread."""
    begun = [row for row in dashboard.job(job_id)["items"] if row["worker"] == 0]
    cc = str(min(begun, key=lambda row: row["started"])["cc"])
    return f"{cc} {countries()[cc].name}"


def test_a_file_shows_the_run_in_both_languages_and_themes(
    shared: RunningDashboard, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    job_id = shared.submit(
        codes=["BR", "CN", "FR", "ZZ"], strategy="map", max_req=2, server="DELAY"
    )
    shared.finished(job_id)
    page, said = offline(new_page)
    page.goto(saved(shared, job_id, tmp_path))
    expect(page.locator("#panel-title")).to_have_text("Finished")
    expect(page.locator("h1")).to_contain_text("4 flags")
    expect(tiles(page, "ok").locator("img")).to_have_count(3)
    expect(tiles(page, "not_found")).to_have_text("ZZ")
    expect(page.locator("[data-lesson]")).to_contain_text("The floor is")
    expect(page.locator("[data-said]").first).not_to_be_empty()
    page.locator("[data-stage]").press("Home")
    expect(page.locator("[data-tooltip]")).to_contain_text(first_in_sight(shared, job_id))
    page.get_by_text("Log", exact=True).click()
    expect(page.locator(".entry")).to_have_count(4)
    page.get_by_role("searchbox").fill("zz")
    expect(page.locator(".entry")).to_have_count(1)
    tiles(page, "ok").first.click()  # there is no gallery to lead to
    menu = page.locator("[data-preferences]")
    menu.locator("summary").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Русский").click()
    expect(page.locator("#panel-title")).to_have_text("Завершено")
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    expect(tiles(page, "ok").first).to_have_attribute("aria-label", re.compile("Бразилия"))
    menu.locator("summary").click()
    expect(page.get_by_role("button", name="Русский")).to_have_attribute("aria-pressed", "true")
    assert said == []


def test_a_file_compares_jobs_and_replays_them(
    shared: RunningDashboard, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    jobs = [
        shared.submit(codes=["BR", "CN", "FR"], server="DELAY", strategy=strategy)
        for strategy in ("sequential", "map")
    ]
    for job_id in jobs:
        shared.finished(job_id)
    online, (page, said) = new_page(), offline(new_page)
    online.goto(f"{shared.url}/jobs/compare?job={jobs[0]}&job={jobs[1]}")
    with online.expect_download() as download:
        online.get_by_role("link", name="Page, to open anywhere").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    page.goto(file.as_uri())
    expect(page.locator("[data-ready]")).to_be_visible()
    for part in ("h1", ".course h3 >> nth=1", "[data-verdict]", "[data-figures]"):
        assert page.locator(part).inner_text() == online.locator(part).inner_text()
    page.locator("[data-stage]").last.press("Home")
    expect(page.locator("[data-tooltip]").last).to_contain_text(first_in_sight(shared, jobs[1]))
    opener = page.get_by_role("button", name="Replay", exact=True)
    opener.click()
    scrubber = page.get_by_role("slider", name="Moment")
    expect(scrubber).not_to_have_value("0")  # it moves by itself
    scrubber.fill("500")
    expect(page.locator("[data-state-of]")).to_have_text(["Running", "Finished"])
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    expect(page.locator("[data-state-of]")).to_have_text(["Finished", "Finished"])
    assert said == []


def test_a_log_is_replayed_in_its_readers_language_and_its_markup_is_text(
    shared: RunningDashboard, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    log = log_of_two()
    log["job"]["spec"] |= {"server": MARKUP, "strategy": MARKUP}
    events = log["events"]
    events[0]["site"] = events[2]["detail"] = events[4]["detail"] = MARKUP
    events[6] |= {"detail": MARKUP, "state": "failed"}
    events[6]["seq"] += 10_000  # a killed dashboard leaves such a gap
    job_id = shared.post("/api/jobs/import", log).json()["id"]
    page, said = offline(new_page, "ru-RU")
    page.goto(saved(shared, job_id, tmp_path))
    online = new_page()
    online.goto(f"{shared.url}/jobs/{job_id}")
    for each in (page, online):
        expect(each.locator("h1")).to_contain_text(f"{MARKUP}\u00a0· {MARKUP}")
        expect(each.locator("[data-detail]")).to_have_text(MARKUP)
        each.locator("[data-fold=log] > summary").click()
        expect(each.locator(".entry")).to_contain_text([MARKUP])
        assert each.evaluate("() => window.bad") is None
        assert each.locator("script:not([type])").count() == 0
    title = page.locator("#panel-title")
    expect(title).to_have_text("Сбой")
    page.locator("[data-open-replay]").click()
    scrubber = page.locator("[data-scrubber]")
    expect(scrubber).not_to_have_value("0")  # it moves by itself
    scrubber.fill("400")
    expect(tiles(page, "running")).to_have_text("BR")
    expect(tiles(page, "pending")).to_have_text("CN")
    scrubber.press("End")
    expect(tiles(page, "error")).to_have_text("CN")
    page.keyboard.press("Escape")
    expect(title).to_have_text("Сбой")
    assert said == []
    shared.delete(f"/api/jobs/{job_id}")  # other tests read the page Jobs
