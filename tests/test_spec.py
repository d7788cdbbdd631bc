"""What may be asked of a job, from wherever it comes."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flagdl.spec import LIMITS, OPTIONS, JobSpec, SpecError, parse_spec
from flagdl.strategies import STRATEGIES

LABELS = ("LOCAL", "DELAY", "ERROR", "REMOTE", "MINE")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
# Mostly such as could be right, so that not every example fails at its first option.
PLAUSIBLE = {
    "codes": st.lists(st.sampled_from(["BR", "c", "fr", "Z", "é"])),
    "select": st.sampled_from(["codes", "POP20", "all", "every"]),
    "limit": st.integers(-1, 700),
    "server": st.sampled_from([*LABELS, "local", "http://localhost"]),
    "strategy": st.sampled_from([*STRATEGIES, "Map"]),
    "max_req": st.integers(-1, 1002),
    "attempts": st.integers(-1, 11),
}
OPTIONS_OF_SORTS = st.fixed_dictionaries(
    {}, optional={name: st.none() | plausible | JSON for name, plausible in PLAUSIBLE.items()}
)


@settings(max_examples=50)
@given(OPTIONS_OF_SORTS | st.dictionaries(st.text(), JSON))
def test_options_give_a_job_within_limits_or_name_the_field_at_fault(
    options: dict[str, object],
) -> None:
    try:
        spec = parse_spec(options, LABELS)
    except SpecError as exc:
        refused = exc
    else:
        assert_within_limits(spec)
        return
    # No codes are at fault, too, where some must be given.
    assert refused.field in {*options, "codes"}
    assert refused.detail


def assert_within_limits(spec: JobSpec) -> None:
    assert 1 <= len(spec.codes) <= 676
    assert list(spec.codes) == sorted(set(spec.codes))
    assert all(len(cc) == 2 and cc.isascii() and cc.isupper() for cc in spec.codes)
    assert spec.server in LABELS
    assert spec.strategy in STRATEGIES
    assert 1 <= spec.max_req <= LIMITS["max_req"]
    assert 1 <= spec.concurrency <= min(spec.max_req, len(spec.codes))
    assert 1 <= spec.attempts <= LIMITS["attempts"]
    assert JobSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


def test_nothing_asked_for_is_the_top_20_from_local() -> None:
    spec = parse_spec({}, LABELS)
    assert (len(spec.codes), spec.codes[0], spec.codes[-1]) == (20, "BD", "VN")
    assert (spec.server, spec.strategy, spec.max_req) == ("LOCAL", "as_completed", 30)
    assert parse_spec(dict.fromkeys(OPTIONS), LABELS) == spec


def test_no_codes_at_all_is_the_top_20_and_none_chosen_is_refused() -> None:
    assert len(parse_spec({"codes": []}, LABELS).codes) == 20
    with pytest.raises(SpecError, match=r"^codes must name at least one country$"):
        parse_spec({"codes": [], "select": "codes"}, LABELS)


@pytest.mark.parametrize(("select", "number"), [("every", 676), ("all", 252), ("pop20", 20)])
def test_a_selection_goes_before_codes(select: str, number: int) -> None:
    assert len(parse_spec({"select": select, "codes": ["BR"]}, LABELS).codes) == number


def test_spellings_of_one_code_are_one_download() -> None:
    assert parse_spec({"codes": ["FR", "fr", "Fr"]}, LABELS).codes == ("FR",)


def test_codes_are_sorted_made_unique_and_then_limited() -> None:
    options = {"codes": ["FR", "BR", "br", "CN"], "limit": 2}
    assert parse_spec(options, LABELS).codes == ("BR", "CN")


@pytest.mark.parametrize(("label", "attempts"), [("ERROR", 1), ("REMOTE", 3), ("MINE", 3)])
def test_embedded_servers_are_asked_once_others_thrice(label: str, attempts: int) -> None:
    assert parse_spec({"server": label}, LABELS).attempts == attempts
    assert parse_spec({"server": label, "attempts": 2}, LABELS).attempts == 2


@pytest.mark.parametrize(
    ("options", "concurrency"),
    [
        ({"strategy": "sequential", "max_req": 9}, 1),
        ({"strategy": "map", "max_req": 9}, 9),
        ({"strategy": "as_completed", "max_req": 1000}, 20),
    ],
)
def test_concurrency_is_no_more_than_asked_or_useful(
    options: dict[str, object], concurrency: int
) -> None:
    assert parse_spec(options, LABELS).concurrency == concurrency


@pytest.mark.parametrize("field", ["limit", "max_req", "attempts"])
@pytest.mark.parametrize(
    "value",
    [True, False, 1.5, 1.0, "1", "1_000", "١٢", -1, 0, float("nan"), float("inf"), [1], {}],
    ids=repr,
)
def test_numbers_are_whole_and_positive(field: str, value: object) -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec({field: value}, LABELS)
    assert caught.value.field == field


@pytest.mark.parametrize(("field", "most"), [("max_req", 1000), ("attempts", 10), ("limit", 1000)])
def test_numbers_have_an_upper_end(field: str, most: int) -> None:
    parse_spec({field: most}, LABELS)
    with pytest.raises(SpecError, match=f"^{field} must be <= {most}$"):
        parse_spec({field: most + 1}, LABELS)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"server": "http://evil.example"}, "server must be one of DELAY, ERROR, LOCAL, "),
        ({"server": 1}, "server must be one of"),
        ({"strategy": "asyncio"}, "strategy must be one of as_completed, map, sequential"),
        ({"select": ""}, "select must be one of all, codes, every, pop20"),
        ({"codes": "BR"}, "codes must be a list"),
        ({"codes": [1]}, "codes must be a list"),
        ({"codes": {"BR": 1}}, "codes must be a list"),
        ({"codes": ["../x"]}, "codes “../x” is no code: a code is two letters, "),
        ({"nonsense": None}, "nonsense is no option; there are codes, select, limit, "),
    ],
)
def test_what_is_wrong_is_said(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec(options, LABELS)
    assert str(caught.value).startswith(complaint)


def test_an_error_can_be_said_in_another_language() -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec({"limit": 5000}, LABELS)
    error = caught.value
    assert (error.template, error.values) == ("must be <= %(most)s", {"most": 1000})
    assert error.detail == error.template % error.values
    # A text without places is no format: it may have a percent sign.
    assert SpecError("codes", "100% wrong").detail == "100% wrong"
