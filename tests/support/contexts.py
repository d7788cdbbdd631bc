"""Browser contexts: cookies, storage and cache of one person each; see `new_page`."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext

# What a page can be given later: no context of its own is needed for that.
MEDIA = {"color_scheme", "forced_colors", "reduced_motion"}
# Every dashboard is a port of this host: one process draws the pages of all.
SITE = "http://127.0.0.1/"
# A faked clock can't be taken out of a context.
IN_REAL_TIME = "() => String(Date.now).includes('[native code]')"


class Contexts:
    """Opens contexts for one test after another.

    They are emptied and lent again, to who wants the same options. What is in their caches, scripts
    and styles, needn't be loaded and compiled again: that takes half of the time.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._idle: defaultdict[str, list[BrowserContext]] = defaultdict(list)

    @contextmanager
    def open(self, **options: Any) -> Iterator[BrowserContext]:
        """Lend an empty context until the end of the block; options as `new_context`'s."""
        idle = self._idle[repr(sorted(options.items()))]
        context = idle.pop() if idle else self._new(options)
        yield context
        if self._empty(context):
            idle.append(context)

    def _new(self, options: dict[str, Any]) -> BrowserContext:
        """Make a context with a page that stays: it keeps the process, and can clear the storage."""
        context = self._browser.new_context(**options)
        page = context.new_page()
        page.route(SITE, lambda route: route.fulfill(body=""))
        page.goto(SITE)
        page.unroute(SITE)
        return context

    def _empty(self, context: BrowserContext) -> bool:
        first, *pages = context.pages
        if not first.evaluate(IN_REAL_TIME):
            context.close()
            return False
        for page in pages:
            page.close()
        context.clear_cookies()
        context.clear_permissions()
        everything = {"origin": "*", "storageTypes": "all"}
        devtools = context.new_cdp_session(first)
        devtools.send("Storage.clearDataForOrigin", everything)
        devtools.detach()
        return True
