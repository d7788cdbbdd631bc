"""A browser test finds nothing that an earlier one has left."""

from collections.abc import Callable
from operator import ne

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


def found(page: Page, dashboard: RunningDashboard) -> list[str]:
    page.goto(f"{dashboard.url}/healthz")  # any page of this address will do: this is the smallest
    left: list[str] = page.evaluate(FIND)
    return left


def test_a_context_is_empty_again(shared: RunningDashboard, contexts: Contexts) -> None:
    with contexts.open() as page:
        assert found(page, shared) == []
        page.context.new_page()
        page.evaluate(LEAVE)
        assert len(found(page, shared)) == 5
    with contexts.open() as again:
        assert again is page
        assert page.context.pages == [page]
        assert found(page, shared) == []


def test_what_lasts_goes_with_its_page(contexts: Contexts) -> None:
    lasting: list[Callable[[Page], object]] = [
        lambda page: page.add_init_script("window.left = 'a script'"),
        lambda page: page.context.new_cdp_session(page),
    ]
    with contexts.open() as page:
        lasting[0](page)
    for give in [*lasting[1:], Page.title]:
        with contexts.open() as other:
            assert page.is_closed()
            assert other.context is page.context
            give(other)
        page = other


LOOKS = """() => [
    innerWidth, innerHeight, screen.width, ...[
        'print', '(prefers-color-scheme: dark)', '(forced-colors: active)',
        '(prefers-reduced-motion: reduce)',
    ].map((query) => matchMedia(query).matches),
]"""
SHIFT = "() => { addEventListener('keydown', ({ shiftKey }) => { window.shift = shiftKey; }); }"


def test_looks_and_keys_are_taken_back(contexts: Contexts) -> None:
    with contexts.open() as page:
        usual = page.evaluate(LOOKS)
    for _ in range(2):
        with contexts.open() as again:
            assert again is page
            assert page.evaluate(LOOKS) == usual
            page.evaluate(SHIFT)
            page.keyboard.press("a")
            assert page.evaluate("window.shift") is False
            page.emulate_media(
                media="print", color_scheme="dark", forced_colors="active", reduced_motion="reduce"
            )
            page.set_viewport_size({"width": 390, "height": 800})
            page.keyboard.down("Shift")
            assert all(map(ne, page.evaluate(LOOKS), usual))


def test_who_closes_a_page_harms_nobody(contexts: Contexts) -> None:
    with contexts.open() as page:
        page.context.close()
    with contexts.open() as page:
        page.close()
    with contexts.open() as page:
        assert page.goto("about:blank") is None


def test_a_clock_is_not_passed_on(shared: RunningDashboard, contexts: Contexts) -> None:
    for _ in range(2):
        with contexts.open() as page:
            assert found(page, shared) == []
            page.clock.install()
            assert page.evaluate(FIND) == ["a clock"]


def test_people_at_once_have_contexts_of_their_own(
    shared: RunningDashboard, contexts: Contexts
) -> None:
    with contexts.open() as one, contexts.open() as other, contexts.open(locale="ru") as russian:
        pages = [one, other, russian]
        assert [found(page, shared) for page in pages] == [[], [], []]
        one.evaluate(LEAVE)
        assert [found(page, shared) for page in pages[1:]] == [[], []]
        assert [page.evaluate("navigator.language") for page in pages] == ["en-US", "en-US", "ru"]
