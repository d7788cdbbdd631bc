"""Forms that act once: without scripts, nothing else keeps a browser from posting one twice."""

import hashlib
import threading
from collections.abc import Callable, Hashable
from typing import Any
from uuid import uuid4

from flask import request

REMEMBERED = 100  # forms; the second post comes soon


class PostedForms:
    """Which jobs the last forms have started; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # a second post waits for the first one's job
        self._started: dict[Hashable, str] = {}

    def start_once(self, start: Callable[[], dict[str, Any]], file: bytes = b"") -> str:
        """Return the id of the job that the form of this request has started, or starts now.

        It is the same form if everything in it is the same, its token and its file included.
        """
        if not request.form.get("token"):
            return str(start()["id"])
        digest = hashlib.sha256(file).digest()
        form = (request.path, digest, *request.form.items(multi=True))
        with self._lock:
            if form not in self._started:
                self._started[form] = str(start()["id"])
                if len(self._started) > REMEMBERED:
                    del self._started[next(iter(self._started))]
            return self._started[form]


def form_token() -> str:
    """Return a token, which no other form has."""
    return uuid4().hex
