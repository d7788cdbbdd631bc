"""Browser contexts: cookies, storage and cache of one person each; see `new_page`."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page, ViewportSize

# These calls affect everything that the page shows later, so such a page is closed.
PAGE_LASTING = (
    "add_init_script", "add_locator_handler", "expose_binding", "expose_function",
    "route_web_socket", "set_extra_http_headers",
)  # fmt: skip
# The looks of a new page. Other looks and held keys can be taken back.
USUAL_LOOKS: dict[str, Any] = {
    "media": "null", "color_scheme": "light", "forced_colors": "none",
    "reduced_motion": "no-preference",
}  # fmt: skip
USUAL_SIZE = ViewportSize(width=1280, height=720)
# A faked clock can't be taken out of a context.
IN_REAL_TIME = "() => String(Date.now).includes('[native code]')"


class Contexts:
    """Lends contexts, each with a page, to one test after another.

    They are emptied and lent again to tests with the same options. The next document in a page
    costs half as much as the first one in a new page: process, scripts and styles are there.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._idle: defaultdict[str, list[Page]] = defaultdict(list)
        self._marked: set[Page] = set()
        self._other_looks: set[Page] = set()
        self._held_keys: set[tuple[Page, str]] = set()

    @contextmanager
    def open(self, **options: Any) -> Iterator[Page]:
        """Lend the page of an empty context during a block; options as for `new_context`."""
        idle = self._idle[repr(sorted(options.items()))]
        page = idle.pop() if idle else self._new_page(self._browser.new_context(**options))
        yield page
        if not options.get("java_script_enabled", True):
            page.context.close()  # a form of the next document in such a page may not be sent
            return
        with suppress(Error):  # the test may have closed it
            idle += self._emptied(page)

    def _new_page(self, context: BrowserContext) -> Page:
        page = context.new_page()
        lasting = {page: PAGE_LASTING, context: ["new_cdp_session"]}
        for owner, names in lasting.items():
            for name in names:
                tell(owner, name, lambda *_: self._marked.add(page))
        for name in ("emulate_media", "set_viewport_size"):
            tell(page, name, lambda *_: self._other_looks.add(page))
        tell(page.keyboard, "down", lambda key: self._held_keys.add((page, key)))
        return page

    def _take_back(self, page: Page) -> None:
        """Give a page its usual looks again, and release its keys."""
        held = {(holding, key) for holding, key in self._held_keys if holding is page}
        for _, key in held:
            page.keyboard.up(key)
        self._held_keys -= held
        if page in self._other_looks:
            page.emulate_media(**USUAL_LOOKS)
            page.set_viewport_size(USUAL_SIZE)
            self._other_looks.remove(page)

    def _emptied(self, page: Page) -> list[Page]:
        """Return the page, or another one of its context; none if the context must go."""
        context = page.context
        if page.is_closed() or not page.evaluate(IN_REAL_TIME):
            context.close()
            return []
        page.unroute_all(behavior="ignoreErrors")
        page.mouse.move(0, 0)
        with suppress(Error):  # a page that was never loaded has none
            page.evaluate("sessionStorage.clear()")
        page.goto("about:blank")
        self._take_back(page)
        kept = self._new_page(context) if page in self._marked else page
        for other in context.pages:
            if other is not kept:
                other.close()
        context.clear_cookies()
        context.clear_permissions()
        devtools = context.new_cdp_session(kept)
        devtools.send("Page.resetNavigationHistory")
        everything = {"origin": "*", "storageTypes": "all"}
        devtools.send("Storage.clearDataForOrigin", everything)
        devtools.detach()
        self._marked -= {page, kept}
        return [kept]


def tell(owner: object, name: str, told: Callable[..., object]) -> None:
    """Make a method call `told` with its arguments, each time it is called."""
    call = getattr(owner, name)

    def telling(*args: Any, **options: Any) -> Any:
        told(*args)
        return call(*args, **options)

    setattr(owner, name, telling)
