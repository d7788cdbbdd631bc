"""schemathesis reads the API's description, and sends valid and invalid requests.

Here, it sends only values at their limits. `make fuzz-api` draws others, for minutes.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from app import close_app, create_app
from flagdl.settings import Settings
from tests.support.running import FlagGate, wait_for


@pytest.fixture
def app(tmp_path: Path, gate: FlagGate, servers: Path) -> Iterator[Flask]:
    """A dashboard in this process: while the gate is shut, one job runs and all others wait."""
    app = create_app(
        Settings(
            downloads=tmp_path / "downloads",
            history=tmp_path / "history.sqlite3",
            servers=servers,
            changes_a_minute=1_000_000,
            max_running=1,
            max_waiting=1_000_000,
        )
    )
    yield app
    close_app(app)


@pytest.fixture
def known(app: Flask) -> dict[str, list[str]]:
    """Jobs and codes that exist: random ones would all be unknown."""
    client: Any = app.test_client()

    def submit(**options: Any) -> str:
        return str(client.post("/api/jobs", json=options).json["id"])

    failed = submit(codes=["FR", "BR"], server="LAB", delay=0, errors=0.5, seed=3)
    finished = submit(codes=["DE", "CN"])
    wait_for(lambda: client.get(f"/api/jobs/{finished}").json["ended"])
    submit(codes=["AA"], server="GATE")
    waiting, cancelled = submit(), submit()
    client.post(f"/api/jobs/{cancelled}/cancel")
    client.delete("/api/flags/CN")
    return {"job_id": [failed, finished, waiting, cancelled], "cc": ["fr", "de", "cn", "aa"]}


def cases(operation: Any) -> Iterator[Any]:
    """Return valid and invalid cases of a call, at the limits of its values: always the same."""
    found: Iterator[Any] = operation.schema.iter_coverage_cases(
        operation,
        generation_modes=list(GenerationMode),
        generation_config=operation.schema.config.generation,
    )
    return found


def test_every_answer_is_as_documented(app: Flask, known: dict[str, list[str]]) -> None:
    schema: Any = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    # Other tests cover these: a random log is never valid, and a page in one file takes long.
    schema = schema.exclude(path_regex="^/ws/|/import$|}/share.html$")
    schema.config.phases.coverage.unexpected_methods = {"PUT"}
    operations = [result.ok() for result in schema.get_all_operations()]
    in_turn = {name: cycle(values) for name, values in known.items()}
    sent: Counter[str] = Counter()
    for operation in sorted(operations, key=lambda operation: operation.method == "delete"):
        # Options that are valid alone can contradict each other.
        excluded = [positive_data_acceptance] if operation.label == "POST /api/jobs" else []
        for case in cases(operation):
            [name] = case.path_parameters or [""]
            one_known = [next(in_turn[name])] if name in in_turn else []
            for value in [case.path_parameters.get(name), *one_known]:
                if value is not None:
                    case.path_parameters = {name: value}
                response = case.call(headers={"Accept-Encoding": "identity"})
                case.validate_response(response, excluded_checks=excluded)
                sent[operation.label] += 1
    assert sent.total() >= 500, sent
