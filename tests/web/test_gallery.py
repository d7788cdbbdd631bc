"""Which cards the gallery shows, and in which order. tests/fixtures/gallery.json has the rules."""

import json
from typing import Any

import pytest

from flagdl.model.search import plain
from flagdl.web.pages import gallery
from flagdl.web.pages.gallery import View
from tests.support.running import ROOT, RunningDashboard

FIXTURE = json.loads((ROOT / "tests/fixtures/gallery.json").read_text("utf-8"))


@pytest.mark.parametrize("case", FIXTURE["cases"])
def test_cards_shown(case: dict[str, Any]) -> None:
    view = View(**case["view"])
    shown = [card["cc"] for card in view.order(FIXTURE["cards"]) if view.shows(card)]
    assert shown == case["shown"]


def test_a_search_is_cut(shared: RunningDashboard) -> None:
    page = shared.get("/gallery", params={"q": "x" * 60_000}).text
    assert f'value="{"x" * 100}" maxlength="100"' in page


def test_a_search_is_read_once_for_all_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []

    def counted(text: str) -> str:
        read.append(text)
        return plain(text)

    monkeypatch.setattr(gallery, "plain", counted)
    view = View(q="Br", continent="", sort="name", show="all")
    assert "BR" in [card["cc"] for card in view.order(FIXTURE["cards"]) if view.shows(card)]
    assert read == ["Br"]
