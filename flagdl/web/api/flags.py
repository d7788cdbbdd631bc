"""Saved flags: the images, and the calls that list, delete and take them away."""

import hashlib
import io
import zipfile
from base64 import b64encode
from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Response, jsonify, request, send_file
from werkzeug.wrappers import Response as BaseResponse

from flagdl.model.codes import Selection, expand_codes
from flagdl.model.labels import N_
from flagdl.web.dashboard import dashboard
from flagdl.web.pages.gallery import flag_rows
from flagdl.web.problems import Problem

flags = Blueprint("flags", __name__)

FOR_GOOD = "private, max-age=31536000, immutable"


@flags.get("/flags/<cc>.gif")
def image(cc: str) -> Response:
    """Send a saved flag.

    Browsers ask each time whether it has changed, except at an address that names the version.
    """
    well_formed = len(cc) == 2 and cc.isascii() and cc.isalpha() and cc.islower()
    gif = dashboard().store.read(cc) if well_formed else None
    if gif is None:
        raise Problem(HTTPStatus.NOT_FOUND, "This flag is not saved.")
    etag = hashlib.sha256(gif).hexdigest()[:32]
    return _keep_if_versioned(send_file(io.BytesIO(gif), "image/gif", etag=etag, max_age=0))


@flags.get("/api/flags/images")
def images() -> Response:
    """Send the images that are named, as data: addresses by code, without those not saved.

    For the squares of a job: a request for each would cost more than downloading it did.
    """
    saved = {cc: dashboard().store.read(cc) for cc in _named_codes()}
    response = jsonify(images={cc: _data_url(gif) for cc, gif in saved.items() if gif})
    # One that is missing now may be brought back.
    return _keep_if_versioned(response) if all(saved.values()) else response


@flags.get("/api/flags")
def list_flags() -> BaseResponse:
    """List the saved flags; to who has this list already (If-None-Match), say only that."""
    response = jsonify(flags=flag_rows())
    response.cache_control.private = response.cache_control.no_cache = True
    response.add_etag()
    return response.make_conditional(request)


@flags.delete("/api/flags")
def delete_flags() -> Response:
    """Delete the flags that are named, and say which of them there were."""
    return jsonify(deleted=_deleted(_named_codes()))


@flags.post("/api/flags/restore")
def restore_flags() -> Response:
    """Bring back the flags that are named, and say which of them there were."""
    return jsonify(restored=_restored(_named_codes()))


@flags.delete("/api/flags/<cc>")
def delete_flag(cc: str) -> tuple[str, int]:
    """Delete a saved flag: it can be restored until the next start."""
    if not _deleted([_known_code(cc)]):
        raise _not_saved(cc)
    return "", HTTPStatus.NO_CONTENT


@flags.post("/api/flags/<cc>/restore")
def restore_flag(cc: str) -> tuple[str, int]:
    """Bring a deleted flag back; one that was saved since then stays."""
    if not _restored([_known_code(cc)]):
        raise Problem(HTTPStatus.NOT_FOUND, "There is no deleted flag of %(cc)s.", cc=cc.upper())
    return "", HTTPStatus.NO_CONTENT


@flags.get("/api/flags.zip")
def zip_flags() -> Response:
    """Send the flags that are named, or all, as a zip."""
    store = dashboard().store
    named = _codes()
    buffer = io.BytesIO()
    # Stored and not compressed: a GIF is compressed already.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for cc in named or [flag.cc for flag in store]:
            gif = store.read(cc)
            if gif is not None:
                archive.writestr(store.path(cc).name, gif)
            elif cc in named:  # any other may have gone since it was listed
                raise _not_saved(cc, "cc")
        if not archive.namelist():
            raise Problem(HTTPStatus.NOT_FOUND, "No flag is saved yet.")
    buffer.seek(0)
    return send_file(buffer, "application/zip", as_attachment=True, download_name="flags.zip")


def _deleted(codes: list[str]) -> list[str]:
    return _changed(
        dashboard().store.delete, codes, N_("The flag of %(cc)s can't be deleted: %(reason)s.")
    )


def _restored(codes: list[str]) -> list[str]:
    return _changed(
        dashboard().store.restore, codes, N_("The flag of %(cc)s can't be restored: %(reason)s.")
    )


def _changed(change: Callable[[str], bool], codes: list[str], refusal: str) -> list[str]:
    """Change flags, and return those there were; raises Problem where the disk let none through."""
    changed: list[str] = []
    problem: Problem | None = None
    for cc in codes:
        try:
            if change(cc):
                changed.append(cc)
        except OSError as exc:
            problem = problem or Problem(
                HTTPStatus.SERVICE_UNAVAILABLE, refusal, cc=cc, reason=exc.strerror or exc
            )
    if problem and not changed:
        raise problem
    return changed


def _keep_if_versioned(response: Response) -> Response:
    if "v" in request.args:
        response.headers["Cache-Control"] = FOR_GOOD
    return response


def _data_url(gif: bytes) -> str:
    return "data:image/gif;base64," + b64encode(gif).decode()


def _named_codes() -> list[str]:
    """Return the codes in the query; raises Problem 400 where there is none: that isn't "all"."""
    if codes := _codes():
        return codes
    raise Problem(HTTPStatus.BAD_REQUEST, "cc must name at least one flag.", "cc")


def _codes() -> list[str]:
    return list(dict.fromkeys(_known_code(cc) for cc in request.args.getlist("cc")))


def _not_saved(cc: str, field: str | None = None) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "The flag of %(cc)s is not saved.", field, cc=cc.upper())


def _known_code(cc: str) -> str:
    try:
        codes = expand_codes(Selection.CODES, [cc])
    except ValueError:
        codes = ()
    if len(codes) != 1:
        raise Problem(HTTPStatus.NOT_FOUND, "There is no such code.", "cc")
    return codes[0]
