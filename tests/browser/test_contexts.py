"""What one browser test leaves, the next one doesn't find."""

from playwright.sync_api import Page

from tests.support.contexts import Contexts
from tests.support.running import RunningDashboard

LEAVE = """async () => {
    localStorage.left = sessionStorage.left = 'yes';
    document.cookie = 'left=yes';
    await caches.open('left');
    await new Promise((done) => (indexedDB.open('left').onsuccess = done));
}"""
FIND = """async () => [
    ...Object.keys(localStorage), ...Object.keys(sessionStorage), ...await caches.keys(),
    ...(await indexedDB.databases()).map(({ name }) => name), document.cookie, window.left,
    String(setTimeout).includes('native') ? '' : 'a clock',
].filter(Boolean)"""


def opened(page: Page, dashboard: RunningDashboard) -> Page:
    page.goto(f"{dashboard.url}/jobs")
    return page


def test_a_context_is_empty_again(shared: RunningDashboard, contexts: Contexts) -> None:
    for _ in range(2):
        with contexts.open() as context:
            assert len(context.pages) == 1
            page = opened(context.new_page(), shared)
            assert page.evaluate(FIND) == []
            page.add_init_script("window.left = 'a script'")
            page.evaluate(LEAVE)
            page.reload()
            assert len(page.evaluate(FIND)) == 6


def test_a_clock_is_not_passed_on(shared: RunningDashboard, contexts: Contexts) -> None:
    for _ in range(2):
        with contexts.open() as context:
            page = opened(context.new_page(), shared)
            assert page.evaluate(FIND) == []
            page.clock.install()
            assert page.evaluate(FIND) == ["a clock"]


def test_people_at_once_have_contexts_of_their_own(
    shared: RunningDashboard, contexts: Contexts
) -> None:
    with contexts.open() as one, contexts.open() as other, contexts.open(locale="ru") as russian:
        pages = [opened(context.new_page(), shared) for context in (one, other, russian)]
        pages[0].evaluate(LEAVE)
        assert [page.evaluate(FIND) for page in pages[1:]] == [[], []]
        assert [page.locator("html").get_attribute("lang") for page in pages] == ["en", "en", "ru"]
    with contexts.open() as again:
        assert again is one
