"""What pages say of a job. The scripts are tested with the same tests/fixtures/words.json."""

import json
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from flagdl.web import languages, words
from tests.support.running import ROOT

CASES = json.loads((ROOT / "tests/fixtures/words.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def app() -> Flask:
    app = Flask(__name__)
    languages.init_app(app)
    return app


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("case", CASES)
def test_words(app: Flask, case: dict[str, Any], language: str) -> None:
    with app.test_request_context(), force_locale(language):
        said = getattr(words, case["say"])(case["of"])
    assert (list(said) if isinstance(said, tuple) else said) == case[language]


def test_a_job_is_named_by_what_was_chosen(app: Flask) -> None:
    spec = {"server": "DELAY", "strategy": "map"}
    job: Any = {"total": 1, "concurrency": 6, "spec": spec}
    with app.test_request_context(), force_locale("en"):
        assert words.spec(job) == "DELAY\u00a0· map\u00a0· 6 connections"
        named = words.spec(job, with_flags=True)
        assert named == "DELAY\u00a0· map\u00a0· 1 flag\u00a0· 6 connections"
        assert words.spec(job | {"total": 0}) == "A job that can’t be read"


def test_settings_that_differ_are_not_in_common_though_they_look_the_same(app: Flask) -> None:
    lab = {"server": "LAB", "delay": 0, "spread": 0, "seed": 7, "strategy": "map"}
    jobs: Any = [
        {"total": 1, "concurrency": 1, "spec": lab | {"errors": errors}}
        for errors in (0.1, 0.10001)
    ]
    with app.test_request_context(), force_locale("en"):
        common, own = words.specs(jobs)
    assert common == "map\u00a0· 1 flag\u00a0· 1 connection"
    assert own == ["LAB 0 s ± 0%, 10% errors, seed 7"] * 2


def test_downloads_that_compete_have_neither_a_speed_up_nor_a_floor(app: Flask) -> None:
    item = {
        "status": "ok",
        "attempts": 1,
        "started": 0,
        "received": 0.5,
        "finished": 2,
        "returned": 2,
    }
    job = {"items": [item], "elapsed": 2, "concurrency": 1, "ended": True}
    with app.test_request_context(), force_locale("en"):
        said = words.figures(job)
    assert (said["waiting"], said["speedup"], said["floor"]) == ("25%", "–", "–")


def test_a_bugs_repr_is_told_from_a_sentence() -> None:
    assert words.is_exception("KeyError('x')")
    assert not words.is_exception("the embedded servers can't be started")
