"""Browser contexts: cookies, storage and cache of one person each; see `new_page`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext

# A faked clock can't be taken out of a context.
IN_REAL_TIME = "() => String(Date.now).includes('[native code]')"


class Contexts:
    """Opens contexts for one test after another.

    The first without options is the same for all tests, and emptied in between. What is in its
    cache, scripts and styles, needn't be loaded by each of them: that takes a third of the time.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._kept: BrowserContext | None = None
        self._lent = False

    @contextmanager
    def open(self, **options: Any) -> Iterator[BrowserContext]:
        """Lend an empty context until the end of the block; options as `new_context`'s."""
        if options or self._lent:
            with self._browser.new_context(**options) as context:
                yield context
            return
        self._kept = self._kept or self._new()
        self._lent = True
        try:
            yield self._kept
        finally:
            self._lent = False
            self._empty(self._kept)

    def _new(self) -> BrowserContext:
        context = self._browser.new_context()
        context.new_page()  # stays: without a page there is no way to clear the storage
        return context

    def _empty(self, context: BrowserContext) -> None:
        first, *pages = context.pages
        if not first.evaluate(IN_REAL_TIME):
            context.close()
            self._kept = None
            return
        for page in pages:
            page.close()
        context.clear_cookies()
        everything = {"origin": "*", "storageTypes": "all"}
        devtools = context.new_cdp_session(first)
        devtools.send("Storage.clearDataForOrigin", everything)
        devtools.detach()
