"""The form as a browser without scripts has it: what it shows, and what it sends."""

from html.parser import HTMLParser
from typing import Any

import requests

from tests.support.running import WITHIN, RunningDashboard

Fields = list[tuple[str, str]]


class FormReader(HTMLParser):
    """Reads from a page what a browser without scripts would send, and which problems it shows."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: Fields = []
        self.problems: dict[str, str] = {}
        self.token = ""
        self._inside = False
        self._select = self._problem = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            self._inside = "data-form" in given
        self._problem = given.get("data-problem-of") or ""
        if not self._inside:
            return
        if tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self.fields.append((self._select, given.get("value") or ""))
        elif tag == "input" and name:
            boxes = ("checkbox", "radio")
            if name == "token":
                self.token = given.get("value") or ""
            elif given.get("type") not in boxes or "checked" in given:
                self.fields.append((name, given.get("value") or ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "form"

    def handle_data(self, data: str) -> None:
        if self._problem:
            self.problems[self._problem] = self.problems.get(self._problem, "") + data.strip()
            self._problem = ""


def post(dashboard: RunningDashboard, fields: Fields, **headers: str) -> requests.Response:
    return requests.post(
        dashboard.url, data=fields, headers=headers, timeout=WITHIN, allow_redirects=False
    )


def started(dashboard: RunningDashboard, fields: Fields) -> dict[str, Any]:
    response = post(dashboard, fields)
    assert response.status_code == 303, response.text
    path, job_id = response.headers["Location"].rsplit("/", 1)
    assert path == "/jobs"
    spec: dict[str, Any] = dashboard.job(job_id)["spec"]
    return spec
