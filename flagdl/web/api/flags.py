"""Saved flags: their images, and the calls that list, delete, restore and zip them."""

import hashlib
import io
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from errno import ENOENT
from http import HTTPStatus
from itertools import chain
from typing import TypedDict

from flask import Blueprint, Response, jsonify, request, send_file
from werkzeug.wrappers import Response as BaseResponse

from flagdl.download.archive import zip_of
from flagdl.download.store import FlagImage, FlagStore, SavedFlag
from flagdl.model.codes import is_code_or_letter
from flagdl.model.embedded import N_
from flagdl.web.api.calls import Answer, Parameter, call
from flagdl.web.dashboard import dashboard
from flagdl.web.pages.gallery import FlagRow, flag_rows
from flagdl.web.problems import Problem

flags = Blueprint("flags", __name__)

IMMUTABLE = "private, max-age=31536000, immutable"

A_CODE = {"type": "string", "pattern": "^[A-Za-z]{2}$"}
CODE = Parameter("cc", "A code.", A_CODE, "FR", place="path", required=True)
LOWER_CASE = {"type": "string", "pattern": "^[a-z]{2}$"}
OF_IMAGE = Parameter("cc", "A code in lower case.", LOWER_CASE, "fr", place="path", required=True)
CODES = {"type": "array", "items": A_CODE, "minItems": 1}
NAMED = Parameter("cc", "A code; it may be repeated.", CODES, ["FR"], required=True)
OR_ALL = Parameter("cc", "A code; it may be repeated. Without one, all flags.", CODES)
VERSION = Parameter("v", "Names a version: browsers keep it for ever.", {"type": "string"})
ETAG = Parameter("If-None-Match", "An ETag.", {"type": "string"}, place="header")
NOT_MODIFIED = {304: Answer("The ETag still matches.", media_type="")}
NO_CODE = {404: "That is not a code."}
REFUSED = "The disk refused all."


class FlagList(TypedDict):
    """The saved flags, in order of code."""

    flags: list[FlagRow]


class Images(TypedDict):
    """Images as data: addresses, by code."""

    images: Mapping[str, str]


class Deleted(TypedDict):
    """The codes of the flags that were deleted."""

    deleted: list[str]


class Restored(TypedDict):
    """The codes of the flags that were restored."""

    restored: list[str]


@flags.get("/flags/<cc>.gif")
@call(
    OF_IMAGE,
    VERSION,
    ETAG,
    answers={
        200: Answer("The image.", media_type="image/gif", headers={"ETag": "Of the image."}),
        **NOT_MODIFIED,
        404: "It is not saved.",
    },
)
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
@call(NAMED, VERSION, answers={200: Answer("The images.", Images), **NO_CODE})
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
@call(
    ETAG,
    answers={
        200: Answer("The flags.", FlagList, headers={"ETag": "Of the list."}),
        **NOT_MODIFIED,
    },
)
def list_flags() -> BaseResponse:
    """List the saved flags; 304 if the ETag matches."""
    response = jsonify(FlagList(flags=flag_rows()))
    response.cache_control.private = response.cache_control.no_cache = True
    response.add_etag()
    return response.make_conditional(request)


@flags.delete("/api/flags")
@call(NAMED, answers={200: Answer("Those.", Deleted), **NO_CODE, 503: REFUSED})
def delete_flags() -> Response:
    """Delete the named flags, and return which of them were saved."""
    return jsonify(Deleted(deleted=_deleted(_named_codes())))


@flags.post("/api/flags/restore")
@call(NAMED, answers={200: Answer("Those.", Restored), **NO_CODE, 503: REFUSED})
def restore_flags() -> Response:
    """Restore the named flags, and return which of them had been deleted."""
    return jsonify(Restored(restored=_restored(_named_codes())))


@flags.delete("/api/flags/<cc>")
@call(
    CODE,
    answers={204: Answer("It is deleted.", media_type=""), 404: "It is not saved.", 503: REFUSED},
)
def delete_flag(cc: str) -> tuple[str, int]:
    """Delete a saved flag; it can be restored until the dashboard's next start."""
    if not _deleted([_known_code(cc)]):
        raise _not_saved(cc)
    return "", HTTPStatus.NO_CONTENT


@flags.post("/api/flags/<cc>/restore")
@call(
    CODE,
    answers={204: Answer("It is restored.", media_type=""), 404: "None was deleted.", 503: REFUSED},
)
def restore_flag(cc: str) -> tuple[str, int]:
    """Restore a deleted flag; a flag that was saved since then stays."""
    if not _restored([_known_code(cc)]):
        raise Problem(HTTPStatus.NOT_FOUND, "There is no deleted flag of %(cc)s.", cc=cc.upper())
    return "", HTTPStatus.NO_CONTENT


@flags.get("/api/flags.zip")
@call(
    OR_ALL,
    ETAG,
    answers={
        200: Answer("The zip.", media_type="application/zip", headers={"ETag": "Of its flags."}),
        **NOT_MODIFIED,
        404: "No flag is saved, or one of these is not.",
    },
)
def zip_flags() -> BaseResponse:
    """Send the named flags, or all, as a zip; an entry has the time when its flag was saved.

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
    response.automatically_set_content_length = False  # Flask would read all flags to know it
    return response.make_conditional(request)


def _images(
    store: FlagStore, codes: Iterable[str], *, all_of_them: bool = False
) -> Iterator[FlagImage]:
    """Read flags while they are sent: all of them may be too much for the memory.

    A flag that is gone is left out. With `all_of_them`, it is an error that breaks off the answer:
    else browsers would keep an incomplete one.
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
    """Return the codes in the query; raises Problem 400 if it has none, and never takes all."""
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
