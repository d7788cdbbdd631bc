"""`make screenshots`: takes the README's picture from the real page, in the middle of a job."""

import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests import chromium
from tests.running import ROOT, RunningDashboard

PICTURE = ROOT / "static" / "img" / "dashboard.png"


def main() -> None:
    """Run every code on ERROR and take the picture when two thirds are done."""
    with (
        tempfile.TemporaryDirectory() as directory,
        RunningDashboard(Path(directory)) as dashboard,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=chromium.executable(), args=chromium.launch_args()
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(dashboard.url)
        page.get_by_role("button", name="Every code").click()
        page.get_by_text("ERROR", exact=True).click()
        page.get_by_role("button", name="Download 676 flags").click()
        expect(page.locator("[data-mosaic] .tile")).to_have_count(676)
        page.wait_for_function(
            "() => Number(document.querySelector('[data-bar]').ariaValueNow) > 450"
        )
        page.evaluate("() => scrollTo(0, 0)")
        page.screenshot(path=PICTURE)
        browser.close()
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
