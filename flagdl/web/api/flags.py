"""Saved flags: their images, and the calls that list, delete, restore and zip them."""

import hashlib
import io
import zipfile
from base64 import b64encode
from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Response, jsonify, request, send_file
from werkzeug.wrappers import Response as BaseResponse

from flagdl.model.codes import is_code_or_letter
from flagdl.model.embedded import N_
from flagdl.web.dashboard import dashboard
from flagdl.web.pages.gallery import flag_rows
from flagdl.web.problems import Problem

flags = Blueprint("flags", __name__)

IMMUTABLE = "private, max-age=31536000, immutable"


@flags.get("/flags/<cc>.gif")
def image(cc: str) -> Response:
    """Send a saved flag.

    Browsers ask each time whether it has changed, unless the address names a version.
    """
    is_code = len(cc) == 2 and is_code_or_letter(cc) and cc.islower()
    gif = dashboard().store.read(cc) if is_code else None
    if gif is None:
        raise Problem(HTTPStatus.NOT_FOUND, "This flag is not saved.")
    etag = hashlib.sha256(gif).hexdigest()[:32]
    return _cache_if_versioned(send_file(io.BytesIO(gif), "image/gif", etag=etag, max_age=0))


@flags.get("/api/flags/images")
def images() -> Response:
    """Send the images of the named flags as data: URLs by code, without those not saved.

    For the squares of a job: one request for all is faster than one for each.
    """
    saved = {cc: dashboard().store.read(cc) for cc in _named_codes()}
    response = jsonify(
        images={
            cc: f"data:image/gif;base64,{b64encode(gif).decode()}"
            for cc, gif in saved.items()
            if gif
        }
    )
    # A flag that is missing now may be restored later.
    return _cache_if_versioned(response) if all(saved.values()) else response


@flags.get("/api/flags")
def list_flags() -> BaseResponse:
    """List the saved flags; 304 if the ETag matches."""
    response = jsonify(flags=flag_rows())
    response.cache_control.private = response.cache_control.no_cache = True
    response.add_etag()
    return response.make_conditional(request)


@flags.delete("/api/flags")
def delete_flags() -> Response:
    """Delete the named flags, and return which of them were saved."""
    return jsonify(deleted=_deleted(_named_codes()))


@flags.post("/api/flags/restore")
def restore_flags() -> Response:
    """Restore the named flags, and return which of them had been deleted."""
    return jsonify(restored=_restored(_named_codes()))


@flags.delete("/api/flags/<cc>")
def delete_flag(cc: str) -> tuple[str, int]:
    """Delete a saved flag; it can be restored until the dashboard's next start."""
    if not _deleted([_known_code(cc)]):
        raise _not_saved(cc)
    return "", HTTPStatus.NO_CONTENT


@flags.post("/api/flags/<cc>/restore")
def restore_flag(cc: str) -> tuple[str, int]:
    """Restore a deleted flag; a flag that was saved since then stays."""
    if not _restored([_known_code(cc)]):
        raise Problem(HTTPStatus.NOT_FOUND, "There is no deleted flag of %(cc)s.", cc=cc.upper())
    return "", HTTPStatus.NO_CONTENT


@flags.get("/api/flags.zip")
def zip_flags() -> Response:
    """Send the named flags, or all, as a zip."""
    store = dashboard().store
    named = _codes()
    buffer = io.BytesIO()
    # Not compressed: a GIF is compressed already.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for cc in named or [flag.cc for flag in store]:
            gif = store.read(cc)
            if gif is not None:
                archive.writestr(store.path(cc).name, gif)
            elif cc in named:  # a flag that was only listed may have been deleted since
                raise _not_saved(cc, "cc")
        if not archive.namelist():
            raise Problem(HTTPStatus.NOT_FOUND, "No flag is saved yet.")
    buffer.seek(0)
    return send_file(buffer, "application/zip", as_attachment=True, download_name="flags.zip")


def _deleted(codes: list[str]) -> list[str]:
    refusal = N_("The flag of %(cc)s can't be deleted: %(reason)s.")
    return _changed(dashboard().store.delete, codes, refusal)


def _restored(codes: list[str]) -> list[str]:
    refusal = N_("The flag of %(cc)s can't be restored: %(reason)s.")
    return _changed(dashboard().store.restore, codes, refusal)


def _changed(change: Callable[[str], bool], codes: list[str], refusal: str) -> list[str]:
    """Change flags, and return those that existed; raises Problem if the disk refused all."""
    changed, error = [], None
    for cc in codes:
        try:
            if change(cc):
                changed.append(cc)
        except OSError as exc:
            reason = exc.strerror or exc
            error = error or Problem(HTTPStatus.SERVICE_UNAVAILABLE, refusal, cc=cc, reason=reason)
    if error and not changed:
        raise error
    return changed


def _cache_if_versioned(response: Response) -> Response:
    if "v" in request.args:
        response.headers["Cache-Control"] = IMMUTABLE
    return response


def _named_codes() -> list[str]:
    """Return the codes in the query; raises Problem 400 if it has none: that doesn't mean all."""
    if codes := _codes():
        return codes
    raise Problem(HTTPStatus.BAD_REQUEST, "cc must name at least one flag.", "cc")


def _codes() -> list[str]:
    return list(dict.fromkeys(_known_code(cc) for cc in request.args.getlist("cc")))


def _not_saved(cc: str, field: str | None = None) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "The flag of %(cc)s is not saved.", field, cc=cc.upper())


def _known_code(cc: str) -> str:
    if len(cc) != 2 or not is_code_or_letter(cc):
        raise Problem(HTTPStatus.NOT_FOUND, "“%(cc)s” is not a code of two letters.", "cc", cc=cc)
    return cc.upper()
