"""Saved flags: their images, and the calls that list, delete, restore and zip them."""

import hashlib
import io
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from errno import ENOENT
from http import HTTPStatus
from itertools import chain

from flask import Blueprint, Response, jsonify, request, send_file
from werkzeug.wrappers import Response as BaseResponse

from flagdl.download.archive import zip_of
from flagdl.download.store import FlagImage, FlagStore, SavedFlag
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
    codes, store = _named_codes(), dashboard().store
    saved = [cc for cc in codes if store.get(cc)]
    # A flag that is missing now may be restored later.
    for_good = saved == codes and _is_versioned()
    sent = _images(store, saved, all_of_them=for_good)
    response = Response(_as_json(sent), mimetype="application/json")
    return _cache_if_versioned(response) if for_good else response


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
def zip_flags() -> BaseResponse:
    """Send the named flags, or all, as a zip.

    A flag that is deleted while the zip is sent is left out.
    """
    saved = [_saved(cc) for cc in _named_codes()] if "cc" in request.args else [*dashboard().store]
    images = _images(dashboard().store, [flag.cc for flag in saved])
    if (first := next(images, None)) is None:
        raise Problem(HTTPStatus.NOT_FOUND, "No flag is saved yet.")
    response = Response(zip_of(chain([first], images)), mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename="flags.zip")
    response.cache_control.private = response.cache_control.no_cache = True
    response.set_etag(_tag(saved))
    response.automatically_set_content_length = False  # it would read all flags to know it
    return response.make_conditional(request)


def _images(
    store: FlagStore, codes: Iterable[str], *, all_of_them: bool = False
) -> Iterator[FlagImage]:
    """Read flags while they are sent: all of them may be too much for the memory.

    A flag that is gone is left out. With `all_of_them` that is an error, which breaks the answer
    off: browsers would keep it.
    """
    for cc in codes:
        if image := store.image(cc):
            yield image
        elif all_of_them:
            raise FileNotFoundError(ENOENT, "deleted while it was sent", str(store.path(cc)))


def _as_json(images: Iterable[FlagImage]) -> Iterator[str]:
    yield '{"images":{'
    separator = ""
    for image in images:
        yield f'{separator}"{image.cc}":"data:image/gif;base64,{b64encode(image.data).decode()}"'
        separator = ","
    yield "}}"


def _tag(saved: Sequence[SavedFlag]) -> str:
    """Return an ETag that changes with every change of a flag, also if it is undone."""
    versions = [(flag.cc, flag.bytes, flag.saved_at, flag.changed_at) for flag in saved]
    return hashlib.sha256(repr(versions).encode()).hexdigest()[:32]


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
    if _is_versioned():
        response.headers["Cache-Control"] = IMMUTABLE
    return response


def _is_versioned() -> bool:
    return bool(request.args.get("v"))


def _named_codes() -> list[str]:
    """Return the codes in the query; raises Problem 400 if it has none: that doesn't mean all."""
    named = request.args.getlist("cc")
    if not all(named) or not named:
        raise Problem(HTTPStatus.BAD_REQUEST, "cc must name at least one flag.", "cc")
    return list(dict.fromkeys(map(_known_code, named)))


def _saved(cc: str) -> SavedFlag:
    if flag := dashboard().store.get(cc):
        return flag
    raise _not_saved(cc, "cc")


def _not_saved(cc: str, field: str | None = None) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "The flag of %(cc)s is not saved.", field, cc=cc.upper())


def _known_code(cc: str) -> str:
    if len(cc) != 2 or not is_code_or_letter(cc):
        raise Problem(HTTPStatus.NOT_FOUND, "“%(cc)s” is not a code of two letters.", "cc", cc=cc)
    return cc.upper()
