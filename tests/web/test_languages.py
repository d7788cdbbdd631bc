"""The pages' languages: the browser or a switch chooses, and translations are complete."""

import io
import re
import tomllib

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from flagdl.download.transport import CAUSES, VERDICTS
from flagdl.model.codes import countries
from flagdl.web.languages import CONTINENTS, LANGUAGES, TRANSLATIONS
from tests.support.running import ROOT, RunningDashboard

OTHERS = sorted(set(LANGUAGES) - {"en"})
# Names stay as they are.
NAMES = {
    "LOCAL", "DELAY", "GATE", "ERROR", "LAB", "REMOTE", "sequential", "completed", "asyncio",
    "flagdl", "nbsp",
    "Ctrl", "Shift", "executor", "submit",
}  # fmt: skip
PLACE = re.compile(r"%\((\w+)\)s")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
MAPPINGS = PYPROJECT["tool"]["babel"]["mappings"]
METHODS = [(m["pattern"], m["method"]) for m in MAPPINGS]


def catalogue(language: str) -> Catalog:
    with (TRANSLATIONS / language / "LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, language)


def said(html: str) -> str:
    found = re.search(r'<html lang="(\w+)"', html)
    assert found
    return found[1]


def test_every_continent_is_known() -> None:
    assert {country.continent for country in countries().values()} == {"", *CONTINENTS}


@pytest.mark.parametrize(
    ("header", "language"),
    [("ru", "ru"), ("ru-RU,ru;q=0.9,en;q=0.5", "ru"), ("en-GB,ru;q=0.5", "en"),
     ("de,fr;q=0.5", "en"), ("", "en"), ("*", "en"), ("../../etc", "en")],
)  # fmt: skip
def test_the_browser_chooses(shared: RunningDashboard, header: str, language: str) -> None:
    assert said(shared.get("/jobs", headers={"Accept-Language": header}).text) == language


def test_the_switch_wins_and_leads_back(shared: RunningDashboard) -> None:
    answer = shared.post(
        "/preferences", data={"language": "ru"}, allow_redirects=False,
        headers={"Referer": f"{shared.url}/jobs?before=7"},
    )  # fmt: skip
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/jobs?before=7"
    page = shared.get("/jobs", cookies=answer.cookies, headers={"Accept-Language": "en"})
    assert said(page.text) == "ru"


@pytest.mark.parametrize(
    "referer", ["http://evil.example", "//evil.example", "x:y", "http://[", ""]
)
def test_the_switch_leads_nowhere_else(shared: RunningDashboard, referer: str) -> None:
    answer = shared.post(
        "/preferences", data={"theme": "dark"}, allow_redirects=False, headers={"Referer": referer}
    )
    assert answer.headers["Location"] == "/"
    assert answer.cookies["theme"] == "dark"


def test_the_switch_stays_here_on_a_page_whose_address_has_a_further_slash(
    shared: RunningDashboard,
) -> None:
    answer = shared.post(
        "/preferences", data={"theme": "dark"}, allow_redirects=False,
        headers={"Referer": f"{shared.url}//evil.example/?a=b"},
    )  # fmt: skip
    assert answer.headers["Location"] == "/evil.example/?a=b"


def test_every_cause_of_the_engine_can_be_translated() -> None:
    words = (ROOT / "static/js/lib/text.js").read_text("utf-8")
    known = re.findall(r"\['(.+)', gettext\('\1'\)\]", words)
    images = re.findall(
        r'ImageError\("(.+)"\)', (ROOT / "flagdl/download/images.py").read_text("utf-8")
    )
    source = (ROOT / "flagdl/download/transport.py").read_text("utf-8")
    calls = re.findall(r"return (?:TransportError|TimedOut|TooLarge)\((.+)\)", source)
    raised = [name for call in calls for name in re.findall(r'"(.+?)"', call)]
    others = ["certificate of another host", "connection error", "deadline"]
    # A transfer is cancelled only with its job, and the job says so.
    named = {*images, *raised, *others, *CAUSES.values(), *VERDICTS.values()} - {"cancelled"}
    assert sorted(known) == sorted(named)


@pytest.mark.parametrize("path", ["/jobs/7/retry", "/jobs/7/again", "/preferences"])
def test_the_switch_leads_to_pages_only(shared: RunningDashboard, path: str) -> None:
    answer = shared.post(
        "/preferences", data={"theme": "dark"}, headers={"Referer": shared.url + path}
    )
    assert (answer.status_code, answer.url) == (200, f"{shared.url}/")


@pytest.mark.parametrize("data", [{"language": "xx"}, {"theme": "pink"}, {"other": "1"}, {}])
def test_only_what_there_is_can_be_preferred(
    shared: RunningDashboard, data: dict[str, str]
) -> None:
    answer = shared.post("/preferences", data=data, allow_redirects=False)
    assert answer.status_code == 303
    assert not answer.cookies


def test_the_theme_is_there_from_the_first_paint(shared: RunningDashboard) -> None:
    assert 'data-theme="dark"' in shared.get("/", cookies={"theme": "dark"}).text
    assert "data-theme" not in shared.get("/", cookies={"theme": "pink"}).text


def test_countries_have_their_names(shared: RunningDashboard) -> None:
    def names(language: str, field: str = "name") -> dict[str, str]:
        rows = shared.get("/api/countries", headers={"Accept-Language": language}).json()
        return {row["cc"]: row[field] for row in rows["countries"]}

    assert names("en")["DE"] == "Germany"
    assert names("ru")["DE"] == "Германия"
    assert names("en").keys() == names("ru").keys()
    # No list has all capitals in Russian, and English names would be wrong there.
    assert names("en", "capital")["DE"] == "Berlin"
    assert set(names("ru", "capital").values()) == {""}
    assert shared.get("/api/countries").json()["countries"][0]["name"] == "Afghanistan"


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_translated(language: str) -> None:
    written = {
        message[2]
        for directory in ("flagdl", "templates", "static/js")
        for message in extract_from_dir(
            ROOT / directory,
            METHODS,
            {m["pattern"]: m for m in MAPPINGS},
            keywords={
                "_": None, "N_": None, "gettext": None, "ngettext": (1, 2),
                "SpecError": (2,), "Problem": (2,),
            },
        )
    }  # fmt: skip
    known = {message.id for message in catalogue(language) if message.id}
    assert written - known == set(), "run `make translations`, then translate"


@pytest.mark.parametrize("language", OTHERS)
def test_translations_are_whole_and_keep_the_places(language: str) -> None:
    wrong = [message.id for message in catalogue(language) if message.id and not is_sound(message)]
    assert wrong == []


def is_sound(message: Message) -> bool:
    """Whether each form of a message is translated, with the placeholders of the English text."""
    english = [message.id] if isinstance(message.id, str) else list(message.id)
    texts = [message.string] if isinstance(message.string, str) else list(message.string or ())
    allowed = {place for text in english for place in PLACE.findall(text)}
    needed = set(PLACE.findall(english[-1])) - {"num"}
    return (
        all(texts)
        and not message.fuzzy
        and all(needed <= set(PLACE.findall(text)) <= allowed for text in texts)
    )


@pytest.mark.parametrize("language", OTHERS)
def test_what_was_compiled_is_what_was_written(language: str) -> None:
    compiled = read_mo(
        io.BytesIO((TRANSLATIONS / language / "LC_MESSAGES/messages.mo").read_bytes())
    )
    assert texts_of(compiled) == texts_of(catalogue(language))


def texts_of(messages: Catalog) -> dict[str, list[str]]:
    """Return translations by their English text, as lists: some catalogues have tuples."""
    return {
        message.id if isinstance(message.id, str) else message.id[0]: list(message.string or ())
        for message in messages
        if message.id
    }


@pytest.mark.parametrize(
    "path", ["/", "/jobs", "/gallery", "/nowhere", "/jobs/compare", "/jobs/1/retry"]
)
def test_a_russian_page_says_little_in_english(shared: RunningDashboard, path: str) -> None:
    headers = {"Accept-Language": "ru", "Accept": "text/html"}
    html = shared.get(path, headers=headers).text
    main = re.sub(
        r"<(script|code|pre)\b.*?</\1>|<[^>]+>|https?://\S+",
        " ",
        html[html.index("<main") :],
        flags=re.S,
    )
    words = set(re.findall(r"[A-Za-z]{4,}", main)) - NAMES
    assert words == set()
