"""The flag server LAB: its settings, its draws, and what it answers."""

import asyncio
import math
import re
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import product
from pathlib import Path
from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagdl import engine
from flagdl.download.servers import Servers
from flagdl.download.store import FlagStore
from flagdl.model.events import DownloadStatus, FlagDone
from flagdl.model.lab import SETTINGS, Lab
from flagdl.model.reading import SpecError
from flagdl.model.spec import parse_spec
from flagdl.origin.faults import Kind, lab_fault
from flagdl.origin.http import load_images
from flagdl.strategies import STRATEGIES
from tests.support.here import LastingOrigin
from tests.support.hostile import PATIENT
from tests.support.origins import ALL_CODES, POP20, answers, ask, count_statuses, flag_url

seeds = st.integers(0, SETTINGS["seed"].most)
labs = st.builds(Lab, st.floats(0, 5), st.floats(0, 1), st.floats(0, 1), seeds)
codes = st.sampled_from(ALL_CODES)
attempts = st.integers(1, 10**6)
NOT_NUMBERS = ["", "x", "nan", "inf", "1_0", "٠", "0,5", "+1", "0x1", "5.", "0.5 ", "\n0"]
OUT_OF_RANGE = ["-1", "1e400", "9" * 5000]


@pytest.fixture(scope="module")
def base(origin: LastingOrigin) -> str:
    return origin.urls()["LAB"]


# Settings


@pytest.mark.parametrize(
    ("name", "text", "number"),
    [
        ("delay", "0.2", 0.2), ("delay", "5", 5), ("spread", ".5", 0.5), ("errors", "1e-7", 1e-7),
        ("delay", "0.5E+1", 5), ("seed", "7", 7), ("seed", "007", 7), ("delay", "-0", 0),
    ],
)  # fmt: skip
def test_texts_are_read(name: str, text: str, number: float) -> None:
    assert Lab.from_texts({name: text, "attempt": "1"}) == replace(Lab(), **{name: number})  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [*NOT_NUMBERS, *OUT_OF_RANGE])
@pytest.mark.parametrize("name", SETTINGS)
def test_other_texts_are_refused(name: str, text: str) -> None:
    with pytest.raises(SpecError) as caught:
        Lab.from_texts({name: text})
    assert caught.value.field == name


@pytest.mark.parametrize("name", SETTINGS)
def test_a_long_text_is_no_number(name: str) -> None:
    """So long that a parser which reads it again for each digit would take too long."""
    digits = "1" * 200_000
    for text in (digits + "x", "0." + digits + "x", "1e" + digits + "x"):
        with pytest.raises(SpecError):
            Lab.from_texts({name: text})


@given(labs)
def test_a_query_gives_the_settings_back(lab: Lab) -> None:
    assert Lab.from_texts(dict(parse_qsl(lab.query))) == lab


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *product(SETTINGS, [True, "1", None, [], -1, math.nan, math.inf, 10**400]),
        ("delay", 5.001), ("spread", 1.001), ("errors", 1.001), ("seed", 10**9), ("seed", 1.0),
    ],
)  # fmt: skip
def test_settings_that_cannot_be(name: str, value: object) -> None:
    with pytest.raises(SpecError, match=f"^{name} must be a (whole )?number from 0 to [159]"):
        Lab(**{name: value})  # type: ignore[arg-type]


def test_the_next_draw() -> None:
    assert Lab(0.1, 0.2, 0.3, 7).redrawn() == Lab(0.1, 0.2, 0.3, 8)
    assert Lab(seed=SETTINGS["seed"].most).redrawn().seed == 0


# Draws


@given(labs, codes, attempts)
def test_lab_draws_from_seed_code_and_attempt_alone(lab: Lab, cc: str, attempt: int) -> None:
    fault = lab_fault(lab, cc, attempt)
    assert fault == lab_fault(lab, cc, attempt)
    # The other settings scale the draw and don't change it.
    unit = lab_fault(Lab(delay=1, spread=1, errors=lab.errors, seed=lab.seed), cc, attempt)
    assert fault.delay == pytest.approx(lab.delay * (1 + lab.spread * (unit.delay - 1)))
    assert fault.fails == unit.fails


@given(labs, codes, attempts)
def test_lab_keeps_to_its_settings(lab: Lab, cc: str, attempt: int) -> None:
    assert 0 <= lab_fault(lab, cc, attempt).delay <= lab.slowest
    assert lab_fault(replace(lab, spread=0), cc, attempt).delay == lab.delay
    assert not lab_fault(replace(lab, errors=0), cc, attempt).fails
    assert lab_fault(replace(lab, errors=1), cc, attempt).fails


@given(codes, attempts, seeds, st.floats(0, 1), st.floats(0, 1))
def test_more_errors_on_lab_only_add_some(
    cc: str, attempt: int, seed: int, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    if lab_fault(Lab(errors=low, seed=seed), cc, attempt).fails:
        assert lab_fault(Lab(errors=high, seed=seed), cc, attempt).fails


@pytest.mark.parametrize("seed", [0, 1, 7, SETTINGS["seed"].most])
@pytest.mark.parametrize("attempt", [1, 2])
def test_lab_draws_evenly(seed: int, attempt: int) -> None:
    faults = [lab_fault(Lab(1, 1, 0.25, seed), cc, attempt) for cc in ALL_CODES]
    # Four standard deviations of 676 draws.
    assert sum(fault.fails for fault in faults) / 676 == pytest.approx(0.25, abs=0.067)
    assert sum(fault.delay for fault in faults) / 676 == pytest.approx(1, abs=0.089)
    assert min(fault.delay for fault in faults) < 0.05
    assert max(fault.delay for fault in faults) > 1.95
    # Those that fail are neither slower nor quicker than the others.
    slow = [fault.fails for fault in faults if fault.delay > 1]
    assert sum(slow) / len(slow) == pytest.approx(0.25, abs=0.095)


def test_another_seed_code_or_attempt_draws_again_on_lab() -> None:
    draws = [
        [lab_fault(Lab(seed=seed), cc, attempt) for cc in ALL_CODES]
        for seed, attempt in [(1, 1), (1, 2), (2, 1), (2, 2)]
    ]
    assert len({fault.delay for drawn in draws for fault in drawn}) == 4 * 676
    assert len({tuple(fault.fails for fault in drawn) for drawn in draws}) == 4


def test_labs_default_seed_draws_what_it_always_drew() -> None:
    """Every process and every version draws the same."""
    faults = {cc: lab_fault(Lab(), cc, 1) for cc in ALL_CODES}
    assert [cc for cc in POP20 if faults[cc].fails] == ["us"]
    assert sum(fault.fails for fault in faults.values()) == 58
    assert faults["br"].delay == pytest.approx(0.34241383617865206)


# Answers


def test_lab_answers_as_the_query_says() -> None:
    images = load_images()
    paths, expected = [], []
    for lab, attempt in product([Lab(1, 1, 0.5, 7), Lab(0, 0, 0.5, 8)], [1, 2]):
        for cc in ALL_CODES[26:78]:  # flags and unknown codes, both
            fault = lab_fault(lab, cc, attempt)
            paths.append(flag_url("/flags", cc, f"{lab.query}&attempt={attempt}"))
            status = 503 if fault.fails else 200 if cc in images else 404
            expected.append((status, fault.delay))
    assert answers(Kind.LAB, paths) == expected


@pytest.mark.parametrize("query", ["", "seed=1", "delay=.5&spread=5e-1", "attempt=1&mine=x"])
def test_what_the_query_leaves_out_is_as_by_default(query: str) -> None:
    paths = [flag_url("/flags", cc, query) for cc in ("br", "us")]
    delays = [lab_fault(Lab(), cc, 1).delay for cc in ("br", "us")]
    assert answers(Kind.LAB, paths) == list(zip([200, 503], delays, strict=True))


@pytest.mark.parametrize("fails", [False, True])
def test_a_hundred_requests_for_one_code_at_once_get_one_answer(base: str, fails: bool) -> None:
    lab = Lab(delay=0.02, errors=0.5, seed=7)
    cc = next(cc for cc in POP20 if lab_fault(lab, cc, 1).fails is fails)
    statuses = asyncio.run(count_statuses(flag_url(base, cc, lab.query), 100))
    assert statuses == {503 if fails else 200: 100}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *product(SETTINGS, ["-1"]),
        *product(["delay"], ["", "%0a1", "%ff"]),
        *product(["attempt"], ["", "x", "0", "-1", "1.0", "1_0", "٣", "9" * 5000]),
    ],
)
def test_a_query_that_lab_cant_use_is_400(base: str, name: str, text: str) -> None:
    answer = ask(flag_url(base, "br", f"{name}={quote(text, safe='%')}"))
    assert answer.status == 400
    assert re.fullmatch(
        f"400: {name} must be a (whole )?number from [^\n]+\n", answer.body.decode()
    )


# Jobs


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with closing(Servers()) as servers:
        yield servers


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_meets_the_same_and_each_attempt_draws_again(
    strategy: str, servers: Servers, tmp_path: Path
) -> None:
    lab = Lab(delay=0, errors=0.5, seed=7)
    codes = [cc.upper() for cc in POP20[:8]]
    options = {"server": "LAB", "strategy": strategy, "codes": codes, "attempts": 3, **vars(lab)}
    spec = parse_spec(options, servers)
    server = servers.resolve(spec.server, spec.lab)
    events = engine.run(spec, server, FlagStore(tmp_path), threading.Event(), PATIENT)
    results = {event.result.cc: event.result for event in events if isinstance(event, FlagDone)}
    fails = {cc: [lab_fault(lab, cc.lower(), n).fails for n in (1, 2, 3)] for cc in codes}
    needed = {cc: (drawn.index(False) + 1 if False in drawn else 3) for cc, drawn in fails.items()}
    assert {cc: result.attempts for cc, result in results.items()} == needed
    failed = {cc for cc, result in results.items() if result.status is DownloadStatus.ERROR}
    assert failed == {cc for cc, drawn in fails.items() if all(drawn)}
    assert set(needed.values()) == {1, 2, 3}
