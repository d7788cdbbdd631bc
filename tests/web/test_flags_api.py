"""Saved flags through the API: lists are not sent twice, and deletions can be undone."""

import contextlib
import errno
import io
import itertools
import os
import re
import shutil
import socket
import time
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from string import ascii_uppercase

import pytest
import requests
from urllib3.exceptions import ProtocolError

from flagdl.download.store import FlagStore, SavedFlag
from flagdl.web.assets import static_url_path
from tests.support.here import DashboardHere, LastingOrigin
from tests.support.problems import problem
from tests.support.running import GIF, WITHIN, RunningDashboard

EVERY = [a + b for a, b in itertools.product(ascii_uppercase, repeat=2)]


@pytest.fixture(scope="module")
def album(
    tmp_path_factory: pytest.TempPathFactory, origin: LastingOrigin
) -> Iterator[DashboardHere]:
    """A dashboard with a low limit of changes: no test here may need many."""
    with DashboardHere(tmp_path_factory.mktemp("album"), origin, changes_a_minute=60) as dashboard:
        yield dashboard


@pytest.fixture(autouse=True)
def _empty(album: RunningDashboard) -> None:
    shutil.rmtree(album.downloads, ignore_errors=True)
    album.downloads.mkdir()


def put(dashboard: RunningDashboard, *codes: str) -> None:
    for cc in codes:
        (dashboard.downloads / f"{cc.lower()}.gif").write_bytes(GIF)


def saved(dashboard: RunningDashboard) -> list[str]:
    return [flag["cc"] for flag in dashboard.get("/api/flags").json()["flags"]]


def named(codes: list[str]) -> str:
    return "&".join(f"cc={cc}" for cc in codes)


def test_flags_are_listed_sent_zipped_and_deleted(album: RunningDashboard) -> None:
    assert album.get("/api/flags").json() == {"flags": []}
    problem(album.get("/api/flags.zip"), 404)
    job_id = album.submit(codes=["FR", "BR"])
    album.finished(job_id)
    put(album, "AA")

    flags = album.get("/api/flags").json()["flags"]
    assert [flag["cc"] for flag in flags] == ["AA", "BR", "FR"]
    assert [flag["name"] for flag in flags] == ["", "Brazil", "France"]
    france = flags[2]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", france.pop("saved_at"))
    assert re.fullmatch(r"/flags/fr\.gif\?v=\d+", france.pop("url"))
    assert france == {
        "cc": "FR", "name": "France", "continent": "Europe",
        "bytes": len(GIF), "width": 320, "height": 240, "job": job_id,
    }  # fmt: skip

    image = album.get("/flags/fr.gif")
    assert (image.headers["Content-Type"], image.content) == ("image/gif", GIF)
    again = album.get("/flags/fr.gif", headers={"If-None-Match": image.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")

    for query, names in {
        "": ["aa.gif", "br.gif", "fr.gif"],
        "?cc=FR&cc=br&cc=fr": ["fr.gif", "br.gif"],
    }.items():
        response = album.get(f"/api/flags.zip{query}")
        assert "attachment" in response.headers["Content-Disposition"]
        assert zipped(response) == names
        with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
            assert archive.read("fr.gif") == GIF
    problem(album.get("/api/flags.zip?cc=FR&cc=DE"), 404, "cc")

    assert album.delete("/api/flags/FR").status_code == 204
    problem(album.delete("/api/flags/FR"), 404)
    assert album.get("/flags/fr.gif").status_code == 404
    assert [flag["cc"] for flag in album.get("/api/flags").json()["flags"]] == ["AA", "BR"]


def test_a_deleted_flag_is_nowhere_and_can_be_restored(album: RunningDashboard) -> None:
    put(album, "BR", "FR")
    before = album.get("/api/flags").json()
    assert album.delete("/api/flags/br").status_code == 204
    assert saved(album) == ["FR"]
    problem(album.get("/flags/br.gif"), 404)
    problem(album.get("/api/flags.zip?cc=BR"), 404, "cc")
    assert album.post("/api/flags/BR/restore").status_code == 204
    assert album.get("/api/flags").json() == before
    problem(album.post("/api/flags/BR/restore"), 404)
    problem(album.post("/api/flags/B1/restore"), 404, "cc")


def test_many_images_come_in_one_answer(album: RunningDashboard) -> None:
    put(album, "BR", "FR")
    image = "data:image/gif;base64," + b64encode(GIF).decode()
    for named_too in ("", "&cc=CN"):
        answer = album.get(f"/api/flags/images?cc=BR&cc=fr{named_too}&v=1")
        assert answer.json() == {"images": {"BR": image, "FR": image}}
        # A missing image may come back, so browsers must not keep an answer without it.
        assert ("immutable" in answer.headers["Cache-Control"]) == (not named_too)
    assert album.get("/api/flags/images?cc=BR").headers["Cache-Control"] == "no-store"
    problem(album.get("/api/flags/images"), 400, "cc")
    problem(album.get("/api/flags/images?cc=B1"), 404, "cc")


def test_every_code_at_once_is_one_change(album: RunningDashboard) -> None:
    put(album, *EVERY)
    query = named(EVERY)
    answer = album.delete(f"/api/flags?{query}")
    assert (answer.status_code, answer.json()) == (200, {"deleted": EVERY})
    assert saved(album) == []
    answer = album.post(f"/api/flags/restore?{query}")
    assert (answer.status_code, answer.json()) == (200, {"restored": EVERY})
    assert saved(album) == EVERY
    assert len(album.get(f"/api/flags.zip?{query}").content) > len(EVERY) * len(GIF)


def test_one_that_cant_be_read_is_not_saved_and_hides_no_other(album: RunningDashboard) -> None:
    put(album, "FR")
    with socket.socket(socket.AF_UNIX) as listener, contextlib.chdir(album.downloads):
        listener.bind("br.gif")
    assert saved(album) == ["FR"]
    assert cards(album, "?show=saved") == ["FR"]
    problem(album.get("/flags/br.gif"), 404)
    problem(album.delete("/api/flags/BR"), 404)
    assert album.get("/api/flags/images?cc=BR&cc=FR").json()["images"].keys() == {"FR"}
    assert zipped(album.get("/api/flags.zip")) == ["fr.gif"]


def test_one_that_cant_be_deleted_leaves_the_others_their_turn(album: RunningDashboard) -> None:
    put(album, "BR", "FR")
    in_the_way = album.downloads / ".br.gif.deleted"
    in_the_way.mkdir()
    assert album.delete("/api/flags?cc=BR&cc=FR").json() == {"deleted": ["FR"]}
    detail = "The flag of BR can't be deleted: Is a directory."
    assert problem(album.delete("/api/flags?cc=BR&cc=FR"), 503) == detail
    assert problem(album.delete("/api/flags/br"), 503) == detail
    in_the_way.rmdir()
    assert album.delete("/api/flags/br").status_code == 204


def test_a_disk_that_cant_be_written(
    album: RunningDashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Path) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "replace", refuse)
    put(album, "BR", "FR")
    for delete in ("/api/flags/BR", "/api/flags?cc=BR&cc=FR"):
        assert problem(album.delete(delete), 503) == (
            "The flag of BR can't be deleted: Read-only file system."
        )
    for restore in ("/api/flags/BR/restore", "/api/flags/restore?cc=BR&cc=FR"):
        assert problem(album.post(restore), 503) == (
            "The flag of BR can't be restored: Read-only file system."
        )
    assert saved(album) == ["BR", "FR"]


def test_one_that_goes_while_all_are_zipped_is_left_out(
    album: RunningDashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    flags = FlagStore.__iter__

    def listed(store: FlagStore) -> Iterator[SavedFlag]:
        for flag in flags(store):
            yield flag
            if flag.cc == "CN":
                store.path("CN").unlink()

    monkeypatch.setattr(FlagStore, "__iter__", listed)
    put(album, "BR", "CN", "FR")
    assert zipped(album.get("/api/flags.zip")) == ["br.gif", "fr.gif"]
    problem(album.get("/api/flags.zip?cc=BR&cc=CN"), 404, "cc")
    for cc in ("br", "fr"):
        (album.downloads / f"{cc}.gif").unlink()
    put(album, "CN")
    problem(album.get("/api/flags.zip"), 404)


def zipped(response: requests.Response) -> list[str]:
    """Check a zip, and return the names in it."""
    assert response.headers["Content-Type"] == "application/zip", response.text
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.testzip() is None
        return archive.namelist()


LARGE = EVERY[:32]


def put_large(dashboard: RunningDashboard) -> None:
    """Save flags of 1 MiB each."""
    put(dashboard, *LARGE)
    for cc in LARGE:
        os.truncate(dashboard.downloads / f"{cc.lower()}.gif", 1 << 20)


@pytest.mark.parametrize(
    ("call", "encoding"),
    [("flags.zip", "gzip"), ("flags/images", "gzip"), ("flags/images", "identity")],
)
def test_many_large_flags_take_the_memory_of_few(
    nothing_saved: RunningDashboard, call: str, encoding: str
) -> None:
    nothing_saved.downloads.mkdir()
    put_large(nothing_saved)
    with nothing_saved.grows_less_than(16 << 20):
        path, headers = f"/api/{call}?{named(LARGE)}", {"Accept-Encoding": encoding}
        with nothing_saved.get(path, headers=headers, stream=True) as answer:
            assert sum(map(len, answer.iter_content(1 << 20))) > len(LARGE) << 20


def test_what_is_deleted_or_replaced_while_a_zip_is_sent(album: RunningDashboard) -> None:
    put_large(album)
    with album.get("/api/flags.zip", stream=True) as answer:
        first = answer.raw.read(1000)  # the rest waits: it is too large for a socket's buffer
        gone, new = LARGE[-2:]
        assert album.delete(f"/api/flags/{gone}").status_code == 204
        put(album, new)
        rest = answer.raw.read()
    with zipfile.ZipFile(io.BytesIO(first + rest)) as archive:
        assert archive.testzip() is None
        names = [f"{cc.lower()}.gif" for cc in LARGE if cc != gone]
        assert archive.namelist() == names
        assert archive.read(names[-1]) == GIF


def test_images_that_browsers_keep_are_all_there_or_broken_off(album: RunningDashboard) -> None:
    put_large(album)
    headers = {"Accept-Encoding": "identity"}
    with album.get(f"/api/flags/images?{named(LARGE)}&v=1", headers=headers, stream=True) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
        answer.raw.read(1000)
        assert album.delete(f"/api/flags/{LARGE[-1]}").status_code == 204
        with pytest.raises(ProtocolError):
            answer.raw.read()


def test_an_entry_has_the_time_of_its_flag(album: RunningDashboard) -> None:
    put(album, "BR")
    os.utime(album.downloads / "br.gif", (1_600_000_000, 1_600_000_000))
    answer = album.get("/api/flags.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        [entry] = archive.infolist()
    assert entry.date_time == time.localtime(1_600_000_000)[:6]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-(2**40), "0001-01-01T00:00:00.000+00:00"), (2**40, "9999-12-31T00:00:00.000+00:00")],
)
def test_a_time_that_no_calendar_has_is_the_first_or_the_last(
    album: DashboardHere, monkeypatch: pytest.MonkeyPatch, seconds: int, shown: str
) -> None:
    put(album, "BR")
    get = FlagStore.get

    def get_with_time(store: FlagStore, cc: str) -> SavedFlag | None:
        flag = get(store, cc)
        return flag and replace(flag, saved_at=seconds * 10**9)

    monkeypatch.setattr(FlagStore, "get", get_with_time)  # few file systems keep such a time
    assert album.get("/gallery").status_code == 200
    assert [flag["saved_at"] for flag in album.get("/api/flags").json()["flags"]] == [shown]


def test_the_tag_of_a_zip_changes_with_its_flags(album: RunningDashboard) -> None:
    put(album, "BR", "FR")

    def tag(query: str = "", **headers: str) -> str:
        answer = album.get(f"/api/flags.zip{query}", headers=headers)
        assert answer.status_code == 200
        return str(answer.headers["ETag"])

    first = tag()
    assert first.startswith('"')  # a strong tag
    known = album.get("/api/flags.zip", headers={"If-None-Match": first})
    assert (known.status_code, known.content) == (304, b"")
    assert tag() == first
    tags = [first, tag("?cc=FR&cc=BR")]
    album.delete("/api/flags/FR")
    tags.append(tag(**{"If-None-Match": first}))
    assert tag("?cc=BR") == tags[-1]  # the same content
    album.post("/api/flags/FR/restore")
    tags.append(tag())  # a zip that was sent in between may lack it
    put(album, "FR")
    tags.append(tag())
    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize(
    "path",
    [
        "/api/flags.zip",
        "/api/flags",
        "/flags/br.gif",
        f"{static_url_path()}/img/icons.svg",
        f"{static_url_path()}/styles.css",
        f"/bootstrap{static_url_path()}/css/bootstrap.min.css",
    ],
)
def test_no_answer_is_half_a_file(nothing_saved: RunningDashboard, path: str) -> None:
    nothing_saved.downloads.mkdir()
    put(nothing_saved, "BR")
    whole = nothing_saved.get(path)
    assert whole.ok
    for headers in (
        {"Range": "bytes=5-"},
        {"Range": "bytes=0-0,2-3"},
        {"Range": "bytes=99999999-"},
        {"Range": "bytes=5-", "If-Range": whole.headers.get("ETag", '"x"')},
        {"Range": "bytes=5-", "If-Range": "Thu, 01 Jan 2099 00:00:00 GMT"},
    ):
        answer = nothing_saved.get(path, headers=headers)
        assert (answer.status_code, answer.content) == (200, whole.content)
        assert answer.headers.get("Accept-Ranges", "none") == "none"


def test_the_head_of_a_zip(album: RunningDashboard) -> None:
    problem_head = requests.head(f"{album.url}/api/flags.zip", timeout=WITHIN)
    assert problem_head.status_code == 404
    put(album, "BR")
    head = requests.head(f"{album.url}/api/flags.zip", timeout=WITHIN)
    whole = album.get("/api/flags.zip")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("ETag", "Content-Type", "Content-Disposition", "Cache-Control"):
        assert head.headers[name] == whole.headers[name]


def test_of_the_named_codes_those_count_that_there_are(album: RunningDashboard) -> None:
    put(album, "BR", "FR")
    assert album.delete("/api/flags?cc=fr&cc=FR&cc=CN").json() == {"deleted": ["FR"]}
    assert album.post("/api/flags/restore?cc=CN&cc=FR").json() == {"restored": ["FR"]}
    assert saved(album) == ["BR", "FR"]


@pytest.mark.parametrize("query", ["cc=", "cc", "cc=BR&cc=", "CC=BR", "cc[]=BR", "codes=BR", "all"])
def test_no_code_is_not_all_of_them(album: RunningDashboard, query: str) -> None:
    put(album, "BR")
    field = query.split("&")[0].partition("=")[0]
    problem(album.delete(f"/api/flags?{query}"), 400, field)
    problem(album.post(f"/api/flags/restore?{query}"), 400, field)
    problem(album.get(f"/api/flags/images?{query}"), 400, field)
    problem(album.get(f"/api/flags.zip?{query}"), 400, field)
    assert saved(album) == ["BR"]


def test_a_call_names_its_flags_or_is_refused(album: RunningDashboard) -> None:
    put(album, "BR")
    problem(album.delete("/api/flags"), 400, "cc")
    problem(album.post("/api/flags/restore"), 400, "cc")
    problem(album.delete("/api/flags?cc=BR&cc=b"), 404, "cc")
    problem(album.delete("/api/flags/BR?cc=CN"), 400, "cc")
    problem(album.get("/flags/br.gif?v=1&v=2"), 400, "v")
    assert saved(album) == ["BR"]


def test_a_list_that_is_known_is_not_sent_again(album: RunningDashboard) -> None:
    put(album, *EVERY[:30])
    for encoding in ("identity", "gzip"):  # each has its own tag
        headers = {"Accept-Encoding": encoding}
        first = album.get("/api/flags", headers=headers)
        assert "no-cache" in first.headers["Cache-Control"]
        headers["If-None-Match"] = first.headers["ETag"]
        again = album.get("/api/flags", headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        put(album, EVERY[0])  # the same image, saved again
        assert album.get("/api/flags", headers=headers).status_code == 200


def test_an_address_with_a_version_is_kept_for_good(album: RunningDashboard) -> None:
    put(album, "BR")
    (flag,) = album.get("/api/flags").json()["flags"]
    versioned, plain = album.get(flag["url"]), album.get("/flags/br.gif")
    assert versioned.content == plain.content == GIF
    assert versioned.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert "max-age=0" in plain.headers["Cache-Control"]
    assert "immutable" not in plain.headers["Cache-Control"]
    assert "immutable" not in album.get("/flags/zz.gif?v=1").headers["Cache-Control"]
    album.delete("/api/flags/BR")
    put(album, "BR")
    (newer,) = album.get("/api/flags").json()["flags"]
    assert newer["url"] != flag["url"]


def test_a_flag_says_which_job_saved_it_last(album: RunningDashboard) -> None:
    put(album, "AA")
    album.finished(album.submit(codes=["FR"]))
    last = album.submit(codes=["FR"])
    album.finished(last)
    flags = album.get("/api/flags").json()["flags"]
    assert {flag["cc"]: flag["job"] for flag in flags} == {"AA": None, "FR": last}


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"AA", "BR", "FR", "DE"}),
        ("?show=saved", {"AA", "BR", "FR"}),
        ("?show=missing&q=germany", {"DE"}),
        ("?q=BRASÍLIA", {"BR"}),
        ("?continent=Europe&show=saved", {"FR"}),
        ("?continent=none&show=saved", {"AA"}),
        ("?continent=Atlantis&show=nothing&sort=luck&q=fr&show=saved", {"FR"}),
    ],
)
def test_the_page_is_as_its_address_says(
    album: RunningDashboard, query: str, shown: set[str]
) -> None:
    put(album, "AA", "BR", "FR")
    assert shown == set(cards(album, query)) & {"AA", "BR", "FR", "DE"}


def test_the_page_finds_english_names_in_every_language(album: RunningDashboard) -> None:
    for q in ("germany", "германия", "berlin"):
        assert cards(album, f"?q={q}", language="ru") == ["DE"]


def test_the_page_comes_in_the_order_asked_for(album: RunningDashboard) -> None:
    put(album, "BR", "DE", "FR")
    (album.downloads / "de.gif").write_bytes(GIF + GIF)
    for sort, order in {
        "name": ["BR", "FR", "DE"],
        "code": ["BR", "DE", "FR"],
        "size": ["DE", "BR", "FR"],
    }.items():
        assert cards(album, f"?show=saved&sort={sort}") == order
    put(album, "FR")
    assert cards(album, "?sort=newest")[0] == "FR"


def cards(dashboard: RunningDashboard, query: str, language: str = "en") -> list[str]:
    """Return the codes of the cards that the page shows, in their order."""
    page = requests.get(
        f"{dashboard.url}/gallery{query}",
        headers={"Accept": "text/html", "Accept-Language": language},
        timeout=WITHIN,
    ).text
    items = page.split("<li ")[1:]
    heads = [item.partition(">")[0] for item in items if "data-cc=" in item]
    return [head.partition('data-cc="')[2][:2] for head in heads if "hidden" not in head]
