"""The report of the book's programs, word for word."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flagdl.model.events import DownloadStatus
from flagdl.model.report import final_report, initial_report

SITE = "http://localhost:8002/flags"
OK, NOT_FOUND, ERROR, CANCELLED = DownloadStatus


def test_the_books_sample_run() -> None:
    codes = ["B" + letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    assert initial_report("DELAY", SITE, codes, 1) == (
        "DELAY site: http://localhost:8002/flags\n"
        "Searching for 26 flags: from BA to BZ\n"
        "1 concurrent connection will be used."
    )
    assert final_report({OK: 17, NOT_FOUND: 9}, 13.355) == (
        "--------------------\n"
        "17 flags downloaded.\n"
        "9 not found.\n"
        "Elapsed time: 13.36s"
    )  # fmt: skip


def test_its_other_sample_run() -> None:
    assert final_report({OK: 150, NOT_FOUND: 361, ERROR: 165}, 7.46).splitlines()[1:] == [
        "150 flags downloaded.",
        "361 not found.",
        "165 errors.",
        "Elapsed time: 7.46s",
    ]


@pytest.mark.parametrize(
    ("number", "named"), [(1, "1 flag: AA"), (10, "10 flags: AA, AB, AC"), (11, "from AA to AK")]
)
def test_up_to_ten_codes_are_named(number: int, named: str) -> None:
    codes = ["A" + letter for letter in "ABCDEFGHIJK"[:number]]
    assert named in initial_report("LOCAL", SITE, codes, 30)


def test_one_is_no_plural_and_none_is_not_mentioned() -> None:
    assert final_report({OK: 1, ERROR: 1}, 0).splitlines()[1:3] == [
        "1 flag downloaded.",
        "1 error.",
    ]
    assert final_report({}, 0).splitlines() == [
        "-" * 20,
        "0 flags downloaded.",
        "Elapsed time: 0.00s",
    ]


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(DownloadStatus), st.integers(0, 1000)), st.floats(0, 1e5))
def test_every_count_can_be_read_back(counts: dict[DownloadStatus, int], elapsed: float) -> None:
    report = final_report(counts, elapsed)
    words = {OK: "flags? downloaded", NOT_FOUND: "not found", ERROR: "errors?",
             CANCELLED: "cancelled"}  # fmt: skip
    for status, word in words.items():
        found = re.search(rf"^(\d+) {word}\.$", report, re.MULTILINE)
        assert int(found[1] if found else 0) == counts.get(status, 0)
    assert report.endswith(f"\nElapsed time: {elapsed:.2f}s")
