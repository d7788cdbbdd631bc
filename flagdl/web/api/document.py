"""The description of the API (OpenAPI 3.1), made from the `@call` of each route."""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from flask import Flask, current_app, request
from werkzeug.routing import Rule

from flagdl.web.api.calls import Answer, Call, Parameter, call_of
from flagdl.web.api.schemas import Schema, Schemas, paragraphs
from flagdl.web.problems import ProblemDocument
from flagdl.web.security import SAFE_METHODS

NOTES = """\
Times are seconds, sizes bytes, dates ISO 8601 in UTC. Errors are problem documents (RFC 9457). A \
call refuses what says nothing or contradicts itself, with 400 and the `field`: an empty list, an \
unknown name, or a second value where one is meant."""
# The errors of all calls, and the further ones of calls that change something.
ALWAYS = {
    400: "The address names something else than the call takes, or a host that is not trusted.",
    431: "The address or the headers are too long.",
    500: "A bug.",
    503: "The system or the history can't do it now.",
}
CHANGES = {403: "A page of another site asks for it.", 429: "Too many changes in this minute."}


class Route(NamedTuple):
    """A call with its place in the app."""

    method: str
    path: str
    view: Callable[..., Any]
    call: Call


def routes(app: Flask) -> Iterator[Route]:
    """Yield the calls of an app."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if call := call_of(view):
            yield Route(_method(rule), re.sub(r"<(\w+)>", r"{\1}", rule.rule), view, call)


def document() -> dict[str, Any]:
    """Return the description, as JSON has it."""
    schemas = Schemas()
    problem = {"application/problem+json": {"schema": schemas.of(ProblemDocument)}}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes(current_app):
        operations = paths.setdefault(route.path, {})
        operations[route.method.lower()] = _operation(route, schemas, problem)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "flagdl",
            "version": "2",
            "description": NOTES,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "security": [],  # there is no login
        "servers": [{"url": request.url_root.rstrip("/")}],
        "paths": paths,
        "components": {"schemas": schemas.named},
    }


def _method(rule: Rule) -> str:
    return next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"}))


def _operation(route: Route, schemas: Schemas, problem: dict[str, Any]) -> dict[str, Any]:
    summary, _, rest = paragraphs(route.view).partition("\n\n")
    always = ALWAYS if route.method in SAFE_METHODS else ALWAYS | CHANGES
    answers = {**always, **route.call.answers}
    operation: dict[str, Any] = {
        "operationId": route.view.__name__,
        "summary": summary.removesuffix("."),
        "description": rest,
        "parameters": [_parameter(parameter) for parameter in route.call.parameters],
        "responses": {
            str(status): _answer(answers[status], schemas, problem) for status in sorted(answers)
        },
    }
    if body := route.call.body:
        schema = body if isinstance(body, dict) else schemas.of(body)
        content = {"application/json": {"schema": schema}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameter(parameter: Parameter) -> dict[str, Any]:
    described = {
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.description,
        "required": parameter.required,
        "schema": parameter.schema,
    }
    return described if parameter.example is None else {**described, "example": parameter.example}


def _answer(answer: Answer | str, schemas: Schemas, problem: dict[str, Any]) -> dict[str, Any]:
    if isinstance(answer, str):
        return {"description": answer, "content": problem}
    described: dict[str, Any] = {"description": answer.description}
    if answer.media_type:
        schema: Schema = schemas.of(answer.content) if answer.content else {}
        described["content"] = {answer.media_type: {"schema": schema}}
    if answer.headers:
        described["headers"] = {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in answer.headers.items()
        }
    return described
