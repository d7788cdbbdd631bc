"""schemathesis reads the API's description and sends what it allows, and what it doesn't."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.specs.openapi import checks

from app import close_app, create_app
from flagdl.settings import Settings
from tests.support.running import FlagGate, wait_for

DRAWN = 25  # cases of each operation, valid and not; more are made of the limits of each value
# Valid by itself, and refused: options that contradict each other, a request that is no websocket.
EXCLUDED = {
    "POST /api/jobs": [checks.positive_data_acceptance],
    "GET /ws/jobs/{job_id}": [checks.positive_data_acceptance],
}
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")


@pytest.fixture
def app(tmp_path: Path, gate: FlagGate, servers: Path) -> Iterator[Flask]:
    """A dashboard in this process, where one job runs for as long as the gate is shut."""
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
    gate.open()
    close_app(app)


def submit(app: Flask, **options: Any) -> str:
    return str(app.test_client().post("/api/jobs", json=options).json["id"])


@pytest.fixture
def known(app: Flask) -> dict[str, list[str]]:
    """Values of parameters in a path: jobs that failed, run and wait; flags saved and not."""
    failed = submit(app, codes=["FR", "BR"], server="LAB", delay=0, errors=0.5, seed=3)
    get = app.test_client().get
    wait_for(lambda: get(f"/api/jobs/{failed}").json["ended"])
    running, waiting = submit(app, codes=["FR"], server="GATE"), submit(app)
    return {"job_id": [failed, running, waiting], "cc": ["fr", "de"]}


def cases(operation: APIOperation[Any, Any, Any, Any]) -> Iterator[Case]:
    """Yield the cases of an operation, always the same."""
    schema = operation.schema
    yield from schema.iter_coverage_cases(
        operation, generation_modes=list(GenerationMode), generation_config=schema.config.generation
    )
    for mode in GenerationMode:
        drawn: list[Case] = []
        draw = given(case=operation.as_strategy(generation_mode=mode))(
            lambda case: drawn.append(case)
        )
        with_settings = settings(
            max_examples=DRAWN, phases=[Phase.generate], suppress_health_check=list(HealthCheck),
            database=None,
        )(draw)  # fmt: skip
        try:
            with_settings()
        except Unsatisfiable:
            continue  # an operation without parameters can't be asked for anything wrong
        yield from drawn


def test_every_answer_is_documented(app: Flask, known: dict[str, list[str]]) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    schema.config.phases.coverage.unexpected_methods = {"PUT", "PATCH"}
    answers: Counter[tuple[str, int]] = Counter()
    for operation in (result.ok() for result in schema.get_all_operations()):
        for case in cases(operation):
            generated = case.path_parameters
            [name] = generated or [""]
            for value in [None, *known.get(name, [])]:
                if value is not None:
                    case.path_parameters = {name: value}
                response = case.call(headers={"Accept-Encoding": "identity"})
                answers[operation.label, response.status_code] += 1
                case.validate_response(response, excluded_checks=EXCLUDED.get(operation.label, []))
    assert answers.total() >= 2000, answers
    print(answers, os.times())
