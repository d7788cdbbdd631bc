"""What a job's times say, by the same rules as in the page."""

import json
from typing import Any

import pytest

from flagdl.model.figures import figures
from tests.support.running import ROOT

CASES = json.loads((ROOT / "tests/fixtures/figures.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_figures(case: dict[str, Any]) -> None:
    measured = figures(case["items"], case["elapsed"], case["concurrency"])
    assert measured._asdict() == pytest.approx(case["expected"])
