"""Scripts and styles: compressed, kept by browsers for good, and preloaded as they are imported."""

import re

import pytest

from flagdl.web.assets import SHEETS, STATIC, modules_of, static_url_path
from tests.support.running import RunningDashboard

PAGES = sorted(path.stem for path in (STATIC / "js/pages").glob("*.js"))
A_PAGE_AT_MOST = 200_000  # bytes, transferred


def assets_of(html: str) -> list[str]:
    return re.findall(r'(?:href|src)="(/(?:static|bootstrap)/[^"#]+)"', html)


def test_the_start_is_light(shared: RunningDashboard) -> None:
    browser = {"Accept-Encoding": "gzip, deflate, br, zstd"}
    page = shared.get("/", headers=browser)
    transferred = len(page.raw.data) or int(page.headers["Content-Length"])
    # The scripts that show a job load a moment later. A job's own page names them.
    job = shared.get(f"/jobs/{shared.submit(codes=['BR'])}", headers=browser)
    for url in {*assets_of(page.text), *assets_of(job.text)}:
        answer = shared.get(url, headers=browser, stream=True)
        assert answer.status_code == 200, url
        transferred += len(answer.raw.read(decode_content=False))
    assert transferred < A_PAGE_AT_MOST


def test_assets_are_compressed_and_kept_for_good(shared: RunningDashboard) -> None:
    urls = [url for url in assets_of(shared.get("/").text) if url.endswith((".js", ".css"))]
    assert any("bootstrap" in url for url in assets_of(shared.get("/").text))
    for url in urls:
        answer = shared.get(url, headers={"Accept-Encoding": "br"}, stream=True)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        small = int(answer.headers.get("Content-Length", 1000)) < 500
        assert small or answer.headers["Content-Encoding"] == "br", url


def test_every_style_sheet_is_sent(shared: RunningDashboard) -> None:
    css = STATIC / "css"
    found = (path.relative_to(css).with_suffix("") for path in css.rglob("*.css"))
    assert sorted(SHEETS) == sorted(path.as_posix() for path in found)
    styles = shared.get(f"{static_url_path()}/styles.css").text
    assert all((STATIC / f"css/{name}.css").read_text("utf-8") in styles for name in SHEETS)


def test_what_is_not_there_is_not_kept(shared: RunningDashboard) -> None:
    answer = shared.get(f"{static_url_path()}/js/nothing.js")
    assert answer.status_code == 404
    assert "immutable" not in answer.headers.get("Cache-Control", "")


def test_no_address_forgets_the_path_of_a_proxy() -> None:
    """Templates make addresses with url_for(), scripts with address()."""
    makers = {STATIC / "js/lib/address.js", STATIC / "js/lib/api.js"}
    templates = set((STATIC.parent / "templates").rglob("*.html"))
    scripts = set((STATIC / "js").rglob("*.js")) - makers
    wrong = [
        (path.name, address)
        for paths, pattern in ((templates, '="/[^"]*'), (scripts, r"(?<!address\()['`\"]/[^'`\"]*"))
        for path in paths
        for address in re.findall(pattern, path.read_text("utf-8"))
    ]
    assert wrong == []


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_imports_is_preloaded(page: str) -> None:
    found = {f"js/pages/{page}.js", *modules_of(page)}
    for module in found:
        source = (STATIC / module).read_text("utf-8")
        # Finds all that looks like an import, with another pattern than the code under test.
        for name in re.findall(r"""\bfrom\s+['"](\.[^'"]+)['"]""", source):
            if "/** @import" not in source[: source.index(name)].rsplit("\n", 1)[-1]:
                imported = ((STATIC / module).parent / name).resolve()
                assert imported.relative_to(STATIC).as_posix() in found, (module, name)
