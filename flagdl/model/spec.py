"""The options of a job, the same in the form, the API and the terminal."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict, cast

from flagdl.model.codes import NoCode, Selection, expand_codes, is_code
from flagdl.model.embedded import DEFAULT_SERVER, LAB, default_attempts
from flagdl.model.lab import SETTINGS, Lab
from flagdl.model.reading import SpecError, checked, is_integer
from flagdl.strategies import DEFAULT_STRATEGY, STRATEGIES, THREADED

THREADS, CLUSTER = "threads", "cluster"
EXECUTORS = (THREADS, CLUSTER)  # where the workers run: in this process, or on a cluster
DEFAULT_MAX_REQ = 30
# Each one is from 1 to its limit. There are at most 676 codes, so a limit of 1,000 is enough.
LIMITS = {"max_req": 1000, "limit": 1000, "attempts": 10}
OPTIONS = (
    *("codes", "select", "limit", "server", "strategy", "executor", "max_req", "attempts"),
    *SETTINGS,
)


class Spec(TypedDict):
    """What a job does: every default filled in, the codes expanded; on LAB, with its settings."""

    codes: list[str]
    server: str
    strategy: str
    max_req: int
    attempts: int
    executor: NotRequired[str]
    delay: NotRequired[float]
    spread: NotRequired[float]
    errors: NotRequired[float]
    seed: NotRequired[int]


@dataclass(frozen=True)
class JobSpec:
    """A job to do: every option checked, every default filled in, the codes expanded.

    `max_req` is 1 for the sequential strategy. `lab` is set for the server LAB only.
    """

    codes: tuple[str, ...]
    server: str
    strategy: str
    max_req: int
    attempts: int
    lab: Lab | None = None
    executor: str = THREADS

    @property
    def concurrency(self) -> int:
        """How many downloads can run at once: no more than there are codes."""
        return min(self.max_req, len(self.codes))

    def to_dict(self) -> Spec:
        """Return the spec as JSON has it: LAB's settings are beside the other options."""
        options = {**vars(self), "codes": list(self.codes)}
        del options["lab"]
        if self.executor == THREADS:
            del options["executor"]
        return cast(Spec, options | (vars(self.lab) if self.lab else {}))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "JobSpec":
        """Return the spec that `to_dict()` wrote; KeyError, TypeError or ValueError otherwise."""
        options = {**data, "codes": _read_codes(data["codes"])}
        settings = {name: options.pop(name) for name in SETTINGS if name in options}
        lab = Lab(**settings) if settings else None
        spec = checked(cls, {**options, "lab": lab})
        for name in ("max_req", "attempts"):
            if not 1 <= getattr(spec, name) <= LIMITS[name]:
                raise ValueError(f"{name} is out of range")
        if spec.executor not in EXECUTORS:
            raise ValueError("there is no such executor")
        if (spec.server == LAB) != (lab is not None):
            raise ValueError(f"the server {LAB} has settings, and no other has")
        return spec


def _read_codes(codes: object) -> tuple[str, ...]:
    if not isinstance(codes, list) or not codes or not all(map(is_code, codes)):
        raise ValueError("codes must be a list of codes")
    if len(set(codes)) < len(codes):
        raise ValueError("a code is there twice")
    return tuple(codes)


def options_of(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that start a job again, perhaps with another strategy.

    Nobody chose the one connection of a sequential job: other strategies take the default.
    """
    unchosen = "max_req" if spec["strategy"] == "sequential" else None
    return {name: value for name, value in spec.items() if name != unchosen}


def parse_spec(options: Mapping[str, object], labels: Collection[str]) -> JobSpec:
    """Return the job for options as JSON gives them; an option that is None is left out.

    `labels` are the servers that exist. Raises SpecError for the first option at fault.
    """
    for name in options:
        if name not in OPTIONS:
            raise SpecError(
                name, "is not an option; there are %(options)s", options=", ".join(OPTIONS)
            )
    given = {name: value for name, value in options.items() if value is not None}
    server = _one_of(given, "server", labels, DEFAULT_SERVER, str.upper)
    strategy = _one_of(given, "strategy", STRATEGIES, DEFAULT_STRATEGY, str.lower)
    executor = _one_of(given, "executor", EXECUTORS, THREADS, str.lower)
    if executor == CLUSTER and strategy not in THREADED:
        raise SpecError(
            "executor", "can't be cluster with asyncio: its tasks stay on one event loop"
        )
    max_req = _whole(given, "max_req", DEFAULT_MAX_REQ)
    return JobSpec(
        codes=_codes(given),
        server=server,
        strategy=strategy,
        max_req=1 if strategy == "sequential" else max_req,
        attempts=_whole(given, "attempts", default_attempts(server)),
        lab=_lab(given, server),
        executor=executor,
    )


def _lab(given: Mapping[str, object], server: str) -> Lab | None:
    settings: dict[str, Any] = {name: given[name] for name in SETTINGS if name in given}
    if server != LAB:
        for name in settings:
            raise SpecError(name, "is for the server LAB only")
        return None
    return Lab(**settings)


def _codes(given: Mapping[str, object]) -> tuple[str, ...]:
    args = given.get("codes", [])
    if not isinstance(args, list | tuple) or not all(isinstance(arg, str) for arg in args):
        raise SpecError("codes", "must be a list of country codes and letters")
    fallback = Selection.CODES if "codes" in given else Selection.POP20
    selection = Selection(_one_of(given, "select", list(Selection), fallback, str.lower))
    if "codes" in given and selection is not Selection.CODES:
        raise SpecError(
            "select",
            "can't be %(select)s together with codes: give one of the two",
            select=selection,
        )
    limit = _whole(given, "limit", None)
    try:
        codes = expand_codes(selection, args, limit)
    except NoCode as exc:
        raise SpecError(
            "codes",
            "“%(code)s” is not a code: a code is two letters, and one letter stands for its 26.",
            code=exc.arg,
        ) from exc
    if not codes:
        raise SpecError("codes", "must name at least one country")
    return codes


def _one_of(
    given: Mapping[str, object],
    field: str,
    choices: Collection[str],
    default: str,
    fold: Callable[[str], str],
) -> str:
    value = given.get(field, default)
    if isinstance(value, str) and fold(value) in choices:
        return fold(value)
    raise SpecError(field, "must be one of %(choices)s", choices=", ".join(sorted(choices)))


def _whole(given: Mapping[str, object], field: str, default: int | None) -> Any:
    value = given.get(field, default)
    if value is None:
        return None
    if not is_integer(value):
        raise SpecError(field, "must be a whole number")
    if value < 1:
        raise SpecError(field, "must be >= %(least)s", least=1)
    if value > LIMITS[field]:
        raise SpecError(field, "must be <= %(most)s", most=LIMITS[field])
    return value
