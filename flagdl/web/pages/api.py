"""The page of the API: its description, with commands that work as they are printed."""

import json
import shlex
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template

from flagdl.web.api.document import ALWAYS, CHANGES, document
from flagdl.web.api.schemas import Schema
from flagdl.web.dashboard import dashboard

api_page = Blueprint("api_page", __name__)


COMMON = ALWAYS | CHANGES


@api_page.get("/api")
def show() -> str:
    """Show the API's calls, and what they send."""
    description = document()
    [server] = description["servers"]
    calls = [
        {
            "name": f"{method.upper()} {path}",
            "operation": operation,
            "takes": _takes(operation),
            "answers": _answers(operation),
            "command": _command(server["url"], method, path, operation),
        }
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
    ]
    return render_template("api.html", description=description, calls=calls, common=COMMON)


def _takes(operation: dict[str, Any]) -> dict[str, Schema]:
    parameters = {
        parameter["name"]: {**parameter["schema"], "description": parameter["description"]}
        for parameter in operation["parameters"]
    }
    body = _body(operation)
    return {**parameters, **(body.get("properties", {"body": body}) if body else {})}


def _answers(operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the answers of a call, without those of every call."""
    return {
        status: answer
        for status, answer in operation["responses"].items()
        if answer["description"] != COMMON.get(int(status))
    }


def _body(operation: dict[str, Any]) -> Schema | None:
    body = operation.get("requestBody")
    return body["content"]["application/json"]["schema"] if body else None


def _command(base: str, method: str, path: str, operation: dict[str, Any]) -> str:
    path = path.format(**_examples(operation, "path"))
    url = base + path
    if query := urlencode(_examples(operation, "query"), doseq=True):
        url += f"?{query}"
    if "101" in operation["responses"]:
        return shlex.join(["python", "-m", "websockets", url.replace("http", "ws", 1)])
    options = [] if method == "get" else ["-X", method.upper()]
    if body := _body(operation):
        [example] = body.get("examples", [None])
        options = ["--json", json.dumps(example) if example else "@log.json"]
    answer = operation["responses"].get("200", {})
    is_json = "application/json" in answer.get("content", {"application/json": {}})
    if not is_json or "Content-Disposition" in answer.get("headers", {}):
        options += ["-o", path.rpartition("/")[2]]
    return shlex.join(["curl", *options, url])


def _examples(operation: dict[str, Any], place: str) -> dict[str, Any]:
    """Return the examples of a call's parameters; the jobs are the newest ones."""
    examples = {
        parameter["name"]: parameter["example"]
        for parameter in operation["parameters"]
        if parameter["in"] == place and "example" in parameter
    }
    if "job_id" in examples and (newest := dashboard().registry.recent(1)):
        examples["job_id"] = newest[0]["id"]
    if "job" in examples and len(newest := dashboard().registry.recent(2)) == 2:
        examples["job"] = [job["id"] for job in reversed(newest)]
    return examples
