"""Forms that act only once: without scripts, a browser may post the same form twice."""

import hashlib
import threading
from collections.abc import Callable, Hashable
from typing import TypeVar, cast
from uuid import uuid4

from flask import request

T = TypeVar("T")
REMEMBERED = 100  # forms; the second post comes soon


class PostedForms:
    """Which jobs the last forms have started; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # a second post waits for the first one's job
        self._started: dict[Hashable, object] = {}

    def start_once(self, start: Callable[[], T], file: bytes = b"") -> T:
        """Return what the form of this request has started, or starts now.

        It is the same form if everything in it is the same, its token and its file included.
        """
        if not request.form.get("token"):
            return start()
        digest = hashlib.sha256(file).digest()
        form = (request.path, digest, *request.form.items(multi=True))
        with self._lock:
            if form not in self._started:
                self._started[form] = start()
                if len(self._started) > REMEMBERED:
                    del self._started[next(iter(self._started))]
            return cast(T, self._started[form])


def form_token() -> str:
    """Return a token that no other form has."""
    return uuid4().hex
