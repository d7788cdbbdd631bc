"""Country codes: which ones exist, and how arguments become a sorted list of them."""

from string import ascii_letters, ascii_uppercase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flagdl.model.codes import POP20_CC, NoCode, Selection, countries, expand_codes

EVERY = [first + second for first in ascii_uppercase for second in ascii_uppercase]
ARGUMENTS = st.lists(st.text(ascii_letters, min_size=1, max_size=2))


def test_the_books_top_20() -> None:
    codes = " ".join(expand_codes(Selection.POP20))
    assert codes == "BD BR CD CN DE EG ET FR ID IN IR JP MX NG PH PK RU TR US VN"


def test_a_letter_stands_for_its_26_codes() -> None:
    assert expand_codes(Selection.CODES, ["b"]) == tuple("B" + letter for letter in ascii_uppercase)


def test_every_possible_code() -> None:
    assert expand_codes(Selection.EVERY) == tuple(EVERY)


def test_all_known_countries_go_from_ad_to_zw() -> None:
    codes = expand_codes(Selection.ALL)
    assert (len(codes), codes[0], codes[-1]) == (252, "AD", "ZW")
    assert codes == tuple(countries())


def test_the_top_20_are_known() -> None:
    assert countries().keys() > set(POP20_CC)


def test_a_country_has_name_capital_and_continent() -> None:
    brazil = countries()["BR"]
    assert (brazil.name, brazil.capital, brazil.continent) == (
        "Brazil",
        "Brasília",
        "South America",
    )


@pytest.mark.parametrize(
    "arg",
    # The dotless i becomes "I" in upper case, the ligature "FI"; "fr\n" matches ^[a-z]{2}$.
    ["", "../x", "fr\n", "\nf", " fr", "ＦＲ", "ı", "iı", "ﬁ", "ﬁr", "\0", "a\0", "f1", "12", "é",
     "FRA", "f" * 10_000],
)  # fmt: skip
def test_anything_but_a_code_or_a_letter_is_refused(arg: str) -> None:
    with pytest.raises(NoCode) as caught:
        expand_codes(Selection.CODES, ["FR", arg])
    assert caught.value.arg == arg


@settings(deadline=None)
@given(ARGUMENTS, st.none() | st.integers(1, 800))
def test_codes_are_sorted_unique_limited_and_each_was_asked_for(
    args: list[str], limit: int | None
) -> None:
    codes = expand_codes(Selection.CODES, args, limit)
    asked = [arg.upper() for arg in args]
    every = [code for code in EVERY if code in asked or code[0] in asked]
    assert list(codes) == every[:limit]


@settings(deadline=None)
@given(st.text())
def test_an_argument_expands_to_known_codes_or_is_refused(arg: str) -> None:
    try:
        codes = expand_codes(Selection.CODES, [arg])
    except ValueError:
        return
    assert set(codes) <= set(EVERY)
    assert len(codes) == {1: 26, 2: 1}[len(arg)]
