"""The language of the pages: the browser's, or the one that the reader chose.

Sentences are in translations/, which `make translations` updates. Names of countries and continents
come from CLDR, the Unicode project's locale data.
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
from flask_babel import Babel, format_date, format_time, get_locale

from flagdl.model.codes import Country
from flagdl.web import words

LANGUAGES = {"en": "English", "ru": "Русский"}
COOKIE = "language"
TRANSLATIONS = Path(__file__).parent / "translations"
# The continents of countries.json, and their codes in CLDR.
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
    """Show pages in the reader's language."""
    Babel(app, default_translation_directories=str(TRANSLATIONS), locale_selector=_select_locale)
    app.jinja_env.filters.update(date_and_time=_date_and_time)
    app.jinja_env.globals.update(
        languages=LANGUAGES, language=language, messages=messages, words=words
    )


def language() -> str:
    """Return the language of this request, a key of LANGUAGES."""
    return str(get_locale())


@cache
def messages(name: str) -> dict[str, str | list[str]]:
    """Return the sentences of the scripts in a language, by the English text; none for English.

    A sentence that depends on a number is a list of gettext's plural forms.
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
    """Yield the docstrings of functions as sentences to translate (see pyproject.toml)."""
    for node in ast.parse(file.read()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.lineno, None, ast.get_docstring(node) or "", []


def country_name(country: Country, name: str = "") -> str:
    """Return the name of a country in a language, by default that of this request."""
    return _territories(name or language()).get(country.cc, country.name)


def continents() -> dict[str, str]:
    """Return the continents of countries.json with their names in the reader's language, sorted."""
    territories = _territories(language())
    names = {continent: territories[code] for continent, code in CONTINENTS.items()}
    return dict(sorted(names.items(), key=lambda item: item[1]))


def _date_and_time(iso: str) -> str:
    """Return a moment in UTC; the page's script converts it to the reader's time zone."""
    at = datetime.fromisoformat(iso)
    return f"{format_date(at, 'medium')}, {format_time(at, 'short')} UTC"


@cache
def _territories(name: str) -> Mapping[str, str]:
    return dict(Locale(name).territories)


def _select_locale() -> str | None:
    chosen = request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return chosen
    # Werkzeug's best_match() doesn't match en-GB with en: it would take ru further down the list.
    return negotiate_locale(list(request.accept_languages.values()), list(LANGUAGES), sep="-")
