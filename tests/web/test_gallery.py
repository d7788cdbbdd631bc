"""Which cards the gallery shows, and in which order. tests/fixtures/gallery.json has the rules."""

import json
from typing import Any

import pytest

from flagdl.web.pages.gallery import View
from tests.support.running import ROOT

FIXTURE = json.loads((ROOT / "tests/fixtures/gallery.json").read_text("utf-8"))


@pytest.mark.parametrize("case", FIXTURE["cases"])
def test_cards_shown(case: dict[str, Any]) -> None:
    view = View(**case["view"])
    shown = [card["cc"] for card in view.order(FIXTURE["cards"]) if view.shows(card)]
    assert shown == case["shown"]
