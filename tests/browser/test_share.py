"""The choices in the form, as a line for a terminal, as a link and as the page's address."""

import re
import shlex
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import parse_qsl

from playwright.sync_api import Page, expect
from werkzeug.datastructures import MultiDict

from flagdl.download.servers import Servers
from flagdl.model.embedded import LAB, default_attempts
from flagdl.model.lab import SETTINGS
from flagdl.model.spec import parse_spec
from flagdl.settings import Settings
from flagdl.strategies import STRATEGIES
from flagdl.terminal import cli
from flagdl.web.choices import DEFAULTS, PAGE_DEFAULTS
from flagdl.web.pages.form import form_from_link
from tests.support.browsing import choose, module_url
from tests.support.running import RunningDashboard

OWN = {"MINE": "https://flags.example/{cc}/{cc}.gif"}
WHOLE_LETTER = [f"B{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
# Each may also be left out.
OPTIONS: dict[str, list[Any]] = {
    "codes": [["BR", "CN"], ["B"], ["XX", "B", "Z"], WHOLE_LETTER, ["AA", *WHOLE_LETTER, "CA"]],
    "select": ["pop20", "all", "every", None],
    "strategy": [*STRATEGIES, None],
    "max_req": [1, 5, 30, 1000, None],
    "limit": [1, 5, 1000, None],
    "attempts": [1, 2, 3, 10, None],
    "server": [*Servers(OWN), LAB, LAB, None],
}
SETTINGS_OF_LAB: dict[str, list[Any]] = {
    "delay": [0, 0.5, 5, 1e-7, 1 / 3, 4.999999999],
    "spread": [0, 0.5, 1, 1 / 3, 5e-324],
    "errors": [0, 0.1, 1, 2 / 3],
    "seed": [0, 1, 7, SETTINGS["seed"].most],
}
SERVERS = Servers(OWN)
PARSER = cli.make_parser(SERVERS, Settings())
TAKE_ELSEWHERE = """async ([directory, cases]) => {
    const [{ lean, query }, { command }] = await Promise.all(
        ['request', 'command'].map((name) => import(directory.replace('*', name))));
    return cases.map(([request, ofTerminal, ofPage]) => {
        const least = lean(request, ofTerminal);
        const given = Object.entries(request).filter(([, value]) => value !== null);
        const link = lean({ ...ofTerminal, ...Object.fromEntries(given) }, ofPage);
        return [command(request), command(least), query(link)];
    });
}"""


def some_requests() -> list[dict[str, Any]]:
    random = Random(7)

    def some(options: dict[str, list[Any]]) -> dict[str, Any]:
        return {name: random.choice(of) for name, of in options.items() if random.random() < 0.5}

    requests = [some(OPTIONS) for _ in range(250)]
    for request in requests:
        if request.get("server") == LAB:
            request.update(some(SETTINGS_OF_LAB))
        if request.get("codes"):
            request.pop("select", None)
    return requests


def parsed(line: str) -> object:
    assert line.startswith("python -m flagdl")
    args = PARSER.parse_args(shlex.split(line)[3:])
    return parse_spec(cli._options(args), SERVERS)


def test_every_request_is_the_same_as_a_line_and_as_a_link(
    shared: RunningDashboard, page: Page
) -> None:
    page.goto(f"{shared.url}/healthz")  # any page of the address will do
    requests = some_requests()
    cases = [
        [request, {**DEFAULTS, **usual}, {**PAGE_DEFAULTS, **usual}]
        for request in requests
        for usual in [{"attempts": default_attempts(request.get("server") or "LOCAL")}]
    ]
    answers = page.evaluate(TAKE_ELSEWHERE, [module_url("model/*"), cases])
    assert len(answers) == len(requests)
    for request, (line, least, query) in zip(requests, answers, strict=True):
        spec = parse_spec(request, SERVERS)
        assert parsed(line) == spec, (request, line)
        assert parsed(least) == spec, (request, least)
        assert form_from_link(MultiDict(parse_qsl(query)), SERVERS).spec == spec, query
        assert len(least) <= len(line)
        assert not re.search(r"-m 30|-s LOCAL|as_completed", least)


def shown(page: Page) -> dict[str, Any]:
    """Return everything that a form says, as its reader sees it."""
    return {
        "promise": page.locator("[data-promise]").inner_text(),
        # A search puts what fits first.
        "ticked": page.locator("[data-list] [name=codes]:checked").evaluate_all(
            "boxes => boxes.map(box => box.value).sort()"
        ),
        "chosen": page.locator(".choice input:checked").evaluate_all(
            "boxes => boxes.map(box => box.value)"
        ),
        "numbers": page.locator("form [type=number]").evaluate_all(
            "fields => fields.map(field => field.value)"
        ),
        "line": page.get_by_label("The same in a terminal").input_value(),
    }


def open_share(page: Page) -> None:
    page.locator("[data-share-form] summary").click()


def fill_in(page: Page) -> None:
    page.get_by_role("searchbox").fill("b cd de")
    page.get_by_role("searchbox").press("Enter")
    choose(page, "LAB")
    page.get_by_label("Delay", exact=True).fill("0.2")
    page.get_by_label("Seed", exact=True).fill("7")
    choose(page, "map")
    page.get_by_label("Connections at once", exact=True).fill("6")
    page.locator("details.more summary").click()
    page.get_by_label("Limit").fill("40")
    page.get_by_label("Attempts").fill("2")
    expect(page.locator("[data-line]")).to_have_value(re.compile("--attempts 2 --delay 0.2"))


def test_the_copied_link_and_another_language_open_the_same_form(
    shared: RunningDashboard, new_page: Callable[..., Page]
) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(shared.url)
    fill_in(page)
    page.wait_for_url(re.compile(r"attempts=2&delay=0\.2&seed=7$"))
    open_share(page)
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url
    page.get_by_role("button", name="Copy as command").click()
    line = page.evaluate("navigator.clipboard.readText()")
    assert line.startswith(
        "python -m flagdl -l 40 -m 6 -s LAB --strategy map --attempts 2 --delay 0.2 --seed 7 B CD"
    )
    before = shown(page)
    page.evaluate("localStorage.clear()")  # as in a browser that never saw the form
    page.goto(link)
    open_share(page)
    expect(page.get_by_label("The same in a terminal")).to_have_value(line)
    assert shown(page) == before
    # The whole line can be read, however long it is.
    assert page.locator("[data-line]").evaluate(
        "line => line.scrollWidth <= line.clientWidth && line.scrollHeight <= line.clientHeight"
    )
    # The address follows the form a moment later, but at once when the language is changed.
    page.evaluate(
        """() => ['[data-chips] button:last-child', '[name=language][value=ru]'].forEach(
            (button) => document.querySelector(button).click())"""
    )
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    of_all = line.partition(" B CD")[0].replace("flagdl", "flagdl -a")
    expect(page.locator("[data-line]")).to_have_value(of_all)


SELECTED = """() => {
    const { value, selectionStart, selectionEnd } = document.activeElement;
    return value.slice(selectionStart, selectionEnd);
}"""


def test_without_a_clipboard_the_text_is_selected_and_without_a_job_nothing_is_copied(
    shared: RunningDashboard, page: Page
) -> None:
    page.goto(shared.url)
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.get_by_role("button", name="All 252").click()
    open_share(page)
    for name, text in (
        ("command", "python -m flagdl -a -m 5 -s DELAY"),
        ("link", f"{shared.url}/?select=all"),
    ):
        page.locator(f"[data-copy-{name}]").click()
        page.wait_for_function(f"text => ({SELECTED})() === text", arg=text)
    # A job that can't be started can't be copied.
    disabled = page.locator("[data-copy-command]:disabled, [data-copy-link]:disabled")
    page.locator("details.more summary").click()
    page.locator("[name=limit]").fill("0")
    expect(page.locator("[data-line]")).to_have_value("")
    expect(disabled).to_have_count(2)
    page.locator("[name=limit]").fill("40")
    expect(disabled).to_have_count(0)
    page.locator(".is-chosen").click()
    expect(disabled).to_have_count(2)
