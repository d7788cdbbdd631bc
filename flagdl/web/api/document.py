"""The description of the API (OpenAPI 3.1), made from the `@call` of each route."""

import re
from collections.abc import Callable
from typing import Any

from flask import current_app, request

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


def document() -> dict[str, Any]:
    """Return the description, as JSON has it."""
    schemas = Schemas()
    problem = {"application/problem+json": {"schema": schemas.of(ProblemDocument)}}
    paths: dict[str, dict[str, Any]] = {}
    for rule in current_app.url_map.iter_rules():
        view = current_app.view_functions[rule.endpoint]
        if call := call_of(view):
            [method] = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            operations = paths.setdefault(re.sub(r"<(\w+)>", r"{\1}", rule.rule), {})
            operations[method.lower()] = _operation(method, view, call, schemas, problem)
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


def _operation(
    method: str, view: Callable[..., Any], call: Call, schemas: Schemas, problem: dict[str, Any]
) -> dict[str, Any]:
    summary, _, rest = paragraphs(view).partition("\n\n")
    always = ALWAYS if method in SAFE_METHODS else ALWAYS | CHANGES
    answers = {**always, **call.answers}
    operation: dict[str, Any] = {
        "operationId": view.__name__,
        "summary": summary.removesuffix("."),
        "description": rest,
        "parameters": [_parameter(parameter) for parameter in call.parameters],
        "responses": {
            str(status): _answer(answers[status], schemas, problem) for status in sorted(answers)
        },
    }
    if body := call.body:
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
