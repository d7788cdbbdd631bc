"""Names for the parts of a page that browser tests use: its squares, counters and buttons."""

from decimal import ROUND_HALF_UP, Decimal

from playwright.sync_api import Locator, Page, expect

from flagdl.web.assets import static_url_path


def module_url(name: str) -> str:
    """Return the address of a module of static/js, for a name such as "model/store"."""
    return f"{static_url_path()}/js/{name}.js"


def tiles(page: Page, status: str = "") -> Locator:
    condition = f'[data-status="{status}"]' if status else ""
    return page.locator(f"[data-mosaic] .tile{condition}")


def choose(page: Page, name: str) -> None:
    """Choose a server or a strategy by its label."""
    page.locator(f'.choice-label:text-is("{name}")').click()


def press_download(page: Page, number: int) -> None:
    flags = "flag" if number == 1 else "flags"
    page.get_by_role("button", name=f"Download {number} {flags}").click()


def ended(page: Page, state: str = "Finished") -> None:
    """Wait until the panel says how the job ended and has its report."""
    expect(page.locator("#panel-title")).to_contain_text(state)
    expect(page.locator("[data-report]")).to_contain_text("Elapsed time:")


def rounded(number: float, digits: int) -> str:
    """Return a number as browsers write it: a half is rounded up, as Python's format() does not."""
    return f"{Decimal(str(number)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):,}"


def in_words(seconds: float) -> str:
    """Return a time as the page writes it; only for times up to a minute."""
    if seconds >= 0.9995:
        return f"{rounded(seconds, 2)} s"
    return f"{rounded(seconds * 1000, 0 if seconds >= 0.00995 else 1)} ms"


def counts(page: Page) -> dict[str, int]:
    """Return the counters that the panel shows."""
    shown: dict[str, int] = page.eval_on_selector_all(
        "[data-counters] li:not([hidden])",
        "items => Object.fromEntries(items.map("
        "i => [i.dataset.status, Number(i.querySelector('[data-figure]').textContent)]))",
    )
    return shown
