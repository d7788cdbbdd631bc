"""`make screenshots`: takes the README's pictures, one of them moving, from the real pages."""

import io
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support import chromium
from tests.support.browsing import choose, ended, press_download
from tests.support.running import ROOT, RunningDashboard

PICTURES = ROOT / "static" / "img"
WIDE = {"width": 1280, "height": 800}
REST = 2500  # milliseconds that the moving picture's last frame stays


def main() -> None:
    """Take every picture again, on an empty dashboard."""
    with (
        tempfile.TemporaryDirectory() as directory,
        RunningDashboard(Path(directory)) as dashboard,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=chromium.executable(), args=chromium.launch_args()
        )
        take_a_job(dashboard, browser)
        take_the_dashboard(dashboard, browser)
        take_the_comparison(dashboard, browser)
        take_the_gallery(dashboard, browser)
        browser.close()


def take_a_job(dashboard: RunningDashboard, browser: Browser) -> None:
    """The moving one: twenty flags from DELAY over six connections, from the click to the end."""
    with opened(browser, dashboard.url) as page:
        choose(page, "DELAY")
        page.locator("#max_req").fill("6")
        frames = list(frames_of_a_job(page))
    images = [Image.open(io.BytesIO(png)).convert("RGB") for png, _at in frames]
    images = [image.resize((800, 500), Image.Resampling.LANCZOS) for image in images]
    times = [at for _png, at in frames]
    shown = [int(1000 * (b - a)) for a, b in pairwise(times)] + [REST]
    palette = images[-1].quantize(256)
    first, *rest = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    save(first, "job.gif", save_all=True, append_images=rest, duration=shown, loop=0)


def frames_of_a_job(page: Page) -> Iterator[tuple[bytes, float]]:
    """Press the button, and yield pictures of the page and when they were taken (seconds)."""
    yield page.screenshot(), time.monotonic()
    press_download(page, 20)
    page.wait_for_url("**/jobs/*")
    while not page.locator("[data-once-ended]").is_visible():
        yield page.screenshot(), time.monotonic()
    yield page.screenshot(), time.monotonic()


def take_the_dashboard(dashboard: RunningDashboard, browser: Browser) -> None:
    """Twenty flags from LAB with map, when two thirds are done, in both themes."""
    for theme in ("light", "dark"):
        with opened(browser, dashboard.url, theme) as page:
            choose(page, "LAB")
            choose(page, "map")
            page.locator("#delay").fill("1")
            page.locator("#max_req").fill("5")
            press_download(page, 20)
            page.wait_for_url("**/jobs/*")
            page.wait_for_function(
                "() => Number(document.querySelector('[data-bar]').ariaValueNow) > 12"
            )
            take(page, f"dashboard-{theme}.png")
            ended(page)


def take_the_comparison(dashboard: RunningDashboard, browser: Browser) -> None:
    """A job of one download after another beside a job of six at once."""
    jobs = [
        dashboard.submit(codes=["A"], server="DELAY", limit=12, strategy=strategy, max_req=6)
        for strategy in ("sequential", "as_completed")
    ]
    for job_id in jobs:
        dashboard.finished(job_id)
    with opened(browser, f"{dashboard.url}/jobs/compare?a={jobs[0]}&b={jobs[1]}") as page:
        page.wait_for_load_state("networkidle")
        take(page, "compare.png")


def take_the_gallery(dashboard: RunningDashboard, browser: Browser) -> None:
    """The gallery with the flags that all these jobs have saved."""
    with opened(browser, f"{dashboard.url}/gallery", "dark") as page:
        page.wait_for_load_state("networkidle")
        take(page, "gallery.png")


@contextmanager
def opened(browser: Browser, url: str, theme: str = "light") -> Iterator[Page]:
    """A page of its own at an address."""
    page = browser.new_page(viewport=WIDE, color_scheme=theme)  # type: ignore[arg-type]
    page.goto(url)
    yield page
    page.close()


def take(page: Page, name: str) -> None:
    """Save what the page shows, with as many colours as a picture in a README needs."""
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    save(image.quantize(256, dither=Image.Dither.NONE), name, optimize=True)


def save(image: Image.Image, name: str, **options: Any) -> None:
    path = PICTURES / name
    image.save(path, **options)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
