"""What no page may do in any test; see `new_page`."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, WebError


class Watch:
    """Collects what a page must not do: throw, or log an error.

    A request to another host is such an error: the Content-Security-Policy of our pages forbids it.
    Listening to each request would cost a quarter of a page's processor time.
    Used by the test's thread only.
    """

    def __init__(self, expected_errors: tuple[str, ...] = ()) -> None:
        self._expected = [re.compile(pattern) for pattern in expected_errors]
        self.complaints: list[str] = []

    @contextmanager
    def watching(self, page: Page) -> Iterator[None]:
        """Watch what a page and others of its context do until the end of the block."""
        listeners: dict[Any, Callable[[Any], None]] = {
            "weberror": self._on_error,
            "console": self._on_console,
        }
        for event, listener in listeners.items():
            page.context.on(event, listener)
        yield
        for event, listener in listeners.items():
            page.context.remove_listener(event, listener)

    def settle(self, context: BrowserContext) -> None:
        """Let timers and frames that are due run, so that what they throw is seen."""
        for page in context.pages:
            with suppress(Error):  # the page may be leaving
                page.evaluate("new Promise(done => setTimeout(done, 20))")

    def _on_error(self, error: WebError) -> None:
        self.complaints.append(f"uncaught: {error.error.stack or error.error}")

    def _on_console(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        if message.type == "error" and not self._is_expected(f"{message.text} {where}"):
            self.complaints.append(f"console: {message.text} ({where})")

    def _is_expected(self, text: str) -> bool:
        return any(pattern.search(text) for pattern in self._expected)
