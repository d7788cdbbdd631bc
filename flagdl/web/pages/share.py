"""An ended job, or several compared, as a page in one file: it needs no server and no internet."""

import gzip
import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from flask import render_template, url_for
from flask_babel import force_locale

from flagdl.jobs.registry import Record
from flagdl.model.codes import countries
from flagdl.model.embedded import N_
from flagdl.model.events import DownloadStatus, FlagDone
from flagdl.model.job import Job, WholeJob, summary
from flagdl.web import standalone
from flagdl.web.assets import STATIC
from flagdl.web.dashboard import dashboard
from flagdl.web.languages import LANGUAGES, country_name
from flagdl.web.pages.explain import explanation
from flagdl.web.pages.many import comparison_of
from flagdl.web.problems import Problem

LARGEST = 400_000  # bytes of a file
ICONS = "img/icons.svg"
# The modules that draw a file.
OF_A_JOB = "parts/job/shared.js"
OF_JOBS = "parts/compare/shared.js"


def job_page(record: Record) -> str:
    """Return the file of a job; it has no images where it would be too large with them."""
    row = record.row
    shown = {"job": summary(row), **explanation(row.spec.strategy)}
    page = _page(OF_A_JOB, [record], lambda: shown, _images(record))
    return page if len(page.encode()) < LARGEST else _page(OF_A_JOB, [record], lambda: shown, {})


def comparison_page(records: list[Record], jobs: list[WholeJob]) -> str:
    """Return the file of jobs compared; raises Problem 409 where it would be too large."""
    page = _page(OF_JOBS, records, lambda: comparison_of(jobs), {})
    if len(page.encode()) >= LARGEST:
        detail = N_("The page would be larger than %(limit)s kB. Choose fewer jobs.")
        raise Problem(HTTPStatus.CONFLICT, detail, limit=LARGEST // 1000)
    return page


def _page(
    module: str,
    records: list[Record],
    shown: Callable[[], dict[str, Any]],
    images: Mapping[str, str],
) -> str:
    """Return a file; `shown()` is what its template needs, in the current language."""
    pages = {language: _body(shown, language) for language in LANGUAGES}
    modules, script = standalone.import_map(module), standalone.script("share")
    icons = (STATIC / ICONS).read_text("utf-8").replace("<svg ", "<svg hidden ", 1)
    style = standalone.style("".join(pages.values()) + modules)
    titles = dict.fromkeys(f"{row.spec.server}, {row.spec.strategy}" for row, _ in records)
    return render_template(
        "share.html",
        title=f"{' / '.join(titles)} · flagdl",
        pages=pages,
        icons=icons,
        module=module,
        modules=modules,
        script=script,
        style=style,
        policy=standalone.policy(modules, script, style=style),
        data=_packed(records, images),
    )


def _packed(records: list[Record], images: Mapping[str, str]) -> str:
    codes = dict.fromkeys(cc for row, _ in records for cc in row.spec.codes)
    data = {
        "recordings": [_recording(record) for record in records],
        "names": {language: _names(codes, language) for language in LANGUAGES},
        "images": images,
    }
    return b64encode(gzip.compress(json.dumps(data).encode(), mtime=0)).decode()


def _recording(record: Record) -> dict[str, Any]:
    """Return a job as it was at first, and its events, which the script of the file applies."""
    row, events = record
    # A process that was killed leaves a gap in the numbers.
    numbered = [{**event.to_dict(), "seq": seq} for seq, event in enumerate(events, 1)]
    return {"job": Job(row).to_dict(), "events": numbered}


def _body(shown: Callable[[], dict[str, Any]], language: str) -> str:
    with force_locale(language):
        body = render_template("parts/shared.html", **shown())
    return body.replace(url_for("static", filename=ICONS), "")  # the file itself has the icons


def _names(codes: Iterable[str], language: str) -> dict[str, str]:
    return {cc: country_name(countries()[cc], language) for cc in codes if cc in countries()}


def _images(record: Record) -> dict[str, str]:
    """Return the saved flags of a job as data: addresses, by code; none if they are too large."""
    store, done = dashboard().store, (e for e in record.events if isinstance(e, FlagDone))
    codes = [event.result.cc for event in done if event.result.status is DownloadStatus.OK]
    if sum(flag.bytes for cc in codes if (flag := store.get(cc))) > LARGEST:
        return {}
    found = (image for cc in codes if (image := store.image(cc)))
    return {image.cc: f"data:image/gif;base64,{b64encode(image.data).decode()}" for image in found}
