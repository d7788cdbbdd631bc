"""The form in texts: read from a link or a post, shown again with each problem at its field."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from flask_babel import format_decimal, gettext
from werkzeug.datastructures import MultiDict

from flagdl.model.codes import Selection, countries, expand_codes, is_code_or_letter
from flagdl.model.lab import SETTINGS
from flagdl.model.labels import LAB
from flagdl.model.numbers import whole_number
from flagdl.model.spec import LIMITS, JobSpec, SpecError, parse_spec
from flagdl.web.choices import DEFAULTS
from flagdl.web.problems import capitalized, spec_message

Texts = MultiDict[str, str]
Labels = Collection[str]


@dataclass(frozen=True)
class Form:
    """A form as it is filled in, what is wrong with it by field, and the job that it asks for.

    `ticked` are the countries among the codes, `further` whatever else was given as a code.
    Where there are problems, the job is the one without the fields at fault.
    """

    select: Selection
    ticked: frozenset[str]
    further: tuple[str, ...]
    numbers: Mapping[str, str]
    problems: Mapping[str, str]
    spec: JobSpec

    @property
    def chosen(self) -> int:
        """How many codes are chosen, before any limit."""
        further = [code for code in self.further if is_code_or_letter(code)]
        return len(expand_codes(self.select, [*self.ticked, *further]))

    @property
    def flags(self) -> int:
        """How many flags it would download."""
        limit = whole_number(self.numbers["limit"])
        return min(self.chosen, limit) if limit and "limit" not in self.problems else self.chosen


def form_from_link(fields: Texts, labels: Labels) -> Form:
    """Return the form that an address describes; what it leaves out is as by default.

    Whatever has a box is ticked. To have chosen nothing yet is no problem.
    """
    codes = _codes(fields)
    form = _form(fields, labels, codes, Selection.CODES if codes else Selection.POP20)
    if form.select is Selection.CODES:
        return form if codes else replace(form, problems=_without(form.problems, "codes"))
    return replace(
        form,
        select=Selection.EVERY if form.select is Selection.EVERY else Selection.CODES,
        ticked=frozenset(expand_codes(form.select)) & countries().keys(),
        further=(),
    )


def form_from_post(fields: Texts, labels: Labels) -> Form:
    """Return the form that was sent, as it was filled in."""
    return _form(fields, labels, _codes(fields), Selection.CODES)


def _form(fields: Texts, labels: Labels, codes: list[str], select: Selection) -> Form:
    options: dict[str, object] = {
        "codes": codes,
        "select": _text(fields, "select") or select,
        "server": _text(fields, "server") or None,
        "strategy": _text(fields, "strategy") or None,
        **{name: _number(whole_number, _text(fields, name)) for name in LIMITS},
        **_settings(fields),
    }
    spec, problems = _check(options, labels)
    return Form(
        select=_selection(_text(fields, "select")) or select,
        ticked=frozenset(code.upper() for code in codes if _is_country(code)),
        further=tuple(code for code in codes if not _is_country(code)),
        numbers={
            name: _text(fields, name, str(DEFAULTS.get(name, ""))) for name in (*LIMITS, *SETTINGS)
        },
        problems=problems,
        spec=spec,
    )


def _settings(fields: Texts) -> dict[str, object]:
    """Return LAB's settings. Without a script, the form sends them whatever the server is."""
    if _text(fields, "server").upper() != LAB:
        return {}
    return {name: _number(each.read, _text(fields, name)) for name, each in SETTINGS.items()}


def _check(options: Mapping[str, object], labels: Labels) -> tuple[JobSpec, dict[str, str]]:
    """Return the job without the options at fault, and what is wrong with those."""
    problems: dict[str, str] = {}
    while True:
        try:
            return parse_spec(options, labels), problems
        except SpecError as exc:
            sentence = _about(exc)
            names = ("codes", "select") if exc.field in ("codes", "select") else (exc.field,)
            problems[names[0]] = capitalized(sentence)
            options = {**options, **dict.fromkeys(names)}


def _about(error: SpecError) -> str:
    # Of a number as the page's script says it of the same field.
    if error.field in LIMITS:
        return _bounds(1, LIMITS[error.field], whole=True)
    if error.field in SETTINGS:
        most, whole = SETTINGS[error.field]
        return _bounds(0, most, whole=whole)
    return spec_message(error)


def _bounds(least: int, most: int, *, whole: bool) -> str:
    bounds = {"least": format_decimal(least), "most": format_decimal(most)}
    if whole:
        return str(gettext("A whole number from %(least)s to %(most)s.", **bounds))
    return str(gettext("A number from %(least)s to %(most)s.", **bounds))


def _selection(text: str) -> Selection | None:
    return Selection(text.lower()) if text.lower() in list(Selection) else None


def _codes(fields: Texts) -> list[str]:
    """Return the codes that are ticked, and those that are written, parted by blanks or commas."""
    return " ".join(fields.getlist("codes")).replace(",", " ").split()


def _is_country(code: str) -> bool:
    return is_code_or_letter(code) and code.upper() in countries()


def _text(fields: Texts, name: str, default: str = "") -> str:
    return fields.get(name, default).strip()


def _number(read: Callable[[str], float | None], text: str) -> float | str | None:
    """Return a number as JSON would have it; a text that is none is for parse_spec() to refuse."""
    number = read(text)
    return (text or None) if number is None else number


def _without(problems: Mapping[str, str], field: str) -> dict[str, str]:
    return {name: problem for name, problem in problems.items() if name != field}
