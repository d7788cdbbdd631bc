"""How well a search fits a country. tests/fixtures/search.json has the rules."""

import json

import pytest

from flagdl.model.search import plain, rank
from tests.support.running import ROOT

FIXTURE = json.loads((ROOT / "tests/fixtures/search.json").read_text("utf-8"))


@pytest.mark.parametrize(("text", "expected"), FIXTURE["plain"])
def test_texts_are_compared_without_what_people_leave_out(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(("query", "expected"), FIXTURE["ranked"])
def test_what_fits_best_comes_first(query: str, expected: list[str]) -> None:
    ranks = {cc: rank(terms, plain(query)) for cc, terms in FIXTURE["countries"].items()}
    found = sorted((cc for cc in ranks if ranks[cc] < float("inf")), key=lambda cc: ranks[cc])
    assert found == expected
