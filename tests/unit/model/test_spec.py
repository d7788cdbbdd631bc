"""Which options a job may have, wherever they come from."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flagdl.model.lab import SETTINGS, Lab
from flagdl.model.reading import SpecError
from flagdl.model.spec import LIMITS, OPTIONS, JobSpec, parse_spec
from flagdl.strategies import STRATEGIES

LABELS = ("LOCAL", "DELAY", "ERROR", "LAB", "REMOTE", "MINE")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
# Mostly valid values, so that not every example fails at its first option.
PLAUSIBLE = {
    "codes": st.lists(st.sampled_from(["BR", "c", "fr", "Z", "é"])),
    "select": st.sampled_from(["codes", "POP20", "all", "every"]),
    "limit": st.integers(-1, 700),
    "server": st.sampled_from([*LABELS, "local", "http://localhost"]),
    "strategy": st.sampled_from([*STRATEGIES, "Map"]),
    "max_req": st.integers(-1, 1002),
    "attempts": st.integers(-1, 11),
}
PLAUSIBLE_ON_LAB = {
    "delay": st.floats(0, 5) | st.integers(0, 5),
    "spread": st.floats(0, 1),
    "errors": st.floats(0, 1),
    "seed": st.integers(0, SETTINGS["seed"].most),
}


def some(plausible: dict[str, st.SearchStrategy[Any]], **always: Any) -> Any:
    """Draw options: most are plausible, some are left out, and some have any value."""
    optional = {name: st.none() | sort | JSON for name, sort in plausible.items()}
    return st.fixed_dictionaries({n: st.just(v) for n, v in always.items()}, optional=optional)


OPTIONS_OF_SORTS = (
    some(PLAUSIBLE) | some(PLAUSIBLE_ON_LAB, server="LAB") | some({**PLAUSIBLE, **PLAUSIBLE_ON_LAB})
)


@settings(max_examples=60)
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
    # The field at fault can also be codes, when none are given and some are needed.
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
    assert (spec.lab is not None) == (spec.server == "LAB")
    assert JobSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


def test_nothing_asked_for_is_the_top_20_from_local() -> None:
    spec = parse_spec({}, LABELS)
    assert (len(spec.codes), spec.codes[0], spec.codes[-1]) == (20, "BD", "VN")
    assert (spec.server, spec.strategy, spec.max_req) == ("LOCAL", "as_completed", 30)
    assert parse_spec(dict.fromkeys(OPTIONS), LABELS) == spec


@pytest.mark.parametrize(
    "options", [{"codes": []}, {"codes": [], "select": "codes"}, {"select": "codes"}]
)
def test_no_code_is_not_every_code(options: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match=r"^codes must name at least one country$"):
        parse_spec(options, LABELS)


@pytest.mark.parametrize(("select", "number"), [("every", 676), ("all", 252), ("pop20", 20)])
def test_a_list_is_chosen_instead_of_codes(select: str, number: int) -> None:
    assert len(parse_spec({"select": select, "codes": None}, LABELS).codes) == number
    complaint = f"^select can't be {select} together with codes: give one of the two$"
    for codes in (["BR"], []):
        with pytest.raises(SpecError, match=complaint):
            parse_spec({"select": select.upper(), "codes": codes}, LABELS)


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
        ({"server": "http://evil.example"}, "server must be one of DELAY, ERROR, LAB, "),
        ({"server": 1}, "server must be one of"),
        ({"strategy": "threads"}, "strategy must be one of as_completed, asyncio, map, sequential"),
        ({"select": ""}, "select must be one of all, codes, every, pop20"),
        ({"codes": "BR"}, "codes must be a list"),
        ({"codes": [1]}, "codes must be a list"),
        ({"codes": {"BR": 1}}, "codes must be a list"),
        ({"codes": ["../x"]}, "codes “../x” is not a code: a code is two letters, "),
        ({"nonsense": None}, "nonsense is not an option; there are codes, select, limit, "),
    ],
)
def test_what_is_wrong_is_said(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec(options, LABELS)
    assert str(caught.value).startswith(complaint)


SOME = {"delay": 0.2, "spread": 1, "errors": 0.0, "seed": 7}


def test_lab_takes_its_settings_and_has_defaults() -> None:
    spec = parse_spec({"server": "lab", **SOME}, LABELS)
    assert spec.lab == Lab(0.2, 1, 0, 7)
    assert spec.attempts == 1
    assert parse_spec({"server": "LAB", "delay": None}, LABELS).lab == Lab(0.5, 0.5, 0.1, 1)
    assert parse_spec({}, LABELS).lab is None


def test_labs_settings_are_beside_the_other_options_as_json() -> None:
    spec = parse_spec({"server": "LAB", "codes": ["FR"], **SOME}, LABELS)
    assert spec.to_dict() == {
        "codes": ["FR"], "server": "LAB", "strategy": "as_completed", "max_req": 30,
        "attempts": 1, **SOME,
    }  # fmt: skip
    assert JobSpec.from_dict(spec.to_dict()) == spec
    assert parse_spec(spec.to_dict(), LABELS) == spec


def test_specs_from_before_there_was_lab_are_read() -> None:
    old = {"codes": ["FR"], "server": "LOCAL", "strategy": "map", "max_req": 3, "attempts": 1}
    assert JobSpec.from_dict(old) == JobSpec(("FR",), "LOCAL", "map", 3, 1)
    assert JobSpec.from_dict(old).to_dict() == old


@pytest.mark.parametrize("label", [label for label in LABELS if label != "LAB"])
@pytest.mark.parametrize("field", SETTINGS)
def test_other_servers_take_no_settings(label: str, field: str) -> None:
    with pytest.raises(SpecError, match=f"^{field} is for the server LAB only$"):
        parse_spec({"server": label, field: SOME[field]}, LABELS)
    assert parse_spec({"server": label, field: None}, LABELS).lab is None


@pytest.mark.parametrize("field", SETTINGS)
@pytest.mark.parametrize(
    "value",
    [True, False, "1", "", "1_0", "٠.٢", "nan", -1, -0.1, math.nan, 1e400, -1e400, 10**400, [1],
     {}],
    ids=lambda value: repr(value)[:8],
)  # fmt: skip
def test_settings_are_numbers_within_their_range(field: str, value: object) -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec({"server": "LAB", field: value}, LABELS)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("delay", 5.1, "delay must be a number from 0 to 5"),
        ("spread", 2, "spread must be a number from 0 to 1"),
        ("errors", 1.5, "errors must be a number from 0 to 1"),
        ("seed", 10**9, "seed must be a whole number from 0 to 999999999"),
        ("seed", 1.0, "seed must be a whole number from 0 to 999999999"),
    ],
)
def test_a_setting_says_what_it_must_be(field: str, value: float, complaint: str) -> None:
    parse_spec({"server": "LAB", field: SETTINGS[field].most}, LABELS)
    with pytest.raises(SpecError) as caught:
        parse_spec({"server": "LAB", field: value}, LABELS)
    assert str(caught.value) == complaint


def test_an_error_can_be_said_in_another_language() -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec({"limit": 5000}, LABELS)
    error = caught.value
    assert (error.template, error.values) == ("must be <= %(most)s", {"most": 1000})
    assert error.detail == error.template % error.values
    # A text without placeholders is not a format: it may have a percent sign.
    assert SpecError("codes", "100% wrong").detail == "100% wrong"
