"""What no page may do, whatever a test is about; see `new_page`."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, WebError, WebSocket


class Watch:
    """Collects what a page must not do: throw, log an error, or ask another host for anything.

    The server's address is that of the first page that was opened. Used by the test's thread only.
    """

    def __init__(self, expected_errors: tuple[str, ...] = ()) -> None:
        self._expected = [re.compile(pattern) for pattern in expected_errors]
        self._host = ""
        self.complaints: list[str] = []

    @contextmanager
    def watching(self, page: Page) -> Iterator[None]:
        """Watch what a page and others of its context do until the end of the block."""
        context = page.context
        self._watch_sockets(page)
        listeners: dict[Any, Callable[[Any], None]] = {
            "weberror": self._on_error,
            "console": self._on_console,
            "request": lambda request: self._on_request(request.url),
            "page": self._watch_sockets,
        }
        for event, listener in listeners.items():
            context.on(event, listener)
        yield
        for event, listener in listeners.items():
            context.remove_listener(event, listener)
        page.remove_listener("websocket", self._on_socket)

    def _watch_sockets(self, page: Page) -> None:
        page.on("websocket", self._on_socket)

    def _on_socket(self, socket: WebSocket) -> None:
        self._on_request(socket.url)

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

    def _on_request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"}:
            host = parts.netloc.rpartition("@")[2]
            self._host = self._host or host
            if host != self._host:
                self.complaints.append(f"request to another host than {self._host}: {url}")
