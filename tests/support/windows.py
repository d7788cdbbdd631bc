"""A window of Firefox or of WebKit, driven in the same way; Chromium's is Playwright's.

Playwright can't drive the browsers of a Linux distribution. They have their own protocols: Firefox
speaks WebDriver BiDi over a websocket, WebKitWebDriver the older WebDriver over HTTP.
"""

import base64
import json
from abc import ABC, abstractmethod
from contextlib import suppress
from itertools import count
from typing import Any

import requests
from websockets.sync.client import ClientConnection

from tests.support.running import WITHIN, wait_for

KEYS = {
    "Enter": "\ue007",
    "Escape": "\ue00c",
    "Tab": "\ue004",
    "Right": "\ue014",
    "Down": "\ue015",
    "Home": "\ue011",
    "Space": " ",
}
# The middle of an element, once it has stopped moving and nothing covers it.
MIDDLE_OF = """async (selector) => {
    const element = document.querySelector(selector);
    for (let before = ''; ;) {
        await new Promise(requestAnimationFrame);
        const {left, top, width, height} = element.getBoundingClientRect();
        const middle = [Math.round(left + width / 2), Math.round(top + height / 2)];
        const isOnTop = element.contains(document.elementFromPoint(...middle));
        if (isOnTop && String(middle) === before) return middle;
        if (!isOnTop) element.scrollIntoView({block: 'center'});
        before = String(middle);
    }
}"""


class Window(ABC):
    """One window; `run` is the only way to look into its page."""

    @abstractmethod
    def goto(self, url: str) -> None:
        """Open an address, and wait until it is loaded."""

    @abstractmethod
    def resize(self, width: int, height: int) -> None:
        """Set the size of the page, in pixels."""

    @abstractmethod
    def screenshot(self) -> bytes:
        """Return what is in sight, as PNG."""

    @abstractmethod
    def forget(self) -> None:
        """Delete all cookies."""

    @abstractmethod
    def _evaluate(self, function: str, text: str) -> str:
        """Call a function in the page with a text, and return the text that its promise gives."""

    @abstractmethod
    def _perform(self, source: dict[str, Any]) -> None:
        """Let an input device act."""

    def run(self, function: str, *args: Any) -> Any:
        """Call a JavaScript function with arguments, and return what it returns or promises."""
        whole = f"async (args) => JSON.stringify(await ({function})(...JSON.parse(args)) ?? null)"
        return json.loads(self._evaluate(whole, json.dumps(args)))

    def until(self, condition: str, *args: Any) -> None:
        """Wait until a function returns something truthy; the page may be leaving meanwhile."""

        def holds() -> bool:
            with suppress(WindowError):
                return bool(self.run(f"async (...args) => !!(await ({condition})(...args))", *args))
            return False

        wait_for(holds)

    def click(self, selector: str) -> None:
        """Click on the middle of the first element that matches."""
        x, y = self.run(MIDDLE_OF, selector)
        move = {"type": "pointerMove", "x": x, "y": y}
        down, up = ({"type": f"pointer{way}", "button": 0} for way in ("Down", "Up"))
        self._perform({"type": "pointer", "id": "mouse", "actions": [move, down, up]})

    def press(self, *keys: str) -> None:
        """Press keys one after another: names of KEYS, or characters."""
        values = [KEYS.get(key, key) for key in keys]
        actions = [
            {"type": f"key{way}", "value": value} for value in values for way in ("Down", "Up")
        ]
        self._perform({"type": "key", "id": "keyboard", "actions": actions})


class WindowError(Exception):
    """The browser could not do it."""


class Firefox(Window):
    """Speaks WebDriver BiDi."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = count(1)
        self.errors: list[str] = []
        self._ask("session.new", capabilities={})
        self._ask("session.subscribe", events=["log.entryAdded"])
        # The keyboard's focus is in a new tab, and not in the page that Firefox begins with.
        self._context = self._ask("browsingContext.create", type="tab")["context"]

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (answer := json.loads(self._socket.recv(WITHIN))).get("id") != number:
            if answer["params"].get("level") == "error":
                self.errors.append(answer["params"]["text"])
        if answer["type"] == "error":
            raise WindowError(answer["message"])
        result: dict[str, Any] = answer["result"]
        return result

    def goto(self, url: str) -> None:
        self._ask("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height}
        self._ask("browsingContext.setViewport", context=self._context, viewport=size)

    def screenshot(self) -> bytes:
        return base64.b64decode(
            self._ask("browsingContext.captureScreenshot", context=self._context)["data"]
        )

    def forget(self) -> None:
        self._ask("storage.deleteCookies")

    def _evaluate(self, function: str, text: str) -> str:
        answer = self._ask(
            "script.callFunction",
            functionDeclaration=function,
            arguments=[{"type": "string", "value": text}],
            target={"context": self._context},
            awaitPromise=True,
        )
        if answer["type"] == "exception":
            raise WindowError(answer["exceptionDetails"]["text"])
        return str(answer["result"]["value"])

    def _perform(self, source: dict[str, Any]) -> None:
        self._ask("input.performActions", context=self._context, actions=[source])


class WebKit(Window):
    """Speaks the WebDriver protocol to WebKitWebDriver."""

    def __init__(self, driver: str) -> None:
        self._session = driver
        answer = self._ask("POST", "/session", capabilities={})
        self._session = f"{driver}/session/{answer['sessionId']}"

    def _ask(self, method: str, path: str, **params: Any) -> Any:
        body = params if method == "POST" else None
        answer = requests.request(method, self._session + path, json=body, timeout=WITHIN)
        value = answer.json()["value"]
        if not answer.ok:
            raise WindowError(value["message"])
        return value

    def close(self) -> None:
        self._ask("DELETE", "")

    def goto(self, url: str) -> None:
        self._ask("POST", "/url", url=url)

    def resize(self, width: int, height: int) -> None:
        frame = self.run("() => [outerWidth - innerWidth, outerHeight - innerHeight]")
        self._ask("POST", "/window/rect", width=width + frame[0], height=height + frame[1])

    def screenshot(self) -> bytes:
        return base64.b64decode(self._ask("GET", "/screenshot"))

    def forget(self) -> None:
        self._ask("DELETE", "/cookie")

    def _evaluate(self, function: str, text: str) -> str:
        return str(
            self._ask(
                "POST", "/execute/sync", script=f"return ({function})(arguments[0])", args=[text]
            )
        )

    def _perform(self, source: dict[str, Any]) -> None:
        self._ask("POST", "/actions", actions=[source])
