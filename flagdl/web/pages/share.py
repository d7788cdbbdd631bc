"""The page of an ended job as one file: it needs neither a server nor the internet."""

import gzip
import json
from base64 import b64encode
from typing import Any

from flask import render_template, url_for
from flask_babel import force_locale

from flagdl.jobs.registry import Record
from flagdl.model.events import DownloadStatus, FlagDone
from flagdl.model.job import Job, summary
from flagdl.web import choices, standalone
from flagdl.web.assets import STATIC
from flagdl.web.dashboard import dashboard
from flagdl.web.languages import LANGUAGES
from flagdl.web.pages.explain import code_of

LARGEST = 400_000  # bytes of a file; one that would be larger has no images
ICONS = "img/icons.svg"
MODULE = "parts/job/shared.js"


def shared_page(record: Record) -> str:
    """Return the file: the job as it was at first, and its events, which its script applies."""
    row, events = record
    data = {
        "job": Job(row).to_dict(),
        # A process that was killed leaves a gap in the numbers.
        "events": [{**event.to_dict(), "seq": seq} for seq, event in enumerate(events, 1)],
        "names": {language: _names(row.spec.codes, language) for language in LANGUAGES},
    }
    page = _page(record, {**data, "images": _images(record)})
    return page if len(page.encode()) < LARGEST else _page(record, {**data, "images": {}})


def _page(record: Record, data: dict[str, Any]) -> str:
    row = record.row
    job = summary(row)
    pages = {language: _body(job, language) for language in LANGUAGES}
    modules, script = standalone.import_map(MODULE), standalone.script("share")
    icons = (STATIC / ICONS).read_text("utf-8").replace("<svg ", "<svg hidden ", 1)
    style = standalone.style("".join(pages.values()) + modules)
    return render_template(
        "share.html",
        title=f"{row.spec.server}, {row.spec.strategy} · flagdl",
        pages=pages,
        icons=icons,
        modules=modules,
        script=script,
        style=style,
        policy=standalone.policy(modules, script, style=style),
        data=b64encode(gzip.compress(json.dumps(data).encode(), mtime=0)).decode(),
    )


def _body(job: Any, language: str) -> str:
    code = code_of(job["spec"]["strategy"])
    with force_locale(language):
        body = render_template("parts/shared.html", job=job, code=code)
    return body.replace(url_for("static", filename=ICONS), "")  # the file has the icons


def _names(codes: tuple[str, ...], language: str) -> dict[str, str]:
    with force_locale(language):
        names = {row["cc"]: row["name"] for row in choices.country_rows()}
    return {cc: names[cc] for cc in codes if cc in names}


def _images(record: Record) -> dict[str, str]:
    """Return the saved flags of a job as data: addresses, by code; none if they are too large."""
    store, done = dashboard().store, (e for e in record.events if isinstance(e, FlagDone))
    codes = [event.result.cc for event in done if event.result.status is DownloadStatus.OK]
    if sum(flag.bytes for cc in codes if (flag := store.get(cc))) > LARGEST:
        return {}
    found = (image for cc in codes if (image := store.image(cc)))
    return {image.cc: f"data:image/gif;base64,{b64encode(image.data).decode()}" for image in found}
