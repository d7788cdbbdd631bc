"""The form, read from a link or a POST, and shown again with each problem at its field."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import format_decimal, gettext

from flagdl.model.codes import Selection, countries, expand_codes, is_code_or_letter
from flagdl.model.embedded import LAB, N_
from flagdl.model.lab import SETTINGS
from flagdl.model.parsing import whole_number
from flagdl.model.reading import SpecError
from flagdl.model.spec import LIMITS, JobSpec, parse_spec
from flagdl.web.arguments import Texts
from flagdl.web.choices import PAGE_DEFAULTS
from flagdl.web.problems import capitalized, spec_message

Labels = Collection[str]


@dataclass(frozen=True)
class Form:
    """A form as it is filled in, the problems by field, and the job that it asks for.

    `ticked` are the countries among the codes, `further` is everything else given as a code. A
    field with a problem counts as empty in the job.
    """

    select: Selection
    ticked: frozenset[str]
    further: tuple[str, ...]
    numbers: Mapping[str, str]
    problems: Mapping[str, str]
    spec: JobSpec

    @property
    def chosen(self) -> int:
        """The number of chosen codes, before the limit."""
        further = [code for code in self.further if is_code_or_letter(code)]
        return len(expand_codes(self.select, [*self.ticked, *further]))

    @property
    def flags(self) -> int:
        """The number of flags that the job would download."""
        limit = whole_number(self.numbers["limit"])
        return min(self.chosen, limit) if limit and "limit" not in self.problems else self.chosen


def form_from_link(fields: Texts, labels: Labels) -> Form:
    """Return the form that an address describes, with defaults for the rest.

    Every chosen country is ticked, also those of a list. No choice at all is not a problem yet.
    """
    codes = _codes(fields)
    form = _form(fields, labels, codes, Selection.CODES if codes else Selection.POP20)
    if form.select is Selection.CODES:
        problems = {name: text for name, text in form.problems.items() if name != "codes"}
        return form if codes else replace(form, problems=problems)
    return replace(
        form,
        select=Selection.EVERY if form.select is Selection.EVERY else Selection.CODES,
        ticked=frozenset(expand_codes(form.select)) & countries().keys(),
        further=(),
    )


def form_from_post(fields: Texts, labels: Labels) -> Form:
    """Return the form as it was sent; with a list chosen, the ticks in the form don't count."""
    return _form(fields, labels, _codes(fields), Selection.CODES)


def _form(fields: Texts, labels: Labels, codes: list[str], select: Selection) -> Form:
    chosen = _text(fields, "select").lower()
    options: dict[str, object] = {
        "codes": codes if (chosen or select) == Selection.CODES else None,
        "select": chosen or select,
        "server": _text(fields, "server") or PAGE_DEFAULTS["server"],
        "strategy": _text(fields, "strategy") or PAGE_DEFAULTS["strategy"],
        "executor": _text(fields, "executor") or PAGE_DEFAULTS["executor"],
        **{name: _number(whole_number, fields, name) for name in LIMITS},
    }
    # Without JavaScript, the form also sends LAB's settings for other servers.
    if _text(fields, "server").upper() == LAB:
        options |= {name: _number(s.read, fields, name) for name, s in SETTINGS.items()}
    spec, problems = _check(options, labels)
    return Form(
        select=Selection(chosen) if chosen in list(Selection) else select,
        ticked=frozenset(code.upper() for code in codes if _is_country(code)),
        further=tuple(code for code in codes if not _is_country(code)),
        numbers={
            name: _text(fields, name, str(PAGE_DEFAULTS.get(name, "")))
            for name in (*LIMITS, *SETTINGS)
        },
        problems=problems,
        spec=spec,
    )


def _check(options: Mapping[str, object], labels: Labels) -> tuple[JobSpec, dict[str, str]]:
    """Return the job without the wrong options, and their problems by name."""
    problems: dict[str, str] = {}
    while True:
        try:
            return parse_spec(options, labels), problems
        except SpecError as exc:
            names = ("codes", "select") if exc.field in ("codes", "select") else (exc.field,)
            problems[names[0]] = capitalized(_message(exc))
            options = {**options, **{name: PAGE_DEFAULTS.get(name) for name in names}}


def _message(error: SpecError) -> str:
    # For a number, the same words as in static/js/text/form.js.
    if error.field in LIMITS:
        return _bounds(1, LIMITS[error.field], whole=True)
    if error.field in SETTINGS:
        most, whole = SETTINGS[error.field]
        return _bounds(0, most, whole=whole)
    return spec_message(error)


def _bounds(least: int, most: int, *, whole: bool) -> str:
    text = N_("A number from %(least)s to %(most)s.")
    if whole:
        text = N_("A whole number from %(least)s to %(most)s.")
    return str(gettext(text, least=format_decimal(least), most=format_decimal(most)))


def _codes(fields: Texts) -> list[str]:
    """Return the ticked codes, and the written ones, which spaces or commas separate."""
    return " ".join(fields.getlist("codes")).replace(",", " ").split()


def _is_country(code: str) -> bool:
    return is_code_or_letter(code) and code.upper() in countries()


def _text(fields: Texts, name: str, default: str = "") -> str:
    return fields.get(name, default).strip()


def _number(read: Callable[[str], float | None], fields: Texts, name: str) -> Any:
    """Return a number, or the default, or a text that parse_spec() refuses: it is not a number."""
    text = _text(fields, name)
    number = read(text)
    return (text or PAGE_DEFAULTS.get(name)) if number is None else number
