"""The form without its script: it starts a job, or comes back with its problems."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from flagdl.model.codes import Selection, countries
from flagdl.model.lab import SETTINGS, Lab
from flagdl.model.spec import parse_spec
from flagdl.web import languages
from flagdl.web.choices import PAGE_DEFAULTS
from flagdl.web.pages.form import Form, form_from_link, form_from_post
from tests.support.forms import Fields, FormReader, post, started
from tests.support.running import WITHIN, RunningDashboard

LABELS = ("LOCAL", "DELAY", "ERROR", "LAB", "REMOTE", "MINE")
NUMBERS = ("max_req", "limit", "attempts", *SETTINGS)
FIELDS = {"codes", "select", "server", "strategy", *NUMBERS}
ALL = sorted(countries())
FAILING: dict[str, Any] = {"codes": ["FR"], "server": "LAB", "delay": 0, "errors": 1}

PLAUSIBLE = {
    "codes": st.sampled_from(["BR", "cn", "B", "XX", "BR, fr  zz", "", "fra", "ß", "é", "%(x)s"]),
    "select": st.sampled_from(["codes", "POP20", "all", "every", "", "some"]),
    "server": st.just("lab") | st.sampled_from([*LABELS, "local", "", "NOWHERE", "%s"]),
    "strategy": st.sampled_from(["map", "Sequential", "", "x"]),
    **dict.fromkeys(
        NUMBERS,
        st.sampled_from(
            [
                "",
                "1",
                " 7 ",
                "0",
                "-1",
                "10",
                "1001",
                ".5",
                "1.5",
                "1e-7",
                "1_0",
                "٣",
                "x",
                "9" * 99,
            ]
        ),
    ),
}
TEXTS = st.lists(
    st.sampled_from(sorted(FIELDS)).flatmap(
        lambda name: st.tuples(st.just(name), PLAUSIBLE[name] | st.text(max_size=8))
    ),
    max_size=12,
)


@pytest.fixture(scope="module", autouse=True)
def _in_english() -> Iterator[None]:
    app = Flask(__name__)
    languages.init_app(app)
    with app.test_request_context():
        yield


def read(make: Callable[..., Form], fields: Fields) -> Form:
    return make(MultiDict(fields), LABELS)


@settings(max_examples=30)
@given(TEXTS)
def test_any_texts_give_a_job_or_problems_at_fields_and_are_kept(fields: Fields) -> None:
    form = read(form_from_post, fields)
    assert form.problems.keys() <= FIELDS - {"select"}
    assert all(form.problems.values())
    given = MultiDict(fields)
    for name in NUMBERS:
        if name in given:
            assert form.numbers[name] == given[name].strip()
    words = " ".join(given.getlist("codes")).replace(",", " ").split()
    assert form.ticked | set(form.further) <= {w.upper() for w in words} | set(words)
    assert len(form.further) + len(form.ticked) <= len(words)
    if not form.problems:
        assert form.flags == len(form.spec.codes)


@settings(max_examples=30)
@given(TEXTS)
def test_any_link_opens_a_form(fields: Fields) -> None:
    form = read(form_from_link, fields)
    assert form.problems.keys() <= FIELDS - {"select"}
    if form.problems or not form.chosen:
        return
    # The form shows the same job that it would send.
    assert read(form_from_post, sent_by(form)).spec == form.spec


def sent_by(form: Form) -> Fields:
    """Return what a browser sends when nothing in the form is changed."""
    return [
        *(("codes", cc) for cc in form.ticked),
        ("codes", " ".join(form.further)),
        ("select", str(form.select)),
        ("server", form.spec.server),
        ("strategy", form.spec.strategy),
        *form.numbers.items(),
    ]


def test_a_link_says_what_is_wrong_with_each_field_and_fills_in_the_others() -> None:
    fields = [("codes", "BR fra"), ("limit", "x"), ("attempts", "11"), ("server", "delay")]
    form = read(form_from_link, fields)
    assert form.problems == {
        "codes": "“fra” is not a code: a code is two letters, and one letter stands for its 26.",
        "limit": "A whole number from 1 to 1,000.",
        "attempts": "A whole number from 1 to 10.",
    }
    assert (form.ticked, form.further, form.spec.server) == (
        frozenset({"BR"}),
        ("fra",),
        "DELAY",
    )


def test_labs_settings_are_numbers_and_say_so_at_their_fields() -> None:
    fields = [("server", "LAB"), ("delay", "0.2"), ("spread", ".5"), ("errors", ""), ("seed", "7")]
    for make in (form_from_link, form_from_post):
        form = read(make, [*fields, ("codes", "BR")])
        assert (form.spec.lab, form.problems) == (Lab(0.2, 0.5, 0.1, 7), {})
    wrong = [("delay", "nan"), ("spread", "1_0"), ("errors", "٠.٢"), ("seed", "7.0")]
    form = read(form_from_link, [("server", "LAB"), *wrong])
    assert form.problems == {
        "delay": "A number from 0 to 5.",
        "spread": "A number from 0 to 1.",
        "errors": "A number from 0 to 1.",
        "seed": "A whole number from 0 to 999,999,999.",
    }
    assert form.numbers.items() >= set(wrong)
    assert form.spec.lab == Lab()


def test_what_the_form_without_a_script_sends_beside_another_server_is_left_out() -> None:
    for number in ("0.2", "x", ""):
        form = read(form_from_post, [("codes", "BR"), ("server", "DELAY"), ("delay", number)])
        assert (form.spec.lab, form.problems) == (None, {})
        assert form.numbers["delay"] == number  # still there when LAB is chosen again


@pytest.mark.parametrize(
    ("fields", "select", "chosen"),
    [
        ([], "codes", 20),
        ([("select", "all"), ("codes", "BR")], "codes", len(ALL)),
        ([("select", "every")], "every", 676),
        ([("select", "codes")], "codes", 0),
        ([("codes", "B XX")], "codes", 27),
        ([("codes", "B,XX"), ("codes", "fr")], "codes", 28),
    ],
)
def test_what_a_link_chooses(fields: Fields, select: str, chosen: int) -> None:
    form = read(form_from_link, fields)
    assert (form.select, form.chosen, form.problems) == (Selection(select), chosen, {})


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ("", {}),
        ("?codes=B+CN&limit=3&strategy=map", {"codes": ["B", "CN"], "limit": 3, "strategy": "map"}),
        ("?select=all&limit=2&attempts=2", {"select": "all", "limit": 2, "attempts": 2}),
        ("?select=every&limit=4&max_req=2", {"select": "every", "limit": 4, "max_req": 2}),
        ("?codes=FR&strategy=sequential", {"codes": ["FR"], "strategy": "sequential"}),
        ("?codes=FR&server=LAB", {"codes": ["FR"], "server": "LAB"}),
        (
            "?codes=FR&server=lab&delay=1e-7&spread=0.123&errors=0&seed=7",
            {
                "codes": ["FR"],
                "server": "LAB",
                "delay": 1e-7,
                "spread": 0.123,
                "errors": 0,
                "seed": 7,
            },
        ),
        ("?codes=FR&server=DELAY&delay=2", {"codes": ["FR"], "server": "DELAY"}),
    ],
)
def test_the_page_of_a_link_starts_what_the_link_says(
    shared: RunningDashboard, query: str, options: dict[str, object]
) -> None:
    page = FormReader(shared.get(f"/{query}").text)
    expected = parse_spec({"server": "DELAY", "max_req": 5, **options}, LABELS)
    assert started(shared, page.fields) == expected.to_dict()


def test_a_whole_form_is_within_the_limit_of_a_body(shared: RunningDashboard) -> None:
    everything = [("codes", cc) for cc in ALL] + [("codes", "A B C " * 300), ("limit", "3")]
    assert len(started(shared, everything)["codes"]) == 3
    assert post(shared, [("codes", "A" * 17_000)]).status_code == 413


def test_a_problem_comes_with_everything_that_was_entered(shared: RunningDashboard) -> None:
    entered = [
        ("codes", "FR"), ("codes", "B fra"), ("select", "codes"), ("server", "ERROR"),
        ("strategy", "map"), ("max_req", "7"), ("limit", "5000"), ("attempts", "2"),
        ("delay", "9"), ("spread", "1"), ("errors", "x"), ("seed", ""),
        ("race", "map"), ("race", "sequential"), ("widths", "2, 1"),
    ]  # fmt: skip
    response = post(shared, entered)
    assert response.status_code == 400
    page = FormReader(response.text)
    assert page.problems["limit"] == "A whole number from 1 to 1,000."
    assert page.problems["codes"].startswith("“")
    assert {name for name, text in page.problems.items() if text} == {"limit", "codes"}
    assert sorted(page.fields) == sorted(entered)


def test_nothing_chosen_is_a_problem_once_it_is_sent(shared: RunningDashboard) -> None:
    response = post(shared, [("server", "LOCAL")])
    assert response.status_code == 400
    assert FormReader(response.text).problems["codes"] == "Must name at least one country"


def test_a_form_with_two_values_where_one_is_meant_is_refused(shared: RunningDashboard) -> None:
    response = post(shared, [("codes", "FR"), ("server", "LOCAL"), ("server", "DELAY")])
    assert (response.status_code, response.json()["field"]) == (400, "server")


def test_a_chosen_list_counts_and_the_ticks_are_kept(shared: RunningDashboard) -> None:
    fields = [("codes", "FR"), ("codes", "B"), ("select", "ALL"), ("limit", "3")]
    assert started(shared, fields)["codes"] == ALL[:3]
    wrong = FormReader(post(shared, [*fields, ("attempts", "x")]).text)
    assert {("codes", "FR"), ("codes", "B"), ("select", "all")} <= set(wrong.fields)


def test_what_is_entered_is_shown_as_text(shared: RunningDashboard) -> None:
    attack = "\"'><script>alert(1)</script>"
    # Codes are sent alone: they are not checked while the choice of a list is invalid.
    for names in ({"codes"}, FIELDS - {"codes"}):
        fields = [(name, attack) for name in sorted(names)]
        for page in (post(shared, fields).text, shared.get("/", params=dict(fields)).text):
            assert "&lt;script&gt;alert" in page
            assert "<script>alert" not in page


def test_the_form_of_a_jobs_page_has_its_settings(shared: RunningDashboard) -> None:
    options = {"codes": ["FR"], "server": "LAB", "delay": 1e-7, "errors": 0.25, "seed": 7}
    job_id = shared.submit(**options)
    form = FormReader(shared.get(f"/jobs/{job_id}").text)
    assert started(shared, form.fields) == shared.job(job_id)["spec"]


def test_a_sequential_job_does_not_make_another_strategy_slow(shared: RunningDashboard) -> None:
    job_id = shared.submit(codes=["FR"], strategy="sequential")
    fields = dict(FormReader(shared.get(f"/jobs/{job_id}").text).fields)
    spec = started(shared, [*(fields | {"strategy": "map"}).items()])
    assert (spec["strategy"], spec["max_req"]) == ("map", PAGE_DEFAULTS["max_req"])


@pytest.mark.parametrize(
    "header", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_other_sites_start_nothing(shared: RunningDashboard, header: dict[str, str]) -> None:
    assert post(shared, [("codes", "FR")], **header).status_code == 403


def test_the_same_form_posted_twice_starts_one_job(shared: RunningDashboard) -> None:
    token = FormReader(shared.get("/").text).token
    assert token != FormReader(shared.get("/").text).token
    fields = [("token", token), ("codes", "FR")]
    with ThreadPoolExecutor(8) as posts:
        answers = list(posts.map(lambda _: post(shared, fields), range(8)))
    assert {answer.status_code for answer in answers} == {303}
    [page] = {answer.headers["Location"] for answer in answers}
    # Other fields start another job. So does a form without a token, as programs send it.
    others = [[*fields, ("limit", "1")], fields[1:], fields[1:]]
    pages = {post(shared, other).headers["Location"] for other in others}
    assert len({page, *pages}) == 4


@pytest.mark.parametrize("fields", [{}, {"strategy": "map"}], ids=["retry", "again"])
def test_a_button_pressed_twice_starts_one_job(
    shared: RunningDashboard, fields: dict[str, str]
) -> None:
    jobs = [shared.submit(**FAILING) for _ in range(2)]
    for job_id in jobs:
        shared.finished(job_id)
    first, second = (f"{shared.url}/jobs/{id_}/{'again' if fields else 'retry'}" for id_ in jobs)
    form = {**fields, "token": "of one page"}
    ways = [first, first, second]
    started = [requests.post(way, form, timeout=WITHIN, allow_redirects=False) for way in ways]
    pages = [answer.headers["Location"] for answer in started]
    assert pages[0] == pages[1] != pages[2]


@pytest.mark.parametrize("path", ["/", "/jobs", "/jobs/{}"])
def test_every_form_that_starts_something_has_a_token(shared: RunningDashboard, path: str) -> None:
    job_id = shared.submit(**FAILING)
    shared.finished(job_id)
    page = shared.get(path.format(job_id)).text
    forms = [form.partition("</form>")[0] for form in page.split("<form ")[1:]]
    starting = [form for form in forms if 'method="post"' in form and "/preferences" not in form]
    assert starting
    tokens = {form.partition('name="token" value="')[2][:32] for form in starting}
    assert all(re.fullmatch("[0-9a-f]{32}", token) for token in tokens)
