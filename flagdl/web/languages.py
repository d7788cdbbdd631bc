"""The language of the pages: chosen by the browser, or by the reader with a switch.

Sentences are in translations/, drawn up by `make translations`. Names of countries and continents
are CLDR's.
"""

import ast
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import BinaryIO

from babel import Locale, negotiate_locale
from babel.messages.pofile import read_po
from flask import Flask, request
from flask_babel import Babel, format_date, format_decimal, format_time, get_locale

from flagdl.model.codes import Country

LANGUAGES = {"en": "English", "ru": "Русский"}
COOKIE = "language"
TRANSLATIONS = Path(__file__).parent / "translations"
# CLDR's numbers for the continents' names in countries.json.
CONTINENTS = {
    "Africa": "002",
    "Antarctica": "AQ",
    "Asia": "142",
    "Europe": "150",
    "North America": "003",
    "Oceania": "009",
    "South America": "005",
}


def init_app(app: Flask) -> None:
    """Let pages speak the reader's language."""
    Babel(
        app,
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=_choose,
    )
    app.jinja_env.filters.update(decimal=_hundredths, date_and_time=_date_and_time)
    app.jinja_env.globals.update(languages=LANGUAGES, language=language, messages=messages)


def language() -> str:
    """Return the language of this request, as in LANGUAGES."""
    return str(get_locale())


@cache
def messages(name: str) -> dict[str, str | list[str]]:
    """Return what the pages' scripts say in a language, by the English text; none for English.

    Where a text depends on a number, it is a list of gettext's plural forms.
    """
    if name == "en":
        return {}
    with (TRANSLATIONS / name / "LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file, name)
    texts: dict[str, str | list[str]] = {}
    for message in catalogue:
        if any(source.endswith(".js") for source, _line in message.locations):
            match message.id, message.string:
                case str(english), str(text):
                    texts[english] = text
                case (english, *_), tuple(forms):
                    texts[english] = list(forms)
    return {english: text for english, text in texts.items() if all(text)}


def docstrings(
    file: BinaryIO, *_: object, **_options: object
) -> Iterator[tuple[int, None, str, list[str]]]:
    """Yield what functions say of themselves, as sentences to translate (see pyproject.toml)."""
    for node in ast.parse(file.read()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.lineno, None, ast.get_docstring(node) or "", []


def country_name(country: Country) -> str:
    """Return the name of a country in the language of this request."""
    return _territories(language()).get(country.cc, country.name)


def english_name(country: Country) -> str:
    """Return the name of a country in English, whatever the language of this request."""
    return _territories("en").get(country.cc, country.name)


def continent_name(continent: str) -> str:
    """Return the name of a continent, called as in countries.json, in that language."""
    return _territories(language())[CONTINENTS[continent]] if continent else ""


def _hundredths(value: float) -> str:
    return str(format_decimal(value, "#,##0.00"))


def _date_and_time(iso: str) -> str:
    """Say a moment to who has no script that puts it in their own zone."""
    at = datetime.fromisoformat(iso)
    return f"{format_date(at, 'medium')}, {format_time(at, 'short')} UTC"


@cache
def _territories(name: str) -> Mapping[str, str]:
    return dict(Locale(name).territories)


def _choose() -> str | None:
    chosen = request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return chosen
    # Werkzeug's best_match() would rather have ru, further down the list, than en for en-GB.
    return negotiate_locale(list(request.accept_languages.values()), list(LANGUAGES), sep="-")
