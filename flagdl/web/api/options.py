"""The options of a job, as the API's description has them; parse_spec() checks them."""

from collections.abc import Iterable
from typing import Any

from flagdl.model.codes import Selection
from flagdl.model.lab import SETTINGS, Setting
from flagdl.model.spec import CLUSTER, LIMITS, THREADS
from flagdl.strategies import STRATEGIES
from flagdl.web.api.schemas import Schema
from flagdl.web.choices import DEFAULTS

CODES = {
    "type": "array",
    "items": {"type": "string", "pattern": "^[A-Za-z]{1,2}$"},
    "minItems": 1,
}


def _option(description: str, schema: Schema, **default: Any) -> Schema:
    """Return an option; null counts as left out."""
    return {"anyOf": [schema, {"type": "null"}], "description": description, **default}


def _one_of(values: Iterable[str]) -> Schema:
    return {"type": "string", "enum": list(map(str, values))}


def _count(name: str) -> Schema:
    return {"type": "integer", "minimum": 1, "maximum": LIMITS[name]}


def _number(setting: Setting) -> Schema:
    kind = "integer" if setting.whole else "number"
    return {"type": kind, "minimum": 0, "maximum": setting.most}


OPTIONS: Schema = {
    "type": "object",
    "description": "What a job does; every option may be left out.",
    "properties": {
        "codes": _option("Codes of countries; a letter stands for its 26.", CODES),
        "select": _option(
            "Instead of codes: the 20 most populous countries, all, or AA to ZZ.",
            _one_of(Selection),
        ),
        "limit": _option("Only so many of the codes.", _count("limit")),
        "server": _option(
            "A label of /api/servers.", {"type": "string"}, default=DEFAULTS["server"]
        ),
        "strategy": _option(
            "A name of /api/strategies.", _one_of(STRATEGIES), default=DEFAULTS["strategy"]
        ),
        "executor": _option(
            "Where workers run: threads, or the cluster of the dashboard's settings.",
            _one_of([THREADS, CLUSTER]),
            default=THREADS,
        ),
        "max_req": _option(
            "How many downloads run at once.", _count("max_req"), default=DEFAULTS["max_req"]
        ),
        "attempts": _option(
            "How often a flag is tried; /api/servers has each server's default.",
            _count("attempts"),
        ),
        **{
            # Not a default: clients would send it to other servers, too.
            name: _option(f"For LAB only; {DEFAULTS[name]} if left out.", _number(setting))
            for name, setting in SETTINGS.items()
        },
        "after": _option(
            "The id of a job; this one starts when that has ended.", {"type": "string"}
        ),
    },
    "additionalProperties": False,
    "examples": [{"codes": ["FR", "BR"], "server": "LAB", "delay": 0, "errors": 0.5, "seed": 3}],
}
